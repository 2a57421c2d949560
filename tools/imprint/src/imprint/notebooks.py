"""Notebooks: a page's cells, the cells of one edition, and the merged notebook of all.

Where a cell begins and ends is read with markdown-it, as MyST-NB does; unlike MyST-NB every
cell knows its line, so that whatever is wrong with it can be said at ``page.md:123``.
"""

import ast
import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin

from imprint.book import (
    CHECK_TAGS,
    Book,
    Page,
    PageSettings,
    ProfileName,
    line_numbers,
    parse_yaml,
    read_source,
    validated,
)
from imprint.errors import BookError, BookErrors
from imprint.library.magics import without_magics

ADDRESS = re.compile(r"\bat 0x[0-9a-f]+")
"""Where an object without a form of its own lies, as in ``<Line2D at 0x7f01>``."""

SVG_ID = re.compile(r'\bid="([^"]+)"')


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


@dataclass(frozen=True)
class Notebook:
    """One page, read: its settings and its cells in order."""

    page: Page
    settings: PageSettings
    metadata: Mapping[str, Any]
    """The front matter, or an .ipynb page's metadata."""
    cells: tuple[Cell, ...]
    label: str | None
    title: str

    @property
    def executable(self) -> bool:
        """Whether it is a notebook page: one that has code cells."""
        return any(cell.kind == "code" for cell in self.cells)

    @property
    def path(self) -> str:
        return self.page.path

    def select(self, edition: str | None) -> list[tuple[int, Cell]]:
        """The cells of one edition, each with its index in the page; None: all of them."""
        if edition is None:
            return list(enumerate(self.cells))
        others = self._edition_names - {edition}
        return [
            (index, cell)
            for index, cell in enumerate(self.cells)
            if edition in cell.tags or not others.intersection(cell.tags)
        ]

    def in_edition(self, edition: str) -> bool:
        return self.settings.editions is None or edition in self.settings.editions

    _edition_names: frozenset[str] = frozenset()


def read(book: Book, page: Page) -> Notebook:
    """The notebook of a page. Raises BookErrors: every mistake with file and line."""
    text = read_source(book.root, page.path)
    if page.path.endswith(".ipynb"):
        metadata, settings_line, cells = _read_ipynb(text, page.path)
    elif page.path.endswith(".md"):
        metadata, settings_line, cells = _read_markdown(text, page.path)
    else:
        metadata, settings_line, cells = {}, {}, (Cell("raw", text),)
    names = frozenset(edition.name for edition in book.editions)
    settings = validated(
        PageSettings, metadata.get("imprint") or {}, page.path, settings_line, ("imprint",)
    )
    _check_kernelspec(metadata, page.path, settings_line)
    label, title = _label_and_title(cells)
    notebook = Notebook(page, settings, metadata, cells, label, title or page.docname, names)
    errors = list(_wrong_tags(notebook, book, settings_line)) if book.editions else []
    errors += _wrong_parameters(notebook, book, settings_line)
    if errors:
        raise BookErrors(errors)
    return notebook


def executable(notebook: Notebook, edition: str | None, profile: ProfileName) -> Any:
    """The notebook that a kernel runs for one edition: an nbformat node without outputs.

    Each cell's ``metadata.imprint.cell`` is its index in the page; prose is left out, so
    that it can change nothing about a run.
    """
    skipped = {"check-full"} if profile == "smoke" else set()
    node = nbformat.v4.new_notebook(metadata=_plain_metadata(notebook.metadata))
    for index, cell in notebook.select(edition):
        if cell.kind == "code" and not skipped.intersection(cell.tags):
            node.cells.append(
                nbformat.v4.new_code_cell(
                    cell.source,
                    metadata={
                        **_without(cell.metadata, "imprint"),
                        "tags": list(cell.tags),
                        "imprint": {"cell": index},
                    },
                    id=f"cell-{index}",
                )
            )
    return node


def readable(notebook: Notebook, edition: str | None, executed: Any | None) -> Any:
    """One edition's notebook for a reader: its cells with the outputs of its run."""
    return _publish(
        notebook,
        [
            (cell, [_shown(cell, index, _outputs(executed, index) if executed else cell.outputs)])
            for index, cell in notebook.select(edition)
        ],
    )


def merged(notebook: Notebook, editions: Sequence[str], executed: Mapping[str, Any]) -> Any:
    """All editions' cells in one notebook, for the website.

    A cell of one edition carries ``metadata.imprint.edition``; neighbours that do become one
    tab set. A shared cell stands once; where its outputs differ between the editions they
    follow as a tab set of outputs.
    """
    present = [name for name in editions if notebook.in_edition(name)]
    published = []
    for index, cell in enumerate(notebook.cells):
        own = [name for name in present if name in cell.tags]
        outputs = {
            name: _outputs(executed[name], index) if executed.get(name) else list(cell.outputs)
            for name in own or present
        }
        if own:
            nodes = [_shown(cell, index, outputs[name], name) for name in own]
        elif _alike(outputs.values()):
            nodes = [_shown(cell, index, next(iter(outputs.values()), []))]
        else:
            nodes = [_shown(cell, index, [])]
            for name in present:
                if outputs[name]:
                    node = _shown(cell, index, outputs[name], name)
                    node.metadata["tags"] = [*node.metadata.get("tags", ()), "remove-input"]
                    nodes.append(node)
        published.append((cell, nodes))
    return _publish(notebook, published)


def _publish(notebook: Notebook, cells: Iterable[tuple[Cell, list]]) -> Any:
    """A notebook of the shown cells whose ``source_map`` leads back to the page's lines."""
    node = nbformat.v4.new_notebook(metadata=_plain_metadata(notebook.metadata))
    source_map = []
    for cell, nodes in cells:
        if CHECK_TAGS.intersection(cell.tags):
            continue
        for shown in nodes:
            shown["id"] = f"cell-{len(node.cells)}"
            node.cells.append(shown)
            source_map.append(cell.line - 2)  # MyST-NB and MyST both add one
    node.metadata["source_map"] = source_map
    if node.metadata.get("kernelspec", {}).get("name", "python3").startswith("python"):
        node.metadata.setdefault("language_info", {"name": "python", "pygments_lexer": "ipython3"})
    return node


def _shown(cell: Cell, index: int, outputs: list, edition: str | None = None) -> Any:
    ours = {"cell": index} | ({"edition": edition} if edition else {})
    metadata = {**copy.deepcopy(dict(cell.metadata)), "tags": list(cell.tags), "imprint": ours}
    if cell.kind == "code":
        return nbformat.v4.new_code_cell(
            cell.source, metadata=metadata, outputs=copy.deepcopy(list(outputs))
        )
    if cell.kind == "raw":
        return nbformat.v4.new_raw_cell(cell.source, metadata=metadata)
    node = nbformat.v4.new_markdown_cell(cell.source, metadata=metadata)
    if cell.attachments:
        node["attachments"] = copy.deepcopy(dict(cell.attachments))
    return node


def adopt(executed: Any, current: Any) -> Any:
    """A kept result, its cells numbered as in the page of today: prose may have moved them."""
    ran = [cell for cell in executed.cells if "imprint" in cell.metadata]
    for old, new in zip(ran, current.cells, strict=True):
        old.metadata["imprint"] = new.metadata["imprint"]
    return executed


def without_stderr(executed: Any) -> Any:
    """An executed notebook without what its cells wrote to standard error."""
    shown = copy.deepcopy(executed)
    for cell in shown.cells:
        if "outputs" in cell:
            cell.outputs = [out for out in cell.outputs if out.get("name") != "stderr"]
    return shown


def _without(metadata: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if name != key}


def _outputs(executed: Any | None, index: int) -> list:
    """The outputs of the page's cell ``index`` in an executed notebook."""
    if executed is not None:
        for cell in executed.cells:
            if cell.metadata.get("imprint", {}).get("cell") == index:
                return cell.outputs
    return []


def _alike(outputs: Iterable[list]) -> bool:
    """Whether the editions show the same, whatever their counters and ids say."""
    shown = (json.dumps([_seen(output) for output in cell]) for cell in outputs)
    return len({ADDRESS.sub("", text) for text in shown}) <= 1


def _seen(output: Mapping[str, Any]) -> Any:
    """What a reader sees of an output. A drawing says it all in SVG; the ids in it, which
    Matplotlib derives from how NumPy prints numbers, are counted instead."""
    drawing = output.get("data", {}).get("image/svg+xml")
    if drawing is not None:
        for count, name in enumerate(dict.fromkeys(SVG_ID.findall(drawing))):
            drawing = re.sub(rf"\b{re.escape(name)}\b", f"id{count}", drawing)
        return drawing
    return {key: output[key] for key in sorted(output) if key != "execution_count"}


def _plain_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Front matter for MyST-NB: all of it but what only imprint and jupytext read."""
    return {
        key: copy.deepcopy(value)
        for key, value in metadata.items()
        if key not in ("imprint", "jupytext")
    }


# Reading -----------------------------------------------------------------------------------


@cache
def _markdown() -> MarkdownIt:
    return (
        MarkdownIt("commonmark")
        .use(front_matter_plugin)
        .use(myst_block_plugin)
        .use(colon_fence_plugin)
    )


def _read_markdown(text: str, path: str) -> tuple[dict, dict, tuple[Cell, ...]]:
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

    tokens = _markdown().parse(text)
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
        options = parse_yaml(text, path, line) or {}
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


def _read_ipynb(text: str, path: str) -> tuple[dict, dict, tuple[Cell, ...]]:
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


def _tags(options: Mapping[str, Any]) -> tuple[str, ...]:
    tags = options.get("tags") or ()
    if isinstance(tags, str):
        tags = [tag.strip() for tag in tags.split(",")]
    if not isinstance(tags, (list, tuple)) or not all(isinstance(tag, str) for tag in tags):
        raise TypeError(tags)
    return tuple(tags)


def _rest(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key != "tags"}


def _label_and_title(cells: Sequence[Cell]) -> tuple[str | None, str]:
    """The page's label, which stands right before its title, and the title."""
    label = None
    for cell in cells:
        if cell.kind == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("(") and line.rstrip().endswith(")="):
                    label = line.strip()[1:-2]
                elif line.startswith("# "):
                    return label, line[2:].strip()
    return label, ""


def _check_kernelspec(metadata: Mapping[str, Any], path: str, lines: Mapping) -> None:
    spec = metadata.get("kernelspec", {})
    if not isinstance(spec, dict) or not isinstance(spec.get("name", ""), str):
        raise BookError("kernelspec: expected a name and a display_name", path,
                        lines.get(("kernelspec",)),
                        "write kernelspec: {name: python3, display_name: Python 3}")  # fmt: skip


def _wrong_tags(notebook: Notebook, book: Book, lines: Mapping[tuple, int]) -> Iterator[BookError]:
    """What would silently put a cell into the wrong edition, or into none."""
    names = notebook._edition_names
    known = book.tags | names
    for cell in notebook.cells:
        for tag in cell.tags:
            if tag not in known:
                near = get_close_matches(tag, sorted(known), n=1)
                yield BookError(
                    f"unknown tag {tag!r}", notebook.path, cell.opening or cell.line,
                    f"did you mean {near[0]!r}?" if near
                    else "declare it under cell_tags: in _config.yml",
                )  # fmt: skip
        if cell.kind == "markdown" and names.intersection(cell.tags):
            heading = _first_heading(cell)
            if heading is not None:
                yield BookError(
                    "a heading in a cell of one edition would not be in the other's contents",
                    notebook.path, cell.line + heading, "move it into an untagged cell",
                )  # fmt: skip
    for index, name in enumerate(notebook.settings.editions or ()):
        if name not in names:
            yield BookError(
                f"no edition named {name!r}", notebook.path,
                lines.get(("imprint", "editions", index)),
                f"editions here: {', '.join(sorted(names))}",
            )  # fmt: skip


def _wrong_parameters(
    notebook: Notebook, book: Book, lines: Mapping[tuple, int]
) -> Iterator[BookError]:
    """Smoke values that would override nothing, once each."""
    editions = [one.name for one in book.editions if notebook.in_edition(one.name)] or [None]
    missing: dict[str, list[str]] = {}
    for edition in editions:
        tagged = [cell for _, cell in notebook.select(edition) if "parameters" in cell.tags]
        known = _assigned_names(tagged[0].source) if tagged else frozenset()
        for name in notebook.settings.smoke:
            if known is not None and name not in known:
                missing.setdefault(name, []).append(edition or "")
    for name, where in missing.items():
        inside = f" of the {' and '.join(where)} edition" if len(where) < len(editions) else ""
        yield BookError(
            f"imprint.smoke.{name}: no cell tagged parameters{inside} sets it", notebook.path,
            lines.get(("imprint", "smoke", name)), "set it there, or take it out here",
        )  # fmt: skip


def _assigned_names(source: str) -> frozenset[str] | None:
    """The names that a cell assigns; None where only a kernel can tell."""
    try:
        tree = ast.parse("\n".join(without_magics(source)[0]))
    except (SyntaxError, ValueError):
        return None
    return frozenset(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def _first_heading(cell: Cell) -> int | None:
    for token in _markdown().parse(cell.source):
        if token.type == "heading_open" and token.level == 0:
            return token.map[0]
    return None
