"""Decks: which pages of a chapter have slides. A cell tagged ``slide`` begins one; a cell tagged
``fragment`` comes onto the slide before it."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from imprint.book import FRAGMENT, SLIDE, Edition
from imprint.pages import Notebook


def decks(pages: Iterable[Notebook], edition: Edition) -> dict[str, list[Notebook]]:
    """The pages that have slides, by the page that opens their chapter."""
    found: dict[str, list[Notebook]] = {}
    for page in pages:
        cells = page.select(edition.name) if page.in_edition(edition.name) else ()
        if any({SLIDE, FRAGMENT}.intersection(cell.tags) for _, cell in cells):
            found.setdefault(page.page.chapter, []).append(page)
    return found


def file_name(chapter: str) -> str:
    """The path of a chapter's presentation: that of its page, or of its folder."""
    path = PurePosixPath(chapter)
    inside = path.name == "index" and len(path.parts) > 1
    return f"{path.parent if inside else path}.html"
