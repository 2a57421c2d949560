"""What other sites and search engines are told of a website, and what stands where no page is."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from tests.imprint.conftest import BROWSER
from tests.imprint.small import book

pytestmark = pytest.mark.xdist_group("addresses")
PAGES = {
    "index.md": '# Home of $x$\n\nWelcome to *all* & "more".\n\n' + "Words. " * 100,
    "one/a.md": "# A\n\n" + "word " * 100,
}


def test_what_needs_the_address_goes_with_it(tmp_path: Path, imprint) -> None:
    known = "title: T\nhtml: {baseurl: 'https://example.org/'}\n"
    root = book(tmp_path / "book", {"index.md": "# T\n"}, known)
    names = {"404.html", "robots.txt", "sitemap.xml"}
    site = root / "build/html"
    assert imprint(root, "build", "html").returncode == 0
    assert names <= {path.name for path in site.iterdir()}
    (root / "extra").mkdir()
    (root / "extra/robots.txt").write_text("mine")
    extra = "sphinx: {config: {html_extra_path: [extra]}}\n"
    for config in (known + extra, "title: T\n" + extra, "title: T\n"):
        (root / "_config.yml").write_text(config)
        assert imprint(root, "build", "html").returncode == 0
        if extra in config:
            assert (site / "robots.txt").read_text() == "mine"
    assert not {"404.html", "sitemap.xml"} & {path.name for path in site.iterdir()}


def test_a_language_without_spaces_has_descriptions_too(tmp_path: Path, imprint) -> None:
    text = "\u6df1\u5ea6\u5b66\u4e60\u3002" * 60
    root = book(tmp_path / "book", {"index.md": f"# T\n\n{text}\n"}, "title: T\n")
    done = imprint(root, "build", "html", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    page = BeautifulSoup((root / "build/html/index.html").read_text("utf-8"), "html.parser")
    assert page.find("meta", {"name": "description"})["content"] == f"{text[:200]} \u2026"


class Site(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under /here, as many hosts do: 404.html where there is no file."""

    folder: Path

    def do_GET(self) -> None:
        path = self.folder / self.path.partition("?")[0].removeprefix("/here/")
        known = self.path.startswith("/here/") and path.is_file()
        data = (path if known else self.folder / "404.html").read_bytes()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", self.guess_type(str(path)) if known else "text/html")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory, imprint) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        address = f"http://127.0.0.1:{server.server_port}/here/"
        root = tmp_path_factory.mktemp("addresses") / "book"
        book(root, PAGES, f"title: The Book\nhtml: {{baseurl: '{address}'}}\n")
        done = imprint(root, "build", "html", "--strict")
        assert done.returncode == 0, done.stdout + done.stderr
        Site.folder = root / "build/html"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address
        server.shutdown()


def told(page: str) -> dict[str, str]:
    html = BeautifulSoup((Site.folder / page).read_text("utf-8"), "html.parser")
    tags = html.select("meta[name=description], meta[property]")
    return {tag.get("name") or tag["property"]: tag["content"] for tag in tags}


def test_a_page_says_what_it_is_about(address: str) -> None:
    assert told("index.html") == {
        "description": 'Welcome to all & “more”.', "og:description": 'Welcome to all & “more”.',
        "og:title": "Home of x", "og:type": "article", "og:site_name": "The Book",
        "og:url": f"{address}index.html",
    }  # fmt: skip
    description = told("one/a.html")["description"]
    assert 150 < len(description) <= 202 and description.endswith("word …")
    assert told("search.html")["description"] == "The Book: Search"
    assert told("genindex.html")["description"] == "The Book: Index"


def test_the_sitemap_has_every_page_and_robots_find_it(address: str) -> None:
    urls = ElementTree.parse(Site.folder / "sitemap.xml").getroot()
    assert [url[0].text for url in urls] == [f"{address}index.html", f"{address}one/a.html"]
    assert f"Sitemap: {address}sitemap.xml" in (Site.folder / "robots.txt").read_text()


def test_where_no_page_is_the_site_says_so_and_leads_back(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**BROWSER)
        page = browser.new_page()
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.on("response", lambda one: failed.append(one.url) if one.status == 404 else None)
        answer = page.goto(f"{address}no/such/page.html")
        assert answer.status == 404
        assert page.locator("article h1").inner_text() == "There is no such page"
        page.get_by_role("link", name="the contents").click()
        page.wait_for_url(f"{address}index.html")
        assert failed == [f"{address}no/such/page.html"]
        browser.close()


def test_a_site_without_an_address_has_no_page_that_would_be_broken(tmp_path, imprint) -> None:
    root = book(tmp_path / "book", PAGES, "title: T\n")
    assert imprint(root, "build", "html", "--strict").returncode == 0
    names = {path.name for path in (root / "build/html").iterdir()}
    assert not names & {"404.html", "sitemap.xml", "robots.txt"}
