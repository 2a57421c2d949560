"""A Sphinx extension: of a whole book's LaTeX, the pages that were asked for.

All pages are known, so that numbers and references are those of the book; a chapter of which only
sections are asked for keeps its heading.
"""

from collections.abc import Collection
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex import LaTeXBuilder
from sphinx.builders.latex.nodes import math_reference

COUNTERS = ("chapter", "section")


class ExcerptBuilder(LaTeXBuilder):
    """Builds LaTeX of some pages of the book."""

    name = "latex"

    def assemble_doctree(
        self, indexfile: str, toctree_only: bool, appendices: list[str]
    ) -> nodes.document:
        asked = set(self.config.imprint_excerpt)
        kept = _above(asked, indexfile, self.env.toctree_includes)
        whole = self.env.get_doctree
        self.env.get_doctree = lambda name: self._cut(name, whole(name), asked, kept)
        try:
            tree = super().assemble_doctree(indexfile, toctree_only, appendices)
        finally:
            del self.env.get_doctree
        for link in list(tree.findall(nodes.reference)):
            docname, _, place = link.get("refuri", "").partition("#")
            if docname.startswith("%") and docname[1:] not in asked:
                link.replace_self(self._words(link, docname[1:], place))
        for link in list(tree.findall(math_reference)):
            if link["docname"] not in asked:
                number = self._number(link["docname"], nodes.make_id(f"equation-{link['target']}"))
                link.replace_self(nodes.Text(f"({number})"))
        return tree

    def _words(self, link: nodes.reference, docname: str, place: str) -> list[nodes.Node]:
        """What stands where a link would lead to a page that is left out."""
        if not isinstance(link, addnodes.number_reference):
            return link.children
        number, name = self._number(docname, place), self.env.titles[docname].astext()
        title = link.get("title", "%s")  # as in Sphinx's writer: one of two forms
        if "{number}" in title or "{name}" in title:
            return [nodes.Text(title.format(number=number, name=name))]
        return [nodes.Text(title.replace("%s", number))]

    def _number(self, docname: str, place: str) -> str:
        """That of a section, figure, table, listing or equation."""
        sections = self.env.toc_secnumbers.get(docname, {})
        for numbers in self.env.toc_fignumbers.get(docname, {}).values():
            if place in numbers:
                return ".".join(map(str, numbers[place]))
        return ".".join(map(str, sections.get(f"#{place}") or sections.get("") or ["?"]))

    def _cut(
        self, docname: str, tree: nodes.document, asked: Collection[str], kept: Collection[str]
    ) -> nodes.document:
        """A page without the pages below it that nobody asked for; its heading alone, where it is
        not asked for itself."""
        contents = list(tree.findall(addnodes.toctree))
        for toctree in contents:
            below = [name for name in toctree["includefiles"] if name in kept]
            toctree["includefiles"] = below
        if docname not in asked:
            section = next(tree.findall(nodes.section))
            section.children = [section.next_node(nodes.title), *contents]
            tree.children = [section]
        number = self.env.toc_secnumbers.get(docname, {}).get("", ())
        if 0 < len(number) <= len(COUNTERS):
            name, value = rf"c@{COUNTERS[len(number) - 1]}\endcsname", number[-1] - 1
            set_to = rf"\ifcsname {name}\csname {name}={value}\fi"  # a class may have none
            tree.insert(0, nodes.raw("", set_to, format="latex"))
        return tree

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return f"%{docname}"  # of pages left out as well: the words that lead there stay


def _above(asked: Collection[str], top: str, below: dict[str, list[str]]) -> set[str]:
    """The pages that were asked for, and those that lead to them from the top."""
    found = {name for one in below.get(top, ()) for name in _above(asked, one, below)}
    return found | {top} if found or top in asked else found


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_builder(ExcerptBuilder, override=True)
    app.add_config_value("imprint_excerpt", [], "")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
