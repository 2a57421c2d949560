"""Which files and folders a piece of code names in so many letters, which of them it writes, and
what it calls with a literal name."""

import ast
import os.path
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

_JOINING = frozenset({"join", "joinpath", "Path", "PurePath", "PurePosixPath", "fspath", "str",
                      "PosixPath", "with_name", "with_suffix"})  # fmt: skip
_SAME = frozenset({"abspath", "absolute", "as_posix", "expanduser", "normpath", "realpath",
                   "resolve"})  # fmt: skip
_OPENING = frozenset({"open", "File", "GzipFile", "TarFile", "ZipFile"})
_SHELL = frozenset("call check_call check_output getoutput Popen popen run system".split())
_KNOWN = {"pardir": "..", "curdir": ".", "sep": "/"}
_LISTING = frozenset("glob iglob iterdir listdir rglob scandir walk".split())
_WRITING = re.compile(
    r"save|to_[a-z]|write|dump|export|mkdir|makedirs|touch|remove|unlink|rmtree|rmdir"
    r"|extract(all)?$"
)
_MOVING = frozenset(
    "copy copy2 copyfile copytree move rename replace urlretrieve symlink link".split()
)
_MODE = re.compile(r"[bt]*[wax][bt+]*([:|]\w*)?")
"""How files are opened to be written, and not read."""
_WRITING_LINE = re.compile(r"^\s*(?:%%(?:writefile|file)|!\s*(?:mkdir|touch|rm|rmdir)\b)")
_ENTERING_LINE = re.compile(r"^\s*%(?:cd|pushd)\b")
_REDIRECTED = re.compile(r">>?\s*(\S+)")
_LEAVES = frozenset({ast.Constant, ast.Name})
_TEXTS = frozenset({ast.Constant, ast.BinOp, ast.JoinedStr})
_COMPOSED = frozenset({ast.BinOp, ast.JoinedStr, ast.Call})
_LIKE_TEXTS = _COMPOSED | {ast.Attribute, ast.Subscript, ast.IfExp}
_GIVING = frozenset({
    ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign, ast.alias, ast.For, ast.comprehension,
    ast.arguments, ast.withitem,
})  # fmt: skip
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
    search: set[tuple[bool, str]] = field(default_factory=set)
    """Folders that are added to ``sys.path``, and whether after those that are there."""
    entered: set[str] = field(default_factory=set)
    """Folders that it changes to; paths may be relative to them from then on."""


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
        if _ENTERING_LINE.match(line):
            reader.enter(words)
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
        self._handles: set[str] = set()
        """Names of opened files, which may be read."""
        self._sure = False
        self._alias: dict[str, str] = {}
        self.found = Literals()
        if file:
            values["__file__"] = {file}

    def learn(self, piece: Sequence[ast.AST]) -> None:
        """Note the texts that names are given."""
        for node in piece:
            if type(node) not in _GIVING:
                continue
            match node:
                case ast.Assign(targets=targets, value=value):
                    self._give(targets, value)
                case ast.AnnAssign(target=target, value=ast.AST() as value):
                    self._give([target], value)
                case ast.NamedExpr(target=target, value=value):
                    self._give([target], value)
                case ast.AugAssign(target=ast.Name() as target, op=op, value=value):
                    self._give([target], ast.BinOp(target, op, value))
                case ast.alias(name=name, asname=str() as other) if name in _JOINING:
                    self._alias[other] = name
                case (
                    ast.For(target=target, iter=items)
                    | ast.comprehension(target=target, iter=items)
                ):
                    if isinstance(items, (ast.List, ast.Tuple, ast.Set)):
                        several = [self.texts(item) for item in items.elts]
                        self._hold([target], set().union(*several) if all(several) else set())
                case ast.arguments(args=args, defaults=defaults):
                    for arg, default in zip(reversed(args), reversed(defaults)):
                        if texts := self.texts(default):
                            self.values.setdefault(arg.arg, set()).update(texts)
                case ast.withitem(context_expr=value, optional_vars=ast.Name() as target):
                    self._give([target], value)

        for node in piece:
            if type(node) is ast.arg:
                self._partial.add(node.arg)
            elif type(node) is ast.Name and type(node.ctx) is not ast.Load:
                if id(node) not in self._given:
                    self._partial.add(node.id)

    def _give(self, targets: Iterable[ast.AST], value: ast.AST) -> None:
        texts = self.texts(value)
        if texts and not self._names(value):
            self._handles.update(one.id for one in targets if isinstance(one, ast.Name))
        self._hold(targets, texts)

    def _names(self, node: ast.AST) -> set[str]:
        """The texts that an expression itself may have; not those of a file that it opened, or of
        an attribute, which may be any object's of that name."""
        self._sure = True
        found = self.texts(node)
        self._sure = False
        return found

    def _hold(self, targets: Iterable[ast.AST], texts: set[str]) -> None:
        for target in targets:
            if texts and isinstance(target, ast.Name):
                self.values.setdefault(target.id, set()).update(texts)
                self._given.add(id(target))
            elif texts and isinstance(target, ast.Attribute):
                self.values.setdefault(f".{target.attr}", set()).update(texts)

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
            elif kind in _TEXTS:
                self.found.paths |= self.texts(node)
            elif kind is ast.Assign or kind is ast.AugAssign:
                targets = node.targets if kind is ast.Assign else [node.target]
                bases = [one.value if isinstance(one, ast.Subscript) else one for one in targets]
                if ("sys", "path") in map(_chain, bases):
                    self._search([node.value], after=kind is ast.AugAssign)

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
            self._search(arguments, name in ("append", "extend"))
        elif name == "chdir":
            self.enter(set().union(*given))
        if self._alias.get(name, name) in _JOINING or name in _SAME:
            self.found.paths |= self.texts(node)
        elif name in _SHELL and any(given):
            self.found.paths |= {word for text in set().union(*given) for word in text.split()}
        elif name in _OPENING:
            self._opened(node, given, itself)
            if arguments and not given[0]:
                self.found.listed |= self._prefixes(arguments[0])
        elif name in _MOVING and given and (itself or len(given) > 1):
            self.found.written |= self._names(arguments[-1])
            self.found.listed.update(itself, *given[:-1])
        elif _WRITING.match(name):
            several = [base, *arguments] if base is not None else arguments
            self.found.written.update(*map(self._names, several))
        else:
            begins = (self._prefixes(one) for one, known in zip(arguments, given) if not known)
            folders = set().union(itself, *given, *begins)
            self.found.folders |= folders
            if name in _LISTING:
                deep = [{"**"}] if name == "rglob" else []
                parts = [itself, *deep, given[0]] if itself and given else []
                inside = self._products("/", parts)
                self.found.listed |= inside or folders

    def enter(self, folders: set[str]) -> None:
        """Note a change of the working folder, from which modules are imported, too."""
        self.found.entered |= folders
        self.found.search |= {(False, text) for text in folders}

    def _search(self, values: Iterable[ast.AST], after: bool) -> None:
        for value in values:
            for part in getattr(value, "elts", [value]):
                self.found.search |= {(after, text) for text in self.texts(part)}

    def _opened(self, node: ast.Call, given: list[set[str]], itself: set[str]) -> None:
        opened = itself or (given[0] if given else set())
        modes = [*node.args[0 if itself else 1 :][:1], *_keyword(node, "mode")]
        if any(_MODE.fullmatch(text) for mode in modes for text in self.texts(mode)):
            self.found.written |= opened
        else:
            self.found.paths |= opened

    def texts(self, node: ast.AST | None) -> set[str]:
        """The texts that an expression may have; none where they are unknown."""
        kind = type(node)
        if kind is ast.Constant:
            return {node.value} if type(node.value) is str else set()
        if kind is ast.Name:
            unsure = self._sure and node.id in self._handles
            return set() if unsure else self.values.get(node.id, set())
        if kind not in _LIKE_TEXTS:
            return set()
        match node:
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
                return {_parent(text) for text in self.texts(value)}
            case ast.Subscript(
                value=ast.Attribute(value=value, attr="parents"), slice=ast.Constant(value=int(up))
            ):
                found = self.texts(value)
                for _ in range(min(up, MOST) + 1):
                    found = {_parent(text) for text in found}
                return found
            case ast.IfExp(body=body, orelse=other):
                return self.texts(body) | self.texts(other)
            case ast.Attribute(value=ast.Name(id="os" | "path"), attr=name) if name in _KNOWN:
                return {_KNOWN[name]}
            case ast.Attribute(attr=name) if not self._sure:  # of an object or a class
                return self.values.get(f".{name}", set()) | self.values.get(name, set())
        return set()

    def _called(self, function: ast.Name | ast.Attribute, args: list[ast.expr]) -> set[str]:
        name = function.attr if isinstance(function, ast.Attribute) else function.id
        name = self._alias.get(name, name)
        given = [self.texts(argument) for argument in args]
        if name in _SAME or name == "dirname":
            found = given[0] if given else self.texts(getattr(function, "value", None))
            return {_parent(text) for text in found} if name == "dirname" else found
        if name in ("cwd", "getcwd") or (name == "Path" and not args):
            return {"."}
        if name == "with_name" and given:
            folders = {_parent(text) for text in self.texts(getattr(function, "value", None))}
            return self._products("/", [folders, given[0]])
        if name == "with_suffix" and given:
            stems = {
                os.path.splitext(text)[0] for text in self.texts(getattr(function, "value", None))
            }
            return self._products("", [stems, given[0]])
        if name in _OPENING and given:
            return set() if self._sure else given[0]  # a file's name stands for the file
        if name not in _JOINING:
            return set()
        if name == "joinpath":
            given.insert(0, self.texts(function.value))
        elif name == "join" and isinstance(getattr(function, "value", None), ast.Constant):
            if not isinstance(function.value.value, str):
                return set()
            parts = [self.texts(part) for one in args for part in getattr(one, "elts", [one])]
            return {function.value.value.join([*some]) for some in self._several(parts)}
        return self._products("/", given)

    def _products(self, between: str, parts: list[set[str]]) -> set[str]:
        join = (lambda several: os.path.join(*several)) if between else "".join
        return {join(several) for several in self._several(parts)}

    def _several(self, parts: list[set[str]]) -> Iterable[tuple[str, ...]]:
        """One text for each part, in all ways; none where there are too many."""
        count = 1 if parts else 0
        for texts in parts:
            count *= len(texts)
        return product(*parts) if 0 < count <= MOST else ()

    def _prefixes(self, node: ast.AST) -> set[str]:
        """The folder in which a path lies, of which not all texts are known."""
        return {os.path.dirname(text) for text in self._begin(node)} - {""}

    def _begin(self, node: ast.AST) -> set[str]:
        """The texts that an expression may begin with, as far as they are known."""
        if type(node) not in _COMPOSED:
            return set()
        parts, between = [], ""
        match node:
            case ast.JoinedStr(values=values):
                parts = [_formatted(value) for value in values]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                parts = [left, right]
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                parts, between = [left, right], "/"
            case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod()):
                return {text.partition("%")[0]}
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text), attr=name)):
                return {text.partition("{")[0]} if name == "format" else set()
            case ast.Call(func=ast.Attribute(value=base, attr="joinpath"), args=args):
                parts, between = [base, *args], "/"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
                if name in _JOINING or name in _SAME:
                    parts, between = args, "/"
        known = [self.texts(part) for part in parts]
        count = next((at for at, texts in enumerate(known) if not texts), len(known))
        if count == 0:
            return self._begin(parts[0]) if parts else set()
        further = (self._begin(parts[count]) if count < len(parts) else set()) or {""}
        return self._products(between, [*known[:count], further])


def _keyword(node: ast.Call, name: str) -> list[ast.expr]:
    return [keyword.value for keyword in node.keywords if keyword.arg == name]


def _parent(path: str) -> str:
    """The folder above; of one that is not named, as from ``Path.cwd()``, too."""
    above = os.path.basename(path) in ("", ".", "..")
    return os.path.join(path, "..") if above else os.path.dirname(path)


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
