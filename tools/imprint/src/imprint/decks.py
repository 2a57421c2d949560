"""Decks: which pages of a chapter have slides. A cell tagged ``slide`` begins one; a cell tagged
``fragment`` comes onto the slide before it."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from imprint.book import FRAGMENT, SLIDE, Edition
from imprint.pages import Notebook


def decks(pages: Iterable[Notebook], edition: Edition) -> dict[str, list[Notebook]]:
    """By the path of each presentation without its suffix: the pages of a chapter that have
    slides."""
    found: dict[str, list[Notebook]] = {}
    for page in pages:
        cells = page.select(edition.name) if page.in_edition(edition.name) else ()
        if any({SLIDE, FRAGMENT}.intersection(cell.tags) for _, cell in cells):
            found.setdefault(_path(page.page.chapter), []).append(page)
    return found


def _path(chapter: str) -> str:
    """A chapter's name: that of its page, or of its folder."""
    path = PurePosixPath(chapter)
    inside = path.name == "index" and len(path.parts) > 1
    return str(path.parent if inside else path)
