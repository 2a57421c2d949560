"""From Sphinx's LaTeX to a PDF, with latexmk."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from imprint.errors import BookError

TEX_PACKAGES = (
    "texlive-xetex", "texlive-latex-extra", "texlive-fonts-recommended", "latexmk",
    "fonts-texgyre", "fonts-texgyre-math", "fonts-dejavu-core", "librsvg2-bin",
)  # fmt: skip
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
    return tex.with_suffix(".pdf"), complaints(text)


def complaints(log: str) -> list[str]:
    """What a reader would see of LaTeX's warnings: missing glyphs, undefined references and
    lines more than 5 pt too long."""
    found = []
    for line in log.splitlines():
        overfull = re.match(r"Overfull \\hbox \((\d+\.\d+)pt too wide\)", line)
        if (overfull and float(overfull.group(1)) > 5) or line.startswith("Missing character"):
            found.append(line)
        elif "undefined" in line and line.startswith("LaTeX Warning"):
            found.append(line)
    return found
