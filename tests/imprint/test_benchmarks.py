"""The benchmarks: their books are what they claim, their clock is fair, their page is true."""

import json
import re
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from imprint import pages as page_files
from imprint.book import load

from benchmarks import __main__ as command_line
from benchmarks import books, cases, results, tools, words, work
from benchmarks.figures import Figure, Outcome, Promise
from benchmarks.measuring import BenchmarkError, Command, Done, Side, alternate, run
from tests.imprint.conftest import write

KINDS = {
    "torch": books.torch_page, "timed": books.timed_page, "trivial": books.trivial_page,
    "text": books.text_page, "planned": books.planned_page,
}  # fmt: skip


def code(page: books.Page) -> list[str]:
    return [cell.source for cell in page.cells if cell.kind == "code"]


def script(tmp_path: Path, text: str) -> Command:
    return Command([sys.executable, "-c", text], tmp_path, {})


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_differs_in_its_code_and_is_the_same_each_time(kind: str) -> None:
    first, again = (books.book("B", 30, KINDS[kind]) for _ in range(2))
    assert first == again
    assert len({"\n".join(code(page)) for page in first.pages}) == 30


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_proves_that_it_ran_by_words_that_its_source_lacks(kind: str) -> None:
    for page in books.book("B", 30, KINDS[kind]).pages:
        assert not any(page.marker in cell.source for cell in page.cells)


def test_torch_notebooks_have_about_ten_cells_and_one_plot() -> None:
    for page in books.book("B", 24, books.torch_page).pages:
        assert 9 <= len(code(page)) <= 12
        assert "\n".join(code(page)).count("plt.show()") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_all_tools_are_given_the_same_cells(tmp_path: Path, kind: str) -> None:
    book = books.book("B", 4, KINDS[kind], section_size=2)
    root = books.write_myst(book, tmp_path / "myst")
    theirs = books.write_d2lbook(book, tmp_path / "d2lbook")
    plain = books.write_notebooks(book, tmp_path / "ipynb")
    opened = load(root)
    read = {page.docname: page_files.read(opened, page) for page in opened.pages}
    assert list(read)[1:] == [page.name for page in book.pages]
    for page in book.pages:
        cells = [cell.source for cell in read[page.name].cells if cell.kind == "code"]
        assert [cell.strip() for cell in cells] == code(page)
        text = (theirs / f"{page.name}.md").read_text("utf-8")
        assert re.findall(r"```\{\.python \.input\}\n(.*?)\n```", text, re.DOTALL) == code(page)
        node = json.loads((plain / f"{page.name}.ipynb").read_text("utf-8"))
        assert [c["source"] for c in node["cells"] if c["cell_type"] == "code"] == code(page)


def test_both_competitors_compute_with_the_versions_that_imprint_has() -> None:
    def pins(path: Path) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text("utf-8"), re.MULTILINE))

    ours = pins(tools.ROOT / "constraints.txt")
    theirs = pins(tools.HERE / "requirements-d2lbook.txt")
    for name in ("torch", "numpy", "matplotlib", "ipython", "ipykernel", "pyzmq"):
        assert theirs[name] == ours[name], name
    assert theirs["d2lbook"] == "1.0.3"
    text = (tools.HERE / "requirements-jupyter-book.txt").read_text("utf-8")
    assert "-c ../constraints.txt" in text and "jupyter-book==1.0.4.post1" in text


def test_sides_take_turns_each_prepared_before_its_round(tmp_path: Path) -> None:
    seen = []
    sides = [
        Side(name, script(tmp_path, f"print({name!r})"), lambda n=name: seen.append(f"prepare {n}"),
             lambda done: seen.append(done.output.strip()))
        for name in "ab"
    ]  # fmt: skip
    done = alternate(sides, 2, tmp_path / "logs")
    assert seen == ["prepare a", "a", "prepare b", "b"] * 2
    assert all(len(done[name]) == 2 and min(d.seconds for d in done[name]) > 0 for name in "ab")


def test_a_side_that_fails_or_proves_nothing_gives_no_number(tmp_path: Path) -> None:
    failing = Side("a", script(tmp_path, "print('why'); raise SystemExit(3)"))
    with pytest.raises(BenchmarkError, match="a: exit code 3: why"):
        alternate([failing], 1, tmp_path / "logs")
    idle = Side("b", script(tmp_path, "pass"), verify=work.says("done"))
    with pytest.raises(BenchmarkError, match="b: it does not say 'done'"):
        alternate([idle], 1, tmp_path / "logs")


def test_a_command_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    sleeper = "import time; time.sleep(600)"
    text = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {sleeper!r}])\n"
        "print(child.pid, flush=True)\nchild.wait()\n"
    )
    with pytest.raises(BenchmarkError, match="took longer than 4 s"):
        run(script(tmp_path, text), tmp_path / "log", limit=4)
    number = int((tmp_path / "log").read_text().split()[0])
    with suppress(psutil.NoSuchProcess):
        child = psutil.Process(number)
        try:
            child.wait(10)
        except psutil.TimeoutExpired:
            child.kill()
            raise


PEAK = """
import sys
from pathlib import Path
from tests.imprint.test_benchmarks import run, script
folder = Path(sys.argv[1])
print(run(script(folder, sys.argv[2]), folder / "log").peak_memory)
"""


def test_the_peak_is_that_of_the_command(tmp_path: Path) -> None:
    def peak(text: str) -> int:  # in a process as small as the benchmarks' own: Linux counts
        # what the one that starts a command has had before (setmax_mm_hiwater_rss in exec)
        command = [sys.executable, "-c", PEAK, tmp_path, text]
        return int(subprocess.run(command, capture_output=True, check=True).stdout)

    small, large = peak("pass"), peak("bytearray(700_000_000)")
    assert small < 200e6 < 700e6 < large < 800e6


def test_a_website_without_outputs_or_figures_is_no_proof(tmp_path: Path) -> None:
    book = books.book("B", 2, books.trivial_page)
    one, two = book.pages
    site = write(tmp_path, {f"{one.name}.html": one.marker, f"{two.name}.html": "number = 2"})
    done = Done(1.0, 0, "")
    with pytest.raises(BenchmarkError, match=f"no output in .*{two.name}.html"):
        work.shows(site, book)(done)
    (site / f"{two.name}.html").write_text(two.marker)
    work.shows(site, book)(done)
    with pytest.raises(BenchmarkError, match="no figure"):
        work.shows(site, book, plots=1)(done)
    (site / f"{one.name}.html").unlink()
    with pytest.raises(BenchmarkError, match="no output of 1 pages"):
        work.holds(site, book)(done)


def outcome(*figures: Figure, **failures: str) -> Outcome:
    versions = {"imprint": {"python": "3.11", "torch": "2"}, "d2lbook": {"python": "3.11"}}
    names = [figure.name for figure in figures] + list(failures)
    return Outcome("2026-01-02T03:04:05+00:00", {"cores": "2", "processor": "P"}, versions, 3,
                   {"torch": 24}, names, list(figures), dict(failures))  # fmt: skip


KEPT = Figure(
    "run", "notebooks", {"imprint": [3.0, 1.0, 2.0], "d2lbook": [20.0, 30.0, 10.0]},
    Promise(1 / 5, "d2lbook"),
)  # fmt: skip
MISSED = Figure("plan", "pages", {"imprint": [6.0]}, Promise(5))


def test_a_promise_is_held_against_medians() -> None:
    assert KEPT.ours == 2.0 and KEPT.share == 0.1 and KEPT.met
    assert not replace(KEPT, promise=Promise(1 / 11, "d2lbook")).met
    assert words.verdict(MISSED) == "**missed by 20%**"
    assert words.promise(KEPT) == "≤ 1/5 of d2lbook"
    assert words.promise(replace(KEPT, promise=Promise(1.1, "bound"))) == "≤ 1.1 × bound"


def test_page_and_picture_say_what_was_measured_and_what_failed(tmp_path: Path) -> None:
    path = results.save(outcome(KEPT, MISSED, text="it | broke"), tmp_path)
    assert path.name == "2026-01-02.json"
    page = (tmp_path / "README.md").read_text("utf-8")
    line = (
        "| notebooks | ≤ 1/5 of d2lbook | 2.00 s (1.00–3.00) | d2lbook: 20.0 s (10.0–30.0) | 0.10"
    )
    assert line in page and "1 of 2 measured promises are kept" in page
    assert "**text** could not be measured: it \\| broke" in page
    picture = (tmp_path / "results.svg").read_bytes()
    assert picture.startswith(b"<?xml")
    results.save(results.read(path), tmp_path)  # as --redraw does
    assert (tmp_path / "results.svg").read_bytes() == picture
    assert (tmp_path / "README.md").read_text("utf-8") == page


def test_what_is_measured_again_replaces_only_itself(tmp_path: Path) -> None:
    results.save(outcome(KEPT, text="it broke"), tmp_path)
    results.save(outcome(MISSED, text="again"), tmp_path)
    path = results.save(outcome(replace(KEPT, samples={"imprint": [9.0]}, promise=None)), tmp_path)
    found = results.read(path)
    assert [(figure.name, figure.ours) for figure in found.figures] == [("run", 9.0), ("plan", 6.0)]
    assert found.failures == {"text": "again"}
    elsewhere = replace(outcome(MISSED), machine={"cores": "64", "processor": "Q"})
    assert [f.name for f in results.read(results.save(elsewhere, tmp_path)).figures] == ["plan"]


def bench(folder: Path, **sizes: float) -> work.Bench:
    """With imprint alone: the other tools' environments are not the tests' to make."""
    ours = tools.Tool("imprint", Path(sys.prefix), folder / "home")
    return work.Bench(tools.Tools(ours, ours, ours), folder, 1, replace(work.TINY, **sizes))


def test_a_case_goes_from_generated_books_to_figures(tmp_path: Path) -> None:
    began = time.monotonic()
    (figure,) = cases.makespan(bench(tmp_path, makespan=3, longest=0.6))
    took = time.monotonic() - began
    assert figure.ours < took
    assert 0.6 < figure.samples["bound"][0] < took  # the longest sleeps 0.6 s


def test_a_case_that_fails_is_told_without_the_folders_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fails(bench: work.Bench) -> list[Figure]:
        raise BenchmarkError(f"see {tools.ROOT}/build/bench/logs/x.log")

    monkeypatch.setitem(cases.CASES, "fails", cases.Case("fails", "", fails))
    found = outcome()
    command_line.measure("fails", bench(tmp_path), found)
    assert found.failures == {"fails": "see build/bench/logs/x.log"} and not found.figures


def test_two_calls_do_not_measure_at_once(tmp_path: Path) -> None:
    with command_line.alone(tmp_path):
        with pytest.raises(BenchmarkError, match="another call"):
            with command_line.alone(tmp_path):
                pass
    with command_line.alone(tmp_path):
        pass
