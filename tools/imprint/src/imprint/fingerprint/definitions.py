"""The definitions that a page reaches: all that its code uses of the book's own modules, all that
these use, and what changes any of it when the modules are imported."""

import ast
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from imprint.fingerprint.cells import (
    FOLLOWING_ATTRIBUTES,
    LOCATING,
    SHELL,
    SHOWING,
    Code,
    key_of,
)
from imprint.fingerprint.effects import Effect, Effects
from imprint.fingerprint.literals import Literals, assigned, literals, nodes
from imprint.fingerprint.modules import Edge, Load, Name, Paths, Sources, Whole
from imprint.fingerprint.statements import Module, Statement, digest, is_self

FOLLOWING = frozenset(
    {"__import__", "eval", "exec", "globals", "importlib", "runpy", "sys.modules"}
)
"""What a module may use any name of itself by."""


@dataclass
class Reached:
    """What a page's run may use of the book's own modules."""

    statements: dict[Statement, None] = field(default_factory=dict)
    names: set[Name] = field(default_factory=set)
    loaded: dict[Module, None] = field(default_factory=dict)
    whole: dict[Module, None] = field(default_factory=dict)
    changing: dict[Name, list[Statement]] = field(default_factory=dict)
    """The statements that change the object of a name."""
    shows: bool = False
    """Whether it can show comments and documentation strings."""
    locates: bool = False
    """Whether it can show line numbers."""


class Library:
    """The book's own modules, as all of its pages see them."""

    def __init__(self, root: Path, texts: Mapping[str, str] | None = None) -> None:
        """``texts`` count in place of files, by path relative to ``root``: what the libraries
        will be once they are written."""
        self.root = root
        self.sources = Sources(root, {root / path: text for path, text in (texts or {}).items()})
        self._effects: dict[Paths, Effects] = {}
        self._literals: dict[Statement, Literals] = {}
        self.dataset_uses: dict[tuple[Paths, Statement], object] = {}
        """What ``datasets`` found out about each statement; the book's settings are the same."""
        self._constants: dict[Module, dict[str, set[str]]] = {}

    def paths(self, folder: Path, search: Iterable[tuple[bool, str]] = ()) -> Paths:
        """What a kernel in ``folder`` can import; ``search`` is added to ``sys.path``: what is
        added, and whether after the others."""
        more = [(after, Path(os.path.normpath(folder / text))) for after, text in sorted(search)]
        before = tuple(path for after, path in more if not after and path.is_dir())
        behind = tuple(path for after, path in more if after and path.is_dir())
        return self.sources.seen_from(folder, before, behind)

    def search(
        self, paths: Paths, apart: Name | None = None, blocked: Iterable[Name] = ()
    ) -> "Search":
        """A search that follows no entry of the name ``apart``, and at first no ``blocked`` one."""
        return Search(paths, self.effects(paths), apart, set(blocked))

    def effects(self, paths: Paths) -> Effects:
        if paths not in self._effects:
            self._effects[paths] = Effects(paths)
        return self._effects[paths]

    def origin(self, name: str) -> str | None:
        """The page that the library has ``module:label`` from; None where there is none."""
        dotted, _, label = name.partition(":")
        module = self.paths(self.root).find(dotted)
        return module.origins.get(label) if module else None

    def literals(self, statement: Statement) -> Literals:
        """What a statement of a module names and calls."""
        if statement not in self._literals:
            module = statement.module
            file = str(module.path) if module.path else None
            if module not in self._constants:
                written = [one.node for one in module.statements]
                constants = [one for one in written if isinstance(one, (ast.Assign, ast.AnnAssign))]
                self._constants[module] = assigned(constants, file)
            known = {
                name: set(texts)
                for name, texts in self._constants[module].items()
                if name == "__file__" or len(module.binders[name]) == 1
            }
            self._literals[statement] = literals([nodes(statement.node)], (), known, file)
        return self._literals[statement]


class Search:
    """The search for what one page reaches."""

    def __init__(
        self, paths: Paths, effects: Effects, apart: Name | None, blocked: set[Name]
    ) -> None:
        self.paths, self.effects, self.apart = paths, effects, apart
        self.found = Reached()
        self.entries: dict[Statement, None] = {}
        """The statements that change nothing but the name ``apart``."""
        self._blocked, self._held = blocked, []
        self._changing = self.found.changing
        self._todo: list[Edge | Statement] = []

    def of_page(self, code: Code) -> Reached:
        """All that the code of a page reaches."""
        found = self.found
        found.shows, found.locates = code.shows, code.locates
        for binding, chain in code.uses:
            edges = self.paths.follow(binding, chain)
            if self.apart in edges and chain and key_of(chain[-1]):
                continue
            self._todo += edges
        for dotted in code.loads:
            self._todo.extend(self.paths.loads(dotted))
        for dotted in code.mentions:
            self._todo.extend(self._mentioned(dotted))
        self._run()
        if code.unclear:
            self._todo.extend(Whole(module) for module in list(found.loaded))
            self._run()
        return found

    def of_statements(self, statements: Iterable[Statement]) -> Reached:
        """All that some statements reach, with what was found before."""
        self._todo.extend(statements)
        self._run()
        return self.found

    def unblock(self) -> None:
        """Go on with what was blocked."""
        self._todo += self._held
        self._blocked = set()
        self._run()

    def _mentioned(self, dotted: str) -> Iterable[Edge]:
        """What a word in a text that is no Python of the page leads to."""
        if not self.paths.find(dotted) and dotted.count(".") > 1:
            dotted = dotted.rpartition(".")[0]  # something in a module
        if module := self.paths.find(dotted):
            yield from self.paths.loads(dotted)
            yield Whole(module)
            if module.is_package and module.path:
                for name in sorted(self.paths.sources.names_in(module.path.parent)):
                    if name.endswith(".py") and name != "__init__.py":
                        yield from self._mentioned(f"{dotted}.{name[:-3]}")

    def _run(self) -> None:
        while self._todo:
            edge = self._todo.pop()
            if isinstance(edge, Name):
                if edge in self._blocked:
                    self._held.append(edge)
                elif edge not in self.found.names:
                    self.found.names.add(edge)
                    self._todo += edge.module.binders.get(edge.name, ())
                    self._todo += self._changing.get(edge, ())
            elif isinstance(edge, Load):
                if edge.module not in self.found.loaded:
                    self.found.loaded[edge.module] = None
                    self._load(edge.module)
                    if any(edge.module.name.startswith(f"{one.name}.") for one in self.found.whole):
                        self._todo.append(Whole(edge.module))  # an attribute of its package
            elif isinstance(edge, Whole):
                if edge.module not in self.found.whole:
                    self.found.whole[edge.module] = None
                    self._all_of(edge.module)
            elif edge not in self.found.statements:
                self.found.statements[edge] = None
                self._todo += self.paths.edges(edge)
                if edge not in self.effects.special:
                    self.effects.special[edge] = _special(edge)
                follows, shows, locates = self.effects.special[edge]
                self.found.shows |= shows
                self.found.locates |= locates
                if follows:
                    self._todo.append(Whole(edge.module))

    def _load(self, module: Module) -> None:
        for statement in module.statements:
            for dotted in statement.loads:
                self._todo += self.paths.loads(dotted)
            effect = self.effects.of(statement)
            if effect.anything:
                self._todo.append(statement)
            if self.apart in effect.targets and not effect.anything and self._only(effect):
                self.entries[statement] = None
                continue
            for target in effect.targets:
                self._changing.setdefault(target, []).append(statement)
                if target in self.found.names:
                    self._todo.append(statement)

    def _only(self, effect: Effect) -> bool:
        """Whether a statement changes the name apart and nothing else, by whatever name."""
        return all(
            target == self.apart or self.apart in self.paths.bound(target.module, target.name, ())
            for target in effect.targets
        )

    def _all_of(self, module: Module) -> None:
        self._todo.append(Load(module))
        inside = (one for one in self.found.loaded if one.name.startswith(f"{module.name}."))
        self._todo += map(Whole, inside)
        self._todo += module.statements
        for statement in module.statements:
            for several in statement.imports.values():
                for binding in several:
                    for dotted in (binding.module, ".".join([binding.module, *binding.path])):
                        self._todo += self.paths.loads(dotted)
                        if imported := self.paths.find(dotted):
                            self._todo.append(Whole(imported))


def missing(code: Code, paths: Paths) -> dict[str, str]:
    """The names that a page imports from the book's modules and that are not there."""
    found = {}
    for binding in (one for several in code.imports.values() for one in several if one.path):
        module, first = paths.find(binding.module), binding.path[0]
        if module is not None and first != "*" and first not in module.binders:
            if not (module.is_package and paths.find(f"{module.name}.{first}")):
                found[f"name {module.name}:{first}"] = "missing"
    return found


def depends_on(reached: Reached, effects: Effects) -> dict[str, str]:
    """What a page depends on in the book's modules: digests by name, in words."""
    found = {}
    for module in reached.whole:
        shown = reached.shows or reached.locates
        found[f"module {module.name}"] = digest(module.source) if shown else module.form
    for statement in reached.statements:
        module = statement.module
        if module in reached.whole:
            continue
        for label, value in statement.forms.items():
            if reached.locates:
                value = digest(value, statement.text, str(statement.line))
            elif reached.shows:
                value = digest(value, statement.text)
            found[f"definition {module.name}:{label}"] = value
    for module, labels in _in_order(reached, effects).items():
        found[f"order of {module.name}"] = digest(*labels)
    return found


def _in_order(reached: Reached, effects: Effects) -> dict[Module, list[str]]:
    """The statements whose order counts: those that change what others bind, read what is
    bound more than once or too late, or call other code when they are imported."""
    several: dict[Module, set[str]] = {}
    ordered: dict[Statement, None] = {}
    for name in reached.names:
        writers = [*name.module.binders.get(name.name, ()), *reached.changing.get(name, ())]
        if len(writers) > 1 and (held := [one for one in writers if one in reached.statements]):
            several.setdefault(name.module, set()).add(name.name)
            ordered |= dict.fromkeys(held)
    for statement in reached.statements:
        effect = effects.of(statement)
        changed = several.get(statement.module)
        if effect.anything or effect.calls or statement.early:
            ordered[statement] = None
        elif changed and not changed.isdisjoint(statement.reads):
            ordered[statement] = None
    found: dict[Module, list[str]] = {}
    for statement in sorted(ordered, key=lambda one: one.place):
        if statement.module not in reached.whole:
            label = " ".join([statement.label, *statement.early])
            found.setdefault(statement.module, []).append(label)
    return found


def _special(statement: Statement) -> tuple[bool, bool, bool]:
    """Whether a statement of a module may use any name of it, can show text, and lines."""
    if is_self(statement):
        return False, False, False
    module, used = statement.module, set()
    for use in statement.names.uses:
        bound = [
            one for own in module.binders.get(use.name, ()) for one in own.imports.get(use.name, ())
        ]
        for binding in bound:
            used.update(binding.module.split("."), binding.path)
            if use.chain and binding.module in ("builtins", "sys"):
                used.update((use.chain[0], f"{binding.module}.{use.chain[0]}"))
        if use.name not in module.binders:
            used.add(use.name)
    for several in statement.imports.values():
        for binding in several:
            used.update(binding.module.split("."), binding.path)
    names = used | statement.names.attributes
    return (
        bool(used & FOLLOWING or names & (SHELL | FOLLOWING_ATTRIBUTES)),
        bool(names & SHOWING),
        bool(names & LOCATING) or "warnings" in used,
    )
