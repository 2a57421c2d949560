"""Search as a reader has it: typed into a browser, from a folder and from a server."""

import functools
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.imprint.conftest import write
from tests.imprint.small import book

pytestmark = pytest.mark.xdist_group("search")
CONFIG = """\
title: T
editions:
  alpha: {title: Alpha, default: true, library: lib/alpha.py}
  beta: {title: Beta, library: lib/beta.py}
parse: {myst_enable_extensions: [dollarmath]}
sphinx:
  config:
    numfig: true
    mathjax3_config: {tex: {macros: {R: '\\mathbb{R}'}}}
    html_theme_options: {repository_url: "", show_navbar_depth: 2}
"""
TOC = """\
format: jb-book
root: index
parts:
- chapters: [{file: index2}]
- numbered: 3
  chapters:
  - file: birds
    sections: [{file: herons}]
  - file: code
- chapters: [{file: reference}, {file: hidden}]
"""
FRONT = "---\nkernelspec: {name: python3, display_name: Python 3}\n---\n"
HERONS = f"""\
# Herons

A heron waits by the water, and its neck is an S.

## What Herons Eat

{"Fish, frogs, and now and then a vole. " * 40}

Let $\\mathbf{{x}} \\in \\R^n$ be the lengths of the fish. A café by the lake has a bittern on its
sign.

## Gradients of Feeding

The gradient of hunger is steep in winter. For $n$ birds,

$$\\sum_{{i=1}}^n \\texttt{{secretformula}}_i.$$

鷺は水辺で待つ。

+++ {{"tags": ["alpha"]}}

Only alpha knows the egret.

+++ {{"tags": ["beta"]}}

Only beta knows the spoonbill.

+++

In winter, hunger is steep.
"""
CODE = (
    FRONT
    + """\
# Programs

## Counting

```{code-cell} python
def count_birds(flock):  #@save
    \"\"\"How many birds there are.\"\"\"
    return len(flock)
```

## Using It

Call `lib.count_birds` with a list, and `lib.count_birds` says how many there are.

```{code-cell} python
print("counted", count_birds(["heron"]))
```
"""
)
PAGES = {
    "index.md": "# Book\n\nWelcome.\n", "index2.md": "# Foreword\n\nUnnumbered words.\n",
    "birds.md": "# Birds\n\nThey fly. A heron does, too.\n", "herons.md": HERONS, "code.md": CODE,
    "reference.md": "# Reference\n\n## Names\n\n```{library-definitions}\n```\n",
    "hidden.md": "---\nnosearch: true\n---\n# Hidden\n\nA heron nobody finds.\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, imprint: Callable) -> Path:
    root = book(tmp_path_factory.mktemp("search") / "book", PAGES, CONFIG, {"_toc.yml": TOC})
    write(root, {"lib/__init__.py": ""})
    made = imprint(root, "build", "html", "--strict")
    assert made.returncode == 0, made.stdout + made.stderr
    return root


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(15_000)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    yield page
    page.close()
    assert wrong == []


@pytest.fixture
def folder(built: Path) -> str:
    """The site's address where it is opened from a folder."""
    return (built / "build" / "html").as_uri()


def look_for(page: Page, query: str) -> list[str]:
    """The headings of what is found for a query typed into the field, in order."""
    if not page.locator("dialog input[name=q]").is_visible():
        page.locator(".search-button__button:visible").first.click()
    page.locator("dialog input[name=q]").fill("")
    expect(page.locator("dialog .imprint-search-status")).to_have_count(0)
    page.locator("dialog input[name=q]").fill(query)
    expect(page.locator("dialog .imprint-search-status")).to_have_count(1)
    return page.locator("dialog .imprint-result-title").all_inner_texts()


def excerpt(page: Page, heading: str) -> str:
    item = page.locator("dialog .imprint-results li").filter(has_text=heading).first
    return item.locator(".imprint-excerpt").inner_text()


def test_sections_are_found_while_the_reader_types(page: Page, folder: str) -> None:
    page.goto(f"{folder}/index.html")
    found = look_for(page, "heron")
    assert found[0] == "1.1 Herons"
    assert {"1 Birds", "1.1.1 What Herons Eat", "2.2 Using It"} <= set(found)
    assert "Hidden" not in found and "Foreword" not in found
    where = page.locator("dialog .imprint-results li").filter(has_text="What Herons Eat")
    expect(where.locator(".imprint-result-page")).to_have_text("1.1 Herons")
    expect(where.locator("mark").first).to_have_text("Heron")


def test_all_words_are_in_what_is_found_and_phrases_as_they_stand(page: Page, folder: str) -> None:
    page.goto(f"{folder}/index.html")
    assert look_for(page, "winter hunger") == ["1.1.2 Gradients of Feeding"]
    assert look_for(page, '"hunger is steep"') == ["1.1.2 Gradients of Feeding"]
    assert look_for(page, '"steep is hunger"') == []
    assert look_for(page, "frogs programs") != []
    expect(page.locator(".imprint-search-status")).to_contain_text("No section has all of this")


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("cafe", "1.1.1 What Herons Eat"), ("CAFÉ", "1.1.1 What Herons Eat"),
        ("bitterns", "1.1.1 What Herons Eat"), ("gradients", "1.1.2 Gradients of Feeding"),
        ("水辺", "1.1.2 Gradients of Feeding"), ("spon", None), ("zzzz", None),
    ],
)  # fmt: skip
def test_spellings_of_a_word(page: Page, folder: str, query: str, heading: str | None) -> None:
    page.goto(f"{folder}/index.html")
    found = look_for(page, query)
    assert found[:1] == ([heading] if heading else [])


def test_a_misspelt_word_is_taken_for_the_nearest_one_and_that_is_said(
    page: Page, folder: str
) -> None:
    page.goto(f"{folder}/index.html")
    assert look_for(page, "gradeint")[0] == "1.1.2 Gradients of Feeding"
    status = page.locator(".imprint-search-status")
    expect(status).to_contain_text("Nothing for “gradeint”. Results for “gradient”")


def test_a_number_finds_its_section(page: Page, folder: str) -> None:
    page.goto(f"{folder}/index.html")
    herons = ["1.1 Herons", "1.1.1 What Herons Eat", "1.1.2 Gradients of Feeding"]
    for query in ("1.1", "section 1.1", "Section 1.1.", "§1.1"):
        assert look_for(page, query) == herons, query
    assert look_for(page, "chapter 2")[0] == "2 Programs"


def test_a_name_of_the_library_finds_what_describes_and_what_defines_it(
    page: Page, folder: str
) -> None:
    page.goto(f"{folder}/index.html")
    for query in ("lib.count_birds", "count_birds", "count_birds()"):
        found = look_for(page, query)
        assert found[0] == "lib.alpha.count_birds", query
        assert set(found[1:]) == {"2.1 Counting", "2.2 Using It"}, query
    assert excerpt(page, "2.2 Using It").count("lib.count_birds") == 2


def test_an_excerpt_is_what_is_read_with_its_formulas(page: Page, folder: str) -> None:
    page.goto(f"{folder}/index.html")
    look_for(page, "lengths")
    shown = page.locator("dialog .imprint-excerpt").first
    expect(shown.locator("mark")).to_have_text("lengths")
    expect(shown.locator("math")).to_have_count(1)
    assert shown.locator("math").text_content() == "𝐱∈ℝn"
    assert "\\" not in shown.inner_text() and "$" not in shown.inner_text()
    assert look_for(page, "secretformula") == []  # TeX is not what is read


def test_only_the_edition_that_is_read_is_searched(page: Page, folder: str) -> None:
    page.goto(f"{folder}/herons.html")
    assert look_for(page, "egret") == ["1.1.2 Gradients of Feeding"]
    assert look_for(page, '"spoonbill"') == []
    page.goto(f"{folder}/herons.html?edition=beta")
    assert look_for(page, "spoonbill") == ["1.1.2 Gradients of Feeding"]
    assert look_for(page, "count_birds")[0] == "lib.beta.count_birds"
    page.goto(f"{folder}/herons.html?edition=all")
    assert look_for(page, "spoonbill") == look_for(page, "egret") != []


MARKED = (
    """() => [...(CSS.highlights.get("imprint-search") ?? [])].map(range => range.toString())"""
)


def test_a_result_leads_to_its_match_marked_in_its_section(page: Page, folder: str) -> None:
    page.goto(f"{folder}/index.html")
    look_for(page, "bittern")
    page.locator("dialog a.imprint-result").first.click()
    page.wait_for_url("**/herons.html#what-herons-eat")
    assert page.evaluate(MARKED) == ["bittern"]
    expect(page.get_by_text("has a bittern on its sign")).to_be_in_viewport()
    page.keyboard.press("Escape")
    assert page.evaluate(MARKED) == []
    look_for(page, "lib.count_birds")
    page.get_by_role("link", name="2.2 Using It").click()
    page.wait_for_url("**/code.html#using-it")
    assert page.evaluate(MARKED) == ["lib.count_birds", "lib.count_birds"]


def test_the_keyboard_is_enough(page: Page, folder: str) -> None:
    page.goto(f"{folder}/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("heron")
    expect(page.locator("dialog a.imprint-result").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator("dialog a.imprint-result").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/herons.html")


def test_enter_leads_to_a_page_of_all_results(page: Page, folder: str) -> None:
    page.goto(f"{folder}/index.html")
    look_for(page, "heron")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=heron*")
    links = page.locator("#search-results a.imprint-result")
    expect(links.first).to_contain_text("1.1 Herons")
    page.locator("input[name=q]:visible").fill("vole")
    expect(page.locator("#search-results .imprint-result-title")).to_have_text(
        ["1.1.1 What Herons Eat"]
    )


def test_the_text_is_fetched_when_the_reader_searches(page: Page, built: Path) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(built / "build/html"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://127.0.0.1:{server.server_port}/herons.html", wait_until="networkidle")
        assert asked and not [url for url in asked if "/_search/" in url]
        assert look_for(page, "egret") == ["1.1.2 Gradients of Feeding"]
        assert len([url for url in asked if "/_search/" in url]) == 1
        server.shutdown()


def test_a_book_of_170_pages_is_searched_in_a_tenth_of_a_second(page: Page, built: Path) -> None:
    """As much text as this book's first 47 pages have, for 170 pages: sections of 1,900 characters,
    13 a page."""
    text = (built / "build/html/_search/sections.js").read_text("utf-8")
    own = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    words = [f"word{number}" for number in range(20_000)]
    sections = [
        [0, f"s{one}", "", f"Section {one}",
         [["", " ".join(words[(one * 7919 + 31 * i) % 20_000] for i in range(210))]]]
        for one in range(170 * 13)
    ]  # fmt: skip
    own["sections"] += sections
    large = built / "build/html/_search/sections.js"
    try:
        large.write_text(f"imprintSearch({json.dumps(own)})\n", "utf-8")
        assert large.stat().st_size > 4_000_000
        page.goto((built / "build/html/index.html").as_uri())
        look_for(page, "word1")  # loads it
        page.wait_for_timeout(1000)
        queries = ["gradeint", "word12 word44", "lib.count_birds", '"a vole"']
        rounds = [page.evaluate(TYPE, queries) for _ in range(5)]
    finally:
        large.write_text(text, "utf-8")
    # a round that something else on the machine has held up says nothing of the search
    assert max(map(min, zip(*rounds))) <= 100, rounds


TYPE = """async queries => {
    const input = document.querySelector("dialog input[name=q]"), times = [];
    const place = input.form.nextElementSibling;
    for (const query of queries) {
        place.replaceChildren();
        const began = performance.now();
        input.value = query;
        input.dispatchEvent(new Event("input"));
        while (!place.firstChild) await new Promise(done => setTimeout(done));
        times.push(performance.now() - began);
    }
    return times;
}"""


def test_titles_of_boxes_and_tables_and_pages_without_headings_are_found(
    tmp_path: Path, imprint: Callable, page: Page
) -> None:
    boxes = "```{admonition} Zebrafish lemma\nBody.\n```\n\n"
    boxes += "```{list-table} Quagga caption\n* - a\n  - b\n```\n"
    pages = {"index.md": f"# A\n\n{boxes}", "two.md": "Only wombats here.\n"}
    root = book(tmp_path, pages, "title: T\n")
    assert imprint(root, "build", "html").returncode == 0
    page.goto((root / "build/html/index.html").as_uri())
    assert look_for(page, "zebrafish") == look_for(page, "quagga") == ["A"]
    assert len(look_for(page, "wombats")) == 1


def test_what_left_the_book_is_not_found_any_more(
    tmp_path: Path, imprint: Callable, page: Page
) -> None:
    pages = {"index.md": "# A\n\nA quagga.\n", "two.md": "# B\n\nZebras.\n"}
    root = book(tmp_path, pages, "title: T\n")
    assert imprint(root, "build", "html").returncode == 0
    page.goto((root / "build/html/index.html").as_uri())
    assert (look_for(page, "quagga"), look_for(page, "zebra")) == (["A"], ["B"])
    write(root, {"index.md": "# A\n\nNothing.\n", "_toc.yml": "format: jb-book\nroot: index\n"})
    (root / "two.md").unlink()
    assert imprint(root, "build", "html").returncode == 0
    page.goto((root / "build/html/index.html").as_uri())
    assert (look_for(page, "quagga"), look_for(page, "zebra")) == ([], [])
    assert look_for(page, "nothing") == ["A"]
