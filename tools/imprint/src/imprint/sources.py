"""The sources: the book's pages read, and the libraries generated from them; what did not change
since the last build is taken from memos."""

from collections.abc import Sequence
from functools import partial

from imprint import library, pages
from imprint.book import CONFIG, Book, Edition, Page
from imprint.cells import Cell
from imprint.errors import Gathering
from imprint.exercises import linked
from imprint.memo import digest, memo
from imprint.pages import Notebook
from imprint.settings import PageSettings, line_numbers, nearest_line, read_source
from imprint.store import write_whole


def read_pages(book: Book) -> list[Notebook]:
    """All pages in reading order, their exercises linked with the solutions. Raises BookErrors
    with the mistakes of all of them."""
    wanted, read, mistakes = [], [], Gathering()
    settings = digest(book.config)
    for page in book.pages:
        with mistakes:
            text = read_source(book.root, page.path)
            wanted.append(((settings, page, text), partial(pages.read, book, page, text)))
    with memo(book.build / "memo" / "pages") as known:
        known.make_ahead(wanted)
        for sources, make in wanted:
            with mistakes:
                read.append(known.value(sources, make))
        mistakes.finish()
    return linked(read)


def generate(book: Book, read: Sequence[Notebook]) -> dict[str, str]:
    """The text of each edition's library by edition. Raises BookErrors."""
    texts, mistakes = {}, Gathering()
    with memo(book.build / "memo" / "libraries") as known:
        for edition in book.editions:
            name, module = edition.name, edition.settings.library
            if not module:
                continue
            cells = [
                (page, [cell for _, cell in page.select(name) if cell.kind == "code"])
                for page in read
                if page.in_edition(name)
            ]
            saved = [(page.path, page.label, [cell.source for cell in of]) for page, of in cells]
            settings = edition.settings.aliases
            with mistakes:
                make = partial(library.generate, name, module, cells, _aliases(book, edition))
                texts[name] = known.value((name, module, saved, settings), make)
        mistakes.finish()
    return texts


def _aliases(book: Book, edition: Edition) -> tuple[Notebook, Sequence[Cell]] | None:
    """A page that defines an edition's aliases, each on the line of the settings that names it."""
    if edition.aliases is None:
        return None
    lines = line_numbers(read_source(book.root, CONFIG))
    cells = []
    for kind in ("functions", "methods", "expressions"):
        for name in getattr(edition.settings.aliases, kind):
            text = "#@save\n" + edition.aliases.targets[name].definition(name)
            line = nearest_line(lines, ("editions", edition.name, "aliases", kind, name)) or 1
            rows = (1,) * (text.count("\n") + 1)
            cells.append(Cell("code", text, line=line, rows=rows))
    page = Notebook(Page(CONFIG, CONFIG), PageSettings(), {}, tuple(cells), None, CONFIG)
    return page, page.cells


def sync(book: Book, read: Sequence[Notebook]) -> dict[str, str]:
    """Write each edition's library where it is stale; their texts by edition."""
    texts = generate(book, read)
    for name, text in texts.items():
        path = book.root / str(book.edition(name).settings.library)
        if not path.exists() or path.read_text("utf-8") != text:
            write_whole(path, text.encode())
    return texts
