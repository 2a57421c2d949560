"""Runs on more than one machine, over Dask: ``imprint run --scheduler``, ``imprint worker``.

``connection`` and ``client`` are the build's side, ``site`` and ``worker`` the other one;
``parcel`` and ``files`` are what travels, ``placing`` says which worker gets which run. Dask
brings the network, the membership and the news of losses. Which run goes where is ours:
Dask gives a task to a worker long before it can start there, and one that waits for a GPU holds
up those behind it.
"""

import importlib.util

from imprint.errors import BookError


def require_dask() -> None:
    """Raise BookError where Dask is not installed: only who runs on several machines needs it."""
    if importlib.util.find_spec("distributed") is None:
        raise BookError("runs on several machines need Dask", remedy="pip install 'imprint[dask]'")
