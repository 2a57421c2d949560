"""Products: what readers take away, and where it is put."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from imprint.book import Book, Edition

TARGETS = ("html", "pdf", "notebooks")


@dataclass(frozen=True)
class Product:
    """Something that was asked for, and what became of it."""

    name: str
    path: Path
    seconds: float = 0.0
    problem: str | None = None
    """Why it was not built."""
    unchanged: bool = False
    """Whether it was there already, as the book's sources make it."""


def wanted(book: Book, targets: Sequence[str], editions: Sequence[Edition]) -> dict[str, Path]:
    """What the targets are for these editions: the file or folder of each, by name."""
    found: dict[str, Path] = {}
    if "html" in targets:
        found["html"] = website(book)
    if "pdf" in targets:
        for edition in editions or (None,):
            found[f"pdf {edition.name}" if edition else "pdf"] = pdf(book, edition)
    if "notebooks" in targets:
        found |= {f"notebooks {edition.name}": archive(book, edition) for edition in editions}
    return found


def website(book: Book) -> Path:
    return book.build / "html"


def pdf(book: Book, edition: Edition | None) -> Path:
    return book.build / "pdf" / f"{file_name(book, edition)}.pdf"


def archive(book: Book, edition: Edition) -> Path:
    """The notebooks of an edition, packed."""
    return book.build / "notebooks" / f"{file_name(book, edition)}.zip"


def file_name(book: Book, edition: Edition | None) -> str:
    """A product's name without suffix: the book's short name and the edition's."""
    return f"{book.short_name}-{edition.name}" if edition else book.short_name
