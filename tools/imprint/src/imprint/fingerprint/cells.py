"""A page's cells: what stands in them for their outputs, and what they use of modules."""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from imprint.fingerprint.literals import Literals, literals, nodes
from imprint.fingerprint.statements import Binding, bindings, digest, form
from imprint.library.magics import without_magics

FOLLOWING = frozenset("__import__ eval exec globals importlib pkgutil runpy subprocess".split())
"""Names whose use in a page means that it may use any of what it imports."""
_WITHOUT_ARGUMENTS = frozenset({"dir", "locals", "vars"})
FOLLOWING_ATTRIBUTES = frozenset({"__globals__", "__subclasses__", "get_type_hints"})
"""Attributes by which any name of a module can be had."""
SHELL = frozenset("ev ex getoutput run_cell run_cell_magic run_line_magic user_ns".split())
"""The same, of the attributes of IPython's shell."""
_RUNNING = re.compile(
    r"(__import__|importlib|pkgutil|runpy|subprocess)(?!\.(metadata|resources))\b|sys\.modules\b"
    r"|os\.(exec|popen|posix_spawn|spawn|system)|(builtins\.)?(eval|exec|globals|__import__)\b"
    r"|asyncio\.create_subprocess|(code|doctest)\.|pydoc\.locate|timeit\.(Timer|repeat|timeit)"
    r"|.*\bget_(annotations|type_hints)$"
)
"""The same, of what a page imports, by whatever name."""
SHOWING = frozenset({"help", "jit", "pydoc", "__doc__", "getdoc", "getsource"})
"""Names and attributes by which a run can show comments and documentation strings."""
LOCATING = frozenset(
    """In _i _ih _ii _iii __code__ __traceback__ _getframe cProfile co_firstlineno dis faulthandler
    inspect linecache pdb pstats tb_frame tb_lineno traceback tracemalloc""".split()
)
"""Names and attributes by which a run can show line numbers, and lines of its own."""
_SHOWING_MAGIC = re.compile(r"\?|%(pdoc|pinfo|psource|pfile|page)")
_LOCATING_MAGIC = re.compile(
    r"%(debug|edit|history|l?prun|macro|mprun|pdb|recall|rerun|save|xmode)"
)
_OUTSIDE_MAGIC = re.compile(r"^\s*(!|%%|%run|%load|%sx|%system|%rerun|[^=#'\"]*=\s*(!|%))")
_WORD = re.compile(r"[A-Za-z_][\w./]*")
_SILENCED = re.compile(r";\s*(#.*)?$")


@dataclass(frozen=True)
class CellCode:
    """One code cell, read."""

    form: str
    """What of it its outputs can depend on, where nothing shows comments or lines."""
    imports: tuple[tuple[str, Binding], ...] = ()
    uses: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
    """The names in it, each with the attributes that follow, whatever the scope."""
    mentions: frozenset[str] = frozenset()
    """Dotted words in what is not Python of the page, which may be modules."""
    strings: frozenset[str] = frozenset()
    """The same in its strings."""
    unclear: bool = False
    """Whether it may use any of what the page imports."""
    shows: bool = False
    locates: bool = False
    piece: Sequence[ast.AST] = ()
    """Its nodes; none where it is no Python."""
    magics: tuple[str, ...] = ()
    """The lines that are IPython's own."""


@dataclass(frozen=True)
class Code:
    """What a page's cells use of modules and files; see ``CellCode``."""

    forms: tuple[str, ...]
    """Of each cell, in order."""
    imports: dict[str, list[Binding]]
    """What it imports, by the name that it gives it."""
    uses: frozenset[tuple[Binding, tuple[str, ...]]]
    """What it imports, with the attributes that follow where it is used."""
    loads: frozenset[str]
    """The modules that it imports."""
    mentions: frozenset[str]
    unclear: bool
    shows: bool
    locates: bool
    literals: Literals


def page_code(sources: tuple[str, ...]) -> Code:
    """What the cells of a page use, all of them together."""
    cells = tuple(cell_code(source) for source in sources)
    bound: dict[str, list[Binding]] = {}
    for cell in cells:
        for name, binding in cell.imports:
            bound.setdefault(name, []).append(binding)
    uses = {
        (binding, chain)
        for cell in cells
        for name, chain in cell.uses
        for binding in bound.get(name, ())
    }
    uses |= {(binding, ()) for binding in bound.get("*", ())}
    dotted = (".".join([one.module, *one.path, *chain]) for one, chain in uses)
    unclear = any(cell.unclear for cell in cells) or any(map(_RUNNING.match, dotted))
    words = {word for cell in cells for word in cell.mentions}
    if unclear:
        words |= {word for cell in cells for word in cell.strings}
    loads = {".".join([one.module, *one.path]) for several in bound.values() for one in several}
    return Code(
        tuple(cell.form for cell in cells),
        bound,
        frozenset(uses),
        frozenset(name.removesuffix(".*") for name in loads),
        frozenset(words),
        unclear,
        any(cell.shows for cell in cells),
        any(cell.locates for cell in cells),
        literals(
            [cell.piece for cell in cells],
            [line for cell in cells for line in cell.magics],
        ),
    )


@lru_cache(maxsize=256)
def cell_code(source: str) -> CellCode:
    """What stands in a cell, which a page's editions may share."""
    lines, magics = without_magics(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the cell's run shows them
            tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        words = frozenset(_words(source))
        uses = frozenset(_as_use(word) for word in words)
        return CellCode(digest(source.rstrip()), (), uses, words, words, True, True, True)
    imports: list[tuple[str, Binding]] = []
    uses: set[tuple[str, tuple[str, ...]]] = set()
    strings: set[str] = set()
    attributes: set[str] = set()
    piece = nodes(tree)
    unclear = _read(piece, imports, uses, strings, attributes)
    mentions: set[str] = set()
    shows = locates = False
    for line in magics.values():
        uses.update(_as_use(word) for word in _words(line))
        shows |= bool(_SHOWING_MAGIC.search(line))
        locates |= bool(_LOCATING_MAGIC.search(line))
        if _OUTSIDE_MAGIC.match(line):
            mentions.update(_words(line))
    if next(iter(magics.values()), "").startswith("%%"):
        mentions.update(word for line in magics.values() for word in _words(line))
    names = {name for name, _ in uses} | attributes
    names |= {
        part for _, binding in imports for part in (*binding.module.split("."), *binding.path)
    }
    return CellCode(
        _form(source, tree, bool(magics)),
        tuple(imports),
        frozenset(uses),
        frozenset(mentions),
        frozenset(word for text in strings for word in _words(text)),
        unclear
        or bool({name for name, _ in uses} & FOLLOWING)
        or bool(attributes & (SHELL | FOLLOWING_ATTRIBUTES)),
        shows or bool(names & SHOWING),
        locates or bool(names & LOCATING),
        piece,
        tuple(magics.values()),
    )


def _read(
    piece: list[ast.AST], imports: list, uses: set, strings: set[str], attributes: set[str]
) -> bool:
    """Gather what stands in a cell; whether it asks for all names that there are."""
    unclear = False
    inner: set[int] = set()
    keys: set[int] = set()
    for node in piece:
        kind = type(node)
        if kind is ast.Name:
            if id(node) not in inner:
                uses.add((node.id, ()))
        elif kind is ast.Attribute:
            if id(node) in inner:
                continue
            chain = []
            while type(node) is ast.Attribute:
                chain.append(node.attr)
                node = node.value
                inner.add(id(node))
            attributes.update(chain)
            if type(node) is ast.Name:
                chain.reverse()
                uses.add((node.id, tuple(chain)))
                unclear |= node.id == "sys" and chain[0] == "modules"
                unclear |= node.id == "os" and chain[0] in ("popen", "system")
                unclear |= node.id == "builtins" and chain[0] in FOLLOWING
        elif kind is ast.Subscript and (keyed := _keyed(node)):
            uses.add(keyed)
            attributes.update(keyed[1][:-1])
            keys.add(id(node.slice))
            while type(node) is not ast.Name:
                node = node.value
                inner.add(id(node))
        elif kind is ast.Constant:
            if type(node.value) is str and id(node) not in keys:
                strings.add(node.value)
        elif kind is ast.Import or kind is ast.ImportFrom:
            imports += bindings(node, "")
        elif kind is ast.Call and not node.args and type(node.func) is ast.Name:
            unclear |= node.func.id in _WITHOUT_ARGUMENTS
    return unclear


def key_of(part: str) -> str | None:
    """The key of an entry, if a part of a chain is one."""
    return part[1:-1] if part.startswith("[") else None


def _keyed(node: ast.Subscript) -> tuple[str, tuple[str, ...]] | None:
    """The use of one entry, as in ``d2l.DATA_HUB['name']``: its key follows the attributes."""
    chain: list[str] = []
    value = node.value
    while isinstance(value, ast.Attribute):
        chain.append(value.attr)
        value = value.value
    match value, node.slice:
        case ast.Name(id=name), ast.Constant(value=str() as key) if name != "sys":
            return name, (*reversed(chain), f"[{key}]")
    return None


def _form(source: str, tree: ast.Module, magics: bool) -> str:
    text = source.rstrip()
    if magics:
        return digest(text)
    last = next((line for line in reversed(text.split("\n")) if not _is_blank(line)), "")
    silenced = bool(_SILENCED.search(last))  # a semicolon at the end keeps the last value back
    return digest(*(form(statement) for statement in tree.body), str(silenced))


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _words(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        if word.endswith(".py"):
            word = word[:-3].replace("/", ".")
        yield word.strip("./").replace("/", ".")


def _as_use(word: str) -> tuple[str, tuple[str, ...]]:
    name, *chain = word.split(".")
    return name, tuple(chain)
