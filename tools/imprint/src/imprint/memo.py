"""Memos: what was worked out from sources that have not changed, kept from build to build."""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from imprint.errors import BookError
from imprint.parallel import LEAST, aside, made
from imprint.store import write_whole

Value = TypeVar("Value")


class Memo:
    """Values by the digest of what each was made from."""

    def __init__(self, known: Mapping[str, Any] | None = None) -> None:
        self._known = known or {}
        self.used: dict[str, Any] = {}

    def value(self, sources: Any, make: Callable[[], Value]) -> Value:
        """The value made from ``sources``, which are told apart by their ``repr``; made now
        where it is not known. What ``make`` raises is not remembered."""
        key = digest(sources)
        if key not in self.used:
            self.used[key] = self._known[key] if key in self._known else make()
        return self.used[key]

    def make_ahead(self, wanted: Iterable[tuple[Any, Callable[[], Value]]]) -> None:
        """Make what is not known of many values, on all cores: pairs of what ``value`` is
        given."""
        keys = ((digest(sources), make) for sources, make in wanted)
        new = {key: make for key, make in keys if key not in self._known}
        found = made(list(new.values()))
        for place, key in enumerate(new):
            if place in found:
                self.used[key] = found[place]

    @property
    def changed(self) -> bool:
        return self.used.keys() != self._known.keys()


@contextmanager
def memo(path: Path) -> Iterator[Memo]:
    """The values kept in a file, which holds what was asked for this time when the block ends.
    A file that another version of imprint wrote, or a damaged one, counts as empty."""
    known: dict[str, Any] = {}
    try:
        version, known = pickle.loads(path.read_bytes())
        if version != code_version():
            known = {}
    except Exception:  # pickle raises whatever the bytes make it do
        known = {}
    kept = Memo(known)
    yield kept
    if kept.changed:
        write = partial(_write, path, kept.used)
        write() if len(kept.used) < LEAST else aside(write)


def _write(path: Path, values: Mapping[str, Any]) -> None:
    with suppress(BookError):  # a full disk is the business of those who write what matters
        write_whole(path, pickle.dumps((code_version(), values)))


def digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


@cache
def code_version() -> str:
    """Changes with imprint's own code and with what is installed beside it."""
    beside = [path for path in sys.path if path.endswith("-packages") and os.path.isdir(path)]
    times = [os.stat(path).st_mtime_ns for path in beside]
    return digest([sys.version, beside, times, sorted(tree(Path(__file__).parent))])


def tree(root: Path, leave: frozenset[Path] = frozenset()) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of change (nanoseconds) of each file below ``root``. Hidden files,
    caches of Python, virtual environments and the folders in ``leave`` are left out."""
    waiting = [str(root)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            found = [entry for entry in entries if entry.name[0] != "."]
        if any(entry.name == "pyvenv.cfg" for entry in found):
            continue
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__" and Path(entry.path) not in leave:
                    waiting.append(entry.path)
            else:
                try:
                    stat = entry.stat()
                except FileNotFoundError:  # gone since, or a link to nothing
                    continue
                yield entry.path, stat.st_size, stat.st_mtime_ns
