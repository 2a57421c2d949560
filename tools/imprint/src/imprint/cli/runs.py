"""Commands that tell about runs and execute none: ``status`` and ``plan``."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imprint.book import load
from imprint.cli.options import (
    BookOption,
    DebugOption,
    EditionOption,
    PageOption,
    ProfileOption,
    StoreOption,
    chosen,
    console,
    reported,
)

if TYPE_CHECKING:
    from imprint.plan import Plan
    from imprint.schedule import Job

GIB = 1 << 30


def status(
    why: Annotated[bool, typer.Option("--why", help="Say what changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    edition: EditionOption = None,
    profile: ProfileOption = "smoke",
    page: PageOption = None,
    store: StoreOption = None,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """List the runs that are stale, missing or fresh."""
    from imprint.status import show, statuses

    with reported(debug):
        found = statuses(_planned(book, edition, profile, store), page or ())
        if as_json:
            console.print_json(json.dumps([one.as_dict() for one in found]))
        else:
            show(console, found, why)


def plan(
    workers: Annotated[
        int | None, typer.Option(min=1, help="Runs at once; as many as cores if unset.")
    ] = None,
    gpus: Annotated[int, typer.Option(min=0, help="GPUs for the runs that want some.")] = 0,
    memory: Annotated[
        float | None, typer.Option(min=0, help="GiB for all runs; no limit if unset.")
    ] = None,
    durations: Annotated[
        Path | None,
        typer.Option(help="JSON or CSV: name, seconds[, gpus, memory]. Recorded ones if unset."),
    ] = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only the runs that a build would do now.")
    ] = False,
    edition: EditionOption = None,
    profile: ProfileOption = "smoke",
    store: StoreOption = None,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Simulate the execution of the book: how long it takes, and what the end waits for."""
    from imprint.execution.machine import cores
    from imprint.schedule import simulate
    from imprint.schedule.durations import read
    from imprint.schedule.view import show

    with reported(debug):
        jobs = read(durations) if durations else _jobs(
            _planned(book, edition, profile, store, gpus > 0), stale
        )  # fmt: skip
        bytes_ = int(memory * GIB) if memory else None
        show(simulate(jobs, workers or cores(), gpus, bytes_), console)


def _planned(
    root: Path, edition: list[str] | None, profile: str, store: str | None, gpus: bool | None = None
) -> "Plan":
    """What a build would run, and what it would take from the store."""
    from imprint import plan
    from imprint.build import Options, opened_store
    from imprint.execution import machine
    from imprint.sources import generate, read_pages

    book = load(root)
    options = Options((), chosen(book, edition), profile, store=store, read_only=True)
    pages = read_pages(book)
    libraries = generate(book, pages)
    with opened_store(book, options, console) as opened:
        return plan.make(
            book, pages, opened, profile=options.profile, editions=options.editions,
            libraries=libraries, gpus=bool(machine.gpus()) if gpus is None else gpus,
        )  # fmt: skip


def _jobs(planned: "Plan", stale: bool) -> "Sequence[Job]":
    from dataclasses import replace

    from imprint.execution.slots import job

    kept = [replace(run, last=planned.records[run.name]) for run in planned.kept]
    return [job(run) for run in planned.runs + ([] if stale else kept)]
