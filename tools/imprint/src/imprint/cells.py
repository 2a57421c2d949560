"""The cells of a source file: where they begin and end, and what else is written on them.

Where a cell begins and ends is read with markdown-it, as MyST-NB does; unlike MyST-NB every
cell knows its line, so that whatever is wrong with it can be said at ``page.md:123``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin

from imprint.aliases import Rewritten
from imprint.errors import BookError, BookErrors
from imprint.settings import line_numbers, parse_yaml

IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w., \t]+)", re.MULTILINE)
"""What a line imports, first names first; too much does no harm."""


@dataclass(frozen=True)
class Cell:
    """One cell of a page as the author wrote it."""

    kind: Literal["code", "markdown", "raw"]
    source: str
    tags: tuple[str, ...] = ()
    line: int = 1
    """The 1-based line of the page on which ``source`` begins."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What else the author set on the cell, for example a figure's caption."""
    attachments: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple = ()
    """Outputs that an .ipynb page brought along; Markdown pages never hold any."""
    opening: int = 0
    """The 1-based line on which the cell opens; 0: on ``line``."""
    variants: Mapping[str, Rewritten] = field(default_factory=dict)
    """By edition: the source in the framework's own words, where it is another."""
    rows: tuple[int, ...] = ()
    """For each line of ``source`` the author's line, from 1; none where it is the author's."""

    def page_line(self, row: int) -> int:
        """The page's line of a line of ``source``, both from 1."""
        return self.line - 1 + (self.rows[min(row, len(self.rows)) - 1] if self.rows else row)

    def of(self, edition: str) -> "Cell":
        """The cell as one edition has it."""
        variant = self.variants.get(edition)
        if variant is None:
            return self
        return replace(self, source=variant.source, rows=variant.rows, variants={})


@cache
def _markdown() -> MarkdownIt:
    """A parser of blocks; what stands within a line is nothing to us."""
    parser = (
        MarkdownIt("commonmark")
        .use(front_matter_plugin)
        .use(myst_block_plugin)
        .use(colon_fence_plugin)
    )
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def parsed(text: str) -> list[Any]:
    """markdown-it's tokens of a text's blocks."""
    return _markdown().parse(text)


def read_markdown(text: str, path: str) -> tuple[dict, dict, tuple[Cell, ...]]:
    """The front matter, the line of each of its keys, and the cells."""
    text = text.rstrip("\n") + "\n"
    lines = text.split("\n")[:-1]  # as markdown-it counts them; splitlines knows other ends
    metadata: dict[str, Any] = {}
    numbers: dict[tuple, int] = {}
    cells: list[Cell] = []
    errors: list[BookError] = []
    start, opening, options = 0, 0, {}

    def prose(end: int) -> None:
        first, last = start, end
        while first < last and not lines[first].strip():
            first += 1
        while first < last and not lines[last - 1].strip():
            last -= 1
        if first < last or options:
            source = "\n".join(lines[first:last])
            cells.append(
                Cell("markdown", source, _tags(options), first + 1, _rest(options), opening=opening)
            )

    tokens = parsed(text)
    if text.startswith("---\n") and tokens[0].type != "front_matter":
        raise BookError("the front matter is never closed", path, 1, "end it with a line ---")
    for token in tokens:
        if problem := _misplaced(token, lines):
            errors.append(BookError(problem[0], path, token.map[0] + 1, problem[1]))
            continue
        if token.level or not token.map:
            continue
        begin, end = token.map
        if token.type == "front_matter":
            metadata = parse_yaml(token.content, path, begin + 1) or {}
            if not isinstance(metadata, dict):
                raise BookError("front matter: expected `key: value` lines", path, begin + 2)
            numbers = line_numbers(token.content, begin + 1)
            start = end
        elif token.type == "myst_block_break":
            prose(begin)
            start, opening, options = end, begin + 1, {}
            if token.content:
                try:
                    options = json.loads(token.content)
                    _tags(options)
                except (ValueError, TypeError, AttributeError):
                    errors.append(
                        BookError(
                            f"not a cell's settings: {token.content}", path, begin + 1,
                            'write JSON, for example +++ {"tags": ["mxnet"]}',
                        )
                    )  # fmt: skip
                    options = {}
        elif token.type == "fence" and _is_code_cell(token):
            prose(begin)
            start, opening, options = end, 0, {}
            try:
                cells.append(_code_cell(token.content, path, begin + 1))
            except BookError as error:
                errors.append(error)
    prose(len(lines))
    if errors:
        raise BookErrors(errors)
    return metadata, numbers, tuple(cells)


def _is_code_cell(token: Any) -> bool:
    return token.info.strip().startswith("{code-cell}")


def _misplaced(token: Any, lines: list[str]) -> tuple[str, str] | None:
    """What is wrong with a fence that would lose code, its own or the next cell's; the remedy.

    A fence that is not closed goes on to the end of the page or to the end of a later one; then
    what opens that later one stands inside it.
    """
    if token.type not in ("fence", "colon_fence"):
        return None
    begin, end = token.map
    name = "code cell" if _is_code_cell(token) else "block"
    closing = f"end it with a line {token.markup}"
    inside = token.content.split("\n")[:-1]
    opens = re.compile(rf"{re.escape(token.markup)}+ *(\{{|[\w-]+ *$)")
    swallows = [line for line in inside if opens.match(line)]
    code = name == "code cell" or any("{code-cell}" in line for line in inside)
    if code and token.level == 0 and (len(inside) != end - begin - 2 or swallows):
        return f"this {name} is never closed", closing
    if name == "code cell" and token.type == "colon_fence":
        return "a code cell between colons does not run", "fence it with ```"
    if name == "code cell" and token.level:
        return "a code cell inside a list or a quotation does not run", "move it to the margin"
    directive = re.match(r"\s*\{([\w:-]+)\}", token.info)
    if directive and name == "block" and directive[1] not in _VERBATIM:
        nested = re.compile(r"\s*(`{3,}|~{3,}) *\{code-cell\}")
        if any(nested.match(line) for line in inside):
            return "the code cell inside this block does not run", "close the block before it"
    return None


_VERBATIM = frozenset({"code", "code-block", "sourcecode", "parsed-literal"})


def _code_cell(content: str, path: str, line: int) -> Cell:
    """A code cell from its fence's content; ``line`` is the fence's own, 0-based + 1."""
    lines = content.split("\n")
    count, options = 0, {}
    if lines and lines[0].strip() == "---":
        while (count := count + 1) < len(lines) and lines[count].strip() != "---":
            pass
        if count == len(lines):
            raise BookError("this cell's settings are never closed", path, line + 1, "add ---")
        options = parse_yaml("\n".join(lines[1:count]), path, line + 1) or {}
        count += 1
    else:
        while count < len(lines) and lines[count].startswith(":"):
            count += 1
        text = "\n".join(option[1:] for option in lines[:count])
        options = parse_yaml(text, path, line) or {} if text else {}
    if not isinstance(options, dict):
        raise BookError("a cell's settings are `:key: value` lines", path, line + 1)
    while count < len(lines) and not lines[count].strip():
        count += 1
    try:
        tags = _tags(options)
    except TypeError:
        raise BookError("tags are a list", path, line + 1, "write :tags: [torch]") from None
    source = "\n".join(lines[count:]).rstrip()
    return Cell("code", source, tags, line + 1 + count, _rest(options), opening=line)


def read_ipynb(text: str, path: str) -> tuple[dict, dict, tuple[Cell, ...]]:
    try:
        node = nbformat.reads(text, as_version=4)
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise BookError(f"not a notebook: {reason}", path, remedy="open it in Jupyter") from None
    return (
        dict(node.metadata),
        {},
        tuple(
            Cell(
                cell.cell_type,
                cell.source,
                tuple(cell.metadata.get("tags", ())),
                (index + 1) * 10000,  # MyST-NB's numbers for cells without lines
                _rest(cell.metadata),
                cell.get("attachments", {}),
                tuple(cell.get("outputs", ())),
            )
            for index, cell in enumerate(node.cells)
        ),
    )


def imported(code: str) -> Iterator[str]:
    """The first names of all modules that a text of Python imports, magics or not."""
    for several in IMPORT.findall(code):
        for name in several.partition(" import")[0].split(","):
            if first := name.strip().partition(".")[0].partition(" ")[0]:
                yield first


def _tags(options: Mapping[str, Any]) -> tuple[str, ...]:
    tags = options.get("tags") or ()
    if isinstance(tags, str):
        tags = [tag.strip() for tag in tags.split(",")]
    if not isinstance(tags, (list, tuple)) or not all(isinstance(tag, str) for tag in tags):
        raise TypeError(tags)
    return tuple(tags)


def _rest(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key != "tags"}
