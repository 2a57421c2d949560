"""The build: from a book's sources to everything that readers take away. Start here."""

import datetime
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console

from imprint import archives, library, plan, report
from imprint import pages as page_files
from imprint.book import Book, Edition
from imprint.errors import BookError, Gathering
from imprint.execution.run import Result
from imprint.execution.scheduler import Slots, run_all
from imprint.pages import Notebook
from imprint.plan import Plan
from imprint.progress import RunProgress
from imprint.report import Product
from imprint.settings import ProfileName
from imprint.store import Store, write_whole

TARGETS = ("html", "pdf", "notebooks")


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
    began = time.monotonic()
    pages = read_pages(book)
    libraries = sync(book, pages)
    done, failed = execute(book, pages, libraries, options, console)
    if failed:
        return False
    if done.left and options.targets:
        raise BookError(
            f"{len(done.left)} pages outside --page have no results yet, first {done.left[0]}",
            remedy="build without --page, or only execute: imprint run --page",
        )
    executed = Product("results of notebooks", book.build / "store", time.monotonic() - began)
    products, warnings = publish(book, pages, done, options, console)
    for warning in warnings:
        console.print(warning, style="yellow", highlight=False, markup=False, soft_wrap=True)
    report.show_products(console, book.root, [executed, *products])
    problems = [product for product in products if product.problem]
    for product in problems:
        console.print(
            f"{product.name} was not built: {product.problem}",
            style="red", highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
    return not problems and not (options.strict and warnings)


def read_pages(book: Book) -> list[Notebook]:
    """All pages in reading order. Raises BookErrors with the mistakes of all of them."""
    read, mistakes = [], Gathering()
    for page in book.pages:
        with mistakes:
            read.append(page_files.read(book, page))
    mistakes.finish()
    return read


def generate(book: Book, pages: Sequence[Notebook]) -> dict[str, str]:
    """The text of each edition's library by edition. Raises BookErrors."""
    texts, mistakes = {}, Gathering()
    for edition in book.editions:
        if edition.settings.library:
            cells = [
                (page, [cell for _, cell in page.select(edition.name)])
                for page in pages
                if page.in_edition(edition.name)
            ]
            with mistakes:
                texts[edition.name] = library.generate(
                    edition.name, edition.settings.library, cells
                )
    mistakes.finish()
    return texts


def sync(book: Book, pages: Sequence[Notebook]) -> dict[str, str]:
    """Write each edition's library where it is stale; their texts by edition."""
    texts = generate(book, pages)
    for name, text in texts.items():
        path = book.root / str(book.edition(name).settings.library)
        if not path.exists() or path.read_text("utf-8") != text:
            write_whole(path, text.encode())
    return texts


def execute(
    book: Book,
    pages: Sequence[Notebook],
    libraries: Mapping[str, str],
    options: Options,
    console: Console,
) -> tuple[Plan, list[Result]]:
    """Run what the store does not hold; the plan with all results, and the failed runs."""
    store = Store(book.build / "store", lambda line: console.print(line, style="yellow"))
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
                planned.take(result.run, result.executed)
                store.put(result.run.fingerprint, result.executed, _record(result, options))
            progress.ended(result)
    reports = book.build / "report"
    failed = [result for result in results if result.failure]
    shutil.rmtree(reports / "logs", ignore_errors=True)
    report.write_logs(reports / "logs", failed)
    report.write_junit(reports / "junit.xml", results, planned.kept)
    if failed:
        console.print(f"\n{len(failed)} notebooks failed:", style="bold red", highlight=False)
        for result in failed:
            console.print(report.where(result), highlight=False, markup=False, soft_wrap=True)
        console.print(f"full logs: {(reports / 'logs').relative_to(book.root)}", highlight=False)
    return planned, failed


def publish(
    book: Book, pages: Sequence[Notebook], done: Plan, options: Options, console: Console
) -> tuple[list[Product], list[str]]:
    """Make the website, the PDFs and the archives; what was built and Sphinx's warnings.

    The Sphinx builds go on beside each other, each in a process of its own.
    """
    from imprint.publishing import products  # Sphinx is slow to import: only where it is used

    made: list[Product] = []
    warnings: list[str] = []
    texts = {
        edition.name: archives.notebooks(book, edition, pages, done.executed.get(edition.name, {}))
        for edition in options.editions
    }
    makers: list[tuple[str, Path, Callable, tuple]] = []
    if "pdf" in options.targets:
        for edition in options.editions or (None,):
            path = products.pdf_path(book, edition)
            job = products.latex_job(book, pages, done, edition, options.profile)
            makers.append((f"pdf {edition.name}" if edition else "pdf", path,
                           products.make_pdf, (job, path)))  # fmt: skip
    if "html" in options.targets:
        path = book.build / "html"
        job = products.website_job(book, pages, done, options)
        makers.insert(0, ("html", path, products.make_website, (job,)))
    processes = min(3, len(makers) or 1)
    with ProcessPoolExecutor(processes, get_context("spawn"), products.end_with_parent) as pool:
        futures = [
            (name, path, pool.submit(products.timed, make, *given))
            for name, path, make, given in makers
        ]
        if "notebooks" in options.targets:
            made += _pack(book, options.editions, texts)
        for name, path, future in futures:
            product, lines = _outcome(name, path, future)
            made.append(product)
            warnings += [line for line in lines if line not in warnings]
    site = next((product for product in made if product.name == "html"), None)
    if site and not site.problem and not (options.strict and warnings):
        products.replace_site(book, texts)
    return sorted(made, key=lambda product: TARGETS.index(product.name.split()[0])), warnings


def _pack(
    book: Book, editions: Sequence[Edition], texts: Mapping[str, Mapping[str, str]]
) -> list[Product]:
    made = []
    for edition in editions:
        began = time.monotonic()
        path = archives.path(book, edition)
        files = archives.companions(book, edition, texts[edition.name])
        files |= {f"{page}.ipynb": text.encode() for page, text in texts[edition.name].items()}
        archives.pack(path, {f"{path.stem}/{file}": data for file, data in files.items()})
        made.append(Product(f"notebooks {edition.name}", path, time.monotonic() - began))
    return made


def _outcome(name: str, path: Path, future: "Future[Any]") -> tuple[Product, list[str]]:
    try:
        seconds, warnings = future.result()
    except BookError as error:
        return Product(name, path, 0.0, str(error)), []
    return Product(name, path, seconds), warnings


def _record(result: Result, options: Options) -> dict[str, Any]:
    """What is kept about a run beside its notebook."""
    return {
        "page": result.run.page,
        "edition": result.run.edition,
        "profile": options.profile,
        "parameters": dict(result.run.parameters),
        "seconds": result.seconds,
        "cell_seconds": {str(index): value for index, value in result.cell_seconds.items()},
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
