"""Promises of the PDFs, read back from the files."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

from tests.imprint import small

pytestmark = pytest.mark.xdist_group("published")

PLAIN_EDITIONS = """\
title: T
editions: {alpha: {title: Alpha, default: true}}
parse: {myst_enable_extensions: [colon_fence]}
"""
OTHER = {"alpha": "beta", "beta": "alpha"}


@pytest.fixture(scope="module", params=list(OTHER))
def edition(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def path(published: Path, edition: str) -> Path:
    return published / "build" / "pdf" / f"small-{edition}.pdf"


@pytest.fixture(scope="module")
def pages(path: Path) -> list[str]:
    """The text of each page, as it is laid out."""
    done = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    )
    return done.stdout.split("\f")[:-1]


@pytest.fixture(scope="module")
def text(pages: list[str]) -> str:
    return "\n".join(pages)


def test_the_title_page_names_the_book_the_edition_and_the_authors(
    pages: list[str], edition: str
) -> None:
    for words in ("A Small Book", f"{edition.capitalize()} edition", "Its authors"):
        assert words in pages[0]


def test_front_matter_has_no_number_and_chapters_have(text: str) -> None:
    contents = text[text.index("Contents") :].splitlines()
    titles = [re.sub(r"[ .]+\w+$", "", line).strip() for line in contents if line.strip()][1:8]
    assert [" ".join(title.split()) for title in titles] == [
        "Foreword", "1 The First Chapter", "1.1 A First Section", "1.2 A Second Section",
        "1.3 A Third Section", "References", "Index",
    ]  # fmt: skip
    assert "Chapter 1" in text and "Chapter 2" not in text


def test_the_outline_of_the_file_is_that_of_the_book(path: Path) -> None:
    reader = PdfReader(path)
    chapters = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    sections = [one.title for entry in reader.outline if isinstance(entry, list) for one in entry]
    assert chapters == ["Foreword", "1 The First Chapter", "References", "Index"]
    assert sections == ["1.1 A First Section", "1.2 A Second Section", "1.3 A Third Section"]


def test_the_file_says_what_it_is(path: Path, edition: str) -> None:
    reader = PdfReader(path)
    assert reader.metadata.title == f"A Small Book: {edition.capitalize()} edition"
    assert reader.metadata.author == "Its authors"
    assert reader.root_object["/Lang"] == "en"
    labels = reader.page_labels
    assert labels[:2] == ["i", "ii"] and "1" in labels and len(set(labels)) == len(labels)


def test_references_are_numbered(text: str) -> None:
    prose = " ".join(text.split())
    assert "See Chapter 1, Section 1.1, Fig. 1.1.1 and (1.1.1), or a site" in prose
    assert "Fig. 1.1.1: A box." in prose
    assert "(1.1.1)" in text[text.index("1.1 A First Section") : text.index("Fig. 1.1.1: A box.")]


def test_references_lead_to_their_place(path: Path) -> None:
    reader = PdfReader(path)
    links = [
        annotation.get_object()
        for page in reader.pages
        for annotation in page.get("/Annots", ())
        if annotation.get_object()["/Subtype"] == "/Link"
    ]
    inside = {str(link["/A"]["/D"]) for link in links if link["/A"]["/S"] == "/GoTo"}
    assert inside <= set(reader.named_destinations)
    assert {"section.1.1", "figure.1.1.1", "equation.1.1.1", "chapter.1"} <= inside
    assert "https://example.org/" in {link["/A"].get("/URI") for link in links}


def test_the_address_of_a_link_stands_in_a_footnote(text: str) -> None:
    assert re.search(r"^ *1\s+https://example\.org/$", text, re.M)


def test_a_doi_that_stands_in_the_bibliography_is_not_said_again_below(path: Path, text: str):
    assert text.count("10.1000/182") == 1
    links = [link for page in PdfReader(path).pages for link in addresses(page)]
    assert links.count("https://doi.org/10.1000/182") == 1


def addresses(page: PageObject) -> Iterator[str]:
    """Where a page's links to elsewhere lead."""
    for annotation in page.get("/Annots") or ():
        action = annotation.get_object().get("/A", {})
        if "/URI" in action:
            yield str(action["/URI"])


def width_of_text(path: Path) -> float:
    """The width in inches of what stands on all pages."""
    boxes = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True)
    words = re.findall(r'<word xMin="([\d.]+)".*?xMax="([\d.]+)"', boxes.stdout)
    return (max(float(end) for _, end in words) - min(float(begin) for begin, _ in words)) / 72


def size_of_page(path: Path) -> tuple[float, float]:
    box = PdfReader(path).pages[0].mediabox
    return float(box.width / 72), float(box.height / 72)


PROSE = "# A\n\n" + (
    "A paragraph of ordinary English prose, with some longer words, whose lines are measured. " * 40
)


@pytest.mark.parametrize(
    ("paper", "size"), [(None, (7, 10)), ("a4paper", (8.27, 11.69)), ("letterpaper", (8.5, 11))]
)
def test_lines_are_those_of_a_textbook_on_any_paper(tmp_path, imprint, paper, size) -> None:
    setting = f"sphinx: {{config: {{latex_elements: {{papersize: {paper}}}}}}}\n" if paper else ""
    root = small.book(
        tmp_path / "small", {"index.md": "# T\n", "a.md": PROSE}, PLAIN_EDITIONS + setting
    )
    done = imprint(root, "build", "pdf", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = (root / "build/pdf").glob("*.pdf")
    assert size_of_page(made) == pytest.approx(size, abs=0.01)
    assert width_of_text(made) == pytest.approx(5, abs=0.05)
    text = subprocess.run(
        ["pdftotext", "-layout", made, "-"], capture_output=True, text=True
    ).stdout
    lines = [len(line.strip()) for line in text.split("\n") if "ordinary English" in line]
    assert 60 <= sorted(lines)[len(lines) // 2] <= 75, lines


def test_running_heads_name_the_chapter_and_the_section(text: str) -> None:
    heads = [line.strip() for line in text.split("\n")]
    assert any(re.fullmatch(r"\d+ +Chapter 1\. +The First Chapter", head) for head in heads), heads
    assert any(re.fullmatch(r"1\.\d\. +A \w+ Section +\d+", head) for head in heads), heads


def test_outputs_are_those_of_the_edition_and_never_the_others(text: str, edition: str) -> None:
    assert re.search(rf"^ *from {edition}$", text, re.M)
    assert f'name = "from {edition}"' in text and f"from lib import {edition}" in text
    assert f"from {OTHER[edition]}" not in text
    assert f"lib import {OTHER[edition]}" not in text and f"{OTHER[edition]} edition" not in text
    assert ("Only beta says this sentence." in text) == (edition == "beta")
    assert re.search(r"^ *steps 2 pace fast$", text, re.M)


def test_check_cells_are_not_printed(text: str) -> None:
    assert "hidden from readers" not in text


def test_the_index_has_its_word_and_the_bibliography_its_book(text: str) -> None:
    assert re.search(r"^ *a word, \d+$", text, re.M)
    assert re.search(r"\[Som01\] +Anne Someone\. Everything Before\. A Press, 2001\.", text)
    assert "said before [Som01]." in text


def test_nothing_is_left_unresolved(text: str) -> None:
    for raw in ("??", "[?]", "{numref}", "{cite", "```", "+++", "imprint-edition", "\\R", "\\norm"):
        assert raw not in text, raw


def test_figures_are_vectors(path: Path) -> None:
    reader = PdfReader(path)
    assert [image.name for page in reader.pages for image in page.images] == []
    forms = [
        form.get_object()
        for page in reader.pages
        for form in page["/Resources"].get("/XObject", {}).values()
    ]
    assert len([form for form in forms if form["/Subtype"] == "/Form"]) >= 2  # box and plot


def test_a_long_line_of_code_wraps(published: Path, text: str, edition: str) -> None:
    flat = re.sub(r"\s", "", text)
    assert "'entrynumber5','entrynumber6'" in flat and "'entrynumber11']" in flat
    from imprint.publishing.pdf import complaints

    log = published / "build" / "report" / f"small-{edition}.log"
    assert complaints(log.read_text("utf-8", "replace"), [], f"small-{edition}.ind") == []
    widest = max(len(line.rstrip()) for line in text.splitlines() if "'entry number" in line)
    assert widest < 120


@pytest.mark.parametrize("opened", ["(./small.ind [12]", "(small.ind"])
def test_what_is_too_wide_in_the_index_is_at_nobodys_line(opened: str) -> None:
    from imprint.publishing.pdf import complaints

    said = "Overfull \\hbox (6.85498pt too wide) in paragraph at lines 269--270"
    log = f"\\openout = `small.ind'\n{said}\n{opened}\n{said}\n"
    at = "page.md:3: WARNING: 6.85498 pt wider than the page's text"
    assert complaints(log, [(100, "page.md:3")], "small.ind") == [at, said]


def test_fonts_are_embedded(path: Path) -> None:
    bare = []
    for page in PdfReader(path).pages:
        for font in fonts(page["/Resources"]):
            for one in font.get("/DescendantFonts", [font]):
                described = one.get_object().get("/FontDescriptor", {})
                drawn = font["/Subtype"] == "/Type3"
                if not drawn and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(described):
                    bare.append(font["/BaseFont"])
    assert bare == []


def fonts(resources: DictionaryObject) -> Iterator[DictionaryObject]:
    """The fonts of a page and of the drawings on it."""
    for font in resources.get("/Font", {}).values():
        yield font.get_object()
    for form in resources.get("/XObject", {}).values():
        if "/Resources" in form.get_object():
            yield from fonts(form.get_object()["/Resources"])


def test_a_kept_pdf_is_whole(path: Path, published: Path) -> None:
    """What the website offers is the PDF itself."""
    copy = published / "build" / "html" / "_downloads" / path.name
    assert copy.read_bytes() == path.read_bytes()
    assert not list(path.parent.glob(".new-*"))


def test_a_short_cell_is_never_apart_from_its_output_nor_a_box_from_its_title(
    tmp_path: Path, imprint: Callable
) -> None:
    """Forty of each, with more and more lines between them, so that some come at a page's foot."""
    cells = []
    for number in range(40):
        filler = "| " + "\n\n".join(f"Line {line} before." for line in range(number % 13))
        cells += [filler, f"# code {number}\nprint('out\\nof', {number})"]
        cells += [f"| :::{{admonition}} Box {number}\n:class: tip\nInside {number}.\n:::\n\nText."]
    config = PLAIN_EDITIONS + "latex: {latex_engine: xelatex, use_jupyterbook_latex: false}\n"
    pages = {"index.md": "# A Book\n", "long.md": small.page(*cells)}
    root = small.book(tmp_path, pages, config)
    done = imprint(root, "build", "pdf", "--edition", "alpha")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (root / "build" / "pdf").glob("*.pdf")
    pages = [one.extract_text() for one in PdfReader(path).pages]
    assert len(pages) > 12
    for ahead, behind in (("# code {}\n", "of {}\n"), ("Box {}\n", "Inside {}.")):
        for number in range(40):
            first, second = (
                [at for at, text in enumerate(pages) if words.format(number) in text + "\n"]
                for words in (ahead, behind)
            )
            assert first == second and len(first) == 1, (ahead.format(number), first, second)


WIDE = "$$" + " + ".join(f"x_{{{number}}}" for number in range(40)) + "$$"
TOO_WIDE = f"""# A

Prose.

1. An item.
2. {"1234567890" * 9}

{WIDE}

:::{{admonition}} A box
More prose.

{WIDE}
:::

A letter that the font lacks: \U00012000.
"""


def test_what_latex_complains_of_is_found_at_the_authors_line(tmp_path: Path, imprint) -> None:
    pages = {"index.md": "# T\n\nText.\n", "a.md": TOO_WIDE}
    config = PLAIN_EDITIONS.replace("colon_fence", "colon_fence, dollarmath")
    root = small.book(tmp_path / "book", pages, config)
    done = imprint(root, "build", "pdf")
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.findall(
        r"^a\.md:(\d+): WARNING: [\d.]+ pt wider than the page's text", done.stdout, re.M
    )
    assert [int(number) for number in said] == [6, 8, 13]
    assert re.search(r"^Missing character: .*\.pdf\)$", done.stdout, re.M)
    assert imprint(root, "build", "pdf", "--strict").returncode == 1
