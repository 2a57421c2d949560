"""A Sphinx extension: what search engines and other sites are told of the pages, and what stands
where there is none. What needs the site's own address is made where ``html.baseurl`` says it.

Sources: the sitemaps protocol (https://www.sitemaps.org/protocol.html), the Open Graph protocol
(https://ogp.me), and RFC 9309 for ``robots.txt``.
"""

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _

from imprint.publishing.editions import QUICK, RAN
from imprint.store import write_whole

MISSING = "404"
GENERATED = {"search": "Search", "genindex": "Index"}
"""Sphinx's own pages, and what it calls them in the book's language."""
LENGTH = 200
"""Characters of a description."""


def describe(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """A page's description, and what other sites show of a link to it."""
    if pagename == MISSING:
        base = escape(app.config.html_baseurl.rstrip("/"))
        context["metatags"] = context.get("metatags", "") + f'<base href="{base}/"/>\n'
    if pagename in GENERATED and doctree is None:
        text = f"{app.config.html_title or app.config.project}: {_(GENERATED[pagename])}"
        context["metatags"] = context.get("metatags", "") + _description(text)
    if doctree is None:
        return
    told = {"og:type": "article", "og:site_name": app.config.html_title or app.config.project}
    title = next(iter(doctree.findall(nodes.title)), None)
    told["og:title"] = title.astext() if title else pagename
    text = _first_words(doctree)
    tags = [_description(text)] if text else []
    if text:
        told["og:description"] = text
    if context.get("pageurl"):
        told["og:url"] = context["pageurl"]
    tags += [f'<meta property="{name}" content="{escape(what)}"/>' for name, what in told.items()]
    context["metatags"] = context.get("metatags", "") + "\n".join(tags) + "\n"


def _description(text: str) -> str:
    return f'<meta name="description" content="{escape(text)}"/>'


def _first_words(doctree: nodes.document) -> str:
    """The beginning of a page's first paragraph, up to the end of a word if there is one."""
    for paragraph in doctree.findall(nodes.paragraph):
        notes = {QUICK, RAN}.intersection(paragraph.parent.get("classes", ()))
        text = " ".join(paragraph.astext().split())
        if text and not notes:
            end = text.rfind(" ", 0, LENGTH)
            return text if len(text) <= LENGTH else text[: end if end > 0 else LENGTH] + " …"
    return ""


def list_pages(app: Sphinx, exception: Exception | None) -> None:
    """The sitemap and ``robots.txt``, but for one that the author gives (``html_extra_path``); and
    none of all this where the site's address is not known any more."""
    if exception or app.builder.format != "html":
        return
    base = app.config.html_baseurl.rstrip("/")
    addresses = sorted(f"{base}/{app.builder.get_target_uri(page)}" for page in app.env.found_docs)
    urls = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses)
    texts = {
        "sitemap.xml": '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n',
        "robots.txt": f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap.xml\n",
    }
    given = [Path(app.confdir or app.srcdir, path) for path in app.config.html_extra_path]
    for name, text in texts.items():
        if any(path.name == name or (path / name).exists() for path in given):
            continue
        if base:
            write_whole(Path(app.outdir) / name, text.encode())
        else:
            Path(app.outdir, name).unlink(missing_ok=True)
    if MISSING not in app.config.html_additional_pages and MISSING not in app.env.found_docs:
        Path(app.outdir, f"{MISSING}.html").unlink(missing_ok=True)


def add_missing(app: Sphinx, config: Any) -> None:
    """A page for addresses that are not there. It may be shown in place of any of them, so it needs
    the site's address to find its own parts."""
    if config.html_baseurl:
        config.html_additional_pages = {
            MISSING: "imprint-missing.html",
            **config.html_additional_pages,
        }


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", add_missing)
    app.connect("html-page-context", describe)
    app.connect("build-finished", list_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
