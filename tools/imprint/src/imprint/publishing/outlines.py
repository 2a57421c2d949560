"""A Sphinx extension: figures are numbered from outlines of the pages, those of editions alike.

After every edit Sphinx numbers the figures of the whole book anew, for which it loads what it
knows of every page. The sections, and what has a number, are all that it looks at; they
are kept for each page among what Sphinx loads anyway.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.transforms import SphinxTransform

KEPT = "imprint_outlines"
TWINS = "imprint_twins"
"""On an outline: for each figure of a further edition that of the first in its place, by ids."""


class Outline(SphinxTransform):
    """Keep the outline of a page that was read."""

    default_priority = 999  # after all others; docutils compares priorities as three digits

    def apply(self, **kwargs: Any) -> None:
        outline = nodes.Element()
        outline[TWINS] = twins = dict(_twins(self.document))
        domains = list(self.env.domains.values())

        def numbered(node: nodes.Element) -> bool:
            named = node["ids"] and node["ids"][0] not in twins
            return named and any(domain.get_enumerable_node_type(node) for domain in domains)

        _copy(self.document, outline, numbered)
        for node in outline.findall():
            node.document = None  # it would be kept as well, whole
        _outlines(self.env)[self.env.docname] = outline


def _twins(document: nodes.document) -> Iterator[tuple[str, str]]:
    """Figures that a reader of one edition sees where a reader of the first sees another."""
    for place in document.findall(nodes.container):
        if "imprint-editions" in place["classes"]:
            first, *others = [
                [figure["ids"][0] for figure in edition.findall(nodes.figure) if figure["ids"]]
                for edition in place.children
                if isinstance(edition, nodes.Element)
            ]
            for other in others:
                yield from zip(other, first, strict=False)


def _copy(
    node: nodes.Element, to: nodes.Element, numbered: Callable[[nodes.Element], bool]
) -> None:
    for child in node.children:
        if isinstance(child, nodes.section):
            section = nodes.section(ids=child["ids"])
            to.append(section)
            _copy(child, section, numbered)
        elif isinstance(child, addnodes.toctree):
            to.append(child.copy())
        elif isinstance(child, nodes.Element):
            if numbered(child):
                to.append(child.deepcopy())
            else:
                _copy(child, to, numbered)


class Outlines(EnvironmentCollector):
    """Forgets the outlines of pages that left the book, and gathers those that were read in
    other processes."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        _outlines(env).pop(docname, None)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
    ) -> None:
        read = _outlines(other)
        _outlines(env).update({name: read[name] for name in docnames if name in read})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        pass  # later transforms may still change the page


def _outlines(env: BuildEnvironment) -> dict[str, nodes.Element]:
    return vars(env).setdefault(KEPT, {})


def _count_twins(env: BuildEnvironment, counted: bool) -> None:
    """Give each twin the number of the first edition's figure, or take it away: Sphinx compares
    the numbers with those that it gave before."""
    for page, numbers in env.toc_fignumbers.items():
        figures = numbers.get("figure", {})
        twins = _outlines(env).get(page, nodes.Element()).get(TWINS, {})
        for twin, first in twins.items():
            if not counted:
                figures.pop(twin, None)
            elif first in figures:
                figures[twin] = figures[first]


@contextmanager
def numbering() -> Iterator[None]:
    """While this lasts Sphinx numbers figures from the outlines."""
    theirs = TocTreeCollector.assign_figure_numbers

    def assign(self: TocTreeCollector, env: BuildEnvironment) -> list[str]:
        load, outlines = env.get_doctree, _outlines(env)
        env.get_doctree = lambda name: outlines[name] if name in outlines else load(name)  # type: ignore
        _count_twins(env, False)
        try:
            return theirs(self, env)
        finally:
            _count_twins(env, True)
            del env.get_doctree

    TocTreeCollector.assign_figure_numbers = assign  # type: ignore[method-assign]
    try:
        yield
    finally:
        TocTreeCollector.assign_figure_numbers = theirs  # type: ignore[method-assign]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_transform(Outline)
    app.add_env_collector(Outlines)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
