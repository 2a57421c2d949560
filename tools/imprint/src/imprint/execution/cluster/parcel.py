"""What travels between a build and its workers: a run on its way, and what came of it.

Each is one string of bytes that begins with the SHA-256 of the rest, so that a damaged one is
refused. The rest is a pickle: whoever may talk to a Dask scheduler may run code anyway.
"""

import hashlib
import pickle
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from nbformat import NotebookNode

from imprint.execution.run import Result, Run

PROTOCOL = 2
"""Raised when the form of parcels changes: build and worker must agree."""


@dataclass(frozen=True)
class Parcel:
    """One run on its way to a worker; it names no path of the machine that sends it."""

    key: str
    """The Dask task's."""
    topic: str
    """Where the build listens for news."""
    run: Run
    """Without the last result's record; ``folder`` is relative to the book's root."""
    files: str
    """The digest of its build's Files, which the worker has already."""
    environment: str
    """The digest of the environment that it was planned for."""
    gpus: int
    """How many it is given."""

    def seal(self) -> bytes:
        run = {
            name: getattr(self.run, name)
            for name in self.run.__dataclass_fields__
            if name not in ("executable", "spec", "last", "inputs", "folder")
        }
        run["lines"], run["env"] = dict(self.run.lines), dict(self.run.env)
        run["parameters"] = dict(self.run.parameters)
        spec = self.run.spec.to_dict() if self.run.spec else None
        if spec:  # the interpreter is the worker's own
            spec["argv"] = ["python", *spec["argv"][1:]]
        return sealed({
            "key": self.key, "topic": self.topic, "files": self.files,
            "environment": self.environment, "gpus": self.gpus, "run": run,
            "folder": PurePosixPath(self.run.folder).as_posix(),
            "executable": nbformat.writes(self.run.executable),
            "spec": spec,
        })  # fmt: skip

    @classmethod
    def open(cls, data: bytes) -> "Parcel":
        """Raises ValueError where it is damaged."""
        it = opened(data)
        node = nbformat.reads(it["executable"], as_version=4)
        spec = KernelSpec(**it["spec"]) if it["spec"] else None
        run = Run(
            **it["run"], executable=node, spec=spec, last=None, inputs={}, folder=Path(it["folder"])
        )
        return cls(it["key"], it["topic"], run, it["files"], it["environment"], it["gpus"])


def seal_result(result: Result) -> bytes:
    """A result on its way back, without its run, which the build has."""
    plain = {
        name: getattr(result, name)
        for name in result.__dataclass_fields__
        if name not in ("run", "executed")
    }
    plain["cell_seconds"] = dict(result.cell_seconds)
    return sealed(plain | {"executed": nbformat.writes(result.executed)})


def open_result(data: bytes, run: Run) -> Result:
    """The result of a run. Raises ValueError where it is damaged."""
    plain = opened(data)
    executed: NotebookNode = nbformat.reads(plain.pop("executed"), as_version=4)
    return Result(run, executed=executed, **plain)


def relative(run: Run, root: Path) -> Run:
    """The run with its folder relative to the book's root."""
    return replace(run, folder=Path(run.folder.resolve().relative_to(root.resolve()).as_posix()))


def sealed(value: Any) -> bytes:
    body = pickle.dumps(value)
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def opened(data: bytes) -> Any:
    """Raises ValueError where it is damaged."""
    digest, _, body = data.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("it arrived damaged")
    return pickle.loads(body)
