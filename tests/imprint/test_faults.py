"""What goes wrong while notebooks run: each fault is caused for real. Nothing is lost, nothing
stays behind, every failure is named with its line, and the next build needs no help."""

# ruff: noqa: E501  what is said stands on one line, as it is shown

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from imprint import plan
from imprint.book import load
from imprint.execution import attempt
from imprint.execution.scheduler import run_all
from imprint.execution.slots import Slots
from imprint.sources import read_pages
from imprint.store import Store

from tests.imprint.conftest import write
from tests.imprint.processes import eventually, lives
from tests.imprint.small import book, entries, junit, page, ran, stored, texts

ALPHA = "title: T\neditions: {alpha: {title: Alpha}}\n"
BACKGROUND = """\
import os, subprocess
child = subprocess.Popen(["sleep", "1000"])
open(f"{name}.pids", "w").write(f"{{os.getpid()}} {{child.pid}}")
"""
PAGES = {
    "good.md": page("print('fine')"),
    "error.md": page("x = 1", "y = 2\n\nraise ValueError('no\\nmore')\nz = 3", "print('never')"),
    "nested.md": page(
        "def outer():\n    def inner():\n        return {}['key']\n    return inner()",
        "| Prose.",
        "a = 1\nb = [\n    outer(),\n]",
    ),
    "syntax.md": page("x = 1\ny = = 2"),
    "magic.md": page("1", "x = 1\n%nope", "print('never')"),
    "colours.md": page("raise ValueError('\\x1b[31mred\\x1b[0m \\x00')"),
    "exits.md": page("import os", "\nprint('last words')\nos._exit(3)"),
    "killed.md": page(BACKGROUND.format(name="killed") + "import signal\nos.kill(os.getpid(), signal.SIGKILL)"),
    "endless.md": page("1", "x = 1\nwhile True: x += 1", front="timeout: 1"),
    "stubborn.md": page(
        BACKGROUND.format(name="stubborn"),
        "import signal, time\nfor name in ('SIGINT', 'SIGTERM'):\n"
        "    signal.signal(getattr(signal, name), signal.SIG_IGN)\n"
        "while True:\n    try: time.sleep(100)\n    except BaseException: pass",
        front="timeout: 1",
    ),
    "leaves.md": page(BACKGROUND.format(name="leaves")),
}  # fmt: skip
SAID = {
    "error.md": ("raise ValueError", 3, "ValueError: no"),
    "nested.md": ("    outer()", 4, "KeyError: 'key'"),
    "syntax.md": ("y = = 2", 2, "SyntaxError: invalid syntax"),
    "magic.md": ("x = 1", 3, "UsageError: Line magic function `%nope` not found."),
    "exits.md": ("print('last words')", 3, "the kernel died"),
    "killed.md": ("import os", 2, "the kernel died"),
    "endless.md": ("x = 1", 3, "a cell took longer than 1 s"),
    "stubborn.md": ("import signal", 3, "a cell took longer than 1 s"),
    "colours.md": ("raise ValueError", 2, "ValueError: "),
}
FAILURES = {
    name: f"{name}:{1 + next(n for n, line in enumerate(PAGES[name].split(chr(10))) if line.startswith(start))}: "
    f"[alpha, cell {cell}] {message}"
    for name, (start, cell, message) in SAID.items()
}


def running_pids(root: Path) -> set[int]:
    """The kernels, and what they started, that live on; zombies do not count."""
    noted = {int(pid) for path in root.rglob("*.pids") for pid in path.read_text().split()}
    return set(filter(lives, noted))


@pytest.fixture(scope="module")
def failed(tmp_path_factory, imprint) -> tuple[Path, subprocess.CompletedProcess]:
    root = book(tmp_path_factory.mktemp("failed") / "book", PAGES, ALPHA)
    return root, imprint(root, "run", "--jobs", "4")


@pytest.mark.xdist_group("faults")
def test_failing_notebooks_stop_no_other_and_each_is_named_at_the_end(failed):
    root, done = failed
    assert (done.returncode, done.stderr) == (1, "")
    assert ran(done.stdout) == {f"{name} [alpha]" for name in PAGES}
    _, _, end = done.stdout.partition(f"\n{len(FAILURES)} notebooks failed:\n")
    *named, last = end.splitlines()
    assert last == "full logs: build/report/logs"
    assert sorted(line.split(":")[0] for line in named) == sorted(FAILURES)
    for line in named:
        assert line.startswith(FAILURES[line.split(":")[0]])
    assert len(entries(root)) == 2


@pytest.mark.xdist_group("faults")
def test_the_log_of_a_failure_holds_all_of_it(failed):
    logs = {path.stem: path.read_text() for path in (failed[0] / "build/report/logs").iterdir()}
    assert set(logs) == {f"{name.removesuffix('.md')}--alpha" for name in FAILURES}
    assert logs["nested--alpha"].startswith(FAILURES["nested.md"] + "\n\n")
    assert (
        "in outer.<locals>.inner()" in logs["nested--alpha"] or "inner()" in logs["nested--alpha"]
    )
    assert "\x1b[" not in logs["nested--alpha"]


@pytest.mark.xdist_group("faults")
def test_the_report_is_sound_xml_with_every_failure(failed):
    cases = junit(failed[0])
    assert len(cases) == len(PAGES)
    for name in PAGES:
        failures = cases[name, "alpha"].findall("failure")
        assert bool(failures) == (name in FAILURES)
        if failures:
            assert failures[0].attrib["message"].startswith(FAILURES[name])
            assert failures[0].text
    kinds = {name: cases[name, "alpha"].find("failure").attrib["type"] for name in FAILURES}
    assert kinds["exits.md"] == kinds["killed.md"] == "dead kernel"
    assert kinds["endless.md"] == kinds["stubborn.md"] == "timeout"
    assert kinds["error.md"] == kinds["magic.md"] == "error"


@pytest.mark.xdist_group("faults")
def test_nothing_that_a_kernel_started_lives_on(failed):
    assert len(list(failed[0].glob("*.pids"))) == 3
    assert eventually(lambda: not running_pids(failed[0])), running_pids(failed[0])


def test_a_build_that_failed_makes_nothing_and_the_next_one_runs_only_what_failed(
    tmp_path, imprint
):
    root = book(tmp_path, {"a.md": page("1"), "b.md": page("1 / 0")}, ALPHA)
    done = imprint(root, "build", "html", "notebooks")
    assert done.returncode == 1
    assert not (root / "build/html").exists() and not (root / "build/notebooks").exists()
    (root / "b.md").write_text(page("1 / 1"))
    done = imprint(root, "run")
    assert (done.returncode, ran(done.stdout)) == (0, {"b.md [alpha]"})
    assert list((root / "build/report").glob("logs/*")) == []


# Kernels that do not start -------------------------------------------------------------------


def test_an_environment_without_a_kernel_fails_its_own_edition_only(tmp_path, imprint):
    config = ALPHA.replace("}}", "}, bare: {title: Bare, environment: bare}}")
    root = book(tmp_path, {"a.md": page("1")}, config)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "bare"], check=True)
    done = imprint(root, "run")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert ran(done.stdout) == {"a.md [alpha]", "a.md [bare]"}
    assert "\na.md: [bare] the kernel did not start: " in done.stdout
    assert "No module named 'ipykernel'" in done.stdout
    assert len(entries(root)) == 1


def test_an_environment_that_is_no_program_fails_its_own_edition_only(tmp_path, imprint):
    config = ALPHA.replace("}}", "}, broken: {title: Broken, environment: broken}}")
    root = book(tmp_path, {"a.md": page("1")}, config, {"broken/bin/python": ""})
    done = imprint(root, "run")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "\na.md: [broken] the kernel did not start: " in done.stdout
    assert len(entries(root)) == 1


def test_a_preamble_that_fails_is_said_and_nothing_runs_without_it(tmp_path, imprint):
    root = book(
        tmp_path, {"a.md": page("1")}, ALPHA.replace("Alpha", "Alpha, preamble: 'import nummpy'")
    )
    done = imprint(root, "run")
    assert done.returncode == 1
    assert (
        "\na.md: [alpha] the kernel did not start: its preamble failed: ModuleNotFoundError: No module named 'nummpy'\n"
        in done.stdout
    )
    assert entries(root) == []


def test_a_kernel_that_never_answers_is_given_up(tmp_path, monkeypatch):
    config = ALPHA.replace("Alpha", "Alpha, preamble: 'import time; time.sleep(1000)'")
    opened = load(book(tmp_path, {"a.md": page("1")}, config))
    planned = plan.make(opened, read_pages(opened), Store(opened.build), profile="smoke",
                        editions=opened.editions, libraries={})  # fmt: skip
    monkeypatch.setattr(attempt, "START_TIMEOUT", 2.0)
    (result,) = run_all(planned.runs, Slots(1, (), 1), opened.root)
    assert result.failure.kind == "no kernel"
    assert result.failure.message.startswith("the kernel did not start: ")
    assert result.seconds < 20


# Interruption --------------------------------------------------------------------------------

WAITS = {
    "done.md": page("print('done')"),
    "one.md": page(BACKGROUND.format(name="one"), "import time\ntime.sleep(1000)"),
    "two.md": page(BACKGROUND.format(name="two") + "while True: pass"),
    "three.md": page("print('later')"),
}


@contextmanager
def started(root: Path, *arguments: str):
    process = subprocess.Popen(
        [sys.executable, "-m", "imprint.cli", "run", *arguments], cwd=root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.mark.parametrize(
    ("cell", "edited"),
    [
        ("import helper\nprint(helper.value())", {"helper.py": "def value(): return 'newer'\n"}),
        ("print(open('notes.txt').read())", {"notes.txt": "new"}),
        ("print('old')", {}),  # a file that the page declares is taken away
    ],
)
def test_a_result_of_sources_that_were_edited_while_it_ran_is_not_kept(
    tmp_path, imprint, cell, edited
):
    # The two versions differ in length: Python takes its own cache of a module for current by the
    # second in which it was written and by its size.
    waits = "import os, time\nopen('begun', 'w').close()\nwhile not os.path.exists('go'): time.sleep(.01)\n"
    before = {"helper.py": "def value(): return 'old'\n", "notes.txt": "old", "declared.txt": ""}
    root = book(
        tmp_path,
        {"a.md": page(waits + cell, front="files: [declared.txt]"), "b.md": page("1")},
        ALPHA,
        before,
    )
    with started(root) as process:
        assert eventually(lambda: (root / "begun").exists(), 60)
        write(root, edited)
        if not edited:
            (root / "declared.txt").unlink()
        (root / "go").touch()
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    said = "a.md [alpha]: what it reads was edited meanwhile; its result is not kept"
    assert said in out and [path for path in entries(root) if b"new" in path.read_bytes()] == []
    write(root, before)
    done = imprint(root, "run")
    assert ran(done.stdout) == {"a.md [alpha]"} and "edited" not in done.stdout
    assert texts(stored(root, "a.md", "alpha"))[0].strip() == "old"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_ends_all_kernels_and_keeps_what_was_done(tmp_path, imprint, number):
    root = book(tmp_path, WAITS, ALPHA)
    with started(root, "--jobs", "2") as process:
        assert eventually(lambda: len(list(root.glob("*.pids"))) == 2 and entries(root), 60)
        time.sleep(0.3)
        assert len(running_pids(root)) == 4
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "interrupted: kernels are gone, finished results are kept\n"
    assert "Traceback" not in out
    assert eventually(lambda: not running_pids(root), 3), running_pids(root)
    for name in ("one.md", "two.md"):
        (root / name).write_text(page("print('at last')"))
    done = imprint(root, "run")
    assert (done.returncode, ran(done.stdout) & {"done.md [alpha]"}) == (0, set())


def test_interrupting_while_a_kernel_starts_does_not_wait_for_it(tmp_path):
    preamble = (
        "import os, time; open('starting.pids', 'w').write(str(os.getpid())); time.sleep(1000)"
    )
    root = book(
        tmp_path, {"a.md": page("1")}, ALPHA.replace("Alpha", f'Alpha, preamble: "{preamble}"')
    )
    with started(root) as process:
        assert eventually(lambda: running_pids(root), 60)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "interrupted: kernels are gone, finished results are kept\n"
    assert eventually(lambda: not running_pids(root), 3)


def test_killing_imprint_itself_loses_only_the_runs_in_flight(tmp_path, imprint):
    root = book(tmp_path, WAITS, ALPHA)
    with started(root, "--jobs", "2") as process:
        assert eventually(lambda: len(list(root.glob("*.pids"))) == 2 and entries(root), 60)
        kernels = {int(path.read_text().split()[0]) for path in root.glob("*.pids")}
        process.kill()
        process.communicate()
    assert eventually(lambda: not kernels & running_pids(root)), "kernels watch their parent"
    for pid in running_pids(root):  # what a kernel started is its own to end
        os.kill(pid, signal.SIGKILL)
    for name in ("one.md", "two.md"):
        (root / name).write_text(page("print('at last')"))
    done = imprint(root, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "done.md [alpha]" not in ran(done.stdout)


# A full disk ---------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path):
    """A disk of a few pages in place of ``folder``, where this machine lets us have one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def kept(root: Path) -> dict[str, list[str]]:
    """What each page of the store printed; every entry must be whole."""
    store = Store(root / "build/store", pytest.fail)
    found = {}
    for path in entries(root):
        notebook, record = store.get(path.stem)
        found[record["page"]] = texts(notebook)
    return found


def test_a_full_disk_is_said_and_the_store_stays_whole(tmp_path, imprint):
    root = book(
        tmp_path,
        {"small.md": page("print('small')"), "big.md": page("print('x' * 400_000)")},
        ALPHA,
    )
    with small_disk(root / "build/store"):
        done = imprint(root, "run", "--jobs", "1")
        assert done.returncode == 1
        assert done.stderr.endswith(
            ": cannot write: No space left on device (free space there, then build again)\n"
        )
        assert len(done.stderr.splitlines()) == 1
        assert kept(root) == {"small.md": ["small\n"]}
        assert list((root / "build/store").glob("??/*")) == entries(root)
        (root / "big.md").write_text(page("print('smaller')"))
        done = imprint(root, "run")
        assert (done.returncode, ran(done.stdout)) == (0, {"big.md [alpha]"})


def test_a_file_that_grows_too_large_is_said_and_the_store_stays_whole(tmp_path, imprint):
    root = book(
        tmp_path,
        {"small.md": page("print('small')"), "big.md": page("print('x' * 400_000)")},
        ALPHA,
    )
    limited = [
        "sh",
        "-c",
        'ulimit -f 200; exec "$@"',
        "sh",
        sys.executable,
        "-m",
        "imprint.cli",
        "run",
        "-j1",
    ]
    done = subprocess.run(limited, cwd=root, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith(
        ": cannot write: File too large (free space there, then build again)\n"
    )
    assert len(done.stderr.splitlines()) == 1
    assert kept(root) == {"small.md": ["small\n"]}
    done = imprint(root, "run")
    assert (done.returncode, ran(done.stdout)) == (0, {"big.md [alpha]"})
    assert kept(root)["big.md"] == ["x" * 400_000 + "\n"]


def test_a_full_disk_ends_the_kernels_that_are_running(tmp_path, imprint):
    pages = {"big.md": page("import time; time.sleep(2)\nprint('x' * 400_000)"),
             "waits.md": page(BACKGROUND.format(name="waits"), "while True: pass")}  # fmt: skip
    root = book(tmp_path, pages, ALPHA)
    with small_disk(root / "build/store"):
        assert imprint(root, "run", "--jobs", "2").returncode == 1
        assert len(list(root.glob("*.pids"))) == 1
        assert eventually(lambda: not running_pids(root), 3)


# Pages that cannot be told apart -------------------------------------------------------------


def test_two_pages_that_save_one_name_differently_are_named_before_anything_runs(tmp_path, imprint):
    config = "title: T\neditions: {alpha: {title: Alpha, library: lib/alpha.py}}\n"
    pages = {
        "a.md": page("def f():  #@save\n    return 1"),
        "b.md": page("x = 1", "def f():  #@save\n    return 2"),
    }
    root = book(tmp_path, pages, config)
    done = imprint(root, "run")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line == (
        "b.md:12: `f` is already defined, differently, at a.md:8 "
        "(rename one, or remove its `#@save`)"
    )
    assert not (root / "build/store").exists() and not (root / "lib").exists()


def test_records_say_when_and_how_long(tmp_path, imprint):
    root = book(tmp_path, {"a.md": page("import time", "time.sleep(0.5)")}, ALPHA)
    assert imprint(root, "run").returncode == 0
    (path,) = entries(root)
    record = json.loads(path.read_bytes().partition(b"\n")[2])["record"]
    assert record["cell_seconds"]["2"] >= 0.5
    assert record["seconds"] >= record["cell_seconds"]["2"]
