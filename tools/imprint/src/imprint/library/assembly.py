"""The library of one edition put together from what its pages save: imports once, definitions
once, methods in their classes. Two definitions of one name are an error here."""

import ast
import copy
from collections.abc import Iterable
from dataclasses import dataclass, field

from imprint.errors import BookError
from imprint.library import names
from imprint.library.marks import PageRef, Saved


@dataclass
class Item:
    """A statement of the library: not an import, and not a method that a class took in."""

    saved: Saved
    names: names.Names
    methods: list[tuple[Saved, names.Names]] = field(default_factory=list)

    @property
    def parts(self) -> list[tuple[Saved, names.Names]]:
        return [(self.saved, self.names), *self.methods]


@dataclass
class Library:
    """What one module will hold."""

    module: str
    """Its dotted name, for example ``d2l.torch``."""
    imports: dict[str, list[str]] = field(default_factory=dict)
    """By the name that they bind: import statements of one name each."""
    items: list[Item] = field(default_factory=list)
    pages: list[PageRef] = field(default_factory=list)
    """The pages that anything came from."""

    @property
    def alias(self) -> str:
        """The name by which saved code reaches the library: its package, ``d2l``."""
        return self.module.split(".")[0]


@dataclass(frozen=True)
class _Owner:
    """Who has a name: a saved statement, or the generator itself."""

    place: str
    target: str | None = None
    """For an import: the dotted name of what is imported."""


def assembled(
    module: str, statements: Iterable[Saved], doubtful: set[str]
) -> tuple[Library, list[BookError]]:
    """The library and what is wrong with it. ``doubtful`` are names about which nothing can
    be said, because a cell with them could not be read."""
    assembly = _Assembly(module, list(statements), doubtful)
    return assembly.library, assembly.errors


class _Assembly:
    def __init__(self, module: str, statements: list[Saved], doubtful: set[str]) -> None:
        self.library = Library(module)
        self.errors: list[BookError] = []
        alias = self.library.alias
        own = f"the first lines of {module}"
        self._owners = {alias: _Owner(own), "sys": _Owner(own, "sys")}
        self._seen: set[str] = set()
        self._lazy_annotations = any(
            isinstance(saved.node, ast.ImportFrom)
            and saved.node.module == "__future__"
            and any(part.name == "annotations" for part in saved.node.names)
            for saved in statements
        )
        methods = []
        for saved in statements:
            if saved.page not in self.library.pages:
                self.library.pages.append(saved.page)
            if isinstance(saved.node, (ast.Import, ast.ImportFrom)):
                self._add_imports(saved)
            elif _takes_in(saved.node, alias) is not None:
                methods.append(saved)
            else:
                self._add_statement(saved)
        self._add_methods(methods, doubtful)

    def _add_imports(self, saved: Saved) -> None:
        node, library = saved.node, self.library
        for part in node.names:
            bound = names.of_import(part)
            renamed = f" as {part.asname}" if part.asname else ""
            if isinstance(node, ast.ImportFrom):
                source = "." * node.level + (node.module or "")
                target = f"{source.rstrip('.')}.{part.name}"
                text = f"from {source} import {part.name}{renamed}"
            else:
                target = part.name if part.asname else bound
                text = f"import {part.name}{renamed}"
            if target.startswith("__future__."):
                bound = target  # its effect is on the whole module, not on a name
            if part.name == "*":
                remedy = "name what is needed"
                self.errors.append(saved.error("`import *` cannot be saved", remedy=remedy))
            elif bound == library.alias or f"{target}.".startswith(f"{library.module}."):
                self.errors.append(
                    saved.error(
                        f"`{text}` cannot be saved: the library would import itself",
                        remedy=f"leave it unmarked; `{library.alias}` is known to saved code",
                    )
                )
            elif self._claim(bound, saved, saved.first, target):
                known = library.imports.setdefault(bound, [])
                dotted = isinstance(node, ast.Import) and not part.asname
                if text not in known and (dotted or not known):
                    known.append(text)

    def _add_statement(self, saved: Saved) -> None:
        form = ast.dump(saved.node)
        if form in self._seen:
            return
        self._seen.add(form)
        found = names.of_statement(
            saved.node, self.library.alias, lazy_annotations=self._lazy_annotations
        )
        claims = {name: line for name, line in found.binds.items() if name != "_"}
        for target in getattr(saved.node, "targets", ()):
            if isinstance(target, (ast.Subscript, ast.Attribute)):
                text = ast.unparse(target).removeprefix(f"{self.library.alias}.")
                claims.setdefault(text, target.lineno)
        free = [self._claim(name, saved, line) for name, line in claims.items()]
        if all(free):
            self.library.items.append(Item(saved, found))

    def _claim(self, name: str, saved: Saved, line: int, target: str | None = None) -> bool:
        """Whether a name may be a statement's; an import may repeat another."""
        place = saved.place(line)
        owner = self._owners.setdefault(name, _Owner(place, target))
        if owner.place == place:
            return True
        if target is not None and owner.target == target:
            return True
        self._conflict(name, saved, line, owner.place)
        return False

    def _conflict(self, name: str, saved: Saved, line: int, place: str) -> None:
        self.errors.append(
            saved.error(
                f"`{name}` is already defined, differently, at {place}",
                line,
                "rename one, or remove its `#@save`",
            )
        )

    def _add_methods(self, methods: list[Saved], doubtful: set[str]) -> None:
        alias = self.library.alias
        classes = {
            item.saved.node.name: item
            for item in self.library.items
            if isinstance(item.saved.node, ast.ClassDef)
        }
        owners: dict[tuple[str, str], tuple[str, str]] = {}
        for name, item in classes.items():
            for part in item.saved.node.body:
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    place = item.saved.place(part.lineno)
                    owners[name, part.name] = (ast.dump(part), place)
        for saved in methods:
            name = _takes_in(saved.node, alias)
            if name not in classes:
                if name not in doubtful:
                    remedy = "save the class: mark it with `#@save`"
                    self.errors.append(
                        saved.error(f"add_to_class: `{name}` is no saved class", remedy=remedy)
                    )
                continue
            method = copy.copy(saved.node)
            method.decorator_list = method.decorator_list[1:]
            place = saved.place(saved.node.lineno)
            form, first = owners.setdefault((name, method.name), (ast.dump(method), place))
            if form != ast.dump(method):
                self._conflict(f"{name}.{method.name}", saved, saved.node.lineno, first)
            elif first == place:
                found = names.of_statement(
                    method, alias, in_class=True, lazy_annotations=self._lazy_annotations
                )
                classes[name].methods.append((saved, found))


def _takes_in(node: ast.stmt, alias: str) -> str | None:
    """The class named by a function's ``@d2l.add_to_class(Name)``; None: it is no method."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or not node.decorator_list:
        return None
    match node.decorator_list[0]:
        case ast.Call(func=function, args=[given], keywords=[]) if (
            _library_name(function, alias) == "add_to_class"
        ):
            return _library_name(given, alias) or ast.unparse(given)
    return None


def _library_name(node: ast.expr, alias: str) -> str | None:
    """``x`` of both ``x`` and ``d2l.x``."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module == alias:
            return name
    return None
