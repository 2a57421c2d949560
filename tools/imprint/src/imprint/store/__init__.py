"""The store: executed notebooks by fingerprint, one file each, whole or not there at all.

``files`` writes and reads whole files, ``entries`` gives them their form, ``results`` is the
store that a build uses, ``remote`` the bucket behind it; ``upkeep`` and ``transfer`` look after it.
"""

from collections.abc import Callable
from pathlib import Path

from imprint.store.entries import run_name
from imprint.store.files import write_folder, write_whole
from imprint.store.remote import Remote
from imprint.store.results import Store

__all__ = ["Remote", "Store", "open_store", "run_name", "write_folder", "write_whole"]


def open_store(
    folder: Path,
    url: str | None = None,
    *,
    root: Path = Path(),
    read_only: bool = False,
    notice: Callable[[str], object] = lambda line: None,
) -> Store:
    """The store under ``folder``, in front of the remote at ``url`` if there is one.

    ``url`` is one that fsspec opens, or a folder, relative to ``root``; ``read_only``: nothing is
    written there. Raises BookError where no such URL can be opened.
    """
    return Store(folder, notice, Remote(url, root=root, read_only=read_only) if url else None)
