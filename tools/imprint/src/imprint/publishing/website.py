"""A Sphinx extension: what the website offers around a page: the choice of an edition, and the
page's thread."""

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from sphinx.application import Sphinx

from imprint.publishing.finishing import finish_pages

SWITCH = 'class="imprint-edition-switch'


def edition_switch(titles: Mapping[str, str]) -> str:
    """The choice of the edition that the reader is shown; `editions.js` listens. Without it all
    are shown."""
    options = "".join(
        f'<option value="{name}">{escape(title)}</option>\n' for name, title in titles.items()
    )
    return (
        '<select class="imprint-edition-switch pst-js-only" aria-label="Edition" title="Edition" '
        f'autocomplete="off">\n{options}<option value="all">All</option>\n</select>'
    )


def offer_editions(app: Sphinx) -> None:
    """Put that choice at the head of every page: where the theme has a place for it, and else
    before the page's title."""
    switch = edition_switch(app.config.imprint_editions)
    app.config.html_context["imprint_edition_switch"] = switch

    def mend(page: str, context: Mapping[str, Any]) -> str:
        return page if SWITCH in page else page.replace("<h1", f"{switch}\n<h1", 1)

    if len(app.config.imprint_editions) > 1:
        finish_pages(app, mend)


def add_discussion(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any
) -> None:
    """A link to where a page is discussed, at its foot, where the book says where that is."""
    url = app.config.imprint_discussion_url
    if url and doctree is not None:
        link = escape(url.replace("{page}", quote(pagename)))
        context["body"] += (
            f'<p class="imprint-discussion"><a href="{link}">Discuss this page</a></p>\n'
        )


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("imprint_static", "", "html")
    app.connect("builder-inited", offer_editions)
    app.connect("html-page-context", add_discussion, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
