"""Runs done twice: which cells show something else the second time."""

import tempfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rich.console import Console

from imprint import report
from imprint.book import Book
from imprint.build import Options, execute
from imprint.execution.run import Run
from imprint.notebooks import alike
from imprint.plan import Plan
from imprint.report import Account
from imprint.sources import read_pages, sync
from imprint.store import Store

WIDTH = 60
"""Characters of a line that is shown."""


def run_twice(book: Book, options: Options, console: Console) -> bool:
    """Run the pages twice, whatever is kept of them, and say of each whether it showed the same;
    whether all did. Nothing is kept."""
    pages = read_pages(book)
    libraries = sync(book, pages)
    names = tuple(edition.name for edition in options.editions)
    folder, plans = book.build / "report", []
    for _ in range(2):
        account = Account(book.title, options.profile, names)
        with (
            tempfile.TemporaryDirectory(prefix="imprint-") as kept,
            report.written(book.root, folder, account, console.print),
        ):
            store = Store(Path(kept))
            plans.append(execute(book, pages, libraries, store, options, account, console))
        if not account.all_well:
            report.show_end(console, book.root, folder, account)
            return False
    well = True
    for run in plans[1].runs:
        differing = list(_differing(run, *plans))
        well &= not differing
        verdict = "shows something else the second time" if differing else "shows the same twice"
        console.print(f"{run.name} {verdict}", highlight=False, markup=False, soft_wrap=True)
        for line in differing:
            console.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)
    return well


def _differing(run: Run, first: Plan, second: Plan) -> Iterator[str]:
    """A line for each cell whose outputs differ, with the first words that do."""
    cells = [plan.executed[run.edition or ""][run.docname].cells for plan in (first, second)]
    for one, other in zip(*cells, strict=True):
        outputs = one.get("outputs", []), other.get("outputs", [])
        if "imprint" in one.metadata and not alike(outputs):
            index = one.metadata["imprint"]["cell"]
            pairs = zip_longest(*map(_lines, outputs))
            pair = next((pair for pair in pairs if pair[0] != pair[1]), None)
            said = f": {pair[0]!r}, then {pair[1]!r}" if pair else ""
            yield f"  {run.page}:{run.lines[index][0]}: [cell {index + 1}]{said}"


def _lines(outputs: list[Any]) -> list[str]:
    """What outputs say in words, by lines."""
    texts = [out.get("text") or out.get("data", {}).get("text/plain", "") for out in outputs]
    return [line[:WIDTH] for text in texts for line in str(text).splitlines()]
