"""Lines of code that continue others: whether they still stand under them where an alias became
longer or shorter."""

import io
import tokenize
from collections.abc import Iterator, Sequence

from imprint.book import CHECK_TAGS, Book
from imprint.cells import Cell
from imprint.checks.finding import Finding
from imprint.library.magics import without_magics
from imprint.pages import Notebook

_SPACE = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT,
                    tokenize.DEDENT, tokenize.ENDMARKER})  # fmt: skip


def out_of_line(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """Lines that stood under their bracket's first element, and no longer do."""
    for page in pages:
        for cell in page.cells:
            if not CHECK_TAGS.intersection(cell.tags):
                for row in sorted(_moved(cell)):
                    message = "an alias leaves this line out of line with its bracket"
                    remedy = "break the line right after the bracket"
                    yield Finding("C303", page.path, cell.line - 1 + row, message, remedy)


def _moved(cell: Cell) -> set[int]:
    """The author's lines in the cell, from 1, that are out of line in some edition only."""
    moved = {
        variant.rows[row - 1]
        for variant in cell.variants.values()
        for row in _unaligned(variant.source)
    }
    return moved - set(_unaligned(cell.source)) if moved else moved


def _unaligned(source: str) -> Iterator[int]:
    """The lines that do not begin in the column of the first element behind the bracket that is
    open there; where that element is on a line of its own, they may begin anywhere."""
    text = "\n".join(without_magics(source)[0])
    opened: list[tuple[int, int | None]] = []  # the row of each bracket, and the column
    fresh, last = False, 0
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (SyntaxError, tokenize.TokenError):  # a cell that is not Python
        return
    for token in tokens:
        if token.type in _SPACE:
            continue
        row, column = token.start
        if fresh:
            opened[-1] = (opened[-1][0], column if row == opened[-1][0] else None)
        elif row != last and opened and opened[-1][1] not in (None, column):
            if token.string not in (")", "]", "}"):
                yield row
        fresh, last = False, token.end[0]
        if token.type == tokenize.OP and token.string in ("(", "[", "{"):
            opened.append((row, None))
            fresh = True
        elif token.type == tokenize.OP and token.string in (")", "]", "}") and opened:
            opened.pop()
