"""Commands for authors and their reviewers, which execute nothing: ``check`` and ``review``."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from imprint import environments
from imprint.book import load, matches
from imprint.cli.options import (
    BookOption,
    DebugOption,
    EditionOption,
    PageOption,
    chosen,
    console,
    reported,
)
from imprint.errors import BookError, Gathering, at
from imprint.pages import read


def check(
    page: PageOption = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    edition: EditionOption = None,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Check settings, pages, libraries and environments, and what the pages say."""
    from imprint.checks import RULES, findings
    from imprint.sources import generate, read_pages

    with reported(debug):
        if rules:
            for code, rule in RULES.items():
                console.print(f"{code} {rule.title}", highlight=False, markup=False)
            return
        opened = load(book)
        pages = read_pages(opened)
        generate(opened, pages)
        mistakes = Gathering()
        for one in chosen(opened, edition):
            with mistakes:
                environments.check(opened, one)
        mistakes.finish()
        found = findings(opened, pages, page or ())
        if as_json:
            console.print_json(json.dumps([asdict(one) for one in found]))
        for one in () if as_json else found:
            console.print(str(one), highlight=False, markup=False)
        if found:
            raise typer.Exit(1)
        if not as_json:
            console.print(f"{len(pages)} pages, {len(opened.editions)} editions: no mistakes found")


def review(
    pages: Annotated[list[str], typer.Argument(help="Globs of pages, or their bare names.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """List what a reviewer must attack: each number, general word, claim about software,
    citation, exercise and check of a page, with its line."""
    from imprint.review import to_attack

    with reported(debug):
        opened = load(book)
        wanted = [page for page in opened.pages if matches(page.path, pages)]
        if not wanted:
            raise BookError(f"no page matches {pages[0]!r}", remedy="a path, a name or a glob")
        found = {page.path: to_attack(read(opened, page)) for page in wanted}
        if as_json:
            console.print_json(json.dumps(found, default=asdict))
            return
        for path, kinds in found.items():
            for what_to_do, several in kinds.items():
                console.print(f"\n{what_to_do} ({len(several)})", style="bold", highlight=False)
                for one in several:
                    text = f"{at(path, one.line)}: {one.what} | {one.where}"
                    console.print(text, highlight=False, markup=False)
