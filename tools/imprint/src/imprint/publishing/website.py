"""A Sphinx extension: what the website offers around a page, its downloads and its thread, and what
a page does not need of what the theme loads."""

import re
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import imagesize
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
            entries.append(
                _link(
                    pathto(f"{DOWNLOADS}/{name}/{pagename}.ipynb", 1),
                    f"Notebook ({title})",
                    f"This page as a Jupyter notebook, {title} edition",
                    "fas fa-book-open",
                )
            )
    for name, title in editions.items():
        for suffix, text, icon in (
            ("pdf", "PDF of the book", "fas fa-file-pdf"),
            ("zip", "All notebooks", "fas fa-file-zipper"),
        ):
            file = f"{app.config.imprint_name}-{name}.{suffix}"
            if file in app.config.imprint_downloads:
                url = pathto(f"{DOWNLOADS}/{file}", 1)
                entries.append(_link(url, f"{text} ({title})", f"{text}, {title} edition", icon))
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


def _link(url: str, text: str, tooltip: str, icon: str) -> dict[str, str]:
    label = "download-" + text.lower().replace(" ", "-").replace("(", "").replace(")", "")
    return {
        "type": "link", "url": url, "text": text, "tooltip": tooltip, "icon": icon,
        "label": label,
    }  # fmt: skip


def add_discussion(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any
) -> None:
    """The forum's thread at the foot of each page that names one."""
    threads = app.config.imprint_discussions.get(pagename)
    url = app.config.imprint_discussion_url
    if threads is None or not url or "body" not in context:
        return
    titles: dict[str, str] = app.config.imprint_editions
    links = ", ".join(
        f'<a href="{escape(url.format(thread))}">{escape(titles.get(edition, "forum"))}</a>'
        for edition, thread in threads.items()
    )
    context["body"] += f'<p class="imprint-discussion">Discuss this page: {links}</p>\n'


def name_scripts_once(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any
) -> None:
    """A script that extensions add while Sphinx starts and again when it reads comes once."""
    scripts = {
        (getattr(one, "filename", one), getattr(one, "attributes", {}).get("body")): one
        for one in reversed(context.get("script_files", []))
    }
    context["script_files"] = list(reversed(scripts.values()))


STYLES = (Path(__file__).parent / "static" / "icons.css").read_text("utf-8")
SIZES = frozenset({"solid", "lg", "sm", "xs", "fw", "2x"})
DRAWN = frozenset(re.findall(r"\.fa-([a-z-]+)", STYLES)) | SIZES
ICON_SCRIPT = re.compile(r'\s*<script [^>]*src="[^"]*/scripts/fontawesome\.js[^>]*></script>')
SEARCH_SCRIPTS = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^>]*></script>'
)


IMAGE = re.compile(r'<img (?![^>]*\s(?:width|height)=)([^>]*\bsrc="[^"]*?_images/([^"?]+)"[^>]*)>')


def finish_pages(app: Sphinx) -> None:
    """Leave out the theme's script of all icons where `icons.css` has those of the page, and the
    search's index where nobody searches; and say how large images are, so that the text does not
    move when they come."""
    if app.builder.format != "html":
        return
    render = app.builder.templates.render
    everywhere = app.config.html_theme_options.get("search_as_you_type")

    def rendered(template: str, context: dict) -> str:
        page = render(template, context)
        if DRAWN.issuperset(re.findall(r"\bfa-([a-z0-9-]+)", page)):
            page = ICON_SCRIPT.sub("", page)
        if context.get("pagename") != "search" and not everywhere:
            page = SEARCH_SCRIPTS.sub("", page)
        return IMAGE.sub(partial(_sized, app), page)

    app.builder.templates.render = rendered


def _sized(app: Sphinx, image: re.Match) -> str:
    """An image's tag with the size that its file has; as it was, where that is not known."""
    sources = {name: path for path, name in app.builder.images.items()}
    source = sources.get(unquote(image[2]))
    width, height = imagesize.get(Path(app.srcdir) / source) if source else (-1, -1)
    if width <= 0 or height <= 0:
        return image[0]
    return f'<img width="{round(width)}" height="{round(height)}" {image[1]}>'


def say_no_icon(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Where the book has no icon, browsers do not ask for one that is not there."""
    if not context.get("favicon_url"):
        context["metatags"] = context.get("metatags", "") + '<link rel="icon" href="data:,"/>\n'


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("imprint_static", "", "html")
    app.add_config_value("imprint_name", "", "html")
    app.add_config_value("imprint_downloads", [], "html")
    app.add_config_value("imprint_notebooks", {}, "html")
    app.add_config_value("imprint_discussions", {}, "html")
    app.connect("builder-inited", finish_pages)
    # after the theme has prepared its own buttons, which it does at 501
    app.connect("html-page-context", add_downloads, priority=600)
    app.connect("html-page-context", add_discussion, priority=600)
    app.connect("html-page-context", name_scripts_once, priority=600)
    app.connect("html-page-context", say_no_icon, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
