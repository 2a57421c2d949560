"""Executed notebooks by fingerprint: a folder here, and behind it a remote that many share."""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import nbformat

from imprint.errors import BookError
from imprint.store import entries, files
from imprint.store.files import Damaged, write_whole
from imprint.store.remote import Denied, Remote, several

T = TypeVar("T")
SENDING = 4
"""How many files go to a remote at once while a build runs."""


class Store:
    """Executed notebooks under a folder, which is the cache of a remote if there is one.

    Readers never lock; a writer renames into place; several builds may use one store at once.
    What a remote lacks or cannot do is said in one line and never fails a build. As a context
    manager it ends when all that was kept has gone to the remote as well.
    """

    def __init__(
        self,
        folder: Path,
        notice: Callable[[str], object] = lambda line: None,
        remote: Remote | None = None,
    ) -> None:
        self.folder = folder
        self.notice = notice
        """Takes one line about what was set aside, or did not work; from any thread."""
        self.remote = remote
        self._reads = remote is not None
        self._writes = remote is not None and not remote.read_only
        self._absent: set[str] = set()
        self._said: set[str] = set()
        self._lock = threading.Lock()
        self._sender: ThreadPoolExecutor | None = None

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.close(wait=kind is None)

    def close(self, wait: bool = True) -> None:
        """Let what was kept arrive at the remote; without ``wait`` only what is on its way."""
        if self._sender:
            self._sender.shutdown(cancel_futures=not wait)
            self._sender = None

    def path(self, fingerprint: str) -> Path:
        return self.folder / entries.entry_name(fingerprint)

    def get(self, fingerprint: str) -> tuple[Any, dict[str, Any]] | None:
        """The executed notebook and the record of its run, or None. A damaged entry is set
        aside and counts as missing."""
        if found := self._find(fingerprint, entries.read_entry):
            return nbformat.from_dict(found[0]), found[1]
        return None

    def record(self, fingerprint: str) -> dict[str, Any] | None:
        """The record of a run, or None where its result is missing, cut short, or its record
        damaged. The notebook is not read: ``get`` checks it, and may yet find it damaged."""
        return self._find(fingerprint, entries.read_record)

    def has(self, fingerprint: str) -> bool:
        """Whether there is a result, as far as ``record`` can tell."""
        return self.record(fingerprint) is not None

    def put(self, fingerprint: str, notebook: Any, record: Mapping[str, Any]) -> None:
        """Keep an executed notebook, and have it sent to the remote. Raises BookError where it
        cannot be written here; then the store is as it was."""
        write_whole(self.path(fingerprint), entries.encode(fingerprint, notebook, record))
        names = [entries.entry_name(fingerprint)]
        if run := entries.run_name(record):
            self._keep_last(run, entries.encode_last(run, {**record, "fingerprint": fingerprint}))
            names.append(entries.last_name(run))
        if self._writes:
            self._sender = self._sender or ThreadPoolExecutor(SENDING)
            for name in names:
                self._sender.submit(self._send, name)

    def last(self, run: str) -> dict[str, Any] | None:
        """The record of the latest result of a run (``smoke/chapters/x.md [torch]``) with its
        ``fingerprint``; None where there was none, or it cannot be read."""
        if known := self._last_here(run):
            return known
        name = entries.last_name(run)
        with suppress(Damaged):
            if (data := self._load(name)) is not None:
                known = entries.decode_last(data, run)
                self._keep_last(run, data)
                return known
        self._absent.add(name)
        return None

    def prefetch(self, fingerprints: Iterable[str], runs: Iterable[str] = ()) -> None:
        """Have here what the remote holds of these results and of the latest records of
        ``runs``, many at once. Does nothing where there is no remote."""
        if self._reads:
            several(self._fetch, [one for one in fingerprints if not self.path(one).exists()])
            several(self.last, runs)

    def keep(self, fingerprint: str, data: bytes) -> None:
        """Keep an entry as it came from elsewhere. Raises Damaged where it is not whole,
        BookError where it cannot be written."""
        record = entries.check(data, fingerprint)
        write_whole(self.path(fingerprint), data, durable=False)  # it can be fetched again
        if run := entries.run_name(record):
            before = self._last_here(run) or {}
            if str(before.get("date", "")) <= str(record.get("date", "")):
                known = {**record, "fingerprint": fingerprint}
                self._keep_last(run, entries.encode_last(run, known))

    def _find(self, fingerprint: str, reader: Callable[[Path, str], T]) -> T | None:
        """What ``reader`` makes of an entry here, or else of the one that the remote holds."""
        path = self.path(fingerprint)

        def whole(path: Path) -> T:
            return reader(path, fingerprint)

        found, damaged = None, False
        for _ in range(3):  # a whole one may come instead of a damaged one, or of one that went
            there = files.touch(path)  # before it is read: from now on nobody collects it
            try:
                found = files.read(path, whole) if there else None
                if found is not None or not files.bring_back(path):
                    break
            except Damaged:
                damaged = files.set_aside(path, lambda path: entries.read_entry(path, fingerprint))
                if damaged:
                    break
        if found is None and self._fetch(fingerprint):
            with suppress(Damaged):
                found = files.read(path, whole)
        if damaged:
            outcome = "runs again" if found is None else "fetched again"
            self.notice(f"a damaged result was set aside and {outcome}: {path.name}")
        return found

    def _fetch(self, fingerprint: str) -> bool:
        """Have an entry of the remote here; whether it has it, and whole."""
        name = entries.entry_name(fingerprint)
        if (data := self._load(name)) is not None:
            try:
                self.keep(fingerprint, data)
                return True
            except Damaged:
                self.notice(f"a damaged result was passed over: {name} of {self.remote.url}")
        self._absent.add(name)
        return False

    def _load(self, name: str) -> bytes | None:
        """A file of the remote, as long as it answers."""
        if self.remote is None or not self._reads or name in self._absent:
            return None
        try:
            return self.remote.read(name)
        except Denied as error:
            self._say_once("denied", f"{error}; taken as not there")
        except BookError as error:
            self._reads = self._writes = False
            self._say_once("failed", f"{error}; this build goes on without it")
        return None

    def _send(self, name: str) -> None:
        """Have a file of here at the remote, as long as it takes them."""
        data = files.read(self.folder / name, Path.read_bytes) if self._writes else None
        if data is None or self.remote is None:
            return
        try:
            self.remote.write(name, data)
        except BookError as error:
            self._writes = False
            self._say_once(
                "failed", f"{error}; results stay here: send them later with imprint store push"
            )

    def _last_here(self, run: str) -> dict[str, Any] | None:
        with suppress(Damaged, BookError):
            return files.read(
                self.folder / entries.last_name(run),
                lambda path: entries.decode_last(path.read_bytes(), run),
            )
        return None

    def _keep_last(self, run: str, data: bytes) -> None:
        with suppress(BookError):  # good to know, and no more
            write_whole(self.folder / entries.last_name(run), data, durable=False)

    def _say_once(self, kind: str, line: str) -> None:
        with self._lock:
            said = kind in self._said
            self._said.add(kind)
        if not said:
            self.notice(line)
