"""Promises of what is seen while notebooks run: live on a terminal, lines elsewhere."""

import io
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imprint.execution.run import Failure, Result, Run
from imprint.progress import RunProgress, shortened, time_left
from rich.cells import cell_len
from rich.console import Console

from tests.imprint.small import ONE_EDITION, book, page, ran

ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
COLOUR = re.compile(r"\x1b\[[0-9;]*(3|4|9|10)[0-9][;m]")


def run(name: str, *cells: str, last: float | None = None) -> Run:
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    return Run(
        name, name.removesuffix(".md"), "alpha", "smoke", node, {}, {}, "f", {}, Path(), None, {},
        None, None, last={"seconds": last} if last is not None else None,
    )  # fmt: skip


def piped(encoding: str = "utf-8", **options) -> tuple[Console, io.BytesIO]:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding, write_through=True)
    return Console(file=file, **options), raw


@pytest.fixture
def terminal(monkeypatch):
    """A console on a real terminal, and a function for what was written there."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    ours, theirs = pty.openpty()
    opened = []

    def make(width: int = 120, **options) -> Console:
        console = Console(
            file=open(theirs, "w", encoding="utf-8", closefd=False), width=width, height=24,
            **options,
        )  # fmt: skip
        opened.append(console)
        return console

    def said() -> str:
        opened[-1].file.flush()
        text = b""
        while select.select([ours], [], [], 0)[0]:
            text += os.read(ours, 65536)
        return text.decode()

    yield make, said
    os.close(ours)
    os.close(theirs)


def drawn(progress: RunProgress, width: int) -> list[str]:
    """The lines that are drawn in a terminal of this width."""
    options = progress.console.options.update(width=width)
    lines = progress.console.render_lines(progress, options, pad=False)
    return ["".join(part.text for part in line if not part.control) for line in lines]


def test_where_nothing_moves_each_run_is_one_line():
    console, raw = piped()
    first, second = run("one/a.md", "1", last=2.5), run("b.md", "1")
    with RunProgress(console, [first, second], 7, 2) as progress:
        for one in (first, second):
            progress.started(one)
            progress.cell_started(one, 0)
        progress.retried(Result(first, 1.0, None, Failure("dead kernel", "the kernel died")))
        progress.ended(Result(first, 3.0, None))
        progress.ended(Result(second, 1.0, None, Failure("error", "E: no"), attempts=2))
    heading, *lines = raw.getvalue().decode().splitlines()
    assert heading == "2 notebooks to run, 7 unchanged, about 2.5 s"
    assert lines == [
        "one/a.md [alpha] is tried again: the kernel died",
        "[1/2] one/a.md [alpha] ok 3.0 s, last time 2.5 s",
        "[2/2] b.md [alpha] failed 1.0 s, attempt 2",
    ]
    assert ran("\n".join(lines)) == {"one/a.md [alpha]", "b.md [alpha]"}


def test_a_terminal_shows_each_running_notebook_with_its_cell_and_time(terminal):
    make, said = terminal
    one = run("chapter/a.md", "# first\n\nimport torch", "model.fit(data)", last=30)
    other = run("chapter/b.md", "x = 1")
    with RunProgress(make(), [one, other, run("c.md", last=30)], 0, 2) as progress:
        progress.started(one)
        progress.cell_started(one, 1)
        progress.started(other)
        progress.live.refresh()
        shown = ESCAPES.sub("", said())
        assert re.search(r"chapter/a.md \[alpha\] +cell 2/2 +model\.fit\(data\) +0\.\d s of 30 s",
                         shown)  # fmt: skip
        assert re.search(r"chapter/b.md \[alpha\] +starting +0\.\d s of 30 s|"
                         r"chapter/b.md \[alpha\] +starting +0\.\d s", shown)  # fmt: skip
        progress.cell_started(other, 0)
        progress.ended(Result(one, 1.0, None))
        progress.live.refresh()
        shown = ESCAPES.sub("", said())
        assert "1/3" in shown and "about" in shown and "left" in shown
        assert "x = 1" in shown and "ok" not in shown
        progress.ended(Result(other, 1.0, None, Failure("error", "E: no", 0, 12)))
        assert "failed chapter/b.md:12: [alpha, cell 1] E: no" in ESCAPES.sub("", said())
    assert "c.md" not in said()


@pytest.mark.parametrize("width", [12, 20, 40, 60, 80, 100, 200])
def test_any_width_of_a_terminal_is_kept_to(terminal, width):
    make, _ = terminal
    runs = [run(f"a-long/chapter-{n}/section.md", "x = 'é…'" * 20, last=3) for n in range(40)]
    progress = RunProgress(make(width), runs, 0, 40)
    for one in runs:
        progress.started(one)
        progress.cell_started(one, 0)
    lines = drawn(progress, width)
    assert len(lines) <= 24
    assert max(map(cell_len, lines)) <= width
    assert "and 20 more" in lines[-1] or width < 13
    assert (
        sum(("md [alpha]" if width >= 40 else "a]") in line for line in lines) == 20 or width < 13
    )


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}])
def test_a_terminal_that_cannot_move_back_gets_lines(terminal, monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    make, said = terminal
    one = run("a.md", "1")
    with RunProgress(make(), [one], 0, 1) as progress:
        progress.started(one)
        progress.ended(Result(one, 1.0, None))
    plain = ESCAPES.sub("", said())
    assert plain.splitlines()[-1] == "[1/1] a.md [alpha] ok 1.0 s"


def test_colour_that_is_forced_upon_a_pipe_moves_nothing(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    console, raw = piped()
    one = run("a.md", "1")
    with RunProgress(console, [one], 0, 1) as progress:
        progress.started(one)
        progress.ended(Result(one, 1.0, None))
    assert ESCAPES.sub("", raw.getvalue().decode()).endswith("[1/1] a.md [alpha] ok 1.0 s\n")
    assert not re.search(rb"\x1b\[[^m]*[A-Zl]", raw.getvalue())


def test_no_color_is_kept_to(terminal, monkeypatch):
    make, said = terminal
    for expected_colour in (True, False):
        one = run("a.md", "1")
        with RunProgress(make(), [one], 0, 1) as progress:
            progress.started(one)
            progress.live.refresh()
            progress.ended(Result(one, 1.0, None, Failure("error", "no")))
        assert bool(COLOUR.search(said())) == expected_colour
        monkeypatch.setenv("NO_COLOR", "1")


def test_a_terminal_without_unicode_gets_what_it_can_show():
    console, raw = piped("ascii", width=40)
    one = run("chapitre/été/une-très-longue-section.md", "été = 'à'", last=1)
    with RunProgress(console, [one], 0, 1) as progress:
        progress.started(one)
        progress.cell_started(one, 0)
        console.print(progress)
        progress.ended(Result(one, 1.0, None))
    assert b"[1/1] chapitre/?t?/une-tr?s-longue-section.md [alpha] ok" in raw.getvalue()


def test_the_watched_build_of_a_real_notebook_names_its_cell(tmp_path):
    """A real build in a real terminal, whose second cell waits until it was seen."""
    gate = tmp_path / "gate"
    wait = f"import os, time\nwhile not os.path.exists({str(gate)!r}):\n    time.sleep(0.01)"
    root = book(tmp_path / "book", {"a.md": page("x = 1", wait)}, ONE_EDITION)
    environment = {key: value for key, value in os.environ.items() if key not in ("CI", "COLUMNS")}
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "imprint.cli", "run"], cwd=root, stdin=theirs, stdout=theirs,
        stderr=theirs, env=environment | {"TERM": "xterm", "COLUMNS": "120", "LINES": "24"},
    )  # fmt: skip
    os.close(theirs)
    seen, ends = "", time.monotonic() + 60
    try:
        while time.monotonic() < ends:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            seen += piece.decode()
            if re.search(r"a\.md +cell 2/2 +import os, time +\d", ESCAPES.sub("", seen)):
                gate.touch()
        assert gate.exists(), seen
        assert process.wait(30) == 0
    finally:
        gate.touch()
        process.kill()
        process.wait()
        os.close(ours)


def test_what_never_ran_is_expected_to_take_the_median():
    runs = [run("a.md", last=1), run("b.md"), run("c.md", last=9), run("d.md", last=3)]
    assert RunProgress(piped()[0], runs, 0, 1).left() == 1 + 3 + 9 + 3


def test_nothing_is_said_of_the_time_left_until_something_is_known():
    console, raw = piped()
    runs = [run("a.md"), run("b.md"), run("c.md")]
    progress = RunProgress(console, runs, 0, 1)
    assert raw.getvalue() == b"3 notebooks to run, 0 unchanged\n"
    assert progress.left() is None
    progress.ended(Result(runs[0], 4.0, None))
    assert progress.left() == 8


def test_the_time_left_is_what_the_slots_need():
    assert time_left([5.0], [4.0, 3.0, 2.0], 2) == 7.0
    assert time_left([], [4.0, 3.0, 2.0], 3) == 4.0
    assert time_left([], [], 2) == 0.0


SECONDS = st.lists(st.floats(0, 1e4), max_size=30)


@given(SECONDS, SECONDS, st.integers(1, 8))
def test_the_time_left_lies_between_what_must_be_and_what_a_list_takes(going, waiting, slots):
    going = going[:slots]
    left, whole = time_left(going, waiting, slots), sum(going) + sum(waiting)
    longest = max([*going, *waiting], default=0.0)
    assert left >= max(longest, whole / slots) * 0.999999
    assert left <= whole / slots + longest + 1e-6


@given(st.text(min_size=1, max_size=50), st.integers(4, 60), st.booleans())
def test_a_shortened_name_keeps_its_end(name, width, ascii_only):
    short = shortened(name, width, ascii_only)
    assert len(short) <= width
    assert short.lstrip(".…") == "" or name.endswith(short.removeprefix("...").removeprefix("…"))
