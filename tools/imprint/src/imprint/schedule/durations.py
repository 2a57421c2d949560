"""Durations that somebody gives: what a book takes, without running it."""

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imprint.errors import BookError
from imprint.schedule.policy import Job

REMEDY = (
    "JSON: {name: seconds} or {name: {seconds: …, gpus: …, memory: …}}; "
    "CSV: name,seconds[,gpus,memory]; memory in bytes"
)


def read(path: Path) -> list[Job]:
    """The jobs of a file, JSON where it is named so, else CSV (RFC 4180; a first line without
    a number of seconds is its header).

    Raises BookError with the line where there is one.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise BookError(f"cannot read durations: {reason}", path) from None
    rows = _json(text, path) if path.suffix == ".json" else _csv(text)
    jobs: dict[str, Job] = {}
    for line, name, seconds, gpus, memory in rows:
        if name in jobs:
            raise BookError(f"{name!r} stands there twice", path, line)
        try:
            jobs[name] = Job(name, _seconds(seconds), _gpus(gpus), _memory(memory))
        except (ValueError, TypeError, OverflowError):
            raise BookError(f"{name!r}: no duration", path, line, REMEDY) from None
    if not jobs:
        raise BookError("no durations in it", path, remedy=REMEDY)
    return list(jobs.values())


Row = tuple[int | None, str, Any, Any, Any]


def _json(text: str, path: Path) -> Iterator[Row]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise BookError(f"no JSON: {error.msg}", path, error.lineno, REMEDY) from None
    if not isinstance(found, dict):
        raise BookError("no durations in it", path, remedy=REMEDY)
    for name, given in found.items():
        one = given if isinstance(given, dict) else {"seconds": given}
        yield None, name, one.get("seconds"), one.get("gpus"), one.get("memory")


def _csv(text: str) -> Iterator[Row]:
    rows = csv.reader(text.splitlines())
    for row in rows:
        name, seconds, gpus, memory, *_ = [*(field.strip() for field in row), "", "", "", ""]
        if not name or name.startswith("#"):
            continue
        if rows.line_num == 1 and not _is_number(seconds):
            continue
        yield rows.line_num, name, seconds, gpus or None, memory or None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _seconds(given: Any) -> float:
    seconds = float(given)
    if not (0 <= seconds < math.inf) or isinstance(given, bool):
        raise ValueError
    return seconds


def _gpus(given: Any) -> Any:
    if given in (None, "all"):
        return given or 0
    return _whole(given)


def _memory(given: Any) -> int | None:
    return None if given is None else _whole(given)


def _whole(given: Any) -> int:
    number = float(given)
    if number < 0 or number != int(number) or isinstance(given, bool):
        raise ValueError
    return int(number)
