"""Whether each name that saved code uses will be there when it is needed."""

import ast
import builtins
from collections.abc import Iterator

from imprint.errors import BookError
from imprint.library.assembly import Item, Library
from imprint.library.names import Use, bound_last

_BUILTINS = frozenset(dir(builtins))


def check_names(library: Library, doubtful: set[str]) -> list[BookError]:
    """An error for every name that is missing, comes too late, or hides a builtin; of
    ``doubtful`` names it is not said that they are missing."""
    return list(_Check(library, doubtful).errors())


class _Check:
    def __init__(self, library: Library, doubtful: set[str]) -> None:
        self._library = library
        self._doubtful = doubtful
        self._imported = {"sys", *library.imports}
        self._where: dict[str, int] = {}
        self._bound_later: set[str] = set()
        for index, item in enumerate(library.items):
            for name in item.names.binds:
                self._where.setdefault(name, index)
            for _, names in item.parts:
                self._bound_later |= names.binds_later

    def errors(self) -> Iterator[BookError]:
        for index, item in enumerate(self._library.items):
            for saved, names in item.parts:
                told = set()
                for use in names.uses:
                    found = self._problem(use, index, item)
                    if found and found not in told:
                        told.add(found)
                        message, remedy = found
                        yield saved.error(message, use.line, remedy)

    def _problem(self, use: Use, index: int, item: Item) -> tuple[str, str] | None:
        """What is wrong with a use of a name in the item of this index, and the remedy."""
        name, alias = use.wanted, self._library.alias
        defined = name in self._where
        if name.startswith("__") and name.endswith("__"):
            return None
        if not use.attribute and name in _BUILTINS and (defined or name in self._imported):
            return (
                f"`{name}` would be the library's own here, not Python's",
                f"write `{alias}.{name}` or `builtins.{name}`",
            )
        if defined:
            return None if use.deferred else self._too_late(use, index, item)
        if name in self._imported or name in self._bound_later or name in self._doubtful:
            return None
        if use.attribute:
            remedy = "mark what defines it with `#@save`, or correct the name"
            return f"`{alias}.{name}` is not saved in this edition", remedy
        if name == alias or name in _BUILTINS:
            return None
        remedy = "mark its definition or import with `#@save`"
        return f"`{name}` is neither saved, imported nor built in", remedy

    def _too_late(self, use: Use, index: int, item: Item) -> tuple[str, str] | None:
        name = use.wanted
        defined = self._where[name]
        remedy = "save that earlier, or use it in a function that is called later"
        own = bound_last(item.saved.node, self._library.alias)
        if defined > index or (defined == index and name in own):
            return f"`{name}` is used on import, before {self._place(name)} defines it", remedy
        missing = self._missing_in_call(name, index, set()) if use.called else None
        if missing:
            return (
                f"`{name}` is called on import and uses `{missing}`, "
                f"before {self._place(missing)} defines that",
                remedy,
            )
        return None

    def _missing_in_call(self, name: str, index: int, seen: set[str]) -> str | None:
        """The name that a call of a function needs although only a later item defines it."""
        if name in seen or name not in self._where:
            return None
        seen.add(name)
        item = self._library.items[self._where[name]]
        if not _is_function(item.saved.node):
            return None
        for use in item.names.uses:
            if use.deferred and self._where.get(use.wanted, -1) > index:
                return use.wanted
            if use.deferred and use.called:
                missing = self._missing_in_call(use.wanted, index, seen)
                if missing:
                    return missing
        return None

    def _place(self, name: str) -> str:
        item = self._library.items[self._where[name]]
        return item.saved.place(item.names.binds[name])


def _is_function(node: ast.stmt) -> bool:
    """Whether calling what the statement defines runs the deferred part of it at once."""
    return isinstance(node, ast.FunctionDef) or (
        isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
    )
