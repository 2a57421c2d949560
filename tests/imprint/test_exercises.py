"""Promises of exercises: each is linked with its solution on the website and in notebooks."""

import json
import zipfile

import pytest
from bs4 import BeautifulSoup
from imprint import exercises
from imprint.book import load
from imprint.sources import read_pages

from tests.imprint.conftest import FRONT
from tests.imprint.small import book

ASKED = """\
(sec-first)=
# First

1. Not an exercise.

## Exercises

1. Why is this so
   long? See {ref}`sec-first`.
1. Show that

   $$
   a = b.
   $$

   1. First part.
   1. Second part.

   And more.
1. Nobody solved this.

```{code-cell} python
:tags: [check]
assert True
```
"""
SOLVED = """\
(sols)=
# Solutions

(sol-first)=
## First

### Exercise 1

Because. Then a broken reference {ref}`nowhere`.

```{code-cell} python
1 + 1
```

More of it.

### Exercise 2

So.

(sol-one)=
## One

### Exercise 1

Another page's.

## Something else

### Exercise 3

No solution.
"""
INDEX = "(chap-one)=\n# One\n\n## Exercises\n\n1. A question.\n"


@pytest.fixture
def root(tmp_path):
    front = FRONT % ""
    pages = {"one/index.md": INDEX, "one/first.md": front + ASKED, "solutions.md": front + SOLVED}
    return book(tmp_path, pages, "title: T\neditions: {a: {title: A}}\n")


def test_exercises_and_solutions_are_found_with_their_lines(root):
    pages = read_pages(load(root))
    first = exercises.exercises(pages[1])
    text = (root / "one/first.md").read_text().split("\n")
    assert [text[one.line - 1] for one in first] == [
        "1. Why is this so", "1. Show that", "1. Nobody solved this."
    ]  # fmt: skip
    solved = exercises.solutions(pages[2])
    assert [one.key for one in solved] == [("first", 1), ("first", 2), ("one", 1)]
    text = (root / "solutions.md").read_text().split("\n")
    assert [text[one.line - 1] for one in solved] == ["### Exercise 1", "### Exercise 2"] + [
        "### Exercise 1"
    ]
    (lacking,) = exercises.unmatched(pages)
    assert (lacking[1].key, lacking[2]) == (("first", 3), "exercise 3 has no solution")


@pytest.mark.parametrize(
    ("item", "linked"),
    [
        ("1. Show that\n   $$\n   a = b\n   $$\n\n   And more.", "1. @Show that LINK\n   $$\n"),
        ("1. What is `x`?\n\n   ```python\n   x\n   ```", "1. @What is `x`? LINK\n\n   ```"),
        ("1) Why\nnot?\n", "1) @Why\nnot? LINK\n"),
        ("1. Show\n   \\begin{align}\n   a\n   \\end{align}", "1. @Show LINK\n   \\begin{align}"),
        ("1. See\n   | a |\n   |---|\n", "1. @See LINK\n   | a |"),
        ("### Easy\n\n1. Why?\n", "1. @Why? LINK"),
        ("1. $$\n   a\n   $$\n", None),
        ("1. ```python\n   x\n   ```\n", None),
    ],
)  # fmt: skip
def test_a_link_ends_the_first_text_and_breaks_no_formula_or_code(tmp_path, item, linked):
    pages = {"a.md": f"# A\n\n## Exercises\n\n{item}\n",
             "s.md": "# S\n\n(sol-a)=\n## A\n\n### Exercise 1\n\nSo.\n"}  # fmt: skip
    text = read_pages(load(book(tmp_path, pages, "title: T\n")))[0].cells[0].source
    if linked is None:
        assert item.strip() in text
    else:
        linked = linked.replace("@", "{imprint-anchor}`ex-a-1`")
        assert linked.replace("LINK", "({ref}`Solution <sol-a-1>`)").strip() in text


def read(tmp_path, asked: str, solved: str, **pages: str) -> list:
    sources = {"a.md": f"# A\n\n## Exercises\n\n{asked}\n", "s.md": f"# S\n\n{solved}\n", **pages}
    return read_pages(load(book(tmp_path, sources, "title: T\n")))


def test_exercises_have_the_numbers_that_readers_see(tmp_path):
    a, _ = read(tmp_path, "3. Third.\n1. Fourth.\n\nText between.\n\n7. Seventh.", "")
    assert [one.number for one in exercises.exercises(a)] == [3, 4, 7]


def test_only_headings_of_exercises_are_solutions(tmp_path):
    solved = (
        "(sol-a)=\n## A\n\n### Exercise 1\n\n#### Exercise 2\n\n### Step 3\n\n### 2 ways\n\n"
        "### Exercise 1\n\n### 4\n\n### Solution 5\n\n(sol-a-6)=\n### Exercise 6\n\n(sol-a-2)=\n"
        "## Another\n\n### Exercise 1\n"
    )
    _, page = read(tmp_path, "1. Why?", solved)
    keys = [one.key for one in exercises.solutions(page)]
    assert keys == [("a", 1), ("a", 4), ("a", 5), ("a", 6), ("a-2", 1)]


def test_two_pages_of_one_name_are_told_and_not_linked(tmp_path):
    other = "# B\n\n## Exercises\n\n1. $$\n   b\n   $$\n\nThe last line."
    pages = read(tmp_path, "1. Why?", "(sol-a)=\n## A\n\n### Exercise 1\n", **{"b/a.md": other})
    assert "another page with exercises is called 'a', too" in [
        message for _, _, message in exercises.unmatched(pages)
    ]
    assert not any("Solution <" in cell.source for page in pages for cell in page.cells)


def test_the_authors_own_label_stays_with_its_heading(tmp_path):
    _, page = read(tmp_path, "1. Why?", "(sol-a)=\n## A\n\n(mine)=\n### Exercise 1\n\nSo.")
    assert any("(sol-a-1)=\n(mine)=\n### Exercise 1" in cell.source for cell in page.cells)


def test_a_solution_without_an_exercise_is_told(root):
    path = root / "solutions.md"
    path.write_text(path.read_text().replace("### Exercise 2", "### Exercise 9"))
    said = [text for _, _, text in exercises.unmatched(read_pages(load(root)))]
    assert "there is no exercise 9 on a page 'first'" in said


def test_each_leads_to_the_other_on_the_website_and_lines_stay(root, imprint):
    done = imprint(root, "build", "html")
    line = (root / "solutions.md").read_text().split("\n").index("### Exercise 1") + 3
    assert f"solutions.md:{line}: WARNING" in done.stdout  # of the broken reference
    assert done.stdout.count("WARNING") == 1, done.stdout
    site = {
        name: BeautifulSoup((root / f"build/html/{name}.html").read_text(), "html.parser")
        for name in ("one/first", "one/index", "solutions")
    }
    for page, number, name in (("one/first", 1, "first"), ("one/first", 2, "first"),
                               ("one/index", 1, "one")):  # fmt: skip
        (link,) = site[page].select(f"a.reference[href$='#sol-{name}-{number}']")
        assert link.get_text() == "Solution" and link.find_parent("li")
        assert link["href"].split("#")[0].endswith("solutions.html")
        target = site["solutions"].find(id=f"sol-{name}-{number}")
        section = target.find_parent("section") or target
        assert f"Exercise {number}" in (target if target.name == "section" else section).get_text()
        (back,) = site["solutions"].select(f"a.reference[href$='#ex-{name}-{number}']")
        assert back["href"].split("#")[0] == f"{page}.html"
        assert site[page].find(id=f"ex-{name}-{number}").find_parent("li")
    items = site["one/first"].select("section#exercises > ol > li")
    assert len(items) == 3 and "Solution" not in items[2].get_text()
    assert items[1].p.get_text().replace("\n", " ").strip() == "Show that (Solution)"


def test_notebooks_for_download_have_the_links(root, imprint):
    imprint(root, "build", "notebooks")
    (archive,) = (root / "build/notebooks").glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        texts = {name: json.loads(packed.read(name)) for name in packed.namelist()
                 if name.endswith(".ipynb")}  # fmt: skip
    (first,) = (node for name, node in texts.items() if name.endswith("first.ipynb"))
    text = "\n".join("".join(cell["source"]) for cell in first["cells"])
    assert "long? See First. ([Solution](../solutions.ipynb))" in text
    assert "imprint-anchor" not in text and "1. Why is this so" in text
    (solved,) = (node for name, node in texts.items() if name.endswith("solutions.ipynb"))
    text = "\n".join("".join(cell["source"]) for cell in solved["cells"])
    assert "[To the exercise](one/first.ipynb)" in text
    assert [cell["outputs"] for cell in solved["cells"] if cell["cell_type"] == "code"] != [[]]


def test_where_a_book_has_no_solutions_nothing_changes(tmp_path):
    pages = {"index.md": INDEX, "first.md": FRONT % "" + ASKED}
    pages = read_pages(load(book(tmp_path, pages, "title: T\n")))
    assert not any("imprint-anchor" in cell.source for page in pages for cell in page.cells)
    assert list(exercises.unmatched(pages)) == []


def test_links_come_and_go_with_the_solutions(root, imprint):
    imprint(root, "build", "html")
    page = root / "build/html/one/first.html"
    assert page.read_text().count("#sol-first-") == 2
    path = root / "solutions.md"
    path.write_text(path.read_text().replace("### Exercise 2", "### Remark"))
    imprint(root, "build", "html")
    assert page.read_text().count("#sol-first-") == 1
