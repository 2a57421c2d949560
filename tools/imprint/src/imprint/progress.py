"""Progress of a build, as it is seen: live on a terminal, one line a run elsewhere."""

import heapq
import os
import statistics
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from imprint.execution.run import Result, Run
from imprint.report.account import is_failure
from imprint.report.files import where
from imprint.report.words import count, duration, first_line, plain

WIDE, MIDDLING = 100, 60
"""Columns from which on a cell's code is shown, and from which on its number is."""
REFRESHES = 4
"""A second."""


@dataclass
class Going:
    """A run that goes on."""

    run: Run
    began: float
    """By the monotonic clock, in seconds."""
    cell: int | None = None
    """The cell's place among those that run, counted from 0; None while the kernel starts."""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


class RunProgress(AbstractContextManager):
    """Shows the runs that go on, the ones that ended, and how long the others may take.

    ``runs`` are all that are to be done, on ``slots`` slots; ``kept`` counts those that are not.
    Its methods may be called from any thread.
    """

    def __init__(self, console: Console, runs: Sequence[Run], kept: int, slots: int = 1) -> None:
        self.console = console
        total = len(runs)
        self.total, self.done, self.failed, self.slots = total, 0, 0, max(1, slots)
        self.began = time.monotonic()
        self.lock = threading.Lock()
        self.going: dict[str, Going] = {}
        self.seconds = {run.name: run.expected_seconds for run in runs}
        """What each run that has not ended took the last time, where that is known."""
        self.known = [seconds for seconds in self.seconds.values() if seconds is not None]
        self.live: Live | None = None
        self._left: tuple[float, float | None] = (float("-inf"), None)
        if total:
            left = self.left()
            about = "" if left is None else f", about {duration(left)}"
            console.print(f"{count(total, 'notebook')} to run, {kept} unchanged{about}",
                          highlight=False)  # fmt: skip

    def __enter__(self) -> "RunProgress":
        if self.total and is_live(self.console):
            self.live = Live(
                self, console=self.console, refresh_per_second=REFRESHES, transient=True
            )
            self.live.start()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.live:
            self.live.stop()

    def started(self, run: Run) -> None:
        """A run was given a slot; once more where it is tried again."""
        with self.lock:
            self.going[run.name] = Going(run, time.monotonic())

    def cell_started(self, run: Run, index: int) -> None:
        """A run came to its cell at ``index`` of those that run."""
        with self.lock:
            if run.name in self.going:
                self.going[run.name].cell = index

    def retried(self, result: Result) -> None:
        """A run's first try came to nothing, and it is to be tried again."""
        with self.lock:
            self.going.pop(result.run.name, None)
        message = result.failure.message if result.failure else "failed"
        self._print(Text(f"{result.run.name} is tried again: {plain(message)}", "yellow"))

    def ended(self, result: Result) -> None:
        """A run is over, for the last time."""
        with self.lock:
            self.going.pop(result.run.name, None)
            self.seconds.pop(result.run.name, None)
            if result.failure is None and result.run.expected_seconds is None:
                self.known.append(result.seconds)
            self.done += 1
            self.failed += is_failure(result)
        if not self.live:
            self._print(self._line(result))
        elif is_failure(result):  # the others can be seen
            self._print(Text.assemble(("failed ", "red"), plain(where(result))))

    def left(self) -> float | None:
        """Seconds until all runs have ended, from what they took the last time; one that never ran
        is expected to take the median. None where nothing is known. Asked for often, it is
        worked out once a second."""
        now = time.monotonic()
        if now - self._left[0] >= 1:
            with self.lock:
                if not self.known:
                    return None
                middle = statistics.median(self.known)
                expected = {
                    name: middle if seconds is None else seconds
                    for name, seconds in self.seconds.items()
                }
                going = [
                    max(0.0, expected.pop(name, middle) - one.seconds)
                    for name, one in self.going.items()
                ]
            self._left = (now, time_left(going, list(expected.values()), self.slots))
        return self._left[1]

    def __rich__(self) -> Group:
        with self.lock:
            going = sorted(self.going.values(), key=lambda one: one.began)
        room = max(1, self.console.height - 3)
        shown = going if len(going) <= room else going[: room - 1]
        rows: list[Any] = [self._overall(), self._runs(shown)]
        if len(shown) < len(going):
            rows.append(Text(f"  and {len(going) - len(shown)} more", "dim"))
        return Group(*rows)

    def _overall(self) -> Table:
        left = self.left()
        facts = [f"{self.done}/{self.total}"]
        if self.failed:
            facts.append(f"[red]{self.failed} failed[/red]")
        facts.append(duration(time.monotonic() - self.began))
        if left is not None:
            facts.append(f"about {duration(left)} left")
        wide = self.console.width >= MIDDLING
        columns = [Column(ratio=1, max_width=40), Column(no_wrap=True, overflow="crop")]
        table = Table.grid(*(columns if wide else columns[1:]), padding=(0, 2, 0, 0))
        words = Text.from_markup("  ".join(facts))
        bar = ProgressBar(total=self.total, completed=self.done)
        table.add_row(*([bar, words] if wide else [words]))
        return table

    def _runs(self, going: Sequence[Going]) -> Group:
        """One line a run: its page, its cell and the cell's code, its seconds."""
        width, ascii_only = self.console.width, self.console.options.ascii_only
        cells = [_cell(one) if width >= MIDDLING else "" for one in going]
        seconds = [_seconds(one, width >= MIDDLING) for one in going]
        beside = max(map(len, cells), default=0) + max(map(len, seconds), default=0)
        room = max(4, width - beside - 2 - 2 - (2 if width >= MIDDLING else 0))
        longest = max((len(one.run.name) for one in going), default=0)
        name = min(longest, room * 3 // 5) if width >= WIDE else room
        lines = []
        for one, cell, took in zip(going, cells, seconds, strict=True):
            line = Text("  " + self._say(shortened(one.run.name, name, ascii_only)).ljust(name))
            if width >= MIDDLING:
                line.append("  " + cell.ljust(max(map(len, cells))))
            if width >= WIDE:
                code = room - name - 2
                line.append("  " + self._say(_code(one))[:code].ljust(code), "dim")
            line.append("  ")
            line.append(took.plain.rjust(max(map(len, seconds))), took.style)
            line.no_wrap, line.overflow = True, "crop"
            lines.append(line)
        return Group(*lines)

    def _line(self, result: Result) -> Text:
        """What is said about a run that ended, where nothing moves."""
        failed = result.failure is not None
        line = Text.assemble(
            f"[{self.done}/{self.total}] {result.run.name} ",
            ("failed", "red") if failed else ("ok", "green"), f" {result.seconds:.1f} s",
        )  # fmt: skip
        last = result.run.expected_seconds
        if not failed and last is not None:
            line.append(f", last time {last:.1f} s")
        if result.attempts > 1:
            line.append(f", attempt {result.attempts}")
        return line

    def _print(self, line: Text) -> None:
        said = Text(self._say(line.plain), line.style, spans=line.spans)
        self.console.print(said, highlight=False, soft_wrap=True)

    def _say(self, text: str) -> str:
        """Text as far as the terminal's encoding can say it."""
        return text.encode(self.console.encoding, "replace").decode(self.console.encoding)


def is_live(console: Console) -> bool:
    """Whether somebody sees a screen on which lines can change: not in CI, whose systems keep what
    is written, and not on a terminal that cannot move back."""
    if console.is_dumb_terminal or os.environ.get("CI", "").lower() not in ("", "0", "false"):
        return False
    try:
        return console.is_terminal and console.file.isatty()
    except (AttributeError, ValueError):
        return False


def time_left(going: Sequence[float], waiting: Sequence[float], slots: int) -> float:
    """Seconds until the last run ends: each waiting run, the longest first, takes the slot that is
    free first. ``going`` are the rests of the runs that have a slot."""
    free = [*going, *[0.0] * (slots - len(going))] or [0.0]
    heapq.heapify(free)
    ends = max(free)
    for seconds in sorted(waiting, reverse=True):
        end = heapq.heapreplace(free, free[0] + seconds)
        ends = max(ends, end + seconds)
    return ends


def shortened(name: str, width: int, ascii_only: bool = False) -> str:
    """A run's name in at most ``width`` letters; its end tells more than its folders."""
    if len(name) <= width:
        return name
    dots = "..." if ascii_only else "…"
    return dots + name[len(name) - max(1, width - len(dots)) :]


def _cell(one: Going) -> str:
    cells = len(one.run.executable.cells)
    return "starting" if one.cell is None else f"cell {min(one.cell + 1, cells)}/{cells}"


def _code(one: Going) -> str:
    cells = one.run.executable.cells
    if one.cell is None or not cells:
        return ""
    return plain(first_line(cells[min(one.cell, len(cells) - 1)].source))


def _seconds(one: Going, against: bool) -> Text:
    """How long it has gone on, against how long it went on the last time."""
    last = one.run.expected_seconds
    if last is None:
        return Text(duration(one.seconds))
    late = one.seconds > max(1.2 * last, last + 1)
    said = f"{duration(one.seconds)} of {duration(last)}" if against else duration(one.seconds)
    return Text(said, "yellow" if late else "")
