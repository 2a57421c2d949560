"""What readers are told of the runs that a page's results come from: how far these are from those
of a full run, and when, where, and with what each was made."""

import ast
import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import nbformat

from imprint.book import Book
from imprint.cells import imported
from imprint.library.magics import without_magics
from imprint.pages import Notebook
from imprint.report.words import duration

Record = Mapping[str, Any]
"""What the store keeps about a run beside its notebook."""


@dataclass(frozen=True)
class Notes:
    """Paragraphs of Markdown about the runs of one page."""

    quick: str = ""
    """What a full run would do otherwise; nothing where that is nothing."""
    runs: Mapping[str, str] = field(default_factory=dict)
    """By edition: where and with what it ran."""
    times: Mapping[str, str] = field(default_factory=dict)
    """By edition: when, and how long it took; not in notebooks, which are the same when their
    outputs are."""

    def beside(self, node: Any) -> Any:
        """A notebook for Sphinx with these notes (`publishing/editions.py`)."""
        if self.quick:
            _add(node, "quick", f"```{{imprint-quick}}\n{self.quick}\n```")
        for edition, text in self.runs.items():
            told = f"{text} {self.times[edition]}"
            _add(node, f"run-{edition}", f"```{{imprint-run}}\n{told}\n```", edition)
        return node

    def within(self, node: Any) -> Any:
        """A notebook for Jupyter with these notes, at its head and at its foot."""
        if self.quick:
            node.cells.insert(0, _cell("quick", f"*{self.quick}*"))
        for edition, text in self.runs.items():
            node.cells.append(_cell(f"run-{edition}", text))
        return node


def notes(book: Book, page: Notebook, records: Mapping[str, Record]) -> Notes:
    """The notes on a page whose results are those of the runs given by edition. A book without
    editions has none: its pages are what Jupyter Book makes of them."""
    sampled = bool(book.datasets.sources.get("smoke"))
    runs, times = {}, {}
    for name, record in records.items():
        preload = book.edition(name).settings.preload or ()
        runs[name], times[name] = _ran(record, page, preload), _time(record)
    return Notes(_quick(page, records.values(), sampled), runs, times)


def _quick(page: Notebook, records: Iterable[Record], sampled: bool) -> str:
    given: dict[str, Any] = {}
    data: set[str] = set()
    for record in records:
        if record["profile"] == "smoke":
            given |= record["parameters"]
            data |= set(_datasets(record)) if sampled else set()
    told = []
    if data:
        sample = "small generated samples" if len(data) > 1 else "a small generated sample"
        told.append(f"with {sample} in place of the data {_listed(sorted(data))}")
    if given:
        full = _written(page)
        changed = [
            _code(f"{name} = {given[name]!r}")
            + (f" instead of {_code(full[name])}" if name in full else "")
            for name in given
        ]
        told.append(f"with {_listed(changed)}")
    if not told:
        return ""
    return (
        f"The results on this page come from a quick run, {' and '.join(told)}. "
        "A full run gives other numbers and curves."
    )


def _ran(record: Record, page: Notebook, preload: Iterable[str]) -> str:
    gpus = len(record["gpus"])
    device = {0: "the CPU", 1: "a GPU"}.get(gpus, f"{gpus} GPUs")
    cells = [cell.source for _, cell in page.select(record["edition"])]
    names = {name for cell in cells for name in imported(cell)} | set(preload)
    asked = {name.partition(".")[0].replace("_", "-").lower() for name in names}
    versions = record["versions"]
    used = [f"Python {versions['python']}"]
    used += [f"{name} {versions[name]}" for name in sorted(asked & versions.keys())]
    data = sorted(_datasets(record))
    read = f", with the data {_listed(data)}" if data else ""
    return f"Run on {device}{read}: {_listed(used)}."


def _time(record: Record) -> str:
    date = datetime.datetime.fromisoformat(record["date"])
    return f"It took {duration(record['seconds'])} on {date.day} {date:%B} {date.year}."


def _datasets(record: Record) -> list[str]:
    inputs = record["inputs"]
    return [name.removeprefix("dataset ") for name in inputs if name.startswith("dataset ")]


def _written(page: Notebook) -> dict[str, str]:
    """What a page's own parameters are, as it is written there."""
    found: dict[str, str] = {}
    for cell in page.cells:
        if "parameters" not in cell.tags:
            continue
        for node in ast.walk(ast.parse("\n".join(without_magics(cell.source)[0]))):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    pairs = [(target, node.value)]
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                        pairs = list(zip(target.elts, node.value.elts, strict=False))
                    for name, value in pairs:
                        if isinstance(name, ast.Name):
                            found.setdefault(name.id, ast.unparse(value))
    return found


def _code(text: str) -> str:
    """A code span, with more backticks around it than are in it."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks} {text} {ticks}" if "`" in text else f"`{text}`"


def _listed(words: list[str]) -> str:
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def _add(node: Any, name: str, text: str, edition: str | None = None) -> None:
    cell = _cell(name, text)
    if edition:
        cell.metadata["imprint"] = nbformat.from_dict({"edition": edition})
    node.cells.append(cell)
    lines = node.metadata["source_map"]
    lines.append(lines[-1] if lines else 0)


def _cell(name: str, text: str) -> Any:
    return nbformat.v4.new_markdown_cell(text, id=f"note-{name}")
