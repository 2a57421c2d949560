"""What the ``#@save`` comments of a page's cells mark, read from the syntax tree."""

import ast
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from imprint.errors import BookError
from imprint.library.magics import without_magics

MARKER = re.compile(r"#\s*@save\s*$")
_MISSPELT = re.compile(r"#\s*@\s*save[ds]?\b(?!\s*\()", re.IGNORECASE)


class PageRef(Protocol):
    """A page as the library knows it."""

    path: str
    label: str | None
    title: str


class Cell(Protocol):
    """A cell as the library reads it: see ``imprint.pages.Cell``."""

    kind: str
    source: str

    def page_line(self, row: int) -> int: ...


@dataclass(frozen=True, eq=False)
class Saved:
    """One statement to be saved."""

    page: PageRef
    node: ast.stmt
    lines: Sequence[str]
    """All lines of its cell, without magics and markers."""
    first: int
    last: int
    """The statement's own lines, counted from 1 in the cell; decorators count."""
    page_line: Callable[[int], int]
    """The page's line of a line of the cell."""

    def place(self, line: int | None = None) -> str:
        """Where a line of the cell stands, by default the statement's first."""
        return f"{self.page.path}:{self.page_line(line or self.first)}"

    def error(self, message: str, line: int | None = None, remedy: str | None = None) -> BookError:
        """An error at a line of the cell, by default the statement's first."""
        return BookError(message, self.page.path, self.page_line(line or self.first), remedy)


def saved_in(page: PageRef, cell: Cell) -> tuple[list[Saved], list[BookError]]:
    """The statements that a cell saves, in order, and what is wrong with its markers."""
    if cell.kind != "code" or "save" not in cell.source.lower():
        return [], []
    lines, magics = without_magics(cell.source)
    text = "\n".join(lines)
    errors = [
        BookError(
            "`#@save` on a line of IPython's own: it cannot be saved", page.path,
            cell.page_line(row), "write it in Python, or remove the marker",
        )
        for row, line in magics.items() if MARKER.search(line)
    ]  # fmt: skip
    try:
        statements = _parsed(text)
        comments, starts = _comments_and_starts(text)
    except (SyntaxError, ValueError) as error:
        if not any(MARKER.search(line) for line in lines):
            return [], errors
        row = getattr(error, "lineno", None) or 1
        reason = getattr(error, "msg", None) or str(error)
        message = f"Python cannot read this cell: {reason}"
        return [], [*errors, BookError(message, page.path, cell.page_line(row))]

    spans = [_span(node, starts, comments) for node in statements]
    wanted: set[int] = set()
    for row, (column, comment) in comments.items():
        found = MARKER.search(comment)
        if found is None:
            if _MISSPELT.match(comment):
                errors.append(
                    BookError(
                        f"`{comment}` is no marker", page.path, cell.page_line(row),
                        "write `#@save` and nothing after it",
                    )
                )  # fmt: skip
            continue
        alone = not lines[row - 1][:column].strip()
        try:
            wanted |= _marked(row, alone, statements, spans, cell.page_line)
        except _Misplaced as why:
            errors.append(BookError(str(why), page.path, cell.page_line(row), why.remedy))
            continue
        lines[row - 1] = lines[row - 1][: column + found.start()].rstrip()

    result = [
        Saved(page, statements[index], tuple(lines), *spans[index], cell.page_line)
        for index in sorted(wanted)
    ]
    for saved in result:
        errors += _unfit(saved, magics, spans)
    return result, errors


class _Misplaced(Exception):
    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def _marked(
    row: int,
    alone: bool,
    statements: Sequence[ast.stmt],
    spans: Sequence[tuple[int, int]],
    page_line: Callable[[int], int],
) -> set[int]:
    """The indices of the statements that a marker on this line saves."""
    if not statements:
        raise _Misplaced("this `#@save` saves nothing: no statement follows", "remove it")
    if alone and row < spans[0][0]:
        return set(range(len(statements)))
    within = [index for index, (first, last) in enumerate(spans) if first <= row <= last]
    here = {i for i in within if row in (spans[i][0], statements[i].lineno)}
    if here:
        return here
    if within:
        raise _Misplaced(
            "this `#@save` saves nothing: it stands in the middle of a statement",
            "move it to the end of the statement's first line, "
            f"line {page_line(spans[within[0]][0])}",
        )
    raise _Misplaced(
        "this `#@save` saves nothing: a marker on a line of its own stands above all "
        "statements of its cell",
        "move it to the top, or to the end of a statement's first line",
    )


def _unfit(
    saved: Saved, magics: Iterable[int], spans: Sequence[tuple[int, int]]
) -> list[BookError]:
    """Why a statement cannot stand in a module, if so."""
    rows = range(saved.first, saved.last + 1)
    errors = [
        saved.error("a line of IPython's own in what is saved", row, "write it in Python")
        for row in magics
        if row in rows
    ]
    if sum(first in rows or last in rows for first, last in spans) > 1:
        errors.append(
            saved.error(
                "a saved statement shares its line with another",
                remedy="give each a line of its own",
            )
        )
    try:
        module = ast.Module(body=[saved.node], type_ignores=[])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(module, saved.page.path, "exec", dont_inherit=True)
    except SyntaxError as error:
        reason = f"this cannot stand in a module: {error.msg}"
        errors.append(saved.error(reason, error.lineno))
    return errors


def _parsed(text: str) -> list[ast.stmt]:
    with warnings.catch_warnings():  # the cell's run shows them
        warnings.simplefilter("ignore")
        return ast.parse(text).body


_SILENT = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def _comments_and_starts(text: str) -> tuple[dict[int, tuple[int, str]], list[int]]:
    """Each line's comment with its column, and the lines on which a logical line begins."""
    comments, starts = {}, []
    new = True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = (token.start[1], token.string)
        if token.type == tokenize.NEWLINE:
            new = True
        elif new and token.type not in _SILENT:
            starts.append(token.start[0])
            new = False
    return comments, starts


def _span(
    node: ast.stmt, starts: Sequence[int], comments: dict[int, tuple[int, str]]
) -> tuple[int, int]:
    """A statement's first line, with its decorators, and its last, with the indented
    comments that end its body."""
    decorators = getattr(node, "decorator_list", ())
    first = (decorators[0] if decorators else node).lineno
    last = node.end_lineno
    if hasattr(node, "body"):
        following = starts[bisect_right(starts, last) :][:1] or [max(comments, default=0) + 1]
        for row in range(last + 1, following[0]):
            if row in comments:
                if comments[row][0] == 0:
                    break
                last = row
    return starts[bisect_right(starts, first) - 1], last
