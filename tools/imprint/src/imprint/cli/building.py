"""Commands that make something: ``build``, ``run``, ``sync`` and ``clean``."""

import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from imprint.book import CONFIG, load
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
    TwiceOption,
    chosen,
    console,
    reported,
)
from imprint.errors import BookError
from imprint.products import TARGETS


def build(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help=f"{', '.join(TARGETS)}; all of them if none."),
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
    _build(
        book, debug, edition, page, tuple(targets or TARGETS), profile=profile, jobs=jobs,
        strict=strict, fail_fast=fail_fast, scheduler=scheduler, store=store, read_only=read_only,
    )  # fmt: skip


def run(
    edition: EditionOption = None,
    profile: ProfileOption = "smoke",
    jobs: JobsOption = None,
    page: PageOption = None,
    fail_fast: FailFastOption = False,
    scheduler: SchedulerOption = None,
    store: StoreOption = None,
    read_only: ReadOnlyOption = False,
    twice: TwiceOption = False,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Execute the notebooks that changed, and nothing else."""
    _build(
        book, debug, edition, page, profile=profile, jobs=jobs, fail_fast=fail_fast,
        scheduler=scheduler, store=store, read_only=read_only, twice=twice,
    )  # fmt: skip


def _build(
    book: Path, debug: bool, edition: list[str] | None, page: list[str] | None,
    targets: tuple[str, ...] = (), twice: bool = False, **options: Any,
) -> None:  # fmt: skip
    """Build with these options, or run twice; exit 1 where not all went well."""
    from imprint.build import Options
    from imprint.build import build as build_book

    with reported(debug):
        for name in targets:
            if name not in TARGETS:
                raise BookError(f"no target {name!r}", remedy=f"targets: {', '.join(TARGETS)}")
        opened = load(book)
        if "slides" in targets != TARGETS and not opened.slides:
            raise BookError("there is no key slides:", CONFIG, remedy="add slides: white")
        asked = Options(targets, chosen(opened, edition), pages=tuple(page or ()), **options)
        if twice:
            from imprint.twice import run_twice as build_book
        if not build_book(opened, asked, console):
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
