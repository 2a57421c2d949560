"""The files and datasets that a run reads: declared in the page's front matter, or named by a
literal in its code or in a definition that it reaches."""

import glob
import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path, PurePosixPath

from imprint.errors import BookError
from imprint.fingerprint.literals import Literals

LONGEST = 250
"""Characters of a text that may still be a path."""
_SKIPPED = frozenset({"__pycache__", "node_modules"})


@dataclass
class Files:
    """The content of the book's files, each read once."""

    root: Path
    built: frozenset[Path] = frozenset()
    """Folders of what is built, never read as sources."""
    _listed: dict[str, frozenset[str]] = field(default_factory=dict)

    def read_by(
        self, page: Literals, definitions: Iterable[Literals], folder: Path
    ) -> dict[str, str]:
        """The digests of what a page in ``folder`` and the definitions that it reaches read, by
        name; what they write themselves is left out, and so is what git is told to ignore: both
        are results, not sources. Of definitions, whose arguments are often the name of a cache,
        only those folders count that they list themselves."""
        found = [page, *definitions]
        bases = [folder, *(folder / text for one in found for text in sorted(one.entered))]
        result: dict[str, str] = {}
        for base in dict.fromkeys(map(_normal, bases)):
            result |= self._read_from(base, page, found, folder)
        return result

    def _read_from(
        self, folder: Path, page: Literals, found: Sequence[Literals], here: Path
    ) -> dict[str, str]:
        """The same, with paths relative to one folder; those around the page, which is ``here``,
        never count as a whole."""
        written = {self._path(text, folder) for one in found for text in one.written}
        result: dict[str, str] = {}
        for one in found:
            folders = one.folders | one.listed if one is page else one.listed
            patterns = [text for text in one.listed if glob.has_magic(text)]
            matched = {name for text in patterns for name in self._matches(text, folder)}
            for text in one.paths | folders | matched:
                path = self._path(text, folder)
                if path is None or path in written or written.intersection(path.parents):
                    continue
                if path.is_file():
                    if self._is_source(path):
                        result[f"file {self._name(path)}"] = file_digest(path)
                elif text in folders and not here.is_relative_to(path) and path.is_dir():
                    inside = [file for file in self._files_in(path) if file not in written]
                    digests = (f"{self._name(file)} {file_digest(file)}" for file in inside)
                    whole = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:20]
                    if inside:
                        result[f"folder {self._name(path)}"] = whole
        return result

    def declared(self, globs: Sequence[str], page: str) -> dict[str, str]:
        """The digests of the files that a page's front matter names, relative to the page.
        Raises BookError where a glob matches none."""
        result = {}
        for pattern in globs:
            folder = (self.root / page).parent
            names = glob.glob(pattern, root_dir=folder, recursive=True)
            files = [path for name in names if (path := _normal(folder / name)).is_file()]
            if not files:
                raise BookError(
                    f"imprint.files: no file matches {pattern!r}", page,
                    remedy="a path or glob relative to the page",
                )  # fmt: skip
            result |= {f"file {self._name(path)}": file_digest(path) for path in files}
        return result

    def sources(self, globs: Iterable[str]) -> str:
        """One digest of all files that match globs relative to the book's root."""
        names = {
            name
            for pattern in globs
            for name in glob.glob(pattern, root_dir=self.root, recursive=True)
        }
        files = [self.root / name for name in sorted(names) if (self.root / name).is_file()]
        digests = (f"{self._name(path)} {file_digest(path)}" for path in files)
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:20]

    def _path(self, text: str, folder: Path) -> Path | None:
        """The path under the book's root that a text names, if anything may be there."""
        if not text or len(text) > LONGEST or "\n" in text or "\0" in text or "://" in text:
            return None
        first = text.partition("/")[0]
        if first and first not in ("..", ".") and first not in self._names_in(str(folder)):
            return None
        path = _normal(folder / text)
        if not path.is_relative_to(self.root) or self.built.intersection((path, *path.parents)):
            return None
        return path

    def _matches(self, pattern: str, folder: Path) -> list[str]:
        if not _normal(folder / pattern).is_relative_to(self.root):
            return []
        return glob.glob(pattern, root_dir=folder, recursive=True)

    def _names_in(self, folder: str) -> frozenset[str]:
        if folder not in self._listed:
            try:
                self._listed[folder] = frozenset(os.listdir(folder))
            except OSError:
                self._listed[folder] = frozenset()
        return self._listed[folder]

    def _name(self, path: Path) -> str:
        return PurePosixPath(os.path.relpath(path, self.root)).as_posix()

    def _files_in(self, folder: Path) -> Iterator[Path]:
        for parent, folders, names in os.walk(folder):
            folders[:] = sorted(
                name for name in folders
                if name not in _SKIPPED and not name.startswith(".")
                and Path(parent, name) not in self.built
            )  # fmt: skip
            for name in sorted(names):
                path = Path(parent, name)
                if not name.startswith(".") and self._is_source(path):
                    yield path

    def _is_source(self, path: Path) -> bool:
        return self._known_to_git is None or path in self._known_to_git

    @cached_property
    def _known_to_git(self) -> frozenset[Path] | None:
        """The files that git has or would take; None where the book is in no repository."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        try:
            done = subprocess.run(command, cwd=self.root, capture_output=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return None
        names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
        if done.returncode or "_config.yml" not in names:
            return None
        return frozenset(self.root / name for name in names if name)


@lru_cache
def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))


def file_digest(path: Path) -> str:
    """A hash of a file's content; a file is read again when its time or size changes."""
    try:
        status = path.stat()
        return _digest(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return "unreadable"


@cache
def _digest(path: Path, mtime_ns: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:20]
