"""The fingerprint: the hash of everything that a run's outputs depend on.

Today that is the code cells in order with their tags, the parameters, the environment's
resolved versions, the profile's environment variables, the kind of device, and the code of
the edition's library with the hand-written modules beside it.
"""

import ast
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imprint.book import Book, Edition

FORMAT = 1
"""Raised when what is stored changes its form."""
RUNNING_TAGS = frozenset({"raises-exception", "skip-execution", "parameters"})
"""The tags of Jupyter's own that change how a cell runs."""


def fingerprint(
    executable: Any,
    *,
    parameters: Mapping[str, Any],
    environment: str,
    library: str,
    env: Mapping[str, str],
    device: str,
    folder: str,
    preamble: str,
) -> str:
    """The SHA-256, in hexadecimal, of what a run depends on."""
    cells = [
        (cell.source, sorted(RUNNING_TAGS.intersection(cell.metadata.tags)))
        for cell in executable.cells
    ]
    whole = [FORMAT, cells, dict(parameters), environment, library, dict(env), device, folder,
             preamble, executable.metadata.get("kernelspec", {})]  # fmt: skip
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


def library_digest(book: Book, edition: Edition | None, text: str | None) -> str:
    """The hash of the edition's library: ``text`` if given, else the file's; and of the
    modules by hand beside it."""
    if edition is None or edition.settings.library is None:
        return ""
    generated = {Path(other.settings.library) for other in book.editions if other.settings.library}
    own = Path(edition.settings.library)
    digest = hashlib.sha256()
    for path in sorted((book.root / own).parent.glob("*.py")):
        relative = path.relative_to(book.root)
        if relative not in generated:
            digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes())
    if text is None and (book.root / own).exists():
        text = (book.root / own).read_text("utf-8")
    digest.update(ast.dump(ast.parse(text or "")).encode())  # its comments name pages by title
    return digest.hexdigest()
