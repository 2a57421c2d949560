"""The reports of earlier builds: each whole in a folder of its own under ``earlier/``."""

import datetime
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imprint.errors import BookError
from imprint.store import write_whole

KEPT = 9
"""Reports that are kept besides the last one."""
EARLIER, ABOUT = "earlier", "build.json"
PARTS = ("index.html", "junit.xml", "logs", ABOUT)


@dataclass(frozen=True)
class Earlier:
    """An earlier build, and where its report lies from that of the last one."""

    began: datetime.datetime
    state: str
    words: str
    link: str


def put_away(folder: Path) -> None:
    """Keep the report that is there, unless its build changed nothing, and forget the oldest.
    Raises BookError where that cannot be written."""
    about = _about(folder)
    if not about or about["unchanged"]:
        return
    place = folder / EARLIER / _name(about)
    try:
        for part in (folder / name for name in PARTS if (folder / name).exists()):
            if part.is_dir():
                shutil.copytree(part, place / part.name, dirs_exist_ok=True)
            elif part.suffix == ".html":
                write_whole(
                    place / part.name, _moved(part.read_text("utf-8")).encode(), durable=False
                )
            else:
                write_whole(place / part.name, part.read_bytes(), durable=False)
        kept = [old for old in sorted((folder / EARLIER).glob("*/")) if _about(old)]
        for old in kept[:-KEPT]:
            shutil.rmtree(old)
    except OSError as error:
        raise BookError(f"cannot write: {error.strerror}", folder / EARLIER) from None


def earlier(folder: Path) -> list[Earlier]:
    """The builds whose reports are kept, the latest first."""
    found = []
    for place in sorted((folder / EARLIER).glob("*/"), reverse=True):
        if about := _about(place):
            began = datetime.datetime.fromtimestamp(about["began"], datetime.UTC)
            link = f"{EARLIER}/{place.name}/index.html"
            found.append(Earlier(began, about["state"], about["words"], link))
    return found


def describe(folder: Path, began: float, state: str, words: str, unchanged: bool) -> None:
    """Write down what a report will be known by when another stands in its place."""
    about = {"began": began, "state": state, "words": words, "unchanged": unchanged}
    write_whole(folder / ABOUT, json.dumps(about).encode(), durable=False)


def _about(folder: Path) -> Mapping[str, Any] | None:
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
        _name(about)
        return about if {"state", "words", "unchanged"} <= about.keys() else None
    except (OSError, ValueError, TypeError, KeyError):
        return None  # an older imprint wrote it, or nobody


def _name(about: Mapping[str, Any]) -> str:
    began = datetime.datetime.fromtimestamp(about["began"], datetime.UTC)
    return f"{began:%Y-%m-%dT%H%M%S.%f}"


def _moved(page: str) -> str:
    """A report's page with links that hold two folders further down."""
    page = page.replace('href="../', 'href="../../../')
    return re.sub(rf'href="{EARLIER}/', 'href="../', page)
