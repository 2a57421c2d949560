"""The sides that several cases share: each tool's command, from a fresh copy, with its proof."""

from functools import partial
from itertools import count
from pathlib import Path

from benchmarks import books
from benchmarks.figures import D2LBOOK, JUPYTER_BOOK, OURS
from benchmarks.measuring import BenchmarkError, Done, Side
from benchmarks.work import Bench, all_of, fresh, holds, nothing_ran, printed, shows


def websites(
    bench: Bench, name: str, book: books.Book, ours: Path, theirs: Path | None = None,
    plots: int = 0,
) -> list[Side]:  # fmt: skip
    """imprint and jupyter-book, each from a fresh copy of its template to a website."""
    here, there = bench.work(f"{name}-imprint"), bench.work(f"{name}-jupyter-book")
    return [
        Side(OURS, bench.tools.imprint_command(here, "build", "html"), fresh(ours, here),
             shows(here / "build" / "html", book, plots)),
        Side(JUPYTER_BOOK, bench.tools.build_jupyter_book(there), fresh(theirs or ours, there),
             shows(there / "_build" / "html", book, plots)),
    ]  # fmt: skip


def prints(bench: Bench, name: str, book: books.Book, ours: Path, theirs: Path) -> list[Side]:
    """imprint and jupyter-book, each from a fresh copy of its template to a PDF."""
    here, there = bench.work(f"{name}-imprint"), bench.work(f"{name}-jupyter-book")
    return [
        Side(OURS, bench.tools.imprint_command(here, "build", "pdf"), fresh(ours, here),
             printed(here / "build" / "pdf", book)),
        Side(JUPYTER_BOOK, bench.tools.build_jupyter_book(there, "pdflatex"), fresh(theirs, there),
             printed(there / "_build" / "latex", book)),
    ]  # fmt: skip


def executions(bench: Bench, name: str, book: books.Book) -> list[Side]:
    """imprint and d2lbook, each from a fresh copy to executed notebooks."""
    ours = books.write_myst(book, bench.template(name))
    theirs = books.write_d2lbook(book, bench.template(f"{name}-d2lbook"))
    here, there = bench.work(f"{name}-imprint"), bench.work(f"{name}-d2lbook")
    return [
        Side(OURS, bench.tools.imprint_command(here, "run"), fresh(ours, here),
             holds(here / "build" / "store", book)),
        Side(D2LBOOK, bench.tools.eval_d2lbook(there), fresh(theirs, there),
             holds(there / "_build" / "eval", book)),
    ]  # fmt: skip


def again(side: Side) -> Side:
    """The side again, in what it built before; imprint proves that no notebook ran."""
    proofs = [side.verify]
    if side.tool == OURS:
        proofs.append(partial(nothing_ran, side.command.folder))
    return Side(side.tool, side.command, verify=all_of(*proofs))


def after_edit(side: Side, name: str) -> Side:
    """The side, after one more sentence of prose each round, which the page must show."""
    numbers, folder = count(1), side.command.folder
    built = folder / ("build" if side.tool == OURS else "_build") / "html" / f"{name}.html"
    words = [""]

    def edit() -> None:
        words[0] = f"This was edited {next(numbers)} times."
        with (folder / f"{name}.md").open("a", encoding="utf-8") as file:
            file.write(f"\n{words[0]}\n")

    def shown(done: Done) -> None:
        if words[0] not in built.read_text("utf-8"):
            raise BenchmarkError(f"the edit is not in {built}")

    return Side(side.tool, side.command, edit, all_of(side.verify, shown))
