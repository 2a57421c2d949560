"""Statements that became too wide, laid out again by ruff."""

import ast
import io
import subprocess
import sys
import tokenize
import warnings
from collections.abc import Iterator

from imprint.aliases.text import Rewritten

WIDTH = 79
"""Columns that a line may have."""
_FREE = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
                   tokenize.ENDMARKER})  # fmt: skip


def within_width(before: str, text: Rewritten) -> Rewritten:
    """The text with each statement laid out again of which a line outgrew the width that it had
    in the text ``before``. What ruff cannot read stays as it is."""
    author = before.split("\n")
    wide = [
        index for index, (line, row) in enumerate(zip(text.source.split("\n"), text.rows), 1)
        if len(line) > max(WIDTH, len(author[row - 1]))
    ]  # fmt: skip
    for row in reversed(wide):  # from the end: the lines before keep their numbers
        text = _laid_out(text, row)
    return text


def _laid_out(text: Rewritten, row: int) -> Rewritten:
    """The text with the statement on a line laid out again."""
    line = text.source.split("\n")[row - 1]
    if len(line) <= WIDTH:
        return text  # with a later line of the same statement
    column = len(line) - len(line.lstrip()) + 1
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--line-length",
         str(WIDTH), "--config", "format.quote-style='preserve'", "--range",
         f"{row}:{column}-{row}:{column + 1}", "-"],
        input=text.source + "\n", capture_output=True, encoding="utf-8",
    )  # fmt: skip
    if result.returncode:
        return text
    source = result.stdout.removesuffix("\n")
    if _meaning(source) != _meaning(text.source) or _touched(text.source, source, row):
        return text
    rows = _rows(text.source, source)
    return Rewritten(source, tuple(text.rows[old - 1] for old in rows))


def _touched(before: str, after: str, row: int) -> bool:
    """Whether more than the statement on a line is another: ruff lays out a whole block where its
    indent is not four spaces, and takes blank lines out of it."""
    first, last = _statement(before, row)
    old, new = before.split("\n"), after.split("\n")
    tail = len(old) - last
    return old[: first - 1] != new[: first - 1] or old[last:] != new[len(new) - tail :]


def _statement(source: str, row: int) -> tuple[int, int]:
    """The first and the last line of the innermost statement on a line, of a compound one those
    before its body."""
    first, last = row, row
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= row <= (node.end_lineno or 0):
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if body else node.end_lineno or 0
            if row <= end:
                first, last = node.lineno, end
    return first, last


def _meaning(source: str) -> tuple[str, list[str]]:
    """What laying out must not change: the syntax tree, and the comments, two of which it may
    make one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.dump(ast.parse(source))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return tree, [token.string for token in tokens if token.type == tokenize.COMMENT]


def _rows(old: str, new: str) -> list[int]:
    """For each line of a text laid out again the line that it came from: that of its first
    token."""
    before, after = old.split("\n"), new.split("\n")
    head = _alike(before, after)
    tail = min(_alike(before[::-1], after[::-1]), len(before) - head, len(after) - head)
    rows = list(range(1, head + 1)) + [0] * (len(after) - head - tail)
    rows += range(len(before) - tail + 1, len(before) + 1)
    for was, now in zip(_places(old), _places(new)):
        if rows[now - 1] == 0:
            rows[now - 1] = was
    for index, row in enumerate(rows):
        rows[index] = row or rows[index - 1]
    return rows


def _alike(one: list[str], other: list[str]) -> int:
    """How many lines two lists begin with in common."""
    count = 0
    for mine, yours in zip(one, other):
        if mine != yours:
            break
        count += 1
    return count


def _places(source: str) -> Iterator[int]:
    """The line of each token that laying out neither adds nor takes away."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _FREE and token.string not in ("(", ")", ","):
            yield token.start[0]
