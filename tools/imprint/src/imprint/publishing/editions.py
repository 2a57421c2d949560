"""A Sphinx extension: merged notebooks become pages, and what only one edition has is marked.

Works with any builder. On the website the reader chooses the edition that is shown (`editions.js`);
elsewhere all stand one after the other, each under its title. LaTeX is given one edition.
"""

import json
from itertools import groupby
from typing import Any

import nbformat
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole

from imprint.exercises import ANCHOR

MARK = "<!-- imprint -->"
"""Begins a page's text where it was replaced by a notebook."""
QUICK, RAN = "imprint-quick", "imprint-run"
"""Directives with what a page says of its runs."""
LIBRARY = ("library-definitions", "library-aliases")
"""Directives that a page about the library shows its reference with."""


def page_text(node: Any, directives: bool = True) -> str:
    """The text that stands in for a page's own: its notebook, prose of one edition wrapped
    in the directive that names it."""
    if directives:
        for index, cell in enumerate(node.cells):
            edition = cell.metadata.get("imprint", {}).get("edition")
            if cell.cell_type == "markdown" and edition:
                fence = "`" * max(4, 1 + _longest_fence(cell.source))
                cell.source = f"{fence}{{imprint-edition}} {edition}\n{cell.source}\n{fence}"
                node.metadata["source_map"][index] -= 1
    return MARK + json.dumps(node, sort_keys=True)  # as the store keeps its results


def read_page(text: str) -> Any:
    """MyST-NB's reader of ``.md`` files: a notebook, or a page of nothing but prose."""
    if text.startswith(MARK):
        return nbformat.from_dict(json.loads(text[len(MARK) :]))
    cell = nbformat.v4.new_markdown_cell(text)
    return nbformat.v4.new_notebook(cells=[cell], metadata={"source_map": [-1]})


def _longest_fence(text: str) -> int:
    return max(
        (len(line) - len(line.lstrip("`")) for line in map(str.strip, text.splitlines())),
        default=0,
    )


class EditionDirective(SphinxDirective):
    """Prose that belongs to one edition."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        container = nodes.container(imprint_edition=self.arguments[0])
        self.set_source_info(container)
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


class LibraryDirective(SphinxDirective):
    """What each edition's library offers, or what its aliases stand for. Its argument is there to
    have the page read again when that changes (`jobs.py` writes it)."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        texts: dict[str, dict[str, str]] = self.config.imprint_library
        containers = []
        for name, text in texts[self.name].items():
            container = nodes.container()
            if self.config.imprint_editions:
                container["imprint_edition"] = name
            self.set_source_info(container)
            self.state.nested_parse(text.splitlines(), self.content_offset, container)
            containers.append(container)
        return containers


class Anchor(SphinxRole):
    """A label in the middle of a line."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        target = nodes.target("", "", ids=[nodes.make_id(self.text)], names=[self.text])
        self.inliner.document.note_explicit_target(target)
        return [target], []


class Editions(SphinxTransform):
    """Gather neighbours that belong to one edition each, with those of the other editions."""

    default_priority = 200

    def apply(self) -> None:
        titles: dict[str, str] = self.config.imprint_editions
        tagged = [node for node in self.document.findall(nodes.container) if _edition(node)]
        for parent in {id(node.parent): node.parent for node in tagged}.values():
            children: list[nodes.Node] = []
            for apart, neighbours in groupby(parent.children, lambda one: bool(_edition(one))):
                group = list(neighbours)
                children += [_side_by_side(titles, group)] if apart else group
            parent.children = []
            parent.extend(children)


def _edition(node: nodes.Node) -> str | None:
    if not isinstance(node, nodes.container):
        return None
    metadata = node.get("cell_metadata") or {}
    return node.get("imprint_edition") or metadata.get("imprint", {}).get("edition")


def _side_by_side(titles: dict[str, str], group: list[nodes.Node]) -> nodes.Node:
    """What each edition has to show at one place, in the editions' order."""
    found = nodes.container(classes=["imprint-editions"])
    for name, title in titles.items():
        if own := [node for node in group if _edition(node) == name]:
            classes = ["imprint-edition", f"imprint-edition-{name}"]
            found += nodes.container("", *own, classes=classes)
            if len(titles) > 1:
                found[-1].insert(0, nodes.rubric("", title, classes=["imprint-edition-title"]))
    return found


class InlineLines(SphinxTransform):
    """What is wrong with a reference is said of the line that it stands on, not of the first
    line of its paragraph."""

    default_priority = 210

    def apply(self) -> None:
        for block in self.document.findall(nodes.TextElement):
            known = block.line and not isinstance(block.parent, nodes.entry)
            if known and isinstance(block, (nodes.paragraph, nodes.caption)):
                _number(block, block.line)  # MyST gives a table's paragraphs no line


def _number(element: nodes.Element, line: int) -> int:
    """Give every node inside its line; the line on which ``element`` ends."""
    for child in element.children:
        if isinstance(child, nodes.Text):
            line += child.count("\n")
        elif not (isinstance(child, nodes.raw) and child["format"] == "latex"):
            child.line = line  # a hard line break comes twice, for HTML and for LaTeX
            line = _number(child, line)
    return line


class RunNote(SphinxDirective):
    """What a page says of its runs (`records.py`)."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        note = nodes.container(classes=[self.name])
        self.set_source_info(note)
        self.state.nested_parse(self.content, self.content_offset, note)
        return [note]


class QuickRuns(SphinxTransform):
    """That results are those of a quick run is said under the page's title."""

    default_priority = 205

    def apply(self) -> None:
        for note in list(self.document.findall(nodes.container)):
            title = next(iter(self.document.findall(nodes.title)), None)
            if QUICK in note["classes"] and title:
                note.parent.remove(note)
                title.parent.insert(title.parent.index(title) + 1, note)


class ChapterReferences(SphinxPostTransform):
    """A numbered reference to a whole chapter says Chapter, not Section."""

    default_priority = 5  # before Sphinx resolves references

    def run(self, **kwargs: Any) -> None:
        labels = self.env.get_domain("std").labels  # type: ignore[attr-defined]
        for node in self.document.findall(addnodes.pending_xref):
            if node.get("reftype") != "numref" or node.get("refexplicit"):
                continue
            docname, anchor, _ = labels.get(node["reftarget"], ("", "", ""))
            figures = self.env.toc_fignumbers.get(docname, {}).values()
            numbers = self.env.toc_secnumbers.get(docname, {})
            title = f"#{anchor}" not in numbers and not any(anchor in ids for ids in figures)
            if title and len(numbers.get("", ())) == 1:
                node["refexplicit"] = True
                node["reftitle"] = self.config.imprint_chapter_format
                node.children = [nodes.inline("", self.config.imprint_chapter_format)]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("imprint_editions", {}, "env")
    app.add_config_value("imprint_discussion_url", "", "html")
    app.add_config_value("imprint_colophon", "", "")
    app.add_config_value("imprint_chapter_format", "Chapter %s", "env")
    app.add_config_value("imprint_latex_documents", {}, "")
    app.add_config_value("imprint_library", {name: {} for name in LIBRARY}, "")
    app.add_transform(QuickRuns)
    for name in (QUICK, RAN):
        app.add_directive(name, RunNote)
    app.add_directive("imprint-edition", EditionDirective)
    for name in LIBRARY:
        app.add_directive(name, LibraryDirective)
    app.add_role(ANCHOR, Anchor())
    app.add_transform(Editions)
    app.add_transform(InlineLines)
    app.add_post_transform(ChapterReferences)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
