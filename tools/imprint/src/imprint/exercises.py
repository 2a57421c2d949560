"""Exercises and their solutions, linked both ways.

The last section of a page with the heading ``Exercises`` holds one ordered list, an exercise an
item. In a page of solutions a section with the label ``sol-<page>`` has a heading for each,
``### Exercise 1``. A page is called by its file's name, its chapter's opening page by its folder's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from imprint.cells import Cell, parsed
from imprint.pages import Notebook

SECTION = re.compile(r"\(sol-([\w.-]+)\)=\s*$")
HEADING = re.compile(r"(#+)\s+(.*?)\s*#*$")
NUMBER = re.compile(r"(?:Exercise |Solution )?(\d+)\.?$")
TARGET = re.compile(r"\([\w:.-]+\)=\s*$")
_NO_TEXT = re.compile(r"\$\$|^\s*(?:\d+[.)]\s+)?(?:\\begin\{|\|)")
ANCHOR = "imprint-anchor"
"""A role that makes what stands there a label, in the middle of a line."""


@dataclass(frozen=True)
class Exercise:
    """An exercise or a solution."""

    name: str
    """The page's, which has it."""
    number: int
    cell: int
    """The index of its cell in its page."""
    first: int
    """Its first line in the cell, from 0."""
    last: int
    """The last line of its first paragraph, where a link may stand; -1 if it begins with none."""
    line: int
    """The page's line, from 1."""

    @property
    def key(self) -> tuple[str, int]:
        return self.name, self.number

    @property
    def label(self) -> str:
        return f"ex-{self.name}-{self.number}"

    @property
    def solution(self) -> str:
        return f"sol-{self.name}-{self.number}"


def name_of(page: Notebook) -> str:
    """What a page is called in the label of its solutions."""
    path = PurePosixPath(page.page.docname)
    return path.parent.name if path.name == "index" and path.parent.name else path.name


def exercises(page: Notebook) -> list[Exercise]:
    """The exercises of a page."""
    found: list[Exercise] = []
    depth = 0  # of the heading Exercises, while it lasts
    for index, cell in _prose(page):
        number = 0  # of the next item, within the list
        for token in parsed(cell.source) if depth or "Exercises" in cell.source else ():
            if token.type == "heading_open" and not token.level:
                heading = HEADING.match(cell.source.split("\n")[token.map[0]])
                level = len(heading[1]) if heading else depth
                if heading and heading[2] == "Exercises":
                    found, depth = [], level
                elif level <= depth:
                    depth = 0
            elif depth and token.type == "ordered_list_open" and not token.level:
                start = token.attrGet("start")
                number = 1 if start is None else int(start)
            elif token.type == "ordered_list_close" and not token.level:
                number = 0
            elif number and token.type == "list_item_open" and token.level == 1:
                first = token.map[0]
                found.append(_exercise(name_of(page), number, index, cell, first, -1))
                number += 1
            elif number and token.type == "paragraph_open" and token.level == 2:
                if token.map[0] == found[-1].first:
                    found[-1] = replace(found[-1], last=_end_of_text(cell, *token.map))
    return found


def solutions(page: Notebook) -> list[Exercise]:
    """The solutions on a page, to the exercises of any others."""
    found: dict[tuple[str, int], Exercise] = {}
    name, depth, waiting = "", 0, ""
    for index, cell in _prose(page):
        if not name and "(sol-" not in cell.source:
            continue
        for row, level, text in headings(cell.source):
            if not level:
                waiting = text
                continue
            own, waiting = waiting, ""
            labelled = level > depth and re.fullmatch(rf"{re.escape(name)}-\d+", own)
            if own and not labelled:
                name, depth = own, level
            elif level <= depth:
                name = ""
            elif name and level == depth + 1 and (number := NUMBER.match(text)):
                one = _exercise(name, int(number[1]), index, cell, row, row)
                found.setdefault(one.key, one)
    return list(found.values())


def linked(pages: Sequence[Notebook]) -> list[Notebook]:
    """The pages, each exercise with a link to its solution and each solution with one back."""
    asked = {page.path: exercises(page) for page in pages}
    solved = {page.path: solutions(page) for page in pages}
    several = _called_alike(pages)
    both = {one.key for each in asked.values() for one in each if one.last >= 0} & {
        one.key for each in solved.values() for one in each if one.name not in several
    }
    return [
        _with_links(
            page,
            [one for one in asked[page.path] if one.key in both and one.last >= 0],
            [one for one in solved[page.path] if one.key in both],
        )
        for page in pages
    ]


def _called_alike(pages: Sequence[Notebook]) -> set[str]:
    """The names of several pages that have exercises."""
    names = [name_of(page) for page in pages if exercises(page)]
    return {name for name in names if names.count(name) > 1}


def unmatched(pages: Sequence[Notebook]) -> Iterator[tuple[Notebook, Exercise, str]]:
    """Each exercise without a solution, where the book has solutions, and each solution without an
    exercise."""
    asked = {one.key for page in pages for one in exercises(page)}
    solved = {one.key for page in pages for one in solutions(page)}
    several = _called_alike(pages)
    for page in pages if solved else ():
        for one in exercises(page):
            if one.name in several:
                yield page, one, f"another page with exercises is called {one.name!r}, too"
            elif one.key not in solved:
                yield page, one, f"exercise {one.number} has no solution"
        for one in solutions(page):
            if one.key not in asked:
                yield page, one, f"there is no exercise {one.number} on a page {one.name!r}"


def _with_links(page: Notebook, asked: Sequence[Exercise], solved: Sequence[Exercise]) -> Notebook:
    if not asked and not solved:
        return page
    cells: list[Cell] = []
    for index, cell in enumerate(page.cells):
        here = [one for one in asked if one.cell == index]
        if here:
            cell = replace(cell, source=_exercises_linked(cell.source, here))
        cells += _solutions_linked(cell, [one for one in solved if one.cell == index])
    return replace(page, cells=tuple(cells))


def _exercises_linked(source: str, here: Sequence[Exercise]) -> str:
    lines, anchored = source.split("\n"), set()
    for one in here:
        lines[one.last] += f" ({{ref}}`Solution <{one.solution}>`)"
        marker = re.match(r"\s*\d+[.)]\s+", lines[one.first])
        end = marker.end() if marker else 0
        anchor = "" if one.key in anchored else f"{{{ANCHOR}}}`{one.label}`"
        anchored.add(one.key)
        lines[one.first] = lines[one.first][:end] + anchor + lines[one.first][end:]
    return "\n".join(lines)


def _solutions_linked(cell: Cell, here: Sequence[Exercise]) -> Iterator[Cell]:
    """The cell in pieces, each with the line on which it begins, so that labels and links between
    them move no line."""
    lines, start = cell.source.split("\n"), 0

    def piece(source: Sequence[str], row: int) -> Cell:
        return replace(cell, source="\n".join(source), line=max(cell.line + row, cell.line))

    for one in here:
        label = f"({one.solution})="
        if label in (line.strip() for line in lines[start : one.first]):
            yield piece(lines[start : one.first + 1], start)  # the author's own
        else:
            first = one.first
            while first > start and TARGET.match(lines[first - 1]):
                first -= 1
            if any(line.strip() for line in lines[start:first]):
                yield piece(lines[start:first], start)
            yield piece([label, *lines[first : one.first + 1]], first - 1)
        yield piece([f"{{ref}}`To the exercise <{one.label}>`"], one.first)
        start = one.first + 1
    if any(line.strip() for line in lines[start:]) or not here:
        yield piece(lines[start:], start)


def _end_of_text(cell: Cell, begin: int, end: int) -> int:
    """The last line of a paragraph that is text: a displayed formula or a table may end it."""
    lines = cell.source.split("\n")[begin:end]
    other = next((row for row, line in enumerate(lines) if _NO_TEXT.search(line)), len(lines))
    return begin + other - 1 if other else -1


def _prose(page: Notebook) -> Iterator[tuple[int, Cell]]:
    for index, cell in enumerate(page.cells):
        if cell.kind == "markdown":
            yield index, cell


def _exercise(name: str, number: int, index: int, cell: Cell, first: int, last: int) -> Exercise:
    return Exercise(name, number, index, first, last, cell.page_line(first + 1))


def headings(source: str) -> Iterator[tuple[int, int, str]]:
    """The headings of Markdown: their lines from 0, levels and texts. Level 0 is none, but the name
    in the label of a section of solutions."""
    lines = source.split("\n")
    for token in parsed(source):
        if token.type == "heading_open" and not token.level:
            row = token.map[0]
            if row and (label := SECTION.match(lines[row - 1])):
                yield row - 1, 0, label[1]
            if heading := HEADING.match(lines[row]):
                yield row, len(heading[1]), heading[2]
