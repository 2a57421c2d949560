"""Which names a statement binds in its module, and which it uses that it does not bind itself.

The rules are Python's own (language reference, 4.2 "Naming and binding"): class scopes are
invisible to the functions in them, comprehensions have a scope of their own, a walrus binds
outside of it, annotations of local variables are never evaluated.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_WITHOUT_NAMES = (ast.expr_context, ast.operator, ast.cmpop, ast.unaryop, ast.boolop, ast.Constant)
_METHODS: dict[type, Callable] = {}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Use:
    """One use of a module-level name."""

    name: str
    line: int
    deferred: bool
    """Whether it stands in a function's body, which runs only when the function is called."""
    attribute: str | None = None
    """For ``d2l.plot``, where ``d2l`` is the alias of the library: ``plot``."""
    called: bool = False
    """Whether the statement calls it, be it as a decorator."""
    chain: tuple[str, ...] = ()
    """All attributes that follow the name at once: ``plt``, ``gca`` for ``d2l.plt.gca``."""

    @property
    def wanted(self) -> str:
        return self.attribute or self.name


@dataclass
class Names:
    """The module-level names of one statement."""

    binds: dict[str, int] = field(default_factory=dict)
    """The names that it binds when it runs, each with its line."""
    binds_later: set[str] = field(default_factory=set)
    """The names that a function in it binds through ``global``, when called."""
    uses: list[Use] = field(default_factory=list)
    nodes: set[int] = field(default_factory=set)
    """The ids of the nodes in which module-level names are used."""
    attributes: set[str] = field(default_factory=set)
    """The attributes that it names, whatever of."""


def of_statement(
    statement: ast.stmt, alias: str, *, in_class: bool = False, lazy_annotations: bool = False
) -> Names:
    """The names of a top-level statement of the library; ``d2l.x``, where ``alias`` is ``d2l``
    and no local variable, is its name ``x``. ``in_class``: the statement is a method.
    ``lazy_annotations``: the module begins with ``from __future__ import annotations``."""
    walker = Walker(alias, in_class, lazy_annotations)
    walker.visit(statement)
    return walker.names


def of_import(alias: ast.alias) -> str:
    """The name that one part of an import binds: ``os`` for ``import os.path``."""
    return alias.asname or alias.name.split(".")[0]


def bound_last(statement: ast.stmt, alias: str) -> set[str]:
    """The names that a statement binds only after all else in it has run."""
    if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
        return {statement.name}
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    parts = [part for target in targets for part in ast.walk(target)]
    return {part.id for part in parts if isinstance(part, ast.Name) and _stores(part)} | {
        part.attr for part in parts if _is_library_attribute(part, alias) and _stores(part)
    }


@dataclass
class _Scope:
    kind: str
    """module, class, function, comprehension, or types: the parameters of a generic"""
    bound: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)


class Walker(ast.NodeVisitor):
    """Gathers the names of what it visits, in the order of evaluation, so that a class scope knows
    its names in time."""

    def __init__(self, alias: str, in_class: bool, lazy_annotations: bool) -> None:
        self.names = Names()
        self._alias = alias
        self._scopes = [_Scope("module")] + [_Scope("class")] * in_class
        self._lazy_annotations = lazy_annotations
        self.deferred = 0
        self._called: set[int] = set()
        self._chain: tuple[str, ...] = ()

    def visit(self, node: ast.AST) -> None:
        kind = type(node)
        method = _METHODS.get(kind)
        if method is None:
            found = getattr(Walker, f"visit_{kind.__name__}", None)
            method = _METHODS[kind] = found or Walker.generic_visit
        method(self, node)

    def generic_visit(self, node: ast.AST) -> None:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item)
            elif isinstance(value, ast.AST) and not isinstance(value, _WITHOUT_NAMES):
                self.visit(value)

    # Scopes

    def is_global(self, name: str) -> bool:
        inner = False  # whether a function stands between the name and the scope
        for scope in reversed(self._scopes):
            if name in scope.globals:
                return True
            if name in scope.bound and not (inner and scope.kind == "class"):
                return False
            inner = inner or scope.kind != "types"
        return True

    def _bind(self, name: str, line: int) -> None:
        outer = ("comprehension", "types")
        scope = next(scope for scope in reversed(self._scopes) if scope.kind not in outer)
        if scope.kind == "module" or name in scope.globals:
            self._bind_global(name, line)
        elif scope.kind == "class":
            scope.bound.add(name)

    def _bind_global(self, name: str, line: int) -> None:
        if self.deferred:
            self.names.binds_later.add(name)
        else:
            self.names.binds.setdefault(name, line)

    def use(self, node: ast.Name | ast.Attribute, name: str, attribute: str | None = None) -> None:
        called = id(node) in self._called
        use = Use(name, node.lineno, self.deferred > 0, attribute, called, self._chain)
        self._chain = ()
        self.names.uses.append(use)
        self.names.nodes.add(id(node))

    def _visit_in(self, scope: _Scope, nodes: Iterable[ast.AST | None], deferred: bool) -> None:
        self._scopes.append(scope)
        self.deferred += deferred
        self._visit_all(nodes)
        self.deferred -= deferred
        self._scopes.pop()

    def _visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    # Names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id, node.lineno)
        elif self.is_global(node.id):
            self.use(node, node.id)
            if isinstance(node.ctx, ast.Del):
                self.names.binds.pop(node.id, None)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.names.attributes.add(node.attr)
        if not (_is_library_attribute(node, self._alias) and self.is_global(self._alias)):
            if isinstance(node.value, (ast.Name, ast.Attribute)):
                self._chain = (node.attr, *self._chain)
            else:
                self._chain = ()
            self.visit(node.value)
            self._chain = ()
        elif _stores(node):
            self._bind_global(node.attr, node.lineno)
        else:
            self._chain = (node.attr, *self._chain)
            self.use(node, self._alias, node.attr)
            self.names.nodes.add(id(node.value))

    def visit_Call(self, node: ast.Call) -> None:
        self._called.add(id(node.func))
        self.generic_visit(node)

    # Statements and expressions whose parts do not run in the order in which they are written

    def visit_Assign(self, node: ast.Assign) -> None:
        self._visit_all([node.value, *node.targets])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_all([node.value])
        self._annotations([node.annotation], unused=self._scopes[-1].kind == "function")
        if node.value is not None or not isinstance(node.target, ast.Name):
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        target = node.target  # read, then written: a use, not a definition
        if isinstance(target, ast.Name):
            if self.is_global(target.id):
                self.use(target, target.id)
            if self._scopes[-1].kind == "class":
                self._scopes[-1].bound.add(target.id)
        elif _is_library_attribute(target, self._alias) and self.is_global(self._alias):
            self.use(target, self._alias, target.attr)
        else:
            self.visit(target)
        self.visit(node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._visit_all([node.value, node.target])

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._visit_all([node.iter, node.target, *node.body, *node.orelse])

    visit_AsyncFor = visit_For

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for part in node.names:
            self._bind(of_import(part), node.lineno)

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._visit_all([node.type])
        if node.name:
            known = node.name in self.names.binds
            self._bind(node.name, node.lineno)
        self._visit_all(node.body)
        if node.name and not known:
            self.names.binds.pop(node.name, None)  # Python deletes it at the end

    def visit_Global(self, node: ast.Global) -> None:
        self._scopes[-1].globals.update(node.names)

    def _visit_pattern(self, node: ast.AST) -> None:
        self.generic_visit(node)
        name = getattr(node, "rest", None) or getattr(node, "name", None)
        if name:
            self._bind(name, node.lineno)

    visit_MatchAs = visit_MatchStar = visit_MatchMapping = _visit_pattern

    # Scopes of their own

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._called.update(id(decorator) for decorator in node.decorator_list)
        self._visit_all([*node.decorator_list, *_defaults(node.args)])
        self._open_types(node)
        self._annotations([*(arg.annotation for arg in _arguments(node.args)), node.returns])
        self._visit_in(_function_scope(node.args, node.body), node.body, deferred=True)
        self._scopes.pop()
        self._bind(node.name, node.lineno)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all(_defaults(node.args))
        self._visit_in(_function_scope(node.args, [node.body]), [node.body], deferred=True)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._called.update(id(decorator) for decorator in node.decorator_list)
        self._visit_all(node.decorator_list)
        self._open_types(node)
        self._visit_all([*node.bases, *node.keywords])
        self._visit_in(_Scope("class"), node.body, deferred=False)
        self._scopes.pop()
        self._bind(node.name, node.lineno)

    def _visit_comprehension(self, node: ast.expr) -> None:
        self.visit(node.generators[0].iter)
        scope = _Scope("comprehension")
        for generator in node.generators:
            scope.bound |= _local_names([generator.target])[0]
        inner = [part for generator in node.generators for part in generator.ifs]
        inner += [generator.iter for generator in node.generators[1:]]
        inner += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._visit_in(scope, inner, deferred=False)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def visit_TypeAlias(self, node: ast.AST) -> None:
        self._open_types(node)
        self._visit_in(_Scope("types"), [node.value], deferred=True)
        self._scopes.pop()
        self.visit(node.name)

    def _open_types(self, node: ast.AST) -> None:
        """A scope of the names in ``def f[T]()`` and ``class A[T]``, where Python has them."""
        parameters = getattr(node, "type_params", ())
        self._scopes.append(_Scope("types", {parameter.name for parameter in parameters}))
        self._visit_in(_Scope("types"), parameters, deferred=True)

    def _annotations(self, nodes: Iterable[ast.expr | None], unused: bool = False) -> None:
        lazy = self._lazy_annotations or unused
        self.deferred += lazy
        self._visit_all(nodes)
        self.deferred -= lazy


def _stores(node: ast.AST) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_library_attribute(node: ast.AST, alias: str) -> bool:
    """Whether the node reads ``d2l.something``."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == alias
    )


def _arguments(args: ast.arguments) -> list[ast.arg]:
    several = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [arg for arg in several if arg is not None]


def _defaults(args: ast.arguments) -> list[ast.expr | None]:
    return [*args.defaults, *args.kw_defaults]


def _function_scope(args: ast.arguments, body: list[ast.AST]) -> _Scope:
    bound, declared_global, declared_nonlocal = _local_names(body)
    bound -= declared_global | declared_nonlocal
    return _Scope("function", bound | {arg.arg for arg in _arguments(args)}, declared_global)


def _local_names(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str], set[str]]:
    """What the nodes bind in the scope in which they stand, and what they declare to be of
    the module or of an outer function."""
    bound, declared_global, declared_nonlocal = set(), set(), set()
    todo = list(nodes)
    while todo:
        node = todo.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound.add(name)
            case ast.Import() | ast.ImportFrom():
                bound.update(of_import(part) for part in node.names)
            case ast.Global():
                declared_global.update(node.names)
            case ast.Nonlocal():
                declared_nonlocal.update(node.names)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound.add(node.name)
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar() if node.name:
                bound.add(node.name)
            case ast.MatchMapping() if node.rest:
                bound.add(node.rest)
        todo.extend(_same_scope(node))
    return bound, declared_global, declared_nonlocal


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node whose bindings belong to the scope in which it stands."""
    if isinstance(node, (*_FUNCTIONS, ast.Lambda)):
        yield from getattr(node, "decorator_list", ())
        yield from (default for default in _defaults(node.args) if default is not None)
    elif isinstance(node, ast.ClassDef):
        yield from [*node.decorator_list, *node.bases, *node.keywords]
    elif isinstance(node, _COMPREHENSIONS):
        yield from (part.target for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
    else:
        yield from ast.iter_child_nodes(node)
