"""Archives: the notebooks of an edition as readers download them.

A notebook is plain Jupyter: what only MyST knows is put into Markdown that Jupyter shows.
"""

import io
import json
import re
import shlex
import zipfile
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import nbformat

from imprint import pictures
from imprint.book import Book, Edition
from imprint.notebooks import readable
from imprint.pages import Notebook
from imprint.plain import Around, caption, places, plain_markdown, references
from imprint.plan import Plan
from imprint.records import notes
from imprint.store import write_whole
from imprint.works import works

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive: the same book gives the same bytes."""


def notebooks(book: Book, edition: Edition, read: Iterable[Notebook], done: Plan) -> dict[str, str]:
    """The text of each page's ``.ipynb`` by docname, with the outputs of its run."""
    pages = list(read)
    labels, cited = places(pages, edition.name), works(book)
    texts = {}
    for page in pages:
        if not page.in_edition(edition.name) or page.path.endswith(".rst"):
            continue
        executed = done.executed.get(edition.name, {}).get(page.page.docname)
        node = readable(page, edition.name, executed)
        records = done.records_of(page.path, [edition.name])
        node.metadata = nbformat.from_dict(
            {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        )
        path, around = PurePosixPath(page.path), Around(page, labels, cited)
        cells, node.cells = node.cells, []
        for cell in cells:
            index = cell.metadata.pop("imprint")["cell"]
            cell.metadata.pop("mystnb", None)  # its caption is a cell of its own
            node.cells.append(cell)
            if cell.cell_type == "markdown":
                text = plain_markdown(cell.source, around)
                cell.source = pictures.replaced(text, path, partial(_from, path))
            elif under := caption(page.cells[index], around):
                node.cells.append(nbformat.v4.new_markdown_cell(under, id=f"{cell.id}-caption"))
        if end := references(page, edition.name, cited):
            node.cells.append(nbformat.v4.new_markdown_cell(end, id="references"))
        node = notes(book, page, records).within(node)
        _define(node, book.macros)
        text = json.dumps(node, indent=1, ensure_ascii=False, sort_keys=True)
        texts[page.page.docname] = text + "\n"
    return texts


def _from(page: PurePosixPath, picture: str) -> str:
    """The address of a picture for a notebook, which knows of no root of the book."""
    return quote("../" * (len(page.parts) - 1) + picture)


def _define(node: Any, macros: Mapping[str, list]) -> None:
    """Define the macros that a notebook uses at its head, for Jupyter's own MathJax."""
    prose = [cell for cell in node.cells if cell.cell_type == "markdown"]
    used = "\n".join(cell.source for cell in prose)
    definitions = [
        rf"\newcommand{{\{name}}}"
        + "".join(f"[{argument}]" for argument in arguments)
        + f"{{{text}}}"
        for name, (text, *arguments) in macros.items()
        if re.search(rf"\\{name}(?![A-Za-z])", used)
    ]
    if definitions:
        prose[0].source = f"${''.join(definitions)}$\n\n{prose[0].source}"


def pack(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a zip file with the given contents, whole or not at all."""
    write_whole(path, zipped(files))


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip file with the given contents, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def companions(book: Book, edition: Edition, texts: Mapping[str, str]) -> dict[str, bytes]:
    """What the notebooks need beside them: their images, the library, the requirements, and
    what the data of quick runs are made with."""
    names: set[str] = set()
    for docname, text in texts.items():
        for cell in json.loads(text)["cells"]:
            if cell["cell_type"] == "markdown":
                pictures.replaced(cell["source"], PurePosixPath(docname), names.add)
    if edition.settings.library:
        # pip install . takes the library
        names |= {*library_files(book, edition), "pyproject.toml", "LICENSE", "LICENSE-CODE"}
    makers = _data_makers(book)
    names |= {name for several in makers.values() for name in several}
    files = {
        name: (book.root / name).read_bytes()
        for name in sorted(names)
        if (book.root / name).is_file()
    }
    files["README.md"] = _readme(book, edition, "pyproject.toml" in files, makers).encode()
    if edition.settings.requirements:
        files["requirements.txt"] = requirements(book.root / edition.settings.requirements)
    return files


def library_files(book: Book, edition: Edition) -> list[str]:
    """The modules of an edition's library, from the book's root, without other editions'."""
    library = book.root / str(edition.settings.library)
    generated = {other.settings.library for other in book.editions} - {edition.settings.library}
    names = [path.relative_to(book.root).as_posix() for path in sorted(library.parent.glob("*.py"))]
    return [name for name in names if name not in generated]


def _data_makers(book: Book) -> dict[str, list[str]]:
    """The packages that make the data of quick runs: their files, by their folders."""
    found: dict[str, list[str]] = {}
    paths = [
        path for glob in book.datasets.sources.get("smoke", ()) for path in book.root.glob(glob)
    ]
    for path in sorted(paths):
        parents = [folder for folder in path.parents if folder.is_relative_to(book.root)]
        for folder in (one for one in parents if (one / "pyproject.toml").is_file()):
            if folder != book.root:
                project = (folder / "pyproject.toml").relative_to(book.root).as_posix()
                several = found.setdefault(folder.relative_to(book.root).as_posix(), [project])
                several.append(path.relative_to(book.root).as_posix())
            break
    return found


def _readme(book: Book, edition: Edition, installable: bool, makers: Iterable[str]) -> str:
    steps = ["python -m pip install -r requirements.txt"] if edition.settings.requirements else []
    steps += ["python -m pip install ."] if installable else []
    steps += ["python -m pip install jupyterlab", "jupyter lab"]
    commands = "\n".join(steps)
    text = (
        f"# {book.title}: the notebooks of the {edition.title} edition\n\n"
        f"In this folder, preferably in a new virtual environment:\n\n```\n{commands}\n```\n"
    )
    if packages := [f"python -m pip install ./{folder}" for folder in makers]:
        quick = book.profiles["smoke"].env if "smoke" in book.profiles else {}
        given = [f"{name}={shlex.quote(value)}" for name, value in quick.items()]
        start = " ".join([*given, "jupyter lab"])
        text += (
            "\nNotebooks that need data fetch them. To do without a network, on small generated "
            "samples instead,\ninstall what makes these, and start Jupyter so:\n\n```\n"
            + "\n".join([*packages, start])
            + "\n```\n"
        )
    return text


def requirements(path: Path) -> bytes:
    """An edition's requirements without what only builds the book: options and local folders."""
    lines = [
        line
        for line in path.read_text("utf-8").splitlines()
        if line.strip() and not line.strip().startswith(("-", "."))
    ]
    return ("\n".join(lines) + "\n").encode()
