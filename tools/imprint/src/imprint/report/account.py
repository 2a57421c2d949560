"""The account of a build: what happened and when, told as it happens, for the report to show."""

import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from imprint.execution.run import Failure, Result
from imprint.products import Product
from imprint.report.words import stem

State = Literal["failed", "interrupted", "retried", "ok", "kept", "first"]
"""How a run ended; ``retried``: well, at the second try; ``kept``: it did not run now. ``first`` is
a first try that came to nothing."""
LARGEST = 1e15
"""A record's numbers from here on are no seconds and no bytes."""
SLOWER_BY, SLOWER_SECONDS = 1.2, 1.0
"""A run counts as slower (or faster) than last time from this factor and this difference on."""


@dataclass(frozen=True)
class Stage:
    """A part of a build: ``read``, ``plan``, ``run``, ``html`` …"""

    name: str
    seconds: float
    began: float
    """In seconds since the epoch."""


@dataclass
class Account:
    """All that a report tells about a build. Filled while it goes on; whole at no moment."""

    title: str
    """The book's."""
    profile: str
    editions: tuple[str, ...] = ()
    """In the book's order."""
    results: list[Result] = field(default_factory=list)
    retried: list[Result] = field(default_factory=list)
    """First tries that came to nothing, of runs that were tried again."""
    kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The records of the runs whose results were in the store, by the runs' names."""
    planned: int = 0
    """How many runs were to be done; fewer results where the build was stopped."""
    stages: list[Stage] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Why it ended early, one line each; mistakes in the sources, for example."""
    interrupted: bool = False
    slots: int = 1
    """How many runs could go on at once."""
    memory: int | None = None
    """The machine's memory in bytes, where it is known."""
    gpus: tuple[str, ...] = ()
    began: float = field(default_factory=time.time)
    """In seconds since the epoch."""
    ended: float | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Takes the time of a part of the build, also of one that fails."""
        began, since = time.time(), time.monotonic()
        try:
            yield
        finally:
            self.stages.append(Stage(name, time.monotonic() - since, began))

    @property
    def all_well(self) -> bool:
        """Whether every run that was executed ended well."""
        return not any(result.failure for result in self.results)

    @property
    def unchanged(self) -> bool:
        """Whether nothing was executed, made, or found wrong."""
        made = [product for product in self.products if not product.unchanged]
        return not (self.results or self.retried or made or self.problems or self.interrupted)

    @property
    def seconds(self) -> float:
        return max(0.0, (self.ended or time.time()) - self.began)

    @property
    def first_tries(self) -> list["Row"]:
        """What took time in a slot and came to nothing."""
        return [replace(_executed(result), state="first") for result in self.retried]

    @property
    def rows(self) -> list["Row"]:
        """Every run, executed or kept: failures first, then the longest, then the kept ones."""
        executed = [_executed(result) for result in self.results]
        kept = [_kept(name, record) for name, record in self.kept.items()]
        order: list[State] = ["failed", "interrupted", "retried", "ok", "kept"]
        rank = {state: index for index, state in enumerate(order)} | {"retried": 2, "ok": 2}
        return sorted(executed + kept, key=lambda row: (rank[row.state], -row.seconds, row.name))


@dataclass(frozen=True)
class Row:
    """One run as the report shows it."""

    page: str
    edition: str | None
    state: State
    seconds: float
    """What it took; of a kept run, when it ran."""
    last: float | None = None
    """What it took the time before, in seconds."""
    memory: int | None = None
    """Its peak, in bytes."""
    cells: tuple[tuple[int, float], ...] = ()
    """The cells' indices in the page, and the seconds that each took."""
    place: str = ""
    began: float = 0.0
    gpus: tuple[str, ...] = ()
    attempts: int = 1
    date: str = ""
    """The day on which a kept run ran."""
    result: Result | None = None

    @property
    def name(self) -> str:
        return self.page + (f" [{self.edition}]" if self.edition else "")

    @property
    def short(self) -> str:
        return stem(self.page)

    def source(self, cell: int) -> str:
        """A cell's code; of a kept run it is not at hand."""
        nodes = getattr(self.result.run.executable, "cells", ()) if self.result else ()
        for node in nodes:
            if node.metadata.get("imprint", {}).get("cell") == cell:
                return node.source
        return ""

    def line(self, cell: int) -> int | None:
        """The page's line where a cell begins, where it is known."""
        lines = self.result.run.lines.get(cell) if self.result else None
        return lines[0] if lines else None

    @property
    def failure(self) -> Failure | None:
        return self.result.failure if self.result and self.state == "failed" else None

    @property
    def change(self) -> float | None:
        """This time over last time, of a run that ended well."""
        if self.last and self.state in ("ok", "retried"):
            return self.seconds / self.last
        return None

    @property
    def slower(self) -> bool:
        return self._beyond(self.seconds, self.last)

    @property
    def faster(self) -> bool:
        return self._beyond(self.last, self.seconds)

    def _beyond(self, more: float | None, less: float | None) -> bool:
        if self.change is None or more is None or less is None:
            return False
        return more >= SLOWER_BY * less and more - less >= SLOWER_SECONDS


def is_failure(result: Result) -> bool:
    """Whether a run went wrong by itself; one that was stopped did not."""
    return result.failure is not None and result.failure.kind != "interrupted"


def system() -> str:
    return f"{platform.system()}, Python {platform.python_version()}"


def _executed(result: Result) -> Row:
    run, failure = result.run, result.failure
    state: State = "retried" if result.attempts > 1 else "ok"
    if failure:
        state = "failed" if is_failure(result) else "interrupted"
    cells = tuple(sorted(result.cell_seconds.items()))
    return Row(
        run.page, run.edition, state, result.seconds, _number((run.last or {}).get("seconds")),
        result.peak_memory, cells, result.place, result.began, result.gpus, result.attempts,
        result=result,
    )  # fmt: skip


def _kept(name: str, record: Mapping[str, Any]) -> Row:
    """A kept run's row; whatever is missing in its record, or odd, is left out."""
    page, _, edition = name.partition(" [")
    size = _number(record.get("peak_memory"))
    return Row(
        page, edition.rstrip("]") or None, "kept", _number(record.get("seconds")) or 0.0,
        memory=round(size) if size else None,
        cells=_cells(record.get("cell_seconds")),
        place=str(record.get("worker") or ""),
        date=str(record.get("date") or "")[:10],
    )  # fmt: skip


def _cells(given: Any) -> tuple[tuple[int, float], ...]:
    try:
        return tuple(
            sorted((int(cell), _number(seconds) or 0.0) for cell, seconds in given.items())
        )
    except (AttributeError, TypeError, ValueError):
        return ()


def _number(value: Any) -> float | None:
    """A number of seconds or bytes, if that is what it can be."""
    if not isinstance(value, int | float) or not 0 <= value < LARGEST:
        return None
    return float(value)
