"""What every case works with: folders, fresh copies, and proofs that a tool did its work."""

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from pypdf import PdfReader

from benchmarks.books import Book
from benchmarks.measuring import BenchmarkError, Command, Done, Side, alternate, run
from benchmarks.tools import Tools


@dataclass(frozen=True)
class Sizes:
    """How much of everything. The full sizes are those of the promises."""

    torch: int = 24
    trivial: int = 100
    text: int = 170
    planning: int = 10_000
    makespan: int = 24
    overhead: int = 8
    """Notebooks beyond the first, whose time is what one more costs."""
    longest: float = 6.0
    """Seconds of the longest notebook in makespan."""


TINY = Sizes(torch=2, trivial=3, text=6, planning=60, makespan=4, overhead=2, longest=1.0)
"""For trying out that all of it works; no figure of it means anything."""


@dataclass(frozen=True)
class Bench:
    """One call of the benchmarks."""

    tools: Tools
    folder: Path
    """Everything made goes here."""
    rounds: int
    sizes: Sizes = Sizes()
    say: Callable[[str], None] = print

    def template(self, name: str) -> Path:
        """An empty folder for a generated book."""
        return _empty(self.folder / "books" / name)

    def work(self, name: str) -> Path:
        """Where the command of one side of a case works."""
        return self.folder / "work" / name

    def compare(self, case: str, *sides: Side, rounds: int | None = None) -> dict[str, list[Done]]:
        wanted = min(rounds or self.rounds, self.rounds)
        return alternate(sides, wanted, self.folder / "logs" / case, self.say)

    def once(self, name: str, command: Command) -> Done:
        """A command that prepares something and is not part of a comparison."""
        try:
            return run(command, self.folder / "logs" / f"{name}.log")
        except BenchmarkError as error:
            raise BenchmarkError(f"preparing {name}: {error}") from None


def fresh(template: Path, folder: Path) -> Callable[[], None]:
    """Makes ``folder`` a copy of ``template``, without anything that was built in it."""

    def copy() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder, symlinks=True)

    return copy


def shows(site: Path, book: Book, plots: int = 0) -> Callable[[Done], None]:
    """Raises BenchmarkError unless every page of the website has what its code printed, and
    at least ``plots`` figures."""

    def verify(done: Done) -> None:
        for page in book.pages:
            path = site / f"{page.name}.html"
            text = path.read_text("utf-8") if path.exists() else ""
            if page.marker not in text:
                raise BenchmarkError(f"no output in {path}")
            if text.count("_images/") < plots:
                raise BenchmarkError(f"no figure in {path}")

    return verify


def printed(folder: Path, book: Book) -> Callable[[Done], None]:
    """Raises BenchmarkError unless the one PDF in ``folder`` has each page's output."""

    def verify(done: Done) -> None:
        files = list(folder.glob("*.pdf"))
        if len(files) != 1:
            raise BenchmarkError(f"{len(files)} PDFs in {folder}")
        pages = PdfReader(files[0]).pages
        text = "".join("".join(page.extract_text().split()) for page in pages)
        missing = [page.name for page in book.pages if "".join(page.marker.split()) not in text]
        if missing:
            raise BenchmarkError(f"no output of {len(missing)} pages in print, first {missing[0]}")

    return verify


def holds(folder: Path, book: Book) -> Callable[[Done], None]:
    """Raises BenchmarkError unless some file under ``folder`` has each page's output."""

    def verify(done: Done) -> None:
        text = everything(folder)
        missing = [page.name for page in book.pages if page.marker not in text]
        if missing:
            raise BenchmarkError(f"no output of {len(missing)} pages, first {missing[0]}")

    return verify


def says(words: str) -> Callable[[Done], None]:
    """Raises BenchmarkError unless the command's output matches ``words``."""

    def verify(done: Done) -> None:
        if not re.search(words, done.output):
            raise BenchmarkError(f"it does not say {words!r}: {done.output.strip()[-200:]}")

    return verify


def all_of(*proofs: Callable[[Done], None]) -> Callable[[Done], None]:
    def verify(done: Done) -> None:
        for proof in proofs:
            proof(done)

    return verify


def everything(folder: Path) -> str:
    """The text of all files under ``folder``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def spent(folder: Path, numbers: Sequence[int]) -> float:
    """The mean of the seconds that the timed pages say their cells took."""
    found = dict(re.findall(r"page (\d+) spent (\d+\.\d+) s", everything(folder)))
    missing = [number for number in numbers if str(number) not in found]
    if missing:
        raise BenchmarkError(f"page {missing[0]} did not say how long its cells took")
    return sum(float(found[str(number)]) for number in numbers) / len(numbers)


def run_seconds(root: Path) -> list[float]:
    """The seconds of every run of imprint's last build, from its JUnit report."""
    suite = ElementTree.parse(root / "build" / "report" / "junit.xml").getroot()
    return [float(case.attrib["time"]) for case in suite]


def all_ran(root: Path, number: int | None, done: Done) -> None:
    """Raises BenchmarkError unless imprint's last build executed every run, ``number`` of them
    where that is known."""
    took = run_seconds(root)
    if not took or not all(took) or len(took) != (number or len(took)):
        raise BenchmarkError(f"{sum(map(bool, took))} of {number or len(took)} notebooks ran")


def nothing_ran(root: Path, done: Done) -> None:
    """Raises BenchmarkError where imprint's last build executed a notebook."""
    if ran := sum(map(bool, run_seconds(root))):
        raise BenchmarkError(f"{ran} notebooks ran though nothing had changed")


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
