"""The files that other programs and people with an editor read: JUnit's XML, and full logs."""

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from imprint.errors import at
from imprint.execution.run import Failure, Result
from imprint.report.account import is_failure
from imprint.store import write_whole

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, for example the colours of a terminal."""


def write_junit(path: Path, results: Iterable[Result], kept: Iterable[str]) -> None:
    """One test case a run, in JUnit's XML (the form that CI systems read). Raises BookError."""
    results, kept = list(results), list(kept)
    suite = ElementTree.Element(
        "testsuite",
        name="notebooks",
        tests=str(len(results) + len(kept)),
        failures=str(sum(map(is_failure, results))),
        skipped=str(
            sum(result.failure is not None for result in results if not is_failure(result))
        ),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = ElementTree.SubElement(
            suite, "testcase", classname=result.run.edition or "book",
            name=result.run.page, time=f"{result.seconds:.3f}",
        )  # fmt: skip
        if is_failure(result):
            failure: Failure = result.failure  # type: ignore[assignment]
            problem = ElementTree.SubElement(
                case, "failure", type=failure.kind, message=NOT_XML.sub("?", where(result))
            )
            problem.text = NOT_XML.sub("?", failure.log)
        elif result.failure:
            ElementTree.SubElement(case, "skipped", message=result.failure.message)
    for name in kept:
        page, _, edition = name.partition(" [")
        ElementTree.SubElement(
            suite, "testcase", classname=edition.rstrip("]") or "book", name=page, time="0"
        )
    write_whole(
        path, ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True), durable=False
    )


def write_logs(folder: Path, results: Iterable[Result]) -> None:
    """The full traceback of each failure, in a file of its own. Raises BookError."""
    for result in results:
        if result.failure:
            write_whole(
                folder / log_name(result),
                f"{where(result)}\n\n{result.failure.log}\n".encode("utf-8", "replace"),
                durable=False,
            )


def log_name(result: Result) -> str:
    """The file of a failed run's log."""
    stem = result.run.docname.replace("/", "--")
    return f"{stem}--{result.run.edition}.log" if result.run.edition else f"{stem}.log"


def where(result: Result) -> str:
    """Page, line, edition, cell and the error's last line, for a failed run."""
    failure: Failure = result.failure  # type: ignore[assignment]
    place = at(result.run.page, failure.line)
    parts = [result.run.edition, None if failure.cell is None else f"cell {failure.cell + 1}"]
    inside = ", ".join(filter(None, parts))
    return f"{place}: {f'[{inside}] ' if inside else ''}{failure.message}"
