"""Commands for authors and their reviewers: ``review``."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from imprint.book import load
from imprint.cli.options import BookOption, DebugOption, console, reported
from imprint.errors import BookError, at
from imprint.pages import read


def review(
    pages: Annotated[list[str], typer.Argument(help="Globs of pages, or their bare names.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """List what a reviewer must attack: each number, general word, claim about software,
    citation, exercise and check of a page, with its line."""
    from imprint.plan import matches
    from imprint.review import to_attack

    with reported(debug):
        opened = load(book)
        chosen = [page for page in opened.pages if matches(page.path, pages)]
        if not chosen:
            raise BookError(f"no page matches {pages[0]!r}", remedy="a path, a name or a glob")
        found = {page.path: to_attack(read(opened, page)) for page in chosen}
        if as_json:
            console.print_json(json.dumps(found, default=asdict))
            return
        for path, kinds in found.items():
            for what_to_do, several in kinds.items():
                console.print(f"\n{what_to_do} ({len(several)})", style="bold", highlight=False)
                for one in several:
                    text = f"{at(path, one.line)}: {one.what} | {one.where}"
                    console.print(text, highlight=False, markup=False)
