"""``imprint build pdf --page``: a PDF of some pages, as they stand in the whole book."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.imprint import small
from tests.imprint.conftest import write

CONFIG = """\
title: T
project: t
%s
parse: {myst_enable_extensions: [colon_fence, dollarmath]}
sphinx:
  config:
    numfig: true
    numfig_secnum_depth: 2
    numfig_format: {section: "Section %%s"}
    math_numfig: true
    latex_elements: {fontpkg: ""}
    math_eqref_format: "({number})"
"""
EDITIONS = "editions: {alpha: {title: Alpha, default: true}}"
PLAIN = "latex: {latex_engine: xelatex, use_jupyterbook_latex: false}"
TOC = """\
format: jb-book
root: index
parts:
- numbered: 3
  chapters:
  - file: one/index
    sections: [{file: one/a}, {file: one/b}]
  - file: two/index
    sections: [{file: two/a}, {file: two/b}]
"""
DRAWING = """\
<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><rect width="40" height="40"/></svg>
"""
TOLD = """
See {numref}`sec-one-a`, {numref}`fig-one-a`, {eq}`eq-one-a`, {ref}`chap-one`; {numref}`sec-two-b`.

$$y = 2$$ (eq-two-b)
"""
RUN = "```{code-cell} python\nprint('it ran')\n```\n"
HEAD = "---\nkernelspec: {name: python3, display_name: Python 3}\n---\n"


def chapter(name: str) -> dict[str, str]:
    drawn = f"$$x = 1$$ (eq-{name}-a)\n\n"
    drawn += f"```{{figure}} ../box.svg\n:name: fig-{name}-a\nA box.\n```\n"
    return {
        f"{name}/index.md": f"(chap-{name})=\n# Chapter {name}\n\nOpening of {name}.\n",
        f"{name}/a.md": f"(sec-{name}-a)=\n# First of {name}\n\nText a of {name}.\n\n{drawn}",
        f"{name}/b.md": HEAD + f"(sec-{name}-b)=\n# Second of {name}\n\nText b of {name}.\n\n{RUN}",
    }


@pytest.fixture(params=[EDITIONS, PLAIN])
def book(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    pages = {"index.md": "# T\n\nWelcome.\n", **chapter("one"), **chapter("two")}
    pages["two/b.md"] += TOLD
    root = small.book(tmp_path / "book", pages, CONFIG % request.param, {"box.svg": DRAWING})
    return write(root, {"_toc.yml": TOC})


def text(path: Path) -> str:
    done = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


def test_a_section_stands_in_it_as_in_the_book(book: Path, imprint: Callable) -> None:
    done = imprint(book, "build", "pdf", "--strict", "--page", "two/b")
    assert done.returncode == 0, done.stdout + done.stderr
    assert small.ran(done.stdout) <= {"two/b.md", "two/b.md [alpha]"}
    (path,) = (book / "build/pdf").iterdir()
    assert path.stem.endswith("-excerpt")
    found = text(path)
    assert "Text b of two." in found and "it ran" in found
    for left_out in ("Text a", "Text b of one", "Opening of", "Welcome", "??"):
        assert left_out not in found
    assert "See Section 1.1, Fig. 1.1.1, (1.1.1), Chapter one; Section 2.2." in found
    assert "(2.2.1)" in found
    titles = str(PdfReader(path).outline)
    assert "Chapter two" in titles and "Second of two" in titles and "one" not in titles


@pytest.mark.parametrize("book", [EDITIONS], indirect=True)
def test_it_comes_beside_the_whole_book_and_both_are_kept(book: Path, imprint: Callable) -> None:
    def build(*given: str) -> str:
        done = imprint(book, "build", "pdf", *given)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    build()
    (whole,) = (book / "build/pdf").iterdir()
    made = whole.read_bytes()
    build("--page", "one/*")
    excerpt = whole.with_name(f"{whole.stem}-excerpt.pdf")
    assert "Opening of one. " in text(excerpt) and "of two" not in text(excerpt)
    assert whole.read_bytes() == made
    assert "unchanged" in build().splitlines()[1]
    assert "unchanged" in build("--page", "one/*").splitlines()[1]
    build("--page", "two/*")
    assert "Opening of two. " in text(excerpt) and "of one" not in text(excerpt)


@pytest.mark.parametrize("book", [PLAIN], indirect=True)
def test_other_products_hold_all_pages_and_say_what_they_lack(book: Path, imprint: Callable):
    done = imprint(book, "build", "html", "--page", "two/a")
    assert done.returncode == 1
    assert "outside --page have no results yet" in done.stdout + done.stderr
    assert "imprint build pdf --page" in done.stdout + done.stderr
