"""Archives: the notebooks of an edition as readers download them.

A notebook is plain Jupyter: the roles and directives of MyST that Jupyter does not know are
put into Markdown that it does.
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
from imprint.notebooks import Notebook, readable
from imprint.store import write_whole

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive: the same book gives the same bytes."""

ROLE = re.compile(r"\{([\w:.-]+)\}`([^`]+)`")
TARGET = re.compile(r"^\([\w:.-]+\)=\s*$\n?", re.M)
EQUATION_LABEL = re.compile(r"^(.*\$\$)\s*\([\w:.-]+\)\s*$", re.M)
DIRECTIVE = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w:-]+)\} *(?P<argument>[^\n]*)\n(?P<body>.*?)^(?P=fence)\s*$",
    re.M | re.S,
)
OPTION = re.compile(r"^:([\w-]+): *(.*)$")


def path(book: Book, edition: Edition) -> Path:
    """Where an edition's archive goes."""
    return book.build / "notebooks" / f"{book.short_name}-{edition.name}.zip"


def notebooks(
    book: Book, edition: Edition, read: Iterable[Notebook], executed: Mapping[str, Any]
) -> dict[str, str]:
    """The text of each page's ``.ipynb`` by docname, with the outputs of its run."""
    pages = list(read)
    links = {page.label: page for page in pages if page.label}
    texts = {}
    for page in pages:
        if not page.in_edition(edition.name) or page.path.endswith(".rst"):
            continue
        node = readable(page, edition.name, executed.get(page.page.docname))
        node.metadata = nbformat.from_dict(
            {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        )
        for cell in node.cells:
            cell.metadata.pop("imprint", None)
            if cell.cell_type == "markdown":
                cell.source = plain_markdown(cell.source, page, links)
        text = json.dumps(node, indent=1, ensure_ascii=False, sort_keys=True)
        texts[page.page.docname] = text + "\n"
    return texts


def plain_markdown(text: str, page: Notebook, links: Mapping[str, Notebook]) -> str:
    """MyST as Markdown that Jupyter shows: references as links, figures as images."""

    def role(match: re.Match) -> str:
        name, content = match.groups()
        shown, target = content, content
        if explicit := re.fullmatch(r"(.*?)\s*<([^<>]+)>", content, re.S):
            shown, target = explicit.groups()
        if name in ("numref", "ref", "doc") and target in links:
            there = links[target]
            shown = there.title if shown == target or "%s" in shown else shown
            return f"[{shown}]({_relative(page, there)})"
        if name == "math":
            return f"${content}$"
        if name.startswith("cite"):
            return f"[{content}]"
        if name in ("numref", "ref", "eq"):
            return f"({shown})" if name == "eq" else shown
        return shown

    def directive(match: re.Match) -> str:
        options, body = {}, []
        for line in match["body"].splitlines():
            option = OPTION.match(line)
            if option and not body:
                options[option[1]] = option[2]
            else:
                body.append(line)
        content = "\n".join(body).strip()
        if match["name"] in ("figure", "image"):
            image = f"![{options.get('alt', '')}]({match['argument']})"
            return f"{image}\n\n*{content}*" if content else image
        if match["name"] == "math":
            return f"$$\n{content}\n$$"
        if match["name"] in ("code-block", "code"):
            return f"```{match['argument']}\n{content}\n```"
        if match["name"] == "index":
            return content
        title = match["argument"] or match["name"].capitalize()
        quoted = "\n".join(f"> {line}".rstrip() for line in content.splitlines())
        return f"> **{title}**\n>\n{quoted}"

    text = DIRECTIVE.sub(directive, text)
    text = EQUATION_LABEL.sub(r"\1", TARGET.sub("", text))
    return ROLE.sub(role, text)


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


def _relative(page: Notebook, there: Notebook) -> str:
    here = PurePosixPath(page.page.docname).parent
    target = PurePosixPath(there.page.docname + ".ipynb")
    up = 0
    while not target.is_relative_to(here):
        here, up = here.parent, up + 1
    return "../" * up + target.relative_to(here).as_posix()


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
