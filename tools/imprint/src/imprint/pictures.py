"""Pictures that prose shows: where they stand in Markdown, and which files of the book they are."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import unquote

PICTURE = re.compile(
    r"^(?P<fence>```+|~~~+)[^`]*?^(?P=fence)|(?P<ticks>`+)[^`]+(?P=ticks)(?!`)|"  # code is no prose
    r'(?P<open>!\[[^\]]*\]\(\s*)(?P<address><[^>\n]+>|[^)\s]+)(?P<close>(?:\s+"[^"\n]*")?\s*\))|'
    r'(?P<tag><img\b[^>]*?\bsrc=")(?P<source>[^"]+)(?P<end>")',
    re.M,
)


def replaced(text: str, page: PurePosixPath, replace: Callable[[str], str | None]) -> str:
    """Markdown in which ``replace`` gives a picture's new address for its file's path from the
    book's root, or None where it stays. ``page`` is the page's own path."""

    def address(match: re.Match) -> str:
        written = (match["address"] or match["source"] or ":").strip("<>")
        if ":" in written.partition("/")[0]:
            return match[0]
        path = PurePosixPath(unquote(written))
        place = path.relative_to("/") if path.is_absolute() else page.parent / path
        inside = normal(place)
        new = None if inside.startswith("..") else replace(inside)
        before = match["open"] or match["tag"]
        return match[0] if new is None else f"{before}{new}{match['close'] or match['end']}"

    return PICTURE.sub(address, text)


def normal(path: PurePosixPath) -> str:
    """A path without the steps up that it has in it."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
