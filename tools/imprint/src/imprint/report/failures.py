"""Failures as the report shows them: the failing cell's source, its failing line, the traceback."""

from collections.abc import Iterable
from dataclasses import dataclass

from imprint.errors import at
from imprint.report.account import Row
from imprint.report.files import log_name
from imprint.report.words import count, plain

AROUND = 20
"""Lines of a long cell to show before and after the failing one."""
HEAD, TAIL = 60, 240
"""Lines of a long traceback to show; the log has all of it."""
WIDEST = 2000
"""Characters of a line to show."""


@dataclass(frozen=True)
class Line:
    """A line of the failing cell."""

    number: str
    """As an editor counts it in the page's file (in a notebook's cell: in the cell)."""
    code: str
    failing: bool


@dataclass(frozen=True)
class Shown:
    """A failure, ready to be shown."""

    number: int
    """Of the run's row in the table."""
    row: Row
    kind: str
    where: str
    """``page.md:12``"""
    cell: int | None
    """Counted from 1."""
    message: str
    lines: tuple[Line, ...]
    traceback: str
    log: str
    """The log's address, from the report's folder."""


def shown(rows: Iterable[Row]) -> list[Shown]:
    """The failures among the rows, which are numbered by their order."""
    return [_shown(number, row) for number, row in enumerate(rows) if row.failure]


def _shown(number: int, row: Row) -> Shown:
    failure, result = row.failure, row.result
    assert failure and result
    log = f"logs/{log_name(result)}"
    return Shown(
        number, row, failure.kind, at(row.page, failure.line),
        None if failure.cell is None else failure.cell + 1,
        _cut(plain(failure.message)), _source(row),
        _shortened(plain(failure.log), log) if failure.log != failure.message else "", log,
    )  # fmt: skip


def _source(row: Row) -> tuple[Line, ...]:
    """The failing cell's lines around the failing one; none where the cell is not known."""
    result = row.result
    assert result and result.failure
    run, failure = result.run, result.failure
    if failure.cell is None:
        return ()
    lines = row.source(failure.cell).splitlines()
    numbers = run.lines.get(failure.cell) or range(1, len(lines) + 1)
    # without a line of its own (a timeout, a dead kernel) a cell has no failing line
    pointed = failure.kind == "error" and failure.line in numbers
    failing = numbers.index(failure.line) if pointed else -1
    begin = max(0, failing - AROUND)
    less = numbers[0] - 1 if row.page.endswith(".ipynb") else 0
    return tuple(
        Line(str(numbers[index] - less), _cut(plain(lines[index])), index == failing)
        for index in range(begin, min(len(lines), max(failing, begin) + AROUND + 1))
    )


def _shortened(log: str, path: str) -> str:
    lines = [_cut(line) for line in log.strip("\n").split("\n")]
    left = len(lines) - HEAD - TAIL
    if left > 0:
        lines[HEAD:-TAIL] = [f"… {count(left, 'line')} left out; all of it: {path} …"]
    return "\n".join(lines)


def _cut(line: str) -> str:
    return line if len(line) <= WIDEST else line[:WIDEST] + " …"
