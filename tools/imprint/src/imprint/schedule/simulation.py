"""The policy against a clock that jumps: who would run what and when, and how good that is."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from imprint.schedule.policy import Job, Line, Room, estimates


@dataclass(frozen=True)
class Span:
    """One job of a simulation: who ran it, and when, in seconds from the beginning."""

    job: Job
    slot: int
    gpus: tuple[int, ...]
    memory: int
    began: float
    ended: float


@dataclass(frozen=True)
class Schedule:
    """Who would run what, and when."""

    room: Room
    spans: tuple[Span, ...]
    """In the order of their beginnings."""
    makespan: float = field(init=False)
    bounds: Mapping[str, float] = field(init=False)
    """Seconds below which no schedule can go, by what stands in its way."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "makespan", max((span.ended for span in self.spans), default=0.0))
        object.__setattr__(self, "bounds", _bounds(self.room, self.spans))

    @property
    def bound(self) -> float:
        return max(self.bounds.values(), default=0.0)

    @property
    def ratio(self) -> float:
        """The makespan by its lower bound; 1 is the best that there can be."""
        return self.makespan / self.bound if self.bound else 1.0

    @property
    def busy(self) -> list[float]:
        """Seconds that each slot was busy."""
        seconds = [0.0] * self.room.slots
        for span in self.spans:
            seconds[span.slot] += span.ended - span.began
        return seconds

    def critical(self) -> list[Span]:
        """The runs that the end waited for: the last one, the one whose end let it start (in
        its slot, if that did), and so on back to the beginning."""
        ends: dict[float, list[Span]] = {}
        for span in self.spans:
            ends.setdefault(span.ended, []).append(span)
        chain: list[Span] = []
        span = max(self.spans, key=lambda span: span.ended, default=None)
        while span is not None:
            chain.append(span)
            before = [one for one in ends.get(span.began, ()) if one.began < one.ended]
            slot = span.slot
            span = min(before, key=lambda one: one.slot != slot, default=None)
        return chain[::-1]


def simulate(
    jobs: Sequence[Job],
    workers: int,
    gpus: int = 0,
    memory: int | None = None,
    truth: Sequence[float] | None = None,
) -> Schedule:
    """Run the policy against a clock that jumps from end to end.

    ``workers`` slots share ``gpus`` GPUs and ``memory`` bytes (None: no limit), as if they were
    one machine. ``truth`` are the seconds that the jobs really take, where they are not the
    recorded ones; without it a job without a record takes its cells times the median of the
    known seconds per cell. No job fails. O(n log n).
    """
    line = Line(jobs, Room(workers, gpus, memory))
    seconds = estimates(jobs, 0.5) if truth is None else truth
    now, spans, ends = 0.0, [], []
    while True:
        while (start := line.next(now)) is not None:
            ended = now + seconds[start.job]
            spans.append(Span(jobs[start.job], start.slot, start.gpus, start.memory, now, ended))
            heapq.heappush(ends, (ended, start.slot, start))
        if not ends:
            return Schedule(line.room, tuple(spans))
        now, _, start = heapq.heappop(ends)
        line.ended(start)


def _bounds(room: Room, spans: Sequence[Span]) -> dict[str, float]:
    lengths = [span.ended - span.began for span in spans]
    bounds = {"longest run": max(lengths, default=0.0), "all runs": sum(lengths) / room.slots}
    if room.gpus:
        work = sum(len(span.gpus) * length for span, length in zip(spans, lengths))
        bounds["GPU runs"] = work / room.gpus
    if room.memory:
        work = sum(span.memory * length for span, length in zip(spans, lengths))
        bounds["memory"] = work / room.memory
    return bounds
