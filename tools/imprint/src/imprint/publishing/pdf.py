"""From Sphinx's LaTeX to a PDF, with latexmk."""

import json
import re
import shutil
import subprocess
import sys
from bisect import bisect
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path

from imprint.errors import BookError

TEX_PACKAGES = (
    "texlive-xetex", "texlive-latex-extra", "texlive-fonts-recommended", "latexmk",
    "fonts-texgyre", "fonts-texgyre-math", "fonts-dejavu-core", "librsvg2-bin",
)  # fmt: skip
TOO_WIDE = 1
"""Points by which a line may be too long before anybody is told."""
OVERFULL = re.compile(r"Overfull \\hbox \((?P<points>\d+\.\d+)pt too wide\)")
AT_LINE = re.compile(r"(?:at lines? |input line )(\d+)")
PLACES = ".places"
"""The suffix of the file beside LaTeX's that says with which lines of it blocks of the sources
begin."""
PROGRAMS = ("xelatex", "latexmk", "makeindex", "rsvg-convert")


def missing() -> BookError | None:
    """What a PDF needs that is not on this machine, with the command that installs it."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if not absent:
        return None
    command = f"sudo apt-get install --no-install-recommends {' '.join(TEX_PACKAGES)}"
    if sys.platform == "darwin":
        command = "brew install --cask mactex && brew install librsvg"
    return BookError(f"no PDF without {', '.join(absent)}", remedy=f"install: {command}")


def make(folder: Path, name: str, log: Path, engine: str = "xelatex") -> tuple[Path, list[str]]:
    """Typeset ``folder/name.tex``; the PDF and what LaTeX complained of.

    ``log`` receives LaTeX's whole log. Raises BookError with the first error's lines where
    there is no PDF.
    """
    tex = folder / f"{name}.tex"
    flag = {"xelatex": "-xelatex", "lualatex": "-lualatex"}.get(engine, "-pdf")
    command = ["latexmk", flag, "-interaction=nonstopmode", "-halt-on-error", "-file-line-error"]
    done = subprocess.run(
        [*command, tex.name], cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    output = done.stdout.decode("utf-8", "replace")
    full = tex.with_suffix(".log")
    text = full.read_text("utf-8", "replace") if full.exists() else output
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(text, "utf-8")
    if done.returncode:
        error = re.search(r"^(?:!|[^\n:]+:\d+:) .*(?:\n.*){0,3}", text, re.M)
        raise BookError(
            f"LaTeX could not typeset it: {error.group(0) if error else output[-500:]}", log
        )
    kept = tex.with_suffix(PLACES)
    places = json.loads(kept.read_text("utf-8")) if kept.exists() else []
    return tex.with_suffix(".pdf"), complaints(text, places, f"{name}.ind")


def complaints(log: str, places: Sequence[tuple[int, str]], index: str) -> list[str]:
    """What a reader would see of LaTeX's warnings, each at the author's line where that is known:
    missing glyphs, undefined references, and lines that are too long. ``places`` are lines of
    LaTeX with what begins there; ``index`` is the file of the index, which is nobody's text."""
    found = []
    opened = re.compile(rf"\((?:\./)?{re.escape(index)}\b")
    for line in log.splitlines():
        if opened.search(line):
            places = []
        overfull = OVERFULL.match(line)
        if overfull and float(overfull["points"]) > TOO_WIDE:
            said = f"{overfull['points']} pt wider than the page's text"
        elif line.startswith("Missing character"):
            said = line
        elif "undefined" in line and line.startswith("LaTeX Warning"):
            said = line
        else:
            continue
        number = AT_LINE.search(line)
        before = bisect(places, int(number[1]), key=itemgetter(0)) if number else 0
        found.append(f"{places[before - 1][1]}: WARNING: {said}" if before else line)
    return found
