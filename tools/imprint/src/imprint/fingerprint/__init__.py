"""The fingerprint: the hash of everything that a run's outputs depend on, and of nothing else.

What it is made of has names in words (``cell 3``, ``parameter lr``, ``definition
d2l.torch:train_ch3``), so that two of them can be compared and the difference be told.
"""

import hashlib
import json
import math
import os.path
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from imprint.fingerprint import datasets as dataset_use
from imprint.fingerprint import definitions
from imprint.fingerprint.cells import page_code
from imprint.fingerprint.datasets import Datasets
from imprint.fingerprint.definitions import Library
from imprint.fingerprint.reads import Files
from imprint.fingerprint.reasons import changes
from imprint.fingerprint.statements import digest
from imprint.memo import Memo

__all__ = [
    "FORMAT", "RUNNING_TAGS", "Conditions", "Datasets", "Dependencies", "Inputs",
    "changes",
]  # fmt: skip

COARSE = 20_000_000
"""Nanoseconds by which a file's time may be behind the clock."""
FORMAT = 2
"""Raised when what is stored changes its form."""
RUNNING_TAGS = frozenset({"raises-exception", "skip-execution", "parameters"})
"""The tags of Jupyter's own that change how a cell runs."""


@dataclass(frozen=True)
class Conditions:
    """What all runs of one edition in one profile are done under."""

    profile: str
    versions: Mapping[str, str]
    """Of what is installed, by name."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of the kernels."""
    preamble: str = ""
    """What each kernel runs before the first cell."""

    @cached_property
    def inputs(self) -> dict[str, str]:
        """The same as inputs of each of these runs."""
        found = {f"version of {name}": str(version) for name, version in self.versions.items()}
        found |= {f"variable {name}": value for name, value in self.env.items()}
        return found | ({"preamble": digest(self.preamble)} if self.preamble else {})

    @cached_property
    def fingerprint(self) -> str:
        return _fingerprint(self.inputs)


@dataclass(frozen=True, eq=False)
class Inputs(Mapping[str, str]):
    """What one run's outputs depend on: a digest or a short value by name."""

    own: Mapping[str, str]
    conditions: Conditions
    """What it shares with thousands of others, and is hashed once."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256, in hexadecimal, of all of it."""
        return _fingerprint({**self.own, "conditions": self.conditions.fingerprint})

    def __getitem__(self, name: str) -> str:
        return self.own[name] if name in self.own else self.conditions.inputs[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.own
        yield from self.conditions.inputs

    def __len__(self) -> int:
        return len(self.own) + len(self.conditions.inputs)


@dataclass(frozen=True)
class Dependencies:
    """What the runs of one book depend on; files and modules are read once for all of them."""

    library: Library
    files: Files
    datasets: Datasets = Datasets()
    memo: Memo = field(default_factory=Memo)
    """What was read of cells before: reading them is most of the work."""

    @classmethod
    def of_book(
        cls,
        root: Path,
        libraries: Mapping[str, str],
        datasets: Datasets | None = None,
        memo: Memo | None = None,
    ) -> "Dependencies":
        """``libraries``: the texts of the generated modules by path under ``root``, as they
        will be; ``build/`` is never a source."""
        files = Files(root, frozenset({root / "build"}))
        return cls(Library(root, libraries), files, datasets or Datasets(), memo or Memo())

    def inputs(
        self,
        executable: Any,
        conditions: Conditions,
        *,
        page: str,
        parameters: Mapping[str, Any],
        device: str,
        files: Sequence[str] = (),
        data: Iterable[str] = (),
        fails: bool = False,
    ) -> Inputs:
        """What one run's outputs depend on.

        ``executable`` is the notebook to run and ``page`` its path; ``files`` (globs relative to
        the page) and ``data`` (names of datasets) are what its front matter declares. ``fails``:
        cells may fail without ending the run. Raises BookError where a glob matches no file.
        """
        folder = self.library.root / os.path.dirname(page)
        found: dict[str, str] = {
            "format": str(FORMAT),
            "folder": os.path.dirname(page) or ".",
            "device": device,
            "kernel": executable.metadata.get("kernelspec", {}).get("name", ""),
        }
        for name, value in parameters.items():
            found[f"parameter {name}"] = json.dumps(value, sort_keys=True, default=str)
        for number, cell in enumerate(executable.cells, 1):
            if some := RUNNING_TAGS.intersection(cell["metadata"]["tags"]):
                found[f"tags of cell {number}"] = ", ".join(sorted(some))
                fails |= "raises-exception" in some
        found |= self.files.declared(files, page)
        run = _sources(executable)
        if not _is_python(executable.metadata):
            found |= {f"cell {n}": digest(text) for n, text in enumerate(run, 1)}
        else:
            found |= self._of_code(run, conditions, folder, data, fails)
        return Inputs(found, conditions)

    def anew(self) -> "Dependencies":
        """The same book, whose files are read again."""
        sources = self.library.sources
        texts = {str(path): text for path, text in sources.texts.items()}
        files = Files(self.files.root, self.files.built)
        return Dependencies(Library(self.library.root, texts), files, self.datasets)

    def touched(self, inputs: Mapping[str, str], since: int) -> bool:
        """Whether a file among these inputs, or a module of the book, was written or replaced
        since a time in nanoseconds. (The clock of file times is coarse.)"""
        named = [name.partition(" ")[2] for name in inputs if name.startswith(_FILES)]
        paths = [*(self.library.root / name for name in named), *self.library.sources.files()]
        return any(_changed(path) >= since - COARSE for path in paths)

    def read_ahead(self, runs: Iterable[tuple[Any, Conditions]]) -> None:
        """Read the cells of many runs, on all cores: what ``inputs`` takes longest for."""
        pages = [(*_sources(node), conditions.preamble) for node, conditions in runs
                 if _is_python(node.metadata)]  # fmt: skip
        self.memo.make_ahead((cells, partial(page_code, cells)) for cells in pages)

    def _of_code(
        self, sources: Sequence[str], conditions: Conditions, folder: Path, data: Iterable[str],
        fails: bool,
    ) -> dict[str, str]:  # fmt: skip
        cells = (*sources, conditions.preamble)
        code = self.memo.value(cells, partial(page_code, cells))
        used = dataset_use.used_by(self.library, code, folder, self.datasets, data)
        reached = used.reached
        reached.locates |= fails
        shown = reached.shows or reached.locates
        found = {
            f"cell {number}": digest(source) if shown else form
            for number, (source, form) in enumerate(zip(sources, code.forms), 1)
        }
        paths = self.library.paths(folder, code.literals.search)
        found |= definitions.missing(code, paths)
        found |= definitions.depends_on(reached, self.library.effects(paths))
        read = [self.library.literals(statement) for statement in reached.statements]
        found |= self.files.read_by(code.literals, read, folder)
        profile = conditions.profile
        return found | dataset_use.depends_on(used, self.files, self.datasets, profile)

    def origin(self, name: str) -> str | None:
        """The page from which the library has a definition, by the name of the input."""
        return self.library.origin(name.removeprefix("definition "))


def _changed(path: Path) -> float:
    """The nanosecond since the epoch in which a file was written or put in its place, or the latest
    of all that is in a folder; infinity where there is nothing."""
    try:
        status = path.stat()
        inside = path.rglob("*") if stat.S_ISDIR(status.st_mode) else ()
        return max(status.st_mtime_ns, status.st_ctime_ns, *map(_changed, inside), 0)
    except OSError:
        return math.inf


def _fingerprint(inputs: Mapping[str, str]) -> str:
    text = "\0".join(part for pair in sorted(inputs.items()) for part in pair)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _sources(executable: Any) -> tuple[str, ...]:
    """What its cells run."""
    return tuple(
        "" if "skip-execution" in cell["metadata"]["tags"] else cell["source"]
        for cell in executable.cells
    )


def _is_python(metadata: Mapping[str, Any]) -> bool:
    kernel = metadata.get("kernelspec", {})
    language = kernel.get("language") or metadata.get("language_info", {}).get("name")
    if language:
        return str(language).lower() in ("python", "ipython")
    name = kernel.get("name", "python3").lower()
    return name not in _OTHER_LANGUAGES


_FILES = ("file ", "folder ")
_OTHER_LANGUAGES = frozenset("bash ir xr javascript deno julia octave sas scala".split())
"""Kernels' names; those of Julia carry a version, and their cells are no Python anyway."""
