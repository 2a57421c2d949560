"""The order of runs, and which of them may start: one policy, asked by the scheduler of this
machine (``execution.scheduler``) and by the simulation, so that the two cannot differ.

Nothing here starts anything or looks at a clock: times are given, in seconds from any beginning.
"""

import heapq
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from imprint.schedule.waiting import Waiting

MEMORY_MARGIN = 1.2
"""A run is given this much of its last peak."""
UNKNOWN_MEMORY = 2**30
"""Bytes that a run without a record is given; or an equal share of the machine's memory where
that is less, because not knowing is no reason to leave slots empty."""
UNKNOWN_QUANTILE = 0.9
"""A run without a record counts as long as this quantile of the known seconds per cell says.
Long ones must come first, and it may be one: with a tenth of 332 runs unknown, on 32 workers,
taking them for median ones costs 17 % of the makespan on average, this 1 to 3 %."""
TRIED_TWICE = frozenset({"dead kernel", "out of memory"})
"""Kinds of failure after which a run is tried once more, with nothing else running."""


@dataclass(frozen=True)
class Job:
    """What the policy knows of a run."""

    name: str
    seconds: float | None = None
    """What it took the last time."""
    gpus: int | Literal["all"] = 0
    memory: int | None = None
    """Its peak the last time, in bytes."""
    cells: int = 1


@dataclass(frozen=True)
class Room:
    """What there is to share out: slots for runs, GPUs, and memory in bytes (None: no limit)."""

    slots: int
    gpus: int = 0
    memory: int | None = None

    def gpus_for(self, job: Job) -> int:
        """The GPUs that it is given: never more than there are."""
        return self.gpus if job.gpus == "all" else min(job.gpus, self.gpus)

    def memory_for(self, job: Job) -> int:
        """The bytes that it is given: never more than there are."""
        if self.memory is None:
            return 0
        if job.memory is None:
            return min(UNKNOWN_MEMORY, self.memory // self.slots)
        return min(math.ceil(job.memory * MEMORY_MARGIN), self.memory)


@dataclass(frozen=True)
class Start:
    """One try of a job and what it was given; all numbers count from 0."""

    job: int
    """Its index."""
    slot: int
    gpus: tuple[int, ...]
    memory: int
    attempt: int = 1
    """2: it runs alone."""


def estimates(jobs: Sequence[Job], quantile: float = UNKNOWN_QUANTILE) -> list[float]:
    """Seconds of each job: as recorded, or else its cells times a quantile of the seconds per
    cell of the recorded ones (of none: 1 s)."""
    known = sorted(job.seconds / max(job.cells, 1) for job in jobs if job.seconds is not None)
    guess = known[int(quantile * (len(known) - 1))] if known else 1.0
    return [
        guess * max(job.cells, 1) if job.seconds is None else float(job.seconds) for job in jobs
    ]


def order(jobs: Sequence[Job]) -> list[int]:
    """The jobs' indices, longest first; equal ones as they came."""
    seconds = estimates(jobs)
    return sorted(range(len(jobs)), key=lambda index: -seconds[index])


class Line:
    """The jobs that wait, longest first, and who is given what.

    The first of the line starts as soon as it fits. Until then it is promised the moment at
    which, as things are expected, enough will have been given back; a later one overtakes if
    it fits now and either is expected to be over by then, or takes only what the first will
    leave. After that moment, come too late, nobody overtakes but the latter: so the first
    waits for those that started before it, and for nobody else.

    With ``fail_fast`` nothing starts after a failure. A second try runs with nothing beside
    it: when the line is empty, where that costs least; at once with ``fail_fast``.
    """

    def __init__(self, jobs: Sequence[Job], room: Room, fail_fast: bool = False) -> None:
        self.jobs, self.room, self.fail_fast = list(jobs), room, fail_fast
        self.stopped = False
        """Whether a failure ended it: nothing starts, and those going on are to be stopped."""
        self._seconds = estimates(self.jobs)
        ranks = order(self.jobs)
        self._waiting = Waiting(
            ranks,
            [self._seconds[index] for index in ranks],
            [room.gpus_for(self.jobs[index]) for index in ranks],
            [room.memory_for(self.jobs[index]) for index in ranks],
        )
        self._again: deque[int] = deque()
        self._slots = list(range(room.slots))
        self._gpus = list(range(room.gpus))
        self._memory = room.memory or 0
        self._aside = 0
        self._going: dict[int, tuple[float, Start]] = {}
        """By slot, with the moment of its expected end."""
        self._promise: _Promise | None = None

    def set_aside(self, memory: int) -> None:
        """Give so many bytes to no job: what serves several of them holds these. A job that
        wants more than the rest has nothing beside it."""
        if self.room.memory is not None:
            self._memory += self._aside - memory
            self._aside = memory

    def next(self, now: float) -> Start | None:
        """What starts now; None where nothing may before something has ended."""
        if self.stopped or not self._slots or self._is_alone():
            return None
        if self._again and (self.fail_fast or not self._waiting):
            return None if self._going else self._start(self._again.popleft(), now, attempt=2)
        first = self._waiting.first
        if first is None:
            return None
        gpus, memory = self._waiting.wants(first)
        fits = not self._going or (gpus <= len(self._gpus) and memory <= self._memory)
        rank = first if fits else self._overtaking(first, now)
        return None if rank is None else self._start(self._waiting.take(rank), now)

    def ended(self, start: Start, failure: str | None = None) -> bool:
        """Give back what a try took, ``failure`` being the kind of its failure; whether it was
        the job's last."""
        del self._going[start.slot]
        heapq.heappush(self._slots, start.slot)
        for gpu in start.gpus:
            heapq.heappush(self._gpus, gpu)
        self._memory += start.memory
        if failure in TRIED_TWICE and start.attempt == 1:
            self._again.append(start.job)
            return False
        self.stopped = self.stopped or bool(failure and self.fail_fast)
        return True

    def _start(self, index: int, now: float, attempt: int = 1) -> Start:
        gpus = [heapq.heappop(self._gpus) for _ in range(self.room.gpus_for(self.jobs[index]))]
        memory = self.room.memory_for(self.jobs[index])
        self._memory -= memory
        start = Start(index, heapq.heappop(self._slots), tuple(gpus), memory, attempt)
        self._going[start.slot] = now + self._seconds[index], start
        return start

    def _is_alone(self) -> bool:
        return any(start.attempt > 1 for _, start in self._going.values())

    def _overtaking(self, first: int, now: float) -> int | None:
        """The rank of the longest that may overtake the first of the line, which does not fit."""
        if self._promise is None or self._promise.rank != first:
            self._promise = self._promised(first, now)
        promise, gpus, memory = self._promise, len(self._gpus), self._memory
        brief = self._waiting.find(gpus, memory, promise.moment - now)
        beside = self._waiting.find(min(gpus, promise.gpus), min(memory, promise.memory))
        if beside is None or (brief is not None and brief <= beside):
            return brief
        gpus, memory = self._waiting.wants(beside)
        self._promise = replace(promise, gpus=promise.gpus - gpus, memory=promise.memory - memory)
        return beside

    def _promised(self, first: int, now: float) -> "_Promise":
        wants_gpus, wants_memory = self._waiting.wants(first)
        moment, gpus, memory = now, len(self._gpus), self._memory
        for ends, start in sorted(self._going.values(), key=lambda going: going[0]):
            if gpus >= wants_gpus and memory >= wants_memory:
                break
            moment = max(now, ends)
            gpus, memory = gpus + len(start.gpus), memory + start.memory
        return _Promise(first, moment, gpus - wants_gpus, memory - wants_memory)


@dataclass(frozen=True)
class _Promise:
    """When the first of the line is to start, and what it will leave to others. (No slot need
    be left: it starts when something ends, and that gives one back.)"""

    rank: int
    moment: float
    gpus: int
    memory: int
