"""The book in a real browser: nothing fails, overflows or asks another host."""

import functools
import gzip
import http.server
import os
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

import d2l
from tests.book.whole import page_names

pytestmark = pytest.mark.xdist_group("book")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def site(book) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(book / "html"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(10_000)
        yield page
        browser.close()


@pytest.mark.parametrize("name", page_names())
def test_a_page_reads_well_on_a_phone(site, page, name):
    asked, errors = [], []
    page.set_viewport_size({"width": 390, "height": 844})
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{site}/{name}.html", wait_until="networkidle")
    # the network may be idle before a long page has run the script that it asked for last
    page.wait_for_function("!window.MathJax || window.MathJax.startup?.promise")
    page.evaluate("window.MathJax && MathJax.startup.promise.then(() => true)")
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
    assert errors == []
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_page_names_version_and_licences(site, page):
    page.set_viewport_size({"width": 1440, "height": 844})
    for name in ("index", "chapters/preliminaries/ndarray", "search"):
        page.goto(f"{site}/{name}.html")
        foot = page.locator("footer.bd-footer-content")
        expect(foot).to_contain_text(f"Version {d2l.__version__}.")
        expect(foot.get_by_role("link", name="CC BY-SA 4.0")).to_be_visible()
    page.goto(f"{site}/chapters/colophon.html")
    expect(page.locator("article")).to_contain_text(f"version {d2l.__version__}.")


@pytest.mark.parametrize("width", [390, 800, 1000])
def test_the_contents_of_a_page_open_where_there_is_no_room_beside_it(site, page, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{site}/chapters/preliminaries/ndarray.html")
    link = page.locator(".page-toc").get_by_role("link", name="Saving Memory")
    expect(link).not_to_be_in_viewport()
    page.locator(".secondary-toggle:visible").click()
    link.click()
    expect(page.locator("#saving-memory > h2")).to_be_in_viewport()


@pytest.mark.parametrize(
    "name", ["index", "chapters/installation", "chapters/preliminaries/ndarray"]
)
def test_a_first_visit_fetches_little(site, page, name):
    """As a server sends it, compressed; measured in kilobytes of 1,000."""
    asked, weights = set(), {}

    def weigh(answer):
        body = answer.body()
        packed = answer.url.endswith((".woff", ".woff2", ".png"))
        weights[answer.url] = len(body if packed else gzip.compress(body)) / 1000

    def visited(url):
        """What was fetched so far, with what a page begins to load when it is idle."""
        visitor.goto(url, wait_until="networkidle")
        while asked - weights.keys():
            visitor.wait_for_timeout(500)
        return dict(weights)

    visitor = page.context.browser.new_page()
    visitor.on("request", lambda request: asked.add(request.url))
    visitor.on("response", weigh)
    first = visited(f"{site}/{name}.html")
    assert 20 < sum(first.values()) < 300, first
    both = visited(f"{site}/chapters/linear-networks/index.html")
    second = {url: weight for url, weight in both.items() if url not in first}
    assert 1 < sum(second.values()) < 40, second  # what the first page has brought is kept
    visitor.close()


SWITCH_WHILE_READING = """async () => {
    const frame = () => new Promise(done => setTimeout(done, 40));
    const head = document.querySelector(".bd-header-article").offsetHeight;
    const choice = document.querySelector(".imprint-edition-switch");
    const moved = [];
    for (const read of document.querySelectorAll("article p:not(.imprint-edition p)")) {
        scrollBy({top: read.getBoundingClientRect().top - head, behavior: "instant"});
        await frame();
        if (scrollY + 3 * innerHeight > document.body.scrollHeight) break;  // nothing to scroll by
        const before = read.getBoundingClientRect().top;
        choice.selectedIndex = (choice.selectedIndex + 1) % choice.length;
        choice.dispatchEvent(new Event("change"));
        await frame();
        moved.push(Math.abs(read.getBoundingClientRect().top - before));
    }
    return moved;
}"""


@pytest.mark.parametrize("width", [390, 1440])
def test_what_is_read_stays_where_it_is_when_the_edition_changes(site, page, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{site}/chapters/preliminaries/autograd.html", wait_until="networkidle")
    moved = page.evaluate(SWITCH_WHILE_READING)
    assert len(moved) > 15 and max(moved) <= 1, moved


def test_a_link_to_what_another_edition_has_shows_that_edition(site, page):
    page.set_viewport_size({"width": 1440, "height": 844})
    page.goto(f"{site}/chapters/appendix-tools/d2l.html?edition=torch")
    name = page.locator("[id='d2l.mxnet.sgd']")
    expect(name).not_to_be_visible()
    page.goto(f"{site}/chapters/appendix-tools/d2l.html#d2l.mxnet.sgd")
    expect(name).to_be_in_viewport()
    expect(page.get_by_label("Edition")).to_have_value("mxnet")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_text_does_not_move_while_a_page_loads(site, page, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(one => {"
        "if (!one.hadRecentInput) window.moved += one.value}))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    for name in ("preliminaries/calculus", "linear-networks/image-classification-dataset"):
        page.goto(f"{site}/chapters/{name}.html", wait_until="networkidle")
        for _ in range(12):
            page.mouse.wheel(0, 1500)
            page.wait_for_timeout(50)
        assert page.evaluate("window.moved") <= 0.02, name
