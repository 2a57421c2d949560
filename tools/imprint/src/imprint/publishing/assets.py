"""A Sphinx extension: a page loads what it needs of scripts, icons and images, once."""

import re
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import imagesize
from sphinx.application import Sphinx

ICONS = Path(__file__).parent / "static" / "icons.css"
SIZES = frozenset({"solid", "lg", "sm", "xs", "fw", "2x"})
DRAWN = frozenset(re.findall(r"\.fa-([a-z-]+)", ICONS.read_text("utf-8"))) | SIZES
ICON_SCRIPT = re.compile(r'\s*<script [^>]*src="[^"]*/scripts/fontawesome\.js[^>]*></script>')
SEARCH = "searchtools|language_data|searchindex|sphinx_highlight"
SEARCH_SCRIPTS = re.compile(rf'\s*<script src="[^"]*(?:{SEARCH})\.js[^>]*></script>')
IMAGE = re.compile(r'<img (?![^>]*\s(?:width|height)=)([^>]*\bsrc="[^"]*?_images/([^"?]+)"[^>]*)>')
"""An image whose tag does not say how large it is."""


def name_scripts_once(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any
) -> None:
    """A script that extensions add while Sphinx starts and again when it reads comes once."""
    scripts = {
        (getattr(one, "filename", one), getattr(one, "attributes", {}).get("body")): one
        for one in reversed(context.get("script_files", []))
    }
    context["script_files"] = list(reversed(scripts.values()))


def finish_pages(app: Sphinx) -> None:
    """Leave out the theme's script of all icons where `icons.css` has those of the page, and
    Sphinx's search, in whose place there is `search.js`; and say how large images are, so that
    the text does not move when they come."""
    if app.builder.format != "html":
        return
    render = app.builder.templates.render

    def rendered(template: str, context: dict) -> str:
        page = render(template, context)
        if DRAWN.issuperset(re.findall(r"\bfa-([a-z0-9-]+)", page)):
            page = ICON_SCRIPT.sub("", page)
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
    app.connect("builder-inited", finish_pages)
    # after the theme has added its own
    app.connect("html-page-context", name_scripts_once, priority=600)
    app.connect("html-page-context", say_no_icon, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
