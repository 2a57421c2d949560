"""Editions kept apart: a reader of one does not meet the others."""

import re
from collections.abc import Iterator, Sequence

from imprint import prose
from imprint.book import Book
from imprint.checks.finding import Finding
from imprint.pages import Notebook


def naming_another(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    for page in pages:
        for line, own in _lines(book, page):
            others = [one for one in book.editions if own and one.name not in own]
            for name in _named(line.text, [w for one in others for w in (one.title, one.name)]):
                message = f"prose of {' and '.join(sorted(own))} names {name}"
                yield Finding("E401", page.path, line.number, message, "keep to its own edition")


def naming_one(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    for page in pages if len(book.editions) > 1 else ():
        for line, own in _lines(book, page):
            titles = [one.title for one in book.editions]
            for name in _named(line.text, titles) if not own else ():
                message = f"prose of all editions names {name}"
                yield Finding("E402", page.path, line.number, message,
                              "tag it, or say it for all of them")  # fmt: skip


def naming_aliases(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    for page in pages:
        known = [one.aliases for one in book.editions if page.in_edition(one.name) and one.aliases]
        names = {f"{one.module.split('.')[0]}.{name}" for one in known for name in one.targets}
        for line in prose.lines(page) if names else ():
            for name in _named(line.text, names):
                remedy = "name the framework's own, in prose tagged for its edition"
                message = f"readers never see `{name}`, an alias"
                yield Finding("E403", page.path, line.number, message, remedy)


def _lines(book: Book, page: Notebook) -> Iterator[tuple[prose.Line, set[str]]]:
    """Each line of prose with the editions that have it, none for all of them."""
    names = {edition.name for edition in book.editions}
    for line in prose.lines(page):
        yield line, names.intersection(line.cell.tags)


def _named(text: str, names: Sequence[str] | set[str]) -> list[str]:
    if not names:
        return []
    pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return sorted({match[0] for match in re.finditer(rf"(?<![\w.])(?:{pattern})\b", text)})
