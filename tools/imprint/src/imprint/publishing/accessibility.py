"""A Sphinx extension: what the theme leaves out for readers who hear a page.

The names of its controls, and a landmark around its sidebar (WCAG 2.2, success criteria 1.3.1,
2.5.3 and 4.1.2).
"""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from sphinx.application import Sphinx

from imprint.publishing.finishing import finish_pages

TAGS = re.compile(r"<[^>]+>")
FOLDED = re.compile(
    r'(<a class="[^"]*\breference\b[^>]*>)(?P<title>(?:(?!</a>).)*)(</a><details[^>]*>)<summary>'
)
"""A chapter in the contents whose sections can be folded away: its title, and the triangle."""
SEARCH = re.compile(r'(<button class="[^"]*\bsearch-button-field\b[^>]*?) aria-label="[^"]*"')
"""A button that shows the word Search, and is called so by another text."""
ENTRY = 'role="doc-biblioentry"'
"""What Sphinx says of an entry in a list of works; in a list that role is no longer allowed."""
SIDEBAR = re.compile(r'(<(?:div|dialog) [^>]*class="bd-sidebar-primary\b[^"]*")')


def name_controls(page: str, context: Mapping[str, Any]) -> str:
    """A page on which what had no name has one."""
    page = FOLDED.sub(_named, page)
    page = SEARCH.sub(r"\1", page).replace(ENTRY, 'role="listitem"')
    return SIDEBAR.sub(r'\1 role="region" aria-label="Book"', page)


def _named(chapter: re.Match) -> str:
    title = escape(" ".join(TAGS.sub("", chapter["title"]).split()), quote=True)
    return f'{chapter[1]}{chapter["title"]}{chapter[3]}<summary aria-label="Sections of {title}">'


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", lambda app: finish_pages(app, name_controls))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
