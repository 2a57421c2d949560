"""What makes a run's outputs stale, and what does not; told from the plan, without running."""

# ruff: noqa: E501  what is said stands on one line, as it is shown

from collections.abc import Callable
from pathlib import Path

import pytest
from imprint import plan
from imprint.book import load
from imprint.sources import generate, read_pages
from imprint.store import Store

from tests.imprint.conftest import write
from tests.imprint.small import book, page

CONFIG = """\
title: T
editions:
  alpha: {title: Alpha, library: lib/alpha.py, preamble: "x = 1", requirements: need.txt}
  beta: {title: Beta, library: lib/beta.py}
profiles:
  smoke: {env: {PACE: fast}}
"""
PAGES = {
    "one.md": page(
        ":tags: [parameters]\nlr = 1", "def f():  #@save\n    return 1", ":tags: [alpha]\nprint(f())",
        front="smoke: {lr: 2}, timeout: 9",
    ),
    "sub/two.md": page("| Prose.", "print(2)", ":tags: [check-full]\nassert True"),
}  # fmt: skip
FILES = {"lib/__init__.py": "", "lib/hand.py": "a = 1\n", "need.txt": "pytest\n"}
ALL = {"one.md [alpha]", "one.md [beta]", "sub/two.md [alpha]", "sub/two.md [beta]"}


def fingerprints(root: Path, profile: str = "smoke", gpus: bool = False) -> dict[str, str]:
    opened = load(root)
    pages = read_pages(opened)
    planned = plan.make(
        opened, pages, Store(root / "build/store"), profile=profile, editions=opened.editions,
        libraries=generate(opened, pages), gpus=gpus,
    )  # fmt: skip
    return {run.name: run.fingerprint for run in planned.runs}


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    write(root, {name: text.replace(old, new)})


def changes(old: str, new: str, name: str) -> Callable[[Path], None]:
    return lambda root: edit(root, name, old, new)


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        (changes("Prose.", "More prose, `code` and $x$.", "sub/two.md"), set()),
        (changes("Prose.", "Prose.\n\n+++\n\nAnother cell.", "sub/two.md"), set()),
        (changes("# A Page", "(sec-a)=\n# Another Title\n\n+++\n\nMore.", "one.md"), set()),
        (changes("timeout: 9", "timeout: 8", "one.md"), set()),
        (changes("print(2)", ":tags: [hide-input]\nprint(2)", "sub/two.md"), set()),
        (changes("print(2)", "---\nmystnb: {figure: {caption: C}}\n---\nprint(2)", "sub/two.md"), set()),
        (changes("assert True", "assert 1", "sub/two.md"), set()),
        (changes("title: T", "title: Another", "_config.yml"), set()),
        (changes("Alpha", "Aleph", "_config.yml"), set()),
        (changes("print(2)", "print(2) ", "sub/two.md"), set()),
        (changes("print(2)", "print(3)", "sub/two.md"), {"sub/two.md [alpha]", "sub/two.md [beta]"}),
        (changes("print(f())", "print(f(), 1)", "one.md"), {"one.md [alpha]"}),
        (changes(":tags: [alpha]", ":tags: [beta]", "one.md"), {"one.md [alpha]", "one.md [beta]"}),
        (changes("print(2)", "print(2)\n```\n\n```{code-cell} python\n3", "sub/two.md"),
         {"sub/two.md [alpha]", "sub/two.md [beta]"}),
        (changes("print(2)", ":tags: [raises-exception]\nprint(2)", "sub/two.md"),
         {"sub/two.md [alpha]", "sub/two.md [beta]"}),
        (changes("lr: 2", "lr: 3", "one.md"), {"one.md [alpha]", "one.md [beta]"}),
        (changes("fast", "faster", "_config.yml"), ALL),
        (changes("x = 1", "x = 2", "_config.yml"), {"one.md [alpha]", "sub/two.md [alpha]"}),
        (changes("return 1", "return 2", "one.md"), {"one.md [alpha]", "one.md [beta]"}),
        (changes("a = 1", "a = 2", "lib/hand.py"), set()),
        (changes("pytest", "pytest\nnbformat", "need.txt"), {"one.md [alpha]", "sub/two.md [alpha]"}),
    ],
)  # fmt: skip
def test_an_edit_makes_stale_what_depends_on_it_and_nothing_else(tmp_path, change, stale):
    root = book(tmp_path, PAGES, CONFIG, FILES)
    before = fingerprints(root)
    assert set(before) == ALL
    change(root)
    after = fingerprints(root)
    assert {name for name in ALL if before[name] != after[name]} == stale


def test_order_of_cells_counts(tmp_path):
    first = fingerprints(book(tmp_path / "1", {"a.md": page("x = 1", "y = 2")}))
    second = fingerprints(book(tmp_path / "2", {"a.md": page("y = 2", "x = 1")}))
    joined = fingerprints(book(tmp_path / "3", {"a.md": page("x = 1\ny = 2")}))
    assert len({found["a.md [alpha]"] for found in (first, second, joined)}) == 3


def test_profiles_and_folders_have_results_of_their_own(tmp_path):
    root = book(tmp_path, {"a.md": page("1"), "b/a.md": page("1")})
    smoke, full = fingerprints(root), fingerprints(root, "full")
    assert smoke["a.md [alpha]"] != smoke["b/a.md [alpha]"]
    assert fingerprints(root) == smoke
    assert set(full) == set(smoke)
    with_env = book(tmp_path / "env", {"a.md": page("1")}, CONFIG, FILES)
    assert fingerprints(with_env) != fingerprints(with_env, "full")


def test_only_a_page_that_asks_for_a_gpu_depends_on_there_being_one(tmp_path):
    root = book(
        tmp_path,
        {
            "a.md": page("1"),
            "b.md": page("1 ", front="gpus: 1"),
            "c.md": page("2", front="gpus: all"),
        },
    )
    cpu, gpu = fingerprints(root), fingerprints(root, gpus=True)
    assert {name for name in cpu if cpu[name] != gpu[name]} == {
        "b.md [alpha]", "b.md [beta]", "c.md [alpha]", "c.md [beta]"
    }  # fmt: skip
