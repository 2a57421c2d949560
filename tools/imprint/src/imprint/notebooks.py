"""Notebooks: what a page becomes, to be run, to be read in one edition, or with all merged."""

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode

from imprint.book import CHECK_TAGS
from imprint.cells import Cell
from imprint.pages import Notebook
from imprint.settings import ProfileName

ADDRESS = re.compile(r"\bat 0x[0-9a-f]+")
"""Where an object without a form of its own lies, as in ``<Line2D at 0x7f01>``."""

SVG_ID = re.compile(r'\bid="([^"]+)"')


def executable(notebook: Notebook, edition: str | None, profile: ProfileName) -> Any:
    """The notebook that a kernel runs for one edition: an nbformat node without outputs.

    Each cell's ``metadata.imprint.cell`` is its index in the page; prose is left out, so
    that it can change nothing about a run.
    """
    skipped = {"check-full"} if profile == "smoke" else set()
    node = _new_notebook(notebook.metadata)
    for index, cell in notebook.select(edition):
        if cell.kind == "code" and not skipped.intersection(cell.tags):
            metadata = nbformat.from_dict(_without(cell.metadata, "imprint"))
            dict.update(metadata, tags=list(cell.tags), imprint=_node(cell=index))
            node.cells.append(_new_cell("code", f"cell-{index}", cell.source, metadata))
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

    A cell of one edition carries ``metadata.imprint.edition``. A shared cell that all editions
    write alike stands once; where its outputs differ between them they follow, by edition.
    """
    present = [name for name in editions if notebook.in_edition(name)]
    published = []
    read = {index for name in present or [None] for index, _ in notebook.select(name)}
    for index, cell in enumerate(notebook.cells):
        if index not in read:
            continue
        own = [name for name in present if name in cell.tags]
        outputs = {
            name: _outputs(executed[name], index) if executed.get(name) else list(cell.outputs)
            for name in own or present
        }
        shared = cell.of(present[0]) if present else cell
        if own or _differs(cell, present):
            nodes = [_shown(cell.of(name), index, outputs[name], name) for name in own or present]
        elif alike(outputs.values()):
            nodes = [_shown(shared, index, next(iter(outputs.values()), []))]
        else:
            nodes = [_shown(shared, index, [])]
            for name in present:
                if outputs[name]:
                    node = _shown(shared, index, outputs[name], name)
                    node.metadata["tags"] = [*node.metadata.get("tags", ()), "remove-input"]
                    nodes.append(node)
        published.append((cell, nodes))
    _name_figures_once([node for _, nodes in published for node in nodes])
    return _publish(notebook, published)


def _name_figures_once(nodes: Iterable[Any]) -> None:
    """A figure that several editions show has its name in the first, and in each of the others
    the edition's name behind it: a name stands once on a page."""
    taken = set()
    for node in nodes:
        figure = node.metadata.get("mystnb", {}).get("figure", {})
        name = figure.get("name")
        if not name or not node.get("outputs"):
            continue
        edition = node.metadata.imprint.get("edition")
        if name in taken and edition:
            figure["name"] = f"{name}-{edition}"
        taken.add(name)


def _differs(cell: Cell, editions: Sequence[str]) -> bool:
    """Whether the editions write a shared cell in different words."""
    return len({cell.of(name).source for name in editions}) > 1


def _publish(notebook: Notebook, cells: Iterable[tuple[Cell, list]]) -> Any:
    """A notebook of the shown cells whose ``source_map`` leads back to the page's lines."""
    node = _new_notebook(notebook.metadata)
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
    metadata = nbformat.from_dict({**cell.metadata, "tags": list(cell.tags), "imprint": ours})
    node = _new_cell(cell.kind, "", cell.source, metadata)
    if cell.kind == "code":
        node.outputs = nbformat.from_dict(list(outputs))
    elif cell.kind == "markdown" and cell.attachments:
        node.attachments = nbformat.from_dict(dict(cell.attachments))
    return node


def _new_notebook(metadata: Mapping[str, Any]) -> Any:
    """An empty notebook with a page's front matter, but for what only imprint and jupytext
    read. Like its cells it is built without nbformat's own makers, which check each one against
    a schema and take most of a build's time over it."""
    kept = {key: value for key, value in metadata.items() if key not in ("imprint", "jupytext")}
    return _node(nbformat=4, nbformat_minor=5, metadata=nbformat.from_dict(kept), cells=[])


def _new_cell(kind: str, name: str, source: str, metadata: NotebookNode) -> Any:
    node = _node(cell_type=kind, id=name, metadata=metadata, source=source)
    if kind == "code":
        dict.update(node, execution_count=None, outputs=[])
    return node


def _node(**values: Any) -> NotebookNode:
    """A node of values that are nodes already; its own maker looks at each of them again."""
    node = NotebookNode()
    dict.update(node, values)
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


def alike(outputs: Iterable[list]) -> bool:
    """Whether cells that ran apart show the same, whatever their counters and ids say."""
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
