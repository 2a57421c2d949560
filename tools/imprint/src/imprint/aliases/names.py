"""A page's names: which of them is the library, and which the modules that aliases need."""

import ast
import builtins
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from imprint.library.magics import without_magics
from imprint.library.names import Walker, of_import, of_statement

sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))  # for cells of long expressions
_BUILTINS = frozenset(dir(builtins))
Position = tuple[int, int]
"""A cell and a line in it: where in a page something stands."""


@dataclass(frozen=True)
class Imports:
    """Where a page binds its names, and to what."""

    bound: Mapping[str, Sequence[tuple[Position, str | None]]] = field(default_factory=dict)
    """By name, in order: the dotted name of what an import binds; None for anything else."""

    def of(self, module: str) -> list[str]:
        """The names that are a module on the whole page."""
        return [name for name, bound in self.bound.items() if all(to == module for _, to in bound)]

    def problem(
        self, name: str, module: str | None, where: Position | None
    ) -> tuple[str | None, str]:
        """Why a name is not, or not yet, what an import of ``module`` makes it (None: any module)
        at a place of the page, and the remedy; ``where`` is None in a function, which runs later.
        Python's own names need no import."""
        bound = self.bound.get(name, ())
        if not bound and module is None and name in _BUILTINS:
            return None, ""
        package, _, part = (module or name).rpartition(".")
        remedy = f"add `{f'from {package} ' if package else ''}import {part}` to its imports"
        imported = [(at, to) for at, to in bound if to is not None]
        if not bound:
            return f"the page does not import `{name}`", remedy
        if wrong := [to for _, to in imported if module and to != module]:
            return f"`{name}` is `{wrong[0]}` on this page", f"{remedy}, and call that otherwise"
        if len(imported) < len(bound):
            return f"`{name}` is something else on this page, too", "call that otherwise"
        if where is not None and where < imported[0][0]:
            return f"the page imports `{name}` only later", "import it in an earlier cell"
        return None, ""


def parsed_cell(source: str) -> tuple[list[str], dict[int, str], list[ast.stmt]]:
    """A cell's lines without IPython's own, these, and its statements: none where it is not
    Python."""
    lines, magics = without_magics(source)
    try:
        with warnings.catch_warnings():  # the cell's run shows them
            warnings.simplefilter("ignore")
            return lines, magics, ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError):
        return lines, magics, []


def imports_of(sources: Iterable[str]) -> Imports:
    """The names that the cells of one edition's page bind, each given by its source."""
    bound: dict[str, list[tuple[Position, str | None]]] = {}
    for index, source in enumerate(sources):
        for statement in parsed_cell(source)[2]:
            targets = _imported(statement)
            found = of_statement(statement, "")
            for name in found.binds.keys() | found.binds_later:
                line = found.binds.get(name, statement.lineno)
                bound.setdefault(name, []).append(((index, line), targets.get(name)))
    return Imports(bound)


def _imported(statement: ast.stmt) -> dict[str, str]:
    """What the imports in a statement bind: dotted names by name."""
    found: dict[str, str] = {}
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Import):
            for part in node.names:
                found.setdefault(of_import(part), part.name if part.asname else of_import(part))
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            for part in node.names:
                found.setdefault(of_import(part), f"{source}.{part.name}")
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            waiting += ast.iter_child_nodes(node)
    return found


@dataclass(frozen=True)
class Reading:
    """One place where ``d2l.name`` is read, outside of strings."""

    node: ast.Attribute
    deferred: bool
    """Whether it stands in a function's body."""
    hidden: frozenset[str]
    """Of the names that were asked for, those that are local variables here."""


def readings(statement: ast.stmt, alias: str, names: Iterable[str]) -> list[Reading]:
    """Where a top-level statement reads an attribute of ``alias``, which is no local variable
    there, and which of ``names`` are."""
    reader = _Reader(alias, frozenset(names))
    reader.visit(statement)
    return reader.found


class _Reader(Walker):
    def __init__(self, alias: str, names: frozenset[str]) -> None:
        super().__init__(alias, in_class=False, lazy_annotations=False)
        self.found: list[Reading] = []
        self._watched = names

    def use(self, node: ast.Name | ast.Attribute, name: str, attribute: str | None = None) -> None:
        super().use(node, name, attribute)
        if attribute and isinstance(node.ctx, ast.Load):
            hidden = {watched for watched in self._watched if not self.is_global(watched)}
            self.found.append(Reading(node, self.deferred > 0, frozenset(hidden)))

    def visit(self, node: ast.AST) -> None:
        """All but what stands in strings."""
        if type(node).__name__ not in ("JoinedStr", "TemplateStr"):
            super().visit(node)
