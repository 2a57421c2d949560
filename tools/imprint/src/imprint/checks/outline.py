"""The outline: whether pages, titles and headings stand in the order that a book has planned.

``checks: {outline: outline.yml}`` names a file with ``front_matter`` and ``chapters``, whose
pages have a ``title`` and the ``sections`` that must be there in this order; others may stand
between them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imprint.book import CONFIG, Book
from imprint.checks.finding import Finding
from imprint.errors import BookError
from imprint.exercises import headings
from imprint.pages import Notebook
from imprint.settings import parse_yaml, read_source


@dataclass(frozen=True)
class Planned:
    """A page as the outline has it."""

    title: str
    sections: tuple[str, ...] = ()


def departures(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """Where a page departs from the outline; pages that it does not name are free."""
    name = book.checks.outline
    if not name:
        return
    planned = _read(book, name)
    order = list(planned)
    last = -1
    for page in pages:
        for key in (key for key in order if _is(page, key)):
            yield from _page(page, planned[key], name)
            if order.index(key) < last:
                before = planned[order[last]].title
                message = f"the outline has {planned[key].title!r} before {before!r}"
                yield Finding("O501", page.path, 1, message, f"order _toc.yml as {name} does")
            last = max(last, order.index(key))


def _page(page: Notebook, planned: Planned, name: str) -> Iterator[Finding]:
    found = [(cell.page_line(row + 1), level, text)
             for cell in page.cells if cell.kind == "markdown"
             for row, level, text in headings(cell.source)]  # fmt: skip
    line = next((line for line, level, _ in found if level == 1), 1)
    remedy = f"as {name} says"
    if page.title != planned.title:
        message = f"the title is {page.title!r}, not {planned.title!r}"
        yield Finding("O501", page.path, line, message, remedy)
    sections = [(line, text) for line, level, text in found if level == 2]
    at = 0
    for section in planned.sections:
        places = [place for place, (_, text) in enumerate(sections) if text == section]
        if not places:
            yield Finding("O501", page.path, line, f"there is no section {section!r}", remedy)
        elif places[-1] < at:
            message = f"the section {section!r} comes later in the outline"
            yield Finding("O501", page.path, sections[places[-1]][0], message, remedy)
        else:
            at = places[-1]


def _is(page: Notebook, key: str) -> bool:
    return page.page.docname == key or page.page.docname.endswith(f"/{key}")


def _read(book: Book, name: str) -> Mapping[str, Planned]:
    """By the end of its docname, each page of the outline, in order. Raises BookError."""
    try:
        data = parse_yaml(read_source(book.root, name), name)
        return dict(_planned(data))
    except OSError:
        remedy = f"correct checks.outline in {CONFIG}"
        raise BookError(f"there is no file {name}", remedy=remedy) from None
    except (AttributeError, KeyError, TypeError):
        raise BookError("expected chapters: with title, folder and pages", name) from None


def _planned(data: Mapping[str, Any]) -> Iterator[tuple[str, Planned]]:
    for page in data.get("front_matter") or ():
        yield page["file"], Planned(page["title"], tuple(page.get("sections") or ()))
    for chapter in data.get("chapters") or ():
        folder, pages = chapter["folder"], chapter.get("pages") or ()
        if chapter.get("single_page"):
            sections = tuple(page["title"] for page in pages)
            yield f"{folder}/index", Planned(chapter["title"], sections)
            continue
        yield f"{folder}/index", Planned(chapter["title"])
        for page in pages:
            sections = tuple(page.get("sections") or ())
            yield f"{folder}/{page['file']}", Planned(page["title"], sections)
