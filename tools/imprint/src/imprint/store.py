"""The store: executed notebooks by fingerprint, one file each, whole or not there at all."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat

from imprint.errors import BookError


class Store:
    """Executed notebooks under a folder. Readers never lock; a writer renames into place."""

    def __init__(self, folder: Path, notice=lambda line: None) -> None:
        self.folder = folder
        self.notice = notice
        """Takes one line about each damaged entry that was set aside."""

    def path(self, fingerprint: str) -> Path:
        return self.folder / fingerprint[:2] / f"{fingerprint}.json"

    def get(self, fingerprint: str) -> tuple[Any, dict[str, Any]] | None:
        """The executed notebook and the record of its run, or None. A damaged entry is set
        aside and counts as missing."""
        path = self.path(fingerprint)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        digest, _, body = data.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            with suppress(OSError):
                path.replace(path.with_suffix(".damaged"))
            self.notice(f"a damaged result was set aside and runs again: {path.name}")
            return None
        entry = json.loads(body)
        return nbformat.from_dict(entry["notebook"]), entry["record"]

    def put(self, fingerprint: str, notebook: Any, record: Mapping[str, Any]) -> None:
        """Keep an executed notebook. Raises BookError where it cannot be written; then the
        store is as it was."""
        body = json.dumps({"record": record, "notebook": notebook}, sort_keys=True).encode()
        write_whole(
            self.path(fingerprint), hashlib.sha256(body).hexdigest().encode() + b"\n" + body
        )


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that there is the old one or the new one, and never half of either.

    Raises BookError (a full disk, no permission), leaving what was there.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False, prefix=".new-") as file:
            temporary = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)
        raise BookError(
            f"cannot write: {error.strerror}", path, remedy="free space there, then build again"
        ) from None
