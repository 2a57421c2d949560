"""Measuring: whole commands by a monotonic clock, sides in turn, the middle of several rounds."""

import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TIME_LIMIT = 1800.0
"""Seconds that one command may take."""


class BenchmarkError(Exception):
    """A side that failed, or that did not do the work: no number comes of it."""


@dataclass(frozen=True)
class Done:
    """One command that was run."""

    seconds: float
    peak_memory: int
    """Bytes of the largest of its processes."""
    output: str


@dataclass(frozen=True)
class Command:
    """What to run, where, and what it finds in its environment."""

    arguments: Sequence[str | Path]
    folder: Path
    env: Mapping[str, str]


@dataclass(frozen=True)
class Side:
    """One tool in a comparison."""

    tool: str
    command: Command
    prepare: Callable[[], None] = lambda: None
    """Done before each round, not timed: a fresh copy, an edit."""
    verify: Callable[[Done], None] = lambda done: None
    """Raises BenchmarkError where the work was not done."""


def run(command: Command, log: Path, limit: float = TIME_LIMIT) -> Done:
    """Run a command, whose output goes to ``log``; nothing that it started outlives it.

    Raises BenchmarkError where it fails or takes longer than ``limit`` seconds.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(argument) for argument in command.arguments],
            cwd=command.folder, env=dict(command.env), stdin=subprocess.DEVNULL,
            stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        late = threading.Event()
        alarm = threading.Timer(limit, lambda: (late.set(), _kill_group(process.pid)))
        alarm.daemon = True
        alarm.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            alarm.cancel()
            _kill_group(process.pid)
    output = log.read_text("utf-8", "replace")
    if late.is_set():
        raise BenchmarkError(f"took longer than {limit:.0f} s, see {log}")
    if process.returncode:
        plain = re.sub("[\u2500-\u257f]+", " ", output)  # the boxes that some draw around errors
        last = " / ".join([line.strip() for line in plain.splitlines() if line.strip()][-3:])
        raise BenchmarkError(f"exit code {process.returncode}: {last} (see {log})")
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, kilobytes here
    return Done(seconds, usage.ru_maxrss * unit, output)


def alternate(
    sides: Sequence[Side], rounds: int, logs: Path, say: Callable[[str], None] = lambda line: None
) -> dict[str, list[Done]]:
    """Every side once a round, in turn (A B C, A B C, …), each verified; by tool.

    Raises BenchmarkError, naming the tool, at the first side that fails.
    """
    done: dict[str, list[Done]] = {side.tool: [] for side in sides}
    for number in range(1, rounds + 1):
        for side in sides:
            try:
                side.prepare()
                one = run(side.command, logs / f"{side.tool}-{number}.log")
                side.verify(one)
            except BenchmarkError as error:
                raise BenchmarkError(f"{side.tool}: {error}") from None
            done[side.tool].append(one)
            say(f"{logs.name}, round {number}: {side.tool} {one.seconds:.2f} s")
    return done


def seconds(done: Mapping[str, Sequence[Done]]) -> dict[str, list[float]]:
    return {tool: [one.seconds for one in several] for tool, several in done.items()}


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
