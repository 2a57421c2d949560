"""Which files and folders a piece of code names in so many letters, which of them it writes, and
what it calls with a literal name."""

import ast
import os.path
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

_JOINING = frozenset({"join", "joinpath", "Path", "PurePath", "PurePosixPath", "fspath", "str"})
_SAME = frozenset({"abspath", "absolute", "as_posix", "expanduser", "normpath", "realpath",
                   "resolve"})  # fmt: skip
_OPENING = frozenset({"open", "File", "GzipFile", "TarFile", "ZipFile"})
_LISTING = frozenset("glob iglob iterdir listdir rglob scandir walk".split())
_WRITING = re.compile(
    "save|to_[a-z]|write|dump|export|mkdir|makedirs|touch|remove|unlink|rmtree|rmdir|extract"
)
_MOVING = frozenset(
    "copy copy2 copyfile copytree move rename replace urlretrieve symlink link".split()
)
_MODE = re.compile(r"[rbt]*[wax+]")
_WRITING_LINE = re.compile(r"^\s*(?:%%(?:writefile|file)|!\s*(?:mkdir|touch|rm|rmdir)\b)")
_REDIRECTED = re.compile(r">>?\s*(\S+)")
_LEAVES = frozenset({ast.Constant, ast.Name})
MOST = 64
"""Values that one expression may have before it counts as unknown."""


@dataclass
class Literals:
    """What a piece of code names. Paths are as they are written there."""

    paths: set[str] = field(default_factory=set)
    """Texts that may be names of files."""
    folders: set[str] = field(default_factory=set)
    """Those that are given to a call, which may list a folder."""
    listed: set[str] = field(default_factory=set)
    """Those that are given to a call that does, and patterns of files."""
    written: set[str] = field(default_factory=set)
    calls: set[tuple[tuple[str, ...], str | None]] = field(default_factory=set)
    """What is called, with the first argument; None: it is no literal."""
    loose: set[tuple[str, ...]] = field(default_factory=set)
    """What is used without being called."""
    search: set[str] = field(default_factory=set)
    """Folders that are added to ``sys.path``."""


def nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a piece of code, the outer ones first: ``ast.walk`` without operators and
    contexts, at a fraction of its time."""
    found = [tree]
    for node in found:
        if type(node) in _LEAVES:
            continue
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                found += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:
                found.append(value)
    return found


def literals(
    pieces: Sequence[Sequence[ast.AST]],
    magics: Iterable[str] = (),
    known: Mapping[str, set[str]] | None = None,
    file: str | None = None,
) -> Literals:
    """What pieces of code name, each given as its ``nodes`` and run after those before it.
    ``known``: the texts that names from elsewhere may hold; ``file``: what ``__file__`` is."""
    reader = _Reader(dict(known or {}), file)
    for piece in pieces:
        reader.learn(piece)
    for piece in pieces:
        reader.read(piece)
    for line in magics:
        words = set(line.split()[1:])
        written = words if _WRITING_LINE.match(line) else set(_REDIRECTED.findall(line))
        reader.found.written |= written
        reader.found.paths |= words
        reader.found.folders |= words
    return reader.found


def assigned(trees: Iterable[ast.AST], file: str | None = None) -> dict[str, set[str]]:
    """The texts that names hold."""
    reader = _Reader({}, file)
    for tree in trees:
        reader.learn(nodes(tree))
    return reader.values


class _Reader:
    def __init__(self, values: dict[str, set[str]], file: str | None) -> None:
        self.values = values
        self._partial: set[str] = set()
        """Names that may hold other texts as well."""
        self._given: set[int] = set()
        self.found = Literals()
        if file:
            values["__file__"] = {file}

    def learn(self, piece: Sequence[ast.AST]) -> None:
        """Note the texts that names are given."""
        for node in piece:
            match node:
                case ast.Assign(targets=targets, value=value):
                    self._give(targets, self.texts(value))
                case ast.AnnAssign(target=target, value=ast.AST() as value):
                    self._give([target], self.texts(value))
                case ast.NamedExpr(target=target, value=value):
                    self._give([target], self.texts(value))
                case (
                    ast.For(target=target, iter=items)
                    | ast.comprehension(target=target, iter=items)
                ):
                    if isinstance(items, (ast.List, ast.Tuple, ast.Set)):
                        several = [self.texts(item) for item in items.elts]
                        self._give([target], set().union(*several) if all(several) else set())
                case ast.arguments(args=args, defaults=defaults):
                    for arg, default in zip(reversed(args), reversed(defaults)):
                        if texts := self.texts(default):
                            self.values.setdefault(arg.arg, set()).update(texts)
                case ast.withitem(context_expr=value, optional_vars=ast.Name() as target):
                    self._give([target], self.texts(value))

        for node in piece:
            if type(node) is ast.arg:
                self._partial.add(node.arg)
            elif type(node) is ast.Name and type(node.ctx) is not ast.Load:
                if id(node) not in self._given:
                    self._partial.add(node.id)

    def _give(self, targets: Iterable[ast.AST], texts: set[str]) -> None:
        for target in targets:
            if texts and isinstance(target, ast.Name):
                self.values.setdefault(target.id, set()).update(texts)
                self._given.add(id(target))

    def _all(self, node: ast.AST) -> bool:
        """Whether an expression can have no other texts than those known."""
        names = {part.id for part in nodes(node) if isinstance(part, ast.Name)}
        return names <= self.values.keys() - self._partial

    def read(self, piece: Sequence[ast.AST]) -> None:
        inner: set[int] = set()
        for node in piece:
            kind = type(node)
            if kind is ast.Attribute or kind is ast.Name:
                if kind is ast.Attribute:
                    inner.add(id(node.value))
                if id(node) not in inner and (chain := _chain(node)):
                    self.found.loose.add(chain)
            elif kind is ast.Call:
                inner.add(id(node.func))
                self._read_call(node)
            elif kind is ast.Constant or kind is ast.BinOp or kind is ast.JoinedStr:
                self.found.paths |= self.texts(node)

    def _read_call(self, node: ast.Call) -> None:
        base = node.func.value if isinstance(node.func, ast.Attribute) else None
        name = node.func.attr if base is not None else getattr(node.func, "id", "")
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        given = [self.texts(argument) for argument in arguments]
        itself = self.texts(base) if base is not None else set()
        chain = _chain(node.func)
        if chain:
            first = given[0] if arguments else set()
            known = first if arguments and self._all(arguments[0]) else set()
            self.found.calls.update((chain, text) for text in known or {None})
        if chain[:2] == ("sys", "path"):
            self.found.search.update(*given)
        if name in _JOINING or name in _SAME:
            self.found.paths |= self.texts(node)
        elif name in _OPENING:
            self._opened(given, itself, is_path=bool(itself))
            if arguments and not given[0]:
                self.found.listed |= self._prefixes(arguments[0])
        elif name in _MOVING and given and (itself or len(given) > 1):
            self.found.written |= given[-1]
            self.found.paths.update(itself, *given[:-1])
        elif _WRITING.match(name):
            self.found.written.update(itself, *given)
        else:
            folders = set().union(itself, *given, *map(self._prefixes, arguments))
            self.found.folders |= folders
            if name in _LISTING:
                inside = self._products("/", [itself, given[0]]) if itself and given else set()
                self.found.listed |= inside or folders

    def _opened(self, given: list[set[str]], itself: set[str], is_path: bool) -> None:
        modes = [text for texts in given[0 if is_path else 1 :] for text in texts]
        opened = itself if is_path else (given[0] if given else set())
        if any(_MODE.match(mode) for mode in modes):
            self.found.written |= opened
        else:
            self.found.paths |= opened

    def texts(self, node: ast.AST | None) -> set[str]:
        """The texts that an expression may have; none where they are unknown."""
        match node:
            case ast.Constant(value=str() as text):
                return {text}
            case ast.Name(id=name):
                return self.values.get(name, set())
            case ast.JoinedStr(values=parts):
                return self._products("", [self.texts(_formatted(part)) for part in parts])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._products("", [self.texts(left), self.texts(right)])
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._products("/", [self.texts(left), self.texts(right)])
            case ast.Call(func=function, args=args) if isinstance(
                function, (ast.Name, ast.Attribute)
            ):
                return self._called(function, args)
            case ast.Attribute(value=value, attr="parent"):
                return {os.path.dirname(text) for text in self.texts(value)}
            case ast.IfExp(body=body, orelse=other):
                return self.texts(body) | self.texts(other)
        return set()

    def _called(self, function: ast.Name | ast.Attribute, args: list[ast.expr]) -> set[str]:
        name = function.attr if isinstance(function, ast.Attribute) else function.id
        given = [self.texts(argument) for argument in args]
        if name in _SAME or name == "dirname":
            found = given[0] if given else self.texts(getattr(function, "value", None))
            return {os.path.dirname(text) for text in found} if name == "dirname" else found
        if name in _OPENING and given:
            return given[0]  # a file's name stands for the file
        if name not in _JOINING:
            return set()
        if name == "joinpath":
            given.insert(0, self.texts(function.value))
        elif name == "join" and isinstance(getattr(function, "value", None), ast.Constant):
            return set()  # of a string, not of paths
        return self._products("/", given)

    def _products(self, between: str, parts: list[set[str]]) -> set[str]:
        count = 1
        for texts in parts:
            count *= len(texts)
        if not 0 < count <= MOST:
            return set()
        if between:
            return {os.path.join(*(several or ".")) for several in product(*parts)}
        return {"".join(several) for several in product(*parts)}

    def _prefixes(self, node: ast.AST) -> set[str]:
        """The folder in which a path lies whose last parts are unknown."""
        match node:
            case ast.JoinedStr(values=[ast.Constant(value=str() as text), *_]):
                return {os.path.dirname(text)} - {""}
            case ast.BinOp(left=left, op=ast.Add()):
                return {os.path.dirname(text) for text in self.texts(left)} - {""}
            case ast.BinOp(left=left, op=ast.Div()):
                return self.texts(left)
            case ast.Call(func=ast.Attribute(attr="join"), args=[first, *_]):
                return self.texts(first)
        return set()


def _formatted(part: ast.AST) -> ast.AST:
    plain = isinstance(part, ast.FormattedValue) and part.format_spec is None
    return part.value if plain else part


def _chain(node: ast.AST) -> tuple[str, ...]:
    chain: list[str] = []
    while isinstance(node, ast.Attribute):
        chain.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ()
    return (node.id, *reversed(chain))
