"""Promises of the website, read back from its files and seen in a browser."""

import datetime
import functools
import http.server
import json
import platform
import re
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.imprint.conftest import BROWSER, TOC, write
from tests.imprint.small import book

pytestmark = pytest.mark.xdist_group("published")

PAGES = (
    "index", "front", "one/index", "one/first", "one/second", "one/third", "references",
    "genindex", "search",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(published: Path) -> Path:
    return published / "build" / "html"


def soup(site: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{page}.html").read_text("utf-8"), "html.parser")


def article(site: Path, page: str) -> Tag:
    found = soup(site, page).select_one("article.bd-article")
    assert found is not None
    return found


def editions(group: Tag) -> dict[str, str]:
    """What one place of a page has for each edition, by the edition's title."""
    found = {}
    for part in group.select(":scope > .imprint-edition"):
        title, *rest = part.find_all(recursive=False)
        assert "imprint-edition-title" in title["class"]
        found[title.get_text()] = " ".join(" ".join(one.get_text() for one in rest).split())
    return found


# The files ---------------------------------------------------------------------------------


def test_the_editions_stand_apart_exactly_where_they_differ(site: Path) -> None:
    groups = article(site, "one/first").select(".imprint-editions:not(:has(.imprint-run))")
    assert [editions(group) for group in groups] == [
        {"Alpha": 'import os name = "from alpha"', "Beta": 'import os name = "from beta"'},
        {"Alpha": "from alpha", "Beta": "from beta Only beta says this sentence."},
    ]


def test_a_figure_that_the_editions_share_stands_once(site: Path) -> None:
    page = article(site, "one/third")
    assert not page.select(".imprint-editions:not(:has(.imprint-run))")
    assert len(page.select(".cell_output img, .cell_output svg")) == 1


def test_shared_cells_stand_once(site: Path) -> None:
    page = article(site, "one/first")
    for text in ('print("shared output")', "print(name)", "steps = 1000", "steps 2 pace fast"):
        assert page.get_text().count(text) == 1, text
    for group in page.select(".imprint-editions"):
        assert "shared output" not in group.get_text()


def test_check_cells_are_nowhere(site: Path) -> None:
    for path in site.rglob("*"):
        if path.suffix in (".html", ".ipynb", ".js") and "_static" not in path.parts:
            assert "hidden from readers" not in path.read_text("utf-8"), path


@pytest.mark.parametrize("page", [page for page in PAGES if "/" in page])
def test_no_markup_is_left_on_a_page(site: Path, page: str) -> None:
    text = article(site, page).get_text()
    for raw in ("{numref}", "{ref}", "{eq}", "{cite", "[?]", "```", "+++", "imprint-edition", "??"):
        assert raw not in text, raw
    assert not article(site, page).select(".system-message, .problematic")


def test_chapters_sections_figures_and_equations_are_numbered(site: Path) -> None:
    first, second = article(site, "one/first"), article(site, "one/second")
    assert first.h1.get_text().startswith("1.1. A First Section")
    assert first.select_one(".caption-number").get_text(strip=True) == "Fig. 1.1.1"
    assert first.select_one(".eqno").get_text().startswith("(1.1.1)")
    prose = second.p.get_text()
    assert "See Chapter 1, Section 1.1, Fig. 1.1.1 and (1.1.1)" in " ".join(prose.split())
    assert "Section 1.1" in article(site, "one/index").get_text()
    assert article(site, "front").h1.get_text().startswith("Foreword")


def test_a_citation_leads_to_its_entry_in_the_bibliography(site: Path) -> None:
    link = article(site, "one/third").select_one("p a.reference.internal")
    target = urlsplit(link["href"])
    entry = article(site, "references").find(id=target.fragment)
    assert target.path == "../references.html"
    assert "Everything Before" in entry.find_parent("div").get_text()


def test_downloads_are_there_and_are_what_they_say(site: Path) -> None:
    links = {
        link["title"]: (site / "one" / link["href"]).resolve()
        for link in soup(site, "one/first").select("a[href*=_downloads]")
    }
    assert set(links) == {
        "This page as a Jupyter notebook, Alpha edition",
        "This page as a Jupyter notebook, Beta edition",
        "PDF of the book, Alpha edition", "PDF of the book, Beta edition",
        "E-book (EPUB), Alpha edition", "E-book (EPUB), Beta edition",
        "All notebooks, Alpha edition", "All notebooks, Beta edition",
    }  # fmt: skip
    for title, path in links.items():
        own, other = ("alpha", "beta") if "Alpha" in title else ("beta", "alpha")
        if path.suffix == ".ipynb":
            node = nbformat.read(path, as_version=4)
            nbformat.validate(node)
            assert f"from {own}" in json.dumps(node) and f"from {other}" not in json.dumps(node)
        elif path.suffix == ".pdf":
            assert path.read_bytes().startswith(b"%PDF-")
        elif path.suffix == ".epub":
            with zipfile.ZipFile(path) as archive:
                assert archive.read("mimetype") == b"application/epub+zip"
        else:
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                assert f"small-{own}/one/first.ipynb" in archive.namelist()


def test_every_page_of_the_contents_offers_the_books_downloads(site: Path) -> None:
    for page in ("index", "front", "one/index", "references"):
        files = {Path(a["href"]).name for a in soup(site, page).select("a[href*=_downloads]")}
        assert files == {
            f"small-{name}.{kind}" for name in ("alpha", "beta") for kind in ("pdf", "epub", "zip")
        }


def test_where_a_page_is_discussed_is_linked_at_its_foot(site: Path) -> None:
    (link,) = article(site, "one/second").select(".imprint-discussion a")
    assert link["href"] == "https://forum.example/?about=one/second"
    assert not soup(site, "search").select(".imprint-discussion")


def test_a_page_says_under_its_title_in_what_its_run_was_not_a_full_one(site: Path) -> None:
    noted = {page: article(site, page).select("h1 + .imprint-quick") for page in PAGES[:7]}
    assert {page: [" ".join(note.get_text().split()) for note in found]
            for page, found in noted.items() if found} == {
        "one/first": ["The results on this page come from a quick run, with steps = 2 instead of "
                      "1000. A full run gives other numbers and curves."],
    }  # fmt: skip


def test_a_page_says_at_its_foot_when_and_with_what_it_ran(site: Path) -> None:
    (group,) = article(site, "one/first").select(".imprint-editions:has(.imprint-run)")
    year = datetime.datetime.now(datetime.UTC).year
    ran = rf"Run on the CPU: Python {re.escape(platform.python_version())}\."
    took = rf"It took \d+(\.\d)? s on \d+ \w+ {year}\."
    told = editions(group)
    assert list(told) == ["Alpha", "Beta"]
    assert all(re.fullmatch(f"{ran} {took}", text) for text in told.values()), told
    assert not article(site, "front").select(".imprint-run")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_and_image_inside_the_site_is_there(site: Path, page: str) -> None:
    html = soup(site, page)
    wanted = [tag["href"] for tag in html.select("a[href], link[href]")]
    wanted += [tag["src"] for tag in html.select("img[src], script[src]")]
    for link in wanted:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            assert parts.scheme in ("https", "data"), link
            continue
        there = site / page
        if parts.path:
            there = there.parent / unquote(parts.path)
            assert there.is_file(), f"{link} on {page}"
        if parts.fragment and (not parts.path or there.suffix == ".html"):
            target = html if not parts.path else soup(site, there.as_posix().removesuffix(".html"))
            assert target.find(id=parts.fragment) is not None, f"{link} on {page}"


def test_nothing_of_the_working_folders_gets_into_the_site(site: Path, published: Path) -> None:
    assert not [path for path in site.rglob("*") if path.suffix in (".doctree", ".pickle")]
    for path in site.rglob("*.html"):
        assert str(published) not in path.read_text("utf-8"), path


def test_sources_are_read_where_they_lie(published: Path) -> None:
    copies = [path for path in (published / "build").rglob("*.md") if "_sources" not in path.parts]
    assert copies == []


# The browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser, as often as one likes, whose user is always the same; each time the one
    before is closed."""
    folder = tmp_path_factory.mktemp("browser")
    opened: list[BrowserContext] = []

    with sync_playwright() as playwright:

        def start(user: str = "reader", **options: object) -> BrowserContext:
            while opened:
                opened.pop().close()
            context = playwright.chromium.launch_persistent_context(
                folder / user, **BROWSER, **options
            )
            context.set_default_timeout(15_000)
            opened.append(context)
            return context

        yield start
        while opened:
            opened.pop().close()


@pytest.fixture
def page(profile: Callable[..., BrowserContext]) -> Page:
    return profile("another").new_page()


def choose(page: Page, edition: str) -> None:
    page.get_by_label("Edition").select_option(edition)


def test_an_edition_once_chosen_stays_chosen(profile: Callable, address: str) -> None:
    page = profile().new_page()
    page.goto(f"{address}/one/first.html")
    alpha, beta = page.get_by_text('"from alpha"'), page.get_by_text('"from beta"')
    expect(alpha).to_be_visible()
    expect(beta).not_to_be_visible()
    expect(page.get_by_text("Only beta says")).not_to_be_visible()
    assert urlsplit(page.url).query == ""

    choose(page, "Beta")
    expect(alpha).not_to_be_visible()
    expect(beta).to_be_visible()
    expect(page.get_by_text("Only beta says")).to_be_visible()
    assert urlsplit(page.url).query == "edition=beta"

    page.get_by_title("next page").click()
    page.wait_for_url("**/one/second.html?edition=beta")
    expect(page.locator("html")).to_have_attribute("data-edition", "beta")

    page = profile().new_page()  # the browser closed and opened again
    page.goto(f"{address}/one/first.html#a-first-section")
    expect(page.get_by_text('"from beta"')).to_be_visible()
    expect(page.get_by_label("Edition")).to_have_value("beta")
    assert page.url.endswith("/one/first.html?edition=beta#a-first-section")


def test_a_first_visit_shows_the_default_edition(profile: Callable, tmp_path, imprint) -> None:
    settings = "title: T\neditions: {one: {title: One}, two: {title: Two, default: true}}\n"
    text = '# A\n\n+++ {"tags": ["one"]}\nFirst.\n\n+++ {"tags": ["two"]}\nSecond.\n\n+++\nEnd.\n'
    root = book(tmp_path, {"index.md": text}, settings)
    page = profile("new").new_page()
    for built, visible, hidden in (
        ((), "Second.", "First."),
        (("--edition", "one"), "First.", "Second."),
    ):
        assert imprint(root, "build", "html", *built).returncode == 0
        page.goto((root / "build/html/index.html").as_uri())
        expect(page.get_by_text(visible)).to_be_visible()
        expect(page.get_by_text(hidden)).not_to_be_visible()


def test_an_address_may_name_the_edition(profile: Callable, address: str) -> None:
    page = profile("invited").new_page()
    page.goto(f"{address}/one/first.html?edition=beta&other=1")
    expect(page.get_by_text('"from beta"')).to_be_visible()
    expect(page.get_by_text('"from alpha"')).not_to_be_visible()
    page.goto(f"{address}/one/first.html?edition=gamma")  # there is none, and beta is kept
    expect(page.get_by_text('"from beta"')).to_be_visible()
    choose(page, "Alpha")
    assert urlsplit(page.url).query == ""


def test_all_editions_may_be_compared(profile: Callable, address: str) -> None:
    page = profile("comparing").new_page()
    page.goto(f"{address}/one/first.html")
    titles = page.locator(".imprint-edition-title")
    expect(titles.first).not_to_be_visible()
    choose(page, "All")
    for text in ('"from alpha"', '"from beta"', "Only beta says"):
        expect(page.get_by_text(text)).to_be_visible()
    assert titles.all_inner_texts() == ["Alpha", "Beta"] * 3


def test_without_scripts_all_editions_are_there(profile: Callable, address: str) -> None:
    page = profile("scriptless reader", java_script_enabled=False).new_page()
    page.goto(f"{address}/one/first.html")
    for text in ('"from alpha"', '"from beta"', "Only beta says"):
        expect(page.get_by_text(text)).to_be_visible()
    expect(page.locator(".imprint-edition-title").first).to_be_visible()
    expect(page.locator(".imprint-edition-switch")).not_to_be_visible()


def test_downloads_are_those_of_the_chosen_edition(profile: Callable, address: str) -> None:
    page = profile("downloading").new_page()
    page.goto(f"{address}/one/first.html")
    for edition, other in (("Alpha", "Beta"), ("Beta", "Alpha")):
        choose(page, edition)
        page.get_by_label("Download notebooks, PDF, e-book").click()
        expect(page.get_by_role("link", name=f"Notebook ({edition})")).to_be_visible()
        expect(page.get_by_role("link", name=f"Notebook ({other})")).not_to_be_visible()
        page.keyboard.press("Escape")


def test_pages_opened_from_a_folder_keep_the_edition(profile: Callable, site: Path) -> None:
    context = profile("folder")
    context.add_init_script(  # as in browsers where each file is a site of its own
        "Object.defineProperty(window, 'localStorage', {get() {throw new DOMException('no')}})"
    )
    page = context.new_page()
    page.goto((site / "one/first.html").as_uri())
    choose(page, "Beta")
    page.get_by_title("next page").click()
    page.wait_for_url("**/one/second.html?edition=beta")
    expect(page.locator("html")).to_have_attribute("data-edition", "beta")


@pytest.mark.parametrize("width", [390, 800, 1000, 1440])
def test_the_menu_leads_to_another_chapter_on_any_screen(
    profile: Callable, address: str, width: int
) -> None:
    page = profile(f"menu {width}", viewport={"width": width, "height": 844}).new_page()
    page.goto(f"{address}/one/first.html")
    menu = page.locator(".primary-toggle:visible")
    link = page.get_by_role("link", name="Foreword").first
    expect(menu).to_have_count(1)
    beside = width >= 992  # then it stands beside the page, and the button puts it away
    expect(link).to_be_in_viewport() if beside else expect(link).not_to_be_in_viewport()
    menu.click()
    expect(link).not_to_be_in_viewport() if beside else expect(link).to_be_in_viewport()
    if beside:
        menu.click()
    link.click()
    page.wait_for_url("**/front.html")


def test_no_page_says_an_error_on_the_console(page: Page, address: str) -> None:
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    for name in (*(f"{name}.html" for name in PAGES), "search.html?q=unnumbered"):
        page.goto(f"{address}/{name}", wait_until="networkidle")
    assert errors == []


def test_no_page_asks_another_host_for_anything(page: Page, address: str) -> None:
    asked, missing = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: answer.status >= 400 and missing.append(answer.url))
    for name in PAGES:
        page.goto(f"{address}/{name}.html", wait_until="networkidle")
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert [url for url in missing if not url.endswith("/favicon.ico")] == []
    assert any("/mathjax/output/chtml/fonts/" in url for url in asked)


def test_icons_need_neither_a_script_nor_a_font(page: Page, address: str) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/one/first.html", wait_until="networkidle")
    assert not [url for url in asked if "fontawesome" in url]
    icons = page.locator(":is(i, span):is(.fas, .fa-solid):visible")
    assert icons.count() >= 4
    for icon in icons.all():
        mask = icon.evaluate("one => getComputedStyle(one, '::before').maskImage")
        assert mask.startswith('url("data:image/svg+xml'), icon.get_attribute("class")


def test_an_icon_that_is_not_drawn_here_brings_the_themes_script(tmp_path: Path, imprint) -> None:
    text = "# A\n\n{fas}`rocket` and {fas}`download`\n"
    root = book(tmp_path, {"index.md": text, "two.md": "# B\n\nNothing.\n"}, "title: T\n")
    assert imprint(root, "build", "html").returncode == 0
    site = root / "build" / "html"
    assert "scripts/fontawesome.js" in (site / "index.html").read_text("utf-8")
    assert "scripts/fontawesome.js" not in (site / "two.html").read_text("utf-8")


def test_equations_are_typeset_without_a_script(profile: Callable, address: str) -> None:
    page = profile("scriptless", java_script_enabled=False).new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/one/first.html", wait_until="networkidle")
    expect(page.locator("mjx-container")).to_have_count(2)
    assert page.locator("mjx-container math mi").first.text_content() == "x"  # for screen readers
    text = page.locator("article").inner_text()
    assert "\\" not in text and "$" not in text
    assert [url for url in asked if url.endswith(".woff")]
    assert not [url for url in asked if "tex-chtml" in url]


def test_an_equation_is_copied_as_tex(profile: Callable, address: str) -> None:
    context = profile("copying", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/one/first.html")
    page.locator("mjx-container").first.evaluate(
        "one => getSelection().selectAllChildren(one.closest('p'))"
    )
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Some prose with $x \\in \\R$ and a word for the index.")


def test_dark_mode_toggles(page: Page, address: str) -> None:
    page.goto(f"{address}/one/first.html")
    seen = {}
    for _ in range(3):
        theme = page.locator("html").get_attribute("data-theme")
        seen[theme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.locator(".theme-switch-button:visible").first.click()
    assert len(set(seen.values())) == 2, seen


def test_a_page_brings_what_its_tabs_and_folds_need_and_others_do_not(
    profile: Callable, tmp_path: Path, imprint
) -> None:
    fold = "```{admonition} Folded\n:class: dropdown\nWhat is inside.\n```\n"
    tabs = "````{tab-set}\n```{tab-item} One\nFirst.\n```\n```{tab-item} Two\nSecond.\n```\n````\n"
    pages = {"index.md": f"# A\n\n{fold}", "two.md": f"# B\n\n{tabs}", "three.md": "# C\n\nText.\n"}
    root = book(tmp_path, pages, "title: T\n")
    assert imprint(root, "build", "html", "--strict").returncode == 0
    site = root / "build" / "html"
    brings = {
        name: set(re.findall(r"togglebutton\.(?:js|css)|sphinx-design|design-tabs", text))
        for name in ("index", "two", "three")
        if (text := (site / f"{name}.html").read_text("utf-8"))
    }
    assert brings == {
        "index": {"togglebutton.js", "togglebutton.css"},
        "two": {"sphinx-design", "design-tabs"}, "three": set(),
    }  # fmt: skip
    page = profile("folds").new_page()
    page.goto(f"file://{site}/index.html")
    expect(page.get_by_text("What is inside.")).not_to_be_visible()
    page.get_by_text("Folded").click()
    expect(page.get_by_text("What is inside.")).to_be_visible()
    page.goto(f"file://{site}/two.html")
    page.get_by_text("Two", exact=True).click()
    expect(page.get_by_text("Second.")).to_be_visible()


def test_a_page_lists_what_can_be_downloaded_with_sizes(
    profile: Callable, small_book: Path, imprint
) -> None:
    place = "\n```{book-downloads}\n```\n"
    for name in ("index.md", "one/second.md"):
        with (small_book / name).open("a") as file:
            file.write(place)
    assert imprint(small_book, "build", "html", "notebooks", "--strict").returncode == 0
    size = (small_book / "build/notebooks/small-beta.zip").stat().st_size
    page = profile("downloads").new_page()
    for name in ("index", "one/second"):
        page.goto(f"file://{small_book}/build/html/{name}.html?edition=beta")
        offered = page.locator(".imprint-downloads p:visible")
        expect(offered).to_have_text(f"Beta: Notebooks ({size / 1000:.1f} kB)")
        with page.expect_download() as download:
            offered.get_by_role("link").click()
        assert Path(download.value.path()).stat().st_size == size
    # what is made later is offered then
    assert imprint(small_book, "build", "html", "epub", "--strict").returncode == 0
    page.reload()
    expect(page.locator(".imprint-downloads p:visible")).to_contain_text("E-book (EPUB)")


def test_names_in_code_lead_to_where_they_are_defined_and_on_to_the_reference(
    profile: Callable, small_book: Path, imprint
) -> None:
    toc = TOC.replace("{file: one/second}]", "{file: one/second}, {file: api}]")
    write(small_book, {"_toc.yml": toc, "api.md": "# Library\n\n```{library-definitions}\n```\n"})
    assert imprint(small_book, "build", "html", "--strict").returncode == 0
    page = profile("names").new_page()
    page.goto(f"file://{small_book}/build/html/one/second.html?edition=beta")
    page.get_by_role("link", name="lib.double").first.click()
    page.wait_for_url("**/one/first.html*#sec-first")
    page.locator("pre a[href*='api.html']").click()
    page.wait_for_url("**/api.html*#lib.alpha.double")
    expect(page.locator("dt[id='lib.beta.double']")).to_be_in_viewport()
    expect(page.locator("html")).to_have_attribute("data-edition", "beta")


SHAPE = '<svg xmlns="http://www.w3.org/2000/svg" %s><rect width="7" height="9"/></svg>'


@pytest.mark.parametrize("theme", ["sphinx_book_theme", "alabaster", "classic"])
def test_any_theme_offers_the_editions_whatever_their_titles(
    profile: Callable, tmp_path: Path, imprint, theme: str
) -> None:
    config = (
        "title: T\neditions: {a: {title: 'A & <B>', default: true}, b: {title: 'Be\"ta'}}\n"
        f"sphinx: {{config: {{html_theme: {theme}}}}}\n"
    )
    prose = '+++ {"tags": ["%s"]}\n\nOf %s.\n\n'
    text = "---\nkernelspec: {name: python3, display_name: P}\n---\n# A\n\n"
    text += prose % ("a", "alpha") + prose % ("b", "beta") + "+++\n"
    root = book(tmp_path, {"index.md": text}, config)
    done = imprint(root, "build", "html")
    assert done.returncode == 0 and "navbar_persistent" not in done.stdout, done.stdout
    page = profile(theme).new_page()
    page.goto(f"file://{root}/build/html/index.html")
    switch = page.locator(".imprint-edition-switch:visible")
    expect(switch.locator("option")).to_have_text(["A & <B>", 'Be"ta', "All"])
    expect(page.get_by_text("Of beta.")).not_to_be_visible()
    switch.select_option("b")
    expect(page.get_by_text("Of beta.")).to_be_visible()


def test_a_printed_page_has_its_number_and_all_its_code(
    profile: Callable, address: str, tmp_path: Path
) -> None:
    page = profile("print").new_page()
    page.goto(f"{address}/one/third.html?edition=beta")
    page.pdf(path=tmp_path / "page.pdf", format="A4")
    done = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True
    )
    text = " ".join(done.stdout.split())
    assert text.count("A Third Section") == 1 and "1.3. A Third Section" in text
    assert "entry number 0" in text and "entry number 11" in text
    assert "Contents" not in text and "Alpha" not in text


def test_images_have_the_shape_of_their_files(profile: Callable, tmp_path: Path, imprint) -> None:
    drawings = {
        "box.svg": 'viewBox="0 0 400 100"', "both.svg": 'width="3in" height="54pt"',
        "wide.svg": 'width="100%" viewBox="0 0 400 100"', "large.svg": 'width="4000" height="1000"',
    }  # fmt: skip
    text = "# A\n\n" + "".join(f"![a]({name})\n\n" for name in drawings)
    text += "```{image} box.svg\n:alt: a\n:width: 200px\n```\n\n"
    text += "```{image} both.svg\n:alt: a\n:height: 18px\n```\n"
    files = {name: SHAPE % root for name, root in drawings.items()}
    root = book(tmp_path, {"index.md": text}, "title: T\n", files)
    assert imprint(root, "build", "html", "--strict").returncode == 0
    page = profile("shapes").new_page()
    page.goto(f"file://{root}/build/html/index.html")
    sizes = page.evaluate(
        "[...document.querySelectorAll('article img')].map(one => [one.width, one.height])"
    )
    assert sizes[:3] == [[400, 100], [288, 72], [400, 100]]
    assert sizes[3][0] < 900 and sizes[3][0] == pytest.approx(4 * sizes[3][1], abs=4)
    assert sizes[4:] == [[200, 50], [72, 18]]


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_scrolls_no_page_sideways(profile: Callable, address: str, width: int) -> None:
    page = profile("phone", viewport={"width": width, "height": 844}).new_page()
    wide = {}
    for name in PAGES:
        page.goto(f"{address}/{name}.html", wait_until="networkidle")
        scrolls = page.evaluate("document.scrollingElement.scrollWidth")
        if scrolls > width:
            wide[name] = scrolls
    assert wide == {}


@pytest.mark.parametrize("width", [390, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_bars_readers(
    profile: Callable, address: str, scheme: str, width: int
) -> None:
    screen = {"width": width, "height": 844}
    page = profile(f"axe-{scheme}", viewport=screen, color_scheme=scheme).new_page()
    found = []
    for name in PAGES:
        page.goto(f"{address}/{name}.html", wait_until="networkidle")
        assert page.locator("html").get_attribute("data-theme") == scheme
        for one in Axe().run(page).response["violations"]:
            found.append((name, one["id"], one["nodes"][0]["html"]))
    assert found == []


def test_code_that_goes_on_beyond_the_edge_throws_a_shadow_there(
    profile: Callable, address: str
) -> None:
    page = profile("phone", viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{address}/one/third.html")
    code = page.locator("pre", has_text="entry number 11").first
    assert code.evaluate("pre => pre.scrollWidth > pre.clientWidth + 100")
    ends = """pre => {
      const shot = pre.getBoundingClientRect();
      return {x: shot.x + shot.width - 4, y: shot.y, width: 3, height: 8};
    }"""
    edge = page.screenshot(clip=code.evaluate(ends))
    code.evaluate("pre => pre.scrollLeft = pre.scrollWidth")
    page.wait_for_timeout(200)
    assert page.screenshot(clip=code.evaluate(ends)) != edge


def preview(page: Page, link: str) -> str:
    """What is shown where a reader points at a link of the page."""
    page.mouse.move(0, 0)
    expect(page.locator(".imprint-preview")).to_have_count(0)
    page.locator("article").get_by_role("link", name=link).first.hover()
    expect(page.locator(".imprint-preview")).to_be_visible()
    return page.locator(".imprint-preview").inner_text()


@pytest.mark.parametrize("opened", ["served", "folder"])
def test_what_a_reference_leads_to_is_shown_where_one_points_at_it(
    profile: Callable, site: Path, address: str, opened: str
) -> None:
    page = profile("pointer").new_page()
    errors = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.goto(f"{address if opened == 'served' else site.as_uri()}/one/second.html?edition=beta")
    assert "The First Chapter" in preview(page, "Chapter 1")
    shown = preview(page, "Section 1.1")
    assert "A First Section" in shown and "Some prose with" in shown
    assert "(1.1.1)" in preview(page, "(1.1.1)")
    assert page.locator(".imprint-preview math").count() == 1
    assert "A box." in preview(page, "Fig. 1.1.1")
    image = page.locator(".imprint-preview img")
    assert image.evaluate("async image => (await image.decode(), image.naturalWidth)") > 0
    box = page.locator(".imprint-preview").bounding_box()
    link = page.get_by_role("link", name="Fig. 1.1.1").bounding_box()
    assert abs(box["y"] - link["y"] - link["height"]) < 12
    page.locator(".imprint-preview").hover()  # where it stays
    page.wait_for_timeout(500)
    expect(page.locator(".imprint-preview")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".imprint-preview")).to_have_count(0)
    assert errors == []


def test_a_reference_reached_by_keyboard_shows_it_too_and_is_described_by_it(
    profile: Callable, address: str
) -> None:
    page = profile("keyboard").new_page()
    page.goto(f"{address}/one/second.html")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == "Section 1.1":
            break
    link = page.get_by_role("link", name="Section 1.1")
    expect(link).to_have_attribute("aria-describedby", "imprint-preview")
    expect(page.get_by_role("tooltip")).to_contain_text("A First Section")
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    page.keyboard.press("Tab")
    expect(page.get_by_role("tooltip")).to_have_count(0)


def test_an_external_link_has_nothing_to_show(profile: Callable, address: str) -> None:
    page = profile("pointer").new_page()
    page.goto(f"{address}/one/second.html")
    page.get_by_role("link", name="a site").hover()
    page.wait_for_timeout(700)
    expect(page.locator(".imprint-preview")).to_have_count(0)


REPOSITORY = """\
title: T
editions: {alpha: {title: Alpha, default: true}, beta: {title: Beta}}
repository: {url: "https://github.com/o/r", path_to_book: book, branch: v2}
html: {use_edit_page_button: true, use_issues_button: true}
"""


def test_a_page_leads_to_its_source_and_to_a_report_where_the_repository_is_known(
    tmp_path: Path, imprint: Callable
) -> None:
    root = book(tmp_path, {"index.md": "# T\n", "one/a.md": "# A\n\nText.\n"}, REPOSITORY)
    assert imprint(root, "build", "html", "--strict").returncode == 0
    links = [link["href"] for link in soup(root / "build/html", "one/a").select("a[href]")]
    assert "https://github.com/o/r/edit/v2/book/one/a.md" in links
    assert any(link.startswith("https://github.com/o/r/issues/new?title=") for link in links)
