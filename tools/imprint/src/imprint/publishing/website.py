"""A Sphinx extension: what the website offers around a page: the choice of an edition, downloads,
and the page's thread."""

from html import escape
from typing import Any
from urllib.parse import quote

from sphinx.application import Sphinx

DOWNLOADS = "_downloads"
"""The folder of the site that holds the PDFs and the notebooks."""


def add_downloads(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any
) -> None:
    """A download button on each page: the notebook and the PDF of every edition."""
    buttons = context.get("header_buttons")
    editions: dict[str, str] = app.config.imprint_editions
    if buttons is None or not editions:
        return
    pathto = context["pathto"]
    notebooks = app.config.imprint_notebooks.get(pagename, ())
    entries = []
    for name, title in editions.items():
        if name in notebooks:
            url = pathto(f"{DOWNLOADS}/{name}/{pagename}.ipynb", 1)
            tooltip = f"This page as a Jupyter notebook, {title} edition"
            entries.append(_link(url, f"Notebook ({title})", tooltip, "fas fa-book-open", name))
    for name, title in editions.items():
        for suffix, text, icon in (
            ("pdf", "PDF of the book", "fas fa-file-pdf"),
            ("zip", "All notebooks", "fas fa-file-zipper"),
        ):
            file = f"{app.config.imprint_name}-{name}.{suffix}"
            if file in app.config.imprint_downloads:
                url = pathto(f"{DOWNLOADS}/{file}", 1)
                tooltip = f"{text}, {title} edition"
                entries.append(_link(url, f"{text} ({title})", tooltip, icon, name))
    own = [button for button in buttons if button.get("label") != "download-buttons"]
    buttons[:] = [
        {
            "type": "group",
            "tooltip": "Download notebooks and PDF",
            "icon": "fas fa-download",
            "buttons": entries,
            "label": "imprint-downloads",
        },
        *own,
    ]


def _link(url: str, text: str, tooltip: str, icon: str, edition: str) -> dict[str, str]:
    return {
        "type": "link", "url": url, "text": text, "tooltip": tooltip, "icon": icon,
        "label": f"download imprint-edition imprint-edition-{edition}",  # begins its classes
    }  # fmt: skip


def offer_editions(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any
) -> None:
    """What the switch at the page's head offers (`templates/imprint-edition-switch.html`)."""
    context["imprint_editions"] = app.config.imprint_editions


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
    app.add_config_value("imprint_name", "", "html")
    app.add_config_value("imprint_downloads", [], "html")
    app.add_config_value("imprint_notebooks", {}, "html")
    # after the theme has prepared its own buttons, which it does at 501
    app.connect("html-page-context", add_downloads, priority=600)
    app.connect("html-page-context", offer_editions)
    app.connect("html-page-context", add_discussion, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
