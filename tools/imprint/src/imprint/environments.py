"""Environments: the virtual environment of an edition, made, checked and described.

Versions are read from the installed metadata, without starting the other interpreter.
"""

import hashlib
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from imprint.book import Book, Edition
from imprint.errors import BookError, BookErrors


class Installed(NamedTuple):
    """A distribution with its version, which importlib would read again at each look."""

    version: str
    distribution: metadata.Distribution


@dataclass(frozen=True)
class Environment:
    """An interpreter and what is installed beside it."""

    python: Path
    requirements: Path | None = None

    @cached_property
    def distributions(self) -> dict[str, Installed]:
        """What is installed, by canonical name."""
        found: dict[str, Installed] = {}
        for distribution in metadata.distributions(path=self._search_path()):
            told = distribution.metadata
            if name := told["Name"]:
                installed = Installed(told["Version"], distribution)
                found.setdefault(canonicalize_name(name), installed)
        return found

    def _search_path(self) -> list[str]:
        if self.python == Path(sys.executable):
            return sys.path
        prefix = self.python.parent.parent
        return [str(path) for path in sorted(prefix.glob("lib/python3*/site-packages"))]

    @cached_property
    def versions(self) -> dict[str, str]:
        """The version of Python and of all that the requirements name or pull in; of all that
        is installed where there is no requirements file."""
        reached = {"python": self._python_version()}
        if self.requirements is None:
            reached |= {name: found.version for name, found in self.distributions.items()}
            return dict(sorted(reached.items()))
        seen: set[tuple[str, frozenset[str]]] = set()
        waiting = [requirement for _, requirement in read_requirements(self.requirements)]
        while waiting:
            requirement = waiting.pop()
            name = canonicalize_name(requirement.name)
            installed = self.distributions.get(name)
            asked = (name, frozenset(requirement.extras))
            if installed is None or asked in seen:
                continue
            seen.add(asked)
            reached[name] = installed.version
            extras = list(requirement.extras) or [""]
            for text in installed.distribution.requires or ():
                needed = Requirement(text)
                if needed.marker is None or any(
                    needed.marker.evaluate({"extra": extra}) for extra in extras
                ):
                    waiting.append(needed)
        return dict(sorted(reached.items()))

    def has_module(self, name: str) -> bool:
        """Whether a module of that dotted name is installed; the standard library is not."""
        for folder in self._search_path():
            path = Path(folder, *name.split("."))
            if path.with_name(f"{path.name}.py").exists() or (path / "__init__.py").exists():
                return "-packages" in folder
        return False

    def _python_version(self) -> str:
        if self.python == Path(sys.executable):
            return platform.python_version()
        settings = self.python.parent.parent / "pyvenv.cfg"
        text = settings.read_text("utf-8") if settings.exists() else ""
        found = re.search(r"^version(?:_info)? *= *(\S+)", text, re.MULTILINE)
        return found[1] if found else ""

    @cached_property
    def digest(self) -> str:
        """A hash of the resolved versions: part of every fingerprint."""
        text = "\n".join(f"{name}=={version}" for name, version in self.versions.items())
        return hashlib.sha256(text.encode()).hexdigest()


def environment(book: Book, edition: Edition | None) -> Environment:
    """The environment that an edition's kernels run in; it may not be there yet."""
    if edition is None:
        return Environment(Path(sys.executable))
    python = Path(sys.executable)
    if folder := edition.settings.environment:
        scripts = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        python = book.root / folder / scripts
    requirements = edition.settings.requirements
    return Environment(python, book.root / requirements if requirements else None)


def check(book: Book, edition: Edition) -> Environment:
    """The edition's environment. Raises BookErrors: one line for each thing that is missing."""
    found = environment(book, edition)
    remedy = f"make it: imprint environments --edition {edition.name}"
    if not found.python.exists():
        raise BookError(
            f"the environment of the {edition.name} edition is missing",
            edition.settings.environment, remedy=remedy,
        )  # fmt: skip
    if found.requirements is None:
        return found
    errors = []
    for line, requirement in read_requirements(found.requirements):
        if requirement.marker and not requirement.marker.evaluate():
            continue
        installed = found.distributions.get(canonicalize_name(requirement.name))
        version = installed.version if installed else None
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            errors.append(
                BookError(
                    f"the {edition.name} edition needs {requirement}; "
                    + (f"its environment has {version}" if version else "it is not installed"),
                    found.requirements.relative_to(book.root), line, remedy,
                )
            )  # fmt: skip
    if errors:
        raise BookErrors(errors)
    return found


def make(book: Book, edition: Edition) -> bool:
    """Create and fill the edition's environment where it needs it; whether anything was done.

    A stamp beside the interpreter holds the hash of the requirement files, so that a second
    call finds nothing to do. Raises BookError where pip fails.
    """
    target = environment(book, edition)
    settings = edition.settings
    if settings.requirements is None:
        return False
    requirements = book.root / settings.requirements
    constraints = book.root / settings.constraints if settings.constraints else None
    files = [*_with_included(requirements), *filter(None, [constraints])]
    prefix = target.python.parent.parent if settings.environment else Path(sys.prefix)
    stamp = prefix / f".imprint-{edition.name}"
    wanted = hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
    if target.python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return False
    if not target.python.exists():
        _run([sys.executable, "-m", "venv", str(prefix)], edition)
    install = [str(target.python), "-m", "pip", "install", "--quiet"]
    install += ["--disable-pip-version-check", "--requirement", str(requirements)]
    if constraints:
        install += ["--constraint", str(constraints)]
    _run(install, edition, cwd=book.root)
    stamp.write_text(wanted)
    return True


def read_requirements(path: Path) -> Iterator[tuple[int, Requirement]]:
    """The requirements of a pip file with their lines; options and local folders left out."""
    for line, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = re.split(r"\s(?:#|--|\\$)", text)[0].strip()
        if text and not text.startswith(("#", "-", ".")):
            try:
                yield line, Requirement(text)
            except InvalidRequirement as error:
                reason = str(error).splitlines()[0]
                raise BookError(f"not a requirement: {reason}", path.name, line) from None


def _with_included(path: Path) -> Iterator[Path]:
    """A requirements file and the ones that it names with ``-r``."""
    yield path
    for line in path.read_text("utf-8").splitlines():
        option, _, name = line.strip().partition(" ")
        if option in ("-r", "--requirement"):
            yield from _with_included(path.parent / name.strip())


def _run(command: list[str], edition: Edition, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, stdout=sys.stderr)
    if done.returncode:
        raise BookError(
            f"the environment of the {edition.name} edition could not be made",
            remedy=f"this command failed: {' '.join(command)}",
        )
