"""A run, one page executed for one edition in one profile, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpec

Kind = Literal[
    "error", "timeout", "dead kernel", "out of memory", "no kernel", "interrupted", "lost worker"
]
"""Why a run did not finish."""


@dataclass(frozen=True)
class Run:
    """All that executing one page for one edition takes; it can travel to another machine."""

    page: str
    """The page's file, relative to the book's root, with ``/``."""
    docname: str
    edition: str | None
    profile: str
    executable: Any
    """The nbformat node to run."""
    lines: Mapping[int, Sequence[int]]
    """The page's line of each line of its cells, by the cell's index in the page."""
    parameters: Mapping[str, Any]
    fingerprint: str
    inputs: Mapping[str, str]
    """What the fingerprint is the hash of, by name."""
    folder: Path
    """The kernel's working directory: the page's own."""
    spec: "KernelSpec | None"
    """The kernel of the edition's environment; None: the one that the page names."""
    env: Mapping[str, str]
    cell_timeout: float | None
    """Seconds that one cell may take."""
    notebook_timeout: float | None
    """Seconds that all of it may take."""
    allow_errors: bool = False
    gpus: int | Literal["all"] = 0
    last: Mapping[str, Any] | None = None
    """The record of the last result of this page, edition and profile, be it stale."""

    @property
    def name(self) -> str:
        return self.page + (f" [{self.edition}]" if self.edition else "")

    @property
    def key(self) -> str:
        """The name by which the store knows the last result."""
        return f"{self.profile}/{self.name}"

    @property
    def expected_seconds(self) -> float | None:
        """What it took the last time."""
        return (self.last or {}).get("seconds")

    @property
    def expected_memory(self) -> int | None:
        """Its peak the last time, in bytes."""
        return (self.last or {}).get("peak_memory")


@dataclass(frozen=True)
class Failure:
    """Why a run did not finish, and where."""

    kind: Kind
    message: str
    """The error's last line."""
    cell: int | None = None
    """The page's cell, counted from 0."""
    line: int | None = None
    """The page's line."""
    log: str = ""
    """The full traceback."""


@dataclass(frozen=True)
class Result:
    """What happened in one run."""

    run: Run
    seconds: float
    executed: Any
    """The nbformat node with outputs, as far as it got."""
    failure: Failure | None = None
    cell_seconds: Mapping[int, float] = field(default_factory=dict)
    """Seconds by the page's cell index."""
    began: float = 0.0
    """When it began, in seconds since the epoch (the last attempt's)."""
    peak_memory: int | None = None
    """Bytes of memory that its kernel took at the most, where that is known; what was its fork
    server's counts as that one's."""
    place: str = ""
    """Where it ran: "slot 1" of this machine, or the worker's name."""
    gpus: tuple[str, ...] = ()
    """The GPUs that it was given."""
    attempts: int = 1
    held: int = 0
    """Bytes that the fork servers of its worker held when it ended."""
