"""Code as readers see it."""

import re
from collections.abc import Iterator, Sequence

from imprint.aliases import imports_of
from imprint.book import CHECK_TAGS, Book, Edition
from imprint.cells import Cell
from imprint.checks.finding import Finding
from imprint.pages import Notebook

_UNSEEN = CHECK_TAGS | {"remove-cell", "remove-input"}


def too_wide(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """Lines of more columns than ``checks: {code_width: ...}`` allows."""
    width = book.checks.code_width
    seen = set()
    for page, _, cell in _shown(book, pages) if width else ():
        for row, text in enumerate(cell.source.split("\n"), 1):
            line = cell.page_line(row)
            if len(text) > width and (page.path, line) not in seen:
                seen.add((page.path, line))
                message = f"{len(text)} columns of code, {width} are shown"
                yield Finding("C301", page.path, line, message, "break the line")


def visible_aliases(book: Book, pages: Sequence[Notebook]) -> Iterator[Finding]:
    """Aliases that stayed, because nothing can stand for them where they are: see
    ``imprint.aliases``."""
    seen = set()
    patterns: dict[tuple[str, str], re.Pattern] = {}
    for page, edition, cell in _shown(book, pages):
        if not (edition and edition.aliases and edition.aliases.mention.search(cell.source)):
            continue
        key = (page.path, edition.name)
        if key not in patterns:
            patterns[key] = _aliases_of(page, edition)
        for row, text in enumerate(cell.source.split("\n"), 1):
            for match in patterns[key].finditer(text):
                where = (page.path, cell.page_line(row), match[0])
                if where not in seen:
                    seen.add(where)
                    yield Finding(
                        "C302", *where[:2], f"readers will see `{match[0]}`, an alias",
                        "call it by position, outside of strings, or tag each edition's own",
                    )  # fmt: skip


def _aliases_of(page: Notebook, edition: Edition) -> re.Pattern:
    """What a page writes for any alias, by the names under which it imports their module."""
    aliases = edition.aliases
    assert aliases is not None
    own = (cell.source for _, cell in page.select(edition.name) if cell.kind == "code")
    bound = imports_of(own).bound.items()
    names = [re.escape(name) for name, all_ in bound if aliases.module in dict(all_).values()]
    modules = "|".join(names) or "(?!)"
    return re.compile(rf"(?<![\w.])(?:{modules})\.(?:{'|'.join(aliases.targets)})\b")


def _shown(
    book: Book, pages: Sequence[Notebook]
) -> Iterator[tuple[Notebook, Edition | None, Cell]]:
    """The code cells that readers see, as each edition has them."""
    for page in pages:
        for edition in [one for one in book.editions if page.in_edition(one.name)] or [None]:
            for _, cell in page.select(edition.name if edition else None):
                if cell.kind == "code" and not _UNSEEN.intersection(cell.tags):
                    yield page, edition, cell
