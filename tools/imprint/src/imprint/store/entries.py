"""The form of the store's files: what was run, and what is known about it, with digests.

An entry is three lines: the SHA-256 of all that follows, the SHA-256 of the second line, and the
number of bytes that follow; then a JSON document (RFC 8259) broken after the record, so that
reading the record does not take reading the notebook (nbformat 4)::

    <64 hexadecimal digits> <64 hexadecimal digits> <decimal>
    {"fingerprint": "…", "record": {…},
    "notebook": {…}}

The record of a run's latest result is two lines: the SHA-256 of the second, which is JSON.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imprint.store.files import Damaged

ENTRY = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})\.json")
LAST = re.compile(r"last/[0-9a-f]{64}\.last")
FIRST_LINE = re.compile(rb"([0-9a-f]{64}) ([0-9a-f]{64}) ([0-9]{1,15})\n")
LONGEST_FIRST_LINE = 256
"""More bytes than the first line can have."""


def entry_name(fingerprint: str) -> str:
    """The name of an entry's file, in a folder or a bucket."""
    return f"{fingerprint[:2]}/{fingerprint}.json"


def last_name(run: str) -> str:
    """The name of the file with the record of a run's latest result."""
    return f"last/{_digest(run.encode('utf-8', 'surrogatepass'))}.last"


def listed(folder: Path) -> list[tuple[Path, str]]:
    """The files of all entries under a folder, with their fingerprints."""
    found = sorted(folder.glob("??/*.json"))
    matches = ((path, ENTRY.fullmatch(f"{path.parent.name}/{path.name}")) for path in found)
    return [(path, match[1]) for path, match in matches if match]


def run_name(record: Mapping[str, Any]) -> str | None:
    """The run that a record is about: ``smoke/chapters/x.md [torch]``; None if it names none."""
    if not record.get("page"):
        return None
    edition = f" [{record['edition']}]" if record.get("edition") else ""
    return f"{record.get('profile', '')}/{record['page']}{edition}"


def encode(fingerprint: str, notebook: Any, record: Mapping[str, Any]) -> bytes:
    """An entry as bytes. What is no JSON (a date among the parameters) is kept as text."""
    known = {"fingerprint": fingerprint, "record": record}
    second = json.dumps(known, sort_keys=True, default=str)[:-1].encode() + b",\n"
    third = b'"notebook": ' + json.dumps(notebook, sort_keys=True).encode() + b"}\n"
    return b"%s %s %d\n" % (
        _digest(second + third).encode(), _digest(second).encode(), len(second) + len(third),
    ) + second + third  # fmt: skip


def read_entry(path: Path, fingerprint: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The notebook and the record of an entry's file. Raises Damaged, OSError."""
    data = path.read_bytes()
    record = check(data, fingerprint)
    third = data[data.index(b"\n", data.index(b"\n") + 1) + 1 :]
    try:
        return json.loads(b"{" + third)["notebook"], record
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Damaged(str(error)) from None


def check(data: bytes, fingerprint: str) -> dict[str, Any]:
    """The record of a whole entry all of whose digests are right. Raises Damaged."""
    first, _, rest = data.partition(b"\n")
    if not first.startswith(_digest(rest).encode() + b" "):
        raise Damaged("the digest differs")
    return _record(data, len(data), fingerprint)


def read_record(path: Path, fingerprint: str) -> dict[str, Any]:
    """The record of an entry's file, whose notebook is not read: what is told apart is a file
    cut short or a wrong record. Raises Damaged, OSError."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        first = file.readline(LONGEST_FIRST_LINE)
        second = file.readline() if FIRST_LINE.fullmatch(first) else b""
    return _record(first + second, size, fingerprint)


def _record(data: bytes, size: int, fingerprint: str) -> dict[str, Any]:
    """The record of an entry of ``size`` bytes, given its first two lines at least."""
    first = FIRST_LINE.match(data)
    if not first or int(first[3]) != size - first.end():
        raise Damaged("cut short, or never whole")
    second = data[first.end() : data.find(b"\n", first.end()) + 1]
    if _digest(second).encode() != first[2]:
        raise Damaged("the digest differs")
    try:
        known = json.loads(second[:-2] + b"}")
        if known["fingerprint"] != fingerprint:
            raise Damaged(f"it is the result of {known['fingerprint']}")
        return dict(known["record"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Damaged(str(error)) from None


def encode_last(run: str, record: Mapping[str, Any]) -> bytes:
    """The record of a run's latest result as bytes."""
    line = json.dumps({"run": run, "record": record}, sort_keys=True, default=str).encode() + b"\n"
    return _digest(line).encode() + b"\n" + line


def decode_last(data: bytes, run: str) -> dict[str, Any]:
    """The record of the latest result of ``run``. Raises Damaged."""
    known, record = check_last(data)
    if known != run:
        raise Damaged(f"it is the record of {known}")
    return record


def check_last(data: bytes) -> tuple[str, dict[str, Any]]:
    """A run and the record of its latest result. Raises Damaged."""
    first, _, line = data.partition(b"\n")
    if _digest(line).encode() != first:
        raise Damaged("the digest differs")
    try:
        known = json.loads(line)
        return known["run"], dict(known["record"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Damaged(str(error)) from None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
