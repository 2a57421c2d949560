"""Much work, done by several cores at once."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, TypeVar

from imprint.execution.machine import cores

Value = TypeVar("Value")
LEAST = 200
"""Values for which another process is worth its start, at a millisecond or so for each."""

_makers: Sequence[Callable[[], Any]] = ()
"""What forked processes find when they begin, so that nothing has to be sent to them."""


def made(makers: Sequence[Callable[[], Value]]) -> dict[int, Value]:
    """What each of many functions returns, by its place; it must pickle. Those that raise are
    left out, and all of them where processes cannot be forked or there are too few to be worth
    it: whoever needs such a value makes it then."""
    workers = min(cores(), len(makers) // LEAST)
    if workers < 2 or not forks():
        return {}
    global _makers
    _makers, found = makers, {}
    step = -(-len(makers) // (4 * workers))
    shares = [range(start, len(makers))[:step] for start in range(0, len(makers), step)]
    gc.freeze()  # else the collector writes to memory that is shared until someone does
    try:
        with ProcessPoolExecutor(
            workers, multiprocessing.get_context("fork"), initializer=_begun
        ) as pool:
            with suppress(BrokenProcessPool):
                for several in pool.map(_made, shares):
                    found |= several
    finally:
        _makers = ()
    return found


def aside(act: Callable[[], None]) -> None:
    """Do something in a process beside this one, which ends no earlier; here where processes cannot
    be forked."""
    if forks():
        multiprocessing.get_context("fork").Process(target=_finished, args=(act,)).start()
    else:
        act()


def _finished(act: Callable[[], None]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who waits for it
    gc.disable()
    act()


def end_with_parent() -> None:
    """Let this process end when the one that began it is killed, and write no more."""

    def watch() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def forks() -> bool:
    """Whether this process may be forked: another thread may hold a lock for ever there."""
    return sys.platform.startswith("linux") and threading.active_count() == 1


def _begun() -> None:
    gc.disable()
    end_with_parent()


def _made(places: Sequence[int]) -> dict[int, Any]:
    found = {}
    for place in places:
        with suppress(Exception):
            found[place] = _makers[place]()
    return found
