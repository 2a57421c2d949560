"""The connection to a Dask scheduler, and what is known of the workers behind it."""

import importlib
import logging
import queue
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from imprint.errors import BookError
from imprint.execution.cluster import addresses, require_dask
from imprint.execution.cluster.addresses import in_one_line, refusal
from imprint.execution.cluster.placing import Amount, Place
from imprint.execution.cluster.site import identity

if TYPE_CHECKING:
    from distributed import Client

CLOSING = 5.0
"""Seconds for it to take leave."""


@dataclass
class Workers:
    """The workers of a scheduler."""

    client: "Client"
    address: str
    notice: Callable[[str], None]
    """Takes one line about each worker that cannot be used."""
    events: "queue.SimpleQueue[tuple]" = field(default_factory=queue.SimpleQueue)
    """All that happens: the name of what takes it, and its arguments."""
    places: dict[str, Place] = field(default_factory=dict)
    """The usable ones by address."""
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8, "cluster"))
    """For what waits for an answer of a worker."""

    @property
    def most_gpus(self) -> int:
        """GPUs of the worker that has the most."""
        return max((place.whole.gpus for place in self.places.values()), default=0)

    @property
    def cpus(self) -> int:
        """How many runs may go on at once."""
        return sum(place.whole.cpus for place in self.places.values())

    def known(self, address: str, description: Any) -> Place | None:
        """Take in what a worker told about itself; None where it is of no use."""
        if isinstance(description, BaseException):
            self.notice(f"worker {address} is not used: {in_one_line(description)}")
            return None
        name = description["name"]
        for what, ours in identity().items():
            if (theirs := description[what]) != ours:
                self.notice(f"worker {name} is not used: its {what} is {theirs}, ours is {ours}")
                return None
        whole = Amount(description["cpus"], description["gpus"], description["memory"])
        place = Place(address, name, whole, description["environments"], description["versions"])
        self.places[address] = place
        return place

    def forget(self, address: str) -> None:
        self.places.pop(address, None)


@contextmanager
def connect(
    address: str | None = None,
    *,
    cluster: str | None = None,
    options: Mapping[str, Any] | None = None,
    notice: Callable[[str], None] = lambda line: None,
) -> Iterator[Workers]:
    """The workers of the scheduler at ``address``, or those of a cluster made for this build.

    ``cluster`` names a class of Dask's, such as ``dask_jobqueue.SLURMCluster``; it is made with
    ``options`` and closed at the end. Its workers must preload
    ``imprint.execution.cluster.worker``. Encryption is a matter of Dask's own configuration
    (``distributed.comm.tls``). Raises BookError where Dask is missing or nobody answers.
    """
    require_dask()
    from distributed import Client

    from imprint.execution.cluster.worker import LEAVING, describe

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    shown = str(address or cluster)
    with ExitStack() as opened:
        target: Any = address
        if cluster:
            target = opened.enter_context(closing(_made(cluster, dict(options or {}))))
        try:
            if not cluster and (why := refusal(target)):
                raise ConnectionError(why)
            client = Client(target, set_as_default=False, timeout=addresses.WITHIN)
        except (OSError, TimeoutError) as error:
            raise BookError(
                f"no Dask scheduler answers at {shown}: {in_one_line(error)}",
                remedy="start one: dask scheduler; then its workers: imprint worker ADDRESS",
            ) from None
        workers = Workers(client, shown, notice)
        opened.callback(_leave, workers)
        client.subscribe_topic("all", partial(_membership, workers.events))
        client.subscribe_topic(LEAVING, lambda event: workers.events.put(("left", event[1], True)))
        for worker, description in client.run(describe, on_error="return").items():
            workers.known(worker, description)
        yield workers


def _leave(workers: Workers) -> None:
    workers.threads.shutdown(wait=False, cancel_futures=True)
    with suppress(Exception):  # the scheduler may be gone
        workers.client.close(timeout=CLOSING)


def _made(name: str, options: dict[str, Any]) -> Any:
    """The cluster of a class named ``module.Class``."""
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)(**options)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise BookError(f"dask: cluster: {name} cannot be made: {in_one_line(error)}") from None


def _membership(events: "queue.SimpleQueue[tuple]", event: tuple[float, Any]) -> None:
    """Put a worker's coming or going among the events. Dask's scheduler logs both."""
    _, message = event
    if message["action"] == "add-worker":
        events.put(("came", message["worker"]))
    elif message["action"] == "remove-worker":
        events.put(("left", message["worker"], bool(message.get("expected"))))
