"""A Sphinx extension: what a reference leads to is shown where the reader points at it.

Each page of the site has beside it what can be referred to on it, as a script that is fetched when
somebody points at such a link (`previews.js`): pages opened from a folder may load scripts and
nothing else. sphinx-tippy puts into each page what it refers to, so that all must be written again
when one is edited; sphinx-hoverxref asks a server.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from imprint.publishing.editions import QUICK
from imprint.publishing.equations import short_mathml
from imprint.publishing.finishing import finish_pages
from imprint.store import write_whole

FOLDER = "_previews"
"""In the site."""
ARTICLE = re.compile(r"<article\b.*</article>", re.S)
WHOLE = re.compile(
    r'<(?P<tag>figure|table|aside)\b[^>]* id="(?P<id>[^"]+)"[^>]*>.*?</(?P=tag)>|'
    r'<div class="(?:math notranslate|citation)[^>]* id="(?P<other>[^"]+)"[^>]*>.*?</div>',
    re.S,
)  # fmt: skip
"""A figure, table, footnote, equation, or entry of the bibliography; none stands in another."""
SECTION = re.compile(
    r'<section\b[^>]* id="(?P<id>[^"]+)"[^>]*>\s*(?P<more>(?:<span id="[^"]+"></span>\s*)*)'
    r"<h\d>(?P<title>.*?)</h\d>\s*(?P<text><p>.*?</p>)?",
    re.S,
)
NAME = re.compile(
    r'<dt class="sig[^>]* id="(?P<id>[^"]+)"[^>]*>(?P<title>.*?)</dt>\s*'
    r"<dd>\s*(?P<text><p>.*?</p>)?",
    re.S,
)
ID = re.compile(r'(?<= )id="([^"]+)"')
FORMULA = re.compile(r"<mjx-container .*?</mjx-container>", re.S)
OF_EDITION = '<div class="imprint-edition imprint-edition-%s">%s</div>'
NOT_SHOWN = re.compile(rf'<a class="headerlink".*?</a>|<div class="{QUICK}[^>]*>.*?</div>', re.S)
"""Links to headings, and what is said under the title of how a page ran."""


def keep_previews(app: Sphinx) -> None:
    """Have beside every page what can be referred to on it."""

    def note(page: str, context: Mapping[str, Any]) -> str:
        docname = context.get("pagename", "")
        article = ARTICLE.search(page)
        if docname in app.env.found_docs and article:
            path = _path(app, docname)
            found = dict(previews(article[0]))
            found |= {
                anchor: "".join(OF_EDITION % (edition, found[one]) for edition, one in of.items())
                for anchor, of in _twins(app, found)
            }
            text = json.dumps(found, ensure_ascii=False)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, f"imprintPreviews({json.dumps(docname)}, {text})\n".encode())
        return page

    finish_pages(app, note)


def previews(article: str) -> Iterator[tuple[str, str]]:
    """What is shown of each anchor of a page; of "", the page itself. Formulas are in MathML, which
    needs no styles."""
    article = NOT_SHOWN.sub("", article)
    article = FORMULA.sub(lambda made: short_mathml(made[0]), article)
    for match in WHOLE.finditer(article):
        yield match["id"] or match["other"], match[0]
    for match in NAME.finditer(article):
        yield match["id"], f"<code>{match['title'].strip()}</code>{match['text'] or ''}"
    for first, match in zip(_first(), SECTION.finditer(article), strict=False):
        shown = f"<p><strong>{match['title'].strip()}</strong></p>{match['text'] or ''}"
        for anchor in [match["id"], *ID.findall(match["more"]), *([""] if first else [])]:
            yield anchor, shown


def _twins(app: Sphinx, found: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The anchors in whose place editions have their own, each with those by edition: plots, and
    names of the library."""
    for _, _, entries in app.config.imprint_names.values():
        if len(entries) > 1 and found.keys() >= set(entries.values()):
            yield from ((anchor, entries) for anchor in entries.values())
    for anchor in found:
        own = {edition: f"{anchor}-{edition}" for edition in app.config.imprint_editions}
        if found.keys() & set(own.values()):
            yield anchor, {e: one if one in found else anchor for e, one in own.items()}


def _first() -> Iterator[bool]:
    yield True
    while True:
        yield False


def _path(app: Sphinx, docname: str) -> Path:
    return Path(app.outdir, FOLDER, f"{docname}.js")


def forget(app: Sphinx, error: Exception | None) -> None:
    """Take away what belongs to pages that are no longer in the book."""
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir, FOLDER)
        for path in folder.rglob("*.js"):
            if path.relative_to(folder).with_suffix("").as_posix() not in app.env.found_docs:
                with suppress(OSError):
                    path.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", keep_previews)
    app.connect("build-finished", forget)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
