"""Whose object a piece of code changes: what an expression may give, followed back to the names
that hold it. Where that cannot be told, anything may have changed.

A way into an object is a tuple: attributes by their names, ``ELEMENT`` for one of what a container
holds, and at its end what is done there: ``CONTENT``, or ``=name`` where an attribute is set.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imprint.fingerprint import pure
from imprint.fingerprint.assignments import (
    ELEMENT,
    Way,
    arguments_of,
    defaults,
    parameters,
    values_given,
)
from imprint.fingerprint.modules import Name, Whole
from imprint.fingerprint.statements import Module, Statement, is_self

if TYPE_CHECKING:
    from imprint.fingerprint.effects import Effects

CONTENT = "*"
ANY_ATTRIBUTE = "="
MOST = 6
"""Steps that a way may have before it counts as unknown."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NEW = (ast.Constant, ast.JoinedStr, ast.Compare, ast.UnaryOp, ast.BinOp, ast.Lambda)
"""Expressions whose value nothing else knows yet, beside those of containers."""
Lineage = Sequence[tuple[ast.ClassDef, Statement]]


@dataclass
class Effect:
    """What running a piece of code changes."""

    anything: bool = False
    targets: set[Name] = field(default_factory=set)
    """The names whose objects it changes."""
    given: set[tuple[str, Way]] = field(default_factory=set)
    """What it changes of what it was given: the parameter, and the way from there. Without a
    name, the parameter is one of a function in it."""
    calls: bool = False
    """Whether it runs other code of the book."""

    def add(self, other: "Effect") -> None:
        self.anything |= other.anything
        self.targets |= other.targets
        self.given |= other.given
        self.calls |= other.calls


@dataclass(frozen=True)
class Callee:
    """What a call calls, as far as it is known."""

    kind: str
    """builtin, outside, function, class, method, container, local, or unknown"""
    name: str = ""
    """Of what is from outside: in full; of a container: the method's."""
    node: ast.AST | None = None
    statement: Statement | None = None
    """In which the node stands."""


@dataclass
class Changes:
    """Notes in ``effect`` what is changed by code in a statement, or in a function in it."""

    effects: "Effects"
    statement: Statement
    effect: Effect
    function: ast.AST | None = None
    depth: int = 0
    """How often what the function returns is called."""
    defined: ast.Name | None = None
    """Stands for what the statement defines, when a decorator is given it."""
    seen: set[tuple[ast.AST, str, Way]] = field(default_factory=set)

    def note(self, expression: ast.AST, *way: str) -> None:
        """Note a change of what is found on a way from the object that an expression gives."""
        key = (expression, "", way)
        if key in self.seen:
            return
        self.seen.add(key)
        inside = way[0] == ELEMENT
        match expression:
            case ast.Name():
                self._name(expression, way)
            case ast.Attribute(value=value, attr=name):
                self.note(value, name, *way)
            case ast.Subscript(value=value):
                self.note(value, ELEMENT, *way)
            case ast.NamedExpr(value=value):
                self.note(value, *way)
            case ast.IfExp(body=one, orelse=other):
                self._all([one, other], way)
            case ast.BoolOp(values=values):
                self._all(values, way)
            case ast.BinOp(left=one, right=other) if inside:
                self._all([one, other], way)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                self._elements(parts, way)
            case ast.Dict(keys=keys, values=values):
                parts = [value if key else ast.Starred(value) for key, value in zip(keys, values)]
                self._elements(parts, way)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                self._elements([expression.elt], way)
            case ast.DictComp():
                self._elements([expression.value], way)
            case ast.Call():
                self._result(expression, way)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._definition(expression, way)
            case _:
                self.effect.anything |= inside or not isinstance(expression, _NEW)
        self.effect.anything |= len(way) > MOST

    def _all(self, expressions: Sequence[ast.AST], way: Way) -> None:
        if len(way) <= MOST:
            for expression in expressions:
                self.note(expression, *way)

    def _elements(self, parts: Sequence[ast.AST], way: Way) -> None:
        if way[0] == ELEMENT:
            for part in parts:
                inner = isinstance(part, ast.Starred)
                self.note(part.value if inner else part, *(way if inner else way[1:]))

    # Names

    def is_global(self, node: ast.Name) -> bool:
        names = self.statement.names
        return id(node) in names.nodes or (not self.function and node.id in names.binds)

    def _name(self, node: ast.Name, way: Way) -> None:
        if node is self.defined:
            self._held(Name(self.statement.module, node.id), way, bare=True)
        elif self.is_global(node):
            self._global(self.statement.module, node.id, way)
        elif node.id in self.statement.imports:
            self.effect.anything = True
        else:
            self.bound(self.function or self.statement.node, node.id, way)

    def _global(self, module: Module, name: str, way: Way) -> None:
        chain = tuple(step for step in way if step[0] not in "[*=")
        chain = chain if way[: len(chain)] == chain else ()
        for known, end in self._ends(module, name, chain):
            if isinstance(known, Name):
                self._held(known, way[end:])
            elif way[end][0] == "=" != way[end]:
                self.effect.targets.add(Name(known.module, way[end][1:]))
            else:
                self.effect.anything = True

    def _ends(self, module: Module, name: str, chain: Way) -> Iterator[tuple[Name | Whole, int]]:
        """The names that a chain leads to, each with the number of attributes that it takes."""
        known: set[Name] = set()
        for end in range(len(chain) + 1):
            for edge in self.effects.paths.bound(module, name, chain[:end]):
                if isinstance(edge, Name) and edge not in known:
                    known.add(edge)
                    yield edge, end
                elif isinstance(edge, Whole) and end == len(chain):
                    yield edge, end

    def _held(self, name: Name, way: Way, bare: bool = False) -> None:
        """What a module's name holds is changed; ``bare``: before decorators were applied."""
        key = (name.module.tree, name.name, way)
        if key in self.seen:
            return
        self.seen.add(key)
        paths, binders = self.effects.paths, name.module.binders
        self.effect.anything |= name.name not in binders and "*" in binders
        for statement in binders.get(name.name, ()):
            found = statement.imports.get(name.name, ())
            outside = any(paths.find(binding.module) is None for binding in found)
            inside = [".".join([binding.module, *binding.path]) for binding in found]
            self.effect.anything |= outside
            if is_self(statement) or outside or any(map(paths.find, inside)):
                continue
            self.effect.targets.add(name)
            if not found:
                there = Changes(self.effects, statement, self.effect, seen=self.seen)
                if bare and statement is self.statement:
                    there._definition(statement.node, way, bare=True)
                elif way[0] != ELEMENT or not self._keeps_own(statement):
                    there.bound(statement.node, name.name, way)

    def _keeps_own(self, statement: Statement) -> bool:
        """Whether a container makes what it holds itself: ``defaultdict(list)``. Of others, the
        elements may be anything that was put into them, unless they are all known."""
        match statement.node:
            case ast.Assign(value=ast.Call(func=function)):
                return self.effects.callee(function, statement).name == "collections.defaultdict"
            case ast.Assign(value=ast.Tuple()) | ast.For():
                return False
        self.effect.anything = True
        return False

    def bound(self, node: ast.AST, name: str, way: Way) -> None:
        """What a name holds, wherever code in ``node`` binds it."""
        key = (node, name, way)
        if key in self.seen or len(way) > MOST:
            return
        self.seen.add(key)
        found = False
        for value, more in values_given(node, name, self.statement.module.alias):
            found = True
            if isinstance(value, ast.arg):
                self._parameter(value, way)
            else:
                self._follow(value, (*more, *way))
        self.effect.anything |= not found
        if self.function and way[0] == ELEMENT:
            self._put_in(name, way)

    def _parameter(self, parameter: ast.arg, way: Way) -> None:
        arguments = getattr(self.function, "args", None)
        if arguments and parameter in parameters(arguments):
            self.effect.given.add((parameter.arg, way))
            if default := defaults(arguments).get(parameter.arg):
                self.note(default, *way)
        elif self.depth:
            self.effect.given.add(("", way))
        else:
            self.effect.anything = True

    def _put_in(self, name: str, way: Way) -> None:
        """What a function puts into a container of its own, whose element is changed."""
        for part in ast.walk(self.function):
            match part:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=own)), args=given):
                    if own == name:
                        self._all(given, way)
                        self._all(given, way[1:])
                    elif any(_is(one, name) for one in given):
                        self.effect.anything = True
                case ast.Call(func=function, args=given, keywords=keywords):
                    passed = any(_is(one, name) for one in [*given, *(k.value for k in keywords)])
                    callee = self.callee(function)
                    if passed and not (callee.kind == "builtin" and pure.is_pure(callee.name)):
                        self.effect.anything = True
                case ast.Assign(targets=[ast.Subscript(value=value)], value=given):
                    if _is(value, name):
                        self.note(given, *way[1:])
                case ast.AugAssign(target=target, value=given) if _is(target, name):
                    self.note(given, *way)

    # Calls

    def callee(self, function: ast.AST) -> Callee:
        """What an expression that is called means."""
        root = function
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and self.is_global(root):
            return self.effects.callee(function, self.statement)
        return Callee("local")

    def _result(self, call: ast.Call, way: Way) -> None:
        """What a call gives back is changed."""
        callee = self.callee(call.func)
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if callee.kind in ("builtin", "outside"):
            self._foreign_result(callee.name, given, way)
        elif callee.kind == "class":
            self._instance(callee, call, way)
        elif callee.kind == "function":
            effect = self.effects.returned(callee.node, callee.statement, way)
            self.join(effect, callee.node, call.args, call.keywords)
        elif callee.kind not in ("local", "container"):
            self.effect.anything = True
        elif method == "setdefault" and len(given) == 2 and is_fresh(given[1]):
            self.note(call.func.value, CONTENT)
        elif method not in pure.READING or method == "get" or way[0] not in (CONTENT, "="):
            self.effect.anything = True

    def _foreign_result(self, name: str, given: Sequence[ast.AST], way: Way) -> None:
        if name == "super" and not given and isinstance(self.function, FUNCTIONS):
            first = next(iter(parameters(self.function.args)), None)
            if first is not None:
                return self._parameter(first, way)
        is_new = name in pure.CONTAINERS or name in pure.BUILTINS - pure.HANDING_ON
        if way[0] == ELEMENT or not is_new:
            self.effect.anything |= not all(map(is_fresh, given))
        self.effect.anything |= way[0] not in (ELEMENT, CONTENT) and way[0][0] != "="
        return None

    def _definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, way: Way,
        bare: bool = False,
    ) -> None:  # fmt: skip
        """A function or class itself is changed, or what a class has."""
        if not bare:
            for mark in node.decorator_list:
                callee = self.callee(mark.func if isinstance(mark, ast.Call) else mark)
                if callee.kind not in ("builtin", "outside") or not pure.is_pure(callee.name):
                    self.effect.anything = True  # it may be any other object
        if way[0][0] == "=" or way[0].startswith("__"):
            classes = self._lineage(node) if isinstance(node, ast.ClassDef) else []
            self.effect.anything |= any(
                key.arg == "metaclass" for owner, _ in classes for key in owner.keywords
            )
        elif isinstance(node, ast.ClassDef) and way[0] not in (CONTENT, ELEMENT):
            self._attribute(self._lineage(node), way)
        else:
            self.effect.anything = True

    def _lineage(self, node: ast.ClassDef) -> Lineage:
        return self.effects.lineage(node, self.statement, Effect())

    def _instance(self, callee: Callee, call: ast.Call, way: Way) -> None:
        """An object of a class of the book is changed. Its class may say what that does."""
        lineage = self.effects.lineage(callee.node, callee.statement, Effect())
        names = {part.name for owner, _ in lineage for part in owner.body
                 if isinstance(part, FUNCTIONS)}  # fmt: skip
        step = way[0]
        if "__new__" in names or step == ELEMENT:
            self.effect.anything = True
        elif step == "__class__":
            self._all([call.func], way[1:])
        elif step == CONTENT:
            self.effect.anything |= any(
                name in pure.CHANGING or name in pure.CHANGING_OPERATORS for name in names
            )
        elif step[0] == "=":
            self.effect.anything |= bool(names & {"__setattr__", "__delattr__"}) or any(
                step in ("=", f"={name}") for name in _set_through(lineage)
            )
        elif not step.startswith("__"):
            self._attribute(lineage, way)

    def _attribute(self, lineage: Lineage, way: Way) -> None:
        """What an attribute of a class or of its objects holds is changed, as it is told from
        what the attribute is given, wherever that is."""
        name, rest = way[0], way[1:]
        given, shared = 0, False
        for owner, where in lineage:
            there = Changes(self.effects, where, self.effect, seen=self.seen)
            alias = where.module.alias
            body = [part for part in owner.body if isinstance(part, (ast.Assign, ast.AnnAssign))]
            for value, more in (one for part in body for one in values_given(part, name, alias)):
                given, shared = given + 1, True
                there._follow(value, (*more, *rest))
        for module in dict.fromkeys(where.module for _, where in lineage):
            for store in self.effects.stores(module).get(name, ()):
                given, shared = given + 1, shared or store.base != "self"
                found = Effect()
                Changes(self.effects, store.statement, found, store.function)._follow(
                    store.value, rest
                )
                self.effect.anything |= found.anything or bool(found.given)
                self.effect.targets |= found.targets
        self.effect.anything |= not given
        if shared:
            self.effect.targets |= {Name(where.module, owner.name) for owner, where in lineage}

    def _follow(self, value: ast.AST | None, way: Way) -> None:
        if value is None:
            self.effect.anything = True
        else:
            self.note(value, *way)

    def join(
        self, effect: Effect, function: ast.AST, positional: Sequence[ast.AST],
        keywords: Sequence[ast.keyword] = (), later: Sequence[ast.AST] = (), exact: bool = True,
    ) -> None:  # fmt: skip
        """Take over the effect of a function that is called with arguments, and with ``later``
        ones where what it returned is called; ``exact``: it is given no others."""
        self.effect.calls = True
        self.effect.anything |= effect.anything
        self.effect.targets |= effect.targets
        exact &= not any(isinstance(one, ast.Starred) for one in positional)
        exact &= all(keyword.arg for keyword in keywords)
        given = arguments_of(function.args, positional, keywords, exact)
        for parameter, way in effect.given:
            if parameter in given:
                self.note(given[parameter], *way)
            elif not parameter and later:
                self._all(later, way)
            else:
                self.effect.anything |= not exact or not parameter


def is_fresh(node: ast.AST) -> bool:
    """Whether an expression makes all that its value is and holds."""
    return not any(isinstance(part, (ast.Name, ast.Call)) for part in ast.walk(node))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _set_through(lineage: Lineage) -> Iterator[str]:
    """The attributes that are set by code: those with a setter, and those that are objects."""
    for part in (part for owner, _ in lineage for part in owner.body):
        if isinstance(part, FUNCTIONS):
            marks = (getattr(mark, "attr", "") for mark in part.decorator_list)
            if not {"setter", "deleter"}.isdisjoint(marks):
                yield part.name
        elif isinstance(part, (ast.Assign, ast.AnnAssign)) and isinstance(part.value, ast.Call):
            yield from (one.id for one in ast.walk(part) if isinstance(one, ast.Name))
