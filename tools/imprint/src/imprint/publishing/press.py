"""The press: all products of a build, made beside each other in processes if there are several."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from imprint import archives, products
from imprint.alone import Alone
from imprint.book import Book, Edition, matches
from imprint.errors import BookError
from imprint.hosted import Hosted
from imprint.pages import Notebook
from imprint.parallel import end_with_parent
from imprint.plan import Plan
from imprint.products import Product
from imprint.publishing import downloads, jobs
from imprint.publishing.processes import beside
from imprint.store import write_folder


def publish(
    book: Book, pages: Sequence[Notebook], done: Plan, options: Any
) -> tuple[list[Product], list[str]]:
    """Make the website, the PDFs and the archives; what was built and Sphinx's warnings."""
    wanted = products.wanted(book, options.targets, options.editions, options.pages)
    make_texts = partial(_texts, book, pages, done, options)
    taken = {"html", "notebooks", "slides"}.intersection(options.targets)
    texts = beside(make_texts) if taken else make_texts
    makers: dict[str, tuple[Callable[..., list[str]], tuple]] = {}
    listing: list[str] = []
    if "html" in wanted:
        job = jobs.website_job(book, pages, done, options)
        listing = [page for page, text in job.texts.items() if downloads.MARK in text]
        makers["html"] = jobs.make_website, (job,)
    for target, job_of, make in (
        ("pdf", jobs.latex_job, jobs.make_pdf),
        ("epub", jobs.epub_job, jobs.make_epub),
    ):
        for edition in options.editions or (None,):
            name = products.title(target, edition)
            if name in wanted:
                job = job_of(book, pages, done, edition)
                if target == "pdf" and options.pages:
                    asked = [one for one in pages if matches(one.path, options.pages)]
                    names = [one.page.docname for one in asked]
                    job = jobs.excerpt(job, wanted[name].stem, names)
                makers[name] = make, (job, wanted[name])
    made: dict[str, Product] = {}
    warnings: list[str] = []
    with _pool(len(makers)) as pool:
        futures = {name: pool.submit(jobs.timed, make, *of) for name, (make, of) in makers.items()}
        if "notebooks" in options.targets:
            made |= _pack(book, options.editions, texts().packed)
            if book.hosted:
                made |= _host(book, options.editions, pages, texts(), warnings)
        if "slides" in options.targets and book.slides:
            made |= _present(book, options.editions, pages, texts().packed)
        for name, future in futures.items():
            made[name], lines = _outcome(name, wanted[name], future)
            warnings += [line for line in lines if line not in warnings]
    site = made.get("html")
    if site:
        warnings += texts().warnings
    if site and not site.problem and not (options.strict and warnings):
        jobs.replace_site(book, texts().alone, listing)
    return [made[name] for name in wanted], warnings


class _Texts(NamedTuple):
    """The notebooks that are offered for download, by edition and docname."""

    packed: dict[str, dict[str, str]]
    """Those that stand beside each other in an archive."""
    alone: dict[str, dict[str, str]]
    """Those of the website, each for itself."""
    warnings: list[str]


def _texts(book: Book, pages: Sequence[Notebook], done: Plan, options: Any) -> _Texts:
    texts = _Texts({}, {}, [])
    for edition in options.editions:
        packed = archives.notebooks(book, edition, pages, done)
        texts.packed[edition.name] = packed
        if "html" in options.targets:
            alone = Alone(book, edition)
            texts.alone[edition.name] = {page: alone.text(page, packed[page]) for page in packed}
            texts.warnings.extend(alone.warnings)
    return texts


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


def _host(
    book: Book, editions: Sequence[Edition], pages: Sequence[Notebook], texts: _Texts,
    warnings: list[str],
) -> dict[str, Product]:  # fmt: skip
    made = {}
    for edition in editions:
        began = time.monotonic()
        hosted = Hosted(book, edition, book.hosted)
        path = products.hosted(book, edition)
        write_folder(path, hosted.files(pages, texts.packed[edition.name]))
        warnings += [line for line in hosted.warnings if line not in warnings]
        name = f"hosted {edition.name}"
        made[name] = Product(name, path, time.monotonic() - began)
    return made


def _present(
    book: Book, editions: Sequence[Edition], pages: Sequence[Notebook],
    texts: Mapping[str, Mapping[str, str]],
) -> dict[str, Product]:  # fmt: skip
    from imprint.publishing import slides  # nbconvert is slow to import

    made = {}
    for edition in editions:
        began = time.monotonic()
        path = slides.make(book, edition, pages, texts[edition.name])
        name = products.title("slides", edition)
        made[name] = Product(name, path, time.monotonic() - began)
    return made


def _outcome(name: str, path: Path, future: "Future[Any]") -> tuple[Product, list[str]]:
    try:
        seconds, warnings = future.result()
    except BookError as error:
        return Product(name, path, problem=str(error)), []
    except BrokenProcessPool:
        return Product(name, path, problem="its process was ended; was there enough memory?"), []
    return Product(name, path, seconds), warnings
