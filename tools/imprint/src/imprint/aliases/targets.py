"""What each alias stands for, and its definition in the library."""

import ast
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

PLACE = re.compile(r"\{(\d+)\}")
"""An argument's place in an expression."""


@dataclass(frozen=True)
class Function:
    """``d2l.concat(a)`` is ``torch.cat(a)``."""

    text: str
    """Dotted: ``torch.cat``."""

    @property
    def roots(self) -> frozenset[str]:
        """The names that a page must have imported."""
        return frozenset([self.text.split(".")[0]])

    def definition(self, name: str) -> str:
        return f"{name} = {self.text}"


@dataclass(frozen=True)
class Method:
    """``d2l.numpy(x)`` is ``x.numpy(force=True)``."""

    name: str
    positional: tuple[str, ...] = ()
    """What it is always given, before the call's own arguments."""
    keywords: Mapping[str, str] = field(default_factory=dict)
    """What it is given by name, unless the call says otherwise."""
    roots: frozenset[str] = frozenset()

    def definition(self, name: str) -> str:
        given = "".join(f"{text}, " for text in self.positional)
        usual = ", ".join(f"{key!r}: {text}" for key, text in self.keywords.items())
        named = f"**{{{usual}, **kwargs}}" if usual else "**kwargs"
        return (
            f"def {name}(x, *args, **kwargs):\n"
            f'    """``x.{self.name}``, with the arguments that it takes."""\n'
            f"    return x.{self.name}({given}*args, {named})"
        )


@dataclass(frozen=True)
class Expression:
    """``d2l.transpose(x)`` is ``x.T``."""

    text: str
    """With ``{0}``, ``{1}``, ... for the arguments: ``{0}.T``."""

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The arguments in the order in which the expression names them."""
        return tuple(int(place) for place in PLACE.findall(self.text))

    @cached_property
    def listed(self) -> frozenset[int]:
        """The arguments that stand in it as arguments of a call: no operator is near them."""
        names = [name for name in ast.walk(self.tree) if isinstance(name, ast.Name)]
        among = {id(part) for node in ast.walk(self.tree) if isinstance(node, ast.Call)
                 for part in node.args}  # fmt: skip
        others = {name.id for name in names if id(name) not in among}
        return frozenset(place for place in self.places if f"_{place}" not in others)

    @property
    def count(self) -> int:
        return max(self.places) + 1

    @cached_property
    def tree(self) -> ast.expr:
        return ast.parse(PLACE.sub(r"_\1", self.text), mode="eval").body

    @property
    def roots(self) -> frozenset[str]:
        return _roots(self.tree) - {f"_{place}" for place in self.places}

    def filled(self, arguments: tuple[str, ...]) -> str:
        return PLACE.sub(lambda place: arguments[int(place[1])], self.text)

    def definition(self, name: str) -> str:
        names = ("x",) if self.count == 1 else tuple(f"x{i}" for i in range(self.count))
        text = self.filled(names)
        return f'def {name}({", ".join(names)}):\n    """``{text}``."""\n    return {text}'


Target = Function | Method | Expression


@dataclass(frozen=True)
class Aliases:
    """The aliases of one edition."""

    module: str
    """The library that they are names of: ``d2l.torch``."""
    targets: Mapping[str, Target]
    keywords: Mapping[str, str]
    """By the name of a keyword in a call of an alias: the framework's."""
    modules: Mapping[str, str]
    """By the name that begins a target, the module that it must be: ``np``, ``mxnet.np``."""

    @cached_property
    def mention(self) -> re.Pattern[str]:
        """Stands in every cell that uses an alias, and in few others."""
        names = "|".join(sorted(map(re.escape, self.targets), key=len, reverse=True))
        return re.compile(rf"\.[\s\\]*(?:{names})\b")


def parsed(kind: str, text: str) -> Target:
    """A target under ``functions:``, ``methods:`` or ``expressions:``. Raises ValueError saying
    what is expected there."""
    if "\n" in text or "#" in text:
        raise ValueError(f"{text!r}: write one line, without a comment")
    if kind == "functions":
        if not all(map(_is_name, text.split("."))):
            raise ValueError(f"{text!r} names no function: write one like torch.cat")
        return Function(text)
    try:
        if kind == "methods":
            return _method(ast.parse(text, mode="eval").body)
        expression = Expression(text)
        if set(expression.places) == set(range(len(set(expression.places)))) != set():
            expression.tree  # noqa: B018  raises SyntaxError
            return expression
    except SyntaxError:
        pass
    if kind == "methods":
        raise ValueError(f"{text!r} is no method: write one like reshape or numpy(force=True)")
    raise ValueError(f"{text!r} is no expression of {{0}}, {{1}}, ...: write one like {{0}}.T")


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _method(node: ast.expr) -> Method:
    match node:
        case ast.Name(id=name):
            return Method(name)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if all(
            one.arg for one in keywords
        ) and not any(isinstance(arg, ast.Starred) for arg in args):
            values = [*args, *(one.value for one in keywords)]
            return Method(
                name,
                tuple(ast.unparse(arg) for arg in args),
                {str(one.arg): ast.unparse(one.value) for one in keywords},
                frozenset().union(*map(_roots, values)),
            )
    raise SyntaxError


def _roots(node: ast.expr) -> frozenset[str]:
    return frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))
