"""A Sphinx extension: a page loads what it needs of scripts, icons and images, once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import imagesize
from sphinx.application import Sphinx

from imprint.publishing.finishing import finish_pages
from imprint.publishing.plots import follows_theme

ICONS = Path(__file__).parent / "static" / "icons.css"
SIZES = frozenset({"solid", "lg", "sm", "xs", "fw", "2x"})
DRAWN = frozenset(re.findall(r"\.fa-([a-z-]+)", ICONS.read_text("utf-8"))) | SIZES
ICON_SCRIPT = re.compile(r'\s*<script [^>]*src="[^"]*/scripts/fontawesome\.js[^>]*></script>')
SEARCH = "searchtools|language_data|searchindex|sphinx_highlight"
SEARCH_SCRIPTS = re.compile(rf'\s*<script src="[^"]*(?:{SEARCH})\.js[^>]*></script>')
PRELOADS = re.compile(r'\s*<link rel="preload" as="script" [^>]*>')
"""With them, scripts that wait for the page take bandwidth from styles that the page waits for."""
LATER = re.compile(
    r"<script (?=src=\"[^\"]*/(?:doctools|clipboard\.min|copybutton|sphinx-book-theme)\.js)"
)
"""Scripts of Sphinx, the theme and sphinx-copybutton, which do nothing before the page is there."""
IMAGE = re.compile(r'<img ([^>]*\bsrc="[^"]*?_images/([^"?]+)"[^>]*)>')
TAGS = r'\s*<(?:script|link) [^>]*(?:src|href)="[^"]*/(?:%s)(?:\?[^"]*)?"[^>]*>(?:</script>)?'
"""The tag that fetches one of some files."""


@dataclass(frozen=True)
class Part:
    """Scripts and styles of an extension, and what they do something to."""

    tags: re.Pattern
    used: re.Pattern
    setting: tuple[str, str] | None = None
    """Where what they look for can be set: the setting, and the value that ``used`` stands for."""

    def known(self, app: Sphinx) -> bool:
        """Whether ``used`` is all that they look for."""
        return not self.setting or getattr(app.config, self.setting[0], None) == self.setting[1]


UNUSED = (
    Part(
        re.compile(TAGS % r"sphinx-design[\w.-]*\.css|design-tabs\.js"),
        re.compile(r'class="[^"]*\bsd-'),
    ),
    Part(
        re.compile(TAGS % r"togglebutton\.(?:css|js)"),
        re.compile(r'class="(?:(?:[^"]* )?toggle[ "]|(?=[^"]*\badmonition\b)[^"]*\bdropdown\b)'),
        ("togglebutton_selector", ".toggle, .admonition.dropdown"),
    ),
)
SIZED = re.compile(r'\s(?:width|height)=|style="(?![^"]*width)[^"]*height')
SVG = re.compile(r"<svg\b[^>]*>")
ATTRIBUTE = re.compile(r'\b(width|height|viewBox)="([^"]*)"')
LENGTH = re.compile(r"\s*([\d.]+)\s*(|px|pt|pc|in|cm|mm)\s*")
PIXELS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4}


def name_scripts_once(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any
) -> None:
    """A script that extensions add while Sphinx starts and again when it reads comes once."""
    scripts = {
        (getattr(one, "filename", one), getattr(one, "attributes", {}).get("body")): one
        for one in reversed(context.get("script_files", []))
    }
    context["script_files"] = list(reversed(scripts.values()))


def trim(app: Sphinx) -> None:
    """Leave out of pages the scripts and styles that they have no use for; and say of images how
    large they are, so that the text does not move when they come, and which follow the theme."""
    left_out = [one for one in UNUSED if one.known(app)]

    def mend(page: str, context: Mapping[str, Any]) -> str:
        if DRAWN.issuperset(re.findall(r"\bfa-([a-z0-9-]+)", page)):
            page = ICON_SCRIPT.sub("", page)
        page = SEARCH_SCRIPTS.sub("", page)
        page = LATER.sub("<script defer ", PRELOADS.sub("", page))
        for one in left_out:
            if not one.used.search(page):
                page = one.tags.sub("", page)
        sources = {name: path for path, name in app.builder.images.items()}
        return IMAGE.sub(lambda image: _described(app, sources.get(unquote(image[2])), image), page)

    finish_pages(app, mend)


def _described(app: Sphinx, source: str | None, image: re.Match) -> str:
    """An image's tag with what its file says of it."""
    tag = image[1]
    if source is None:
        return image[0]
    path = Path(app.srcdir) / source
    width, height = _size(path)
    if width > 0 and height > 0 and not SIZED.search(tag):
        tag = f'width="{round(width)}" height="{round(height)}" {tag}'
    if follows_theme(path):
        tag = f'data-imprint-theme="follows" {tag}'
    return f"<img {tag}>"


def _size(path: Path) -> tuple[float, float]:
    """Width and height of an image in pixels, 0 and less where they are not known: of a drawing
    those of its outermost element, or of what that shows."""
    if path.suffix != ".svg":
        return imagesize.get(path)
    root = SVG.search(path.read_text("utf-8", "replace"))
    given = dict(ATTRIBUTE.findall(root[0])) if root else {}
    lengths = [LENGTH.fullmatch(given.get(name, "")) for name in ("width", "height")]
    if all(lengths):
        width, height = (float(one[1]) * PIXELS[one[2]] for one in lengths if one)
        return width, height
    box = given.get("viewBox", "").replace(",", " ").split()
    return (float(box[2]), float(box[3])) if len(box) == 4 else (0, 0)


def say_no_icon(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Where the book has no icon, browsers do not ask for one that is not there."""
    if not context.get("favicon_url"):
        context["metatags"] = context.get("metatags", "") + '<link rel="icon" href="data:,"/>\n'


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", trim)
    # after the theme has added its own
    app.connect("html-page-context", name_scripts_once, priority=600)
    app.connect("html-page-context", say_no_icon, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
