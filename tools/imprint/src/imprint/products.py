"""Products: what readers take away, and where it is put."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from imprint.book import Book, Edition

TARGETS = ("html", "pdf", "epub", "notebooks", "slides")


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


def wanted(
    book: Book, targets: Sequence[str], editions: Sequence[Edition], pages: Sequence[str] = ()
) -> dict[str, Path]:
    """What the targets are for these editions: the file or folder of each, by name. Of some
    ``pages``, PDFs are excerpts."""
    found: dict[str, Path] = {}
    if "html" in targets:
        found["html"] = website(book)
    for target, path in (("pdf", excerpt if pages else pdf), ("epub", epub)):
        if target in targets:
            for edition in editions or (None,):
                found[title(target, edition)] = path(book, edition)
    if "notebooks" in targets:
        found |= {f"notebooks {edition.name}": archive(book, edition) for edition in editions}
        if book.hosted:
            found |= {f"hosted {edition.name}": hosted(book, edition) for edition in editions}
    if "slides" in targets and book.slides:
        found |= {title("slides", edition): slides(book, edition) for edition in editions}
    return found


def title(target: str, edition: Edition | None) -> str:
    """The name of an edition's product."""
    return f"{target} {edition.name}" if edition else target


def whole(targets: Sequence[str], pages: Sequence[str]) -> bool:
    """Whether the targets hold pages beside those that were asked for."""
    return not pages or any(target != "pdf" for target in targets)


def website(book: Book) -> Path:
    return book.build / "html"


def pdf(book: Book, edition: Edition | None) -> Path:
    return book.build / "pdf" / f"{file_name(book, edition)}.pdf"


def excerpt(book: Book, edition: Edition | None) -> Path:
    """The PDF of some pages."""
    return book.build / "pdf" / f"{file_name(book, edition)}-excerpt.pdf"


def epub(book: Book, edition: Edition | None) -> Path:
    return book.build / "epub" / f"{file_name(book, edition)}.epub"


def archive(book: Book, edition: Edition) -> Path:
    """The notebooks of an edition, packed."""
    return book.build / "notebooks" / f"{file_name(book, edition)}.zip"


def hosted(book: Book, edition: Edition) -> Path:
    """The notebooks of an edition that services open from a repository."""
    return book.build / "notebooks" / "hosted" / edition.name


def slides(book: Book, edition: Edition) -> Path:
    """The presentations of an edition's chapters, and what they load."""
    return book.build / "slides" / f"{file_name(book, edition)}-slides"


def file_name(book: Book, edition: Edition | None) -> str:
    """A product's name without suffix: the book's short name and the edition's."""
    return f"{book.short_name}-{edition.name}" if edition else book.short_name
