"""Copying between a store and its remote what the other side lacks."""

import itertools
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from imprint.errors import BookError
from imprint.store import entries, files
from imprint.store.files import Damaged, write_whole
from imprint.store.remote import Remote, several
from imprint.store.results import Store

Progress = Callable[[int, int], object]
"""Takes how many results are done, and of how many."""
QUIET: Progress = lambda done, of: None  # noqa: E731


@dataclass
class Copied:
    """What came of a copy."""

    results: int = 0
    size: int = 0
    """Bytes."""
    there: int = 0
    """Results that the other side had already."""
    damaged: list[str] = field(default_factory=list)
    """Names of files that were not whole and therefore not copied."""


def pull(store: Store, only: Collection[str] | None = None, progress: Progress = QUIET) -> Copied:
    """Copy results of the remote here, all or ``only`` those of these fingerprints.

    Broken off, it goes on where it was when it is called again. Raises BookError where the
    remote fails, or there is none.
    """
    remote = _remote(store)
    offered = remote.names() if only is None else map(entries.entry_name, only)
    results, latest = _parted(offered)
    lacking = [name for name in results if not (store.folder / name).exists()]

    def fetch(name: str) -> int | None:
        data = remote.read(name)
        if data is not None:
            store.keep(results[name], data)
        return None if data is None else len(data)

    def fetch_last(name: str) -> None:
        """A latest record that did not come with its result."""
        if not (store.folder / name).exists() and (data := remote.read(name)) is not None:
            with suppress(Damaged):
                entries.check_last(data)
                write_whole(store.folder / name, data, durable=False)

    copied = _copy(lacking, fetch, len(results) - len(lacking), progress)
    several(fetch_last, latest)
    return copied


def push(store: Store, only: Collection[str] | None = None, progress: Progress = QUIET) -> Copied:
    """Copy results of here to the remote, as ``pull`` does the other way round."""
    remote = _remote(store)
    held = {
        entries.entry_name(fingerprint): fingerprint
        for _, fingerprint in entries.listed(store.folder)
        if only is None or fingerprint in only
    }
    there = remote.names()
    lacking = {name: fingerprint for name, fingerprint in held.items() if name not in there}

    def send(name: str) -> int | None:
        data = files.read(store.folder / name, Path.read_bytes)
        if data is None:
            return None
        entries.check(data, held[name])
        remote.write(name, data)
        return len(data)

    def send_last(path: Path) -> None:
        """The latest records, of what was sent, or of runs that the remote knows nothing of."""
        with suppress(Damaged):
            data = files.read(path, Path.read_bytes) or b""
            _, record = entries.check_last(data)
            name = entries.entry_name(str(record.get("fingerprint", "")))
            if name in lacking or (only is None and f"last/{path.name}" not in there):
                remote.write(f"last/{path.name}", data)

    copied = _copy(lacking, send, len(held) - len(lacking), progress)
    several(send_last, sorted(store.folder.glob("last/*.last")))
    return copied


def _copy(
    names: Collection[str], one: Callable[[str], int | None], there: int, progress: Progress
) -> Copied:
    copied, lock, done = Copied(there=there), threading.Lock(), itertools.count(1)

    def counted(name: str) -> None:
        try:
            size = one(name)
        except Damaged:
            copied.damaged.append(name)
            size = None
        with lock:
            if size is not None:
                copied.results += 1
                copied.size += size
            progress(next(done), len(names))

    several(counted, names)
    copied.damaged.sort()
    return copied


def _parted(names: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """The names of results, with their fingerprints, and those of latest records."""
    matches = {name: entries.ENTRY.fullmatch(name) for name in names}
    return (
        {name: match[1] for name, match in matches.items() if match},
        [name for name, match in matches.items() if not match],
    )


def _remote(store: Store) -> Remote:
    if store.remote is None:
        raise BookError("there is no remote store", remedy="store: URL in _config.yml, or --store")
    return store.remote
