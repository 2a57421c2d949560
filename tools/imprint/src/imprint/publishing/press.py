"""The press: all products of a build, made beside each other in processes if there are several."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from imprint import archives, products
from imprint.book import Book, Edition
from imprint.errors import BookError
from imprint.pages import Notebook
from imprint.parallel import end_with_parent
from imprint.plan import Plan
from imprint.products import Product
from imprint.publishing import jobs
from imprint.publishing.processes import beside


def publish(
    book: Book, pages: Sequence[Notebook], done: Plan, options: Any
) -> tuple[list[Product], list[str]]:
    """Make the website, the PDFs and the archives; what was built and Sphinx's warnings."""
    wanted = products.wanted(book, options.targets, options.editions)
    make_texts = partial(_texts, book, pages, done, options)
    taken = "html" in wanted or "notebooks" in options.targets
    texts = beside(make_texts) if taken else make_texts
    makers: dict[str, tuple[Callable[..., list[str]], tuple]] = {}
    if "html" in wanted:
        makers["html"] = jobs.make_website, (jobs.website_job(book, pages, done, options),)
    if "pdf" in options.targets:
        for edition in options.editions or (None,):
            name = f"pdf {edition.name}" if edition else "pdf"
            job = jobs.latex_job(book, pages, done, edition)
            makers[name] = jobs.make_pdf, (job, wanted[name])
    made: dict[str, Product] = {}
    warnings: list[str] = []
    with _pool(len(makers)) as pool:
        futures = {name: pool.submit(jobs.timed, make, *of) for name, (make, of) in makers.items()}
        if "notebooks" in options.targets:
            made |= _pack(book, options.editions, texts())
        for name, future in futures.items():
            made[name], lines = _outcome(name, wanted[name], future)
            warnings += [line for line in lines if line not in warnings]
    site = made.get("html")
    if site and not site.problem and not (options.strict and warnings):
        jobs.replace_site(book, texts())
    return [made[name] for name in wanted], warnings


def _texts(
    book: Book, pages: Sequence[Notebook], done: Plan, options: Any
) -> dict[str, dict[str, str]]:
    """The notebooks that are offered for download, by edition and docname."""
    return {
        edition.name: archives.notebooks(book, edition, pages, done) for edition in options.editions
    }


class _Here(Executor):
    """Does what it is given at once: a process more would first import Sphinx again."""

    def submit(self, do: Callable[..., Any], /, *given: Any) -> "Future[Any]":  # type: ignore
        future: Future[Any] = Future()
        try:
            future.set_result(do(*given))
        except BookError as error:
            future.set_exception(error)
        return future


def _pool(number: int) -> Executor:
    """What makes several products at once, each in a process; a single one here."""
    if number < 2:
        return _Here()
    return ProcessPoolExecutor(min(3, number), get_context("spawn"), end_with_parent)


def _pack(
    book: Book, editions: Sequence[Edition], texts: Mapping[str, Mapping[str, str]]
) -> dict[str, Product]:
    made = {}
    for edition in editions:
        began = time.monotonic()
        path = products.archive(book, edition)
        files = archives.companions(book, edition, texts[edition.name])
        files |= {f"{page}.ipynb": text.encode() for page, text in texts[edition.name].items()}
        archives.pack(path, {f"{path.stem}/{file}": data for file, data in files.items()})
        name = f"notebooks {edition.name}"
        made[name] = Product(name, path, time.monotonic() - began)
    return made


def _outcome(name: str, path: Path, future: "Future[Any]") -> tuple[Product, list[str]]:
    try:
        seconds, warnings = future.result()
    except BookError as error:
        return Product(name, path, problem=str(error)), []
    return Product(name, path, seconds), warnings
