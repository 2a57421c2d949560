"""What can be wrong with a book, said once, with file, line and remedy."""

from collections.abc import Iterable
from pathlib import Path


class BookError(Exception):
    """One mistake in a book's sources or settings, or one thing the machine lacks.

    ``path`` is relative to the book's root where it can be; ``line`` counts from 1.
    """

    def __init__(
        self,
        message: str,
        path: str | Path | None = None,
        line: int | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = None if path is None else str(path)
        self.line = line
        self.remedy = remedy

    def __str__(self) -> str:
        place = at(self.path, self.line) if self.path else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{place}: {self.message}{remedy}" if place else self.message + remedy


def at(path: str, line: int | None) -> str:
    """``page.md:12``; of a notebook, whose lines count from 10000 in each cell as MyST-NB's do,
    ``page.ipynb: cell 2, line 3``."""
    if not line:
        return path
    if path.endswith(".ipynb") and line >= 10000:
        return f"{path}: cell {line // 10000}, line {line % 10000 + 1}"
    return f"{path}:{line}"


class Gathering:
    """Lets every step of several be tried: ``with gathering: step()`` keeps its mistakes, and
    ``finish()`` raises all of them as BookErrors."""

    def __init__(self, errors: Iterable[BookError] = ()) -> None:
        self.errors = list(errors)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, BookErrors):
            self.errors += error.errors
        elif isinstance(error, BookError):
            self.errors.append(error)
        else:
            return False
        return True

    def finish(self) -> None:
        if self.errors:
            raise BookErrors(self.errors)


class BookErrors(Exception):
    """Several mistakes found in one pass, so that an author sees them all at once."""

    def __init__(self, errors: Iterable[BookError]) -> None:
        self.errors = list(errors)
        super().__init__("\n".join(str(error) for error in self.errors))
