"""The build: from a book's sources to everything that readers take away. Start here."""

import datetime
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from imprint import plan, report
from imprint.book import Book, Edition
from imprint.errors import BookError
from imprint.execution.run import Result
from imprint.execution.scheduler import Slots, run_all
from imprint.pages import Notebook
from imprint.plan import Plan
from imprint.products import TARGETS, Product
from imprint.progress import RunProgress
from imprint.settings import ProfileName
from imprint.sources import read_pages, sync
from imprint.stamps import Stamps
from imprint.store import Store, open_store


@dataclass(frozen=True)
class Options:
    """What one build was asked for."""

    targets: tuple[str, ...] = TARGETS
    editions: tuple[Edition, ...] = ()
    profile: ProfileName = "smoke"
    jobs: int | None = None
    pages: tuple[str, ...] = ()
    strict: bool = False


def build(book: Book, options: Options, console: Console) -> bool:
    """Make the targets from executed notebooks; whether all went well.

    Raises BookErrors for mistakes in the sources, before anything is executed.
    """
    began, since = time.time(), time.monotonic()
    pages = read_pages(book)
    libraries = sync(book, pages)
    with opened_store(book, console) as store:
        done, failed = execute(book, pages, libraries, store, options, console)
        stamps = Stamps(book, done, options)
        while not failed and stamps.stale and not done.read(store):
            # a kept result proved damaged when it was read: it runs again
            done, failed = execute(book, pages, libraries, store, options, console)
    if failed:
        return False
    if done.left and options.targets:
        raise BookError(
            f"{len(done.left)} pages outside --page have no results yet, first {done.left[0]}",
            remedy="build without --page, or only execute: imprint run --page",
        )
    executed = Product("results of notebooks", store.folder, time.monotonic() - since)
    if not stamps.stale:
        report.show_products(console, book.root, [executed, *stamps.products])
        return True
    from imprint.publishing.press import publish  # Sphinx is slow to import

    stamps.remove()
    made, warnings = publish(book, pages, done, options)
    problems = [product for product in made if product.problem]
    if not problems and not warnings:
        stamps.put(began)
    for warning in warnings:
        console.print(warning, style="yellow", highlight=False, markup=False, soft_wrap=True)
    report.show_products(console, book.root, [executed, *made])
    for product in problems:
        console.print(
            f"{product.name} was not built: {product.problem}",
            style="red", highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
    return not problems and not (options.strict and warnings)


def opened_store(book: Book, console: Console) -> Store:
    """Where results are kept."""
    return open_store(book.build / "store", notice=lambda line: console.print(line, style="yellow"))


def execute(
    book: Book,
    pages: Sequence[Notebook],
    libraries: Mapping[str, str],
    store: Store,
    options: Options,
    console: Console,
) -> tuple[Plan, list[Result]]:
    """Run what the store does not hold; the plan with all results, and the failed runs."""
    slots = Slots.here(options.jobs)
    planned = plan.make(
        book, pages, store, profile=options.profile, editions=options.editions,
        libraries=libraries, pages=options.pages, gpus=bool(slots.gpus),
    )  # fmt: skip
    results: list[Result] = []
    with RunProgress(console, len(planned.runs), len(planned.kept)) as progress:
        for result in run_all(
            planned.runs, slots, book.root,
            started=progress.started, cell_started=progress.cell_started,
        ):  # fmt: skip
            results.append(result)
            if result.failure is None:
                record = _record(result)
                store.put(result.run.fingerprint, result.executed, record)
                planned.take(result.run, result.executed, record)
            progress.ended(result)
    reports = book.build / "report"
    failed = [result for result in results if result.failure]
    shutil.rmtree(reports / "logs", ignore_errors=True)
    report.write_logs(reports / "logs", failed)
    report.write_junit(reports / "junit.xml", results, [kept.name for kept in planned.kept])
    if failed:
        console.print(f"\n{len(failed)} notebooks failed:", style="bold red", highlight=False)
        for result in failed:
            console.print(report.where(result), highlight=False, markup=False, soft_wrap=True)
        console.print(f"full logs: {(reports / 'logs').relative_to(book.root)}", highlight=False)
    return planned, failed


def _record(result: Result) -> dict[str, Any]:
    """What is kept about a run beside its notebook."""
    return {
        "page": result.run.page,
        "edition": result.run.edition,
        "profile": result.run.profile,
        "parameters": dict(result.run.parameters),
        "seconds": result.seconds,
        "cell_seconds": {str(index): value for index, value in result.cell_seconds.items()},
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
