"""What a module's statements do beyond binding their names when the module is imported.

A statement may change a name that stands elsewhere (``HUB['x'] = …``, ``@register``, a base class
that keeps its subclasses): then it belongs to that name. Where it calls what cannot be followed,
it may have changed anything, and belongs to every run that imports its module.

Some things are taken for granted: operators, attributes that are only read and what builtins ask of
an object (``len``, ``str``, its elements) change nothing; importing a module from outside the book
does not, either; and a definition that nothing uses does not make the import fail (unless it uses a
name that is not there).
"""

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from imprint.fingerprint import pure
from imprint.fingerprint.modules import Paths
from imprint.fingerprint.objects import FUNCTIONS, Callee, Changes, Effect, Lineage, Way
from imprint.fingerprint.running import Executed
from imprint.fingerprint.statements import Module, Statement, is_self

_LITERALS = (
    ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp,
    ast.GeneratorExp, ast.Constant, ast.JoinedStr,
)  # fmt: skip


_GIVEN = frozenset(dir(builtins)) | {"__file__", "__path__"}
_UNKNOWN = Callee("unknown")


class Store(NamedTuple):
    """A place where an attribute is set."""

    statement: Statement
    function: ast.AST | None
    """In which it stands."""
    base: str
    """The name of the object, if it has one."""
    attribute: str
    value: ast.AST | None
    """None: it cannot be told."""


@dataclass
class Effects:
    """The effects of statements and functions, each found once."""

    paths: Paths
    special: dict[Statement, tuple[bool, bool, bool]] = field(default_factory=dict)
    """Whether a statement may use any name, can show text, and lines."""
    _known: dict[object, Effect] = field(default_factory=dict)
    _running: list[ast.AST] = field(default_factory=list)
    _methods: dict[Module, set[str]] = field(default_factory=dict)
    _stores: dict[Module, dict[str, list[Store]]] = field(default_factory=dict)

    def of(self, statement: Statement) -> Effect:
        """What a top-level statement does when its module is imported."""
        found = self._known.get(statement)
        if found is None:
            found = self._known[statement] = Effect()
            if not isinstance(statement.node, (ast.Import, ast.ImportFrom)):
                if not is_self(statement):
                    Executed(self, statement, found).run([statement.node])
            elif "__future__" in statement.loads[0]:
                found.anything = True
            found.anything |= self._fails(statement)
        return found

    def _fails(self, statement: Statement) -> bool:
        """Whether it uses a name on import that is not there, or not yet: nobody can import
        its module then."""
        binders = statement.module.binders
        for use in statement.names.uses:
            if use.deferred:
                continue
            if use.wanted in binders:
                if min(one.index for one in binders[use.wanted]) > statement.index:
                    return True
            elif (use.attribute or use.name not in _GIVEN) and "*" not in binders:
                return "__getattr__" not in binders
        return False

    def of_function(self, node: ast.AST, statement: Statement, depth: int) -> Effect:
        """What calling a function does, and ``depth`` times calling what it returned."""
        key = (node, depth)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Effect(calls=True)
            self._running.append(node)
            Executed(self, statement, found, function=node, depth=depth).run_body()
            self._running.pop()
        elif node in self._running[:-1]:
            return Effect(anything=True)  # functions that call each other: not yet known
        return found

    def returned(self, node: ast.AST, statement: Statement, way: Way) -> Effect:
        """What it means that what a function returned is changed."""
        key = (node, way)
        found = self._known.get(key)
        if found is None:
            found = Effect()
            self._known[key] = Effect(anything=True)  # until it is known
            changes = Changes(self, statement, found, node)
            parts = [ast.Return(node.body)] if isinstance(node, ast.Lambda) else ast.walk(node)
            for part in parts:
                found.anything |= isinstance(part, (ast.Yield, ast.YieldFrom))
                if isinstance(part, ast.Return) and part.value:
                    changes.note(part.value, *way)
            self._known[key] = found
        return found

    def methods(
        self, callee: Callee, names: Iterable[str]
    ) -> Iterator[tuple[ast.FunctionDef, Statement]]:
        """The methods of a class that have these names, with those of its bases."""
        if callee.kind == "class":
            for owner, where in self.lineage(callee.node, callee.statement, Effect()):
                for part in owner.body:
                    if isinstance(part, FUNCTIONS) and part.name in names:
                        yield part, where

    def own_methods(self, module: Module) -> set[str]:
        """The names of the methods of all classes that a module has, and those it imports."""
        if module not in self._methods:
            found, modules = set(), {module: None}
            for one in (todo := [module]):
                for statement in one.statements:
                    for node in ast.walk(statement.node):
                        if isinstance(node, ast.ClassDef):
                            inside = (part for part in node.body if isinstance(part, FUNCTIONS))
                            found |= {part.name for part in inside}
                    loaded = [
                        edge for dotted in statement.loads for edge in self.paths.loads(dotted)
                    ]
                    new = [edge.module for edge in loaded if edge.module not in modules]
                    modules |= dict.fromkeys(new)
                    todo += dict.fromkeys(new)
            self._methods[module] = found
        return self._methods[module]

    def stores(self, module: Module) -> dict[str, list[Store]]:
        """Where a module sets attributes, by their names."""
        if module not in self._stores:
            found = self._stores[module] = {}
            for statement in module.statements:
                for store in _stores(statement):
                    found.setdefault(store.attribute, []).append(store)
        return self._stores[module]

    def lineage(self, node: ast.ClassDef, statement: Statement, effect: Effect) -> Lineage:
        """A class and its bases in the book; bases from elsewhere may do anything."""
        found, todo = [], [(node, statement)]
        while todo:
            node, statement = todo.pop()
            if (node, statement) in found:
                continue
            found.append((node, statement))
            effect.anything |= any(key.arg == "metaclass" for key in node.keywords)
            for base in node.bases:
                callee = self.callee(base, statement)
                if callee.kind == "class":
                    todo.append((callee.node, callee.statement))
                elif not (callee.kind in ("builtin", "outside") and pure.is_pure(callee.name)):
                    effect.anything = True
        return found

    def callee(self, expression: ast.AST, statement: Statement) -> Callee:
        """What an expression at the top level, or a global name in a function, means."""
        chain: tuple[str, ...] = ()
        while isinstance(expression, ast.Attribute):
            chain, expression = (expression.attr, *chain), expression.value
        if not isinstance(expression, ast.Name):
            return _UNKNOWN
        return self._named(statement.module, (expression.id, *chain), frozenset())

    def _named(self, module: Module, chain: tuple[str, ...], seen: frozenset) -> Callee:
        if not chain or (module, chain) in seen:
            return _UNKNOWN
        seen |= {(module, chain)}
        name, rest = chain[0], chain[1:]
        several = module.binders.get(name, ())
        if len(several) != 1:
            submodule = self.paths.find(f"{module.name}.{name}") if module.is_package else None
            if not several and submodule:
                return self._named(submodule, rest, seen)
            return _UNKNOWN if several or "*" in module.binders else Callee("builtin", _dot(chain))
        statement = several[0]
        if name in statement.imports:
            binding = statement.imports[name][0]
            target = self.paths.find(binding.module)
            if len(statement.imports[name]) > 1:
                return _UNKNOWN
            if target is None:
                return Callee("outside", _dot((binding.module, *binding.path, *rest)))
            return self._named(target, (*binding.path, *rest), seen)
        if is_self(statement):
            return self._named(module, rest, seen)
        match statement.node:
            case ast.FunctionDef(decorator_list=[]) as node if not rest:
                return Callee("function", node=node, statement=statement)
            case ast.ClassDef() as node:
                return self._of_class(node, statement, rest)
            case ast.Assign(targets=[ast.Name()], value=value):
                return self._of_value(value, statement, rest, seen)
        return _UNKNOWN

    def _of_value(
        self, value: ast.AST, statement: Statement, rest: tuple[str, ...], seen: frozenset
    ) -> Callee:
        match value:
            case ast.Lambda() if not rest:
                return Callee("function", node=value, statement=statement)
            case ast.Name() | ast.Attribute():
                chain = rest
                while isinstance(value, ast.Attribute):
                    chain, value = (value.attr, *chain), value.value
                if isinstance(value, ast.Name):
                    return self._named(statement.module, (value.id, *chain), seen)
            case ast.Call():
                made = self.callee(value.func, statement)
                if made.kind == "class" and len(rest) < 2:
                    found = self._of_class(made.node, made.statement, rest or ("__call__",))
                    return found
                if made.name in pure.CONTAINERS and len(rest) == 1:
                    return Callee("container", rest[0])
            case _ if isinstance(value, _LITERALS) and len(rest) == 1:
                return Callee("container", rest[0])
        return _UNKNOWN

    def _of_class(self, node: ast.ClassDef, statement: Statement, rest: tuple[str, ...]) -> Callee:
        if not rest:
            return Callee("class", node=node, statement=statement)
        for owner, where in self.lineage(node, statement, Effect()):
            for part in owner.body:
                if isinstance(part, ast.FunctionDef) and (part.name,) == rest:
                    plain = all(
                        isinstance(mark, ast.Name) and mark.id in ("classmethod", "staticmethod")
                        for mark in part.decorator_list
                    )
                    return Callee("method", node=part, statement=where) if plain else _UNKNOWN
        return _UNKNOWN


def _stores(statement: Statement) -> Iterator[Store]:
    todo: list[tuple[ast.AST, ast.AST | None]] = [(statement.node, None)]
    while todo:
        node, function = todo.pop()
        inner = node if function is None and isinstance(node, FUNCTIONS) else function
        todo += [(part, inner) for part in ast.iter_child_nodes(node)]
        given, targets = None, []
        match node:
            case ast.Assign(targets=targets, value=given):
                pass
            case ast.AnnAssign(target=target, value=given):
                targets = [target]
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                    base = getattr(part.value, "id", "")
                    value = given if part is target else None
                    yield Store(statement, function, base, part.attr, value)


def _dot(chain: Iterable[str]) -> str:
    return ".".join(chain)
