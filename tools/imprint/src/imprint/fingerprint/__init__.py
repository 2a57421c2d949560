"""The fingerprint: the hash of everything that a run's outputs depend on, and of nothing else.

What it is made of has names in words (``cell 3``, ``parameter lr``, ``definition
d2l.torch:train_ch3``), so that two of them can be compared and the difference be told.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
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
    "FORMAT", "RUNNING_TAGS", "Datasets", "Dependencies", "changes", "fingerprint_of",
]  # fmt: skip

FORMAT = 2
"""Raised when what is stored changes its form."""
RUNNING_TAGS = frozenset({"raises-exception", "skip-execution", "parameters"})
"""The tags of Jupyter's own that change how a cell runs."""


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

    def inputs(  # noqa: PLR0913
        self,
        executable: Any,
        *,
        page: str,
        profile: str,
        parameters: Mapping[str, Any],
        versions: Mapping[str, str],
        env: Mapping[str, str],
        device: str,
        preamble: str = "",
        files: Sequence[str] = (),
        data: Iterable[str] = (),
        fails: bool = False,
    ) -> dict[str, str]:
        """What one run's outputs depend on: a digest or a short value by name.

        ``executable`` is the notebook to run and ``page`` its path; ``files`` (globs relative to
        the page) and ``data`` (names of datasets) are what its front matter declares. ``fails``:
        cells may fail without ending the run. Raises BookError where a glob matches no file.
        """
        folder = (self.library.root / page).parent
        found: dict[str, str] = {
            "format": str(FORMAT),
            "folder": folder.relative_to(self.library.root).as_posix(),
            "device": device,
            "kernel": executable.metadata.get("kernelspec", {}).get("name", ""),
        }
        found |= {f"version of {name}": version for name, version in versions.items()}
        found |= {f"variable {name}": value for name, value in env.items()}
        found |= {
            f"parameter {name}": json.dumps(value, sort_keys=True, default=str)
            for name, value in parameters.items()
        }
        if preamble:
            found["preamble"] = digest(preamble)
        tags = [RUNNING_TAGS.intersection(cell.metadata.tags) for cell in executable.cells]
        run = ["" if "skip-execution" in some else cell.source
               for cell, some in zip(executable.cells, tags)]  # fmt: skip
        for number, some in enumerate(tags, 1):
            if some:
                found[f"tags of cell {number}"] = ", ".join(sorted(some))
        found |= self.files.declared(files, page)
        if not _is_python(executable.metadata):
            return found | {f"cell {n}": digest(text) for n, text in enumerate(run, 1)}
        fails = fails or any("raises-exception" in some for some in tags)
        return found | self._of_code(run, preamble, folder, profile, data, fails)

    def _of_code(
        self, sources: Sequence[str], preamble: str, folder: Path, profile: str,
        data: Iterable[str], fails: bool,
    ) -> dict[str, str]:  # fmt: skip
        cells = (*sources, preamble)
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
        return found | dataset_use.depends_on(used, self.files, self.datasets, profile)

    def origin(self, name: str) -> str | None:
        """The page from which the library has a definition, by the name of the input."""
        return self.library.origin(name.removeprefix("definition "))


def fingerprint_of(inputs: Mapping[str, str]) -> str:
    """The SHA-256, in hexadecimal, of what a run depends on."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _is_python(metadata: Mapping[str, Any]) -> bool:
    kernel = metadata.get("kernelspec", {})
    language = kernel.get("language") or metadata.get("language_info", {}).get("name")
    if language:
        return str(language).lower() in ("python", "ipython")
    name = kernel.get("name", "python3").lower()
    return name not in _OTHER_LANGUAGES


_OTHER_LANGUAGES = frozenset("bash ir xr javascript deno julia octave sas scala".split())
"""Kernels' names; those of Julia carry a version, and their cells are no Python anyway."""
