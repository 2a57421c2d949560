"""What running a piece of code changes that other code can see, read from its syntax tree."""

import ast
from collections.abc import Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING

from imprint.fingerprint import pure
from imprint.fingerprint.modules import Name
from imprint.fingerprint.objects import (
    ANY_ATTRIBUTE,
    CONTENT,
    FUNCTIONS,
    Callee,
    Changes,
    Effect,
    parameters,
)
from imprint.fingerprint.statements import Statement

if TYPE_CHECKING:
    from imprint.fingerprint.effects import Effects

_DEFERRED = (*FUNCTIONS, ast.Lambda)
_OPERATIONS = (ast.BinOp, ast.Compare, ast.UnaryOp, ast.Subscript)
_MADE_OF = (ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp)


class Executed:
    """Visits the code that runs: not the bodies of functions that are only defined in it."""

    def __init__(
        self, effects: "Effects", statement: Statement, effect: Effect, *,
        function: ast.AST | None = None, depth: int = 0,
    ) -> None:  # fmt: skip
        self.effects, self.statement, self.effect = effects, statement, effect
        self.function, self.depth = function, depth
        self.changes = Changes(effects, statement, effect, function, depth)
        self._nested: dict[str, ast.AST] = {}
        self._done: set[int] = set()

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
        self._nested = {part.name: part for part in inside if isinstance(part, FUNCTIONS)}
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

    def _call_nested(self, function: ast.AST) -> None:
        """A function in the one that runs is called there, with arguments of whatever kind."""
        self.changes.depth = 0
        self._enter(function)
        self.changes.depth = self.depth

    def _visit(self, node: ast.AST) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._decorate(node, self._itself(node))
                self.run([*node.args.defaults, *node.args.kw_defaults])
                if not self.statement.module.lazy_annotations:
                    self.run([*(one.annotation for one in parameters(node.args)), node.returns])
            case ast.Lambda():
                self.run([*node.args.defaults, *node.args.kw_defaults])
            case ast.ClassDef():
                itself = self._itself(node)
                self.run([*node.bases, *node.keywords, *node.body])
                self._subclass(node, itself)
                self._decorate(node, itself)
            case ast.Call():
                self._call(node)
            case ast.Global(names=names):
                self.effect.targets |= {Name(self.statement.module, name) for name in names}
            case ast.Import() | ast.ImportFrom():
                pass
            case _:
                if isinstance(node, (ast.With, ast.AsyncWith)):
                    self.effect.anything = True  # what it enters is called
                if isinstance(node, (ast.Assert, ast.Raise)) and not self.function:
                    self.effect.anything = True
                if isinstance(node, ast.Expr) and isinstance(node.value, _OPERATIONS):
                    self.effect.anything = True  # it stands there for what it does
                if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                    self._parametrize(node)
                for target in _targets(node):
                    self._store(target)
                self.run(ast.iter_child_nodes(node))

    def _store(self, target: ast.AST) -> None:
        for part in ast.walk(target):
            if isinstance(part, ast.Attribute) and not isinstance(part.ctx, ast.Load):
                self.changes.note(part.value, f"={part.attr}")
            elif isinstance(part, ast.Subscript) and not isinstance(part.ctx, ast.Load):
                self.changes.note(part.value, CONTENT)
            elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Del):
                if self.changes.is_global(part):
                    self.effect.targets.add(Name(self.statement.module, part.id))

    def _itself(self, node: ast.AST) -> ast.AST:
        """Stands for a function or class before its decorators are applied."""
        if node is self.statement.node:
            self.changes.defined = ast.Name(node.name, ast.Load())
            return self.changes.defined
        plain = copy(node)
        plain.decorator_list = []
        return plain

    def _decorate(self, node: ast.AST, given: ast.AST) -> None:
        """Decorators are called with what they stand on, the last one first."""
        for mark in reversed(node.decorator_list):
            if isinstance(mark, ast.Attribute) and mark.attr in ("setter", "getter", "deleter"):
                continue
            if isinstance(mark, ast.Call):
                self._call(mark, [given])
            else:
                self._apply(mark, [given])
            callee = self.changes.callee(mark.func if isinstance(mark, ast.Call) else mark)
            if callee.kind not in ("builtin", "outside") or not pure.is_pure(callee.name):
                given = ast.Call(mark, [given], [])

    def _subclass(self, node: ast.ClassDef, itself: ast.AST) -> None:
        """Bases hear of a new class, and what is in it of its name."""
        for keyword in node.keywords:
            callee = self.effects.callee(keyword.value, self.statement)
            if keyword.arg == "metaclass" and callee.kind not in ("builtin", "outside"):
                self.effect.anything = True
        keywords = [keyword for keyword in node.keywords if keyword.arg != "metaclass"]
        for base in node.bases:
            callee = self.changes.callee(base)
            if callee.kind != "class":
                continue  # from outside, or not told: taken to keep no list of its classes
            for part, where in self.effects.methods(callee, ("__init_subclass__",)):
                self._join(part, where, [itself], keywords)
            lineage = self.effects.lineage(callee.node, callee.statement, Effect())
            self.effect.anything |= any(
                key.arg == "metaclass" for owner, _ in lineage for key in owner.keywords
            )
        for made in (getattr(part, "value", None) for part in node.body):
            if isinstance(made, ast.Call):
                callee = self.changes.callee(made.func)
                for part, where in self.effects.methods(callee, ("__set_name__",)):
                    self._join(part, where, [made, itself], exact=False)

    def _parametrize(self, node: ast.Subscript) -> None:
        """``C[x]`` calls ``__class_getitem__``."""
        callee = self.changes.callee(node.value)
        for part, where in self.effects.methods(callee, ("__class_getitem__",)):
            self._join(part, where, [node.value, node.slice])

    def _join(
        self, function: ast.AST, statement: Statement, positional: Sequence[ast.AST],
        keywords: Sequence[ast.keyword] = (), later: Sequence[ast.AST] = (), depth: int = 0,
        exact: bool = True,
    ) -> None:  # fmt: skip
        effect = self.effects.of_function(function, statement, depth)
        self.changes.join(effect, function, positional, keywords, later, exact)

    def _call(self, node: ast.Call, given: Sequence[ast.AST] = ()) -> None:
        """A call; of what it returned, ``given`` is the argument."""
        calls = [node]
        while isinstance(calls[0].func, ast.Call):  # f(…)(…)
            calls.insert(0, calls[0].func)
        first, *others = calls
        for call in calls:
            self.run([*call.args, *(keyword.value for keyword in call.keywords)])
        self.run([] if isinstance(first.func, ast.Name) else ast.iter_child_nodes(first.func))
        later = [*given]
        for call in others:
            later += [*call.args, *(keyword.value for keyword in call.keywords)]
        depth = len(others) + bool(given)
        self._apply(first.func, first.args, first.keywords, later, depth)

    def _apply(
        self, function: ast.AST, positional: Sequence[ast.AST],
        keywords: Sequence[ast.keyword] = (), later: Sequence[ast.AST] = (), depth: int = 0,
        exact: bool = True,
    ) -> None:  # fmt: skip
        """A call, ``depth`` times the one of what it returned; ``exact``: its arguments are
        known."""
        callee = self.changes.callee(function)
        base = function.value if isinstance(function, ast.Attribute) else None
        method = function.attr if base is not None else ""
        if callee.kind in ("builtin", "outside"):
            self._foreign(callee.name, positional, keywords)
            self.effect.anything |= depth > (callee.name in pure.MAKING_PURE)
        elif callee.kind == "function":
            self._join(callee.node, callee.statement, positional, keywords, later, depth, exact)
        elif callee.kind == "class":
            self._make(callee, function, positional, keywords, exact)
            self.effect.anything |= depth > 0
        elif callee.kind == "method":
            positional = [*self._bound(callee, function), *positional]
            self._join(callee.node, callee.statement, positional, keywords, later, depth, exact)
        elif isinstance(function, ast.Lambda):
            self._call_nested(function)
        elif isinstance(function, ast.Name) and function.id in self._nested:
            self._call_nested(self._nested[function.id])
        elif base is not None and callee.kind in ("container", "local"):
            self._method(base, method, keywords)
        else:
            self.effect.anything |= method not in pure.READING

    def _method(self, base: ast.AST, method: str, keywords: Sequence[ast.keyword]) -> None:
        """A method of a container, or of what is not known by a module's name."""
        if isinstance(base, ast.Call) and isinstance(base.func, ast.Name):
            if base.func.id == "super" and method in _TO_SUPER:
                return
        is_own = method in self.effects.own_methods(self.statement.module)
        if is_own and not isinstance(base, _MADE_OF):
            self.effect.anything = True  # it may be an object of the book's
        elif method in pure.CHANGING:
            self.changes.note(base, CONTENT)
            self._call_back([one.value for one in keywords if one.arg == "key"])
        else:
            self.effect.anything |= method not in pure.READING

    def _bound(self, callee: Callee, function: ast.AST) -> list[ast.AST]:
        """What a method is given first, without being told."""
        marks = {getattr(mark, "id", "") for mark in callee.node.decorator_list}
        if not isinstance(function, ast.Attribute):
            return [function]
        of_class = self.changes.callee(function.value).kind == "class"
        if "staticmethod" in marks or (of_class and "classmethod" not in marks):
            return []
        if "classmethod" in marks and not of_class:
            return [ast.Attribute(function.value, "__class__", ast.Load())]
        return [function.value]

    def _make(
        self, callee: Callee, function: ast.AST, positional: Sequence[ast.AST],
        keywords: Sequence[ast.keyword], exact: bool,
    ) -> None:  # fmt: skip
        """An object of a class is made. What a base is given, its subclass decides."""
        self.effect.calls = True
        self.effects.lineage(callee.node, callee.statement, self.effect)
        made = ast.Call(function, [], [])
        done: set[str] = set()
        for part, where in self.effects.methods(callee, _MAKING):
            known = exact and part.name not in done and part.name != "__post_init__"
            first = function if part.name == "__new__" else made
            given = [first, *positional] if known else [first]
            self._join(part, where, given, keywords if known else (), exact=known)
            done.add(part.name)

    def _foreign(
        self, name: str, positional: Sequence[ast.AST], keywords: Sequence[ast.keyword]
    ) -> None:
        """A call of a builtin or of something from outside the book."""
        if name in ("setattr", "delattr") and len(positional) > 1:
            attribute = getattr(positional[1], "value", "")
            self.changes.note(positional[0], f"={attribute if isinstance(attribute, str) else ''}")
        elif not pure.is_pure(name):
            self.effect.anything = True
        elif name in pure.CALLING_BACK:
            at = pure.CALLING_BACK[name]
            if at is not None and (name != "iter" or len(positional) > 1):
                self._call_back(positional[at : at + 1])
            self._call_back([one.value for one in keywords if one.arg in ("key", "func")])
        elif name == "next" and positional:
            self.changes.note(positional[0], CONTENT)
        elif name in pure.MARKING and positional and positional[0] is not self.changes.defined:
            self.changes.note(positional[0], ANY_ATTRIBUTE)

    def _call_back(self, functions: Sequence[ast.AST]) -> None:
        """What is given to others is called by them, with whatever arguments."""
        for function in functions:
            if isinstance(function, (ast.Lambda, ast.Name, ast.Attribute)):
                self._apply(function, [], exact=False)
            elif isinstance(function, ast.Call):
                callee = self.changes.callee(function.func)
                self.effect.anything |= callee.name not in pure.MAKING_PURE
            else:
                self.effect.anything |= not isinstance(function, ast.Constant)


_MAKING = ("__new__", "__init__", "__post_init__")
_TO_SUPER = ("__init__", "__new__", "__init_subclass__", "__set_name__")


def _targets(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return targets
        case ast.AugAssign(target=ast.Subscript() as target, value=value):
            inner = ast.Subscript(target, ast.Constant(0), ast.Store())
            return [target, inner] if isinstance(value, _MADE_OF) else [target]
        case ast.AugAssign(target=target):  # may change it in place
            return [target, ast.Subscript(target, ast.Constant(0), ast.Store())]
        case ast.AnnAssign() | ast.For() | ast.AsyncFor() | ast.NamedExpr():
            return [node.target]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [item.optional_vars for item in items if item.optional_vars]
    return []
