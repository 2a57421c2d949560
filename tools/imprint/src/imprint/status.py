"""Status: which results a build would take from the store and which it would have to make, and
why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console
from rich.text import Text

from imprint.book import matches
from imprint.execution.run import Run
from imprint.fingerprint import changes
from imprint.plan import Plan

STYLES = {"stale": "yellow", "missing": "red", "fresh": "green"}


@dataclass(frozen=True)
class Status:
    """What is known of one run."""

    run: str
    state: Literal["stale", "missing", "fresh"]
    """stale: there is a result, of other sources; missing: there is none."""
    reasons: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        return {"run": self.run, "state": self.state, "reasons": list(self.reasons)}


def statuses(planned: Plan, pages: Sequence[str] = ()) -> list[Status]:
    """All runs of a plan, of the pages that match the globs ``pages`` (none: of all): the
    stale ones, the missing, the fresh."""
    found = [_status(run, planned) for run in planned.runs if matches(run.page, pages)]
    found.sort(key=lambda status: status.state == "missing")
    return found + [Status(run.name, "fresh") for run in planned.kept if matches(run.page, pages)]


def _status(run: Run, planned: Plan) -> Status:
    if run.last is None:
        return Status(run.name, "missing", ("no result yet",))
    if run.last.get("fingerprint") == run.fingerprint:
        return Status(run.name, "missing", ("its result is no longer in the store",))
    before = run.last.get("inputs")
    return Status(run.name, "stale", tuple(changes(before, run.inputs, planned.origin)))


def show(console: Console, found: Sequence[Status], why: bool) -> None:
    """Print one line a run, with the reasons under it if they are asked for, and the totals."""
    told = Text()
    for status in found:
        told.append(f"{status.state:<8}", STYLES[status.state]).append(f"{status.run}\n")
        for reason in status.reasons if why else ():
            told.append(f"           {reason}\n")
    counts = [(state, sum(status.state == state for status in found)) for state in STYLES]
    told.append(", ".join(f"{count} {state}" for state, count in counts))
    console.print(told, highlight=False, soft_wrap=True)
