"""The library's reference: what a generated module offers its readers, as MyST for a page."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from imprint.aliases import Aliases
from imprint.aliases.targets import Expression, Function, Target
from imprint.library import dotted, exports

Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Entry:
    """One public name."""

    name: str
    definition: Definition | None
    """None for a constant."""
    label: str | None
    """Of the section that defines it; None for what comes from a module written by hand."""
    remark: str = ""
    """What the comments ``#:`` above a constant say."""


def definitions(root: Path, module: str, aliases: Aliases | None) -> str:
    """MyST with Sphinx's Python directives: each public name of a library's module with its
    signature, its docstring and a link to its section, in reading order. The library's aliases
    are not among them. ``module`` is its path under ``root``.
    """
    source = (root / module).read_text("utf-8")
    left_out = set(aliases.targets) if aliases else set()
    entries = [*_handwritten(root, module, source), *_saved(source)]
    parts = [_directive("py:module", dotted(module), [])]
    parts += [_entry(entry) for entry in entries if entry.name not in left_out]
    return "\n".join(parts)


def alias_table(aliases: Aliases) -> str:
    """A Markdown table: each alias, and what stands in its place."""
    package = aliases.module.split(".")[0]
    rows = [
        f"| `{package}.{name}{_call(target)}` | `{_meaning(target)}` |"
        for name, target in sorted(aliases.targets.items())
    ]
    return "\n".join(["| Name | Stands for |", "| --- | --- |", *rows])


def _call(target: Target) -> str:
    if isinstance(target, Function):
        return ""
    count = target.count if isinstance(target, Expression) else 1
    more = [] if isinstance(target, Expression) else ["..."]
    return f"({', '.join([*_letters(count), *more])})"


def _meaning(target: Target) -> str:
    if isinstance(target, Function):
        return target.text
    if isinstance(target, Expression):
        return target.filled(tuple(_letters(target.count)))
    given = [*target.positional, *(f"{key}={text}" for key, text in target.keywords.items())]
    return f"x.{target.name}({', '.join([*given, '...'])})"


def _letters(count: int) -> list[str]:
    return ["x"] if count == 1 else [f"x{number}" for number in range(count)]


def _saved(source: str) -> Iterator[Entry]:
    """What the pages define."""
    nodes = {node.lineno: node for node in ast.parse(source).body}
    for name, export in exports(source).items():
        node = nodes.get(export.line)
        definition = node if isinstance(node, Definition) else None
        yield Entry(name, definition, export.label)


def _handwritten(root: Path, module: str, source: str) -> Iterator[Entry]:
    """What the pages pass on from modules beside the generated one, written by hand."""
    package = dotted(module).split(".")[0]
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(package):
            continue
        text = (root / f"{str(node.module).replace('.', '/')}.py").read_text("utf-8")
        tree = _Defaults(ast.parse(text)).tree
        found = {one.name: one for one in tree.body if isinstance(one, Definition)}
        for alias in node.names:
            name = alias.asname or alias.name
            above = re.search(rf"((?:^#:.*\n)+){alias.name}\b", text, re.M)
            remark = re.sub(r"^#: ?", "", above[1], flags=re.M) if above else ""
            yield Entry(name, found.get(alias.name), None, remark)


class _Defaults(ast.NodeTransformer):
    """Puts the values of a module's private constants into the defaults of its functions."""

    def __init__(self, tree: ast.Module) -> None:
        self.values = {
            one.targets[0].id: one.value
            for one in tree.body
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
        }
        self.tree = self.visit(tree)

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        node.defaults = [
            self.values.get(one.id, one) if isinstance(one, ast.Name) else one
            for one in node.defaults
        ]
        return node


def _entry(entry: Entry) -> str:
    defined = [f"Defined in {{ref}}`{entry.label}`."] if entry.label else []
    node = entry.definition
    if node is None:
        return _directive("py:data", entry.name, [entry.remark, *defined])
    if isinstance(node, ast.FunctionDef):
        return _directive("py:function", _signature(node), [*_documented(node), *defined])
    methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
    made = next((one for one in methods if one.name == "__init__"), None)
    shown = [
        _directive("py:method", _signature(one, bound=True), _documented(one))
        for one in methods
        if not one.name.startswith("_")
        or (one.name.startswith("__") and one is not made and ast.get_docstring(one))
    ]
    signature = (
        _signature(made, bound=True).replace("__init__", node.name, 1) if made else node.name
    )
    bases = ", ".join(f"`{ast.unparse(base)}`" for base in node.bases)
    derived = [f"Derived from {bases}."] if bases else []
    own = [*_documented(node), *derived, *(_documented(made) if made else []), *shown, *defined]
    return _directive("py:class", signature, own)


def _signature(node: ast.FunctionDef, bound: bool = False) -> str:
    """``name(parameters)``, without the first one, ``self``, of a method."""
    arguments = ast.unparse(node.args)
    if bound:
        arguments = arguments.partition(",")[2].strip()
    return f"{node.name}({arguments})"


def _documented(node: Definition) -> list[str]:
    text = ast.get_docstring(node)
    return [inspect.cleandoc(text)] if text else []


def _directive(name: str, argument: str, content: list[str]) -> str:
    body = "\n\n".join(content)
    longest = max((len(line) - len(line.lstrip("`")) for line in body.splitlines()), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{{{name}}} {argument}\n{body}\n{fence}\n"
