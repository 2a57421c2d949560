"""The cases: each generates its books, runs its sides in turn, and gives figures."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks import books
from benchmarks.figures import D2LBOOK, JUPYTER_BOOK, OURS, PAPERMILL, Figure, Promise
from benchmarks.measuring import BenchmarkError, Done, Side, seconds
from benchmarks.sides import after_edit, again, executions, prints, websites
from benchmarks.tools import ROOT
from benchmarks.work import (
    Bench,
    all_of,
    all_ran,
    fresh,
    holds,
    nothing_ran,
    run_seconds,
    says,
    spent,
)  # fmt: skip

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
FIFTH = 1 / 5
PRINT = {
    "latex": {"latex_engine": "xelatex", "use_jupyterbook_latex": False},
    "sphinx": {"config": {"latex_elements": {"fontpkg": ""}}},
}
"""Settings by which a book can be printed with the TeX packages that imprint asks for."""


@dataclass(frozen=True)
class Case:
    """One thing to measure, chosen by name on the command line."""

    name: str
    what: str
    measure: Callable[[Bench], list[Figure]]


def overhead(bench: Bench) -> list[Figure]:
    """What one more torch notebook costs beyond its cells' own seconds: the difference between
    a book of many and a book of one, so that starting the tool is not in it."""
    more = bench.sizes.overhead
    every = range(2, more + 2)
    cells: dict[str, list[float]] = {OURS: [], PAPERMILL: []}
    sides = []
    for pages in (1, more + 1):
        book = books.book("Timed", pages, books.timed_page, books.PRELOAD)
        myst = books.write_myst(book, bench.template(f"timed-{pages}"))
        notebooks = books.write_notebooks(book, bench.template(f"timed-{pages}-ipynb"))
        ours, theirs = bench.work(f"timed-{pages}"), bench.work(f"timed-{pages}-ipynb")
        results = bench.work(f"timed-{pages}-results")

        def note(tool: str, folder: Path, pages: int, done: Done) -> None:
            if pages > 1:
                cells[tool].append(spent(folder, every))

        def emptied(results: Path, copy: Callable[[], None]) -> None:
            copy()
            shutil.rmtree(results, ignore_errors=True)
            results.mkdir(parents=True)

        store = ours / "build" / "store"
        sides += [
            Side(f"{OURS}-{pages}", bench.tools.imprint_command(ours, "run", "--jobs", "1"),
                 fresh(myst, ours), all_of(holds(store, book), partial(note, OURS, store, pages))),
            Side(f"{PAPERMILL}-{pages}", bench.tools.papermill(theirs, results),
                 partial(emptied, results, fresh(notebooks, theirs)),
                 all_of(holds(results, book), partial(note, PAPERMILL, results, pages))),
        ]  # fmt: skip
    took = seconds(bench.compare("overhead", *sides))
    samples = {
        tool: [
            (many - one) / more - own
            for many, one, own in zip(took[f"{tool}-{more + 1}"], took[f"{tool}-1"], cells[tool])
        ]
        for tool in (OURS, PAPERMILL)
    }
    title = "one more torch notebook, beyond its cells' own time"
    notes = "imports count as overhead on both sides; one notebook at a time"
    return [Figure("overhead", title, samples, Promise(0.25), notes=notes)]


def torch_html(bench: Bench) -> list[Figure]:
    """The same notebooks as an edition that says what its kernels import early, and as a book of
    Jupyter Book's in which nothing is said to imprint."""
    return [
        _torch(bench, "torch-html", "", books.PRELOAD),
        _torch(bench, "torch-plain", " as a plain book, nothing set", editions=None),
    ]


def _torch(bench: Bench, name: str, how: str, preload: Sequence[str] = (), **config) -> Figure:
    number = bench.sizes.torch
    book = books.book("Regressions", number, books.torch_page, preload)
    template = books.write_myst(book, bench.template(name), **config)
    samples = seconds(bench.compare(name, *websites(bench, name, book, template, plots=1)))
    title = f"{number} light torch notebooks{how}, cold, to HTML"
    return Figure(name, title, samples, Promise(FIFTH, JUPYTER_BOOK))


def torch_run(bench: Bench) -> list[Figure]:
    number = bench.sizes.torch
    book = books.book("Regressions", number, books.torch_page, books.PRELOAD)
    samples = seconds(bench.compare("torch-run", *executions(bench, "torch", book)))
    title = f"{number} light torch notebooks, cold, execution alone"
    return [Figure("torch-run", title, samples, Promise(FIFTH, D2LBOOK))]


def trivial(bench: Bench) -> list[Figure]:
    number = bench.sizes.trivial
    book = books.book("Sums", number, books.trivial_page)
    template = books.write_myst(book, bench.template("trivial"))
    html = bench.compare("trivial-html", *websites(bench, "trivial", book, template), rounds=1)
    run = bench.compare("trivial-run", *executions(bench, "trivial", book), rounds=1)
    title = f"{number} trivial notebooks, cold, "
    return [
        Figure("trivial-html", title + "to HTML", seconds(html)),
        Figure("trivial-run", title + "execution alone", seconds(run)),
    ]


def text(bench: Bench) -> list[Figure]:
    """A textbook whose outputs both tools have in their caches already."""
    number = bench.sizes.text
    book = books.book("Text", number, books.text_page, section_size=10, execute="cache")
    ours = books.write_myst(book, bench.template("text-imprint"), **PRINT)
    theirs = books.write_myst(book, bench.template("text-jupyter-book"), **PRINT)
    notebooks = books.write_notebooks(book, bench.template("text-ipynb"), outputs=True)
    bench.say("text: executing every page once, and filling jupyter-book's cache")
    bench.once("text-run", bench.tools.imprint_command(ours, "run"))
    cache = theirs / "_build" / ".jupyter_cache"
    bench.once("text-cache", bench.tools.fill_jupyter_cache(notebooks, cache))

    cold = websites(bench, "text", book, ours, theirs)
    kept = [again(side) for side in cold]
    edited = [after_edit(side, book.pages[number // 2].name) for side in kept]
    takes = partial(bench.compare, rounds=2)
    title = f"{number} text pages with outputs in the store, "
    return [
        Figure("text-cold", title + "to HTML", seconds(takes("text-cold", *cold)), Promise(25)),
        Figure("text-unchanged", f"{number} text pages, nothing changed",
               seconds(bench.compare("text-unchanged", *kept)), Promise(1.5)),
        Figure("text-edit", f"{number} text pages, prose of one edited, to HTML",
               seconds(bench.compare("text-edit", *edited)), Promise(2.5)),
        *_text_pdf(bench, book, title, ours, theirs),
    ]  # fmt: skip


def _text_pdf(bench: Bench, book: books.Book, title: str, ours: Path, theirs: Path) -> list[Figure]:
    """The same textbook in print, where there is TeX."""
    if not shutil.which("xelatex"):
        return []
    took = seconds(bench.compare("text-pdf", *prints(bench, "text", book, ours, theirs), rounds=1))
    return [Figure("text-pdf", f"{title}to PDF", took, Promise(180))]


def makespan(bench: Bench) -> list[Figure]:
    """A book whose runs' durations are known from the run before. What `imprint run` takes with
    nothing to do is taken off: starting and planning are other figures."""
    number = bench.sizes.makespan
    lengths = books.uneven_seconds(number, bench.sizes.longest)
    book = books.book("Sleeps", number, lambda page: books.sleeping_page(page, lengths[page - 1]))
    folder, rounds, bounds = bench.work("makespan"), count(1), []
    fresh(books.write_myst(book, bench.template("makespan"), profiles=_round(0)), folder)()
    command = bench.tools.imprint_command(folder, "run")
    bench.once("makespan-recording", command)

    def outdate() -> None:  # another variable of the kernels: every run is stale
        books.write_myst(book, folder, profiles=_round(next(rounds)))

    def bound(done: Done) -> None:
        all_ran(folder, number, done)
        took = run_seconds(folder)
        bounds.append(max(max(took), sum(took) / CORES))

    runs = Side(OURS, command, outdate, bound)
    idle = Side("idle", command, verify=partial(nothing_ran, folder))
    took = seconds(bench.compare("makespan", runs, idle))
    spans = [whole - start for whole, start in zip(took[OURS], took["idle"])]
    title = f"{number} notebooks of known, uneven durations on {CORES} slots"
    notes = "the bound is max(longest run, total / slots) of the same run"
    samples = {OURS: spans, "bound": bounds}
    return [Figure("makespan", title, samples, Promise(1.1, "bound"), notes=notes)]


def this_book(bench: Bench) -> list[Figure]:
    """This repository's own book, both editions, from a copy of its files."""
    if not (ROOT / ".venv-mxnet").exists():
        raise BenchmarkError("the environments of the editions are missing: make setup")
    folder = bench.work("book")
    html = bench.tools.imprint_command(folder, "build", "html")
    site = folder / "build" / "html" / "index.html"

    def there(path: Path, done: Done) -> None:
        if not path.exists():
            raise BenchmarkError(f"there is no {path}")

    proof = all_of(partial(there, site), partial(all_ran, folder, None))
    cold = Side(OURS, html, partial(_copy_repository, folder), proof)
    kept = Side(OURS, html, verify=partial(nothing_ran, folder))
    took = seconds(bench.compare("book-cold", cold, rounds=1))
    runs = len(run_seconds(folder))
    figures = [
        Figure("book-cold", f"this book, both editions ({runs} runs), smoke, cold, to HTML", took,
               Promise(600)),
        Figure("book-unchanged", "this book, nothing changed",
               seconds(bench.compare("book-unchanged", kept))),
    ]  # fmt: skip
    if shutil.which("xelatex"):
        command = bench.tools.imprint_command(folder, "build", "pdf", "--edition", "torch")
        pdf = Side(OURS, command, verify=partial(there, folder / "build" / "pdf" / "d2l-torch.pdf"))
        took = seconds(bench.compare("book-pdf", pdf, rounds=1))
        title = "this book, PDF of one edition, outputs in the store"
        figures.append(Figure("book-pdf", title, took, Promise(180)))
    return figures


def planning(bench: Bench) -> list[Figure]:
    """What must run, of a very large book of which nothing has run yet."""
    number, tenth = bench.sizes.planning, max(1, bench.sizes.planning // 10)
    done = {}
    for pages in (tenth, number):
        book = books.book("Plan", pages, books.planned_page, section_size=100)
        template = books.write_myst(book, bench.template(f"plan-{pages}"))
        folder = bench.work(f"plan-{pages}")
        command = bench.tools.imprint_command(folder, "status")
        side = Side(OURS, command, fresh(template, folder), says(rf"\b{pages}\b|\b{pages:,}\b"))
        done[pages] = bench.compare(f"planning-{pages}", side)[OURS]
    took, memory = seconds(done), [one.peak_memory / 1e6 for one in done[number]]
    straight = [value * number / tenth for value in took[tenth]]
    title = f"{number:,} pages: planning"
    notes = f"the line is that of {tenth:,} pages"
    return [
        Figure("planning", title, {OURS: took[number]}, Promise(5)),
        Figure("planning-memory", f"{title}, peak memory", {OURS: memory}, Promise(500), "MB"),
        Figure("planning-growth", f"{title} grows along a line",
               {OURS: took[number], "line": straight}, Promise(1, "line"), notes=notes),
    ]  # fmt: skip


def simulation(bench: Bench) -> list[Figure]:
    """The schedule of the same book on many workers, simulated."""
    number = bench.sizes.planning
    book = books.book("Plan", number, books.planned_page, section_size=100)
    template = books.write_myst(book, bench.template(f"plan-{number}"))
    folder = bench.work("simulation")
    command = bench.tools.imprint_command(folder, "plan", "--workers", "64", "--gpus", "8")
    side = Side(OURS, command, fresh(template, folder), says("makespan"))
    title = f"{number:,} pages: the schedule on 64 workers, simulated"
    samples = seconds(bench.compare("simulation", side))
    return [Figure("simulation", title, samples, Promise(5))]


CASES = {
    case.name: case
    for case in (
        Case("overhead", "a warm run beyond its cells, against plain papermill", overhead),
        Case("torch-html", "torch notebooks to HTML, against jupyter-book", torch_html),
        Case("torch-run", "torch notebooks executed, against d2lbook", torch_run),
        Case("trivial", "trivial notebooks, against both", trivial),
        Case("text", "text pages cold, unchanged and edited, against jupyter-book", text),
        Case("makespan", "uneven notebooks against the bound of any schedule", makespan),
        Case("book", "this book: cold, unchanged, PDF", this_book),
        Case("planning", "a plan of a very large book: seconds and memory", planning),
        Case("simulation", "the schedule of a very large book on 64 workers", simulation),
    )
}


def _round(number: int) -> dict[str, object]:
    return {"smoke": {"env": {"BENCH_ROUND": str(number)}}}


def _copy_repository(folder: Path) -> None:
    """The book's files as git sees them, beside the environments that are here."""
    shutil.rmtree(folder, ignore_errors=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv-mxnet").symlink_to(ROOT / ".venv-mxnet")
