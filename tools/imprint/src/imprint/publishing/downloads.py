"""A Sphinx extension: what readers can take away from the website, in the menu of every page and
where the book lists it with ``{book-downloads}``."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from rich.filesize import decimal
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

FOLDER = "_downloads"
"""The folder of the site that holds the PDFs, the e-books and the notebooks."""
LIST = "book-downloads"
MARK = f"{{{LIST}}}"
"""Stands in the text of a page that lists them."""
KINDS = {".pdf": "PDF", ".epub": "E-book (EPUB)", ".zip": "Notebooks"}
IN_MENU = {
    ".pdf": ("PDF of the book", "fas fa-file-pdf"),
    ".epub": (KINDS[".epub"], "fas fa-book-open"),
    ".zip": ("All notebooks", "fas fa-file-zipper"),
}
"""What the menu calls them, and their icons."""
SLIDES = "slides"
"""The folder in it of presentations."""
EMPTY = re.compile(r'<div class="imprint-downloads docutils container">\s*</div>')


class Downloads(SphinxDirective):
    """A place for the list of the site's downloads; empty in other products. It is filled when all
    of them are made (``filled``)."""

    def run(self) -> list[nodes.Node]:
        return [nodes.container(classes=["imprint-downloads"])]


def filled(page: str, folder: str, files: Mapping[tuple[str, str], Sequence[Path]]) -> str:
    """A finished page with its list of downloads: for each edition, by name and title, its files
    and their sizes. ``folder`` is the address of where they are."""
    lines = []
    for (name, title), made in files.items():
        links = " · ".join(
            f'<a href="{escape(quote(f"{folder}/{file.name}"))}">{KINDS[file.suffix]}</a>'
            f" ({decimal(file.stat().st_size)})"
            for file in made
        )
        head = f'<p class="imprint-edition imprint-edition-{name}">{escape(title)}'
        lines.append(f"{head}: {links}</p>" if links else "")
    return EMPTY.sub(lambda _: f'<div class="imprint-downloads">{"".join(lines)}</div>', page)


def add_button(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """A download button on each page: the notebook, the PDF and the e-book of every edition, and
    the services that open its notebook."""
    buttons = context.get("header_buttons")
    editions: dict[str, str] = app.config.imprint_editions
    if buttons is None or not editions:
        return
    pathto = context["pathto"]
    titles = {name: escape(title) for name, title in editions.items()}
    notebooks = app.config.imprint_notebooks.get(pagename, ())
    entries = []
    for name, title in titles.items():
        if name in notebooks:
            url = pathto(f"{FOLDER}/{name}/{pagename}.ipynb", 1)
            tooltip = f"This page as a Jupyter notebook, {title} edition"
            entries.append(_link(url, f"Notebook ({title})", tooltip, "fas fa-book-open", name))
            for service, address in app.config.imprint_hosted.items():
                url = address.format(path=quote(f"{name}/{pagename}.ipynb"))
                tooltip = f"Run this page in {service}, {title} edition"
                icon = "fas fa-arrow-up-right-from-square"
                entries.append(_link(url, f"{service} ({title})", tooltip, icon, name))
        if deck := app.config.imprint_slides.get(name, {}).get(pagename):
            url = pathto(f"{FOLDER}/{SLIDES}/{name}/{deck}", 1)
            tooltip = f"Slides of this chapter, {title} edition"
            entries.append(_link(url, f"Slides ({title})", tooltip, "fas fa-display", name))
    for name, title in titles.items():
        for suffix, (text, icon) in IN_MENU.items():
            file = f"{app.config.imprint_name}-{name}{suffix}"
            if file in app.config.imprint_downloads:
                url = pathto(f"{FOLDER}/{file}", 1)
                tooltip = f"{text}, {title} edition"
                entries.append(_link(url, f"{text} ({title})", tooltip, icon, name))
    own = [button for button in buttons if button.get("label") != "download-buttons"]
    buttons[:] = [
        {
            "type": "group",
            "tooltip": "Download notebooks, PDF, e-book",
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


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("imprint_name", "", "html")
    app.add_config_value("imprint_downloads", [], "html")
    app.add_config_value("imprint_hosted", {}, "html")
    app.add_config_value("imprint_slides", {}, "html")
    app.add_config_value("imprint_notebooks", {}, "html")
    app.add_directive(LIST, Downloads)
    # after the theme has prepared its own buttons, which it does at 501
    app.connect("html-page-context", add_button, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
