"""Works that a book cites, for notebooks by themselves: named by author and year, and listed.

Entries are read and worded by pybtex, as on the website, where sphinxcontrib-bibtex names them in
the style ``author_year``.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from pybtex.backends.markdown import Backend
from pybtex.database import BibliographyData, Entry, Person, PybtexError, parse_string
from pybtex.plugin import PluginNotFound, find_plugin
from pybtex.style.template import FieldIsMissing

from imprint.book import Book

TARGET = re.compile(r"\s*(?:\{([^{}]+)\})?\s*([^{}\s,]+)\s*(?:\{([^{}]+)\})?\s*")
"""A key, and what is said before and after it: ``{see}key{chapter 2}``."""
FEW = 2
"""More authors than this are the first one and others."""


class Works:
    """The entries of a book's bibliographies by key, whatever its capitals."""

    def __init__(self, entries: Mapping[str, Entry] | None = None, style: str = "plain") -> None:
        self._entries = {key.lower(): entry for key, entry in (entries or {}).items()}
        self._style = style

    def cited(self, role: str, content: str) -> str:
        """What stands for a role such as ``cite:t`` in Markdown; a key that no bibliography has
        stays as it is."""
        how = role.partition(":")[2].rstrip("s")
        named = []
        for part in content.split(","):
            target = TARGET.fullmatch(part)
            given = (word or "" for word in target.groups()) if target else ("", part.strip(), "")
            named.append(self._named(how, *given))
        if how in ("t", "ct", "author", "year"):
            return ", ".join(named[:-1]) + (" and " if named[1:] else "") + named[-1]
        return f"[{'; '.join(named)}]"

    def listed(self, contents: Iterable[str]) -> list[str]:
        """The works that roles with these contents cite, in Markdown and in the bibliography's
        order."""
        parts = (TARGET.fullmatch(part) for content in contents for part in content.split(","))
        keys = {part[2].lower() for part in parts if part}
        chosen = BibliographyData({key: self._entries[key] for key in keys & self._entries.keys()})
        return [self._worded(entry) for entry in self._formatter.sort(chosen.entries.values())]

    def _worded(self, entry: Entry) -> str:
        """An entry as the bibliography has it; of one that lacks what its kind needs, which Sphinx
        warns of, what there is."""
        try:
            text = self._formatter.format_entry("", entry).text.render(_MARKDOWN)
        except FieldIsMissing:
            people = _authors(entry.persons.get("author", []))
            known = [people, *(_escaped(entry.fields.get(name, "")) for name in ("title", "year"))]
            text = ". ".join(filter(None, known)) + "."
        return " ".join(text.split())

    @cached_property
    def _formatter(self) -> Any:
        try:
            style = find_plugin("pybtex.style.formatting", self._style)
        except PluginNotFound:  # of the book's own, which Sphinx alone knows
            style = find_plugin("pybtex.style.formatting", "plain")
        return style()

    def _named(self, how: str, before: str, key: str, after: str) -> str:
        entry = self._entries.get(key.lower())
        if entry is None:
            return f"[{key}]" if how in ("t", "ct", "author", "year") else key
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        author, year = _authors(people) or _escaped(key), entry.fields.get("year", "n.d.")
        before, after = before and f"{before} ", after and f", {after}"
        if how == "author":
            return f"{before}{_linked(author, entry)}{after}"
        if how == "year":
            return f"{before}{_linked(year, entry)}{after}"
        if how in ("t", "ct"):
            return f"{author} [{before}{_linked(year, entry)}{after}]"
        return f"{before}{_linked(f'{author}, {year}', entry)}{after}"


def works(book: Book) -> Works:
    """Those of the bibliographies that the settings name. What pybtex cannot read is left out
    here: Sphinx says so, with file and line."""
    entries: dict[str, Entry] = {}
    for name in book.config.get("bibtex_bibfiles") or []:
        path = book.root / name
        try:
            entries |= parse_string(path.read_text("utf-8"), "bibtex").entries
        except (OSError, UnicodeDecodeError, PybtexError):
            continue
    sphinx = book.config.get("sphinx") or {}
    style = (sphinx.get("config") or {}).get("bibtex_default_style")
    return Works(entries, style or "alpha")


class _Markdown(Backend):
    """pybtex's, without a backslash before each full stop."""

    def format_str(self, text: str) -> str:
        return _escaped(text)

    def format_href(self, url: str, text: str, external: bool = False) -> str:
        return f"[{text}]({url})" if text else ""


_MARKDOWN = _Markdown()


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>$])", r"\\\1", text)


def _authors(people: list[Person]) -> str:
    parts = [person.rich_prelast_names + person.rich_last_names for person in people]
    names = [" ".join(part.render_as("text") for part in several) for several in parts]
    if not names:
        return ""
    if len(names) > FEW or names[-1] == "others":
        return f"{_escaped(names[0])} et al."
    return " and ".join(map(_escaped, names))


def _linked(text: str, entry: Entry) -> str:
    """The text as a link to the work itself, where its entry knows an address."""
    fields = entry.fields
    if "doi" in fields:
        return f"[{text}](https://doi.org/{quote(fields['doi'])})"
    return f"[{text}]({fields['url']})" if "url" in fields else text
