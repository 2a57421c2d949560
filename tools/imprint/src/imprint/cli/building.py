"""Commands that make something: ``build``, ``run``, ``sync``, ``check`` and ``clean``."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from imprint import environments
from imprint.book import load
from imprint.cli.options import (
    BookOption,
    DebugOption,
    EditionOption,
    FailFastOption,
    JobsOption,
    PageOption,
    ProfileOption,
    ReadOnlyOption,
    SchedulerOption,
    StoreOption,
    StrictOption,
    chosen,
    console,
    reported,
)
from imprint.errors import BookError, Gathering
from imprint.products import TARGETS


def build(
    targets: Annotated[
        list[str] | None, typer.Argument(help="html, pdf, notebooks; all of them if none.")
    ] = None,
    edition: EditionOption = None,
    profile: ProfileOption = "smoke",
    jobs: JobsOption = None,
    page: PageOption = None,
    strict: StrictOption = False,
    fail_fast: FailFastOption = False,
    scheduler: SchedulerOption = None,
    store: StoreOption = None,
    read_only: ReadOnlyOption = False,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Execute what changed and make the website, the PDFs and the notebooks."""
    from imprint.build import Options
    from imprint.build import build as build_book

    with reported(debug):
        wanted = tuple(targets or TARGETS)
        for name in wanted:
            if name not in TARGETS:
                raise BookError(f"no target {name!r}", remedy=f"targets: {', '.join(TARGETS)}")
        opened = load(book)
        options = Options(
            wanted, chosen(opened, edition), profile, jobs, tuple(page or ()), strict,
            fail_fast, scheduler, store, read_only,
        )  # fmt: skip
        if not build_book(opened, options, console):
            raise typer.Exit(1)


def run(
    edition: EditionOption = None,
    profile: ProfileOption = "smoke",
    jobs: JobsOption = None,
    page: PageOption = None,
    fail_fast: FailFastOption = False,
    scheduler: SchedulerOption = None,
    store: StoreOption = None,
    read_only: ReadOnlyOption = False,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Execute the notebooks that changed, and nothing else."""
    from imprint.build import Options
    from imprint.build import build as build_book

    with reported(debug):
        opened = load(book)
        options = Options(
            (), chosen(opened, edition), profile, jobs, tuple(page or ()), False,
            fail_fast, scheduler, store, read_only,
        )  # fmt: skip
        if not build_book(opened, options, console):
            raise typer.Exit(1)


def sync(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail where a library is stale.")
    ] = False,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Generate each edition's library from the cells marked #@save."""
    from imprint import library
    from imprint import sources as story

    with reported(debug):
        opened = load(book)
        pages = story.read_pages(opened)
        if not check:
            for name in story.sync(opened, pages):
                console.print(f"{opened.edition(name).settings.library} is up to date")
            return
        stale = False
        for name, text in story.generate(opened, pages).items():
            path = opened.root / str(opened.edition(name).settings.library)
            current = path.read_text("utf-8") if path.exists() else ""
            shown = str(path.relative_to(opened.root))
            if diff := library.check(current, text, shown):
                stale = True
                sys.stdout.write(diff)
                console.print(f"{shown} is stale: run imprint sync", style="red")
        if stale:
            raise typer.Exit(1)


def check(
    edition: EditionOption = None, book: BookOption = Path(), debug: DebugOption = False
) -> None:
    """Check settings, pages, libraries and environments without executing anything."""
    from imprint import sources as story

    with reported(debug):
        opened = load(book)
        pages = story.read_pages(opened)
        story.generate(opened, pages)
        mistakes = Gathering()
        for one in chosen(opened, edition):
            with mistakes:
                environments.check(opened, one)
        mistakes.finish()
        console.print(f"{len(pages)} pages, {len(opened.editions)} editions: no mistakes found")


def clean(
    everything: Annotated[
        bool, typer.Option("--all", help="The kept results too: all notebooks run again.")
    ] = False,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Delete what was built; the results of notebooks stay unless --all is given."""
    with reported(debug):
        folder = load(book).build
        for path in folder.iterdir() if folder.exists() else ():
            if everything or path.name != "store":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
