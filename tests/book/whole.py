"""This book: its folder, its pages, and the command line in it."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import yaml

ROOT = Path(__file__).parents[2]


def imprint(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "imprint.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def page_names() -> list[str]:
    """The book's pages in reading order, without suffix."""

    def files(node):
        if isinstance(node, dict):
            yield from (value for key, value in node.items() if key in ("root", "file"))
            node = node.values()
        if not isinstance(node, str | int):
            for child in node:
                yield from files(child)

    return list(files(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))))


def titles() -> dict[str, str]:
    """Each page's title as its source has it."""
    found = {}
    for name in page_names():
        lines = (ROOT / f"{name}.md").read_text("utf-8").splitlines()
        found[name] = next(line[2:].strip() for line in lines if line.startswith("# "))
    return found


def junit(book: Path) -> ElementTree.Element:
    return ElementTree.parse(book / "report/junit.xml").getroot()
