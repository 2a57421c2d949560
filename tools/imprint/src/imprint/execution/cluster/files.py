"""The files that the runs of one build may read, as they travel to the workers."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from imprint.cells import imported
from imprint.errors import BookError
from imprint.execution.run import Run

INPUT = re.compile(r"(file|folder|module|definition) ([^:]+)")
"""The inputs of a fingerprint that name something in the book's folder."""


@dataclass(frozen=True)
class Files:
    """The files that the runs of one build may read, and where they lie in the book."""

    content: Mapping[str, bytes]
    """By path relative to the book's root, with ``/``."""
    kept: tuple[str, ...] = ()
    """Folders, relative to the book's root, that runs fill and a worker keeps between builds,
    such as a cache of downloaded data."""

    def __post_init__(self) -> None:
        for name in (*self.content, *self.kept):
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or not path.parts:
                raise BookError("a file outside the book cannot travel to a worker", name)
        for name in self.content:
            if any(PurePosixPath(name).is_relative_to(folder) for folder in self.kept):
                raise BookError(
                    "this file lies in a folder that workers keep between builds",
                    name, remedy="move it, or take its folder out of dask: keep",
                )  # fmt: skip

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of names and contents: the same files have the same."""
        digest = hashlib.sha256(repr(sorted(self.kept)).encode())
        for name in sorted(self.content):
            digest.update(f"\0{name}\0{hashlib.sha256(self.content[name]).hexdigest()}".encode())
        return digest.hexdigest()


def files_of(root: Path, runs: Iterable[Run], kept: Iterable[str] = ()) -> Files:
    """The files of the book that its runs need: the book's own modules that they import, with
    what those import, and the files and folders that their fingerprints name.

    A module that is imported by a name made up while it runs must be among the fingerprint's
    inputs, and a file that is opened so too.
    """
    found: dict[str, bytes] = {}
    modules: set[tuple[str, Path]] = set()
    for run in runs:
        places = (root, run.folder)
        names = {name for cell in run.executable.cells for name in imported(cell.source)}
        for entry in run.inputs:
            if match := INPUT.fullmatch(entry.partition(":")[0]):
                kind, name = match.groups()
                if kind in ("module", "definition"):
                    names.add(name.partition(".")[0])
                else:
                    _read(root, root / name, found)
        while names:
            name = names.pop()
            for place in places:
                if (name, place) in modules:
                    continue
                modules.add((name, place))
                for path in _module(place / name):
                    _read(root, path, found)
                    names |= set(imported(path.read_text("utf-8", "replace")))
    return Files(found, tuple(kept))


def gather(root: Path, names: Iterable[str], kept: Iterable[str] = ()) -> Files:
    """Files of the book by name; of a folder all that is in it."""
    found: dict[str, bytes] = {}
    for name in names:
        _read(root, root / name, found)
    return Files(found, tuple(kept))


def _module(path: Path) -> list[Path]:
    """The files of the module or package at a path without its ``.py``."""
    if path.is_dir():
        return [file for file in sorted(path.rglob("*.py")) if file.is_file()]
    file = path.with_name(path.name + ".py")
    return [file] if file.is_file() else []


def _read(root: Path, path: Path, found: dict[str, bytes]) -> None:
    """Take in a file, or all of a folder but what is hidden or compiled. A name of nothing is
    left out: a run that needs it fails as it does here."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        name = file.relative_to(root)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if file.is_file() and not hidden and name.as_posix() not in found:
            found[name.as_posix()] = file.read_bytes()
