"""The report of a build: full logs and a JUnit file under ``build/report``, a table at the end."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from imprint.errors import at
from imprint.execution.run import Failure, Result
from imprint.products import Product
from imprint.store import write_whole

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, for example the colours of a terminal."""


def write_junit(path: Path, results: Iterable[Result], kept: Sequence[str]) -> None:
    """One test case a run, in JUnit's XML (the form that CI systems read)."""
    results = list(results)
    suite = ElementTree.Element(
        "testsuite",
        name="notebooks",
        tests=str(len(results) + len(kept)),
        failures=str(sum(result.failure is not None for result in results)),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = ElementTree.SubElement(
            suite, "testcase", classname=result.run.edition or "book",
            name=result.run.page, time=f"{result.seconds:.3f}",
        )  # fmt: skip
        if result.failure:
            problem = ElementTree.SubElement(
                case, "failure", type=result.failure.kind, message=NOT_XML.sub("?", where(result))
            )
            problem.text = NOT_XML.sub("?", result.failure.log)
    for name in kept:
        page, _, edition = name.partition(" [")
        ElementTree.SubElement(
            suite, "testcase", classname=edition.rstrip("]") or "book", name=page, time="0"
        )
    write_whole(path, ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))


def write_logs(folder: Path, results: Iterable[Result]) -> None:
    """The full traceback of each failure, in a file of its own."""
    for result in results:
        if result.failure:
            stem = result.run.docname.replace("/", "--")
            name = f"{stem}--{result.run.edition}" if result.run.edition else stem
            write_whole(
                folder / f"{name}.log",
                f"{where(result)}\n\n{result.failure.log}\n".encode("utf-8", "replace"),
            )


def where(result: Result) -> str:
    """Page, line, edition, cell and the error's last line, for a failed run."""
    failure: Failure = result.failure  # type: ignore[assignment]
    place = at(result.run.page, failure.line)
    parts = [result.run.edition, None if failure.cell is None else f"cell {failure.cell + 1}"]
    inside = ", ".join(filter(None, parts))
    return f"{place}: {f'[{inside}] ' if inside else ''}{failure.message}"


def show_products(console: Console, root: Path, products: Sequence[Product]) -> None:
    """The short table at the end: what, where, how big, how long."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("built", "where", "size", "time"):
        table.add_column(column, justify="right" if column in ("size", "time") else "left")
    for product in products:
        try:
            shown = str(product.path.relative_to(root))
        except ValueError:
            shown = str(product.path)
        size = "not built" if product.problem else human_size(product.path)
        time = "unchanged" if product.unchanged else f"{product.seconds:.1f} s"
        table.add_row(product.name, shown, size, time)
    console.print(table)


def human_size(path: Path) -> str:
    files = path.rglob("*") if path.is_dir() else [path]
    size = float(sum(file.stat().st_size for file in files if file.is_file()))
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
