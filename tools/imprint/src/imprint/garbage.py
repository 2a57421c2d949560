"""Garbage: Python looks for it seldom."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (100_000, 20, 100)
"""Objects more than before that make Python look for garbage among the newest, and how often it
looks there before it looks among older ones. A large book is objects by the million, hardly any
of them garbage, and looking at all of them again and again took a third of planning's time and
half of Sphinx's."""


def collect_seldom() -> None:
    """Look for garbage seldom from now on."""
    gc.set_threshold(*SELDOM)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """While this lasts Python looks for garbage seldom, and never among what there was or is left:
    at its end the process would look through all of that once more."""
    before = gc.get_threshold()
    gc.freeze()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.freeze()
