"""A figure: what was measured on each side, and the promise that it keeps or misses."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.measuring import median

OURS = "imprint"
JUPYTER_BOOK, D2LBOOK, PAPERMILL = TOOLS = ("jupyter-book", "d2lbook", "papermill")


@dataclass(frozen=True)
class Promise:
    """imprint's median is at most ``most``, in the figure's unit, or times the median of
    ``of``."""

    most: float
    of: str | None = None

    def limit(self, samples: Mapping[str, Sequence[float]]) -> float:
        return self.most * (median(samples[self.of]) if self.of else 1)


@dataclass(frozen=True)
class Figure:
    """One row of the results. ``samples`` holds a number a round for each side."""

    name: str
    title: str
    samples: Mapping[str, Sequence[float]]
    promise: Promise | None = None
    unit: str = "s"
    notes: str = ""
    """What the numbers mean, where the title does not say it."""
    date: str = ""

    @property
    def ours(self) -> float:
        return median(self.samples[OURS])

    @property
    def other(self) -> str | None:
        """What imprint is compared with: another tool, or a bound."""
        return next((side for side in self.samples if side != OURS), None)

    @property
    def share(self) -> float | None:
        """imprint's median by the other side's."""
        return self.ours / median(self.samples[self.other]) if self.other else None

    @property
    def met(self) -> bool | None:
        return None if self.promise is None else self.ours <= self.promise.limit(self.samples)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Figure":
        promise = Promise(**data["promise"]) if data.get("promise") else None
        return cls(**{**data, "promise": promise})


@dataclass
class Outcome:
    """What one call of the benchmarks found."""

    date: str
    machine: dict[str, str]
    versions: dict[str, dict[str, str]]
    rounds: int
    sizes: dict[str, float]
    cases: list[str] = field(default_factory=list)
    """The cases that were tried."""
    figures: list[Figure] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    """What went wrong, by case."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Outcome":
        return cls(**{**data, "figures": list(map(Figure.from_json, data["figures"]))})
