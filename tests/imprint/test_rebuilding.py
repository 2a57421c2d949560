"""Promises of a website that is built again: what is read again, what is said of mistakes, and
what is left standing when a build fails or is killed."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.imprint.conftest import (
    BOX,
    CHAPTER,
    CONFIG,
    FIRST,
    FRONT,
    INDEX,
    PREFACE,
    SECOND,
    TOC,
    write,
)

pytestmark = pytest.mark.xdist_group("rebuilding")

SOURCES = {
    "_config.yml": CONFIG + "bibtex_bibfiles: [references.bib]\n", "references.bib": "",
    "_toc.yml": TOC, "index.md": INDEX, "front.md": PREFACE, "one/index.md": CHAPTER,
    "one/first.md": FIRST, "one/second.md": SECOND, "img/box.svg": BOX, "lib/__init__.py": "",
}  # fmt: skip
ENTRY = "@misc{gauss, author={C. F. Gauss}, title={Theoria motus}, year={%s}}"
BROKEN = (
    FRONT % ""
    + """\
(sec-second)=
# A Second Section

Before all cells {ref}`nowhere-first`.

```{code-cell} python
:tags: [alpha]
from lib import alpha as lib
```

```{code-cell} python
:tags: [beta]
from lib import beta as lib
```

+++ {"tags": ["beta"]}

Inside what only beta says
on its second line {ref}`nowhere-inside`.

> Quoted, {numref}`nowhere-quoted`.

+++

After it, somebody {cite:p}`nowhere.1999`.

```{note}
In a note

- and a list, {eq}`nowhere-note`.
```

| a | table |
|---|---|
| of | {ref}`nowhere-table` |

```{code-cell} python
lib.double(21)
```

The last line [leads](nowhere-page.md).
"""
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rebuilding") / "book"


@pytest.fixture
def book(folder: Path, imprint: Callable) -> Path:
    """The small book, its website built from the sources as they are in conftest."""
    for name, text in SOURCES.items():
        if not (folder / name).exists() or (folder / name).read_text("utf-8") != text:
            write(folder, {name: text})
    done = imprint(folder, "build", "html", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def read_again(book: Path, build: Callable[[], object]) -> list[str]:
    """The pages that Sphinx reads in the course of ``build``, by their doctrees' times."""

    def times() -> dict[str, int]:
        trees = book / "build" / "work" / "doctrees-html"
        return {
            path.relative_to(trees).with_suffix("").as_posix(): path.stat().st_mtime_ns
            for path in trees.rglob("*.doctree")
        }

    before = times()
    build()
    return sorted(page for page, time in times().items() if before.get(page) != time)


def written(book: Path) -> dict[str, int]:
    """When each page of the website was written."""
    work = book / "build" / "work" / "html"
    return {
        path.relative_to(work).with_suffix("").as_posix(): path.stat().st_mtime_ns
        for path in work.rglob("*.html")
        if "_static" not in path.parts
    }


def site(book: Path) -> dict[str, str]:
    """The digest of each of the website's files."""
    return {
        path.relative_to(book).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (book / "build" / "html").rglob("*")
        if path.is_file()
    }


def text(book: Path, page: str) -> str:
    html = (book / "build" / "html" / f"{page}.html").read_text("utf-8")
    return BeautifulSoup(html, "html.parser").select_one("article.bd-article").get_text()


def emptied(book: Path) -> None:
    """Leave nothing of a build but the results of notebooks."""
    for folder in ("work", "html", "memo"):
        shutil.rmtree(book / "build" / folder)


def differing(one: dict[str, str], other: dict[str, str]) -> set[str]:
    """The files that two sites do not have alike."""
    return {path for path in one | other if one.get(path) != other.get(path)}


def appended(name: str, text: str) -> Callable[[Path], None]:
    return lambda book: (book / name).write_text((book / name).read_text("utf-8") + text, "utf-8")


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda book: replace(book / name, old, new)


EDITS = {
    "prose": [appended("one/first.md", "\nMore prose.\n")],
    "heading": [appended("one/first.md", "\n## Another Part\n")],
    "title": [replaced("one/first.md", "# A First Section", "# The Very First Section")],
    "label moved": [
        replaced("one/first.md", "(sec-first)=\n", ""),
        replaced("one/second.md", "(sec-second)=\n", "(sec-first)=\n"),
    ],
    "numbers": [
        replaced("one/index.md", "\nIt has", "\n$$x = y$$ (eq-more)\n\nIt has"),
        replaced("_toc.yml", "{file: one/first}, {file: one/second}",
                 "{file: one/second}, {file: one/first}"),
    ],
    "page added": [
        lambda book: write(book, {"one/third.md": "# A Third\n\nSee {numref}`sec-first`.\n"}),
        replaced("_toc.yml", "{file: one/second}", "{file: one/second}, {file: one/third}"),
    ],
    "bibliography": [
        lambda book: write(book, {"references.bib": ENTRY % 1810}),
        appended("one/second.md", "\nAs in {cite:p}`gauss`.\n"),
        appended("front.md", "\n```{bibliography}\n```\n"),
    ],
    "year": [lambda book: write(book, {"references.bib": ENTRY % 1809})],
    "citation above": [replaced("one/second.md", "It uses", "A line.\n\nIt uses")],
    "settings": [replaced("_config.yml", "author: Its authors", "author: Others")],
    "output": [replaced("one/second.md", "lib.double(21)", "lib.double(22)")],
    "figure": [
        lambda book: write(book, {"img/disc.svg": BOX.replace("#0072B2", "#FFFFFF")}),
        appended("one/second.md", "\n![a disc](../img/disc.svg)\n"),
    ],
    "another figure": [replaced("one/second.md", "../img/disc.svg", "../img/box.svg")],
    "two figures of one name": [
        lambda book: write(book, {"img/a/pic.svg": BOX, "img/b/pic.svg": BOX.replace("0", "1")}),
        appended("one/first.md", "\n![a](../img/a/pic.svg)\n"),
        appended("one/second.md", "\n![b](../img/b/pic.svg)\n"),
    ],
    "the first of them gone": [replaced("one/first.md", "\n![a](../img/a/pic.svg)\n", "")],
    "style": [
        lambda book: write(book, {"_static/own.css": "p {color: red}"}),
        lambda book: write(book, {"_static/more/other.css": "p {color: green}"}),
    ],
    "style gone": [lambda book: shutil.rmtree(book / "_static")],
    "page removed": [
        replaced("_toc.yml", ", {file: one/first}]", "]"),
        replaced("one/second.md", "{numref}`fig-box` and {eq}`eq-norm`", "others"),
        replaced("one/second.md", "lib.double(22)", "22"),
    ],
}  # fmt: skip
"""What authors do, each upon what came of the one before."""


def test_after_every_edit_the_site_is_what_a_cold_build_makes(
    book: Path, imprint: Callable
) -> None:
    for name, steps in EDITS.items():
        for step in steps:
            step(book)
        done = imprint(book, "build", "html")
        assert done.returncode == 0, done.stdout + done.stderr
        kept = site(book)
        emptied(book)
        imprint(book, "build", "html")
        assert differing(kept, site(book)) == set(), name


def test_no_page_is_read_again_where_nothing_changed(book: Path, imprint: Callable) -> None:
    before = site(book)
    assert read_again(book, lambda: imprint(book, "build", "html")) == []
    assert site(book) == before


def test_an_edit_of_prose_reads_that_page_only_and_writes_no_page_that_does_not_list_it(
    book: Path, imprint: Callable
) -> None:
    before = written(book)
    replace(book / "one/first.md", "Some prose", "Some other prose")
    assert read_again(book, lambda: imprint(book, "build", "html")) == ["one/first"]
    assert "Some other prose" in text(book, "one/first")
    again = {page for page, time in written(book).items() if before[page] != time}
    assert again == {"one/first", "one/index", "index", "genindex", "search"}


def test_a_changed_static_file_reaches_the_site_and_no_page_is_read(
    book: Path, imprint: Callable
) -> None:
    for colour in ("red", "green"):
        write(book, {"_static/own.css": f"p {{color: {colour}}}"})
        imprint(book, "build", "html")
    write(book, {"_static/own.css": "p {color: blue}"})
    assert read_again(book, lambda: imprint(book, "build", "html")) == []
    assert (book / "build/html/_static/own.css").read_text("utf-8") == "p {color: blue}"


def test_a_changed_bibliography_reads_the_pages_that_cite_and_no_other(
    book: Path, imprint: Callable
) -> None:
    ends = {"one/second.md": "As in {cite:p}`gauss`.", "front.md": "```{bibliography}\n```"}
    write(book, {"references.bib": ENTRY % 1810})
    for page, end in ends.items():
        with (book / page).open("a", encoding="utf-8") as file:
            file.write(f"\n{end}\n")
    imprint(book, "build", "html")
    assert "1810" in (book / "build/html/one/second.html").read_text("utf-8")
    write(book, {"references.bib": ENTRY % 1809})
    assert read_again(book, lambda: imprint(book, "build", "html")) == ["front", "one/second"]
    assert "1809" in (book / "build/html/one/second.html").read_text("utf-8")


def test_a_page_that_left_the_book_leaves_the_site(book: Path, imprint: Callable) -> None:
    write(book, {"one/third.md": "# A Third Section\n"})
    replace(book / "_toc.yml", "{file: one/second}", "{file: one/second}, {file: one/third}")
    imprint(book, "build", "html")
    assert (book / "build/html/one/third.html").exists()
    replace(book / "_toc.yml", ", {file: one/third}", "")
    imprint(book, "build", "html")
    assert not (book / "build/html/one/third.html").exists()
    assert (book / "build/html/one/second.html").exists()


def test_a_page_whose_outputs_changed_is_read_again_though_its_file_did_not(
    book: Path, imprint: Callable
) -> None:
    replace(book / "one/first.md", "return 2 * x", "return 3 * x")
    again = read_again(book, lambda: imprint(book, "build", "html"))
    assert again == ["one/first", "one/second"]
    assert "63" in text(book, "one/second") and "42" not in text(book, "one/second")


def test_the_full_profile_leaves_out_the_note_on_samples(book: Path, imprint: Callable) -> None:
    assert "a quick run" in text(book, "one/first")
    assert imprint(book, "build", "html", "--profile", "full").returncode == 0
    assert "a quick run" not in text(book, "one/first")
    assert "steps 1000 pace None" in text(book, "one/first")


def test_broken_references_are_reported_at_the_authors_line(book: Path, imprint: Callable) -> None:
    (book / "one/second.md").write_text(BROKEN, "utf-8")
    done = imprint(book, "build", "html")
    assert done.returncode == 0, done.stdout + done.stderr
    for number, line in enumerate(BROKEN.splitlines(), 1):
        if "nowhere" in line:
            word = next(part for part in line.replace("(", "`").split("`") if "nowhere" in part)
            word = word.removesuffix(").")
            said = [said for said in done.stdout.splitlines() if word in said]
            assert len(said) == 1 and said[0].startswith(f"one/second.md:{number}: "), (word, said)
    assert "Before all cells" in text(book, "one/second")


def test_strict_refuses_warnings_and_leaves_the_old_site(book: Path, imprint: Callable) -> None:
    before = site(book)
    (book / "one/second.md").write_text(BROKEN, "utf-8")
    done = imprint(book, "build", "html", "--strict")
    assert done.returncode == 1
    assert "one/second.md:9: WARNING: undefined label: 'nowhere-first'" in done.stdout
    assert site(book) == before


def test_strict_refuses_the_same_warnings_again(book: Path, imprint: Callable) -> None:
    (book / "one/second.md").write_text(BROKEN, "utf-8")
    assert imprint(book, "build", "html").returncode == 0
    before = site(book)
    assert "Before all cells" in text(book, "one/second")
    for _ in range(2):
        done = imprint(book, "build", "html", "--strict")
        assert done.returncode == 1 and "one/second.md:9: WARNING" in done.stdout
    assert site(book) == before


def test_a_failing_notebook_leaves_the_old_site(book: Path, imprint: Callable) -> None:
    before = site(book)
    replace(book / "one/second.md", "lib.double(21)", "lib.double(21)\n1 / 0")
    replace(book / "front.md", "Unnumbered words.", "Other words.")
    done = imprint(book, "build", "html")
    assert done.returncode == 1
    line = (book / "one/second.md").read_text("utf-8").splitlines().index("1 / 0") + 1
    assert f"one/second.md:{line}: [alpha, " in done.stdout
    assert site(book) == before


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc")
def test_a_build_killed_while_it_renders_leaves_the_old_site_and_the_next_one_ends_it(
    book: Path, imprint: Callable
) -> None:
    before = site(book)
    replace(book / "one/first.md", "return 2 * x", "return 3 * x")
    environment = book / "build" / "work" / "doctrees-html" / "environment.pickle"
    then = environment.stat().st_mtime_ns
    process = subprocess.Popen(
        [sys.executable, "-m", "imprint.cli", "build", "html"], cwd=book,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    # Sphinx keeps what it has read, then writes the pages
    while not environment.exists() or environment.stat().st_mtime_ns == then:
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert site(book) == before
    deadline = time.monotonic() + 10
    while left := processes_in(book):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    assert imprint(book, "build", "html").returncode == 0
    assert "63" in text(book, "one/second")
    assert "3 * x" in text(book, "one/first")


def processes_in(folder: Path) -> list[str]:
    """The command lines of the processes that work in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if Path(os.readlink(entry / "cwd")).is_relative_to(folder):
                    found.append((entry / "cmdline").read_text())
            except OSError:
                continue
    return [line for line in found if line]
