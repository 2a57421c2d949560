"""What a newcomer gets from `make book` is whole and clean."""

import re
import subprocess
import zipfile
from copy import copy
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import nbformat
import numpy
import pytest
from bs4 import BeautifulSoup
from imprint.book import load
from imprint.library import exports
from PIL import Image
from pypdf import PdfReader

from tests.book.whole import ROOT, imprint, junit, page_names, titles
from tests.imprint.test_epub import complaints

pytestmark = pytest.mark.xdist_group("book")
EDITIONS = ("torch", "mxnet")
RAW = re.compile(
    r"\{(numref|ref|eq|cite|index|math)[:\w]*\}|\[\?\]|^```|^:::|imprint-edition|@@", re.M
)


EQUATION = re.compile(r"<mjx-container.*?</mjx-container>", re.S)
"""Most of a page's HTML, and nothing in it that is looked for here."""


@cache
def page_of(path: Path) -> BeautifulSoup:
    """A page of the website, without its equations."""
    return BeautifulSoup(EQUATION.sub("", path.read_text("utf-8")), "html.parser")


@cache
def anchors(path: Path) -> set[str]:
    """The anchors on a page of the website."""
    return {element["id"] for element in page_of(path).select("[id]")}


def print_of(path: Path) -> list[str]:
    """The text of each page of a PDF."""
    done = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    )
    return done.stdout.split("\f")[:-1]


def notebook_pages() -> list[str]:
    return [
        name for name in page_names() if "{code-cell}" in (ROOT / f"{name}.md").read_text("utf-8")
    ]


def test_every_notebook_ran_in_both_editions_and_none_failed(book):
    suite = junit(book)
    assert suite.get("failures") == "0"
    ran = {(case.get("classname"), case.get("name")) for case in suite}
    assert ran == {(edition, f"{page}.md") for edition in EDITIONS for page in notebook_pages()}


def test_every_page_is_on_the_site_without_raw_markup(book):
    for name, title in titles().items():
        article = copy(page_of(book / f"html/{name}.html").find("article"))
        assert title in article.find("h1").get_text().replace("’", "'"), name
        for code in article.find_all(["pre", "code", "script"]):
            code.decompose()
        assert not RAW.search(article.get_text()), (name, RAW.search(article.get_text()))


def test_every_reference_on_the_site_leads_somewhere(book):
    site = book / "html"
    for name in page_names():
        path = site / f"{name}.html"
        for element in page_of(path).find_all(["a", "img", "script", "link"]):
            target = element.get("href") or element.get("src") or ""
            target, _, anchor = target.partition("#")
            if "://" in target or target.startswith(("mailto:", "data:", "javascript:")):
                continue
            there = (path.parent / target.partition("?")[0]).resolve() if target else path
            assert there.exists(), f"{name}: {target}"
            if anchor and there.suffix == ".html" and element.name == "a" and "/" not in anchor:
                assert unquote(anchor) in anchors(there), f"{name}: {target}#{anchor}"


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_pdf_has_every_page_and_no_gap(book, edition):
    text = "\n".join(print_of(book / f"pdf/d2l-{edition}.pdf"))
    flat = re.sub(r"\s+", " ", text).replace("’", "'")
    for name, title in list(titles().items())[1:]:  # the landing page is the website's
        assert title in flat or name == "chapters/colophon", name
    assert not re.search(r"\[\?\]|\{(numref|eq|cite)", text)
    other = next(name for name in EDITIONS if name != edition)
    # in the first cell of every notebook but the home page's; the other edition's only where
    # Installation shows both
    assert text.count(f"from d2l import {edition} as d2l") >= len(notebook_pages()) - 2
    assert text.count(f"from d2l import {other} as d2l") <= 1
    for heading in ("Contents", "Chapter 2", "References", "Index"):
        assert heading in text


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_colophon_stands_on_the_back_of_the_title(book, edition):
    title, colophon, contents, *_ = print_of(book / f"pdf/d2l-{edition}.pdf")
    assert "Dive into Deep Learning" in title
    assert "Licence." in colophon and "Contents" not in colophon
    assert contents.lstrip().startswith("Contents")


@pytest.mark.parametrize("edition", EDITIONS)
def test_pages_are_filled_to_their_feet(book, edition, tmp_path):
    """But for those before a chapter: no page is half empty, and few are by a quarter."""
    path = book / f"pdf/d2l-{edition}.pdf"
    subprocess.run(["pdftoppm", "-r", "20", "-gray", path, tmp_path / "page"], check=True)
    reader = PdfReader(path)
    chapters = [one for one in reader.outline if not isinstance(one, list)]
    openings = {reader.get_destination_page_number(one) for one in chapters}
    feet = {}
    for number, file in enumerate(sorted(tmp_path.iterdir())):
        if openings & {number, number + 1, number + 2} or number + 1 == len(reader.pages):
            continue
        page = numpy.array(Image.open(file))
        text = page[len(page) * 9 // 100 : len(page) * 91 // 100] < 200  # without head and number
        inked = numpy.flatnonzero(text.any(axis=1))
        feet[number + 1] = 1 - (inked[-1] + 1) / len(text) if len(inked) else 1
    assert len(feet) > 800
    assert max(feet.values()) < 0.5, sorted(feet, key=feet.get)[-5:]
    assert sum(foot > 0.25 for foot in feet.values()) < 0.05 * len(feet)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_index_sets_words_as_words_and_names_as_code(book, edition):
    """On the first of its pages."""
    reader = PdfReader(book / f"pdf/d2l-{edition}.pdf")
    (index,) = (one for one in reader.outline if not isinstance(one, list) and one.title == "Index")
    fonts = {}

    def note(text, _, __, font, ___):
        for word in text.split():
            fonts[word] = str(font["/BaseFont"])

    reader.pages[reader.get_destination_page_number(index)].extract_text(visitor_text=note)
    assert "Mono" in fonts["accuracy()"] and "Mono" not in fonts["activation"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_speaks_in_its_own_frameworks_words(book, edition):
    """Behind the front matter, where readers choose, and before the table of the aliases."""
    path = book / f"pdf/d2l-{edition}.pdf"
    pages, labels = print_of(path), PdfReader(path).page_labels
    assert len(pages) == len(labels)
    first = max(number for number, label in enumerate(labels) if label == "1")
    last = max(number for number, text in enumerate(pages) if text.lstrip().startswith("d2l API"))
    assert last - first > 100
    (settings,) = (one for one in load(ROOT).editions if one.name == edition)
    aliases = "|".join(settings.aliases.targets)
    (other,) = (one.title for one in load(ROOT).editions if one.name != edition)
    for number, text in enumerate(pages[first:last], first + 1):
        assert not re.search(rf"\b{other}\b", text), f"page {number}"
        assert not (found := re.search(rf"d2l\.({aliases})\b", text)), (number, found)


@pytest.mark.parametrize("edition", EDITIONS)
def test_epubcheck_finds_nothing_in_the_e_book(book, edition):
    assert complaints(book / f"epub/d2l-{edition}.epub", "--failonwarnings") == ""


def test_the_reference_has_every_public_name_of_both_libraries(book):
    page = page_of(book / "html/chapters/appendix-tools/d2l.html")
    shown = {element["id"] for element in page.select("dt[id]")}
    for edition in EDITIONS:
        names = exports((ROOT / f"d2l/{edition}.py").read_text("utf-8"))
        (settings,) = (one for one in load(ROOT).editions if one.name == edition)
        aliases = set(settings.aliases.targets)
        assert len(names) > len(aliases) >= 30
        wanted = {f"d2l.{edition}.{name}" for name in [*names, "download"] if name not in aliases}
        assert wanted <= shown, wanted - shown
    table = page.find("table").get_text()
    assert all(f"d2l.{alias}" in table for alias in aliases)


def test_what_the_pages_say_breaks_no_rule():
    done = imprint("check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_archive_holds_every_notebook_and_what_it_needs(book, edition):
    with zipfile.ZipFile(book / f"notebooks/d2l-{edition}.zip") as archive:
        names = set(archive.namelist())
        top = f"d2l-{edition}"
        assert {f"{top}/{name}.ipynb" for name in page_names()} <= names
        assert {f"{top}/{name}" for name in ("README.md", "requirements.txt", "pyproject.toml",
                f"d2l/{edition}.py", "d2l/data.py")} <= names  # fmt: skip
        for name in names:
            text = archive.read(name).decode("utf-8")
            assert str(ROOT) not in text, name
            if name.endswith(".ipynb"):
                nbformat.validate(nbformat.reads(text, as_version=4))
                prose = "\n".join(
                    cell.source
                    for cell in nbformat.reads(text, as_version=4).cells
                    if cell.cell_type == "markdown"
                )
                assert not re.search(r"\{(numref|ref|eq|cite)[:\w]*\}`", prose), name


def test_a_second_build_runs_nothing(book):
    again = imprint("run")
    assert again.returncode == 0, again.stdout
    assert "notebooks to run" not in again.stdout
    assert re.search(r"all \d+ runs are up to date", again.stdout)
