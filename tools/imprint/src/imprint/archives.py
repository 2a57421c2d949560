"""Archives: the notebooks of an edition as readers download them.

A notebook is plain Jupyter: what only MyST knows is put into Markdown that Jupyter shows.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat

from imprint.book import Book, Edition
from imprint.notebooks import readable
from imprint.pages import Notebook
from imprint.plain import places, plain_markdown
from imprint.plan import Plan
from imprint.records import notes
from imprint.store import write_whole

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive: the same book gives the same bytes."""


def notebooks(book: Book, edition: Edition, read: Iterable[Notebook], done: Plan) -> dict[str, str]:
    """The text of each page's ``.ipynb`` by docname, with the outputs of its run."""
    pages = list(read)
    labels = places(pages)
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
        for cell in node.cells:
            cell.metadata.pop("imprint", None)
            if cell.cell_type == "markdown":
                cell.source = plain_markdown(cell.source, page, labels)
        node = notes(book, page, records).within(node)
        _define(node, book.macros)
        text = json.dumps(node, indent=1, ensure_ascii=False, sort_keys=True)
        texts[page.page.docname] = text + "\n"
    return texts


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
    """Write a zip file with the given contents, whole or not at all, reproducibly."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    write_whole(path, buffer.getvalue())


def companions(book: Book, edition: Edition, texts: Mapping[str, str]) -> dict[str, bytes]:
    """What the notebooks need beside them: their images, the library, the requirements."""
    names = set()
    for docname, text in texts.items():
        folder = PurePosixPath(docname).parent
        for image in re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text):
            if "://" not in image:
                names.add(_normal(folder / image))
    if library := edition.settings.library:
        generated = {other.settings.library for other in book.editions} - {library}
        for path in sorted((book.root / library).parent.glob("*.py")):
            name = path.relative_to(book.root).as_posix()
            if name not in generated:
                names.add(name)
        names |= {"pyproject.toml", "LICENSE", "LICENSE-CODE"}  # pip install . takes the library
    files = {
        name: (book.root / name).read_bytes()
        for name in sorted(names)
        if (book.root / name).is_file()
    }
    files["README.md"] = _readme(book, edition, "pyproject.toml" in files).encode()
    if edition.settings.requirements:
        files["requirements.txt"] = requirements(book.root / edition.settings.requirements)
    return files


def _readme(book: Book, edition: Edition, installable: bool) -> str:
    steps = ["python -m pip install -r requirements.txt"] if edition.settings.requirements else []
    steps += ["python -m pip install ."] if installable else []
    steps += ["python -m pip install jupyterlab", "jupyter lab"]
    commands = "\n".join(steps)
    return (
        f"# {book.title}: the notebooks of the {edition.title} edition\n\n"
        f"In this folder, preferably in a new virtual environment:\n\n```\n{commands}\n```\n"
    )


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def requirements(path: Path) -> bytes:
    """An edition's requirements without what only builds the book: options and local folders."""
    lines = [
        line
        for line in path.read_text("utf-8").splitlines()
        if line.strip() and not line.strip().startswith(("-", "."))
    ]
    return ("\n".join(lines) + "\n").encode()
