"""A worker: a Dask worker with a book's environments, started where the book's settings lie.

It needs ``_config.yml`` and the requirement files of the editions, not the pages. Workers that
something else starts (Kubernetes, a queue of a supercomputer) become one by a preload:
``dask worker tcp://… --preload imprint.execution.cluster.worker --book DIR``.
"""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from distributed import Worker, get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from imprint import environments
from imprint.book import Book, Edition
from imprint.environments import Environment
from imprint.errors import BookError, BookErrors
from imprint.execution.attempt import Stop
from imprint.execution.cluster.addresses import in_one_line, refusal
from imprint.execution.cluster.files import Files
from imprint.execution.cluster.parcel import seal_result
from imprint.execution.cluster.site import Site
from imprint.execution.machine import UNLIMITED
from imprint.execution.slots import Slots
from imprint.settings import EditionSettings, parse_yaml, read_source, validated

CONFIG = "_config.yml"
PATIENCE = 60.0
"""Seconds to wait for the scheduler, which may be started after its workers."""
LEAVING = "imprint-leaving"
"""The topic on which workers that end in good order say so."""
_site: Site | None = None
"""This process's; a process is one worker."""


def open_site(
    book: Path,
    *,
    cpus: int | None = None,
    gpus: Iterable[str] | None = None,
    memory: int | None = None,
    editions: Iterable[str] = (),
    folder: Path | None = None,
    name: str | None = None,
    make: bool = True,
    notice: Callable[[str], None] = print,
) -> Site:
    """The site of a worker for the book whose settings lie in ``book``.

    Makes the environments of the editions (all of them where none is named) unless told not
    to. Raises BookErrors where none of them can be used; one that cannot is left out with a
    notice if others can.
    """
    opened = settings_of(book)
    usable: dict[str | None, Environment] = {}
    errors: list[BookError] = []
    for edition in map(opened.edition, editions) if editions else opened.editions:
        try:
            if make and environments.make(opened, edition):
                notice(f"{edition.name}: installed")
            usable[edition.name] = environments.check(opened, edition)
        except (BookError, BookErrors) as error:
            errors += error.errors if isinstance(error, BookErrors) else [error]
    if not opened.editions:
        usable[None] = environments.environment(opened, None)
    if errors and not usable:
        raise BookErrors(errors)
    for error in errors:
        notice(str(error))
    slots = Slots.here(cpus)
    if gpus is not None:
        slots = replace(slots, gpus=tuple(gpus))
    return Site(
        name or f"{socket.gethostname()}-{os.getpid()}",
        (folder or opened.root / "build" / "worker").resolve(),
        usable, replace(slots, memory=memory or slots.memory or UNLIMITED),
    )  # fmt: skip


def settings_of(root: Path) -> Book:
    """A book of which only the settings are there, without its pages."""
    root = root.resolve()
    if not (root / CONFIG).exists():
        raise BookError("not here", CONFIG, remedy=f"a worker needs the book's settings in {root}")
    config = parse_yaml(read_source(root, CONFIG), CONFIG) or {}
    editions = tuple(
        Edition(name, validated(EditionSettings, data, CONFIG, {}, ("editions", name)))
        for name, data in (config.get("editions") or {}).items()
    )
    return Book(root, config, {}, (), editions)


def work(address: str, site: Site, notice: Callable[[str], None] = print) -> None:
    """Be a worker of the scheduler at ``address`` until it goes, or SIGTERM or Ctrl-C comes.

    Raises BookError where it is not there within PATIENCE seconds.
    """
    asyncio.run(_work(address, site, notice))


async def _work(address: str, site: Site, notice: Callable[[str], None]) -> None:
    logging.getLogger("distributed").setLevel(logging.ERROR)
    site.folder.mkdir(parents=True, exist_ok=True)
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    asking = asyncio.ensure_future(asyncio.to_thread(refusal, address))
    if not await _before(asked, asking):
        return
    if why := asking.result():
        notice(f"no Dask scheduler at {address} yet: {why}; waiting for {PATIENCE:g} s")
    try:
        worker = Worker(
            address, nthreads=site.slots.cpus, name=site.name, memory_limit=0,
            resources=resources(site), local_directory=str(site.folder), dashboard=False,
            plugins=[_Plugin(site)], death_timeout=PATIENCE,
        )  # fmt: skip
        if not await _before(asked, worker.start()):
            return
    except (OSError, TimeoutError, RuntimeError) as error:
        why = in_one_line(error.__cause__ or error)
        raise BookError(f"no Dask scheduler answers at {address}: {why}") from None
    offers = f"{site.slots.cpus} slots, {len(site.slots.gpus)} GPUs"
    editions = ", ".join(filter(None, site.environments)) or "no editions"
    notice(f"worker {site.name} of {address}: {offers}; {editions}")
    if not await _before(asked, worker.finished()):
        await worker.close()


async def _before(asked: asyncio.Event, what: Awaitable[Any]) -> bool:
    """Wait for an end of something, which may be an error; False if this was asked to end first."""
    waits = [asyncio.ensure_future(what), asyncio.ensure_future(asked.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    if not waits[0].cancelled():
        waits[0].result()
    return not waits[0].cancelled()


def resources(site: Site) -> dict[str, float]:
    """What the worker announces to Dask, so that several builds at once share it rightly."""
    found: dict[str, float] = {
        "cpu": site.slots.cpus, "GPU": len(site.slots.gpus), "memory": site.slots.memory or 0,
    }  # fmt: skip
    for name, env in site.environments.items():
        found[edition_resource(name, env.digest)] = site.slots.cpus
    return found


def edition_resource(edition: str | None, digest: str) -> str:
    """The resource's name of an environment that a worker has."""
    return f"edition-{edition or ''} {digest[:12]}"


class _Plugin(WorkerPlugin):
    """Ends a run whose task nobody wants any more: the build cancelled it or is gone."""

    name = "imprint"

    def __init__(self, site: Site) -> None:
        self.site = site

    def setup(self, worker: Worker) -> None:
        global _site
        _site = self.site

    def transition(self, key: str, start: str, finish: str, **more: Any) -> None:
        if finish == "executing":
            self.site.stops[key] = Stop()
        elif start == "executing" and finish == "released":  # while its thread goes on
            self.site.stop([key])

    def teardown(self, worker: Worker) -> None:
        """The worker closes: say so, that its runs be done elsewhere, and end them."""
        worker.log_event(LEAVING, worker.address)
        self.site.stop()


def here() -> Site:
    if _site is None:
        raise RuntimeError("a Dask worker that is none of imprint's")
    return _site


# What a build calls on a worker ----------------------------------------------------------------


def describe() -> dict[str, Any]:
    return here().description()


def holds(digest: str) -> bool:
    return here().holds(digest)


def lay_out(files: Files) -> None:
    here().lay_out(files)


def perform(data: bytes) -> bytes:
    """The sealed Result of a sealed Parcel; news of it go to the parcel's topic meanwhile."""
    worker = get_worker()

    def cell_started(parcel: Any, index: int) -> None:
        worker.log_event(parcel.topic, {"task": parcel.key, "cell": index})

    return seal_result(here().perform(data, cell_started))


# As a preload of a worker that something else starts -------------------------------------------


@click.command()
@click.option("--book", default=".", help="The folder of _config.yml.")
@click.option("--gpus", default=None, help="GPUs by name, with commas; those of the machine.")
@click.option("--edition", multiple=True, help="Only this edition; may be repeated.")
async def dask_setup(worker: Worker, book: str, gpus: str | None, edition: tuple[str, ...]) -> None:
    site = open_site(
        Path(book), cpus=worker.state.nthreads, editions=edition, name=str(worker.name),
        gpus=None if gpus is None else [name for name in gpus.split(",") if name],
        folder=Path(worker.local_directory) / "imprint",
    )  # fmt: skip
    await worker.plugin_add(plugin=_Plugin(site), name=_Plugin.name)
    await worker.set_resources(**resources(site))
