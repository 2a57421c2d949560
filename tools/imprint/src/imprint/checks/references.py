"""References and citations: whether what they name is there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from imprint.book import Book
from imprint.checks.finding import Finding
from imprint.pages import Notebook
from imprint.prose import Sentence, roles, sentences

_TARGET = re.compile(r"^\s*(?:[*+-]|\d+[.)])?\s*\(([^()\s]+)\)=\s*$", re.MULTILINE)
_OPTION = re.compile(r"^\s*:(?:name|label):\s*(\S+)", re.MULTILINE)
_SETTING = re.compile(r"^\s*(?:name|label):\s*(\S+)\s*$", re.MULTILINE)
_EQUATION = re.compile(r"\$\$\s*\(([^()\s]+)\)\s*$", re.MULTILINE)
_ANCHOR = re.compile(r"\{imprint-anchor\}`([^`]+)`")
_ENTRY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*[{(]\s*([^,\s]+)\s*,",
                    re.MULTILINE | re.IGNORECASE)  # fmt: skip
_SPHINX = frozenset({"genindex", "modindex", "search"})


def labels(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """``{ref}``, ``{numref}``, ``{eq}`` and ``{doc}`` that lead nowhere. Where other books'
    labels may be meant (intersphinx), nothing is said."""
    sphinx = (book.config.get("sphinx") or {}).get("config") or {}
    if sphinx.get("intersphinx_mapping"):
        return
    known = _SPHINX | {label.lower() for page in pages for label in _labels(page)}
    documents = {page.page.docname for page in pages}
    for page, sentence, place, role, content in _roles(pages):
        if role not in ("ref", "numref", "eq", "doc"):
            continue
        explicit = re.fullmatch(r".*<([^<>]+)>", content, re.DOTALL)
        target = " ".join((explicit[1] if explicit else content).split())
        if role == "doc":
            there = _document(page, target) in documents
        else:
            there = target.lower() in known
        if not there:
            near = get_close_matches(target, known | documents, n=1)
            remedy = f"did you mean `{near[0]}`?" if near else "correct it, or add the label"
            message = f"no label `{target}`" if role != "doc" else f"no page `{target}`"
            yield Finding("R101", page.path, sentence.line(place), message, remedy)


def citations(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """Keys that none of the book's bibliographies has."""
    files = book.config.get("bibtex_bibfiles") or []
    texts = [(book.root / file).read_text("utf-8", "replace") for file in files
             if (book.root / file).is_file()]  # fmt: skip
    known = {key for text in texts for key in _ENTRY.findall(text)}
    for page, sentence, place, role, content in _roles(pages):
        for key in content.split(",") if role.startswith("cite") else ():
            if key.strip() not in known:
                near = get_close_matches(key.strip(), known, n=1)
                where = ", ".join(files) or "a file under bibtex_bibfiles:"
                remedy = f"did you mean `{near[0]}`?" if near else f"add it to {where}"
                message = f"no work `{key.strip()}` in the bibliography"
                yield Finding("R102", page.path, sentence.line(place), message, remedy)


def _roles(pages: Sequence[Notebook]) -> Iterator[tuple[Notebook, Sentence, int, str, str]]:
    """Each role with its page, its sentence and place there, its name and content."""
    for page in pages:
        for sentence in sentences(page):
            for place, name, content in roles(sentence.text):
                yield page, sentence, place, name, content


def _labels(page: Notebook) -> Iterator[str]:
    for cell in page.cells:
        if cell.kind == "code":
            shown = cell.metadata.get("mystnb")
            figure = shown.get("figure") if isinstance(shown, Mapping) else None
            if isinstance(figure, Mapping) and figure.get("name"):
                yield str(figure["name"])
        for pattern in (_TARGET, _OPTION, _SETTING, _EQUATION, _ANCHOR):
            if cell.kind != "code":
                yield from pattern.findall(cell.source)


def _document(page: Notebook, target: str) -> str:
    """The docname that a page means by a path."""
    parts = [] if target.startswith("/") else page.page.docname.split("/")[:-1]
    for part in target.strip("/").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return re.sub(r"\.(md|ipynb|rst)$", "", "/".join(parts))
