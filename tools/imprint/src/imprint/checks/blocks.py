"""Blocks, such as boxes and figures: whether each ends where it seems to."""

import itertools
import re
from collections.abc import Iterator, Sequence

from imprint.book import Book
from imprint.cells import parsed
from imprint.checks.finding import Finding
from imprint.exercises import HEADING
from imprint.pages import Notebook
from imprint.prose import DIRECTIVE, LITERAL

_OPTION = re.compile(r":([\w-]+):(?:\s|$)")
_GLUED = re.compile(r"\S\s+(:{3,}|`{3,})\s*$")


def unended(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """A block that is never closed, or that has a heading of the page inside."""
    for page in pages:
        for cell in page.cells:
            found = dict(_in(cell.source)) if cell.kind == "markdown" else {}
            for row, (message, remedy) in found.items():
                yield Finding("B601", page.path, cell.page_line(row + 1), message, remedy)


def options_in_text(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """An option of a block that readers see as text, because the one before it goes on over a
    second line."""
    for page in pages:
        for cell in page.cells:
            for row, name in _late(cell.source) if cell.kind == "markdown" else ():
                remedy = "keep each option above it on one line"
                message = f":{name}: is no option here, but text"
                yield Finding("B602", page.path, cell.page_line(row + 1), message, remedy)


def _late(source: str, above: int = 0) -> Iterator[tuple[int, str]]:
    """Lines from 0 that look like options right below what is no option, each with the name."""
    for token in parsed(source):
        directive = DIRECTIVE.match(token.info) if token.type in ("fence", "colon_fence") else None
        if directive is None or directive[1] in LITERAL:
            continue
        begin = above + token.map[0] + 1
        lines = token.content.split("\n")
        head = list(itertools.takewhile(str.strip, lines)) if _OPTION.match(lines[0]) else []
        past = itertools.dropwhile(lambda line: _OPTION.match(line[1]), enumerate(head))
        for row, text in past:
            if option := _OPTION.match(text):
                yield begin + row, option[1]
        yield from _late(token.content, begin)


def _in(source: str, above: int = 0) -> Iterator[tuple[int, tuple[str, str]]]:
    """Lines from 0, each with what is wrong there and the remedy, of blocks within blocks too."""
    lines = source.split("\n")
    for token in parsed(source):
        directive = DIRECTIVE.match(token.info) if token.type in ("fence", "colon_fence") else None
        if directive is None or directive[1] in LITERAL:
            continue
        begin, end = token.map
        name, fence = directive[1], token.markup
        glued = [row for row in range(begin + 1, end) if _GLUED.search(lines[row])]
        closing = lines[end - 1].strip()
        if not closing.startswith(fence) or set(closing) != {fence[0]}:
            remedy = f"end it with a line {fence}"
            yield above + begin, (f"this {name} is never closed", remedy)
        elif glued:
            remedy = f"put {fence} on a line of its own"
            yield above + glued[0], (f"this does not close the {name}", remedy)
        else:
            for row, text in enumerate(lines[begin + 1 : end - 1], begin + 1):
                if HEADING.match(text):
                    remedy = f"close the {name} before it"
                    yield above + row, ("a heading in a block is none of the page's", remedy)
        yield from _in(token.content, above + begin + 1)
