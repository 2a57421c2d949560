"""``imprint store …``: what the store holds, what can go, and its way to the remote and back."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from imprint.book import load
from imprint.cli.options import BookOption, DebugOption, StoreOption, console, reported
from imprint.errors import BookError
from imprint.store import Store

CurrentOption = Annotated[
    bool, typer.Option("--current", help="Only what the book as it is now needs.")
]
UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
app = typer.Typer(no_args_is_help=True, help="Looks after the kept results.")


@app.command("ls")
def show(book: BookOption = Path(), debug: DebugOption = False) -> None:
    """List the results that are kept here, by run and date."""
    from imprint.store import upkeep

    with reported(debug):
        store = _opened(book)
        _show(console, upkeep.contents(store), _current(book))


@app.command()
def gc(
    days: Annotated[
        float | None, typer.Option(min=0, help="Not used for so long; 30 if no limit is given.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=0, help="More than so many results of one run.")
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="The longest unused, until so much is left: 500M, 2G.")
    ] = None,
    spare: Annotated[
        float, typer.Option(min=0, help="Hours within which nothing goes that was used.")
    ] = 24.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Delete kept results that the book does not need now and that are beyond a limit."""
    from imprint.store import upkeep

    with reported(debug):
        limit = None if size is None else _bytes(size)
        if days is None and keep is None and size is None:
            days = 30.0
        store = _opened(book)
        swept = upkeep.collect(
            store, _current(book), days=days, keep=keep, size=limit,
            spare=spare * upkeep.HOUR, dry_run=dry_run,
        )  # fmt: skip
        if dry_run:
            for entry in swept.entries:
                _say(console, f"{entry.run} of {_date(entry.record)}, {_size(entry.size)}")
        verb = "would delete" if dry_run else "deleted"
        _say(console, f"{verb} {_count(len(swept.entries), 'result')} and "
             f"{_count(len(swept.leftovers), 'leftover')}, {_size(swept.freed)}")  # fmt: skip


@app.command()
def verify(book: BookOption = Path(), debug: DebugOption = False) -> None:
    """Check the digests of all kept results; set damaged ones aside and exit 1."""
    from imprint.store import upkeep

    with reported(debug):
        store = _opened(book)
        verified = upkeep.verify(store)
        for name in verified.damaged:
            _say(console, f"damaged, set aside: {name}")
        _say(console, f"{_count(verified.whole, 'file')} as written, "
             f"{len(verified.damaged)} damaged")  # fmt: skip
        if verified.damaged:
            raise typer.Exit(1)


def _copy(verb: str, book: Path, url: str | None, only_current: bool) -> None:
    from imprint.store import transfer

    store = _opened(book, url)
    only = _current(book) if only_current else None
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{verb}ing", total=None)
        copied = getattr(transfer, verb)(
            store, only, lambda done, of: progress.update(task, completed=done, total=of)
        )
    for name in copied.damaged:
        _say(console, f"damaged, not copied: {name}")
    _say(console, f"{verb}ed {_count(copied.results, 'result')}, {_size(copied.size)}; "
         f"{copied.there} were there")  # fmt: skip
    if copied.damaged:
        raise typer.Exit(1)


@app.command()
def pull(
    current: CurrentOption = False, store: StoreOption = None,
    book: BookOption = Path(), debug: DebugOption = False,
) -> None:  # fmt: skip
    """Copy results from the remote that are not here; again if it was broken off."""
    with reported(debug):
        _copy("pull", book, store, current)


@app.command()
def push(
    current: CurrentOption = False, store: StoreOption = None,
    book: BookOption = Path(), debug: DebugOption = False,
) -> None:  # fmt: skip
    """Copy results to the remote that are not there; again if it was broken off."""
    with reported(debug):
        _copy("push", book, store, current)


def _opened(root: Path, url: str | None = None) -> Store:
    from imprint.build import Options, opened_store

    return opened_store(load(root), Options(store=url), console)


def _current(root: Path) -> set[str]:
    """The fingerprints of all that the book needs now, whatever it is asked for."""
    from imprint import plan
    from imprint.sources import generate, read_pages

    book = load(root)
    pages = read_pages(book)
    return plan.fingerprints(book, pages, generate(book, pages))


def _show(console: Console, held: list, current: Collection[str]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("run", "date", "time", "size", ""):
        table.add_column(column, justify="right" if column in ("time", "size") else "left")
    for entry in held:
        seconds = entry.record.get("seconds")
        table.add_row(
            Text(entry.run or entry.fingerprint[:12]), _date(entry.record),
            "" if seconds is None else f"{seconds:.1f} s", _size(entry.size),
            "current" if entry.fingerprint in current else "",
        )  # fmt: skip
    if held:
        console.print(table, highlight=False)
    now = sum(entry.fingerprint in current for entry in held)
    total = _size(sum(entry.size for entry in held))
    _say(console, f"{_count(len(held), 'result')}, {total}; {now} current")


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _date(record: dict) -> str:
    return str(record.get("date", ""))[:16].replace("T", " ")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _bytes(size: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([kMGT]?)B?", size)
    if not match:
        raise BookError(f"no size: {size!r}", remedy="for example 500M or 2G")
    return int(float(match[1]) * UNITS[match[2]])
