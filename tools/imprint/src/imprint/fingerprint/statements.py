"""A Python text as the statements that its outputs may depend on: what each binds and uses, its
form without comments and layout, and where the book has it from."""

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import count
from pathlib import Path
from typing import NamedTuple

from imprint.library import names

_LAYOUT = frozenset({"ctx", "type_comment", "kind"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DOCUMENTED = (*_FUNCTIONS, ast.ClassDef, ast.Module)
_ORIGIN = re.compile(r"\s*# (\S.*?\.(?:md|ipynb))(?: \(([^()\s]+)\))?$")
LABEL_LENGTH = 60
"""Characters of a statement without a name that stand for it."""


class Binding(NamedTuple):
    """What an import gives a name: a module, or something that is found in one."""

    module: str
    """Dotted; relative ones are resolved."""
    path: tuple[str, ...]
    """The attributes from there on."""


@dataclass(eq=False)
class Statement:
    """One top-level statement of a module; of an import, the part that binds one name."""

    module: "Module"
    index: int
    """Its place in the module."""
    node: ast.stmt
    label: str = ""
    """How readers see it named, once in its module."""
    imports: dict[str, list[Binding]] = field(default_factory=dict)
    """What imports anywhere in it bind."""
    nested: bool = False
    """Whether some of its imports stand in a function or class, where their names are local."""
    loads: list[str] = field(default_factory=list)
    """The modules that it imports when it runs, and not only when a function in it does."""

    @cached_property
    def names(self) -> names.Names:
        return names.of_statement(
            self.node, self.module.alias, lazy_annotations=self.module.lazy_annotations
        )

    @property
    def binds(self) -> set[str]:
        return self.names.binds.keys() | self.names.binds_later

    @cached_property
    def forms(self) -> dict[str, str]:
        """The digests of its parts by label: a class's methods have one each."""
        node = self.node
        if not isinstance(node, ast.ClassDef):
            return {self.label: digest(form(node))}
        found: dict[str, list[str]] = {}
        rest = [form(part) for part in _heads(node)]
        for part in _undocumented(node.body):
            if isinstance(part, _FUNCTIONS):
                found.setdefault(f"{self.label}.{part.name}", []).append(form(part))
                rest.append(f"def {part.name}")  # their order counts where one uses another
            else:
                rest.append(form(part))
        whole = {self.label: digest(f"class {node.name} {rest}")}
        return whole | {label: digest(*texts) for label, texts in found.items()}

    @cached_property
    def text(self) -> str:
        """Its lines with the comments above it, as ``help`` and ``inspect`` can show them."""
        first = self.module.ends[self.index - 1] if self.index else 0
        return "\n".join(self.module.lines[first : self.node.end_lineno]).strip()

    @cached_property
    def reads(self) -> frozenset[str]:
        """The module's names that it uses when the module is imported."""
        bound = self.module.binders
        now = (use.name if not use.attribute else use.attribute for use in self.names.uses
               if not use.deferred)  # fmt: skip
        return frozenset(name for name in now if name in bound)

    @cached_property
    def early(self) -> tuple[str, ...]:
        """Those of them that are bound further down only, or again."""
        binders = self.module.binders
        later = (name for name in self.reads if binders[name][-1].index > self.index)
        return tuple(sorted(later))

    @property
    def place(self) -> tuple[str, int]:
        return self.module.name, self.index

    @property
    def line(self) -> int:
        return self.node.lineno


@dataclass(eq=False)
class Module:
    """A parsed Python file, or the cells of a page."""

    name: str
    """Dotted; ``__main__`` for a page."""
    path: Path | None
    """None for a page."""
    source: str
    package: str = ""
    """The package against which its relative imports are read."""
    is_package: bool = False
    tree: ast.Module | None = None
    """None where Python cannot read it."""

    @cached_property
    def statements(self) -> list[Statement]:
        found: list[Statement] = []
        taken: dict[str, count] = {}
        for index, node in enumerate(self.tree.body if self.tree else ()):
            for single in _separate_imports(node):
                statement = Statement(self, index, single)
                for imported, around in _imports(single):
                    statement.nested |= around is not None
                    for name, binding in bindings(imported, self.package):
                        statement.imports.setdefault(name, []).append(binding)
                        if around is not ast.FunctionDef:
                            statement.loads.append(".".join([binding.module, *binding.path]))
                label = _label(single)
                number = next(taken.setdefault(label, count(1)))
                statement.label = label if number == 1 else f"{label} #{number}"
                found.append(statement)
        return found

    @cached_property
    def binders(self) -> dict[str, list[Statement]]:
        """The statements that bind each name, at once or when something in them is called."""
        found: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for name in statement.binds:
                found.setdefault(name, []).append(statement)
        return found

    @cached_property
    def alias(self) -> str:
        """The name by which the module calls itself; empty for most."""
        for statement in self.statements:
            if is_self(statement):
                return statement.node.targets[0].id
        return ""

    @cached_property
    def lazy_annotations(self) -> bool:
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(part.name == "annotations" for part in node.names)
            for node in (self.tree.body if self.tree else ())
        )

    @cached_property
    def lines(self) -> list[str]:
        return self.source.split("\n")

    @cached_property
    def ends(self) -> list[int]:
        return [node.end_lineno or 0 for node in (self.tree.body if self.tree else ())]

    @cached_property
    def form(self) -> str:
        """The digest of all of it, comments and layout aside."""
        return digest(form(self.tree)) if self.tree else digest(self.source)

    @cached_property
    def origins(self) -> dict[str, str]:
        """The page from which a generated module has each label (``imprint.library.writing``
        names it in a comment above each definition and each added method)."""
        found: dict[str, str] = {}
        page, end = None, 0
        for statement in self.statements:
            node = statement.node
            page = self._page_above(end, _first_line(node)) or page
            end = node.end_lineno or end
            if page is None or isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            found[statement.label] = page
            if isinstance(node, ast.ClassDef):
                inner, last = page, node.lineno
                for part in node.body:
                    inner = self._page_above(last, _first_line(part)) or inner
                    last = part.end_lineno or last
                    if isinstance(part, _FUNCTIONS):
                        found[f"{statement.label}.{part.name}"] = inner
        return found

    def _page_above(self, after: int, before: int) -> str | None:
        for line in reversed(self.lines[after : before - 1]):
            if match := _ORIGIN.match(line):
                return match[1]
        return None


def parsed(source: str, name: str, path: Path | None, is_package: bool = False) -> Module:
    """The module of a text; its ``tree`` is None where Python cannot read it."""
    package = name if is_package else name.rpartition(".")[0]
    module = Module(name, path, source, package, is_package)
    try:
        module.tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        module.tree = None
    return module


def is_self(statement: Statement) -> bool:
    """Whether it is ``d2l = sys.modules[__name__]``, by which a module names itself."""
    match statement.node:
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Subscript(
                value=ast.Attribute(value=ast.Name(id="sys"), attr="modules"),
                slice=ast.Name(id="__name__"),
            ),
        ):
            return True
    return False


def bindings(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, Binding]]:
    """The names that an import binds, and to what; ``*`` for all that a module has."""
    if isinstance(node, ast.ImportFrom):
        source = node.module or ""
        if node.level:
            parts = package.split(".") if package else []
            parts = parts[: len(parts) - node.level + 1]
            source = ".".join([*parts, *([node.module] if node.module else [])])
        for part in node.names:
            yield part.asname or part.name, Binding(source, (part.name,))
    else:
        for part in node.names:
            if part.asname:
                yield part.asname, Binding(part.name, ())
            else:
                top, *rest = part.name.split(".")
                yield top, Binding(top, ())
                if rest:
                    yield "", Binding(part.name, ())  # it is loaded as well


def digest(*texts: str) -> str:
    """A short hash: 80 bits tell a book's definitions apart."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def form(node: ast.AST) -> str:
    """What Python makes of a piece of code: the same whatever its comments, its layout and its
    documentation strings."""
    parts: list[str] = []
    _write_form(node, parts)
    return "".join(parts)


def _write_form(node: ast.AST, parts: list[str]) -> None:
    kind = type(node)
    if kind is ast.Name or kind is ast.Constant:  # half of all nodes
        parts.append(repr(node.id) if kind is ast.Name else f"Constant({node.value!r})")
        return
    parts.append(f"{kind.__name__}(")
    for name in _shown(kind):
        value = getattr(node, name, None)
        if value is None or value == []:
            continue
        parts.append(f"{name}=")
        if isinstance(value, ast.AST):
            _write_form(value, parts)
        elif type(value) is list:
            if name == "body" and kind in _DOCUMENTED:
                value = _undocumented(value)
            parts.append("[")
            for item in value:
                if isinstance(item, ast.AST):
                    _write_form(item, parts)
                else:
                    parts.append(repr(item))
                parts.append(",")
            parts.append("]")
        else:
            parts.append(repr(value))
        parts.append(",")
    parts.append(")")


@cache
def _shown(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a node that its outputs can depend on."""
    return tuple(name for name in kind._fields if name not in _LAYOUT)


def _heads(node: ast.ClassDef) -> list[ast.AST]:
    types = getattr(node, "type_params", ())
    return [*node.decorator_list, *types, *node.bases, *node.keywords]


def _undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
        case [ast.Pass()]:
            return []  # what stands where there is only a documentation string
    return body


def _separate_imports(node: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(node, (ast.Import, ast.ImportFrom)) and len(node.names) > 1:
        for part in node.names:
            single = type(node)(**{name: getattr(node, name) for name in node._fields})
            single.names = [part]
            yield ast.copy_location(single, node)
    else:
        yield node


def _imports(node: ast.stmt) -> Iterator[tuple[ast.Import | ast.ImportFrom, type | None]]:
    """The imports in a statement, and whether a function or a class stands around them."""
    todo: list[tuple[ast.AST, type | None]] = [(node, None)]
    while todo:
        node, around = todo.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, around
            continue
        if isinstance(node, _FUNCTIONS):
            around = ast.FunctionDef
        elif isinstance(node, ast.ClassDef):
            around = around or ast.ClassDef
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            parts = getattr(node, name, ())
            todo += [(part, around) for part in parts if not isinstance(part, ast.expr)]


def _first_line(node: ast.stmt) -> int:
    return min(part.lineno for part in (node, *getattr(node, "decorator_list", ())))


def _label(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.Import() | ast.ImportFrom():
            return names.of_import(node.names[0])
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            text = ast.unparse(target)
        case _:
            text = ast.unparse(node).partition("\n")[0]
    return text if len(text) <= LABEL_LENGTH else text[:LABEL_LENGTH] + "…"
