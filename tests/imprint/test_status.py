"""What ``imprint status``, ``plan`` and ``store`` say about a real book, as an author sees it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.imprint.conftest import write
from tests.imprint.small import book, entries, page, ran

pytestmark = pytest.mark.xdist_group("status")
CONFIG = """\
title: T
editions: {alpha: {title: Alpha, library: lib/alpha.py}}
datasets: {calls: [lib.data.fetch], sources: {smoke: ["twins/{name}.txt"]}}
"""
IMPORT = "from lib import alpha as lib"
PAGES = {
    "saved.md": page(
        "def train(x):  #@save\n    return step(x)",
        "def step(x):  #@save\n    return x + 1",
        "def other():  #@save\n    return 0",
    ),
    "uses.md": page(IMPORT, "print(lib.train(1))"),
    "not.md": page(IMPORT, "print(lib.other())"),
    "reads.md": page(
        ":tags: [parameters]\nn = 1", "print(open('beside.txt').read())",
        "from lib.data import fetch\nprint(fetch('cloth'))", front="smoke: {n: 2}",
    ),
}  # fmt: skip
FILES = {
    "lib/__init__.py": "", "lib/data.py": "def fetch(name):\n    return name\n",
    "beside.txt": "one", "twins/cloth.txt": "cloth", "twins/wool.txt": "wool",
}  # fmt: skip


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory, imprint: Callable) -> Path:
    root = book(tmp_path_factory.mktemp("status") / "book", PAGES, CONFIG, FILES)
    done = imprint(root, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture
def root(executed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(executed, tmp_path / "book"))


def status(imprint: Callable, root: Path) -> dict[str, tuple[str, list[str]]]:
    """The state and the reasons of each run."""
    done = imprint(root, "status", "--json")
    assert done.returncode == 0, done.stderr
    return {one["run"]: (one["state"], one["reasons"]) for one in json.loads(done.stdout)}


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    write(root, {name: text.replace(old, new)})


def test_what_was_run_is_fresh_and_what_never_ran_is_missing(root, imprint):
    assert {state for state, _ in status(imprint, root).values()} == {"fresh"}
    shutil.rmtree(root / "build/store")
    assert list(status(imprint, root).values()) == [("missing", ["no result yet"])] * 4


def test_why_names_the_definition_that_changed_and_its_page(root, imprint):
    edit(root, "saved.md", "x + 1", "x + 2")
    done = imprint(root, "status", "--why")
    assert done.stdout.splitlines() == [
        "stale   saved.md [alpha]",
        "           its code changed (cell 2)",
        "stale   uses.md [alpha]",
        "           `step` changed in saved.md",
        "fresh   not.md [alpha]",
        "fresh   reads.md [alpha]",
        "2 stale, 0 missing, 2 fresh",
    ]
    assert ran(imprint(root, "run").stdout) == {"saved.md [alpha]", "uses.md [alpha]"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda root: write(root, {"beside.txt": "two"}), "beside.txt changed"),
        (lambda root: write(root, {"twins/cloth.txt": "silk"}), "the dataset cloth changed"),
        (lambda root: edit(root, "reads.md", "n: 2", "n: 3"), "parameter n is 3, was 2"),
    ],
    ids=["file", "dataset", "parameter"],
)
def test_why_names_files_datasets_and_parameters(root, imprint, change, reason):
    change(root)
    found = status(imprint, root)
    assert found.pop("reads.md [alpha]") == ("stale", [reason])
    assert {state for state, _ in found.values()} == {"fresh"}


def test_prose_comments_and_files_that_nothing_reads_make_nothing_stale(root, imprint):
    edit(root, "uses.md", "# A Page", "# Another Title\n\nWith more prose.")
    edit(root, "saved.md", "return x + 1", "return x + 1  # one more")
    write(root, {"twins/wool.txt": "cotton", "lib/data.py": FILES["lib/data.py"] + "\nx = 1\n"})
    assert {state for state, _ in status(imprint, root).values()} == {"fresh"}


def test_a_result_that_was_deleted_is_missing(root, imprint):
    path = entries(root)[0]
    path.unlink()
    missing = [one for one in status(imprint, root).values() if one[0] == "missing"]
    assert missing == [("missing", ["its result is no longer in the store"])]


def test_plan_simulates_from_recorded_durations(root, imprint):
    done = imprint(root, "plan", "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert "4 runs on 2 workers" in done.stdout and "makespan" in done.stdout
    assert "0 runs" in imprint(root, "plan", "--stale").stdout
    given = "".join(f"{number}.md,{number}\n" for number in range(1, 5))
    write(root, {"given.csv": given})
    done = imprint(root, "plan", "--workers", "1", "--durations", "given.csv")
    assert "10.0 s" in done.stdout and "1.000" in done.stdout


def test_store_commands_know_what_the_book_needs_now(root, imprint):
    edit(root, "saved.md", "x + 1", "x + 2")
    assert imprint(root, "run").returncode == 0
    listed = imprint(root, "store", "ls").stdout
    assert listed.splitlines()[-1].startswith("6 results, ") and "; 4 current" in listed
    done = imprint(root, "store", "gc", "--keep", "0", "--spare", "0")
    assert done.returncode == 0, done.stderr
    assert "deleted " in done.stdout
    assert imprint(root, "store", "verify").returncode == 0
    assert {state for state, _ in status(imprint, root).values()} == {"fresh"}


def test_results_travel_through_a_shared_store(root, imprint, tmp_path):
    edit(root, "_config.yml", "title: T", f"title: T\nstore: {tmp_path / 'shared'}")
    assert imprint(root, "store", "push").returncode == 0
    shutil.rmtree(root / "build")
    done = imprint(root, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ran(done.stdout) == set()


def test_a_read_only_store_is_read_and_not_written(root, imprint, tmp_path):
    shared = tmp_path / "shared"
    config = f"title: T\nstore: {{url: {shared}, read_only: true}}"
    edit(root, "_config.yml", "title: T", config)
    edit(root, "uses.md", "print(", "print(0, ")
    done = imprint(root, "run")
    assert ran(done.stdout) == {"uses.md [alpha]"}
    assert not shared.exists() or not list(shared.rglob("*.json"))


def test_warm_kernels_are_installed_for_plain_jupyter(root, imprint, tmp_path):
    done = imprint(root, "kernels", "--prefix", str(tmp_path / "prefix"))
    assert done.returncode == 0, done.stderr
    (spec,) = (tmp_path / "prefix").rglob("kernel.json")
    assert spec.parent.name == "book-alpha"
    named = json.loads(spec.read_text())["metadata"]["kernel_provisioner"]["provisioner_name"]
    assert named == "imprint-warm"
