"""Promises of the e-books: what epubcheck says of them, and what a reader finds in them."""

import base64
import re
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.imprint import small

pytestmark = pytest.mark.xdist_group("published")
XHTML = "{http://www.w3.org/1999/xhtml}"
JAR = Path("/usr/share/java/epubcheck.jar")
"""Debian's."""
MATHML = "{http://www.w3.org/1998/Math/MathML}"


def complaints(book: Path, *flags: str) -> str:
    """What epubcheck says of an e-book, nothing where it is as it should be."""
    command = ["java", "-jar", JAR] if JAR.exists() else ["epubcheck"]
    done = subprocess.run([*command, *flags, book], capture_output=True, text=True, timeout=300)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module", params=["alpha", "beta"])
def path(request: pytest.FixtureRequest, published: Path) -> Path:
    return published / "build" / "epub" / f"small-{request.param}.epub"


@pytest.fixture(scope="module")
def parts(path: Path) -> dict[str, str]:
    """The e-book's texts by name."""
    with zipfile.ZipFile(path) as archive:
        return {
            name: archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith((".xhtml", ".opf", ".ncx", ".css", ".svg"))
        }


def test_epubcheck_finds_nothing(published: Path) -> None:
    assert complaints(published / "build" / "epub" / "small-alpha.epub", "--failonwarnings") == ""


def test_the_contents_have_the_numbers_of_chapters_and_sections(parts: dict[str, str]) -> None:
    contents = ElementTree.fromstring(parts["nav.xhtml"])
    entries = [" ".join("".join(link.itertext()).split()) for link in contents.iter(f"{XHTML}a")]
    assert entries[:6] == [
        "A Small Book", "Foreword", "1 The First Chapter", "1.1 A First Section",
        "1.2 A Second Section", "1.3 A Third Section",
    ]  # fmt: skip
    spine = re.findall(r'<itemref idref="([^"]+)" />', parts["content.opf"])
    names = dict(re.findall(r'<item [^>]*id="([^"]+)" href="([^"]+)"', parts["content.opf"]))
    assert [names[one] for one in spine][:5] == [
        "index.xhtml", "front.xhtml", "one/index.xhtml", "one/first.xhtml", "one/second.xhtml",
    ]  # fmt: skip


def test_an_equation_is_mathml_with_its_tex(parts: dict[str, str]) -> None:
    page = ElementTree.fromstring(parts["one/first.xhtml"])
    formula = next(iter(page.iter(f"{MATHML}math")))
    assert formula.get("alttext") == r"x \in \R"
    assert "".join(formula.itertext()) == "x∈R"
    assert r"\(" not in "".join(page.itertext())


def test_an_edition_has_its_own_words_and_results_alone(path: Path, parts: dict[str, str]) -> None:
    own, other = ("alpha", "beta") if "alpha" in path.name else ("beta", "alpha")
    assert f"from {own}" in parts["one/first.xhtml"]
    assert f"from {other}" not in parts["one/first.xhtml"]


def test_nothing_runs_and_nothing_comes_from_elsewhere(path: Path, parts: dict[str, str]) -> None:
    assert not [name for name, text in parts.items() if "<script" in text]
    sources = [
        source
        for text in parts.values()
        for source in re.findall(r'(?:src|href)="(https?:[^"]*)"[^>]*(?:rel="stylesheet"|/>)', text)
    ]
    assert sources == []
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".js")]
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED


def test_it_says_what_it_is_and_who_can_read_it(parts: dict[str, str]) -> None:
    package = parts["content.opf"]
    (identifier,) = re.findall(r"<dc:identifier[^>]*>(.*?)</dc:identifier>", package)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", identifier)
    assert f'content="{identifier}"' in parts["toc.ncx"]
    assert re.search(r"<dc:title>A Small Book: (Alpha|Beta) edition</dc:title>", package)
    assert "<dc:creator>Its authors</dc:creator>" in package
    features = re.findall(r'schema:accessibilityFeature">(\w+)<', package)
    # a plot of this book has no words to it
    assert set(features) == {"tableOfContents", "displayTransformability", "MathML"}


def test_it_has_a_cover(path: Path, parts: dict[str, str]) -> None:
    (item,) = re.findall(r'<item properties="cover-image" id="([^"]+)" href="([^"]+)"',
                         parts["content.opf"])  # fmt: skip
    assert f'<meta name="cover" content="{item[0]}"/>' in parts["content.opf"]
    with zipfile.ZipFile(path) as archive:
        header = archive.read(item[1])[:24]
    assert header.startswith(b"\x89PNG") and struct.unpack(">II", header[16:]) == (1600, 2400)


def test_the_site_offers_it(published: Path) -> None:
    site = published / "build" / "html"
    for edition in ("alpha", "beta"):
        assert (site / "_downloads" / f"small-{edition}.epub").is_file()
        assert f'href="../_downloads/small-{edition}.epub"' in (site / "one/first.html").read_text()


PRINTED = """<b>a\x08b\x00</b>
<svg viewBox='0 0 10 10' width='9'><defs><linearGradient id='g'></linearGradient></defs></svg>
<style scoped>td { color: red }</style><table border=1 align=center><tr><td>one<td>two</table>
<a href="https://doi.org/10.1/(63)0<130:D>2">DOI</a>
<p>unclosed<br>line &nbsp; <img src=x.png onerror=alert(1)> <script>alert(2)</script>
"""


def test_whatever_a_program_prints_the_book_is_well_formed(
    tmp_path: Path, imprint: Callable
) -> None:
    cell = f"from IPython.display import HTML\nHTML({PRINTED!r})"
    pages = {"index.md": "# T\n\nA 5 < 6 & a <br> and <b>bold</b>.\n", "a.md": small.page(cell)}
    root = small.book(tmp_path / "book", pages, "title: A & B\nauthor: C < D\n")
    done = imprint(root, "build", "epub")
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = (root / "build" / "epub").glob("*.epub")
    with zipfile.ZipFile(made) as archive:
        page = archive.read("a.xhtml").decode()
    cells = [cell.text for cell in ElementTree.fromstring(page).iter(f"{XHTML}td")]
    assert cells == ["one", "two"]
    assert "viewBox=" in page and "<linearGradient" in page and "<b>ab</b>" in page
    assert "<script" not in page and "<style" not in page
    assert 'href="https://doi.org/10.1/(63)0%3C130:D%3E2"' in page


def test_folded_code_has_a_summary_that_the_format_allows(tmp_path: Path, imprint: Callable):
    pages = {"index.md": "# T\n", "a.md": small.page(":tags: [hide-input]\nprint(1)")}
    root = small.book(tmp_path / "book", pages, small.ONE_EDITION)
    assert imprint(root, "build", "epub").returncode == 0
    (made,) = (root / "build" / "epub").glob("*.epub")
    with zipfile.ZipFile(made) as archive:
        page = ElementTree.fromstring(archive.read("a.xhtml").decode())
    (summary,) = page.iter(f"{XHTML}summary")
    assert {child.tag for child in summary} == {f"{XHTML}span"}


WITH_DEFINITIONS = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
<!ENTITY ns_svg "http://www.w3.org/2000/svg">
]>
<svg xmlns="&ns_svg;" width="4" height="4"><rect width="3" height="3"/></svg>
"""
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def test_names_drawings_and_pictures_of_all_kinds_are_in_the_book(
    tmp_path: Path, imprint: Callable
) -> None:
    pages = {
        "index.md": "# T\n\n![d](d.svg)\n",
        "f\u00fcr \u2019s, 2.md": '# B & C\n\n<img src="_static/p.png" alt="p">\n',
    }
    root = small.book(tmp_path / "book", pages, "title: T\n", {"d.svg": WITH_DEFINITIONS})
    (root / "_static").mkdir()
    (root / "_static/p.png").write_bytes(PIXEL)
    done = imprint(root, "build", "epub", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = (root / "build" / "epub").glob("*.epub")
    assert complaints(made) == ""
    with zipfile.ZipFile(made) as archive:
        assert archive.read("_static/p.png") == PIXEL
        package = archive.read("content.opf").decode()
    assert 'linear="no"' not in package


def test_a_page_that_left_the_book_leaves_the_e_book(tmp_path: Path, imprint: Callable) -> None:
    pages = {"index.md": "# T\n", "a.md": "# A\n\n![p](p.svg)\n", "b.md": "# B\n"}
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'
    root = small.book(tmp_path / "book", pages, "title: T\n", {"p.svg": drawing})

    def names() -> set[str]:
        assert imprint(root, "build", "epub", "--strict").returncode == 0
        (made,) = (root / "build" / "epub").glob("*.epub")
        with zipfile.ZipFile(made) as archive:
            return set(archive.namelist())

    assert {"a.xhtml", "_images/p.svg"} <= names()
    (root / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters: [{file: b}]\n")
    assert not {"a.xhtml", "_images/p.svg"} & names()
