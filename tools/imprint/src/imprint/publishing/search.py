"""A Sphinx extension: the text of the book by sections, which readers search (`search.js`), in
place of Sphinx's index of words.

The browser looks through the text itself: phrases and excerpts need it anyway, and a few megabytes
are looked through in milliseconds. The text is a script, because pages opened from a folder may
load scripts and nothing else.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.nodes import clean_astext

from imprint.publishing.editions import QUICK, RAN
from imprint.publishing.equations import Formula, Typesetter, short_mathml
from imprint.store import write_whole

DATA = "_search/sections.js"
"""In the site."""
NO_SEARCH = {"nosearch", "no-search"}
"""What the metadata of a page has that is not to be found."""
FIRST_FORMULA = 0xF0000
"""A formula stands in the text as one character of a plane for private use: beyond this one by its
place in the list of formulas."""
FORMULA = re.compile("[\U000f0000-\U000ffffd]")
NOT_TEXT = (
    nodes.comment, nodes.raw, nodes.system_message, nodes.substitution_definition,
    nodes.math_block, addnodes.index, addnodes.toctree,
)  # fmt: skip
NOT_SEARCHED = {"imprint-edition-title", QUICK, RAN}
"""Classes of what is said about the text."""


@dataclass
class Section:
    """What can be found under one heading, or what the reference says of one name."""

    anchor: str
    number: str
    title: str
    parts: list[tuple[str, str]] = field(default_factory=list)
    """Text, each with the edition that it belongs to; "" for all of them."""

    def add(self, edition: str, text: str) -> None:
        if self.parts and self.parts[-1][0] == edition:
            text = self.parts.pop()[1] + text
        self.parts.append((edition, text))


class Reading:
    """One page's sections and formulas, read from its document."""

    def __init__(self, document: nodes.document, numbers: dict[str, tuple[int, ...]]) -> None:
        self.sections: list[Section] = []
        self.formulas: dict[str, int] = {}
        self._numbers = numbers
        untitled = Section("", "", "")
        self._read(document, untitled, "")
        if any(text.strip() for _, text in untitled.parts):
            self.sections.insert(0, untitled)

    def _read(self, node: nodes.Element, section: Section, edition: str) -> None:
        for child in node.children:
            if isinstance(child, nodes.Text):
                section.add(edition, FORMULA.sub(" ", child))
            elif isinstance(child, nodes.math):
                tex = child.astext().strip()
                place = self.formulas.setdefault(tex, len(self.formulas))
                section.add(edition, chr(FIRST_FORMULA + place))
            elif isinstance(child, nodes.section):
                self._read(child, self._begin(child["ids"][0]), edition)
            elif isinstance(child, addnodes.desc):
                signature, content = child[0], child[-1]
                anchor = next(iter(signature["ids"]), section.anchor)
                name = ".".join(filter(None, map(signature.get, ("module", "fullname"))))
                entry = self._begin(anchor, name or signature.astext())
                entry.add(edition, signature.astext() + "\n")
                self._read(content, entry, edition)
            elif isinstance(child, nodes.title) and isinstance(node, nodes.section):
                section.title = section.title or clean_astext(child)
            elif isinstance(child, nodes.Element) and not _silent(child):
                self._read(child, section, _edition(child) or edition)
                if not isinstance(child, nodes.Inline):
                    section.add(edition, "\n")

    def _begin(self, anchor: str, title: str = "") -> Section:
        """A section; the first is the page itself."""
        anchor = anchor if self.sections else ""
        number = self._numbers.get(f"#{anchor}" if anchor else "") or ()
        self.sections.append(Section(anchor, ".".join(map(str, number)), title))
        return self.sections[-1]


def _silent(node: nodes.Element) -> bool:
    return isinstance(node, NOT_TEXT) or bool(NOT_SEARCHED & set(node.get("classes", ())))


def _edition(node: nodes.Element) -> str | None:
    """The edition that alone has this, as `editions.py` marks it."""
    classes = node.get("classes", ())
    return classes[-1].removeprefix("imprint-edition-") if "imprint-edition" in classes else None


def keep_text(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Keep a page's text when it is written, perhaps in a process of its own."""
    if doctree is None:
        return
    path = _kept(app, pagename)
    path.parent.mkdir(parents=True, exist_ok=True)
    reading = Reading(doctree, app.env.toc_secnumbers.get(pagename, {}))
    for section in reading.sections:
        section.parts = [
            (edition, squeezed)
            for edition, text in section.parts
            if (squeezed := " ".join(text.split()))
        ]
    kept = {
        "sections": [asdict(section) for section in reading.sections],
        "formulas": list(reading.formulas),
    }
    path.write_text(json.dumps(kept), "utf-8")


def _kept(app: Sphinx, docname: str) -> Path:
    return Path(app.doctreedir, "search", f"{docname}.json")


def write_text(app: Sphinx, error: Exception | None) -> None:
    """Put the pages' texts together, in reading order."""
    if error is not None or app.builder.format != "html":
        return
    formulas: dict[str, int] = {}
    pages, sections = [], []
    for name in _searched(app):
        kept = json.loads(_kept(app, name).read_text("utf-8"))
        own = [formulas.setdefault(tex, len(formulas)) for tex in kept["formulas"]]

        def renamed(match: re.Match, own: list[int] = own) -> str:
            return chr(FIRST_FORMULA + own[ord(match[0]) - FIRST_FORMULA])

        for section in kept["sections"]:
            parts = [[edition, FORMULA.sub(renamed, text)] for edition, text in section["parts"]]
            sections.append(
                [len(pages), section["anchor"], section["number"], section["title"], parts]
            )
        pages.append(app.builder.get_target_uri(name))
    data = {"pages": pages, "sections": sections, "formulas": _mathml(app, formulas)}
    text = f"imprintSearch({json.dumps(data, ensure_ascii=False, separators=(',', ':'))})\n"
    path = Path(app.outdir, DATA)
    with suppress(OSError):
        if path.read_text("utf-8") == text:
            return
    path.parent.mkdir(exist_ok=True)
    write_whole(path, text.encode())


def _searched(app: Sphinx) -> Iterator[str]:
    """The pages that can be found, in the order of the contents, then those outside them."""
    env, found = app.env, {}
    waiting = [app.config.root_doc]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = True
            waiting += reversed(env.toctree_includes.get(name, ()))
    for name in [*found, *sorted(env.found_docs - found.keys())]:
        hidden = NO_SEARCH & env.metadata[name].keys()
        if name in env.found_docs and not hidden and _kept(app, name).exists():
            yield name


def _mathml(app: Sphinx, formulas: Iterable[str]) -> list[str]:
    """Formulas as excerpts show them: in MathML where the site's equations are typeset when it is
    built, else as they are written."""
    made: dict[Formula, str] = {}
    if getattr(app.config, "imprint_formulas", ""):
        made = Typesetter.of(app).known(Formula(tex, False) for tex in formulas)
    texts = []
    for tex in formulas:
        texts.append(short_mathml(made.get(Formula(tex, False), "")) or tex)
    return texts


def search_page(app: Sphinx) -> Iterable[Any]:
    return [("search", {}, "search.html")]


def replace_index(app: Sphinx) -> None:
    """Sphinx makes no index of its own."""
    app.builder.search = False


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", replace_index)
    app.connect("html-page-context", keep_text)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write_text)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
