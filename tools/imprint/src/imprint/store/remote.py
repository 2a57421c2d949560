"""The remote side of a store: a folder or a bucket behind any URL that fsspec opens."""

import os
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from imprint.errors import BookError
from imprint.store.entries import ENTRY, LAST
from imprint.store.files import TEMPORARY, write_whole

S = TypeVar("S")
T = TypeVar("T")
AT_ONCE = 32
"""How many files are on their way at once; one takes some 50 ms from a bucket far away."""
PUTS_WHOLE = frozenset({
    "abfs", "abfss", "adl", "az", "cos", "gcs", "gs", "hf", "memory", "obs", "oci", "oss", "s3",
    "s3a",
})  # fmt: skip
"""The protocols under which an object appears when all of it has arrived (fsspec's names)."""
ANSWER = 20.0
"""Seconds within which the first answer must come; clients of clouds try for minutes."""


class Denied(BookError):
    """The remote answered that one may not; some say so of objects that are not there."""


class Remote:
    """The files of a store behind a URL. Every failure is a BookError; credentials are found as
    fsspec's own file systems find them."""

    def __init__(self, url: str, *, root: Path = Path(), read_only: bool = False) -> None:
        """``url`` may also be a folder, relative to ``root``. Raises BookError for a protocol
        that there is not, or whose package is missing."""
        import fsspec  # only where there is a remote: it takes a while

        self.url = url
        self.read_only = read_only
        self._answered = False
        if "://" not in url and "::" not in url:
            url = os.path.abspath(root / Path(url).expanduser())
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            package = getattr(error.__cause__, "name", None)
            remedy = f"pip install {package}" if package else None
            raise BookError(f"store {self.url}: {error}", remedy=remedy) from None
        except Exception as error:
            raise BookError(
                f"store {self.url}: {_plain(error)}", remedy="a URL such as s3://bucket/folder"
            ) from None
        protocol = self._files.protocol
        self._protocols = {protocol} if isinstance(protocol, str) else set(protocol)

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is none. Raises Denied, BookError."""
        try:
            return self._ask("read", lambda: self._files.cat_file(self._at(name)))
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Have a file there, whole or not at all. Raises BookError."""
        if self.read_only:
            raise BookError(f"store {self.url} is only read")
        with suppress(FileNotFoundError):
            return self._ask("written", lambda: self._write(self._at(name), data))
        raise BookError(f"store {self.url} cannot be written: there is no such bucket or folder")

    def names(self) -> dict[str, int]:
        """The files of a store that are there, with their sizes in bytes. Raises BookError."""
        self._answered = True  # a long list may take its time
        self._files.invalidate_cache()  # what others wrote counts
        try:
            found = self._ask("listed", lambda: self._files.find(self._root, detail=True))
        except FileNotFoundError:
            return {}
        names = {
            path[len(self._root) :].lstrip("/"): info["size"]
            for path, info in found.items()
            if path.startswith(self._root)
        }
        # nothing but a store's own names, wherever they lead
        return {n: size for n, size in names.items() if ENTRY.fullmatch(n) or LAST.fullmatch(n)}

    def _at(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _write(self, path: str, data: bytes) -> None:
        if self._protocols & {"file", "local"}:
            return write_whole(Path(path), data)
        if self._protocols & PUTS_WHOLE:
            return self._files.pipe_file(path, data)
        folder = path.rpartition("/")[0]
        temporary = f"{folder}/{TEMPORARY}{secrets.token_hex(8)}"
        self._files.makedirs(folder, exist_ok=True)
        try:
            self._files.pipe_file(temporary, data)
            self._files.mv(temporary, path)
        except BaseException:
            with suppress(Exception):
                self._files.rm_file(temporary)
            raise

    def _ask(self, verb: str, call: Callable[[], T]) -> T:
        try:
            answer = call() if self._answered else _within(ANSWER, call)
            self._answered = True
            return answer
        except FileNotFoundError:
            self._answered = True
            raise
        except BookError:
            raise
        except PermissionError as error:
            self._answered = True
            raise Denied(f"store {self.url} may not be {verb}: {_plain(error)}") from None
        except Exception as error:  # every client has its own errors: botocore, aiohttp, ssh …
            raise BookError(f"store {self.url} cannot be {verb}: {_plain(error)}") from None


def several(call: Callable[[S], T], items: Iterable[S], at_once: int = AT_ONCE) -> list[T]:
    """What ``call`` makes of each item, several at once; the first error ends it."""
    with ThreadPoolExecutor(at_once) as pool:
        try:
            return list(pool.map(call, items))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _within(seconds: float, call: Callable[[], T]) -> T:
    """What ``call`` returns or raises; TimeoutError where it does not in time."""
    future: Future[Any] = Future()

    def answer() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=answer, daemon=True).start()  # one that hangs holds up no exit
    try:
        return future.result(seconds)
    except TimeoutError as error:
        raise TimeoutError(str(error) or f"no answer within {seconds:g} s") from None


def _plain(error: Exception) -> str:
    """An error in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
