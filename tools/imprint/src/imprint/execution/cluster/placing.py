"""Which run goes to which worker: the longest first, where it fits; nothing is given twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from imprint.schedule import Job, Room


@dataclass(frozen=True)
class Amount:
    """What a worker has, and what a run takes of it."""

    cpus: int
    gpus: int
    memory: int
    """Bytes."""

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.cpus - other.cpus, self.gpus - other.gpus, self.memory - other.memory)

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.cpus + other.cpus, self.gpus + other.gpus, self.memory + other.memory)

    def covers(self, other: "Amount") -> bool:
        """Whether there is enough of all that the other needs any of."""
        return all(
            have >= need
            for have, need in zip(
                (self.cpus, self.gpus, self.memory), (other.cpus, other.gpus, other.memory)
            )
            if need
        )


@dataclass(frozen=True)
class Demand:
    """What one run asks for."""

    name: str
    edition: str | None
    environment: str
    """The digest of the environment that it was planned for."""
    gpus: int | Literal["all"] = 0
    memory: int | None = None
    """Its last peak in bytes, where there is one."""
    alone: bool = False
    """Nothing else goes on where it runs."""
    avoid: frozenset[str] = frozenset()
    """Workers, by address, that it had no luck with: the last choice."""


@dataclass
class Place:
    """A worker, as the build knows it."""

    address: str
    name: str
    whole: Amount
    environments: Mapping[str | None, str]
    """The digests of its environments by edition."""
    versions: Mapping[str | None, Mapping[str, str]] = field(default_factory=dict)
    """What is installed in them."""
    free: Amount = field(init=False)
    _aside: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.free = self.whole

    def set_aside(self, memory: int) -> None:
        """Give so many bytes to no run: the worker's fork servers hold them."""
        memory = min(memory, self.whole.memory + self._aside)
        change = Amount(0, 0, self._aside - memory)
        self.whole, self.free, self._aside = self.whole + change, self.free + change, memory

    def takes(self, demand: Demand, most_gpus: int) -> Amount | None:
        """What the run takes here, or None where it can never run.

        ``most_gpus`` is how many the largest worker had when the runs were planned: a run that
        asks for more gets as many as that, and one that was planned for a GPU goes to no
        worker without.
        """
        if self.environments.get(demand.edition) != demand.environment:
            return None
        gpus = 0
        if most_gpus and demand.gpus:
            least = 1 if demand.gpus == "all" else min(demand.gpus, most_gpus)
            if self.whole.gpus < least:
                return None
            gpus = self.whole.gpus if demand.gpus == "all" else least
        if demand.alone:
            return Amount(self.whole.cpus, gpus, self.whole.memory)
        room = Room(self.whole.cpus, self.whole.gpus, self.whole.memory)
        return Amount(1, gpus, room.memory_for(Job(demand.name, memory=demand.memory)))


def assign(
    waiting: Iterable[Demand],
    places: Iterable[Place],
    most_gpus: int,
    promises: dict[str, str] | None = None,
) -> list[tuple[Demand, Place, Amount]]:
    """The runs that start now, each with its worker and what it takes there, taken off
    ``Place.free``. ``waiting`` is in the order of their importance.

    A run that fits nowhere now is promised the worker where the least is short, and later ones
    get only what it will leave there: so it waits for what goes on there, and for nothing
    else. ``promises`` keeps the workers' addresses by the runs' names from call to call.
    """
    promises = {} if promises is None else promises
    places = list(places)
    reserved = {place.address: Amount(0, 0, 0) for place in places}
    starting = []
    for demand in waiting:
        if not any(place.free.cpus > reserved[place.address].cpus for place in places):
            break
        able = [(place, takes) for place in places if (takes := place.takes(demand, most_gpus))]
        if not able:
            continue
        able.sort(
            key=lambda pair: (
                pair[0].address in demand.avoid,
                pair[0].whole.gpus > 0 and not pair[1].gpus,  # leave machines with GPUs to others
                (reserved[pair[0].address].cpus - pair[0].free.cpus) / pair[0].whole.cpus,
            )
        )
        for place, takes in able:
            if (place.free - reserved[place.address]).covers(takes):
                place.free -= takes
                starting.append((demand, place, takes))
                promises.pop(demand.name, None)
                break
        else:
            kept = [pair for pair in able if pair[0].address == promises.get(demand.name)]
            place, takes = min(
                kept or able, key=lambda pair: (pair[0].address in demand.avoid, _short(*pair))
            )
            promises[demand.name] = place.address
            reserved[place.address] += takes
    return starting


def _short(place: Place, takes: Amount) -> float:
    """The largest part of the worker that the run would have to wait for."""
    return max(
        (need - have) / (all_of_it or 1)
        for need, have, all_of_it in (
            (takes.cpus, place.free.cpus, place.whole.cpus),
            (takes.gpus, place.free.gpus, place.whole.gpus),
            (takes.memory, place.free.memory, place.whole.memory),
        )
    )
