"""The command line: `python -m benchmarks [CASE …]`."""

import argparse
import datetime
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks import results, tools, words
from benchmarks.cases import CASES
from benchmarks.figures import Figure, Outcome
from benchmarks.measuring import BenchmarkError
from benchmarks.work import TINY, Bench, Sizes

RESULTS = tools.HERE / "results"
FOLDER = tools.ROOT / "build" / "bench"
BUSY = 0.7
"""The load, averaged over a minute, above which a machine is not quiet."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the cases that were asked for; 1 where one of them failed. A promise that is
    missed is a result, not a failure."""
    asked = _parser().parse_args(arguments)
    if asked.list:
        print("\n".join(f"{case.name:12} {case.what}" for case in CASES.values()))
        return 0
    folder = asked.results or (FOLDER / "tiny" if asked.tiny else RESULTS)
    if asked.redraw:
        if not (path := results.newest(folder)):
            print(f"no results in {folder}", file=sys.stderr)
            return 1
        results.save(results.read(path), folder)
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what is running must end, too
    try:
        with alone(FOLDER):
            return _measured(asked, folder)
    except BenchmarkError as error:
        print(_plain(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: finished cases are kept", file=sys.stderr)
        return 130


def _measured(asked: argparse.Namespace, folder: Path) -> int:
    with_tools = tools.ready(FOLDER, say)
    busy = os.getloadavg()[0]
    if busy > BUSY:
        say(f"the machine is busy (load {busy:.1f}): times will mean little")
    sizes = TINY if asked.tiny else Sizes()
    bench = Bench(with_tools, FOLDER, 1 if asked.tiny else asked.rounds, sizes, say)
    outcome = Outcome(
        _now(), results.machine(), {tool.name: tool.versions() for tool in with_tools.all()},
        bench.rounds, asdict(sizes),
    )  # fmt: skip
    for name in asked.cases or CASES:
        measure(name, bench, outcome)
        path = results.save(outcome, folder)
        say(f"{name}: written to {path.parent}")
    return 1 if outcome.failures else 0


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Raises BenchmarkError where another call works in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BenchmarkError(f"another call is measuring in {folder}") from None
        yield


def measure(name: str, bench: Bench, outcome: Outcome) -> None:
    """Add a case's figures to ``outcome``, or why there are none."""
    began = time.monotonic()
    outcome.cases.append(name)
    try:
        figures = CASES[name].measure(bench)
    except BenchmarkError as error:
        outcome.failures[name] = _plain(error)
        say(f"{name}: FAILED: {outcome.failures[name]}")
        return
    outcome.figures += [replace(figure, date=_now()) for figure in figures]
    for figure in figures:
        say(f"{name}: {_told(figure)}")
    say(f"{name}: took {time.monotonic() - began:.0f} s")


def say(line: str) -> None:
    print(line, flush=True)


def _told(figure: Figure) -> str:
    sides = ", ".join(f"{side} {words.spread(figure, side)}" for side in figure.samples)
    return " · ".join(filter(None, [figure.title, sides, words.verdict(figure).strip("*")]))


def _plain(error: BenchmarkError) -> str:
    """What went wrong, without the folders of this machine."""
    return str(error).replace(f"{tools.ROOT}/", "")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    # no choices=: argparse refuses an empty list of them
    parser.add_argument("cases", nargs="*", metavar="CASE", type=_case,
                        help=f"what to measure, all if none: {', '.join(CASES)}")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=3, help="how often each side runs (3)")
    parser.add_argument("--tiny", action="store_true",
                        help="a few pages and one round: does all of it work? "
                        "goes to build/bench/tiny")  # fmt: skip
    parser.add_argument("--results", type=Path, help="where the results go (benchmarks/results)")
    parser.add_argument("--list", action="store_true", help="show the cases and end")
    parser.add_argument("--redraw", action="store_true",
                        help="write page and picture again from the newest results")  # fmt: skip
    return parser


def _case(name: str) -> str:
    if name not in CASES:
        raise argparse.ArgumentTypeError(f"no case {name!r}; there are {', '.join(CASES)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
