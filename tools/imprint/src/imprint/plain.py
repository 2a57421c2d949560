"""MyST as Markdown that any Jupyter shows: references as links, figures as images.

A notebook by itself has no numbers from the book: figures, tables and equations are counted in
each page, and a section is called by its title.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from imprint.cells import Cell
from imprint.exercises import ANCHOR
from imprint.pages import Notebook
from imprint.works import Works

ROLE = re.compile(r"(?<!`)\{([\w:.-]+)\}(`+)(.+?)\2(?!`)", re.DOTALL)
TARGET = re.compile(r"\((?P<label>[\w:.-]+)\)=\s*$")
HEADING = re.compile(r"#+\s+(?P<title>.*?)\s*#*$")
EQUATION = re.compile(r"(?P<math>.*\$\$)\s*\((?P<label>[\w:.-]+)\)\s*$")
FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}(?!.*`)|~{3,}|:{3,})\s*(?P<info>.*)$")
DIRECTIVE = re.compile(r"\{(?P<name>[\w:-]+)\}\s*(?P<argument>.*)$")
OPTION = re.compile(r":(?P<key>[\w-]+):\s*(?P<value>.*)$")
ANCHORS = re.compile(rf"\{{{ANCHOR}\}}`([^`]+)`")
WORDS = {"figure": "Figure", "table": "Table", "equation": "Equation"}
FIGURES, TABLES = ("figure", "image"), ("table", "list-table", "csv-table")


@dataclass(frozen=True)
class Place:
    """What a label leads to: a section by its title, or something else by its number."""

    page: Notebook
    kind: str
    name: str


@dataclass(frozen=True)
class Around:
    """What a cell stands in: its page, where labels lead, and the works that may be cited."""

    page: Notebook
    labels: Mapping[str, Place]
    works: Works


@dataclass(frozen=True)
class Block:
    """A directive, taken apart."""

    name: str
    argument: str
    options: Mapping[str, str]
    body: list[str]


def places(pages: Iterable[Notebook], edition: str | None) -> dict[str, Place]:
    """Where every label of an edition leads."""
    found: dict[str, Place] = {}
    for page in pages:
        counts = dict.fromkeys(WORDS, 0)
        for kind, label, title in _labels(page, edition):
            if kind in counts:
                counts[kind] += 1
            if label:
                found[label] = Place(page, kind, title or str(counts.get(kind, "")))
    return found


def plain_markdown(text: str, around: Around) -> str:
    """A Markdown cell's text without what only MyST knows."""
    return "\n".join(_plain(text.split("\n"), around))


def caption(cell: Cell, around: Around) -> str | None:
    """What stands under the figure that a code cell draws; None where it has no caption."""
    figure = _figure(cell)
    if not figure.get("caption"):
        return None
    text = _inline(str(figure["caption"]), around)
    return f"*{_numbered(text, around.labels.get(str(figure.get('name'))))}*"


def references(page: Notebook, edition: str, works: Works) -> str | None:
    """The works that an edition's page cites, as its notebook ends with; None if it cites none."""
    texts = [
        cell.source if cell.kind == "markdown" else str(_figure(cell).get("caption", ""))
        for _, cell in page.select(edition)
    ]
    roles = ROLE.findall("\n".join(texts))
    listed = works.listed(content for name, _, content in roles if name.startswith("cite"))
    return "\n".join(["**References**", "", *(f"- {work}" for work in listed)]) if listed else None


def _figure(cell: Cell) -> Mapping[str, Any]:
    """What a code cell says of the figure that it draws, in MyST-NB's form."""
    shown = cell.metadata.get("mystnb")
    figure = shown.get("figure") if isinstance(shown, Mapping) else None
    return figure if isinstance(figure, Mapping) else {}


def _labels(page: Notebook, edition: str | None) -> Iterator[tuple[str, str | None, str]]:
    """All that is labelled or counted, in order: its kind, label and title."""
    for _, cell in page.select(edition):
        if cell.kind == "markdown":
            yield from _labels_of(cell.source.split("\n"))
        elif figure := _figure(cell):
            yield "figure", figure.get("name"), ""


def _labels_of(lines: list[str]) -> Iterator[tuple[str, str | None, str]]:
    waiting: list[str] = []
    for part in _parts(lines):
        if isinstance(part, Block):
            label = part.options.get("name") or part.options.get("label")
            if part.name == "figure":
                yield "figure", label, ""
            elif part.name in TABLES:
                yield "table", label, ""
            elif part.name == "math" and label:
                yield "equation", label, ""
            else:
                if label:
                    yield "section", label, part.argument
                yield from _labels_of(part.body)
            continue
        yield from (("section", anchor, "") for anchor in ANCHORS.findall(part))
        if target := TARGET.match(part):
            waiting.append(target["label"])
        elif heading := HEADING.match(part):
            yield from (("section", label, heading["title"]) for label in waiting)
            waiting = []
        elif equation := EQUATION.match(part):
            yield "equation", equation["label"], ""


def _parts(lines: list[str]) -> Iterator[str | Block]:
    """Lines and directives, in order; the lines of other fences come as they are."""
    at = 0
    while at < len(lines):
        opening = FENCE.match(lines[at])
        end = _closing(lines, at, opening["fence"]) if opening else None
        directive = DIRECTIVE.match(opening["info"]) if opening else None
        if opening is None or end is None:
            yield lines[at]
            at += 1
            continue
        indent = len(opening["indent"])
        inside = [
            line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in lines[at + 1 : end]
        ]
        if directive:
            options, body = _options(inside)
            yield Block(directive["name"], directive["argument"].strip(), options, body)
        else:
            yield Block("", "\n".join([lines[at], *lines[at + 1 : end + 1]]), {}, [])
        at = end + 1


def _closing(lines: list[str], at: int, fence: str) -> int | None:
    """The line that closes the fence opened at ``at``."""
    inner: list[str] = []
    for number in range(at + 1, len(lines)):
        line = lines[number].strip()
        found = FENCE.match(line)
        if fence[0] == ":" and found and found["fence"][0] == ":" and found["info"].strip():
            inner.append(found["fence"])
        elif line and set(line) == {fence[0]}:
            if inner and len(line) >= len(inner[-1]) and len(inner[-1]) <= len(fence):
                inner.pop()
            elif len(line) >= len(fence):
                return number
    return None


def _options(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """A directive's options, ``:key: value`` or YAML between ``---``, and its body."""
    if (
        lines
        and lines[0].strip() == "---"
        and "---" in (rest := [line.strip() for line in lines[1:]])
    ):
        end = rest.index("---") + 1
        given = yaml.safe_load("\n".join(lines[1:end])) or {}
        return {str(key): str(value) for key, value in given.items()}, lines[end + 1 :]
    options = {}
    for number, line in enumerate(lines):
        option = OPTION.match(line)
        if not option:
            return options, lines[number:]
        options[option["key"]] = option["value"].strip()
    return options, []


def _plain(lines: list[str], around: Around) -> list[str]:
    shown: list[str] = []
    prose: list[str] = []

    def flush() -> None:
        if prose:
            text = ANCHORS.sub("", "\n".join(prose))  # a role may begin where one ends
            shown.extend(ROLE.sub(lambda match: _role(match, around), text).split("\n"))
            prose.clear()

    for part in _parts(lines):
        if isinstance(part, Block):
            flush()
            shown += _directive(part, around)
        elif TARGET.match(part):
            continue
        elif equation := EQUATION.match(part):
            prose.append(_tagged(equation["math"], around.labels.get(equation["label"])))
        else:
            prose.append(part)
    flush()
    return shown


def _tagged(math: str, place: Place | None) -> str:
    """The end of an equation with its number."""
    number = f" \\tag{{{place.name}}}" if place else ""
    return f"{math[:-2]}{number}$$"


def _directive(block: Block, around: Around) -> list[str]:
    if not block.name:
        return block.argument.split("\n")
    place = around.labels.get(block.options.get("name") or block.options.get("label") or "")
    body = _plain(block.body, around)
    content = "\n".join(body).strip()
    if block.name in FIGURES:
        image = f"![{block.options.get('alt', '')}]({block.argument})"
        caption = _numbered(content, place)
        return [image, "", f"*{caption}*"] if caption else [image]
    if block.name == "math":
        math = "\n".join(block.body).strip()
        return ["$$", math + (f" \\tag{{{place.name}}}" if place else ""), "$$"]
    if block.name in ("code-block", "code", "sourcecode"):
        return [f"```{block.argument}", *block.body, "```"]
    if block.name == "list-table":
        caption = _numbered(_inline(block.argument, around), place)
        return [*([f"*{caption}*", ""] if caption else []), *_table(body)]
    if block.name == "button-ref":
        return [_link(content or block.argument, block.argument, around)]
    if block.name in ("bibliography", "tableofcontents", "contents", "toctree", "raw", "index"):
        return []
    if block.name.startswith("grid") or block.name in ("div", "container", "table", "tab-set"):
        title = (
            block.argument if block.name.startswith("grid-item") or block.name == "table" else ""
        )
        heading = [f"**{_inline(title, around)}**", ""] if title else []
        return [*heading, *content.split("\n")]
    title = block.argument or block.name.rpartition(":")[2].replace("-", " ").capitalize()
    quoted = [f"> {line}".rstrip() for line in content.split("\n")] if content else []
    return [f"> **{_inline(title, around)}**", *([">"] if quoted else []), *quoted]


def _numbered(caption: str, place: Place | None) -> str:
    """A caption on one line, after its number."""
    text = " ".join(caption.split())
    return (
        f"{WORDS[place.kind]} {place.name}. {text}".strip()
        if place and place.kind in WORDS
        else text
    )


def _table(lines: list[str]) -> list[str]:
    """The rows of a list-table as a Markdown table; the first row is its head."""
    rows: list[list[str]] = []
    for line in lines:
        if row := re.match(r"\s*[*-]\s+[*-]\s?(.*)$", line):
            rows.append([row[1]])
        elif rows and (item := re.match(r"\s+[*-](?:\s+(.*))?$", line)):
            rows[-1].append(item[1] or "")
        elif rows and line.strip():
            rows[-1][-1] += f" {line.strip()}"
    if not rows:
        return lines
    width = max(map(len, rows))
    cells = [
        [cell.strip().replace("|", "\\|") for cell in row] + [""] * (width - len(row))
        for row in rows
    ]
    shown = [f"| {' | '.join(row)} |" for row in cells]
    return [shown[0], "|" + " --- |" * width, *shown[1:]]


def _inline(text: str, around: Around) -> str:
    return ROLE.sub(lambda match: _role(match, around), text)


def _role(match: re.Match, around: Around) -> str:
    name, _, content = match.groups()
    if name == ANCHOR:
        return ""
    if name == "math":
        return f"${content}$"
    if name in ("code", "file", "kbd", "command", "py:func", "func", "class", "meth", "mod"):
        return f"`{content.lstrip('~')}`"
    if name.startswith("cite"):
        return around.works.cited(name, content)
    explicit = re.fullmatch(r"(.*?)\s*<([^<>]+)>", content, re.DOTALL)
    shown, target = explicit.groups() if explicit else (content, content)
    if name in ("numref", "ref", "eq", "doc", "any"):
        return _link(shown if explicit else "", target, around)
    return shown


def _link(shown: str, target: str, around: Around) -> str:
    """A reference: a link to another page's notebook, plain words within the page's own."""
    place = around.labels.get(target)
    if place is None:
        return shown or target
    if place.kind in WORDS:
        name = (
            f"({place.name})" if place.kind == "equation" else f"{WORDS[place.kind]} {place.name}"
        )
        named = f"{name} of {place.page.title}"
    else:
        name = named = place.name or place.page.title
    name = shown.replace("%s", place.name).replace("{number}", place.name) if shown else name
    if place.page is around.page:
        return name
    there = relative(around.page, place.page)
    return f"[{name if shown else named}]({there})"


def relative(page: Notebook, there: Notebook) -> str:
    """The path from one page's notebook to another's."""
    here = PurePosixPath(page.page.docname).parent
    target = PurePosixPath(there.page.docname + ".ipynb")
    up = 0
    while not target.is_relative_to(here):
        here, up = here.parent, up + 1
    return "../" * up + target.relative_to(here).as_posix()
