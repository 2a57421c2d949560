"""Books of a few lines, for tests that ask one thing each."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

from tests.imprint.conftest import write

ONE_EDITION = "title: T\n"
TWO_EDITIONS = """\
title: T
editions:
  alpha: {title: Alpha, default: true, preamble: "edition = 'alpha'"}
  beta: {title: Beta, preamble: "edition = 'beta'"}
"""


def book(
    root: Path,
    pages: dict[str, str],
    config: str = TWO_EDITIONS,
    files: dict[str, str] | None = None,
) -> Path:
    """A book of the given pages, the first of them the root of its contents."""
    first, *others = pages
    toc = f"format: jb-book\nroot: {first.rpartition('.')[0]}\n"
    if others:
        toc += "chapters:\n" + "".join(f"- file: {name.rpartition('.')[0]}\n" for name in others)
    return write(root, {"_config.yml": config, "_toc.yml": toc, **pages, **(files or {})})


def page(*cells: str, front: str = "") -> str:
    """A page of code cells (prose where it begins with ``| ``); ``front`` goes under imprint:"""
    kernel = "kernelspec: {name: python3, display_name: Python 3}\n"
    text = f"---\n{kernel}imprint: {{{front}}}\n---\n# A Page\n\n"
    for cell in cells:
        if cell.startswith("| "):
            text += cell[2:] + "\n\n"
        else:
            text += f"```{{code-cell}} python\n{cell}\n```\n\n"
    return text


def ran(output: str) -> set[str]:
    """The runs that a build says it did, whether they failed or not."""
    return set(re.findall(r"^\[\d+/\d+\] (.+?) (?:ok|failed) ", output, re.MULTILINE))


def entries(root: Path) -> list[Path]:
    """What the store holds."""
    return sorted((root / "build/store").rglob("*.json"))


def stored(root: Path, page: str, edition: str | None = None) -> dict:
    """The kept notebook of a page's run."""
    for path in entries(root):
        entry = json.loads(path.read_bytes().partition(b"\n")[2])
        if (entry["record"]["page"], entry["record"]["edition"]) == (page, edition):
            return entry["notebook"]
    raise AssertionError(f"no result of {page} [{edition}] is kept")


def texts(notebook: dict) -> list[str]:
    """What each code cell printed or showed as text."""
    return [
        "".join(
            output.get("text", "") or output.get("data", {}).get("text/plain", "")
            for output in cell["outputs"]
        )
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def junit(root: Path) -> dict[tuple[str, str], ElementTree.Element]:
    """The test cases of the report, by page and edition."""
    suite = ElementTree.parse(root / "build/report/junit.xml").getroot()
    return {(case.attrib["name"], case.attrib["classname"]): case for case in suite}
