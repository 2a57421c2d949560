"""Slides: a Reveal.js presentation of each chapter, in one edition, of the cells tagged ``slide``.

A cell tagged ``slide`` begins a slide; one tagged ``fragment`` comes onto it at the next press of a
key. Every page that has any begins with a slide of its title. nbconvert turns the cells into HTML;
equations are typeset as on the website, so that a presentation needs no network.
"""

import base64
import json
import logging
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from html import escape
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import jinja2
import nbformat
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

from imprint import pictures, products
from imprint.book import FRAGMENT, SLIDE, Book, Edition
from imprint.decks import decks, file_name
from imprint.pages import Notebook
from imprint.publishing import mathjax
from imprint.publishing.equations import STYLES, Typesetter, with_chtml
from imprint.publishing.settings import formulas
from imprint.store import write_folder

OURS = Path(__file__).parent / "slides"
REVEAL = ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js")
"""What a presentation loads of Reveal.js (https://revealjs.com), beside its theme."""
FONTS = "dist/theme/fonts"
INLINE, DISPLAYED = (
    '<span class="math notranslate nohighlight">\\({}\\)</span>',
    '<div class="math notranslate nohighlight">\\[{}\\]</div>',
)
SILENT = logging.Logger(__name__, logging.CRITICAL)
"""Hears what nbconvert says of cells: of pictures without a text `imprint check` tells."""


def make(book: Book, edition: Edition, pages: Iterable[Notebook], texts: Mapping[str, str]) -> Path:
    """Write an edition's presentations and what they load; the folder. ``texts`` are the edition's
    notebooks by docname. Raises BookError where it cannot be written."""
    pages = list(pages)
    titles = {page.page.docname: page.title for page in pages}
    with closing(Typesetter(book.macros, Path(formulas(book)))) as typesetter:
        press = _Press(book, edition, typesetter)
        files = _assets(book.slides.theme, typesetter)
        for chapter, several in decks(pages, edition).items():
            name = file_name(chapter)
            files[name] = press.presentation(name, titles[chapter], several, texts).encode()
    folder = products.slides(book, edition)
    write_folder(folder, files)
    return folder


class _Press:
    """Makes the presentations of one edition."""

    def __init__(self, book: Book, edition: Edition, typesetter: Typesetter) -> None:
        self._book, self._edition, self._typesetter = book, edition, typesetter
        self._exporter = HTMLExporter(
            template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True,
            log=SILENT,
        )  # fmt: skip
        self._exporter.register_filter("markdown2html", _html)
        environment = jinja2.Environment(loader=jinja2.FileSystemLoader(OURS), autoescape=True)
        self._template = environment.get_template("deck.html")

    def presentation(
        self, name: str, title: str, pages: Iterable[Notebook], texts: Mapping[str, str]
    ) -> str:
        """The HTML of a chapter's presentation, for a file of this name."""
        page = self._template.render(
            title=title,
            book=self._book,
            edition=self._edition,
            language=self._book.config.get("language") or "en",
            root="../" * name.count("/"),
            styles=STYLES,
            sections=[(page.title, self._slides(page, texts)) for page in pages],
        )
        return with_chtml(page, self._typesetter)

    def _slides(self, page: Notebook, texts: Mapping[str, str]) -> list[list[str]]:
        """The HTML of each slide's cells, of which all but the first appear one by one."""
        found: list[list[str]] = []
        for cell in json.loads(texts[page.page.docname])["cells"]:
            tags = cell["metadata"].get("tags", ())
            if SLIDE in tags or (FRAGMENT in tags and not found):
                found.append([self._shown(cell, page)])
            elif FRAGMENT in tags:
                found[-1].append(self._shown(cell, page))
        return found

    def _shown(self, cell: dict[str, Any], page: Notebook) -> str:
        """The HTML of a cell."""
        if cell["cell_type"] == "markdown":
            path = PurePosixPath(page.path)
            cell["source"] = pictures.replaced(cell["source"], path, self._embedded)
        alone = nbformat.v4.new_notebook(cells=[nbformat.from_dict(cell)])
        return self._exporter.from_notebook_node(alone)[0]

    def _embedded(self, name: str) -> str | None:
        """A picture as an address that holds all of it."""
        path = self._book.root / name
        if not path.is_file():
            return None
        kind = mimetypes.guess_type(name)[0] or "image/png"
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


class _Renderer(IPythonRenderer):
    """Leaves formulas as Sphinx does, and no links to notebooks, which are not there."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, url, title) if urlsplit(url).scheme else text

    def inline_math(self, body: str) -> str:
        return INLINE.format(escape(body))

    def block_math(self, body: str) -> str:
        return DISPLAYED.format(escape(body))

    def multiline_math(self, text: str) -> str:
        return DISPLAYED.format(escape(text.strip("$")))

    def latex_environment(self, name: str, body: str) -> str:
        return DISPLAYED.format(escape(f"\\begin{{{name}}}{body}\\end{{{name}}}"))


def _html(markdown: str) -> str:
    renderer = _Renderer(escape=False, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(markdown)


def _assets(theme: str, typesetter: Typesetter) -> dict[str, bytes]:
    """What every presentation loads, by path."""
    reveal = Path(str(resources.files("sphinx_revealjs"))) / "_static" / "revealjs"
    wanted = [*REVEAL, f"dist/theme/{theme}.css", *_files(reveal / FONTS, FONTS)]
    files = {f"reveal/{name}": (reveal / name).read_bytes() for name in wanted}
    files |= {
        f"mathjax/{name}": (mathjax.folder() / name).read_bytes()
        for name in _files(mathjax.folder() / mathjax.FONTS, mathjax.FONTS)
    }
    code = HtmlFormatter().get_style_defs(".highlight")
    files["slides.css"] = f"{(OURS / 'slides.css').read_text('utf-8')}\n{code}\n".encode()
    return files | {f"mathjax/{STYLES}": typesetter.styles().encode()}


def _files(folder: Path, name: str) -> Iterator[str]:
    """The fonts in a folder, and what describes them, by path after ``name``."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".css", ".woff") or path.name == "LICENSE":
            yield f"{name}/{path.relative_to(folder).as_posix()}"
