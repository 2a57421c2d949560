"""Processes beside the build's own: they end with it, for the next build writes where they do."""

import multiprocessing.util
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TypeVar

from imprint.parallel import end_with_parent, forks

Value = TypeVar("Value")


@contextmanager
def ended_with_this() -> Iterator[None]:
    """The processes that are forked while this lasts, as Sphinx does, end with this one."""
    while_this_lives = threading.Event()  # the registry holds it weakly
    multiprocessing.util.register_after_fork(while_this_lives, lambda _: end_with_parent())
    yield


def beside(make: Callable[[], Value]) -> Callable[[], Value]:
    """Begin to ``make`` something in a process beside this one; what waits for it and gives it.
    Where the process cannot be forked or fails, it is made here instead."""
    if not forks():
        return cache(make)
    receiver, sender = multiprocessing.Pipe(duplex=False)

    def send() -> None:
        end_with_parent()
        with suppress(BaseException):  # what is wrong is said where it is made again
            sender.send(make())

    multiprocessing.get_context("fork").Process(target=send, daemon=True).start()
    sender.close()

    @cache
    def made() -> Value:
        try:
            return receiver.recv()
        except (EOFError, OSError):  # it ended early, maybe amid what it sent
            return make()

    return made
