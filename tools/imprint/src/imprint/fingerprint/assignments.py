"""What names and parameters are given, as it stands in the code."""

import ast
from collections.abc import Iterator, Sequence
from itertools import takewhile

ELEMENT = "[]"
"""A step into what a container holds."""
Way = tuple[str, ...]


def values_given(node: ast.AST, name: str, alias: str) -> Iterator[tuple[ast.AST | None, Way]]:
    """What a name is given wherever code in ``node`` binds it, each with the way from there to what
    it holds; None: it cannot be told. ``alias`` is what a module calls itself."""

    def binds(target: ast.AST) -> bool:
        match target:
            case ast.Name(id=own):
                return own == name
            case ast.Attribute(value=ast.Name(id=own), attr=attribute):
                return own == alias and attribute == name
        return False

    for part in ast.walk(node):
        match part:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if binds(target):
                        yield value, ()
                    elif isinstance(target, (ast.Tuple, ast.List)):
                        for inner in target.elts:
                            if binds(inner):
                                yield value, (ELEMENT,)
                            elif any(map(binds, ast.walk(inner))):
                                yield None, ()
            case ast.AnnAssign(target=target, value=ast.AST() as value) if binds(target):
                yield value, ()
            case ast.NamedExpr(target=target, value=value) if binds(target):
                yield value, ()
            case (
                ast.For(target=target, iter=value)
                | ast.AsyncFor(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
            ):
                if binds(target):
                    yield value, (ELEMENT,)
                elif any(map(binds, ast.walk(target))):
                    yield None, ()
            case ast.withitem(optional_vars=ast.AST() as target):
                if any(map(binds, ast.walk(target))):
                    yield None, ()
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if part.name == name:
                    yield part, ()
            case ast.arg(arg=own) if own == name:
                yield part, ()
            case ast.MatchAs(name=own) | ast.MatchStar(name=own) if own == name:
                yield None, ()
            case ast.MatchMapping(rest=own) if own == name:
                yield None, ()
            case ast.ExceptHandler(name=own) if own == name:
                yield None, ()


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    several = [*arguments.posonlyargs, *arguments.args, arguments.vararg,
               *arguments.kwonlyargs, arguments.kwarg]  # fmt: skip
    return [one for one in several if one is not None]


def defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    """The values that parameters have where none are given."""
    positional = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    found = dict(zip(reversed(positional), reversed(arguments.defaults)))
    named = zip((one.arg for one in arguments.kwonlyargs), arguments.kw_defaults)
    return found | {name: value for name, value in named if value is not None}


def arguments_of(
    wanted: ast.arguments, positional: Sequence[ast.AST], keywords: Sequence[ast.keyword],
    exact: bool,
) -> dict[str, ast.AST]:  # fmt: skip
    """What the parameters of a function are given, as far as it is known."""
    names = [one.arg for one in (*wanted.posonlyargs, *wanted.args)]
    known = list(takewhile(lambda one: not isinstance(one, ast.Starred), positional))
    found = dict(zip(names, known)) | {one.arg: one.value for one in keywords if one.arg}
    if exact and wanted.vararg:
        found[wanted.vararg.arg] = ast.Tuple(known[len(names) :])
    if exact and wanted.kwarg:
        found[wanted.kwarg.arg] = ast.Tuple([one.value for one in keywords])
    return found
