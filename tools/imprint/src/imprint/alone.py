"""A notebook that is downloaded alone: it has its pictures and the edition's library inside."""

import base64
import hashlib
import json
import mimetypes
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import nbformat

from imprint import pictures
from imprint.archives import library_files, zipped
from imprint.book import Book, Edition
from imprint.cells import imported
from imprint.store import write_whole

UNPACK = """\
# The library of the book, unpacked beside this notebook where it is not installed
import base64
import importlib
import importlib.util
import io
import zipfile

if importlib.util.find_spec("{package}") is None:
    packed = "{packed}"
    zipfile.ZipFile(io.BytesIO(base64.b64decode(packed))).extractall()
    importlib.invalidate_caches()"""
ENLARGED = "2"
"""Pixels of a picture for each pixel of the drawing that it was."""


class Alone:
    """Makes an edition's notebooks such that each works by itself."""

    def __init__(self, book: Book, edition: Edition) -> None:
        self._book = book
        self._edition = edition
        self._undrawn: set[str] = set()

    def text(self, docname: str, text: str) -> str:
        """A packed notebook's text, with what it has beside it in the archive."""
        node = json.loads(text)
        for cell in node["cells"]:
            if cell["cell_type"] == "markdown":
                self._attach(cell, PurePosixPath(docname))
        library = self._edition.settings.library
        code = [cell["source"] for cell in node["cells"] if cell["cell_type"] == "code"]
        if library and PurePosixPath(library).parts[0] in {
            name for source in code for name in imported(source)
        }:
            node["cells"].insert(0, self._library_cell)
        return json.dumps(node, indent=1, ensure_ascii=False, sort_keys=True) + "\n"

    @property
    def warnings(self) -> list[str]:
        """A line about the drawings that could not be turned into pictures."""
        if not self._undrawn:
            return []
        names = ", ".join(sorted(self._undrawn))
        return [
            f"notebooks downloaded alone lack {names} (rsvg-convert makes pictures of drawings)"
        ]

    def _attach(self, cell: dict[str, Any], page: PurePosixPath) -> None:
        """Take the pictures that a cell shows into it. JupyterLab shows no attached SVG."""

        def attached(place: str) -> str | None:
            path = self._book.root / place
            if not path.is_file():
                return None
            name, data = re.sub(r"[^\w.]+", "-", place), path.read_bytes()
            if path.suffix == ".svg":
                picture = self._picture(data)
                if picture is None:
                    self._undrawn.add(place)
                    return None
                name, data = f"{name}.png", picture
            return self._shown(cell, name, data)

        cell["source"] = pictures.replaced(cell["source"], page, attached)

    def _shown(self, cell: dict[str, Any], name: str, data: bytes) -> str:
        """The address at which a cell has a picture."""
        kind = mimetypes.guess_type(name)[0] or "image/png"
        cell.setdefault("attachments", {})[name] = {kind: base64.b64encode(data).decode()}
        return f"attachment:{name}"

    def _picture(self, drawing: bytes) -> bytes | None:
        """A drawing in pixels, kept for the next build; None without the program that draws it."""
        name = hashlib.sha256(drawing).hexdigest()
        kept = self._book.build / "memo" / "pictures" / f"{name}.png"
        if not kept.is_file():
            if shutil.which("rsvg-convert") is None:
                return None
            command = ["rsvg-convert", "--zoom", ENLARGED, "--background-color", "white"]
            done = subprocess.run(command, input=drawing, capture_output=True)
            if done.returncode:
                return None
            write_whole(kept, done.stdout, durable=False)
        return kept.read_bytes()

    @cached_property
    def _library_cell(self) -> Mapping[str, Any]:
        library = str(self._edition.settings.library)
        names = library_files(self._book, self._edition)
        files = {name: (self._book.root / name).read_bytes() for name in names}
        packed = base64.b64encode(zipped(files)).decode()
        source = UNPACK.format(package=PurePosixPath(library).parts[0], packed=packed)
        cell = nbformat.v4.new_code_cell(source, id="library")
        cell.metadata = nbformat.from_dict({"jupyter": {"source_hidden": True}})
        return cell
