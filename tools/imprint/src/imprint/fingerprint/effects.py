"""What a module's statements do beyond binding their names when the module is imported.

A statement may change a name that stands elsewhere (``HUB['x'] = …``, ``@register``, a base class
that keeps its subclasses): then it belongs to that name. Where it calls what cannot be followed,
it may have changed anything, and belongs to every run that imports its module.

Three things are taken for granted: operators and attributes change nothing, importing a module
from outside the book does not, and a definition that nothing uses does not make the import fail
(unless it uses a name that is not there).
"""

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass, field

from imprint.fingerprint import pure
from imprint.fingerprint.modules import Name, Paths
from imprint.fingerprint.running import Callee, Effect, Executed
from imprint.fingerprint.statements import Module, Statement, is_self

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_LITERALS = (
    ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp,
    ast.GeneratorExp, ast.Constant, ast.JoinedStr,
)  # fmt: skip


_GIVEN = frozenset(dir(builtins)) | {"__file__", "__path__"}
_UNKNOWN = Callee("unknown")


@dataclass
class Effects:
    """The effects of statements and functions, each found once."""

    paths: Paths
    special: dict[Statement, tuple[bool, bool, bool]] = field(default_factory=dict)
    """Whether a statement may use any name, can show text, and lines."""
    _known: dict[object, Effect] = field(default_factory=dict)
    _running: list[ast.AST] = field(default_factory=list)

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

    def of_function(
        self, node: ast.AST, statement: Statement, depth: int, made: bool = False
    ) -> Effect:
        """What calling a function does, and ``depth`` times calling what it returned.
        ``made``: its first argument is an object that nothing else knows yet."""
        key = (node, depth, made)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Effect(calls=True)
            self._running.append(node)
            Executed(self, statement, found, function=node, depth=depth, made=made).run_body()
            self._running.pop()
        elif node in self._running[:-1]:
            return Effect(anything=True)  # functions that call each other: not yet known
        return found

    def of_class(self, node: ast.ClassDef, statement: Statement) -> Effect:
        """What making an object of a class does."""
        effect = Effect(calls=True)
        for owner, where in self.lineage(node, statement, effect):
            for part in owner.body:
                if isinstance(part, _FUNCTIONS) and part.name in _MAKING:
                    effect.add(self.of_function(part, where, 0, made=True))
        return effect

    def lineage(
        self, node: ast.ClassDef, statement: Statement, effect: Effect
    ) -> list[tuple[ast.ClassDef, Statement]]:
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

    def changed(
        self, module: Module, chain: tuple[str, ...], effect: Effect, shallow: bool = False
    ) -> None:
        """Note in ``effect`` that the object that ``chain`` leads to is changed, and with it
        every object that it may be or hold. ``shallow``: an attribute of its own is set, which
        the bases of a class do not notice."""
        todo, seen = [(module, chain, "is")], set()
        while todo:
            module, chain, relation = todo.pop()
            for edge in self.paths.bound(module, chain[0], chain[1:]):
                if isinstance(edge, Name) and (edge, relation) not in seen:
                    seen.add((edge, relation))
                    all_of_it = (module, chain) == (edge.module, (edge.name,))
                    related = self._related(edge, relation, all_of_it, effect)
                    todo += [one for one in related if not (shallow and one[2] == "base")]

    def _related(self, name: Name, relation: str, all_of_it: bool, effect: Effect) -> list[tuple]:
        """The names that lead to what a changed object may be or hold. ``relation``: whether
        this name's object is the changed one, a base of it, or only held by it; ``all_of_it``:
        none of its attributes was named."""
        related, is_module, is_definition = [], False, False
        for statement in name.module.binders.get(name.name, ()):
            node, found = statement.node, statement.imports.get(name.name, ())
            for binding in found:
                outside = self.paths.find(binding.module) is None
                effect.anything |= outside and relation == "is"
                inside = ".".join([binding.module, *binding.path])
                is_module |= outside or self.paths.find(inside) is not None
            if is_self(statement):
                is_module = True
            elif not found:
                is_definition |= isinstance(node, _DEFINITIONS)
                value = getattr(node, "value", node)
                made = is_definition or self._is_new(value, statement)
                if relation == "is" and not made and _calls(node):
                    effect.anything = True
                further = "held" if made else relation
                if isinstance(node, ast.ClassDef) and relation != "held":
                    further = "base"
                for use in statement.names.uses:
                    if not use.deferred and use.name in name.module.binders:
                        related.append((name.module, (use.name, *use.chain), further))
        if is_module:
            effect.anything |= all_of_it and relation == "is"
        elif relation != "held" or not is_definition:
            effect.targets.add(name)
        return related

    def _is_new(self, value: ast.AST | None, statement: Statement) -> bool:
        """Whether a value is an object that was made right there."""
        if isinstance(value, ast.Call):
            callee = self.callee(value.func, statement)
            if callee.kind in ("builtin", "outside"):
                return callee.name in pure.CONTAINERS or pure.is_pure(callee.name)
            return callee.kind == "class"
        return isinstance(value, _LITERALS) and not _calls(value)

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


_MAKING = ("__new__", "__init__", "__post_init__", "__init_subclass__", "__call__")


def _dot(chain: Iterable[str]) -> str:
    return ".".join(chain)


def _calls(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) for part in ast.walk(node))
