"""The prose of a page: its sentences with their lines, without code, displayed formulas, and what
only tells MyST what to do."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imprint.cells import Cell
from imprint.pages import Notebook

FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})\s*(.*)$")
DIRECTIVE = re.compile(r"\{([\w:-]+)\}\s*(.*)$")
OPTION = re.compile(r"\s*:[\w-]+:")
LITERAL = frozenset({
    "bibliography", "code", "code-block", "contents", "literalinclude", "math", "mermaid",
    "parsed-literal", "raw", "sourcecode", "tableofcontents", "toctree",
})  # fmt: skip
"""Directives whose content is no prose."""
ROLE = re.compile(r"\{([\w:.-]+)\}(`+)(.+?)\2", re.DOTALL)
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_TICKS = re.compile(r"(\{[\w:.-]+\})?`+")
NAMED = re.compile(r"(.*?)\s*<[^<>]*>$", re.DOTALL)
ITEM = re.compile(r"(\d+)[.)]\s+")
"""Begins an item of an ordered list."""
_ENDS = re.compile(r"(?<=[.!?:;])[\"'”’)*]*\s+(?=[\"'“‘(*$`\[]*[A-Z0-9])")
_BEGINS_ANEW = re.compile(r"\s*(?:[*+-]|\d+[.)])\s+|\s*#+\s|\s*>|\s*\|")
_TARGET = re.compile(r"\([\w:.-]+\)=\s*$")


@dataclass(frozen=True)
class Line:
    """A line of prose."""

    number: int
    """In the page's file."""
    text: str
    cell: Cell


@dataclass(frozen=True)
class Sentence:
    """A sentence; ``line`` is the page's line of a place in its text."""

    text: str
    _lines: Sequence[tuple[int, int]]
    """Where each line begins in it, and its number."""

    def line(self, place: int = 0) -> int:
        return max((number for start, number in self._lines if start <= place),
                   default=self._lines[0][1])  # fmt: skip


def lines(page: Notebook) -> Iterator[Line]:
    """The lines of a page's Markdown that are prose; a heading is."""
    for cell in page.cells:
        if cell.kind == "markdown":
            for row, text in _prose(cell.source.split("\n")):
                yield Line(cell.page_line(row), text, cell)


def _prose(rows: Sequence[str]) -> Iterator[tuple[int, str]]:
    opened: list[str] = []  # the fences of directives around, whose content is prose
    literal, options = "", False
    for row, text in enumerate(rows, 1):
        fence = FENCE.match(text)
        if literal:
            closing = literal == "$$" and text.rstrip().rstrip(")").split("(")[0].rstrip()
            if closing and closing.endswith("$$"):
                literal = ""
            elif fence and fence[1].startswith(literal) and not fence[2]:
                literal = ""
        elif fence and opened and not fence[2] and fence[1].startswith(opened[-1]):
            opened.pop()
        elif fence:
            directive = DIRECTIVE.match(fence[2])
            if directive is None or directive[1] in LITERAL:
                literal = fence[1]
            else:
                opened.append(fence[1])
                options = True
                if directive[1] not in ("figure", "image"):
                    yield row, directive[2]
        elif options and OPTION.match(text):
            continue
        elif text.lstrip().startswith("$$"):
            if text.count("$$") == 1:
                literal = "$$"
        elif not text.startswith("%") and not _TARGET.match(text):
            options = False
            yield row, text


def sentences(page: Notebook) -> Iterator[Sentence]:
    """The sentences of a page, in order; items of lists and rows of tables count as such."""
    paragraph: list[Line] = []
    for line in lines(page):
        follows = paragraph and (
            line.number == paragraph[-1].number + 1 and line.cell is paragraph[-1].cell
        )
        if not line.text.strip() or not follows or _BEGINS_ANEW.match(line.text):
            yield from _sentences(paragraph)
            paragraph = []
        if line.text.strip():
            paragraph.append(line)
    yield from _sentences(paragraph)


def _sentences(paragraph: Sequence[Line]) -> Iterator[Sentence]:
    text, starts = "", []
    for line in paragraph:
        starts.append((len(text), line.number))
        text += line.text.strip() + " "
    start, item = 0, ITEM.match(text)
    for end in [
        *(match.end() for match in _ENDS.finditer(text, item.end() if item else 0)),
        len(text),
    ]:
        if text[start:end].strip():
            within = [(max(at - start, 0), number) for at, number in starts if at < end]
            yield Sentence(text[start:end].rstrip(), within)
        start = end


def roles(text: str) -> Iterator[tuple[int, str, str]]:
    """The roles in a text with their places, names and contents; one that is shown as code is
    none."""
    at = 0
    while ticks := _TICKS.search(text, at):
        if match := ROLE.match(text, ticks.start()):
            yield match.start(), match[1], match[3]
        at = (match or _CODE.match(text, ticks.start()) or ticks).end()


def words(text: str) -> str:
    """A text of the same length in which roles, code, formulas, links and HTML are blank: only
    what is read as words is left."""

    def role(match: re.Match) -> str:
        if match[1] in ("index", "term", "ref", "numref", "doc", "any") and "<" in match[3]:
            shown = NAMED.match(match[3])
            return (shown[1] if shown else "").ljust(len(match[0]))
        return (match[3] if match[1] in ("index", "term") else "").ljust(len(match[0]))

    text = ROLE.sub(role, text)
    for pattern in (r"`+[^`]+`+", r"\$[^$]+\$", r"\]\([^)]*\)", r"<[^>]+>", r"https?://\S+"):
        text = re.sub(pattern, lambda match: " " * len(match[0]), text)
    return text
