"""How a build's figures are said: durations, sizes of memory, short forms of names and of code.

The terminal and the report say them alike.
"""

import re
from pathlib import PurePosixPath

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""Escape sequences of terminals (ECMA-48): CSI, OSC, and those of two characters."""
CONTROL = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that neither XML nor HTML can show."""


def duration(seconds: float) -> str:
    """``0.4 s``, ``4.2 s``, ``42 s``, ``3 min 20 s``, ``1 h 12 min``: two figures that count."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = round(whole / 60)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def memory(size: float | None) -> str:
    """Bytes as ``850 MB`` or ``1.2 GB`` (decimal), nothing where they are unknown."""
    if not size:
        return ""
    if size < 999.5e6:
        return f"{size / 1e6:.0f} MB"
    return f"{size / 1e9:.1f} GB"


def count(number: int, noun: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def stem(page: str) -> str:
    """A page's shortest name: its file's, or its folder's where the file is an index."""
    path = PurePosixPath(page)
    return path.parent.name if path.stem == "index" and path.parent.name else path.stem


def first_line(source: str, width: int = 60) -> str:
    """The first line of code in a cell, shortened; a comment where there is nothing else."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    line = next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def plain(text: str) -> str:
    """Text without the colours of a terminal and without what cannot be shown."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", ANSI.sub("", text).replace("\r\n", "\n"))
