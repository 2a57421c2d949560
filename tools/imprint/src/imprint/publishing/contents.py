"""A Sphinx extension: the theme's table of contents of the whole book, rendered once a build.

sphinx-book-theme renders it for every page anew, which is half the time of writing a book of
170 pages. Only links and what is open differ: they are set in the text of one rendering.
Versions of the theme that this was not written for, and ways of showing the contents that
it does not know, are left to the theme.
"""

import re
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

WRITTEN_FOR = {"sphinx-book-theme": "1.3.", "pydata-sphinx-theme": "0.17.", "sphinx": "7.4."}
NOWHERE = "imprint-nowhere"
"""The name of a page that does not stand in the contents."""
TAG = re.compile(r"<(/?)(ul|li|details|a)\b[^>]*>")
LINK = re.compile(r'<a class="reference internal" href="([^"#]+)">')


class Contents:
    """The contents as they stand beside a page that is not among them, in the site's root."""

    def __init__(self, html: str) -> None:
        self._parts: list[str] = []
        self._links: list[tuple[int, str]] = []
        self._paths: dict[str, list[int]] = {}
        """The tags to change where a page is the current one: those around its link, and what
        opens its own sections."""
        path: list[int] = []
        own: dict[int, list[int]] = {}  # the tags of each item that is open
        end = 0
        for found in TAG.finditer(html):
            self._parts += html[end : found.start()], found[0]
            end, index = found.end(), len(self._parts) - 1
            if found[1]:
                if found[2] != "a":
                    path.pop()
                continue
            if found[2] == "details" and path[-1] in own:
                own[path[-1]].append(index)
            if link := LINK.fullmatch(found[0]):
                self._links.append((index, link[1]))
                item = own[path[-1]] = [*path, index]
                self._paths.setdefault(link[1], item)
            if found[2] != "a":
                path.append(index)
        self._parts.append(html[end:])
        self.repeated = {
            uri for uri, times in Counter(uri for _, uri in self._links).items() if times > 1
        }

    def beside(self, uri: str) -> str:
        """The contents beside the page at ``uri``."""
        parts = self._parts.copy()
        for index, target in self._links:
            parts[index] = f'<a class="reference internal" href="{relative_uri(uri, target)}">'
        for index in self._paths.get(uri, ()):
            parts[index] = _current(parts[index])
        return "".join(parts)


def _current(tag: str) -> str:
    """A tag as it is on the way to the current page."""
    if tag.startswith("<a "):
        return '<a class="current reference internal" href="#">'
    if tag.startswith("<li "):
        return re.sub(r'class="(toctree-l\d+)', r'class="\1 current active', tag)
    if tag.startswith("<details"):
        return '<details open="open">'
    return tag.replace('class="', 'class="current ') if "class=" in tag else '<ul class="current">'


def render_once(app: Sphinx) -> None:
    """Put ours in the place of the theme's ``generate_toctree_html``."""
    if any(not version(name).startswith(known) for name, known in WRITTEN_FOR.items()):
        return
    from pydata_sphinx_theme.toctree import add_toctree_functions

    rendered: dict[str, Contents] = {}

    def add(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
        add_toctree_functions(app, pagename, templatename, context, doctree)
        theirs = context["generate_toctree_html"]
        uri = app.builder.get_target_uri(pagename)

        def generate(kind: str, **options: Any) -> Any:
            if kind != "sidebar" or not _known(options):
                return theirs(kind=kind, **options)
            key = repr(sorted(options.items()))
            if key not in rendered:
                rendered[key] = Contents(_outside(app, context, add_toctree_functions, options))
            if uri in rendered[key].repeated:
                return theirs(kind=kind, **options)
            return rendered[key].beside(uri)

        context["generate_toctree_html"] = generate

    listeners = app.events.listeners["html-page-context"]
    for index, listener in enumerate(listeners):
        if listener.handler is add_toctree_functions:
            listeners[index] = listener._replace(handler=add)


def _known(options: dict[str, Any]) -> bool:
    """Whether all pages show the same entries, with links to pages only."""
    return (
        options.get("startdepth") == 0
        and options.get("show_nav_level", 1) > 0
        and options.get("collapse") is False
        and options.get("titles_only") is True
    )


def _outside(app: Sphinx, context: dict, add: Callable[..., None], options: dict[str, Any]) -> str:
    """The theme's own rendering beside a page that does not stand in the contents."""
    builder: Any = app.builder
    beside = {**context, "toctree": lambda **given: builder._get_local_toctree(NOWHERE, **given)}
    add(app, NOWHERE, "", beside, None)
    return str(beside["generate_toctree_html"](kind="sidebar", **options))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", render_once, priority=900)  # after the theme
    return {"parallel_read_safe": True, "parallel_write_safe": True}
