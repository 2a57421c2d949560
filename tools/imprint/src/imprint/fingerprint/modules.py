"""The book's own modules: which file an import means, and what a name in it leads to.

As in a kernel, modules are looked for in the page's folder first and in the book's root then.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from imprint.fingerprint.statements import Binding, Module, Statement, is_self, parsed

_ALL_OF_IT = ("*", "__dict__", "__doc__", "__all__")


class Name(NamedTuple):
    """A name of a module."""

    module: Module
    name: str


@dataclass(frozen=True)
class Whole:
    """All of a module: its names could not be told apart."""

    module: Module


@dataclass(frozen=True)
class Load:
    """A module is imported: what it does then, happens."""

    module: Module


Edge = Name | Whole | Load


@dataclass
class Sources:
    """The texts of the book's modules, each read and parsed once."""

    root: Path
    texts: Mapping[Path, str] = field(default_factory=dict)
    """Texts that count in place of files, by path under the root: the generated libraries."""
    _modules: dict[tuple[Path, str], Module] = field(default_factory=dict)
    _folders: dict[Path, frozenset[str]] = field(default_factory=dict)
    _importable: dict[Path, bool] = field(default_factory=dict)
    _paths: dict[tuple[Path, ...], "Paths"] = field(default_factory=dict)

    def read(self, path: Path, name: str, is_package: bool) -> Module | None:
        known = self._modules.get((path, name))
        if known is None:
            text = self.texts.get(path)
            if text is None:
                try:
                    text = path.read_bytes().decode("utf-8", "replace")
                except OSError:
                    return None
            known = self._modules[path, name] = parsed(text, name, path, is_package)
        return known

    def files(self) -> list[Path]:
        """The files of the modules that were read."""
        return [path for path, _ in self._modules if path not in self.texts]

    def names_in(self, folder: Path) -> frozenset[str]:
        """The file names in a folder, and those of the texts that will be there."""
        if folder not in self._folders:
            try:
                found = {entry.name for entry in folder.iterdir()}
            except OSError:
                found = set()
            found |= {path.name for path in self.texts if path.parent == folder}
            found |= {path.parent.name for path in self.texts if path.parent.parent == folder}
            self._folders[folder] = frozenset(found)
        return self._folders[folder]

    def _has_modules(self, folder: Path) -> bool:
        """Whether there may be modules or packages in a folder; asked for every page in it."""
        if folder not in self._importable:
            names = self.names_in(folder)
            found = any(name.endswith(".py") or name.isidentifier() for name in names)
            self._importable[folder] = found
        return self._importable[folder]

    def seen_from(
        self, folder: Path, before: tuple[Path, ...] = (), behind: tuple[Path, ...] = ()
    ) -> "Paths":
        """What a kernel in ``folder`` can import, with more folders to search ``before`` and
        ``behind`` it and the root. Folders without modules see the same."""
        own = (folder,) if folder != self.root and self._has_modules(folder) else ()
        folders = tuple(dict.fromkeys((*before, *own, self.root, *behind)))
        if folders not in self._paths:
            self._paths[folders] = Paths(self, folders)
        return self._paths[folders]


@dataclass(eq=False)
class Paths:
    """One search path, and what its names mean."""

    sources: Sources
    folders: tuple[Path, ...]
    _found: dict[str, Module | None] = field(default_factory=dict)
    _followed: dict[tuple[Binding, tuple[str, ...]], tuple[Edge, ...]] = field(default_factory=dict)
    _edges: dict[Statement, tuple[Edge, ...]] = field(default_factory=dict)

    def find(self, dotted: str) -> Module | None:
        """The book's module of this name; None for one from elsewhere, or for none at all."""
        if dotted not in self._found:
            self._found[dotted] = self._find(dotted) if dotted else None
        return self._found[dotted]

    def _find(self, dotted: str) -> Module | None:
        parts = dotted.split(".")
        for folder in self.folders:
            for part in parts[:-1]:
                if part not in self.sources.names_in(folder):
                    break
                folder = folder / part
            else:
                last, names = parts[-1], self.sources.names_in(folder)
                if last in names and "__init__.py" in self.sources.names_in(folder / last):
                    return self.sources.read(folder / last / "__init__.py", dotted, True)
                if f"{last}.py" in names:
                    return self.sources.read(folder / f"{last}.py", dotted, False)
                if last in names and self._holds_modules(folder / last):
                    return Module(dotted, None, "", dotted, True, parsed("", dotted, None).tree)
        return None

    def _holds_modules(self, folder: Path) -> bool:
        names = self.sources.names_in(folder)
        inside = (folder / name for name in names if name.isidentifier())
        return any(name.endswith(".py") for name in names) or any(map(self._holds_modules, inside))

    def loads(self, dotted: str) -> Iterator[Edge]:
        """The modules that importing one runs: its packages come first."""
        parts = dotted.split(".")
        for end in range(1, len(parts) + 1):
            if module := self.find(".".join(parts[:end])):
                yield Load(module)

    def follow(self, binding: Binding, chain: tuple[str, ...]) -> tuple[Edge, ...]:
        """Where an imported name with its attributes leads."""
        known = self._followed.get((binding, chain))
        if known is None:
            found = dict.fromkeys(self._follow(binding, chain))
            known = self._followed[binding, chain] = tuple(found)
        return known

    def _follow(self, binding: Binding, chain: tuple[str, ...]) -> Iterator[Edge]:
        module = self.find(binding.module)
        yield from self.loads(binding.module)
        if module is not None:
            yield from self.attribute(module, binding.path + chain)

    def attribute(
        self, module: Module, chain: tuple[str, ...], seen: frozenset = frozenset()
    ) -> Iterator[Edge]:
        """Where ``module.a.b.c`` leads, ``chain`` being the attributes."""
        if not chain or chain[0] in _ALL_OF_IT or module.tree is None:
            yield Whole(module)
            return
        name, rest = chain[0], chain[1:]
        submodule = self.find(f"{module.name}.{name}") if module.is_package else None
        if submodule is not None:
            yield Load(submodule)
            yield from self.attribute(submodule, rest, seen)
        if submodule is None or name in module.binders:
            yield from self.bound(module, name, rest, seen)

    def bound(
        self, module: Module, name: str, rest: tuple[str, ...], seen: frozenset = frozenset()
    ) -> Iterator[Edge]:
        """Where a name in a module leads, with the attributes that follow it. (A name that it
        does not have is a builtin or a mistake, until a definition gives it a new edge.)"""
        if (module, name, rest) in seen:
            return
        seen |= {(module, name, rest)}
        yield Name(module, name)
        for statement in module.binders.get(name, ()):
            if is_self(statement):
                yield from self.attribute(module, rest, seen)
            for binding in statement.imports.get(name, ()):
                if target := self.find(binding.module):
                    yield from self.attribute(target, (*binding.path, *rest), seen)
        if name not in module.binders:
            for other in ("__getattr__", "*"):  # these may still give it the name
                if other in module.binders:
                    yield Name(module, other)

    def edges(self, statement: Statement) -> tuple[Edge, ...]:
        """What a statement leads to when it runs and when what it defines is called."""
        known = self._edges.get(statement)
        if known is None:
            known = self._edges[statement] = tuple(dict.fromkeys(self._of(statement)))
        return known

    def _of(self, statement: Statement) -> Iterator[Edge]:
        module = statement.module
        if is_self(statement):
            return
        for name, several in statement.imports.items():
            for binding in several:
                yield from self.loads(binding.module)
                target = self.find(binding.module)
                if target is None:
                    continue
                if name == "*":
                    yield Whole(target)
                elif binding.path:
                    yield from self._imported(target, binding.path[0])
        for use in statement.names.uses:
            yield from self.bound(module, use.name, use.chain)
        if statement.nested:
            for name, chain in chains(statement.node, statement.imports.keys()):
                for binding in statement.imports[name]:
                    yield from self.follow(binding, chain)

    def _imported(self, target: Module, name: str) -> Iterator[Edge]:
        """What ``from target import name`` does, whatever is made of the name."""
        submodule = self.find(f"{target.name}.{name}") if target.is_package else None
        if submodule is not None:
            yield Load(submodule)
        if name in target.binders:
            yield Name(target, name)
        elif submodule is None:
            yield from self.attribute(target, (name,))


def chains(node: ast.AST, wanted: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every use of the wanted names in a piece of code, whatever the scope, with the attributes
    that follow."""
    todo = [node]
    while todo:
        node = todo.pop()
        chain: tuple[str, ...] = ()
        while isinstance(node, ast.Attribute):
            chain, node = (node.attr, *chain), node.value
        if not isinstance(node, ast.Name):
            todo.extend(ast.iter_child_nodes(node))
        elif node.id in wanted and not isinstance(node.ctx, ast.Store):
            yield node.id, chain
