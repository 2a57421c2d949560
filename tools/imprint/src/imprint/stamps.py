"""Stamps: whether the products are what the book's sources make of them, told without making
them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from imprint import products
from imprint.book import CONFIG, TOC, Book
from imprint.errors import BookError
from imprint.memo import code_version, digest, tree
from imprint.plan import Plan
from imprint.products import Product
from imprint.store import write_whole

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]


class Stamps:
    """A digest for each product of all that went into it and of all that came out.

    What went in: every file of the book's folder by size and time of change (Sphinx or an
    extension may have read any), the results, what was asked for, and imprint itself.
    """

    def __init__(self, book: Book, done: Plan, options: Any) -> None:
        self._book, self._done, self._options = book, done, options
        wanted = products.wanted(book, options.targets, options.editions, options.pages)
        self.products = [Product(name, path, unchanged=True) for name, path in wanted.items()]

    @cached_property
    def stale(self) -> bool:
        """Whether there is a product to make. All are made if one is: the site offers the
        others for download."""
        return any(
            not self._path(product).exists()
            or self._path(product).read_text() != self._stamp(product)
            for product in self.products
        )

    def put(self, began: float) -> None:
        """Stamp the products, which were made without a warning, unless a page was edited
        after it was read, in the build that ``began`` at a time in seconds since the epoch."""
        read = [CONFIG, TOC, *(page.path for page in self._book.pages)]
        if any((self._book.root / name).stat().st_mtime >= began for name in read):
            return
        if not all(product.path.exists() for product in self.products):
            return
        for product in self.products:
            write_whole(self._path(product), self._stamp(product).encode())

    def remove(self) -> None:
        """Take the stamps off products that are made anew."""
        for product in self.products:
            self._path(product).unlink(missing_ok=True)

    def _path(self, product: Product) -> Path:
        return self._book.build / "memo" / f"{product.path.name}.stamp"

    def _stamp(self, product: Product) -> str:
        whole = products.wanted(self._book, self._options.targets, self._options.editions)
        pages = () if product.path in whole.values() else self._options.pages
        paths = [product.path]
        if product.name == "html":
            offered = [target for target in products.TARGETS if target != "html"]
            paths += products.wanted(self._book, offered, self._options.editions).values()
        return digest([self._sources, pages, [list(_found(path)) for path in paths]])

    @cached_property
    def _sources(self) -> str:
        files = sorted(tree(self._book.root, leave=frozenset([self._book.build])))
        results = json.dumps(self._done.records, sort_keys=True, default=str)
        return digest([code_version(), self._options.editions, files, results])


@contextmanager
def alone(path: Path, notice: Callable[[str], None]) -> Iterator[None]:
    """Of all builds of a book on this machine, one at a time makes products; the file at ``path``
    is locked meanwhile, and given back by the system however the build ends. Raises BookError
    where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("w")
    except OSError as error:
        raise BookError(f"cannot write: {error.strerror}", path) from None
    with opened as file:
        if fcntl:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                notice("another build of this book makes its products: waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _found(path: Path) -> Iterator[tuple[str, int, int]]:
    if path.is_dir():
        yield from sorted(tree(path))
    elif path.exists():
        yield str(path), path.stat().st_size, path.stat().st_mtime_ns
