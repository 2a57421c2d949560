"""What a terminal shows at the end of a build: what was built, what it took, what failed."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from imprint.report.account import Account, Product, Row, is_failure
from imprint.report.files import where
from imprint.report.words import count, duration, memory

SLOWEST = 5
FAILURES = 12
"""At most so many lines, so that all of it fits on a screen; the report has the others."""


def show_end(console: Console, root: Path, folder: Path, account: Account) -> None:
    """The build in a few lines, its failures last. ``folder`` is the report's."""
    rows = account.rows
    if rows:
        console.print(_say(console, _counted(rows)), highlight=False, markup=False, soft_wrap=True)
    slowest = sorted((row for row in rows if row.state != "kept"), key=lambda row: -row.seconds)
    if len(slowest) > 1:
        console.print(_table(console, slowest[:SLOWEST]))
    if account.stages:
        stages = ", ".join(f"{stage.name} {duration(stage.seconds)}" for stage in account.stages)
        line = f"{stages}; {duration(account.seconds)} in all"
        console.print(_say(console, line), highlight=False, markup=False, soft_wrap=True)
    if (folder / "index.html").exists():
        console.print(f"report: {shown_path(root, folder / 'index.html')}", highlight=False,
                      markup=False, soft_wrap=True)  # fmt: skip
    failed = [result for result in account.results if is_failure(result)]
    if not failed:
        return
    console.print(f"\n{len(failed)} notebooks failed:" if len(failed) > 1
                  else "\n1 notebook failed:", style="bold red", highlight=False)  # fmt: skip
    for result in failed[:FAILURES]:
        line = _say(console, where(result))
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if len(failed) > FAILURES:
        console.print(f"and {len(failed) - FAILURES} more", highlight=False)
    logs = shown_path(root, folder / "logs")
    console.print(f"full logs: {logs}", highlight=False, markup=False, soft_wrap=True)


def show_products(console: Console, root: Path, products: Sequence[Product]) -> None:
    """The short table at the end: what, where, how big, how long."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("built", "where", "size", "time"):
        table.add_column(column, justify="right" if column in ("size", "time") else "left")
    for product in products:
        size = "not built" if product.problem else human_size(product.path)
        shown = shown_path(root, product.path)
        time = "unchanged" if product.unchanged else f"{product.seconds:.1f} s"
        table.add_row(product.name, shown, size, time)
    console.print(table)


def human_size(path: Path) -> str:
    """The size of a file or a folder, in decimal units."""
    files = path.rglob("*") if path.is_dir() else [path]
    size = float(sum(file.stat().st_size for file in files if file.is_file()))
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def shown_path(root: Path, path: Path) -> str:
    """A path as an author in the book's folder would write it."""
    try:
        return str(path.relative_to(root))
    except ValueError:
        return str(path)


def _counted(rows: Sequence[Row]) -> str:
    """``71 ran in 3 min, 261 unchanged (32 min saved), 2 failed, 1 tried twice``."""
    states = Counter(row.state for row in rows)
    ran = [row for row in rows if row.state != "kept"]
    parts = []
    if ran:
        parts.append(f"{count(len(ran), 'run')}, {duration(sum(row.seconds for row in ran))} of "
                     "running")  # fmt: skip
    if states["kept"]:
        saved = sum(row.seconds for row in rows if row.state == "kept")
        parts.append(f"{states['kept']} unchanged ({duration(saved)} saved)")
    parts += [f"{states[state]} {state}" for state in ("failed", "interrupted") if states[state]]
    twice = sum(row.attempts > 1 for row in ran)
    parts += [f"{twice} tried twice"] if twice else []
    slower = sum(row.slower for row in ran)
    parts += [f"{slower} slower than last time"] if slower else []
    return ", ".join(parts)


def _table(console: Console, rows: Sequence[Row]) -> Table:
    """The slowest runs; what a narrow terminal has no room for is left out."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    # rich marks what it cuts off with a character that ASCII lacks
    cut: Literal["crop", "ellipsis"] = "crop" if console.options.ascii_only else "ellipsis"
    table.add_column("slowest", no_wrap=True, overflow=cut, ratio=1)
    table.add_column("time", justify="right", no_wrap=True, overflow=cut)
    last = any(row.last is not None for row in rows) and console.width >= 60
    sizes = any(row.memory for row in rows) and console.width >= 72
    if last:
        table.add_column("last time", justify="right", no_wrap=True, overflow=cut)
    if sizes:
        table.add_column("memory", justify="right", no_wrap=True, overflow=cut)
    for row in rows:
        style = "red" if row.state == "failed" else "yellow" if row.slower else ""
        cells = [Text(_say(console, row.name)), Text(duration(row.seconds), style)]
        if last:
            cells.append(Text("" if row.last is None else duration(row.last)))
        if sizes:
            cells.append(Text(memory(row.memory)))
        table.add_row(*cells)
    return table


def _say(console: Console, text: str) -> str:
    """Text as far as the terminal's encoding can say it."""
    return text.encode(console.encoding, "replace").decode(console.encoding)
