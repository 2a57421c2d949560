"""The command line: one verb each, and the one place where errors are shown."""

import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from imprint import environments
from imprint.book import Book, Edition, load
from imprint.errors import BookError, BookErrors, Gathering

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Builds executable books: website, PDF and notebooks from executed pages.",
)
console = Console(stderr=False, soft_wrap=True)

EditionOption = Annotated[
    list[str] | None, typer.Option("--edition", "-e", help="Only this edition; may be repeated.")
]
ProfileOption = Annotated[
    Literal["smoke", "full"],
    typer.Option("--profile", help="smoke: sample data, small parameters; full: as published."),
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Runs at once; as many as cores if unset.")
]
PageOption = Annotated[
    list[str] | None, typer.Option("--page", help="Only pages that match this glob.")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Warnings are failures.")]
BookOption = Annotated[
    Path, typer.Option("--book", help="The folder of _config.yml.", file_okay=False)
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@app.command()
def build(
    targets: Annotated[
        list[str] | None, typer.Argument(help="html, pdf, notebooks; all of them if none.")
    ] = None,
    edition: EditionOption = None,
    profile: ProfileOption = "smoke",
    jobs: JobsOption = None,
    page: PageOption = None,
    strict: StrictOption = False,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Execute what changed and make the website, the PDFs and the notebooks."""
    from imprint.build import TARGETS, Options
    from imprint.build import build as build_book

    with reported(debug):
        wanted = tuple(targets or TARGETS)
        for name in wanted:
            if name not in TARGETS:
                raise BookError(f"no target {name!r}", remedy=f"targets: {', '.join(TARGETS)}")
        opened = load(book)
        options = Options(
            wanted, _editions(opened, edition), profile, jobs, tuple(page or ()), strict
        )
        if not build_book(opened, options, console):
            raise typer.Exit(1)


@app.command()
def run(
    edition: EditionOption = None,
    profile: ProfileOption = "smoke",
    jobs: JobsOption = None,
    page: PageOption = None,
    book: BookOption = Path(),
    debug: DebugOption = False,
) -> None:
    """Execute the notebooks that changed, and nothing else."""
    from imprint import build as story

    with reported(debug):
        opened = load(book)
        options = story.Options((), _editions(opened, edition), profile, jobs, tuple(page or ()))
        pages = story.read_pages(opened)
        libraries = story.sync(opened, pages)
        with story.opened_store(opened, console) as store:
            done, failed = story.execute(opened, pages, libraries, store, options, console)
        if failed:
            raise typer.Exit(1)
        console.print(f"all {len(done.records)} runs are up to date")


@app.command()
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


@app.command()
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
        for one in _editions(opened, edition):
            with mistakes:
                environments.check(opened, one)
        mistakes.finish()
        console.print(f"{len(pages)} pages, {len(opened.editions)} editions: no mistakes found")


@app.command("environments")
def make_environments(
    edition: EditionOption = None, book: BookOption = Path(), debug: DebugOption = False
) -> None:
    """Make the editions' virtual environments, or bring them up to date."""
    with reported(debug):
        opened = load(book)
        for one in _editions(opened, edition):
            done = environments.make(opened, one)
            environments.check(opened, one)
            console.print(f"{one.name}: {'installed' if done else 'up to date'}")


@app.command()
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


@contextmanager
def reported(debug: bool) -> Iterator[None]:
    """Show mistakes as one line each and exit 1; Ctrl-C as exit 130."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except (BookError, BookErrors) as error:
        if debug:
            raise
        for one in error.errors if isinstance(error, BookErrors) else [error]:
            Console(stderr=True, soft_wrap=True).print(str(one), markup=False, highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted: kernels are gone, finished results are kept")
        raise typer.Exit(130) from None


def _editions(book: Book, names: list[str] | None) -> tuple[Edition, ...]:
    return tuple(map(book.edition, names)) if names else book.editions


if __name__ == "__main__":
    app()
