"""Sphinx settings: what Jupyter Book makes of ``_config.yml``, and what imprint adds."""

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_book.config import get_final_config
from sphinx.util.texescape import escape

from imprint.book import CONFIG, TOC, Book, Edition
from imprint.products import file_name

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
LATEX = Path(__file__).parent / "latex"
COVER = "_static/imprint-cover.png"
EPUB = Path(__file__).parent / "epub"
OF_THE_WEBSITE = ("epub.unknown_project_files", "epub.duplicated_toc_entry")
"""Complaints about what an e-book has no use for in the theme's folder, or lists twice as the site
does."""
JUPYTER_BOOK_LATEX = "sphinx_jupyterbook_latex"
"""Jupyter Book's own typesetting, which a book without editions has unless it says otherwise."""


class Paper(NamedTuple):
    """A size of pages, of which all leave lines of 5 inches: 79 columns of code, some 74 characters
    of text."""

    option: str
    size: str
    margin: float
    """Inches at either side."""


TRIM = "textbook"
PAPERS = {
    TRIM: Paper("", "paperwidth=7in, paperheight=10in", 1),
    "a4paper": Paper("a4paper", "", 1.635),
    "letterpaper": Paper("letterpaper", "", 1.75),
}
EXTENSIONS = (
    "accessibility", "addresses", "assets", "contents", "definitions", "plots", "rebuilding",
    "search", "website",
)  # fmt: skip
"""Those of the website."""
PYDATA = ("sphinx_book_theme", "pydata_sphinx_theme")
"""Themes that share the options which imprint sets."""
NOT_SOURCES = ["build", "_build", ".*", "**/.*", "**/node_modules", "**/data"]
"""Folders that hold no pages; Sphinx does not walk them."""


def website(book: Book, editions: Sequence[Edition]) -> dict[str, Any]:
    """Settings of the HTML build: the editions in one site."""
    settings = _common(book)
    settings["extensions"] += [f"imprint.publishing.{name}" for name in EXTENSIONS]
    settings["html_static_path"] = [*settings.get("html_static_path", []), str(STATIC)]
    settings["html_css_files"] = [*settings.get("html_css_files", []), "icons.css", "imprint.css"]
    settings["html_js_files"] = [
        *settings.get("html_js_files", []),
        ("search.js", {"defer": "defer"}),
    ]
    settings["templates_path"] = [*settings.get("templates_path", []), str(TEMPLATES)]
    _choose_from_theme(settings)
    if len(editions) > 1:
        names = [edition.name for edition in editions]
        first = book.default_edition.name if book.default_edition in editions else names[0]
        told = {"data-editions": " ".join(names), "data-first": first}
        settings["html_js_files"].append(("editions.js", told))
        if settings.get("html_theme") in PYDATA:
            head = ["imprint-edition-switch.html", "article-header-buttons.html"]
            settings["html_theme_options"].setdefault("article_header_end", head)
    settings["imprint_static"] = _digest(book, [*settings["html_static_path"], str(STATIC.parent)])
    if _typesets_with_mathjax(settings):
        settings["extensions"].append("imprint.publishing.equations")
        settings["html_js_files"].append(("equations.js", {"defer": "defer"}))
        settings["imprint_formulas"] = formulas(book)
    settings["extensions"].append("imprint.publishing.previews")  # of finished pages
    settings["html_js_files"].append(("previews.js", {"defer": "defer"}))
    return settings


def _choose_from_theme(settings: dict[str, Any]) -> None:
    """Leave out what the theme would bring though nobody asked for it: a bar on top with nothing
    but the search of the sidebar, whose hidden buttons take the clicks on the menu's; and code
    that runs on the page."""
    options = settings.setdefault("html_theme_options", {})
    if settings.get("html_theme") in PYDATA:
        options.setdefault("navbar_persistent", [])
        options["search_as_you_type"] = False  # ours does
    if not (options.get("launch_buttons") or {}).get("thebe"):
        settings["extensions"] = [one for one in settings["extensions"] if one != "sphinx_thebe"]


def _typesets_with_mathjax(settings: dict[str, Any]) -> bool:
    """Whether the book leaves equations to Sphinx's MathJax, and asks nothing of it but macros."""
    asked = settings.get("mathjax3_config") or {}
    own = {"mathjax_path", "mathjax2_config", "mathjax_inline", "mathjax_display"} & set(settings)
    renderer = settings.get("html_math_renderer", "mathjax")
    only_macros = set(asked) <= {"tex", "options"} and set(asked.get("tex") or {}) <= {"macros"}
    return not own and renderer == "mathjax" and only_macros


def formulas(book: Book) -> str:
    """Where typeset formulas are kept."""
    return str(book.build / "memo" / "formulas.sqlite")


def _digest(book: Book, folders: list[str]) -> str:
    """A hash of the site's static files, which Sphinx copies only where it writes a page, and of
    the code that makes its pages."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((book.root / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def epub(book: Book, edition: Edition | None) -> dict[str, Any]:
    """Settings of the e-book of one edition."""
    settings = _common(book)
    settings["extensions"].append("imprint.publishing.epub")
    title = f"{book.title}: {edition.title} edition" if edition else book.title
    author = settings.get("author") or "unknown"
    name = file_name(book, edition)
    address = settings.get("html_baseurl") or book.title
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"{address} {name}")
    settings = {
        "epub_title": title, "epub_basename": name, "epub_author": author,
        "epub_publisher": author, "epub_contributor": author, "epub_description": title,
        "epub_copyright": settings.get("copyright") or author,
        "epub_identifier": f"urn:uuid:{identifier}", "epub_scheme": "UUID", "epub_uid": "book",
        "epub_cover": (COVER, ""), "epub_show_urls": "no", "epub_tocscope": "includehidden",
        "epub_tocdepth": 3,
        "html_domain_indices": False,  # their folding needs a script; the index has the names
        "version": "1", **settings,
    }  # fmt: skip
    settings["html_static_path"] = [*settings.get("html_static_path", []), str(EPUB)]
    settings["epub_css_files"] = [*settings.get("epub_css_files", []), "imprint-epub.css"]
    settings["suppress_warnings"] = [*settings.get("suppress_warnings", []), *OF_THE_WEBSITE]
    settings["imprint_formulas"] = formulas(book)
    settings["imprint_cover"] = (book.title, f"{edition.title} edition" if edition else "", author)
    return settings


def latex(book: Book, edition: Edition | None) -> dict[str, Any]:
    """Settings of the LaTeX build of one edition."""
    settings = _common(book)
    own = settings.pop("imprint_latex_documents")
    title = own.get("title", book.title)
    author = own.get("author", settings.get("author", ""))
    name = file_name(book, edition)
    settings["extensions"].append("sphinxcontrib.rsvgconverter")
    if edition is not None:
        settings["extensions"].append("imprint.publishing.print")
    theme = settings.get("latex_theme", "manual")
    if JUPYTER_BOOK_LATEX in settings["extensions"]:
        if edition is None:
            theme = "jupyterBook"
        else:
            settings["extensions"].remove(JUPYTER_BOOK_LATEX)
    settings["latex_documents"] = [
        (book.pages[0].docname, f"{name}.tex", title, author, theme, edition is not None)
    ]
    settings.setdefault("latex_use_xindy", False)
    if edition is not None:
        settings["latex_engine"] = "xelatex"
        settings["latex_toplevel_sectioning"] = "chapter"
        settings["latex_show_urls"] = settings.get("latex_show_urls", "footnote")
        settings["latex_docclass"] = {"manual": "book"}
        settings.setdefault("latex_domain_indices", False)  # one module; the index has its names
        settings["latex_elements"] = _latex_elements(book, edition, settings)
    return settings


def _common(book: Book) -> dict[str, Any]:
    command_line = {"latex_individualpages": False}
    settings, meta = get_final_config(
        user_yaml=book.root / CONFIG,
        sourcedir=book.root,
        cli_config=command_line,
        validate=not book.editions,
    )
    settings["imprint_latex_documents"] = meta["latex_doc_overrides"]
    own = [f"imprint.publishing.{name}" for name in ("downloads", "editions", "outlines")]
    settings["extensions"] = [*settings["extensions"], *own]
    settings["external_toc_path"] = str(book.root / TOC)
    settings["external_toc_exclude_missing"] = False
    settings["include_patterns"] = [page.path for page in book.pages]
    settings["exclude_patterns"] = [*settings.get("exclude_patterns", []), *NOT_SOURCES]
    settings.setdefault("html_context", {}).setdefault("default_mode", "auto")
    settings["nb_execution_mode"] = "off"
    settings["nb_custom_formats"] = {
        ".md": ["imprint.publishing.editions.read_page", {}, False],
        ".ipynb": ["imprint.publishing.editions.read_page", {}, False],
        **settings.get("nb_custom_formats", {}),
    }
    return settings


def _latex_elements(book: Book, edition: Edition, settings: dict[str, Any]) -> dict[str, str]:
    preamble = (LATEX / "preamble.tex").read_text("utf-8")
    given = dict(settings.get("latex_elements", {}))
    settings["imprint_contents"] = given.pop("tableofcontents", r"\imprintcontents")
    size = given.pop("papersize", TRIM)
    paper = PAPERS.get(size) or Paper(size, "", 1)
    return {
        "papersize": paper.option,
        "geometry": rf"\usepackage[{paper.size}]{{geometry}}",
        "sphinxsetup": f"hmargin={{{paper.margin}in,{paper.margin}in}}, vmargin={{0.9in,0.9in}}",
        "pointsize": "11pt",
        "fontpkg": (LATEX / "fonts.tex").read_text("utf-8"),
        "fncychap": "",
        "figure_align": "htbp",
        "tableofcontents": "",  # in its place, after the colophon
        "maketitle": r"\imprinttitle{%s}" % edition.title,
        **given,
        "preamble": "\n".join(
            [
                preamble,
                _metadata(edition, settings),
                *_commands(book.macros),
                given.get("preamble", ""),
            ]
        ),  # fmt: skip
    }


def _metadata(edition: Edition, settings: dict[str, Any]) -> str:
    """What the file says of itself."""
    _, _, title, author, *_ = settings["latex_documents"][0]
    told = {
        "pdftitle": f"{title}: {edition.title} edition", "pdfauthor": author,
        "pdflang": (settings.get("language") or "en").replace("_", "-"),
    }  # fmt: skip
    options = "".join(f", {key}={{{escape(text, 'xelatex')}}}" for key, text in told.items())
    return rf"\hypersetup{{bookmarksnumbered{options}}}"


def _commands(macros: dict[str, list]) -> list[str]:
    """The book's macros as LaTeX commands, so that it declares its notation once."""
    return [
        rf"\providecommand{{\{name}}}{{}}\renewcommand{{\{name}}}"
        + "".join(f"[{argument}]" for argument in arguments)
        + f"{{{text}}}"
        for name, (text, *arguments) in macros.items()
    ]
