"""What running a piece of code changes that other code can see, read from its syntax tree."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imprint.fingerprint import pure
from imprint.fingerprint.modules import Name
from imprint.fingerprint.statements import Statement

if TYPE_CHECKING:
    from imprint.fingerprint.effects import Effects

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFERRED = (*_FUNCTIONS, ast.Lambda)
_TARGETS = (ast.Attribute, ast.Subscript)


@dataclass
class Effect:
    """What running a piece of code changes."""

    anything: bool = False
    targets: set[Name] = field(default_factory=set)
    """The names whose objects it changes."""
    given: bool = False
    """Whether it changes what it was given."""
    deep: bool = False
    """Whether it changes what that holds, too, and not only its attributes."""
    calls: bool = False
    """Whether it runs other code of the book."""

    def add(self, other: "Effect") -> None:
        self.anything |= other.anything
        self.targets |= other.targets
        self.given |= other.given
        self.deep |= other.deep
        self.calls |= other.calls


@dataclass(frozen=True)
class Callee:
    """What a call calls, as far as it is known."""

    kind: str
    """builtin, outside, function, class, method, container, or unknown"""
    name: str = ""
    """Of what is from outside: in full; of a container: the method's."""
    node: ast.AST | None = None
    statement: Statement | None = None
    """In which the node stands."""


class Executed:
    """Visits the code that runs: not the bodies of functions that are only defined in it."""

    def __init__(
        self, effects: "Effects", statement: Statement, effect: Effect, *,
        function: ast.AST | None = None, depth: int = 0, made: bool = False,
    ) -> None:  # fmt: skip
        self.effects, self.statement, self.effect = effects, statement, effect
        self.function, self.depth = function, depth
        self._nested: dict[str, ast.AST] = {}
        self._done: set[int] = set()
        self._defined: ast.Name | None = None
        """Stands for what the statement defines, when a decorator is given it."""
        self._new = _new_locals(function) if function else set()
        if made and function and (arguments := function.args.posonlyargs + function.args.args):
            self._new.add(arguments[0].arg)

    def run(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node)

    def run_body(self) -> None:
        """Run the function that was given; the functions in it as well, where what it returns
        is called."""
        body = self.function.body
        body = body if isinstance(body, list) else [body]
        inside = [part for statement in body for part in ast.walk(statement)]
        self._nested = {part.name: part for part in inside if isinstance(part, _FUNCTIONS)}
        self.run(body)
        if self.depth:
            for part in inside:
                if isinstance(part, _DEFERRED):
                    self._enter(part)

    def _enter(self, function: ast.AST) -> None:
        if id(function) not in self._done:
            self._done.add(id(function))
            body = function.body
            self.run(body if isinstance(body, list) else [body])

    def _visit(self, node: ast.AST) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._decorate(node)
                self.run([*node.args.defaults, *node.args.kw_defaults])
            case ast.Lambda():
                self.run([*node.args.defaults, *node.args.kw_defaults])
            case ast.ClassDef():
                self._decorate(node)
                self._subclass(node)
                self.run([*node.bases, *node.keywords, *node.body])
            case ast.Call():
                self._call(node)
            case ast.Import() | ast.ImportFrom():
                pass
            case _:
                if isinstance(node, (ast.With, ast.AsyncWith)):
                    self.effect.anything = True  # what it enters is called
                if isinstance(node, (ast.Assert, ast.Raise)) and not self.function:
                    self.effect.anything = True
                for target in _targets(node):
                    self._store(target)
                self.run(ast.iter_child_nodes(node))

    def _store(self, target: ast.AST) -> None:
        for part in ast.walk(target):
            if isinstance(part, _TARGETS) and not isinstance(part.ctx, ast.Load):
                whole = isinstance(part, ast.Attribute) and _is_module_attribute(part)
                attribute = isinstance(part, ast.Attribute)
                self._change(part if whole else part.value, attribute and self._is_object(part))
            elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Del):
                self._change(part)
            elif isinstance(part, ast.Name) and self.function:
                if part.id in self.statement.names.binds_later:  # ``global``
                    self.effect.targets.add(Name(self.statement.module, part.id))

    def _is_object(self, part: ast.Attribute) -> bool:
        """Whether the attribute is one of a class or of a local object itself."""
        return isinstance(part.value, ast.Name) or self._callee(part.value).kind == "class"

    def _change(self, expression: ast.AST, shallow: bool = False) -> None:
        """Note that the object which an expression gives is changed; ``shallow``: by setting
        an attribute of its own."""
        chain: tuple[str, ...] = ()
        while not isinstance(expression, ast.Name):
            match expression:
                case ast.Attribute(value=inner, attr=name):
                    expression, chain = inner, (name, *chain)
                case ast.Subscript(value=inner) | ast.Starred(value=inner):
                    expression, chain = inner, ()
                case ast.Call(func=ast.Attribute(value=inner, attr="setdefault" | "get")):
                    expression, chain = inner, ()  # what a container holds
                case _:
                    self.effect.anything = True
                    return
        name = expression.id
        if id(expression) in self.statement.names.nodes or expression is self._defined:
            self.effects.changed(self.statement.module, (name, *chain), self.effect, shallow)
        elif name in self.statement.names.binds and not self.function:
            self.effects.changed(self.statement.module, (name, *chain), self.effect, shallow)
        elif name not in self._new:
            self.effect.given = True
            self.effect.deep |= not shallow
            if self.function:
                self._change_what_it_sees()

    def _change_what_it_sees(self) -> None:
        """A changed local object may be any global one that the function mentions."""
        module = self.statement.module
        for part in ast.walk(self.function):
            if isinstance(part, ast.Name) and id(part) in self.statement.names.nodes:
                for binder in module.binders.get(part.id, ()):
                    if isinstance(binder.node, (ast.Assign, ast.AnnAssign)):
                        self.effects.changed(module, (part.id,), self.effect)

    def _decorate(self, node: ast.AST) -> None:
        """Decorators are called with what they stand on."""
        given = ast.Name(node.name, ast.Load())
        if node is self.statement.node:
            self._defined = given
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call):
                self._call(mark, 1, [given])
            elif not _is_property_part(mark):
                self._apply(mark, [given], 0)

    def _subclass(self, node: ast.ClassDef) -> None:
        """Bases hear of a new class through ``__init_subclass__``."""
        for keyword in node.keywords:
            callee = self.effects.callee(keyword.value, self.statement)
            if keyword.arg == "metaclass" and callee.kind not in ("builtin", "outside"):
                self.effect.anything = True
        for base in node.bases:
            callee = self._callee(base)
            if callee.kind != "class":
                continue  # from outside, or not told: taken to keep no list of its classes
            for owner, where in self.effects.lineage(callee.node, callee.statement, Effect()):
                for part in owner.body:
                    if isinstance(part, _FUNCTIONS) and part.name == "__init_subclass__":
                        self._join(self.effects.of_function(part, where, 0), [base])
                if any(key.arg == "metaclass" for key in owner.keywords):
                    self.effect.anything = True

    def _call(self, node: ast.Call, depth: int = 0, given: Iterable[ast.AST] = ()) -> None:
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        self.run(arguments)
        self.run([] if isinstance(node.func, ast.Name) else ast.iter_child_nodes(node.func))
        if isinstance(node.func, ast.Call):  # f(…)(…)
            self._apply(node.func.func, [*arguments, *node.func.args, *given], depth + 1)
        else:
            self._apply(node.func, [*arguments, *given], depth)

    def _callee(self, function: ast.AST) -> Callee:
        root = function
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and id(root) in self.statement.names.nodes:
            return self.effects.callee(function, self.statement)
        return Callee("local")

    def _apply(self, function: ast.AST, arguments: list[ast.AST], depth: int) -> None:
        """A call, ``depth`` times the one of what it returned."""
        callee = self._callee(function)
        base = function.value if isinstance(function, ast.Attribute) else None
        method = function.attr if base is not None else ""
        if callee.kind in ("builtin", "outside"):
            self._foreign(callee.name, arguments)
        elif callee.kind == "function":
            self._join(self.effects.of_function(callee.node, callee.statement, depth), arguments)
        elif callee.kind == "class":
            self._join(self.effects.of_class(callee.node, callee.statement), arguments)
            self.effect.anything |= depth > 0
        elif callee.kind == "method":
            effect = self.effects.of_function(callee.node, callee.statement, depth)
            self._join(effect, [*arguments, base if base is not None else function])
        elif isinstance(function, ast.Lambda):
            self._enter(function)
        elif isinstance(function, ast.Name) and function.id in self._nested:
            self._enter(self._nested[function.id])
        elif base is not None and method in pure.READING:
            pass
        elif base is not None and method in pure.CHANGING:
            if callee.kind in ("container", "local"):
                self._change(base)
            else:
                self.effect.anything = True
        elif isinstance(base, ast.Call) and isinstance(base.func, ast.Name):
            self.effect.anything |= base.func.id != "super" or method not in _TO_SUPER
        else:
            self.effect.anything = True

    def _foreign(self, name: str, arguments: list[ast.AST]) -> None:
        """A call of a builtin or of something from outside the book."""
        if name in ("setattr", "delattr") and arguments:
            self._change(arguments[0], shallow=True)
        elif not pure.is_pure(name):
            self.effect.anything = True
        elif name in pure.CALLING_BACK:
            for argument in arguments:
                if isinstance(argument, ast.Lambda):
                    self._enter(argument)
                elif isinstance(argument, (ast.Name, ast.Attribute)):
                    callee = self._callee(argument)
                    if callee.kind in ("function", "class", "method"):
                        self._apply(argument, [], 0)
                    elif isinstance(argument, ast.Name) and argument.id in self._nested:
                        self._enter(self._nested[argument.id])
        elif name == "next" and arguments:
            self._change(arguments[0])

    def _join(self, effect: Effect, arguments: list[ast.AST]) -> None:
        """Take over a callee's effect; what was given to it are the arguments."""
        self.effect.calls = True
        self.effect.anything |= effect.anything
        self.effect.targets |= effect.targets
        if effect.given:
            for argument in arguments:
                if isinstance(argument, (ast.Name, ast.Attribute, ast.Subscript, ast.Starred)):
                    self._change(argument, not effect.deep)
                elif not isinstance(argument, (ast.Constant, ast.Lambda)):
                    self._change_parts(argument)

    def _change_parts(self, argument: ast.AST) -> None:
        for part in ast.walk(argument):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                self._change(part)


_TO_SUPER = ("__init__", "__new__", "__init_subclass__", "__set_name__")


def _targets(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return targets
        case ast.AugAssign(target=ast.Name() as target):
            return [target, ast.Attribute(target, "", ast.Store())]  # may change it in place
        case ast.AnnAssign() | ast.AugAssign() | ast.For() | ast.AsyncFor() | ast.NamedExpr():
            return [node.target]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [item.optional_vars for item in items if item.optional_vars]
    return []


def _is_module_attribute(node: ast.Attribute) -> bool:
    """``data.HUB = …`` may give a module another ``HUB``: the chain is kept whole."""
    return isinstance(node.value, (ast.Name, ast.Attribute)) and bool(node.attr)


def _is_property_part(mark: ast.AST) -> bool:
    """``@name.setter``, ``@name.getter`` and ``@name.deleter``."""
    return isinstance(mark, ast.Attribute) and mark.attr in ("setter", "getter", "deleter")


def _new_locals(function: ast.AST) -> set[str]:
    """The local names of a function that only ever hold what it made itself."""
    new: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets):
            made = isinstance(node.value, (ast.List, ast.Dict, ast.Set, ast.Constant))
            inside = list(ast.walk(node.value))
            made &= not any(isinstance(part, (ast.Name, ast.Call)) for part in inside)
            (new if made else other).update(target.id for target in node.targets)
        elif not isinstance(node, ast.AugAssign):
            for target in _targets(node):
                other.update(part.id for part in ast.walk(target) if isinstance(part, ast.Name))
        if isinstance(node, _DEFERRED):
            other.update(part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg))
        if isinstance(node, ast.comprehension):
            other.update(p.id for p in ast.walk(node.target) if isinstance(p, ast.Name))
    return new - other
