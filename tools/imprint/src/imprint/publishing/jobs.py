"""Website, PDFs, e-books: what goes into each Sphinx build, and where its result goes."""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from imprint import notebooks, products
from imprint.book import Book, Edition
from imprint.decks import decks, file_name
from imprint.errors import BookError
from imprint.hosted import addresses
from imprint.library import dotted, exports, reference
from imprint.memo import digest
from imprint.pages import Notebook
from imprint.plan import Plan
from imprint.publishing import downloads, pdf, settings
from imprint.publishing.editions import LIBRARY, page_text
from imprint.publishing.sphinx import Job, run
from imprint.records import notes
from imprint.store import write_whole


def website_job(book: Book, pages: Sequence[Notebook], done: Plan, options: Any) -> Job:
    """The site of all the editions that were asked for."""
    names = [edition.name for edition in options.editions]
    texts = {}
    for page in pages:
        docname = page.page.docname
        if page.path.endswith(".rst"):
            continue
        if names:
            results = {name: done.executed.get(name, {}).get(docname) for name in names}
            node = notebooks.merged(page, names, results)
        else:
            node = notebooks.readable(page, None, done.executed.get("", {}).get(docname))
        records = done.records_of(page.path, names)
        texts[docname] = page_text(notes(book, page, records).beside(node))
    described = _libraries(book, options.editions, texts)
    work = book.build / "work"
    overrides = {
        "imprint_editions": {edition.name: edition.title for edition in options.editions},
        "imprint_library": described,
        "imprint_names": _names(book, options.editions),
        "imprint_name": products.file_name(book, None),
        "imprint_downloads": [
            path.name
            for target, path in _downloads(book, options.editions)
            if target in options.targets or path.exists()
        ],
        "imprint_hosted": addresses(book.hosted) if book.hosted else {},
        "imprint_slides": _slides(book, pages, options),
        "imprint_notebooks": {
            page.page.docname: [name for name in names if page.in_edition(name)]
            for page in pages
            if page.executable
        },
    }
    return Job(
        book.root, "html", settings.website(book, options.editions), texts,
        work / "html", work / "doctrees-html", overrides,
    )  # fmt: skip


def _slides(book: Book, pages: Sequence[Notebook], options: Any) -> dict[str, dict[str, str]]:
    """By edition: the presentation of each page's chapter, where there is one."""
    found = {}
    for edition in options.editions if book.slides else ():
        if "slides" in options.targets or products.slides(book, edition).exists():
            chapters = decks(pages, edition)
            found[edition.name] = {
                page.page.docname: file_name(page.page.chapter)
                for page in pages
                if page.page.chapter in chapters
            }
    return found


def latex_job(book: Book, pages: Sequence[Notebook], done: Plan, edition: Edition | None) -> Job:
    """The LaTeX of one edition."""
    return _edition_job("latex", settings.latex, book, pages, done, edition)


def excerpt(job: Job, name: str, docnames: Sequence[str]) -> Job:
    """The LaTeX of some pages, called ``name``; Sphinx remembers of the book what it has read."""
    (start, _, *rest), *_ = job.settings["latex_documents"]
    chosen = {
        "extensions": [*job.settings["extensions"], "imprint.publishing.excerpt"],
        "latex_documents": [(start, f"{name}.tex", *rest)], "imprint_excerpt": list(docnames),
    }  # fmt: skip
    output = job.output.with_name(f"{job.output.name}-excerpt")
    return replace(job, settings={**job.settings, **chosen}, output=output)


def epub_job(book: Book, pages: Sequence[Notebook], done: Plan, edition: Edition | None) -> Job:
    """The e-book of one edition."""
    return _edition_job("epub", settings.epub, book, pages, done, edition)


def _edition_job(
    builder: str,
    settings_of: Callable[[Book, Edition | None], dict[str, Any]],
    book: Book,
    pages: Sequence[Notebook],
    done: Plan,
    edition: Edition | None,
) -> Job:
    """What one builder makes of one edition."""
    name = edition.name if edition else ""
    texts = {}
    for page in pages:
        if page.path.endswith(".rst"):
            continue
        docname = page.page.docname
        node = notebooks.readable(page, name or None, done.executed.get(name, {}).get(docname))
        told = notes(book, page, done.records_of(page.path, [name] if name else []))
        texts[docname] = page_text(replace(told, runs={}).beside(node), directives=False)
    described = _libraries(book, [edition] if edition else [], texts)
    work = book.build / "work"
    folder = f"{builder}-{name}" if name else builder
    return Job(
        book.root, builder, settings_of(book, edition), texts,
        work / folder, work / f"doctrees-{folder}",
        overrides={"imprint_library": described},
    )  # fmt: skip


def _names(book: Book, editions: Iterable[Edition]) -> dict[str, tuple[str, str, dict[str, str]]]:
    """The names that pages save: the page and the label of the section of each, and what it is
    called in full in the editions' modules."""
    docnames = {page.path: page.docname for page in book.pages}
    found: dict[str, tuple[str, str, dict[str, str]]] = {}
    for edition in editions:
        if edition.settings.library:
            module = str(edition.settings.library)
            for name, export in exports((book.root / module).read_text("utf-8")).items():
                place = docnames.get(export.path), export.label
                *place, entries = found.get(name, (*place, {}))
                if all(place):
                    entries = {**entries, edition.name: f"{dotted(module)}.{name}"}
                    found[name] = *place, entries
    return found


def _libraries(
    book: Book, editions: Iterable[Edition], texts: dict[str, str]
) -> dict[str, dict[str, str]]:
    """What the pages that ask for it show of the editions' libraries, by directive and edition;
    such a page's text changes when that does."""
    described: dict[str, dict[str, str]] = {name: {} for name in LIBRARY}
    asking = [name for name, text in texts.items() if any(f"{{{one}}}" in text for one in LIBRARY)]
    for edition in editions if asking else ():
        definitions, aliases = described.values()
        if edition.settings.library:
            module = str(edition.settings.library)
            definitions[edition.name] = reference.definitions(book.root, module, edition.aliases)
        if edition.aliases:
            aliases[edition.name] = reference.alias_table(edition.aliases)
    for page in asking:
        for name, of in described.items():
            mark = f"{{{name}}}"
            texts[page] = texts[page].replace(mark, f"{mark} {digest(of)}")
    return described


def make_website(job: Job) -> list[str]:
    """Build the site in its working folder; the warnings."""
    return run(job)


def make_pdf(job: Job, path: Path) -> list[str]:
    """Build one edition's PDF and put it in its place; the warnings.

    Raises BookError where TeX is missing or stops.
    """
    if absent := pdf.missing():
        raise absent
    warnings = run(job)
    log = path.parent.parent / "report" / f"{path.stem}.log"
    made, complaints = pdf.make(job.output, path.stem, log, str(job.settings["latex_engine"]))
    write_whole(path, made.read_bytes())
    return [*warnings, *(f"{line} ({path.name})" for line in complaints)]


def make_epub(job: Job, path: Path) -> list[str]:
    """Build one edition's e-book and put it in its place; the warnings."""
    shutil.rmtree(job.output, ignore_errors=True)  # everything in the folder goes into the book
    warnings = run(job)
    write_whole(path, (job.output / path.name).read_bytes())
    return warnings


def timed(make: Callable[..., list[str]], *given: Any) -> tuple[float, list[str]]:
    """Seconds that it took, and what it returned."""
    began = time.monotonic()
    result = make(*given)
    return time.monotonic() - began, result


def replace_site(
    book: Book, texts: Mapping[str, Mapping[str, str]], listing: Iterable[str]
) -> None:
    """Put the finished site in place of the one that is there, with the notebooks of ``texts`` and
    the downloads listed on the pages named in ``listing``.

    Files that did not change are linked to the old site's, so that this costs what changed.
    Raises BookError where it cannot be written; the old site stays.
    """
    try:
        new = _next_site(book, texts, listing)
    except OSError as error:
        reason = error.strerror or "the disk is full or not to be written on"
        raise BookError(f"cannot write the site: {reason}", book.build) from None
    site, old = products.website(book), book.build / ".html-old"
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def _next_site(book: Book, texts: Mapping[str, Mapping[str, str]], listing: Iterable[str]) -> Path:
    """The folder of the finished site with its downloads, beside the site that is there."""
    work, site = book.build / "work" / "html", products.website(book)
    new = book.build / ".html-new"
    shutil.rmtree(new, ignore_errors=True)

    def place(source: str, target: str) -> str:
        old = site / Path(target).relative_to(new)
        if old.is_file() and _same(old, Path(source)):
            os.link(old, target)
        else:
            shutil.copy2(source, target)
        return target

    shutil.copytree(work, new, ignore=_catalogues, copy_function=place)
    folder = new / downloads.FOLDER
    for edition, pages in texts.items():
        for docname, text in pages.items():
            path = folder / edition / f"{docname}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    offered: dict[tuple[str, str], list[Path]] = {}
    for edition in map(book.edition, texts):
        made = [path for _, path in _downloads(book, [edition]) if path.exists()]
        offered[edition.name, edition.title] = made
        for path in made:
            shutil.copy2(path, folder / path.name)
        if book.slides and (slides := products.slides(book, edition)).exists():
            shutil.copytree(slides, folder / downloads.SLIDES / edition.name)
    for docname in listing:
        page = new / f"{docname}.html"
        text = downloads.filled(
            page.read_text("utf-8"), "../" * docname.count("/") + downloads.FOLDER, offered
        )
        page.unlink()  # it may be the old site's file as well
        page.write_text(text, "utf-8")
    return new


def _catalogues(folder: str, names: list[str]) -> list[str]:
    """What a theme has its words translated with; no browser reads these hundred folders."""
    if "locales" not in names:
        return []
    files = [path for path in Path(folder, "locales").rglob("*") if path.is_file()]
    return ["locales"] if all(path.suffix in (".po", ".mo") for path in files) else []


def _downloads(book: Book, editions: Iterable[Edition]) -> Iterator[tuple[str, Path]]:
    """What the site offers beside its pages, each with the target that makes it."""
    for edition in editions:
        yield "pdf", products.pdf(book, edition)
        yield "epub", products.epub(book, edition)
        yield "notebooks", products.archive(book, edition)


def _same(one: Path, other: Path) -> bool:
    first, second = one.stat(), other.stat()
    return first.st_size == second.st_size and first.st_mtime_ns == second.st_mtime_ns
