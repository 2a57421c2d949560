"""Slides of each chapter, in a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.imprint.conftest import write

CONFIG = """\
title: A Book
author: Its authors
editions:
  alpha: {title: Alpha}
  beta: {title: Beta}
slides: white
sphinx:
  config:
    mathjax3_config: {tex: {macros: {R: '\\mathbb{R}', norm: ['\\lVert #1 \\rVert', 1]}}}
"""
TOC = """\
format: jb-book
root: index
chapters:
- file: one/index
  sections: [{file: one/first}, {file: one/second}, {file: one/third}]
- file: two
"""
FIRST = """\
---
kernelspec: {name: python3, display_name: Python 3}
---
(sec-first)=
# The First Page

A long story.

+++ {"tags": ["slide"]}

The norm $\\norm{\\mathbf{x}}$ of $\\mathbf{x} \\in \\R^n$ is, as {eq}`eq-norm`
and {ref}`sec-two` say,

$$\\norm{\\mathbf{x}} = \\sqrt{\\sum_i x_i^2}.$$ (eq-norm)

```{image} ../img/b.svg
:alt: A red square.
```

+++

The story goes on.

```{code-cell} python
:tags: [fragment, alpha]
print('by', 'alpha')
```

```{code-cell} python
:tags: [fragment, beta]
print('by', 'beta')
```

```{code-cell} python
print('nobody shows this')
```
"""
SECOND = """\
---
kernelspec: {name: python3, display_name: Python 3}
---
# The Second Page

```{code-cell} python
:tags: [fragment]
print(6 * 7)
```
"""
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0h9"/></svg>'
FILES = {
    "_config.yml": CONFIG, "_toc.yml": TOC, "index.md": "# A Book\n",
    "two.md": "(sec-two)=\n# Chapter Two\n",
    "one/index.md": "# Chapter One\n", "one/first.md": FIRST, "one/second.md": SECOND,
    "one/third.md": "# Without\n", "img/b.svg": DRAWING,
}  # fmt: skip


pytestmark = pytest.mark.xdist_group("slides")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, imprint: Callable) -> Path:
    root = write(tmp_path_factory.mktemp("slides") / "book", FILES)
    done = imprint(root, "build", "html", "slides", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    return root


@pytest.fixture
def deck(made: Path, browser: Browser) -> Iterator[Page]:
    """Edition alpha's presentation of the first chapter, at its title."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    troubles: list[str] = []
    page.on("console", lambda told: troubles.append(told.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(request.url))
    page.goto((made / "build/slides/book-alpha-slides/one.html").as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    yield page
    page.close()
    assert troubles == []


def seen(page: Page) -> str:
    return page.evaluate("Reveal.getCurrentSlide().innerText")


def test_keys_lead_through_what_is_tagged_and_nothing_else(deck: Page) -> None:
    told = [seen(deck)]
    for _ in range(5):
        deck.keyboard.press("Space")
        deck.wait_for_timeout(50)
        told.append(seen(deck))
    assert [text.split("\n")[0].strip() for text in (told[0], told[1], told[4])] == [
        "Chapter One", "The First Page", "The Second Page",
    ]  # fmt: skip
    assert "Its authors" in told[0] and "Alpha" in told[0]
    assert "42" in told[5] and deck.evaluate("Reveal.isLastSlide()")
    whole = deck.evaluate("document.querySelector('.slides').textContent")
    assert "story" not in whole and "nobody shows this" not in whole and "Without" not in whole
    assert "alpha" in whole and "beta" not in whole


def test_a_fragment_comes_with_a_key_of_its_own(deck: Page) -> None:
    deck.evaluate("Reveal.slide(1, 1)")
    shown = deck.get_by_text("by alpha", exact=True)
    fragment = shown.locator("xpath=ancestor-or-self::*[contains(@class, 'fragment')][1]")
    fragment.wait_for(state="hidden")
    deck.keyboard.press("Space")
    fragment.wait_for(state="visible")


def test_formulas_references_and_pictures_are_there_without_a_network(deck: Page) -> None:
    deck.evaluate("Reveal.slide(1, 1)")
    slide = deck.locator("section.present section.present")
    assert slide.locator("mjx-container").count() == 3
    said = " ".join(slide.inner_text().split())
    assert "$" not in said and "as (1) and Chapter Two say" in said
    assert slide.locator("a").count() == 0
    assert deck.evaluate("document.fonts.check('16px MJXTEX')")
    assert slide.get_by_alt_text("A red square.").evaluate("it => it.naturalWidth") == 40


def test_axe_finds_nothing(deck: Page) -> None:
    deck.evaluate("Reveal.slide(1, 1)")
    found = Axe().run(deck, options={"preload": False}).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_every_page_of_its_chapter_leads_there(made: Path, browser: Browser) -> None:
    page = browser.new_page()
    for name in ("one/index", "one/first", "one/third"):
        page.goto((made / f"build/html/{name}.html").as_uri())
        assert "fontawesome" not in page.content()  # every icon is drawn
        links = page.locator("a", has_text="Slides (Alpha)")
        page.goto(links.first.evaluate("it => it.href"))
        assert page.title() == "Chapter One: slides (Alpha)"
        assert page.evaluate("Reveal.isReady()")
    page.goto((made / "build/html/two.html").as_uri())
    assert page.locator("a", has_text="Slides").count() == 0
    page.close()


def test_another_theme_and_one_that_there_is_not(made: Path, tmp_path: Path, imprint: Callable):
    files = FILES | {"_config.yml": CONFIG.replace("slides: white", "slides: {theme: night}")}
    root = write(tmp_path / "book", files)
    assert imprint(root, "build", "slides").returncode == 0
    (page,) = root.glob("build/slides/book-beta-slides/*.html")
    assert "theme/night.css" in page.read_text() and "beta" in page.read_text()
    kept = page.read_bytes()
    write(root, {"_config.yml": CONFIG.replace("slides: white", "slides: nihgt")})
    done = imprint(root, "build", "slides")
    assert done.returncode == 1 and "_config.yml:6" in done.stdout + done.stderr
    assert "'night'" in done.stdout + done.stderr
    assert page.read_bytes() == kept


def test_a_book_that_asks_for_none_has_none(tmp_path: Path, imprint: Callable) -> None:
    root = write(tmp_path / "book", FILES | {"_config.yml": CONFIG.replace("slides: white", "")})
    done = imprint(root, "build", "slides")
    assert done.returncode == 1 and "add slides: white" in done.stdout + done.stderr
    assert imprint(root, "build", "html", "--strict").returncode == 0
    assert not (root / "build/slides").exists()
