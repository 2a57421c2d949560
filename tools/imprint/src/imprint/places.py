"""Places: where runs are executed, this machine or the workers behind a Dask scheduler."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from imprint.book import Book
from imprint.execution import warm
from imprint.execution.run import Result
from imprint.execution.slots import Slots
from imprint.plan import Plan
from imprint.progress import RunProgress


@dataclass(frozen=True)
class Here:
    """This machine."""

    book: Book
    found: Slots

    @property
    def slots(self) -> int:
        """How many runs may go on at once."""
        return self.found.cpus

    @property
    def gpus(self) -> tuple[str, ...]:
        """The names of the GPUs that there are for runs."""
        return self.found.gpus

    def run_all(
        self, planned: Plan, progress: RunProgress, retried: list[Result], fail_fast: bool
    ) -> Iterator[Result]:
        """Execute the runs of a plan; yields each Result as it ends. First tries that came to
        nothing go into ``retried``."""
        if not planned.runs:
            return iter(())
        from imprint.execution.scheduler import run_all, start_early  # papermill is slow to import

        for run in {id(run.spec): run for run in planned.runs}.values():
            start_early(run, self.found, self.book.root)  # one server an edition
        return run_all(
            planned.runs, self.found, self.book.root, fail_fast=fail_fast,
            **_callbacks(progress, retried),
        )  # fmt: skip


@dataclass(frozen=True)
class Elsewhere:
    """The workers behind a Dask scheduler."""

    book: Book
    workers: Any

    @property
    def slots(self) -> int:
        return self.workers.cpus

    @property
    def gpus(self) -> tuple[str, ...]:
        return tuple(map(str, range(self.workers.most_gpus)))

    def run_all(
        self, planned: Plan, progress: RunProgress, retried: list[Result], fail_fast: bool
    ) -> Iterator[Result]:
        from imprint.execution.cluster.client import run_all
        from imprint.execution.cluster.files import files_of

        files = files_of(self.book.root, planned.runs, self.book.dask.keep)
        return run_all(
            planned.runs, self.workers, self.book.root, files, planned.environments,
            fail_fast=fail_fast, **_callbacks(progress, retried),
        )  # fmt: skip


def _callbacks(progress: RunProgress, retried: list[Result]) -> dict[str, Callable]:
    def first_try(result: Result) -> None:
        retried.append(result)
        progress.retried(result)

    return {
        "started": progress.started,
        "cell_started": progress.cell_started,
        "retried": first_try,
    }


@contextmanager
def opened(
    book: Book, scheduler: str | None, jobs: int | None, notice: Any
) -> Iterator[Here | Elsewhere]:
    """The place of a build: the workers at ``scheduler``, those that ``dask:`` in
    ``_config.yml`` names, or else this machine with at most ``jobs`` runs at once."""
    settings = book.dask
    if not (scheduler or settings.scheduler or settings.cluster):
        warm.on_notice(notice)
        yield Here(book, Slots.here(jobs))
        return
    from imprint.execution.cluster.connection import connect

    reach = partial(connect, notice=notice)
    if scheduler or settings.scheduler:
        reach = partial(reach, scheduler or settings.scheduler)
    else:
        reach = partial(reach, cluster=settings.cluster, options=settings.options)
    with reach() as workers:
        yield Elsewhere(book, workers)
