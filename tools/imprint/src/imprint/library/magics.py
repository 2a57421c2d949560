"""IPython's own lines (``%magic``, ``!command``, ``name?``) taken out of a cell before Python
reads it, each in its place, so that every line keeps its number."""

import re

_PYTHON_CELLS = {"%%time", "%%timeit", "%%capture", "%%prun"}
"""The cell magics whose cell is still Python."""
_ESCAPED = re.compile(r"\s*[%!?,;/]")
_HELP = re.compile(r"\s*%{0,2}[A-Za-z_*][\w.*\[\]-]*\?{1,2}\s*$")
_ASSIGNED = re.compile(r"([^=#'\"]*[^=#'\"!<>]=\s*)[%!]")
_MAYBE = re.compile(r"^\s*[%!?,;/]|\?\s*$|=\s*[%!]", re.MULTILINE)
"""Stands in every cell with lines of IPython's own, and in few others."""
_OPENING = re.compile(r"#|'''|\"\"\"|'|\"|[()\[\]{}]|\\$")


def without_magics(source: str) -> tuple[list[str], dict[int, str]]:
    """The lines of a cell with IPython's own blanked, and these by their line from 1.

    An indented one becomes ``pass``, an assigned one ``None``: the rest must stay Python.
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    magics: dict[int, str] = {}
    if not _MAYBE.search(text):
        return lines, magics
    filled = [row for row, line in enumerate(lines) if line.strip()]
    if filled and (command := lines[filled[0]]).startswith("%%"):
        others = command.split()[0] not in _PYTHON_CELLS and not _HELP.match(command)
        for row in filled if others else filled[:1]:
            magics[row + 1], lines[row] = lines[row], ""
        if others:
            return lines, magics

    quote, depth, continued, in_magic = "", 0, False, False
    for row, line in enumerate(lines):
        if in_magic:
            replacement = ""
        elif quote or depth or continued:
            replacement = None
        else:
            replacement = _instead(line)
        if replacement is not None:
            magics[row + 1], lines[row] = line, replacement
            in_magic = line.endswith("\\")
            continue
        quote, depth, continued = _state_after(line, quote, depth)
    return lines, magics


def _instead(line: str) -> str | None:
    """What stands for a line of IPython's own; None if it is Python's."""
    if assigned := _ASSIGNED.match(line):
        return assigned[1] + "None"
    if _ESCAPED.match(line) or _HELP.match(line):
        indent = line[: len(line) - len(line.lstrip())]
        return indent and indent + "pass"
    return None


def _state_after(line: str, quote: str, depth: int) -> tuple[str, int, bool]:
    """The string that is open at the end of a line, the number of open brackets, and whether
    a backslash continues it."""
    at = 0
    while True:
        if quote:
            found = re.compile(rf"\\.|{quote}|\\$").search(line, at)
            if found is None or found[0] == "\\":
                return (quote if len(quote) == 3 or found else ""), depth, False
            at = found.end()
            if found[0] == quote:
                quote = ""
            continue
        found = _OPENING.search(line, at)
        if found is None or found[0] == "#":
            return "", depth, False
        at = found.end()
        if found[0] == "\\":
            return "", depth, True
        if found[0] in "([{":
            depth += 1
        elif found[0] in ")]}":
            depth = max(depth - 1, 0)
        else:
            quote = found[0]
