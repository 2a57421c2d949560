"""A Sphinx extension: an e-book that holds to EPUB 3.2 (https://www.w3.org/TR/epub-32).

Sphinx makes it; here its contents get the chapters' numbers, equations become MathML, and pages
well-formed XML whatever a program printed on them.
"""

import html
import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder

from imprint.publishing.cover import cover
from imprint.publishing.equations import Typesetter, with_mathml
from imprint.publishing.finishing import finish_pages
from imprint.publishing.settings import COVER
from imprint.publishing.xhtml import well_formed

NOT_OF_BOOKS = re.compile(r"copybutton|togglebutton|thebe|mystnb")
"""Style sheets that are nothing without a script, or come when the book is packed."""
ITEM = re.compile(r'<item (?=[^>]*href="(?P<file>[^"]*)")(?![^>]*properties=)')
IN_PAGES = {"mathml": "<math", "svg": "<svg"}
"""What the manifest says of a page that has such an element."""
IMAGE = re.compile(r"<img\b[^>]*>")
NO_WORDS = re.compile(r'alt="(?:[^"]*/[^"\s]*)?"|^(?!.*\salt=)', re.S)
"""In an image that says nothing to those who do not see it; Sphinx gives it its file's path."""
DOCTYPE = re.compile(rb"<!DOCTYPE[^>\[]*>\s*")
DEFINES = re.compile(rb"<!DOCTYPE[^>\[]*\[")
"""Begins a document type with definitions, which what follows needs."""
EMPTY = re.compile(rb"<path(?![^>]*\sd=)")
"""A letter without an outline, as Matplotlib draws a space."""
ADDRESS = re.compile(r"""(?:\b(?:href|src|data|poster)="|url\(["']?)([^"')#?]+)""")

for prefix, namespace in {"": "2000/svg", "xlink": "1999/xlink"}.items():
    ElementTree.register_namespace(prefix, f"http://www.w3.org/{namespace}")


class Builder(Epub3Builder):
    """Sphinx's builder, with numbers in the contents, and without files that no page uses."""

    def get_refnodes(self, doctree: nodes.Node, result: list[dict[str, Any]]) -> list:
        known = len(result)
        result = super().get_refnodes(doctree, result)
        if isinstance(doctree, nodes.reference) and len(result) > known:
            if number := ".".join(map(str, doctree.get("secnumber") or ())):
                result[-1]["text"] = f"{number} {result[-1]['text']}"
        return result

    def toc_metadata(self, level: int, navpoints: list) -> dict[str, Any]:
        return super().toc_metadata(level, navpoints) | {"uid": self.config.epub_identifier}

    def copy_image_files(self) -> None:
        """Copy images; a drawing's document type, which names files elsewhere, is left out, and
        each of its paths has an outline."""
        super().copy_image_files()
        for path in (Path(self.outdir) / self.imagedir).glob("*.svg"):
            drawing = path.read_bytes()
            with suppress(ElementTree.ParseError):
                if DEFINES.search(drawing):
                    drawing = ElementTree.tostring(ElementTree.fromstring(drawing))
            drawing = DOCTYPE.sub(b"", drawing, count=1)
            path.write_bytes(EMPTY.sub(b'<path d=""', drawing))

    def build_content(self) -> None:
        self._leave_out_unused()
        self._draw_cover()
        quoted = self.refnodes
        # Sphinx looks the addresses of pages up among the names of files
        self.refnodes = [one | {"refuri": unquote(html.unescape(one["refuri"]))} for one in quoted]
        super().build_content()
        self.refnodes = quoted
        path = Path(self.outdir) / "content.opf"
        text = path.read_text("utf-8").replace("</metadata>", f"{self._access()}</metadata>", 1)
        path.write_text(ITEM.sub(self._described, text), "utf-8")

    def _access(self) -> str:
        """What the book says of its accessibility (https://www.w3.org/TR/epub-a11y-11)."""
        texts = [path.read_text("utf-8") for path in Path(self.outdir).rglob("*.xhtml")]
        features = ["tableOfContents", "displayTransformability"]
        if any(IN_PAGES["mathml"] in text for text in texts):
            features.append("MathML")
        images = [image for text in texts for image in IMAGE.findall(text)]
        if images and not any(NO_WORDS.search(image) for image in images):
            features.append("alternativeText")
        told = [("accessMode", "textual"), ("accessModeSufficient", "textual,visual")]
        told += [("accessMode", "visual")] if images else []
        told += [("accessibilityFeature", feature) for feature in features]
        told.append(("accessibilityHazard", "unknown"))
        return "".join(f'<meta property="schema:{name}">{what}</meta>\n' for name, what in told)

    def _draw_cover(self) -> None:
        """Make the picture that shelves show, unless the book names one or nothing can draw it."""
        name = self.config.epub_cover[0] if self.config.epub_cover else ""
        if name != COVER:
            return
        if shutil.which("rsvg-convert") is None:
            self.config.epub_cover = ()
            return
        command = ["rsvg-convert", "--output", str(Path(self.outdir) / name)]
        drawing = cover(*self.config.imprint_cover)
        subprocess.run(command, input=drawing.encode(), check=True)

    def _described(self, item: re.Match) -> str:
        """An entry of the manifest that says what its page holds besides HTML, or that it is the
        cover."""
        name = unquote(html.unescape(item["file"]))
        if not name.endswith(self.out_suffix):
            shown = self.config.epub_cover and name == self.config.epub_cover[0]
            return item[0] + ('properties="cover-image" ' if shown else "")
        page = (Path(self.outdir) / name).read_text("utf-8")
        properties = " ".join(name for name, mark in IN_PAGES.items() if mark in page)
        return f'{item[0]}properties="{properties}" ' if properties else item[0]

    def _leave_out_unused(self) -> None:
        """Delete files of the theme and of extensions that no page and no style sheet names."""
        static = Path(self.outdir) / "_static"
        texts = [*Path(self.outdir).rglob("*.xhtml"), *static.rglob("*.css")]
        named = {
            Path(unquote(html.unescape(address))).name
            for path in texts
            for address in set(ADDRESS.findall(path.read_text("utf-8")))
        }
        for path in static.rglob("*"):
            if path.is_file() and path.name not in named:
                path.unlink()


def choose_styles(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any
) -> None:
    """Leave out the style sheets that an e-book has no use for."""
    if app.builder.name == Builder.name:
        sheets = [one for one in context["css_files"] if not NOT_OF_BOOKS.search(str(one.filename))]
        context["css_files"] = sheets


SUMMARY = re.compile(r"<summary\b.*?</summary>", re.S)
PARAGRAPH = re.compile(r"(</?)p\b")
"""MyST-NB has them in the summaries of folded code, where the format allows only phrases."""


def mend_pages(app: Sphinx) -> None:
    """Have each page hold to the format when its HTML is made."""
    if app.builder.name != Builder.name:
        return
    typesetter = Typesetter.of(app)

    def mend(page: str, context: Mapping[str, Any]) -> str:
        page = SUMMARY.sub(lambda found: PARAGRAPH.sub(r"\1span", found[0]), page)
        return well_formed(with_mathml(page, typesetter, context.get("pagename")))

    finish_pages(app, mend)
    app.connect("build-finished", lambda app, error: typesetter.close())


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx.builders.epub3")
    app.setup_extension("sphinx.ext.mathjax")
    app.add_config_value("imprint_formulas", "", "")
    app.add_config_value("imprint_cover", (), "")
    app.add_builder(Builder, override=True)
    app.connect("builder-inited", mend_pages)
    app.connect("html-page-context", choose_styles, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
