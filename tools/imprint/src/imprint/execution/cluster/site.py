"""A worker's site: its folder, the environments of its editions, its GPUs, what goes on there.

    <folder>/files/<digest>/…    the files of a build, laid out as in the book; runs work there
    <folder>/kept/…              the folders that stay between builds, linked into each

It knows nothing of Dask but the name of a task.
"""

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec

from imprint import __version__
from imprint.environments import Environment
from imprint.execution import warm
from imprint.execution.attempt import Stop, execute, interpreter_env
from imprint.execution.cluster.files import Files
from imprint.execution.cluster.parcel import PROTOCOL, Parcel
from imprint.execution.run import Result
from imprint.execution.slots import Slots

KEPT_FOR = 7 * 86400
"""Seconds after which a build's files are deleted where no run has used them since."""


def identity() -> dict[str, Any]:
    """What a build and its workers must have in common."""
    python = ".".join(map(str, sys.version_info[:2]))
    return {"imprint": __version__, "Python": python, "protocol": PROTOCOL}


@dataclass
class Site:
    """Where a worker executes runs."""

    name: str
    folder: Path
    environments: Mapping[str | None, Environment]
    """By edition."""
    slots: Slots
    stops: dict[str, Stop] = field(default_factory=dict)
    """What ends the runs that go on, by task."""

    def __post_init__(self) -> None:
        self._gpus = list(self.slots.gpus)
        self._gpus_changed = threading.Condition()
        for path in (self.folder / "files").glob("*"):
            if path.stat().st_mtime < time.time() - KEPT_FOR:
                shutil.rmtree(path, ignore_errors=True)

    def description(self) -> dict[str, Any]:
        """What a build must know to choose what runs here, as plain values."""
        return {
            **identity(),
            "name": self.name,
            "cpus": self.slots.cpus,
            "gpus": len(self.slots.gpus),
            "memory": self.slots.memory,
            "environments": {name: env.digest for name, env in self.environments.items()},
            "versions": {name: env.versions for name, env in self.environments.items()},
        }

    def holds(self, digest: str) -> bool:
        """Whether a build's files are here."""
        return self._tree(digest).exists()

    def lay_out(self, files: Files) -> None:
        """Write a build's files, whole or not at all."""
        tree = self._tree(files.digest)
        if tree.exists():
            return
        tree.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as folder:
            new = Path(folder) / "files"
            new.mkdir()
            for name, data in files.content.items():
                path = new / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            for name in files.kept:
                (self.folder / "kept" / name).mkdir(parents=True, exist_ok=True)
                path = new / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to((self.folder / "kept" / name).resolve())
            try:
                new.rename(tree)
            except OSError:
                if not tree.exists():  # else another worker of this folder was as quick
                    raise

    def perform(self, data: bytes, cell_started: Callable[[Parcel, int], None]) -> Result:
        """Execute the run of a sealed Parcel. Raises ValueError where it cannot be: damaged,
        made for another environment, its files not here."""
        parcel = Parcel.open(data)
        own = self.environments.get(parcel.run.edition)
        if own is None or own.digest != parcel.environment:
            raise ValueError("it was planned for another environment")
        tree = self._tree(parcel.files)
        if not tree.exists():
            raise ValueError("its files are not there")
        os.utime(tree)
        folder = tree / parcel.run.folder
        folder.mkdir(parents=True, exist_ok=True)
        stop = self.stops.setdefault(parcel.key, Stop())
        try:
            with self._granted(parcel.gpus) as gpus:
                env = {**interpreter_env(tree, self.slots.threads, gpus), **parcel.run.env}
                spec = with_python(parcel.run.spec, own.python)
                run = replace(parcel.run, folder=folder, spec=spec, env=env)
                result = execute(run, stop, lambda run, index: cell_started(parcel, index))
        finally:
            del self.stops[parcel.key]
        return replace(result, place=self.name, gpus=tuple(gpus), held=warm.held())

    def stop(self, keys: Iterable[str] | None = None) -> None:
        """Kill the kernels of these tasks, or of all."""
        for key in list(self.stops) if keys is None else keys:
            stop = self.stops.get(key)
            if stop is not None:  # one that has not stopped anything yet is false
                stop.now()

    @contextmanager
    def _granted(self, count: int):
        """GPUs that no other run has meanwhile."""
        with self._gpus_changed:
            self._gpus_changed.wait_for(lambda: len(self._gpus) >= count)
            gpus, self._gpus = self._gpus[:count], self._gpus[count:]
        try:
            yield gpus
        finally:
            with self._gpus_changed:
                self._gpus += gpus
                self._gpus_changed.notify_all()

    def _tree(self, digest: str) -> Path:
        return self.folder / "files" / digest


def with_python(spec: KernelSpec | None, python: Path) -> KernelSpec | None:
    """A kernel that was described on another machine, with the interpreter of this one."""
    if spec is None:
        return None
    return KernelSpec(**{**spec.to_dict(), "argv": [str(python), *spec.argv[1:]]})
