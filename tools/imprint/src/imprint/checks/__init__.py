"""Checks of what a book says, made without executing it: each rule has a code, and yields what it
finds with file, line and remedy.

``% imprint: ignore W701`` on a line of its own switches rules off in the paragraph or cell that
follows; ``checks: {ignore: {W701: ["chapters/preface.md"]}}`` in ``_config.yml`` on pages.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from imprint.book import CONFIG, Book, matches
from imprint.checks import (
    blocks,
    code,
    editions,
    exercises,
    images,
    layout,
    outline,
    references,
    spelling,
)
from imprint.checks.finding import Finding
from imprint.errors import BookError
from imprint.pages import Notebook
from imprint.settings import line_numbers, nearest_line, read_source

__all__ = ["RULES", "Finding", "Rule", "findings"]

_OFF = re.compile(r"\s*%\s*imprint:\s*ignore\s+(.+?)\s*$")


@dataclass(frozen=True)
class Rule:
    """A rule and what breaks it."""

    title: str
    find: Callable[[Book, Sequence[Notebook]], Iterator[Finding]]


RULES = {
    "R101": Rule("a reference to a label that is not there", references.labels),
    "R102": Rule("a citation of a work that is in no bibliography", references.citations),
    "F201": Rule("an image without alternative text", images.without_text),
    "F202": Rule("a plot without alternative text", images.plots_without_text),
    "B601": Rule("a block that is never closed, or with a heading in it", blocks.unended),
    "B602": Rule("an option of a block that has become text", blocks.options_in_text),
    "C301": Rule("a line of code that is too wide", code.too_wide),
    "C302": Rule("an alias that readers would see in code", code.visible_aliases),
    "C303": Rule("a line of code that an alias leaves out of line", layout.out_of_line),
    "E401": Rule("prose of one edition that names another", editions.naming_another),
    "E402": Rule("prose of all editions that names one of them", editions.naming_one),
    "E403": Rule("an alias that prose names", editions.naming_aliases),
    "O501": Rule("titles and headings that are not the outline's", outline.departures),
    "X601": Rule("an exercise without a solution, or the other way round", exercises.unmatched),
    "W701": Rule("a misspelt word, or one spelt in another English", spelling.misspelt),
}  # fmt: skip


def findings(book: Book, pages: Sequence[Notebook], globs: Iterable[str] = ()) -> list[Finding]:
    """What breaks a rule on the pages that match the globs (none: on all), in reading order.
    Raises BookError where a rule is switched off that is not there, or the outline is wrong."""
    for name in book.checks.ignore:
        if name not in RULES:
            lines = line_numbers(read_source(book.root, CONFIG))
            line = nearest_line(lines, ("checks", "ignore", name))
            raise BookError(f"no rule {name!r}", CONFIG, line, f"rules: {', '.join(RULES)}")
    chosen = [page for page in pages if matches(page.path, list(globs))]
    order = {page.path: place for place, page in enumerate(chosen)}
    off = {page.path: _switched_off(page) for page in chosen}
    for page in chosen:
        for line, names in off[page.path].items():
            if unknown := names - RULES.keys():
                message = f"no rule {min(unknown)!r}, which a comment before this ignores"
                raise BookError(message, page.path, line, f"rules: {', '.join(RULES)}")
    found = [
        one
        for name, rule in RULES.items()
        for one in rule.find(book, pages)
        if one.path in order
        and not matches(one.path, book.checks.ignore.get(name, ["no page"]))
        and name not in off[one.path].get(one.line, ())
    ]
    return sorted(found, key=lambda one: (order[one.path], one.line, one.code))


def _switched_off(page: Notebook) -> dict[int, set[str]]:
    """The rules that are off on each line of a page."""
    found: dict[int, set[str]] = {}
    pending: set[str] = set()
    for cell in page.cells:
        if cell.kind == "code":
            for row in range(cell.source.count("\n") + 1):
                found[cell.page_line(row + 1)] = pending
            pending = set()
            continue
        rows = cell.source.split("\n")
        for row, text in enumerate(rows, 1):
            if match := _OFF.match(text):
                pending = pending | set(re.split(r"[\s,]+", match[1]))
            elif text.strip():
                found[cell.page_line(row)] = pending
            elif any(found.get(cell.page_line(row - 1), ())):
                pending = set()
        if not any(map(_OFF.match, [text for text in rows if text.strip()][-1:])):
            pending = set()
    return found
