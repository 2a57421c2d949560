"""Images: whether someone who cannot see one is told what it shows."""

import re
from collections.abc import Iterator, Sequence

from imprint import prose
from imprint.book import Book
from imprint.checks.finding import Finding
from imprint.pages import Notebook

_DIRECTIVE = re.compile(r"\s*(?:`{3,}|:{3,}|~{3,})\s*\{(?:figure|image)\}\s*(\S+)")
_INLINE = re.compile(r"!\[\s*\]\(([^)\s]+)")
_ALT = re.compile(r"\s*:?alt:\s*\S")


def without_text(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    for page in pages:
        for line, image in (*_directives(page), *_inline(page)):
            remedy = "say in :alt: what it shows, or between the brackets of ![]"
            yield Finding("F201", page.path, line, f"{image} has no alternative text", remedy)


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
