"""The library: the module per edition that ``imprint sync`` generates from the cells marked
``#@save``.

The rules beyond those of the source format:

- Saved code reaches the library by the name of its package, ``d2l`` for ``d2l/torch.py``,
  or without it: ``d2l.plot`` and ``plot`` are the same.
- A builtin that the library hides is an error where saved code uses it bare: after
  ``abs = torch.abs  #@save`` write ``d2l.abs``, or save ``import builtins`` and write
  ``builtins.abs``. A reader must not have to know which of the two a page meant.
- A statement that several pages save alike (comments and layout aside) stands once, where it
  came first. Imports stand at the top, whatever page they came from.
- What runs on import needs what it names to be saved before it; the body of a function that
  is only called later does not.
- There is no ``__all__``: readers write ``d2l.name``, and ``d2l.plt`` is meant to work too.
"""

import ast
import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import NamedTuple

from imprint.errors import BookErrors
from imprint.library import names
from imprint.library.assembly import assembled
from imprint.library.checks import check_names
from imprint.library.marks import Cell, PageRef, Saved, saved_in
from imprint.library.writing import written

__all__ = ["Cell", "Export", "PageRef", "check", "dotted", "exports", "generate"]


def generate(
    edition: str, module: str, pages: Iterable[tuple[PageRef, Sequence[Cell]]],
    aliases: tuple[PageRef, Sequence[Cell]] | None = None,
) -> str:  # fmt: skip
    """The text of the library's module for one edition.

    ``module`` is its dotted name or its path (``d2l.torch``, ``d2l/torch.py``); ``pages``
    come in reading order, each with the edition's cells. ``aliases``: a page of cells that each
    save one name, for the names that no other page saves. Raises BookErrors with all that is
    wrong, in reading order.
    """
    statements, errors, order = [], [], {}
    doubtful: set[str] = set()  # the names in cells that cannot be read or are marked wrongly
    for page, cells in pages:
        order[page.path] = len(order)
        for cell in cells:
            found, wrong = saved_in(page, cell)
            statements += found
            errors += wrong
            if wrong:
                doubtful.update(re.findall(r"\w+", cell.source))
    if aliases:
        page, cells = aliases
        order[page.path] = -1
        own = {name for saved in statements for name in _names(saved, module)} | doubtful
        given = []
        for cell in cells:
            found, wrong = saved_in(page, cell)
            given += found
            errors += wrong
        statements = [*(one for one in given if not own & _names(one, module)), *statements]
    library, conflicts = assembled(dotted(module), statements, doubtful)
    errors += conflicts
    errors += check_names(library, doubtful)
    if errors:
        once = {str(error): error for error in errors}.values()
        raise BookErrors(sorted(once, key=lambda error: (order[error.path], error.line)))
    return written(edition, library)


def _names(saved: Saved, module: str) -> set[str]:
    return set(names.of_statement(saved.node, dotted(module).split(".")[0]).binds)


def check(current: str, generated: str, path: str) -> str | None:
    """A unified diff from the file as it is to what it should be; None if it is up to date."""
    if current == generated:
        return None
    lines = difflib.unified_diff(
        current.splitlines(keepends=True),
        generated.splitlines(keepends=True),
        str(path),
        f"{path} (from the pages)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


class Export(NamedTuple):
    """Where a public name of the library comes from."""

    path: str
    """The page."""
    label: str | None
    """The page's label."""
    line: int
    """The line in the generated module."""


_ORIGIN = re.compile(r"# (.+?)(?: \(([^()\s]+)\))?$")


def exports(source: str) -> dict[str, Export]:
    """The public names that a generated module defines, in its order; imports are not among
    them. ``source`` is the module's text."""
    tree, lines = ast.parse(source), source.split("\n")
    alias = next((_alias(node) for node in tree.body if _alias(node)), None)
    found: dict[str, Export] = {}
    page, end = None, None
    for node in tree.body:
        decorators = getattr(node, "decorator_list", ())
        first = min(part.lineno for part in (node, *decorators))
        for line in lines[end : first - 1] if end else ():
            if origin := _ORIGIN.match(line):
                page = origin.groups()
        if alias and _alias(node):
            end = node.end_lineno
        if end and page:
            end = node.end_lineno
            for name, line in names.of_statement(node, alias).binds.items():
                if not name.startswith("_"):
                    found.setdefault(name, Export(*page, line))
    return found


def _alias(node: ast.stmt) -> str | None:
    """``d2l`` of the line ``d2l = sys.modules[__name__]``, which ends a module's head."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name if ast.unparse(value) == "sys.modules[__name__]" else None
    return None


def dotted(module: str) -> str:
    """``d2l.torch`` of both itself and ``d2l/torch.py``."""
    path = PurePath(module)
    return ".".join(path.with_suffix("").parts) if path.suffix == ".py" else module
