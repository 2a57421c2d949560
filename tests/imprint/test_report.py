"""Promises of a build's report: its page, read back and seen in a browser, and its other files."""

import io
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from imprint import report
from imprint.errors import BookError, BookErrors
from imprint.execution.run import Failure, Result, Run
from imprint.products import Product
from imprint.report import Account, Stage, timeline, words
from imprint.report.page import render
from playwright.sync_api import Browser, Page, expect
from rich.console import Console

BEGAN = 1_790_000_000.0
CELL = "import numpy\nprint('<b>')\nraise ValueError('</pre><script>alert(1)</script>')\n"
TRACEBACK = "\x1b[31mValueError\x1b[0m Traceback\nCell In[2], line 3\n</pre><script>x</script>"


def result(
    page: str, seconds: float, edition: str | None = "alpha", *, at: float = 0.0, slot: int = 1,
    failure: Failure | None = None, last: float | None = None, memory: int | None = None,
    attempts: int = 1, cells: dict[int, float] | None = None,
) -> Result:  # fmt: skip
    """A run that began ``at`` seconds after the build; its cell 3 begins at line 20."""
    node = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, metadata={"imprint": {"cell": index}})
            for index, source in ((1, "x = 1"), (3, CELL))
        ]
    )
    run = Run(
        page, page.rpartition(".")[0], edition, "smoke", node,
        {0: [1], 1: [10], 2: [15], 3: range(20, 20 + len(CELL))}, {}, "f", {}, Path(), None, {},
        None, None, last=None if last is None else {"seconds": last},
    )  # fmt: skip
    times = {1: 0.25 * seconds, 3: 0.75 * seconds} if cells is None else cells
    return Result(run, seconds, node, failure, times, BEGAN + at, memory, f"slot {slot}",
                  attempts=attempts)  # fmt: skip


FAILED = Failure("error", "ValueError: </pre><script>alert(1)</script>", 3, 22, TRACEBACK)


def account(**changes) -> Account:
    """A build of two slots and two editions, in which everything happened that can."""
    told = Account(
        "A <Book>", "smoke", slots=2, memory=8 * 10**9, editions=("alpha", "beta"),
        results=[
            result("one/a.md", 10, last=4, memory=10**9),
            result("one/b.md", 6, slot=2, last=6.1, memory=2 * 10**9),
            result("one/a.md", 4, "beta", at=6, slot=2, failure=FAILED),
            result("one/index.md", 2, at=10, attempts=2, last=9),
            result("one/c.md", 1, "beta", at=10, slot=2,
                   failure=Failure("interrupted", "interrupted", 1, 10)),
        ],
        retried=[result("one/index.md", 0.9, at=11, slot=2, attempts=1,
                        failure=Failure("dead kernel", "the kernel died", 3, 20))],
        kept={"one/d.md [alpha]": {"seconds": 70.0, "cell_seconds": {"1": 69.5, "4": 0.1},
                                   "date": "2026-01-02T03:04:05+00:00", "peak_memory": 3 * 10**9}},
        stages=[Stage("read", 0.5, BEGAN - 1), Stage("run", 12.0, BEGAN)], planned=5,
        began=BEGAN - 1, ended=BEGAN + 12,
    )  # fmt: skip
    for name, value in ({"retried": []} | changes if "results" in changes else changes).items():
        setattr(told, name, value)
    return told


def large(number: int) -> Account:
    """A build with many runs in 64 slots."""
    results = [
        result(f"part-{index % 40}/page-{index}.md", 1 + index % 90, ("alpha", "beta")[index % 2],
               at=index // 64 * 95, slot=index % 64 + 1, last=1 + index % 50, memory=10**9 + index,
               failure=FAILED if index % 100 == 7 else None,
               cells={cell: 0.1 * cell for cell in range(1, 30)})
        for index in range(number)
    ]  # fmt: skip
    return account(results=results, kept={}, ended=BEGAN + number)


def soup(told: Account) -> BeautifulSoup:
    return BeautifulSoup(render(told), "html.parser")


def text(tag) -> str:
    return " ".join(tag.get_text().split())


# The page ----------------------------------------------------------------------------------


def test_the_first_words_say_what_came_of_the_build():
    def heading(**changes) -> str:
        return text(soup(account(**changes)).h1)

    good = [result("a.md", 1), result("b.md", 1)]
    assert heading() == "✕ 1 of 6 runs failed"
    assert heading(interrupted=True) == "✕ 1 of 6 runs failed, then interrupted"
    assert heading(results=good, interrupted=True) == "‖ Interrupted after 2 of 5 runs"
    assert heading(results=good) == "✓ 2 runs ended well"
    assert heading(results=[]) == "✓ Nothing changed: 1 run kept"
    assert heading(results=[], kept={}) == "✓ Nothing to run"
    assert heading(results=good, problems=["x.md:3: no"]) == "✕ Stopped before the end"
    unbuilt = [Product("pdf", Path("book.pdf"), 1.0, "TeX said no"), Product("html", Path(), 1.0)]
    assert heading(results=good, products=unbuilt) == "✕ pdf not built"
    assert "TeX said no" in text(soup(account(products=unbuilt)).header)


def test_the_page_needs_nothing_but_itself():
    html = render(account())
    page = BeautifulSoup(html, "html.parser")
    assert not page.select("[src], iframe, object, embed")
    assert [link["href"] for link in page.select("link")] == ["data:,"]
    assert {link["href"].partition("/")[0][:1] for link in page.select("a")} <= {"#", "l"}
    assert not re.search(r"https?:|url\((?!#)|@import", html)


def test_what_a_book_says_is_never_markup():
    page = soup(account())
    assert len(page.select("script")) == 1
    assert "alert(1)" not in page.script.string
    assert "A <Book>" in text(page.header)
    assert "\x1b" not in str(page) and "[31m" not in str(page)


def test_a_failure_stands_with_its_line_its_cell_and_its_traceback():
    (failure,) = soup(account()).select("article.failure")
    assert text(failure.h3) == "one/a.md:22 beta"
    assert text(failure.select_one(".facts")).startswith("error in cell 4 after 4.0 s")
    assert failure.select_one("p.message").get_text() == FAILED.message
    lines = [text(line) for line in failure.select(".source .line")]
    assert lines[:2] == ["20import numpy", "21print('<b>')"]
    (marked,) = failure.select(".source .failing")
    assert text(marked).startswith("▶ 22raise ValueError(")
    assert failure.select_one(".traceback").get_text().startswith("ValueError Traceback\n")
    assert failure.select_one("a")["href"] == "logs/one--a--beta.log"


@pytest.mark.parametrize("kind", ["timeout", "dead kernel", "out of memory"])
def test_a_cell_that_was_cut_off_has_no_failing_line(kind):
    cut = result("a.md", 3, failure=Failure(kind, "it ended", 3, 20))
    (failure,) = soup(account(results=[cut])).select("article.failure")
    assert failure.select(".source .line") and not failure.select(".failing")


def test_a_failure_without_a_cell_is_shown_as_well():
    cut = result("a.md", 3, failure=Failure("no kernel", "no kernel named 'x' is installed"))
    (failure,) = soup(account(results=[cut])).select("article.failure")
    assert text(failure.select_one("p.message")) == "no kernel named 'x' is installed"


def test_a_failure_in_a_notebook_counts_lines_in_its_cell():
    cut = result("a.ipynb", 3, failure=Failure("error", "E", 3, 40002, "log"))
    cut.run.lines[3] = range(40000, 40000 + len(CELL))
    (failure,) = soup(account(results=[cut])).select("article.failure")
    assert text(failure.h3).startswith("a.ipynb: cell 4, line 3")
    assert text(failure.select_one(".failing")).startswith("▶ 3raise")


def test_an_endless_traceback_is_shortened_and_says_where_all_of_it_is():
    log = "\n".join([f"line {n}" for n in range(5000)] + ["y" * 10**6])
    cut = result("a.md", 3, failure=Failure("error", "E", 3, 22, log))
    html = render(account(results=[cut]))
    assert len(html) < 200_000
    assert "4701 lines left out; all of it: logs/a--alpha.log" in html


def test_bars_stand_where_and_when_their_runs_were():
    told = account()
    chart = timeline.draw(told, told.rows)
    assert chart is not None and chart.lanes == 2
    bars = {
        (bar.label or bar.title.split()[0], bar.edition): bar
        for bar in chart.bars
        if bar.state != "first"
    }
    first = bars["a", "alpha"]
    assert (first.x, first.width) == pytest.approx((100 / 13, 1000 / 13))
    assert bars["b", "alpha"].y > first.y == bars["one", "alpha"].y  # index.md bears its folder's
    assert bars["a", "beta"].state == "failed"
    assert {bar.state for bar in chart.bars} == {
        "ok", "failed", "retried", "interrupted", "first",
    }  # fmt: skip
    assert [label.text for label in chart.labels] == ["read", "run", "slot 1", "slot 2"]
    title = soup(told).select_one("svg.bar.failed title")
    assert text(title) == "one/a.md [beta] · failed · 4.0 s · 2 cells · slot 2"


MOMENTS = st.integers(0, 10**8).map(lambda thousandths: thousandths / 1000)
RUNS = st.lists(st.tuples(MOMENTS, MOMENTS, st.integers(1, 12)), min_size=1, max_size=60)


@given(RUNS)
@settings(deadline=None, derandomize=True)
def test_no_two_runs_of_a_lane_lie_on_each_other_and_none_is_lost(runs):
    results = [
        result(f"p{n}.md", seconds, at=at, slot=slot) for n, (at, seconds, slot) in enumerate(runs)
    ]
    told = account(results=results, stages=[])
    chart = timeline.draw(told, told.rows)
    if chart is None:  # all at one moment
        assert len({at for at, _, _ in runs}) == 1
        return
    lanes: dict[float, list[timeline.Bar]] = {}
    for bar in chart.bars:
        lanes.setdefault(bar.y, []).append(bar)
    for lane in lanes.values():
        lane.sort(key=lambda bar: (bar.x, bar.width))
        for one, other in zip(lane, lane[1:], strict=False):
            assert one.x + one.width <= other.x + timeline.NARROWEST + 0.1
    shown = sum(
        int(bar.title.split()[0]) if " short runs" in bar.title else 1 for bar in chart.bars
    )
    assert shown == len(runs)
    assert all(0 <= bar.x <= 100 for bar in chart.bars)


def test_many_slots_are_in_the_order_of_their_numbers_and_fit_on_a_screen():
    chart = timeline.draw(told := large(640), told.rows)
    assert chart is not None and chart.lanes == 64
    names = [label.text for label in chart.labels if label.text.startswith("slot")]
    assert names == sorted(names, key=lambda name: int(name.split()[1])) and len(names) > 20
    assert chart.height < 800


def test_a_worker_with_several_slots_gets_a_lane_for_each():
    results = [result(f"p{n}.md", 5, at=n) for n in range(3)] + [result("q.md", 1, at=7)]
    chart = timeline.draw(told := account(results=results, stages=[]), told.rows)
    assert chart is not None and chart.lanes == 3
    assert [label.text for label in chart.labels] == ["slot 1"]


def test_what_got_slower_by_a_fifth_and_a_second_stands_out():
    page = soup(account())
    section = next(one for one in page.select("section") if text(one.h2) == "Against last time")
    assert "3 runs compared: 19 s then, 18 s now (−6 %). 1 slower, 1 faster" in text(section)
    assert text(section.select_one("li.slower")) == "a alpha▲ +150 % 4.0 s → 10 s"
    close = [
        result("a.md", 2.1, last=1.2),
        result("b.md", 11.9, last=10),
        result("c.md", 1, last=0),
    ]
    assert not soup(account(results=close)).select("li.slower, tr.slower")


def test_every_run_stands_in_the_table_kept_ones_from_their_records():
    rows = [[text(cell) for cell in row.select("td")] for row in soup(account()).select("tbody tr")]
    assert [row[0] for row in rows] == [
        "✕ failed", "‖ interrupted", "✓ ok", "✓ ok", "↻ ok, retried", "= unchanged",
    ]  # fmt: skip
    kept = rows[-1]
    assert kept[2:] == ["alpha", "1 min 10 s", "", "", "3.0 GB", ""]
    assert kept[1] == "d.mdcell 21 min 10 scell 50.1 sran on 2026-01-02"
    assert rows[2][1].startswith("a.mdline 10x = 1") and "line 20import numpy" in rows[2][1]


@given(
    st.dictionaries(
        st.sampled_from(["seconds", "peak_memory", "cell_seconds", "date", "worker"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
@settings(deadline=None, max_examples=200)
def test_no_record_however_odd_stops_the_report(record):
    assert "p.md" in render(account(kept={"p.md": record}, results=[]))


def test_a_build_of_ten_thousand_runs_stays_a_page():
    told, began = large(10_000), time.process_time()
    html = render(told)
    took = time.process_time() - began
    assert len(html.encode()) < 10_000_000
    assert html.count("<tr id=") == 10_000
    assert html.count('<article class="failure"') == 50
    assert took < 10  # of this process, whatever else the machine does


# The files, whatever happens ---------------------------------------------------------------


def test_junit_and_logs_hold_every_run(tmp_path):
    assert report.write(tmp_path, tmp_path / "report", account()) == []
    suite = ElementTree.parse(tmp_path / "report/junit.xml").getroot()
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["skipped"]) == (
        "6", "1", "1",
    )  # fmt: skip
    cases = {(case.attrib["name"], case.attrib["classname"]): case for case in suite}
    assert len(cases) == 6
    problem = cases["one/a.md", "beta"].find("failure")
    assert problem is not None and problem.attrib["message"].startswith(
        "one/a.md:22: [beta, cell 4]"
    )
    assert cases["one/c.md", "beta"].find("skipped") is not None
    assert [path.name for path in (tmp_path / "report/logs").iterdir()] == ["one--a--beta.log"]


@pytest.mark.parametrize(
    ("error", "words_there"),
    [
        (BookError("unknown tag", "x.md", 3), "x.md:3: unknown tag"),
        (BookErrors([BookError("one", "x.md"), BookError("two", "y.md")]), "y.md: two"),
        (KeyboardInterrupt(), "Interrupted after 4 of 5 runs"),
        (RuntimeError("a mistake of ours"), "RuntimeError: a mistake of ours"),
    ],
)
def test_the_report_is_written_however_a_build_ends(tmp_path, error, words_there):
    told, said = account(results=account().results[:2] + account().results[3:4], ended=None), []
    told.results.append(result("z.md", 1))
    with (
        pytest.raises(type(error)),
        report.written(tmp_path, tmp_path / "report", told, said.append),
        told.stage("plan"),
    ):
        raise error
    assert said == []
    html = (tmp_path / "report/index.html").read_text("utf-8")
    assert words_there in html and "plan ·" in html
    assert (tmp_path / "report/junit.xml").exists()


def test_a_report_that_cannot_be_written_is_one_line_without_the_machines_path(tmp_path):
    (tmp_path / "build").mkdir()
    (tmp_path / "build/report").write_text("in the way")
    (line,) = report.write(tmp_path, tmp_path / "build/report", account())
    assert line.startswith("build/report: logs, junit.xml, index.html, build.json not written: ")
    assert str(tmp_path) not in line and "\n" not in line


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
def test_a_full_disk_leaves_the_old_report_whole_and_says_one_line(tmp_path):
    disk = tmp_path / "build"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)])
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        assert report.write(tmp_path, disk / "report", account(results=[])) == []
        before = (disk / "report/index.html").read_bytes()
        (line,) = report.write(tmp_path, disk / "report", large(300))
        assert line.startswith("build/report: ") and "No space left on device" in line
        assert (disk / "report/index.html").read_bytes() == before
        assert not list(disk.rglob(".new-*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_the_last_ten_builds_that_changed_something_stay(tmp_path):
    folder = tmp_path / "build/report"
    site = tmp_path / "build/html"
    (site / "one").mkdir(parents=True)
    for name in ("index.html", "one/a.html"):
        (site / name).write_text("built")
    for number in range(13):
        told = account(began=BEGAN + 100 * number, ended=BEGAN + 100 * number + 12)
        told.products = [Product("html", site)]
        assert report.write(tmp_path, folder, told) == []
        if number == 3:
            (folder / "earlier/.DS_Store").touch()  # what others put there is in nobody's way
    nothing = account(results=[], began=BEGAN + 5000, ended=BEGAN + 5001)
    nothing.products = [Product("html", site, unchanged=True)]
    for _ in range(3):
        assert report.write(tmp_path, folder, nothing) == []
    links = [tag["href"] for tag in page_at(folder / "index.html").select("#earlier a")]
    assert len([path for path in (folder / "earlier").iterdir() if path.is_dir()]) == 9
    assert len(links) == 9 and links == sorted(links, reverse=True)
    for link in links:
        old = folder / link
        assert "1 of 6 runs failed" in old.read_text()
        assert list((old.parent / "logs").iterdir()) and (old.parent / "junit.xml").exists()
        for tag in page_at(old).select("a[href]"):
            target = tag["href"].partition("#")[0].partition("?")[0]
            if target and not target.startswith("../2026"):  # an earlier one may be gone
                assert (old.parent / target).exists(), target
    assert page_at(old).select_one(".products a")["href"] == "../../../html/index.html"
    assert (
        page_at(old).select_one("a.built")["href"].startswith("../../../html/one/a.html?edition=")
    )


def page_at(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


# The terminal's last words -----------------------------------------------------------------


def ending(told: Account, folder: Path, **options) -> list[str]:
    raw = io.BytesIO()
    encoding = options.pop("encoding", "utf-8")
    console = Console(
        file=io.TextIOWrapper(raw, encoding, write_through=True), **{"width": 100, **options}
    )
    report.write(folder, folder / "report", told)
    report.show_end(console, folder, folder / "report", told)
    return raw.getvalue().decode(encoding).splitlines()


def test_the_end_names_the_slowest_the_stages_the_kept_and_the_failures(tmp_path):
    lines = [" ".join(line.split()) for line in ending(account(), tmp_path)]
    assert lines[0] == (
        "5 runs, 23 s of running, 1 unchanged (1 min 10 s saved), 1 failed, 1 interrupted, "
        "1 tried twice, 1 slower than last time"
    )
    assert lines[1] == "slowest time last time memory"
    assert lines[2] == "one/a.md [alpha] 10 s 4.0 s 1.0 GB"
    assert "read 0.5 s, run 12 s; 13 s in all" in lines
    assert lines[-5:] == [
        "report: report/index.html", "", "1 notebook failed:",
        "one/a.md:22: [beta, cell 4] ValueError: </pre><script>alert(1)</script>",
        "full logs: report/logs",
    ]  # fmt: skip


def test_the_end_fits_on_a_screen_however_much_failed(tmp_path):
    lines = ending(large(2000), tmp_path)
    assert "20 notebooks failed:" in lines and "and 8 more" in lines
    assert len(lines) <= 28


@pytest.mark.parametrize("width", [20, 40, 80])
def test_the_end_keeps_to_a_narrow_terminal_without_unicode(tmp_path, width):
    told = account(results=[result("chapitre/été.md", 3, last=1), result("b.md", 1)])
    assert any("?t?.md" in line for line in ending(told, tmp_path, width=width, encoding="ascii"))


# In a browser ------------------------------------------------------------------------------

pytestmark = pytest.mark.xdist_group("report")


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    assert report.write(folder, folder, account()) == []
    return folder / "index.html"


@pytest.fixture
def see(browser: Browser, written: Path) -> Iterator[Callable[..., Page]]:
    """Opens the report; what a browser complains about is a failure."""
    contexts, complaints = [], []

    def open_page(width: int = 1100, **options) -> Page:
        contexts.append(
            context := browser.new_context(viewport={"width": width, "height": 800}, **options)
        )
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("file:", "data:"))
                or complaints.append(request.url))  # fmt: skip
        page.goto(written.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def column(page: Page, number: int) -> list[str]:
    inner = " summary" if number == 2 else ""
    cells = page.locator(f"tbody tr:not([hidden]) td:nth-child({number}){inner}")
    return [" ".join(words.split()) for words in cells.all_text_contents()]


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(see):
    page = see()
    time = page.get_by_role("button", name="Time", exact=True)
    time.click()
    assert column(page, 4) == ["1 min 10 s", "10 s", "6.0 s", "4.0 s", "2.0 s", "1.0 s"]
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Time")
    time.press("Enter")
    assert column(page, 4)[0] == "1.0 s"
    page.get_by_role("button", name="Page").click()
    assert column(page, 2) == [
        "a.md", "a.md", "b.md", "c.md", "d.md", "index.md",
    ]  # fmt: skip
    page.get_by_role("button", name="Change").click()
    assert column(page, 6)[:3] == ["▲ +150 %", "−2 %", "▼ −78 %"]


def test_the_filter_leaves_the_pages_that_have_all_its_words(see):
    page = see()
    page.get_by_role("searchbox").fill("A.md beta")
    assert column(page, 2) == ["a.md"]
    expect(page.locator("#found")).to_have_text("1 of 6")
    page.locator("a", has_text="index").first.click()  # its row is hidden
    expect(page.locator("tr:target details")).to_have_attribute("open", "")
    assert len(column(page, 2)) == 6


def test_the_timeline_tells_what_a_bar_is_to_mouse_and_keyboard(see):
    page = see()
    told = page.locator("#told")
    page.locator("svg.bar.failed").hover()
    expect(told).to_have_text("one/a.md [beta] · failed · 4.0 s · 2 cells · slot 2")
    page.locator("#chart").focus()
    page.keyboard.press("ArrowRight")
    expect(told).to_contain_text("one/a.md [alpha] · 10 s · last time 4.0 s")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(told).to_contain_text("one/a.md [alpha]")
    page.keyboard.press("Enter")
    expect(page.locator("tr:target details")).to_have_attribute("open", "")
    expect(page.locator("tr:target")).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 375, 1100])
def test_no_width_of_a_screen_makes_the_page_scroll_sideways(see, width):
    page = see(width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


CONTRAST = """() => {
  const parse = (c) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (c) => c.slice(0, 3)
    .map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (parse(colour)[3] === 255) return colour;
    }
    return "white";
  };
  const poor = [];
  const check = (element, on, behind) => {
    const [a, b] = [light(parse(on)), light(parse(behind))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.textContent.trim()}: ${on} on ${behind}`);
  };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || element.closest("script, svg, [aria-hidden]")) continue;
    check(element, getComputedStyle(element).color, ground(element));
  }
  for (const words of document.querySelectorAll("svg.bar text")) {
    const bar = words.closest("svg.bar").querySelector("rect");
    check(words, getComputedStyle(words).fill, getComputedStyle(bar).fill);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_can_be_read_by_day_and_by_night(see, scheme):
    page = see(color_scheme=scheme)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate(CONTRAST) == []


def test_print_is_black_on_white_by_night_as_well(see):
    page = see(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(CONTRAST) == []


def test_without_scripts_all_is_there(browser, written):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    assert len(column(page, 2)) == 6
    expect(page.get_by_role("searchbox")).to_have_count(0)
    expect(page.locator("svg.bar.failed title")).to_have_count(1)
    context.close()


def test_headings_landmarks_and_the_picture_have_names(see):
    page = see()
    names = page.locator("h1, h2, h3").evaluate_all("all => all.map(one => one.tagName)")
    assert names[0] == "H1" and names.count("H1") == 1
    expect(page.get_by_role("img", name="Timeline of 5 runs in 2 lanes")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the table of all runs")


# Words -------------------------------------------------------------------------------------


def test_durations_are_said_with_the_figures_that_count():
    said = [0, 0.04, 4.26, 9.96, 59.4, 59.6, 60, 3599.6, 3600, 5025, 86400]
    assert [words.duration(seconds) for seconds in said] == [
        "0.0 s", "0.0 s", "4.3 s", "10 s", "59 s", "1 min", "1 min", "1 h", "1 h", "1 h 24 min",
        "24 h",
    ]  # fmt: skip


def test_the_first_line_of_code_is_not_a_comment():
    assert words.first_line("# why\n\n  x = 1  \ny = 2") == "x = 1"
    assert words.first_line("# only this") == "# only this"
    assert words.first_line("") == ""
    assert words.first_line("x" * 99, 10) == "xxxxxxxxx…"
