"""Notebooks to download: plain Jupyter, complete, and the same bytes from the same book."""

# ruff: noqa: E501  what is said stands on one line, as it is shown

import base64
import hashlib
import io
import json
import os
import re
import resource
import shutil
import struct
import zipfile
from pathlib import Path

import nbformat
import pytest
from imprint import archives, notebooks
from imprint.book import load
from imprint.errors import BookError
from imprint.fingerprint import Dependencies
from imprint.plain import Around, places, plain_markdown
from imprint.plan import Plan
from imprint.sources import read_pages
from imprint.works import works
from nbclient import NotebookClient

from tests.imprint.small import TWO_EDITIONS, book, page

OTHER = page(
    "| (sec-other)=\n\n## Another *Section*\n\n```{figure} a.svg\n:name: fig-far\nFar.\n```\n\n$$z$$ (eq-far)\n"
)
HERE = """\
# Title

```{figure} ../img/a.svg
:name: fig-near
Near.
```

$$x$$ (eq-near)

$$y$$ (eq-second)
"""
ROLES = [
    ("{numref}`sec-other`", "[Another *Section*](../other.ipynb)"),
    ("{ref}`there <sec-other>`", "[there](../other.ipynb)"),
    ("{numref}`Section %s <sec-other>`", "[Section Another *Section*](../other.ipynb)"),
    ("{numref}`fig-near`", "Figure 1"),
    ("{numref}`Fig. %s <fig-near>`", "Fig. 1"),
    ("{numref}`fig-far`", "[Figure 1 of A Page](../other.ipynb)"),
    ("{eq}`eq-second`", "(2)"),
    ("{eq}`eq-far`", "[(1) of A Page](../other.ipynb)"),
    ("{ref}`nowhere`", "nowhere"),
    ("{index}`word`", "word"),
    ("{index}`words <entry; of many>`", "words"),
    ("{cite:p}`one.2001, two`", "[[Gauß, 2001](https://doi.org/10.1/a%23b); two]"),
    ("{cite:t}`one.2001`", "Gauß [[2001](https://doi.org/10.1/a%23b)]"),
    (
        "{cite}`Pair.1950,many.1990`",
        "[[de Moivre and O\\_o, 1950](https://example.org/x); Ito et al., 1990]",
    ),
    (
        "{cite:t}`pair.1950`, {cite:t}`none.2000`",
        "de Moivre and O\\_o [[1950](https://example.org/x)], none.2000 [2000]",
    ),
    (
        "{cite:p}`{see}one.2001{chapter 2}`",
        "[see [Gauß, 2001](https://doi.org/10.1/a%23b), chapter 2]",
    ),
    (
        "{cite:author}`one.2001` in {cite:year}`one.2001`",
        "[Gauß](https://doi.org/10.1/a%23b) in [2001](https://doi.org/10.1/a%23b)",
    ),
    ("{cite:t}`nobody`", "[nobody]"),
    ("{cite:t}`no key`", "[no key]"),
    ("{math}`x_1`", "$x_1$"),
    ("{py:func}`~d2l.plot`", "`d2l.plot`"),
    ("two {numref}`fig-near`\nlines {index}`a\nb` here", "two Figure 1\nlines a\nb here"),
    ("`{index}` and ``{ref}`x` ``", "`{index}` and ``{ref}`x` ``"),
    ("```\n{ref}`sec-other`\n```", "```\n{ref}`sec-other`\n```"),
]
BLOCKS = [
    ("(sec-x)=\n# Title", "# Title"),
    ("$$\nx\n$$ (eq-near)", "$$\nx\n \\tag{1}$$"),
    ("$$y$$ (eq-second)", "$$y \\tag{2}$$"),
    ("```{math}\n:label: eq-near\nx\n```", "$$\nx \\tag{1}\n$$"),
    (
        "```{figure} ../img/a.svg\n:name: fig-near\n:alt: a box\n\nNear {eq}`eq-near`,\nvery.\n```",
        "![a box](../img/a.svg)\n\n*Figure 1. Near (1), very.*",
    ),
    ("```{image} a.svg\n:alt: b\n```", "![b](a.svg)"),
    ("```{note}\nA *b*.\n\nC.\n```", "> **Note**\n>\n> A *b*.\n>\n> C."),
    (":::{admonition} On {ref}`sec-other`\n:class: tip\nA.\n:::", "> **On [Another *Section*](../other.ipynb)**\n>\n> A."),
    (
        "````{note}\nA.\n\n```{warning}\nB.\n```\n\n```python\n# {ref}`x`\n```\n````",
        "> **Note**\n>\n> A.\n>\n> > **Warning**\n> >\n> > B.\n>\n> ```python\n> # {ref}`x`\n> ```",
    ),
    ("::::{grid} 2\n:::{grid-item-card} One\nA.\n:::\n:::{grid-item}\nB.\n:::\n::::", "**One**\n\nA.\nB."),
    ("```{code-block} python\n:linenos:\nx = '{ref}`sec-other`'\n```", "```python\nx = '{ref}`sec-other`'\n```"),
    (
        "```{list-table} Words\n:header-rows: 1\n* - a\n  - b|c\n* - {eq}`eq-near`\n  - two\n    lines\n```",
        "*Words*\n\n| a | b\\|c |\n| --- | --- |\n| (1) | two lines |",
    ),
    ("A\n\n```{bibliography}\n```\n\nB", "A\n\n\nB"),
    ("- item\n\n  ```{note}\n  A.\n  ```", "- item\n\n> **Note**\n>\n> A."),
    ("```{note}\nnever closed", "```{note}\nnever closed"),
]  # fmt: skip


WORKS = r"""
@book{one.2001, author = {Carl Friedrich Gau{\ss}}, title = {On {A}}, publisher = {P}, year = 2001,
      doi = {10.1/a#b}, url = {https://example.org/not-this}}
@misc{pair.1950, author = {de Moivre, Abraham and O_o, P}, title = {On B}, year = {1950},
      url = {https://example.org/x}}
@misc{many.1990, editor = {Ito, K and Abel, N and others}, title = {On C}, year = {1990}}
@misc{none.2000, title = {On D}, year = {2000}}
@article{bare.1999, author = {Zeta, Q}, title = {On E}, year = {1999}}
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A page, and where the labels of its book lead."""
    root = book(
        tmp_path_factory.mktemp("labels"), {"other.md": OTHER, "sub/here.md": HERE},
        TWO_EDITIONS + "bibtex_bibfiles: [works.bib]\n", {"works.bib": WORKS},
    )  # fmt: skip
    opened = load(root)
    other, here = read_pages(opened)
    return Around(here, places([other, here], None), works(opened))


@pytest.mark.parametrize(("myst", "plain"), ROLES + BLOCKS)
def test_myst_becomes_markdown_that_jupyter_shows(here, myst, plain):
    assert plain_markdown(myst, here) == plain


def test_figures_of_code_cells_are_counted_with_the_others(tmp_path):
    cell = "---\nmystnb:\n  figure: {name: fig-drawn, caption: C}\n---\n1"
    root = book(
        tmp_path, {"a.md": page("| ```{figure} a.svg\nA.\n```", cell, "| {numref}`fig-drawn`")}
    )
    opened = load(root)
    pages = read_pages(opened)
    around = Around(pages[0], places(pages, None), works(opened))
    assert plain_markdown("{numref}`fig-drawn`", around) == "Figure 2"


def test_an_archive_is_the_same_bytes_whatever_the_order_and_the_time(tmp_path):
    files = {"b/two.ipynb": b"2", "a.ipynb": "é".encode()}
    archives.pack(tmp_path / "1.zip", files)
    archives.pack(tmp_path / "2.zip", dict(reversed(files.items())))
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_an_archive_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.zip"
    archives.pack(path, {"a": b"old"})
    old = path.read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(BookError, match="cannot write"):
            archives.pack(
                path, {"a": b"".join(hashlib.sha256(bytes([n])).digest() for n in range(200))}
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


CONFIG = """\
title: T
project: small
editions:
  alpha: {title: Alpha, library: lib/alpha.py, requirements: need.txt}
  beta: {title: Beta, library: lib/beta.py}
bibtex_bibfiles: [works.bib, missing.bib]
"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory, imprint) -> Path:
    root = book(
        tmp_path_factory.mktemp("packed") / "book",
        {
            "index.md": "# T\n\nSee {ref}`sec-a` and ![](img/a.svg).\n",
            "one/a.md": page(
                "| (sec-a)=\n\n## A\n\n```{figure} ../img/b.svg\nB.\n```",
                "def f():  #@save\n    return 1\nprint('shared')",
                ":tags: [alpha]\nprint('only alpha')",
                ":tags: [check]\nassert f() == 1",
                "---\nmystnb: {figure: {caption: 'As {cite:t}`one.2001` did, and {cite:p}`gone`'}}\n---\n2",
                "| Long ago {cite:p}`none.2000,One.2001,bare.1999`.",
            ),
            "beta.md": page("1", front="editions: [beta]"),
        },
        CONFIG,
        {"img/a.svg": "<a/>", "img/b.svg": "<b/>", "img/unused.svg": "", "lib/__init__.py": "",
         "works.bib": WORKS, "lib/hand.py": "h = 1\n", "need.txt": "pytest  # tests\n-r more.txt\n-e ./tool\n"},
    )  # fmt: skip
    done = imprint(root, "build", "notebooks")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.mark.xdist_group("archives")
def test_a_notebook_ends_with_the_works_that_it_cites(packed):
    cells = json.loads(contents(packed, "alpha")["one/a.ipynb"])["cells"]
    ends = ["".join(cell["source"]) for cell in cells if cell["id"] == "references"]
    gauss = "Carl Friedrich Gauß. *On A*. P, 2001. URL: [https://example.org/not-this](https://example.org/not-this), [doi:10.1/a#b](https://doi.org/10.1/a#b)."
    assert ends == [f"**References**\n\n- On d. 2000.\n- {gauss}\n- Zeta. On E. 1999."]
    assert "references" not in [
        cell["id"] for cell in json.loads(contents(packed, "beta")["beta.ipynb"])["cells"]
    ]


@pytest.mark.xdist_group("archives")
def test_an_archive_has_what_makes_the_data_of_quick_runs(tmp_path, imprint):
    config = CONFIG.replace("requirements: need.txt", "") + (
        "datasets: {calls: [lib.load], registry: lib.KNOWN, sources: {smoke: ['make/src/**/*.py']}}\n"
        "profiles: {smoke: {env: {DATA: 'a sample'}}}\n"
    )
    made = {"make/pyproject.toml": "", "make/src/twins.py": "x = 1\n", "make/src/a/b.py": ""}
    root = book(
        tmp_path / "book", {"index.md": page("1 + 1")}, config,
        {"lib/__init__.py": "KNOWN = {}\n", **made},
    )  # fmt: skip
    done = imprint(root, "build", "notebooks")
    assert done.returncode == 0, done.stdout + done.stderr
    files = contents(root, "alpha")
    assert made.keys() <= files.keys()
    said = files["README.md"].decode()
    assert "python -m pip install ./make\nDATA='a sample' jupyter lab\n" in said


def contents(root: Path, edition: str) -> dict[str, bytes]:
    with zipfile.ZipFile(root / f"build/notebooks/small-{edition}.zip") as archive:
        return {
            name.removeprefix(f"small-{edition}/"): archive.read(name)
            for name in archive.namelist()
        }


@pytest.mark.xdist_group("archives")
def test_an_archive_holds_an_editions_notebooks_and_all_that_they_need(packed):
    files = contents(packed, "alpha")
    assert set(files) == {
        "index.ipynb", "one/a.ipynb", "img/a.svg", "img/b.svg", "lib/__init__.py", "lib/hand.py",
        "lib/alpha.py", "requirements.txt", "README.md",
    }  # fmt: skip
    assert files["requirements.txt"] == b"pytest  # tests\n"
    assert set(contents(packed, "beta")) == (set(files) - {"lib/alpha.py", "requirements.txt"}) | {
        "lib/beta.py", "beta.ipynb"
    }  # fmt: skip


@pytest.mark.xdist_group("archives")
def test_a_packed_notebook_is_valid_and_shows_what_its_run_showed(packed):
    for name, data in contents(packed, "alpha").items():
        if name.endswith(".ipynb"):
            nbformat.validate(nbformat.reads(data.decode(), as_version=4))
            assert not re.search(r"imprint|\{[\w:]+\}`|```\{", data.decode())
    node = nbformat.reads(contents(packed, "alpha")["one/a.ipynb"].decode(), as_version=4)
    code = [cell for cell in node.cells if cell.cell_type == "code"]
    shown = [cell.outputs[0] for cell in code]
    assert [output.text for output in shown[:2]] == ["shared\n", "only alpha\n"]
    assert shown[2].data["text/plain"] == "2"
    beta = json.loads(contents(packed, "beta")["one/a.ipynb"])
    assert ["only alpha" in str(cell["source"]) for cell in beta["cells"]] == [False] * len(
        beta["cells"]
    )


@pytest.mark.xdist_group("archives")
def test_building_again_gives_the_same_archives(packed, imprint):
    before = {path.name: path.read_bytes() for path in (packed / "build/notebooks").iterdir()}
    shutil.rmtree(packed / "build")
    assert imprint(packed, "build", "notebooks", "--jobs", "1").returncode == 0
    assert {
        path.name: path.read_bytes() for path in (packed / "build/notebooks").iterdir()
    } == before


@pytest.mark.xdist_group("archives")
def test_a_packed_notebook_runs_where_it_is_unpacked(packed, tmp_path):
    from nbclient import NotebookClient

    with zipfile.ZipFile(packed / "build/notebooks/small-alpha.zip") as archive:
        archive.extractall(tmp_path)
    path = tmp_path / "small-alpha/one/a.ipynb"
    node = nbformat.read(io.StringIO(path.read_text("utf-8")), as_version=4)
    done = NotebookClient(node, resources={"metadata": {"path": path.parent}}).execute()
    *_, note = done.cells
    printed = [cell.outputs[0].text for cell in done.cells if "print" in cell.source]
    assert printed == ["shared\n", "only alpha\n"]
    assert note.source.startswith("Run on the CPU: Python ")


def test_a_page_without_a_run_keeps_its_cells(tmp_path):
    opened = load(book(tmp_path, {"a.md": page("print(1)")}))
    (read,) = read_pages(opened)
    texts = archives.notebooks(
        opened, opened.editions[0], [read], Plan(Dependencies.of_book(tmp_path, {}))
    )
    assert [cell["source"] for cell in json.loads(texts["a"])["cells"]] == ["# A Page", "print(1)"]
    assert notebooks.readable(read, "alpha", None).cells[1].outputs == []


# Alone -------------------------------------------------------------------------------------


DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="9" height="9"/></svg>'


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """A book whose page has two drawings of one name, and uses the library."""
    return book(
        tmp_path_factory.mktemp("alone") / "book",
        {
            "index.md": "# T\n",
            "one/a.md": page("def f():  #@save\n    return 1"),
            "one/b.md": page(
                "| ```{figure} ../img/b.svg\nB.\n```\n\n![](b.svg)",
                "from lib import alpha as lib\nprint('it is', lib.f())",
            ),
        },
        "title: T\neditions: {alpha: {title: Alpha, library: lib/alpha.py}}\n",
        {"img/b.svg": DRAWING, "one/b.svg": DRAWING.replace("40", "60"), "lib/__init__.py": ""},
    )


@pytest.fixture(scope="module")
def single(drawn, tmp_path_factory, imprint) -> Path:
    """A folder with nothing in it but one notebook, as a reader of the website has it."""
    done = imprint(drawn, "build", "html", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path_factory.mktemp("downloads")
    shutil.copy(drawn / "build/html/_downloads/alpha/one/b.ipynb", folder)
    return folder


@pytest.mark.xdist_group("archives")
def test_a_notebook_that_is_downloaded_alone_runs_and_has_its_pictures(single):
    node = nbformat.reads((single / "b.ipynb").read_text(), as_version=4)
    nbformat.validate(node)
    (shown,) = [cell for cell in node.cells if cell.get("attachments")]
    sizes = {}
    for name, bundle in shown.attachments.items():
        assert f"](attachment:{name})" in shown.source
        sizes[name] = struct.unpack(">II", base64.b64decode(bundle["image/png"])[16:24])
    assert sizes == {"img-b.svg.png": (80, 40), "one-b.svg.png": (120, 40)}
    NotebookClient(node, resources={"metadata": {"path": str(single)}}).execute()
    printed = [out.text for cell in node.cells for out in cell.get("outputs", ()) if "text" in out]
    assert printed == ["it is 1\n"]


SHOWN = """![a](img/a.svg "A title")

![b](/img/b.svg) and ![c](<img/c d.svg>) and ![f](img/f%20g.svg)

```
![x](img/x.svg)
```

Write `![o](img/outside.svg)`, not ![o](../../outside.svg).

<img alt="e" src="img/e.svg"> <img src="https://example.org/x.png"> ![n](img/nowhere.svg)
"""


@pytest.mark.xdist_group("archives")
def test_pictures_however_they_are_addressed_come_with_the_notebooks(tmp_path, imprint):
    names = ("a", "b", "c d", "f g", "e")
    root = book(
        tmp_path / "book",
        {"index.md": "# T\n", "one/two.md": "# P\n\n" + SHOWN.replace("(img", "(../img").replace(
            "(<img", "(<../img").replace('src="img', 'src="../img')},
        "title: T\neditions: {alpha: {title: Alpha}}\n",
        {f"img/{name}.svg": DRAWING for name in (*names, "x", "outside")},
    )  # fmt: skip
    (tmp_path / "outside.svg").write_text(DRAWING)
    done = imprint(root, "build", "html", "notebooks")
    assert done.returncode == 0, done.stdout + done.stderr
    (archive,) = (root / "build/notebooks").glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        held = {name.partition("/")[2]: name for name in opened.namelist()}
        packed = json.loads(opened.read(held["one/two.ipynb"]))
    assert {f"img/{name}.svg" for name in names} == {name for name in held if "svg" in name}
    assert not [name for name in held if ".." in name]
    text = "".join("".join(cell["source"]) for cell in packed["cells"])
    for name in ("a", "b", "c%20d", "f%20g", "e"):
        assert f"../img/{name}.svg" in text
    assert '"A title"' in text and "https://example.org/x.png" in text
    (single,) = (root / "build/html/_downloads").rglob("two.ipynb")
    cells = json.loads(single.read_text())["cells"]
    assert sum(len(cell.get("attachments", ())) for cell in cells) == 5


@pytest.mark.xdist_group("archives")
def test_drawings_that_nothing_can_turn_into_pictures_are_named(drawn, tmp_path, imprint):
    root = shutil.copytree(drawn, tmp_path / "book", ignore=shutil.ignore_patterns("build"))
    done = imprint(root, "build", "html", env={**os.environ, "PATH": "/nowhere"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "notebooks downloaded alone lack img/b.svg, one/b.svg (rsvg-convert" in done.stdout
    assert imprint(
        root, "build", "html", "--strict", env={**os.environ, "PATH": "/nowhere"}
    ).returncode
