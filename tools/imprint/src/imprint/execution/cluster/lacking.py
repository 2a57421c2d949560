"""What keeps runs from starting on the workers that are there, in words."""

from collections.abc import Iterable, Iterator, Mapping

from imprint.environments import Environment
from imprint.errors import BookError, BookErrors
from imprint.execution.cluster.connection import Workers
from imprint.execution.cluster.placing import Place
from imprint.execution.run import Run

SHOWN = 4
"""How many different versions one line names."""
Environments = Mapping[str | None, Environment]
"""Those that runs were planned for, by edition."""


def check_environments(
    workers: Workers, editions: Iterable[str | None], environments: Environments
) -> None:
    """Raise BookErrors for editions that the workers have in other versions only."""
    errors = []
    for edition in editions:
        planned = environments[edition]
        able = [place for place in workers.places.values() if edition in place.environments]
        if all(place.environments[edition] != planned.digest for place in able):
            errors += [
                BookError(
                    f"worker {place.name} cannot run {_named(edition)}: "
                    + _difference(place, edition, planned),
                    remedy="in its folder: imprint environments; then start it again",
                )
                for place in able
            ]
    if errors:
        raise BookErrors(errors)


def lacking(workers: Workers, run: Run, environments: Environments) -> Exception:
    """Why a run cannot start."""
    try:
        check_environments(workers, [run.edition], environments)
    except BookErrors as errors:
        return errors
    places = workers.places.values()
    if not places:
        why = "there is none"
    elif not any(run.edition in place.environments for place in places):
        why = f"none has {_named(run.edition)}"
    else:
        why = "none has as many GPUs"
    return BookError(
        f"no worker at {workers.address} takes {run.name}: {why}",
        remedy=f"start one: imprint worker {workers.address}",
    )


def differences(place: Place, environments: Environments) -> Iterator[tuple[str, str]]:
    """The editions that a worker has in other versions, each with what differs."""
    for edition, planned in environments.items():
        if place.environments.get(edition, planned.digest) != planned.digest:
            yield _named(edition), _difference(place, edition, planned)


def _difference(place: Place, edition: str | None, planned: Environment) -> str:
    """Which packages a worker's environment has in another version, in words."""
    theirs, ours = place.versions.get(edition, {}), planned.versions
    found = [
        f"{name} is {theirs.get(name, 'missing')}, here {ours.get(name, 'missing')}"
        for name in sorted({*theirs, *ours})
        if theirs.get(name) != ours.get(name)
    ]
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return "; ".join(found[:SHOWN]) + more


def _named(edition: str | None) -> str:
    return f"the {edition} edition" if edition else "the book"
