"""The build's side of a cluster: it gives the workers runs and takes what comes.

All that happens (a worker comes or goes, a run ends) is an event in one queue. The loop in
``run_all`` sleeps on it and is alone in changing what is known, and the build alone writes
the store.
"""

import itertools
import queue
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from imprint.environments import Environment
from imprint.errors import BookError
from imprint.execution import scheduler
from imprint.execution.cluster.addresses import in_one_line
from imprint.execution.cluster.connection import Workers
from imprint.execution.cluster.files import Files
from imprint.execution.cluster.jobs import Going, Job, demand_of, longest_first, unfinished
from imprint.execution.cluster.lacking import check_environments, differences, lacking
from imprint.execution.cluster.parcel import Parcel, open_result, relative
from imprint.execution.cluster.placing import Amount, Place, assign
from imprint.execution.run import Result, Run
from imprint.schedule import TRIED_TWICE

PATIENCE = 300.0
"""Seconds to wait for a worker where there is none that takes what is left."""
LOSSES = 2
"""How many workers are lost under a run before it is taken to be the reason."""


def run_all(
    runs: Iterable[Run],
    workers: Workers,
    root: Path,
    files: Files,
    environments: Mapping[str | None, Environment],
    *,
    started: Callable[[Run], None] = lambda run: None,
    placed: Callable[[Run, str], None] = lambda run, place: None,
    cell_started: Callable[[Run, int], None] = lambda run, index: None,
    retried: Callable[[Result], None] = lambda result: None,
    fail_fast: bool = False,
    most_gpus: int | None = None,
    patience: float = PATIENCE,
) -> Iterator[Result]:
    """Execute the runs on the workers; yields each Result as it comes.

    ``files`` are what the runs may read; ``environments`` are those that they were planned
    for, by edition; ``most_gpus`` is ``workers.most_gpus`` of that time. ``placed`` receives
    the name of a run's worker. What else is given means what it means to the scheduler of one
    machine, and a second try is alone on its worker. A run whose worker is lost is done again
    elsewhere, until LOSSES were lost. Leaving the iterator, as Ctrl-C does, ends all that goes
    on. Raises BookErrors where an edition is there in other versions only, and BookError where
    the scheduler goes, or for ``patience`` seconds no worker takes what is left.
    """
    most_gpus = workers.most_gpus if most_gpus is None else most_gpus
    batch = _Batch(
        workers, root, files, environments, most_gpus, fail_fast,
        started, placed, cell_started, retried,
    )  # fmt: skip
    batch.waiting = [Job(run, demand_of(run, environments)) for run in longest_first(runs)]
    try:
        batch.begin()
        idle_since, name = time.monotonic(), "begun"
        while batch.waiting or batch.going:
            if name != "cell":  # that one frees nothing
                batch.start_what_fits()
            if batch.going or batch.welcoming:
                idle_since = time.monotonic()
            left = idle_since + patience - time.monotonic()
            if left <= 0:
                raise lacking(workers, batch.waiting[0].run, environments)
            try:
                name, *details = workers.events.get(timeout=None if batch.going else left)
            except queue.Empty:
                continue
            for result in getattr(batch, name)(*details):
                yield result
                if fail_fast and result.failure:
                    yield from batch.stop()
                    return
    finally:
        batch.end()


@dataclass
class _Batch:
    """The runs of one call, and a method for each kind of event, which yields results."""

    workers: Workers
    root: Path
    files: Files
    environments: Mapping[str | None, Environment]
    most_gpus: int
    fail_fast: bool
    started: Callable[[Run], None]
    placed: Callable[[Run, str], None]
    cell_started: Callable[[Run, int], None]
    retried: Callable[[Result], None]
    waiting: list[Job] = field(default_factory=list)
    going: dict[str, Going] = field(default_factory=dict)
    """By the key of the Dask task."""
    ready: dict[str, Place] = field(default_factory=dict)
    """Workers that have the files, by address."""
    welcoming: set[str] = field(default_factory=set)
    """Workers that are being asked what they have, or sent the files."""
    promises: dict[str, str] = field(default_factory=dict)
    """The workers that runs wait for, by their names."""
    topic: str = field(default_factory=lambda: f"imprint-{uuid.uuid4().hex[:12]}")
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def begin(self) -> None:
        editions = {job.run.edition for job in self.waiting}
        check_environments(self.workers, editions, self.environments)
        self.workers.client.subscribe_topic(self.topic, self._news)
        for place in list(self.workers.places.values()):
            list(self.came(place.address, place))

    def end(self) -> None:
        """Cancel what goes on: its workers then kill its kernels."""
        futures = [going.future for going in self.going.values()]
        self.going.clear()
        with suppress(Exception):  # the scheduler may be what is gone
            self.workers.client.unsubscribe_topic(self.topic)
            if futures:
                self.workers.client.cancel(futures)

    def stop(self) -> list[Result]:
        """End all that goes on, as results; and those that waited for their second try."""
        ended = [
            unfinished(going.job, "interrupted", "interrupted", going.place)
            for going in self.going.values()
        ]
        self.end()
        return ended + [job.first for job in self.waiting if job.first]

    def start_what_fits(self) -> None:
        jobs = {job.demand.name: job for job in self.waiting}
        demands = [job.demand for job in self.waiting]
        for demand, place, takes in assign(
            demands, self.ready.values(), self.most_gpus, self.promises
        ):
            job = jobs[demand.name]
            self.waiting.remove(job)
            self._start(job, place, takes)

    def _start(self, job: Job, place: Place, takes: Amount) -> None:
        key = f"{job.run.key} {self.topic}-{next(self.numbers)}"
        parcel = Parcel(
            key, self.topic, relative(job.run, self.root), self.files.digest,
            job.demand.environment, takes.gpus,
        )  # fmt: skip
        future = self.workers.client.submit(
            _task(), parcel.seal(), key=key, pure=False, workers=[place.address],
            resources={"cpu": takes.cpus, "GPU": takes.gpus, "memory": takes.memory},
        )  # fmt: skip
        self.going[key] = Going(job, place, takes, future)
        self.started(job.run)
        self.placed(job.run, place.name)
        future.add_done_callback(partial(self._fetch, key))

    # What other threads tell -----------------------------------------------------------------

    def _fetch(self, key: str, future: Any) -> None:
        with suppress(RuntimeError):  # the threads are closed: nobody waits for it any more
            self.workers.threads.submit(self._fetched, key, future)

    def _fetched(self, key: str, future: Any) -> None:
        try:
            data = future.result()
        except BaseException as error:  # CancelledError too: whatever it is, it is told
            self.workers.events.put(("gone", key, in_one_line(error)))
        else:
            self.workers.events.put(("done", key, data))

    def _news(self, event: tuple[float, Any]) -> None:
        _, message = event
        self.workers.events.put(("cell", message["task"], message["cell"]))

    def _welcome(self, address: str, place: Place | None) -> None:
        from imprint.execution.cluster.worker import describe, holds, lay_out

        call = partial(self.workers.client.run, workers=[address])
        told: Any = None
        try:
            told = place or call(describe)[address]
            if not call(holds, self.files.digest)[address]:
                call(lay_out, self.files)[address]
        except BaseException as error:
            told = error
        self.workers.events.put(("settled", address, self.files.digest, told))

    # Events ----------------------------------------------------------------------------------

    def came(self, address: str, place: Place | None = None) -> Iterator[Result]:
        """A worker is there."""
        if address not in self.ready and address not in self.welcoming:
            self.welcoming.add(address)
            self.workers.threads.submit(self._welcome, address, place)
        yield from ()

    def settled(self, address: str, digest: str, told: Any) -> Iterator[Result]:
        """A worker has the files and said what else it has, or it failed to."""
        if address in self.welcoming and digest == self.files.digest:  # else it left meanwhile
            self.welcoming.discard(address)
            place = told if isinstance(told, Place) else self.workers.known(address, told)
            if place:
                place.free = place.whole
                self.ready[address] = place
                for edition, why in differences(place, self.environments):
                    self.workers.notice(f"worker {place.name} does not run {edition}: {why}")
        yield from ()

    def left(self, address: str, expected: bool) -> Iterator[Result]:
        """A worker went; what it was doing is done elsewhere."""
        self.workers.forget(address)
        self.ready.pop(address, None)
        self.welcoming.discard(address)
        for key in [key for key, going in self.going.items() if going.place.address == address]:
            name = self.going[key].place.name
            yield from self._lose(key, f"its worker {name} was lost", counts=not expected)

    def gone(self, key: str, reason: str) -> Iterator[Result]:
        """A task ended without a result."""
        if key in self.going:
            if self.workers.client.status != "running":
                raise BookError(
                    f"the Dask scheduler at {self.workers.address} is gone",
                    remedy="finished results are kept; start it and run again",
                )
            yield from self._lose(key, reason, counts=True)

    def done(self, key: str, data: bytes) -> Iterator[Result]:
        """A task ended with a result."""
        if key not in self.going:  # its worker was lost after it had sent it
            return
        going = self.going[key]
        try:
            result = open_result(data, going.job.run)
        except ValueError as error:
            yield from self._lose(key, str(error), counts=True)
            return
        if result.failure and result.failure.kind == "interrupted":  # not by us
            yield from self._lose(key, "its worker ended it", counts=False)
            return
        del self.going[key]
        going.place.free += going.takes
        going.place.set_aside(result.held)
        job = going.job
        if job.first:
            result = scheduler.again(job.first, result)
        if not job.first and result.failure and result.failure.kind in TRIED_TWICE:
            job.first = result
            job.demand = replace(job.demand, alone=True)
            # when nothing else waits, for there it costs least; at once where it may end all
            self.waiting.insert(0 if self.fail_fast else len(self.waiting), job)
            self.retried(result)
        else:
            yield replace(result, attempts=result.attempts + job.losses)

    def cell(self, key: str, index: int) -> Iterator[Result]:
        if going := self.going.get(key):
            self.cell_started(going.job.run, index)
        yield from ()

    def _lose(self, key: str, reason: str, counts: bool) -> Iterator[Result]:
        going = self.going.pop(key)
        going.place.free += going.takes
        with suppress(Exception):  # it may be known to nobody any more
            self.workers.client.cancel([going.future])
        job = going.job
        job.losses += counts
        if job.losses < LOSSES:
            job.demand = replace(job.demand, avoid=job.demand.avoid | {going.place.address})
            self.waiting.insert(0, job)
        else:
            message = f"{reason}, and another one before: done {job.losses} times, no result"
            yield unfinished(job, "lost worker", message, going.place)


def _task() -> Callable[[bytes], bytes]:
    """What a worker is asked to do. It travels as code, so that the scheduler, which looks into
    every task, can be any Dask scheduler, without imprint."""

    def run(data: bytes) -> bytes:
        from imprint.execution.cluster.worker import perform

        return perform(data)

    return run
