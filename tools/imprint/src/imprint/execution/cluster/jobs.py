"""Runs on their way to workers, and what became of them so far."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from imprint.environments import Environment
from imprint.execution import slots
from imprint.execution.cluster.placing import Amount, Demand, Place
from imprint.execution.run import Failure, Kind, Result, Run
from imprint.schedule import order


@dataclass(eq=False)
class Job:
    """A run, and what became of it so far."""

    run: Run
    demand: Demand
    first: Result | None = None
    """What came of the first try, where there is a second."""
    losses: int = 0


@dataclass(eq=False)
class Going:
    """A run that a worker has."""

    job: Job
    place: Place
    takes: Amount
    future: Any


def demand_of(run: Run, environments: Mapping[str | None, Environment]) -> Demand:
    digest = environments[run.edition].digest
    return Demand(run.key, run.edition, digest, run.gpus, run.expected_memory)


def longest_first(runs: Iterable[Run]) -> list[Run]:
    runs = list(runs)
    return [runs[index] for index in order([slots.job(run) for run in runs])]


def unfinished(job: Job, kind: Kind, message: str, place: Place) -> Result:
    failure = Failure(kind, message)
    tries = job.losses + (2 if job.first else 1) - (kind == "lost worker")
    return Result(job.run, 0.0, job.run.executable, failure, place=place.name, attempts=tries)
