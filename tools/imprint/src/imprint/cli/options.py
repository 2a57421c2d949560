"""What the commands have in common: their options, their console, and how errors are shown."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from imprint.book import Book, Edition
from imprint.errors import BookError, BookErrors

console = Console(stderr=False, soft_wrap=True, emoji=False)  # `page.md:100:` names a line

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
    list[str] | None,
    typer.Option("--page", help="Only pages that match this glob; a PDF holds only them."),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Warnings are failures.")]
FailFastOption = Annotated[
    bool, typer.Option("--fail-fast", help="Stop at the first notebook that fails.")
]
TwiceOption = Annotated[
    bool, typer.Option("--twice", help="Run each page twice and say whether it shows the same.")
]
StoreOption = Annotated[
    str | None,
    typer.Option("--store", help="A shared store's URL; store: in _config.yml if unset."),
]
ReadOnlyOption = Annotated[
    bool, typer.Option("--read-only", help="Write nothing to the shared store.")
]
SchedulerOption = Annotated[
    str | None,
    typer.Option("--scheduler", help="A Dask scheduler, tcp://…; dask: in _config.yml if unset."),
]
BookOption = Annotated[
    Path, typer.Option("--book", help="The folder of _config.yml.", file_okay=False)
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


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
            Console(stderr=True, soft_wrap=True, emoji=False).print(
                str(one), markup=False, highlight=False
            )
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted: kernels are gone, finished results are kept")
        raise typer.Exit(130) from None


def chosen(book: Book, names: list[str] | None) -> tuple[Edition, ...]:
    """The editions of these names; all of them where none is named."""
    return tuple(map(book.edition, names)) if names else book.editions
