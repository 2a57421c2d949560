"""A text of Python as places, tokens and lines; written anew with edits in it."""

import ast
import io
import re
import tokenize
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

SPACE = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
                   tokenize.COMMENT, tokenize.ENDMARKER})  # fmt: skip
"""Tokens that no expression is made of."""


_WORD = re.compile(r"\w[\w'\"]")


class Span(NamedTuple):
    """A piece of a text: from, and up to, characters counted from its beginning."""

    start: int
    end: int


class Edit(Protocol):
    span: Span
    parts: tuple[str | Span, ...]


@dataclass(frozen=True)
class Rewritten:
    """A text made of another."""

    source: str
    rows: tuple[int, ...]
    """For each of its lines the line of the other, both from 1."""


class _Token(NamedTuple):
    kind: int
    text: str
    start: int
    end: int


class Text:
    def __init__(self, source: str) -> None:
        self.source = source
        self._lines = source.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def at(self, line: int, column: int) -> int:
        """Where a line from 1 and a column in bytes of UTF-8, as ``ast`` counts them, are."""
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.expr | ast.keyword) -> Span:
        return Span(self.at(node.lineno, node.col_offset),
                    self.at(node.end_lineno or 0, node.end_col_offset or 0))  # fmt: skip

    @cached_property
    def _tokens(self) -> list[_Token]:
        tokens = tokenize.generate_tokens(io.StringIO(self.source).readline)
        return [
            _Token(token.type, token.string, self._starts[token.start[0] - 1] + token.start[1],
                   self._starts[token.end[0] - 1] + token.end[1])
            for token in tokens
        ]  # fmt: skip

    def _within(self, span: Span) -> list[_Token]:
        first = bisect_left(self._tokens, span.start, key=lambda token: token.start)
        last = bisect_left(self._tokens, span.end, key=lambda token: token.start)
        return self._tokens[first:last]

    def separators(self, call: ast.Call) -> list[Span]:
        """The parentheses of a call and the commas between its arguments."""
        span = Span(self.span(call.func).end, self.span(call).end)
        inside = [self.span(argument) for argument in (*call.args, *call.keywords)]
        found, depth = [], 0
        for token in self._within(span):
            opens, closes = token.text in ("(", "[", "{"), token.text in (")", "]", "}")
            depth -= closes and token.kind == tokenize.OP
            # of a function in parentheses, `(d2l.size)(x)`, the first one closes
            if depth < 0:
                depth = 0
                continue
            if token.kind == tokenize.OP and depth == (0 if opens or closes else 1):
                comma = token.text == "," and not any(a <= token.start < b for a, b in inside)
                if opens or closes or comma:
                    found.append(Span(token.start, token.end))
            depth += opens and token.kind == tokenize.OP
        return found

    def core(self, span: Span) -> Span:
        """A span without the space and comments around it."""
        tokens = [token for token in self._within(span) if token.kind not in SPACE]
        return Span(tokens[0].start, tokens[-1].end)

    def trimmed(self, span: Span) -> Span | None:
        """The arguments in a span: without the space around them and the comma that may end
        them, but with comments; None where there is nothing."""
        tokens = [token for token in self._within(span)
                  if token.kind == tokenize.COMMENT or token.kind not in SPACE]  # fmt: skip
        if tokens and tokens[-1].kind == tokenize.COMMENT:
            return Span(tokens[0].start, span.end)
        if tokens and tokens[-1].text == ",":
            tokens.pop()
        return Span(tokens[0].start, tokens[-1].end) if tokens else None

    def ends_in_comment(self, span: Span) -> bool:
        tokens = [token for token in self._within(span)
                  if token.kind == tokenize.COMMENT or token.kind not in SPACE]  # fmt: skip
        return bool(tokens) and tokens[-1].kind == tokenize.COMMENT

    def comments(self, span: Span) -> int:
        return sum(token.kind == tokenize.COMMENT for token in self._within(span))

    def has_comment(self, span: Span) -> bool:
        return self.comments(span) > 0

    def parenthesized(self, span: Span) -> bool:
        """Whether one pair of parentheses holds all of it."""
        depths = [depth for depth, _ in self._depths(span)]
        first = self.source[span.start]
        return first == "(" and depths.count(0) == 1

    def breaks(self, span: Span) -> bool:
        """Whether a line ends in it outside of brackets and strings."""
        return any(not depth and token.kind in SPACE for depth, token in self._depths(span))

    def _depths(self, span: Span) -> Iterator[tuple[int, _Token]]:
        """The tokens, each with the number of brackets that are open behind it."""
        depth = 0
        for token in self._within(span):
            if token.kind == tokenize.OP:
                depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
            yield depth, token

    def written(self, edits: Sequence[Edit]) -> Rewritten:
        """The text with edits, of which one may lie within another's pieces."""
        writer = _Writer(self, sorted(edits, key=lambda edit: (edit.span[0], -edit.span[1])))
        writer.copy(Span(0, len(self.source)))
        return writer.result()

    def line_of(self, place: int) -> int:
        return bisect_left(self._starts, place + 1)


class _Writer:
    def __init__(self, text: Text, edits: Sequence[Edit]) -> None:
        self._text, self._edits = text, edits
        self._written: list[str] = []
        self._rows: list[int] = []
        self._edge = False  # whether an edit begins or ends here
        self._row: int | None = None  # the line that this one began as, once it has any text

    def copy(self, span: Span, but: Edit | None = None) -> None:
        at = span.start
        for edit in self._edits:
            if edit is but or edit.span.start < at or edit.span.end > span.end:
                continue
            self._add(self._text.source[at : edit.span.start], self._text.line_of(at))
            self._edge = True
            for part in edit.parts:
                if isinstance(part, Span):
                    self.copy(part, edit)
                else:
                    self._add(part, self._text.line_of(edit.span.start))
            at = edit.span.end
            self._edge = True
        self._add(self._text.source[at : span.end], self._text.line_of(at))

    def _add(self, text: str, row: int) -> None:
        if not text:
            return
        if self._edge and self._written and _WORD.match(self._written[-1][-1] + text[0]):
            text = " " + text  # `not(d2l.size)(x)`: what parted two words is gone
        self._edge = False
        self._written.append(text)
        for count, piece in enumerate(text.split("\n")):
            if count:
                self._rows.append(self._row or row + count - 1)
                self._row = None
            if self._row is None and piece.strip():
                self._row = row + count

    def result(self) -> Rewritten:
        text = "".join(self._written)
        last = self._row or self._text.line_of(len(self._text.source))
        return Rewritten(text, (*self._rows, last))
