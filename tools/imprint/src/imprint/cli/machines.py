"""Commands about where notebooks run: ``environments``, ``kernels`` and ``worker``."""

from pathlib import Path
from typing import Annotated

import typer

from imprint import environments
from imprint.book import load
from imprint.cli.options import (
    BookOption,
    DebugOption,
    EditionOption,
    chosen,
    console,
    reported,
)

GIB = 1 << 30


def make_environments(
    edition: EditionOption = None, book: BookOption = Path(), debug: DebugOption = False
) -> None:
    """Make the editions' virtual environments, or bring them up to date."""
    with reported(debug):
        opened = load(book)
        for one in chosen(opened, edition):
            done = environments.make(opened, one)
            environments.check(opened, one)
            console.print(f"{one.name}: {'installed' if done else 'up to date'}")


def kernels(
    edition: EditionOption = None,
    prefix: Annotated[
        Path | None, typer.Option(help="Install below this folder, not in the user's Jupyter.")
    ] = None,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Install the editions' warm kernels for Jupyter and papermill."""
    from imprint.execution.kernelspecs import FIGURE_FORMATS
    from imprint.execution.warm.kernelspecs import InstalledKernel, install

    with reported(debug):
        opened = load(book)
        found = [
            InstalledKernel(
                one.name, f"{opened.title} ({one.title})", environments.check(opened, one).python,
                one.settings.preamble, FIGURE_FORMATS, one.settings.preload or (),
                {"PYTHONPATH": str(opened.root)},
            )
            for one in chosen(opened, edition)
        ]  # fmt: skip
        for folder in install(opened.short_name, found, prefix):
            console.print(f"installed {folder.name} in {folder.parent}", highlight=False)


def worker(
    scheduler: Annotated[
        str, typer.Argument(help="The Dask scheduler's address: tcp://host:8786, tls://…")
    ],
    edition: EditionOption = None,
    cpus: Annotated[
        int | None, typer.Option(min=1, help="Runs at once; as many as cores if unset.")
    ] = None,
    gpus: Annotated[
        str | None,
        typer.Option(help="GPUs as CUDA_VISIBLE_DEVICES names them; all if unset, '' none."),
    ] = None,
    memory: Annotated[
        float | None, typer.Option(min=0, help="GiB for all runs; the machine's if unset.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where runs work; build/worker in --book if unset.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Its name in reports; host and process if unset.")
    ] = None,
    make: Annotated[
        bool, typer.Option(help="Make the editions' environments, or bring them up to date.")
    ] = True,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Execute runs of builds elsewhere (imprint run --scheduler), until Ctrl-C.

    Whoever can talk to the scheduler can run code here: keep its port private, or use TLS.
    """
    with reported(debug):
        from imprint.execution.cluster import require_dask

        require_dask()
        from imprint.execution.cluster.worker import open_site, work

        def notice(line: str) -> None:
            console.print(line, highlight=False, markup=False, soft_wrap=True)

        given = None if gpus is None else [one.strip() for one in gpus.split(",") if one]
        site = open_site(
            book, cpus=cpus, gpus=given, memory=int(memory * GIB) if memory else None,
            editions=edition or (), folder=folder, name=name, make=make, notice=notice,
        )  # fmt: skip
        work(scheduler, site, notice)
