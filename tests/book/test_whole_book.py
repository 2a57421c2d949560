"""What a newcomer gets from `make book` is whole and clean."""

import re
import subprocess
import zipfile

import nbformat
import pytest
from bs4 import BeautifulSoup
from imprint.book import load
from imprint.library import exports
from pypdf import PdfReader

from tests.book.whole import ROOT, imprint, junit, page_names, titles

pytestmark = pytest.mark.xdist_group("book")
EDITIONS = ("torch", "mxnet")
RAW = re.compile(
    r"\{(numref|ref|eq|cite|index|math)[:\w]*\}|\[\?\]|^```|^:::|imprint-edition|@@", re.M
)


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
        page = BeautifulSoup((book / f"html/{name}.html").read_text("utf-8"), "html.parser")
        article = page.find("article")
        assert title in article.find("h1").get_text().replace("’", "'"), name
        for code in article.find_all(["pre", "code", "script"]):
            code.decompose()
        assert not RAW.search(article.get_text()), (name, RAW.search(article.get_text()))


def test_every_reference_on_the_site_leads_somewhere(book):
    site = book / "html"
    for name in page_names():
        path = site / f"{name}.html"
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for element in page.find_all(["a", "img", "script", "link"]):
            target = element.get("href") or element.get("src") or ""
            target, _, anchor = target.partition("#")
            if "://" in target or target.startswith(("mailto:", "data:", "javascript:")):
                continue
            there = (path.parent / target.partition("?")[0]).resolve() if target else path
            assert there.exists(), f"{name}: {target}"
            if anchor and there.suffix == ".html" and element.name == "a" and "/" not in anchor:
                assert re.search(rf'id="{re.escape(anchor)}"', there.read_text("utf-8")), (
                    f"{name}: {target}#{anchor}"
                )


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_pdf_has_every_page_and_no_gap(book, edition):
    text = subprocess.run(
        ["pdftotext", "-layout", book / f"pdf/d2l-{edition}.pdf", "-"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    flat = re.sub(r"\s+", " ", text).replace("’", "'")
    for name, title in list(titles().items())[1:]:  # the landing page is the website's
        assert title in flat, name
    assert not re.search(r"\[\?\]|\{(numref|eq|cite)", text)
    other = next(name for name in EDITIONS if name != edition)
    # in every notebook's first cell; the other edition's only where Installation shows both
    assert text.count(f"from d2l import {edition} as d2l") >= len(notebook_pages()) - 1
    assert text.count(f"from d2l import {other} as d2l") <= 1
    for heading in ("Contents", "Chapter 2", "References", "Index"):
        assert heading in text


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_speaks_in_its_own_frameworks_words(book, edition):
    """Behind the front matter, where readers choose, and before the table of the aliases."""
    pdf = PdfReader(book / f"pdf/d2l-{edition}.pdf")
    pages = [page.extract_text() for page in pdf.pages]
    first = max(number for number, label in enumerate(pdf.page_labels) if label == "1")
    last = max(number for number, text in enumerate(pages) if text.startswith("d2l API"))
    assert last - first > 100
    (settings,) = (one for one in load(ROOT).editions if one.name == edition)
    aliases = "|".join(settings.aliases.targets)
    (other,) = (one.title for one in load(ROOT).editions if one.name != edition)
    for number, text in enumerate(pages[first:last], first + 1):
        assert not re.search(rf"\b{other}\b", text), f"page {number}"
        assert not (found := re.search(rf"d2l\.({aliases})\b", text)), (number, found)


def test_the_reference_has_every_public_name_of_both_libraries(book):
    page = BeautifulSoup(
        (book / "html/chapters/appendix-tools/d2l.html").read_text(), "html.parser"
    )
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
