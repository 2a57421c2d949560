"""A cell with its aliases rewritten, from its syntax tree; each line of the result knows the
author's line that it came from."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from imprint.aliases.layout import within_width
from imprint.aliases.names import Imports, Reading, parsed_cell, readings
from imprint.aliases.targets import PLACE, Aliases, Expression, Function, Method
from imprint.aliases.text import Rewritten, Span, Text


class NotImported(Exception):
    """An alias needs a module that its page does not have there; ``line`` is the cell's."""

    def __init__(self, message: str, line: int, root: str, remedy: str) -> None:
        super().__init__(message)
        self.line, self.root, self.remedy = line, root, remedy


def rewritten(source: str, aliases: Aliases, imports: Imports, cell: int) -> Rewritten | None:
    """A cell's source with its aliases rewritten; None where it has none that can be.

    ``imports`` is what the cells of its page bind, of which it is the one at ``cell``. Raises
    NotImported.
    """
    if not aliases.mention.search(source):
        return None
    lines, magics, statements = parsed_cell(source)
    text = Text("\n".join(lines))
    edits = list(_edits(text, statements, aliases, imports, cell))
    if not edits:
        return None
    written = text.written(edits)
    try:
        ast.parse(written.source)
    except SyntaxError:  # no edit is known to lead here; the cell as it is runs, too
        return None
    written = within_width(text.source, written)
    lines = written.source.split("\n")
    for index, row in enumerate(written.rows):
        lines[index] = magics.get(row, lines[index])
    return replace(written, source="\n".join(lines))


@dataclass(frozen=True)
class Edit:
    """What stands in the place of a piece of the text: new text, and pieces of the old one, in
    which other edits may be."""

    span: Span
    parts: tuple[str | Span, ...]


def _edits(
    text: Text, statements: Sequence[ast.stmt], aliases: Aliases, imports: Imports, cell: int
) -> Iterator[Edit]:
    roots = frozenset().union(*(target.roots for target in aliases.targets.values()))
    calls = {id(node.func): node for statement in statements for node in ast.walk(statement)
             if isinstance(node, ast.Call)}  # fmt: skip
    for name in imports.of(aliases.module):
        read = [one for statement in statements for one in readings(statement, name, roots)]
        for reading in read:
            target = aliases.targets.get(reading.node.attr)
            if target is None:
                continue
            call = calls.get(id(reading.node))
            names = (
                [aliases.keywords.get(one.arg or "", one.arg) for one in call.keywords]
                if call
                else []
            )
            edit = _edit(text, reading.node, call, target, names)
            if edit is None or len(set(names)) < len(names):
                continue
            for root in sorted(target.roots):
                _check(root, aliases, imports, reading, cell)
            yield edit
            for keyword in call.keywords if call else ():
                if keyword.arg in aliases.keywords:
                    start = text.at(keyword.lineno, keyword.col_offset)
                    yield Edit(Span(start, start + len(keyword.arg)),
                               (aliases.keywords[keyword.arg],))  # fmt: skip


def _check(root: str, aliases: Aliases, imports: Imports, reading: Reading, cell: int) -> None:
    where = None if reading.deferred else (cell, reading.node.lineno)
    module = aliases.modules.get(root)
    problem, remedy = imports.problem(root, module, where)
    if root in reading.hidden:
        problem, remedy = f"`{root}` is a local variable here", "rename the variable"
    if problem:
        written = ast.unparse(reading.node)
        message = f"`{written}` is an alias that needs `{root}`, and {problem}"
        raise NotImported(message, reading.node.lineno, root, remedy)


def _edit(
    text: Text, node: ast.Attribute, call: ast.Call | None, target: Function | Method | Expression,
    names: Sequence[str | None],
) -> Edit | None:  # fmt: skip
    """What the alias at ``node``, which ``call`` calls with keywords of these names (None: of
    unknown ones), turns into; None: it stays."""
    if isinstance(target, Function):
        return Edit(text.span(node), (target.text,))
    if call is None or not call.args or isinstance(call.args[0], ast.Starred):
        return None
    if text.has_comment(Span(text.span(call.func).end, text.separators(call)[0].start)):
        return None
    if isinstance(target, Method):
        return _method(text, call, target, names)
    return _expression(text, call, target)


def _method(text: Text, call: ast.Call, target: Method, names: Sequence[str | None]) -> Edit | None:
    """``x.reshape(s)`` for ``d2l.reshape(x, s)``. A comment before or after the ``x`` goes into
    the parentheses."""
    opening, *separators, closing = text.separators(call)
    comma = separators[0] if separators else closing
    value = text.core(Span(opening.end, comma.start))
    comments = [trivia for trivia in (Span(opening.end, value.start), Span(value.end, comma.start))
                if text.has_comment(trivia)]  # fmt: skip
    rest = text.trimmed(Span(comma.end, closing.start)) if separators else None
    usual = [f"{name}={value}" for name, value in target.keywords.items() if name not in names]
    if usual and (
        None in names or (comments and not rest) or (rest and text.ends_in_comment(rest))
    ):
        return None  # what it is given may be among `**names`; a comment would swallow it
    arguments: list[str | Span] = [*target.positional, *([rest] if rest else []), *usual]
    listed = [part for argument in arguments for part in (", ", argument)][1:]
    parts = (*_operand(text, call.args[0], value), f".{target.name}(", *comments, *listed, ")")
    return Edit(text.span(call), parts)


def _expression(text: Text, call: ast.Call, target: Expression) -> Edit | None:
    """``x.T`` for ``d2l.transpose(x)``."""
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    if call.keywords or starred or len(call.args) != target.count:
        return None
    bounds = text.separators(call)
    values = [text.core(Span(before.end, after.start))
              for before, after in zip(bounds[: target.count], bounds[1:])]  # fmt: skip
    if target.places != tuple(range(target.count)) and not all(
        isinstance(argument, (ast.Name, ast.Constant)) for argument in call.args
    ):
        return None
    if text.comments(text.span(call)) != sum(map(text.comments, values)):
        return None
    parts: list[str | Span] = []
    for index, piece in enumerate(PLACE.split(target.text)):
        if index % 2:
            place = int(piece)
            node, value = call.args[place], values[place]
            bare = place in target.listed and not isinstance(
                node, (ast.NamedExpr, ast.GeneratorExp)
            )
            parts += [value] if bare else _operand(text, node, value)
        else:
            parts.append(piece)
    return Edit(text.span(call), tuple(parts if _is_primary(target.tree) else ["(", *parts, ")"]))


def _operand(text: Text, node: ast.expr, span: Span) -> list[str | Span]:
    """An argument so that an attribute may follow it."""
    atomic = text.parenthesized(span) or (_is_primary(node) and not text.breaks(span))
    return [span] if atomic else ["(", span, ")"]


def _is_primary(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (str, bytes, bool, type(None), type(...)))
    return isinstance(node, (
        ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.List, ast.Dict, ast.Set,
        ast.ListComp, ast.SetComp, ast.DictComp, ast.JoinedStr,
    ))  # fmt: skip
