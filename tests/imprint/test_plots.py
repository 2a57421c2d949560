"""Plots as readers have them: numbered and captioned in every product, the same figure in each
edition, in the colours of the page."""

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page, sync_playwright

from tests.imprint.conftest import BROWSER
from tests.imprint.small import TWO_EDITIONS, book, page

pytestmark = pytest.mark.xdist_group("plots")
CONFIG = TWO_EDITIONS + 'sphinx: {config: {numfig: true, numfig_format: {figure: "Fig. %s"}}}\n'
PLOT = """\
---
mystnb:
  figure: {{name: {name}, caption: "{caption}"}}
  image: {{alt: {alt}}}
---
{code}
"""
DRAW = "plt.figure(figsize=(3, 2))\nplt.plot({})\nplt.title('a title')\nplt.show()"
PAGE = page(
    "%matplotlib inline\nfrom matplotlib import pyplot as plt",
    PLOT.format(
        name="fig-apart", caption="Apart, unlike {numref}`fig-same`.", alt="a line",
        code=DRAW.format("[1, 2 if edition == 'alpha' else 0]"),
    ),
    PLOT.format(name="fig-same", caption="The same.", alt="a second", code=DRAW.format("[3, 4]")),
    DRAW.format("[5, 6]"),
    "| See {numref}`fig-apart` and {numref}`fig-same`.\n\n" + "Words to scroll past.\n\n" * 60,
)  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, imprint: Callable) -> Path:
    made = book(tmp_path_factory.mktemp("plots"), {"a.md": PAGE}, CONFIG)
    done = imprint(made, "build", "html", "notebooks", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@pytest.fixture(scope="module")
def html(root: Path) -> BeautifulSoup:
    return BeautifulSoup((root / "build/html/a.html").read_text("utf-8"), "html.parser")


def test_the_editions_plots_have_one_number(html: BeautifulSoup) -> None:
    figures = {figure["id"]: figure.figcaption.get_text(" ") for figure in html.select("figure")}
    numbers = {name: re.search(r"Fig\. (\d+)", text)[1] for name, text in figures.items()}
    assert numbers == {"fig-apart": "1", "fig-apart-beta": "1", "fig-same": "2"}
    text = " ".join(html.select_one("article").get_text().split())
    assert "See Fig. 1 and Fig. 2." in text
    assert text.count("Apart, unlike Fig. 2.") == 2


def test_numbers_stay_when_the_page_is_built_again(root: Path, imprint: Callable) -> None:
    built = root / "build/html/a.html"
    before = built.read_text("utf-8")
    source = root / "a.md"
    text = source.read_text("utf-8")
    source.write_text(text.replace("Words to", "Words that one may", 1), "utf-8")
    imprint(root, "build", "html", "--strict")
    source.write_text(text, "utf-8")
    imprint(root, "build", "html", "--strict")
    assert built.read_text("utf-8") == before


def test_plots_have_their_alternative_text(html: BeautifulSoup) -> None:
    told = [image.get("alt") for image in html.select(".cell_output img")]
    assert told[:3] == ["a line", "a line", "a second"]


def test_notebooks_have_captions_under_their_plots(root: Path) -> None:
    for edition in ("alpha", "beta"):
        archive = next((root / "build").rglob(f"*{edition}*.zip"))
        with zipfile.ZipFile(archive) as files:
            (name,) = (name for name in files.namelist() if name.endswith("a.ipynb"))
            node = nbformat.reads(files.read(name).decode(), as_version=4)
        texts = [cell.source for cell in node.cells]
        under = texts.index("*Figure 1. Apart, unlike Figure 2.*")
        assert "plt.plot([1," in texts[under - 1]
        assert "*Figure 2. The same.*" in texts
        nbformat.validate(node)


def test_check_names_the_plots_without_text(root: Path, imprint: Callable) -> None:
    done = imprint(root, "check")
    (line,) = [number for number, text in enumerate(PAGE.split("\n"), 1) if "[5, 6]" in text]
    named = re.findall(r"^a\.md:(\d+): F202", done.stdout, re.MULTILINE)
    assert [int(number) for number in named] == [line - 2], done.stdout


@pytest.fixture(scope="module")
def reader(root: Path) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**BROWSER)
        yield browser.new_page(viewport={"width": 1200, "height": 800})
        browser.close()


def open_page(reader: Page, root: Path, query: str = "") -> None:
    reader.goto(f"file://{root}/build/html/a.html{query}")


def test_a_link_leads_to_the_plot_of_the_edition_that_is_read(root: Path, reader: Page) -> None:
    open_page(reader, root, "?edition=beta")
    reader.locator("p > a.reference[href='#fig-apart']").first.click()
    reader.wait_for_function("scrollY < 1000")
    assert reader.locator("#fig-apart-beta").is_visible()
    assert not reader.locator("#fig-apart").is_visible()
    top = reader.evaluate("document.getElementById('fig-apart-beta').getBoundingClientRect().top")
    assert 0 <= top < 400
    assert "edition=beta" in reader.url


def colours(reader: Page, image: str) -> set[tuple[int, ...]]:
    """The colours that an image is seen in, on its page."""
    shot = reader.locator(image).first.screenshot()
    return set(reader.evaluate(
        """async bytes => {
          const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
          canvas.drawImage(bitmap, 0, 0);
          const data = canvas.getImageData(0, 0, bitmap.width, bitmap.height).data;
          const seen = {};
          for (let i = 0; i < data.length; i += 4) {
            const one = data.slice(i, i + 3).join();
            seen[one] = (seen[one] || 0) + 1;
          }
          return Object.keys(seen).sort((one, other) => seen[other] - seen[one]).slice(0, 40);
        }""", list(shot),
    ))  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_plot_has_the_ground_and_the_ink_of_the_page(root, reader: Page, theme: str) -> None:
    open_page(reader, root)
    reader.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    reader.wait_for_timeout(300)
    ground = reader.evaluate("getComputedStyle(document.body).backgroundColor")
    seen = colours(reader, "#fig-same img")
    assert ",".join(re.findall(r"\d+", ground)[:3]) in seen
    ink = {"light": "0,0,0", "dark": "216,216,216"}[theme]
    other = {"light": "216,216,216", "dark": "0,0,0"}[theme]
    assert ink in seen
    assert other not in seen


ON_GROUNDS = """
%matplotlib inline
import numpy as np
from matplotlib import pyplot as plt
fig, (left, right) = plt.subplots(1, 2, figsize=(5, 2))
left.imshow([[9, 1], [0, 8]], cmap="Blues")
left.text(1, 0, "one")
left.set_title("Title")
right.plot([0, 1])
right.text(0.1, 0.8, "boxed", bbox=dict(facecolor="white"))
right.text(0.6, 0.2, "free")
plt.show()
"""


def test_text_on_a_ground_of_its_own_stays_dark(tmp_path: Path, imprint: Callable) -> None:
    made = book(tmp_path, {"index.md": "# T\n", "a.md": page(ON_GROUNDS)}, TWO_EDITIONS)
    assert imprint(made, "build", "html", "--strict").returncode == 0
    (drawing,) = (made / "build/html/_images").glob("*.svg")
    box = r'(?:<g id="patch_.*?</g>\s*)?'
    text = rf'<g id="text_\d+"( class="imprint-ground")?>\s*{box}<!-- (.*?) -->'
    groups = re.findall(text, drawing.read_text("utf-8"), re.S)
    dark = {text for ground, text in groups if ground}
    assert dark == {"one", "boxed"}
    assert {"Title", "free", "0.0"} <= {text for ground, text in groups if not ground}
