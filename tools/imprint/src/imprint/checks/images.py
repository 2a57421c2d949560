"""Images: whether someone who cannot see one is told what it shows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from imprint import prose
from imprint.book import CHECK_TAGS, Book
from imprint.cells import Cell
from imprint.checks.finding import Finding
from imprint.pages import Notebook
from imprint.settings import ProfileName
from imprint.store import Store
from imprint.store.entries import run_name

_DIRECTIVE = re.compile(r"\s*(?:`{3,}|:{3,}|~{3,})\s*\{(?:figure|image)\}\s*(\S+)")
_INLINE = re.compile(r"!\[\s*\]\(([^)\s]+)")
_ALT = re.compile(r"\s*:?alt:\s*\S")
_UNSEEN = CHECK_TAGS | {"hide-output", "remove-output", "remove-cell"}


def without_text(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    for page in pages:
        for line, image in (*_directives(page), *_inline(page)):
            remedy = "say in :alt: what it shows, or between the brackets of ![]"
            yield Finding("F201", page.path, line, f"{image} has no alternative text", remedy)


def plots_without_text(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """Of pages that have run: which cells draw can be seen from their outputs alone."""
    store = Store(book.build / "store")
    for page in pages:
        names = [edition.name for edition in book.editions if page.in_edition(edition.name)]
        silent: dict[int, Cell] = {}
        for edition in names or [None]:
            drew = _drew(store, page, edition)
            for index, cell in page.select(edition):
                if cell.source in drew and not _UNSEEN.intersection(cell.tags) and not _alt(cell):
                    silent[index] = cell
        for _, cell in sorted(silent.items()):
            remedy = "say in the cell's mystnb: {image: {alt: ...}} what it shows"
            message = "this cell's plot has no alternative text"
            yield Finding("F202", page.path, cell.opening or cell.line, message, remedy)


def _drew(store: Store, page: Notebook, edition: str | None) -> set[str]:
    """The cells whose outputs were images when the page last ran, by their source."""
    found = set()
    for profile in get_args(ProfileName):
        run = run_name({"page": page.path, "edition": edition, "profile": profile})
        last = store.last(run or "")
        result = store.get(last["fingerprint"]) if last else None
        for cell in result[0].cells if result else ():
            kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
            if any(kind.startswith("image/") for kind in kinds):
                found.add(cell.source)
    return found


def _alt(cell: Cell) -> Any:
    shown = cell.metadata.get("mystnb")
    image = shown.get("image") if isinstance(shown, Mapping) else None
    return image.get("alt") if isinstance(image, Mapping) else None


def _directives(page: Notebook) -> Iterator[tuple[int, str]]:
    for cell in page.cells:
        rows = cell.source.split("\n") if cell.kind == "markdown" else []
        for row, text in enumerate(rows, 1):
            found = _DIRECTIVE.match(text)
            if found and not any(map(_ALT.match, _options(rows[row:]))):
                yield cell.page_line(row), found[1]


def _inline(page: Notebook) -> Iterator[tuple[int, str]]:
    for line in prose.lines(page):
        for image in _INLINE.finditer(line.text):
            yield line.number, image[1]


def _options(rows: Sequence[str]) -> Iterator[str]:
    """The options of a directive, from the line after its opening."""
    block = bool(rows) and rows[0].strip() == "---"
    for text in rows[block:]:
        if (text.strip() == "---") if block else not prose.OPTION.match(text):
            return
        yield text
