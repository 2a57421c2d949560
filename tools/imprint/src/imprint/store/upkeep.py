"""Looking after a store: what it holds, what can go, what is damaged."""

import os
import time
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imprint.errors import BookError
from imprint.store import entries, files
from imprint.store.files import Damaged
from imprint.store.remote import several
from imprint.store.results import Store

HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True)
class Entry:
    """One result that a store holds."""

    fingerprint: str
    record: dict[str, Any]
    size: int
    """Bytes."""
    used: float
    """When it was written or last asked for (to ten minutes), in seconds since 1970."""
    identity: tuple[int, int]
    """What differs once it was replaced, or used again."""

    @property
    def run(self) -> str:
        return entries.run_name(self.record) or ""


@dataclass
class Swept:
    """What was deleted, or would be."""

    entries: list[Entry] = field(default_factory=list)
    leftovers: list[Path] = field(default_factory=list)
    """Damaged entries, and what writers that were killed left."""
    freed: int = 0
    """Bytes."""


@dataclass(frozen=True)
class Verified:
    """How many files are as they were written, and which are not."""

    whole: int
    damaged: list[str]


def contents(store: Store) -> list[Entry]:
    """All entries whose record can be read, by run and date. Damaged ones are left alone."""
    found = []
    for path, fingerprint in entries.listed(store.folder):
        with suppress(Damaged, BookError, OSError):
            status = path.stat()
            record = files.read(path, lambda p, f=fingerprint: entries.read_record(p, f))
            if record is not None:
                found.append(
                    Entry(fingerprint, record, status.st_size, status.st_mtime, _identity(status))
                )
    return sorted(found, key=lambda entry: (entry.run, str(entry.record.get("date", ""))))


def collect(
    store: Store,
    current: Collection[str],
    *,
    days: float | None = 30.0,
    keep: int | None = None,
    size: int | None = None,
    spare: float = DAY,
    dry_run: bool = False,
) -> Swept:
    """Delete results that are not ``current`` (fingerprints) and beyond one of the limits: not
    used for ``days``; older than the ``keep`` latest of its run; the longest unused until the
    store is no larger than ``size`` bytes.

    What was written or asked for in the last ``spare`` seconds (ten minutes at least) stays, for
    builds that go on meanwhile. Leftovers of killed writers go after an hour, damaged entries
    at once.
    """
    now = time.time()
    spare = max(spare, files.TOUCH_AFTER)
    for gone in store.folder.glob(f"??/*{files.GONE}-*"):  # a collection was killed
        files.bring_back(gone.with_name(f"{gone.stem}.json"))
    held = contents(store)
    swept = Swept()
    loose = [e for e in held if e.fingerprint not in current and now - e.used > spare]
    chosen = {e.fingerprint for e in loose if days is not None and now - e.used > days * DAY}
    if keep is not None:
        chosen |= _beyond(held, keep)
    total = sum(entry.size for entry in held if entry.fingerprint not in chosen)
    for entry in sorted(loose, key=lambda entry: entry.used):
        if size is not None and total > size and entry.fingerprint not in chosen:
            chosen.add(entry.fingerprint)
            total -= entry.size
    for entry in loose:
        if entry.fingerprint in chosen and (dry_run or delete(store, entry)):
            swept.entries.append(entry)
            swept.freed += entry.size
    for path, bytes_held in _leftovers(store, now):
        swept.leftovers.append(path)
        swept.freed += bytes_held
        if not dry_run:
            files.remove(path)
    return swept


def verify(store: Store) -> Verified:
    """Check all digests, and set aside what is damaged."""

    def sound(name: str) -> bool:
        path = store.folder / name
        try:
            files.read(path, lambda path: _check(path, name))
        except Damaged:
            return not files.set_aside(path, lambda path: _check(path, name))
        return True

    names = [f"{path.parent.name}/{path.name}" for path, _ in entries.listed(store.folder)]
    names += [f"last/{path.name}" for path in sorted(store.folder.glob("last/*.last"))]
    damaged = [
        name for name, whole in zip(names, several(sound, names, os.cpu_count() or 1)) if not whole
    ]
    return Verified(len(names) - len(damaged), damaged)


def delete(store: Store, entry: Entry) -> bool:
    """Delete an entry, unless it was replaced or used since it was looked at; whether it went."""
    try:
        return files.take_away(
            store.path(entry.fingerprint), lambda path: _identity(path.stat()) == entry.identity
        )
    except OSError:
        return False


def _check(path: Path, name: str) -> None:
    if match := entries.ENTRY.fullmatch(name):
        entries.read_entry(path, match[1])
    else:
        entries.check_last(path.read_bytes())


def _beyond(held: list[Entry], keep: int) -> set[str]:
    """The entries that are not among the ``keep`` latest of their run."""
    runs = defaultdict(list)
    for entry in held:  # which are in the order of their dates
        runs[entry.run].append(entry.fingerprint)
    return {one for run in runs.values() for one in run[: max(0, len(run) - keep)]}


def _leftovers(store: Store, now: float) -> list[tuple[Path, int]]:
    """What no reader looks at, with its size in bytes."""
    found = []
    for path in sorted(store.folder.glob("*/*")):
        with suppress(OSError):
            status = path.lstat()
            old = now - status.st_mtime > HOUR
            if path.suffix == ".damaged" or (old and path.name.startswith(files.TEMPORARY)):
                found.append((path, status.st_size))
    return found


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_ino, status.st_mtime_ns
