"""The report as one page that needs nothing else: a picture of a build, not its log."""

import datetime
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from imprint.products import Product
from imprint.report import failures, timeline
from imprint.report.account import Account, Row, system
from imprint.report.history import earlier
from imprint.report.words import count, duration, first_line, memory, plain

TOP = 10
"""Runs in each list of the longest, the largest, the slower."""
FAILURES = 50
"""Failures shown with their source; of the others a line."""
DETAILED = 1000
"""Rows whose cells can be opened: those that count most, so that the page stays small."""
CELLS = 12
"""A run's longest cells that are shown."""
COLOURS = 6
"""Editions with a colour of their own; after that they begin again."""
STATES = {
    "failed": ("✕", "failed"), "interrupted": ("‖", "interrupted"), "retried": ("↻", "ok, retried"),
    "ok": ("✓", "ok"), "kept": ("=", "unchanged"),
}  # fmt: skip
"""How each state looks without colour, and its word."""


@dataclass(frozen=True)
class Verdict:
    """What a build came to, in one sentence."""

    state: str
    words: str


def render(account: Account, folder: Path | None = None) -> str:
    """The page's HTML. It refers to the logs beside it, and where it is to lie in ``folder`` to
    what was built and to earlier reports; to nothing else."""
    rows = account.rows
    numbers = {id(row): number for number, row in enumerate(rows)}
    failed = failures.shown(rows)
    ran = [row for row in rows if row.state != "kept"]
    chart = timeline.draw(account, rows)
    editions = [*account.editions, *sorted({row.edition or "" for row in rows})]
    editions = list(dict.fromkeys(editions))
    return _template().render(
        account=account,
        verdict=verdict(account, rows),
        when=datetime.datetime.fromtimestamp(account.began, datetime.UTC),
        tiles=_tiles(account, rows, chart),
        shares=_shares(rows),
        chart=chart,
        chart_words=timeline.summary(chart.lanes if chart else 0, _states(ran)),
        failed=failed,
        failures_shown=FAILURES,
        problems=[plain(line) for line in account.problems] + [
            f"{product.name} was not built: {plain(product.problem)}"
            for product in account.products if product.problem
        ],
        longest=_longest(ran),
        changes=_changes(ran),
        largest=_largest(rows, account.memory),
        rows=rows,
        number_of=lambda row: numbers[id(row)],
        any_last=any(row.last for row in rows),
        any_memory=any(row.memory for row in rows),
        any_place=any(row.place for row in rows),
        detailed=DETAILED,
        colour={name: index % COLOURS for index, name in enumerate(editions)},
        editions=[name for name in editions if name],
        states=STATES,
        present={row.state for row in rows},
        prefix=_prefix(rows),
        cells=_cells,
        duration=duration,
        memory=memory,
        count=count,
        signed=_signed,
        percent=_percent,
        machine=_machine(account),
        products=_products(account, folder) if folder else [],
        site=_site(account, folder) if folder else {},
        earlier=earlier(folder) if folder else [],
        style=_asset("page.css"),
        script=_asset("page.js"),
    )  # fmt: skip


def verdict(account: Account, rows: Sequence[Row]) -> Verdict:
    """What the build came to."""
    states = Counter(row.state for row in rows)
    executed = len(rows) - states["kept"]
    unbuilt = [product.name for product in account.products if product.problem]
    if states["failed"]:
        stopped = ", then interrupted" if account.interrupted else ""
        whole = count(states["kept"] + max(account.planned, executed), "run")
        return Verdict("failed", f"{states['failed']} of {whole} failed{stopped}")
    if account.interrupted:
        ended = executed - states["interrupted"]
        return Verdict("interrupted", f"Interrupted after {ended} of {_runs(account, executed)}")
    if account.problems:
        return Verdict("failed", "Stopped before the end")
    if unbuilt:
        return Verdict("failed", f"{', '.join(unbuilt)} not built")
    if not rows:
        return Verdict("ok", "Nothing to run")
    if not executed:
        return Verdict("ok", f"Nothing changed: {count(len(rows), 'run')} kept")
    return Verdict("ok", f"{count(executed, 'run')} ended well")


def _products(account: Account, folder: Path) -> list[tuple[Product, str]]:
    """What readers take away, each with its address from the report."""
    made = [product for product in account.products if product.path.exists()]
    return [(product, _address(product.path, folder)) for product in made if not product.problem]


def _site(account: Account, folder: Path) -> dict[str, str]:
    """By source: the address of each page on the website."""
    sites = [one.path for one in account.products if one.name == "html" and not one.problem]
    found = {}
    for page in {row.page for row in account.rows} if sites else ():
        built = sites[0] / PurePosixPath(page).with_suffix(".html")
        if built.is_file():
            found[page] = _address(built, folder)
    return found


def _address(path: Path, folder: Path) -> str:
    path = path / "index.html" if path.is_dir() else path
    return quote(Path(os.path.relpath(path, folder)).as_posix())


def _runs(account: Account, executed: int) -> str:
    return count(max(account.planned, executed), "run")


def _states(rows: Sequence[Row]) -> dict[str, int]:
    counted = Counter(row.state for row in rows)
    return {STATES[state][1]: counted[state] for state in STATES if counted[state]}


def _tiles(
    account: Account, rows: Sequence[Row], chart: timeline.Timeline | None
) -> list[tuple[str, str, str]]:
    """The figures at the top: what, how much, and a word on it."""
    ran = [row for row in rows if row.state != "kept"]
    kept = [row for row in rows if row.state == "kept"]
    tiles = [("in all", duration(account.seconds), _longest_stage(account))]
    if ran:
        whole = sum(row.seconds for row in ran)
        longest = max(ran, key=lambda row: row.seconds)
        share = longest.seconds / whole if whole else 0
        tiles.append(("ran", str(len(ran)), f"{duration(whole)} of running"))
        tiles.append(("longest run", duration(longest.seconds),
                      f"{longest.short}{f' [{longest.edition}]' if longest.edition else ''}, "
                      f"{_percent(share)} of all running"))  # fmt: skip
    if kept:
        saved = sum(row.seconds for row in kept)
        tiles.append(("unchanged", str(len(kept)), f"{duration(saved)} saved"))
    if chart and chart.lanes:
        slots = max(account.slots, chart.lanes)
        share = chart.busy * chart.lanes / slots
        tiles.append(("slots busy", _percent(share), f"of {count(slots, 'slot')}, while running"))
    return tiles


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.005 else "< 1 %"


def _signed(percent: float) -> str:
    return f"{percent:+.0f}".replace("-", "\N{MINUS SIGN}") if round(percent) else "0"


def _longest_stage(account: Account) -> str:
    if not account.stages:
        return ""
    longest = max(account.stages, key=lambda stage: stage.seconds)
    return f"{longest.name}: {duration(longest.seconds)}"


def _shares(rows: Sequence[Row]) -> list[tuple[str, int, float]]:
    """How many runs ended in which state, and their share in percent."""
    counted = Counter(row.state for row in rows)
    order = ("kept", "ok", "retried", "interrupted", "failed")
    return [(state, counted[state], 100 * counted[state] / len(rows))
            for state in order if counted[state]]  # fmt: skip


def _longest(ran: Sequence[Row]) -> list[dict[str, Any]]:
    """The longest runs, in percent of the longest of all."""
    rows = sorted(ran, key=lambda row: -row.seconds)[:TOP]
    scale = (rows[0].seconds if rows else 0) or 1
    return [{"row": row, "now": 100 * row.seconds / scale} for row in rows]


def _changes(ran: Sequence[Row]) -> dict[str, Any] | None:
    """Durations against last time, or None where there is no last time."""
    compared = [row for row in ran if row.change is not None]
    if not compared:
        return None
    now, last = sum(row.seconds for row in compared), sum(row.last or 0 for row in compared)
    slower = [row for row in compared if row.slower]
    faster = [row for row in compared if row.faster]
    most = sorted(slower, key=lambda row: (row.last or 0) - row.seconds)[:TOP]
    most += sorted(faster, key=lambda row: row.seconds - (row.last or 0))[: TOP // 2]
    scale = max((max(row.seconds, row.last or 0) for row in most), default=1) or 1
    return {
        "compared": len(compared), "now": now, "last": last, "change": now / last - 1,
        "slower": len(slower), "faster": len(faster),
        "pairs": [
            {"row": row, "now": 100 * row.seconds / scale, "last": 100 * (row.last or 0) / scale}
            for row in most
        ],
    }  # fmt: skip


def _largest(rows: Sequence[Row], whole: int | None) -> list[dict[str, Any]]:
    """The runs with the largest peaks, in percent of the largest one."""
    largest = sorted((row for row in rows if row.memory), key=lambda row: -(row.memory or 0))[:TOP]
    scale = (largest[0].memory or 1) if largest else 1
    return [
        {"row": row, "now": 100 * (row.memory or 0) / scale,
         "share": (row.memory or 0) / whole if whole else None}
        for row in largest
    ]  # fmt: skip


def _cells(row: Row) -> tuple[list[dict[str, Any]], int, float]:
    """A run's longest cells in the page's order, each with its percent of the longest; how many
    others there are, and their seconds."""
    longest = sorted(row.cells, key=lambda one: -one[1])
    chosen, others = sorted(longest[:CELLS]), longest[CELLS:]
    scale = (longest[0][1] if longest else 0) or 1
    notebook = row.page.endswith(".ipynb")  # there lines count in each cell
    return (
        [
            {"place": f"line {line}" if (line := row.line(cell)) and not notebook
             else f"cell {cell + 1}",
             "code": plain(first_line(row.source(cell))), "seconds": seconds,
             "percent": 100 * seconds / scale}
            for cell, seconds in chosen
        ],
        len(others), sum(seconds for _, seconds in others),
    )  # fmt: skip


def _prefix(rows: Sequence[Row]) -> str:
    """The folder that all pages share, which need not be said each time."""
    folders = {row.page.partition("/")[0] + "/" if "/" in row.page else "" for row in rows}
    return folders.pop() if len(folders) == 1 else ""


def _machine(account: Account) -> str:
    parts = [count(account.slots, "slot"), memory(account.memory)]
    parts += [count(len(account.gpus), "GPU")] if account.gpus else []
    return " · ".join(filter(None, [*parts, system()]))


def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only where it is used

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("page.html.j2")
