"""A book where nothing changed is not made again; whatever did change is noticed."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from imprint.memo import memo, tree

from tests.imprint.conftest import BOX, write
from tests.imprint.small import book, entries, page, ran

pytestmark = pytest.mark.xdist_group("unchanged")
CONFIG = "title: T\neditions: {alpha: {title: Alpha}}\nbibtex_bibfiles: [references.bib]\n"
PAGES = {"index.md": "# Welcome\n\n![a box](box.svg)\n", "one.md": page("| Prose.", "print('one')")}
FILES = {"box.svg": BOX, "references.bib": "", "_static/own.css": "p {}\n"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, imprint: Callable) -> Path:
    """A book with a website and an archive, built twice: a run may write beside its page."""
    root = book(tmp_path_factory.mktemp("unchanged") / "book", PAGES, CONFIG, FILES)
    for _ in range(2):
        done = imprint(root, "build", "html", "notebooks")
        assert done.returncode == 0, done.stdout + done.stderr
    return root


def site(root: Path) -> list[tuple[str, int, int]]:
    return sorted(tree(root / "build/html"))


def build(imprint: Callable, root: Path, *targets: str) -> bool:
    """Whether a build of the website made anything."""
    done = imprint(root, "build", *(targets or ("html",)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert ran(done.stdout) == set()
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("html ")]
    assert len(lines) == 1
    return lines[0][-1] != "unchanged"


def test_where_nothing_changed_nothing_is_made_and_it_says_so(built, imprint):
    before = site(built)
    assert not build(imprint, built)
    assert not build(imprint, built, "html", "notebooks")
    assert site(built) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda root: write(root, {"one.md": PAGES["one.md"].replace("Prose.", "Other prose.")}),
        lambda root: write(root, {"box.svg": BOX.replace("40", "50")}),
        lambda root: write(root, {"_static/own.css": "p {color: red}\n"}),
        lambda root: write(root, {"references.bib": "\n"}),
        lambda root: write(root, {"_config.yml": CONFIG + "author: A\n"}),
        lambda root: write(root, {"new.txt": "perhaps an extension reads it"}),
        lambda root: (root / "build/html/one.html").unlink(),
        lambda root: (root / "build/html/one.html").write_text("damaged"),
        lambda root: next((root / "build/notebooks").glob("*.zip")).write_bytes(b"another"),
        lambda root: shutil.rmtree(root / "build/memo"),
    ],
    ids="prose image style bibliography settings file page-gone page-damaged zip memos".split(),
)  # fmt: skip
def test_what_changed_is_noticed(built, imprint, tmp_path, change):
    root = tmp_path / "book"
    shutil.copytree(built, root, symlinks=True)
    build(imprint, root)  # the copy lies elsewhere and is another book
    assert not build(imprint, root)
    change(root)
    assert build(imprint, root)
    assert "damaged" not in (root / "build/html/one.html").read_text()
    assert not build(imprint, root)


def test_another_result_under_the_same_fingerprint_is_noticed(built, imprint, tmp_path):
    root = tmp_path / "book"
    shutil.copytree(built, root)
    for path in entries(root):
        path.unlink()
    done = imprint(root, "build", "html")
    assert ran(done.stdout) == {"one.md [alpha]"}
    assert not done.stdout.rstrip().splitlines()[2].endswith("unchanged")


def test_a_result_that_proves_damaged_when_it_is_read_runs_again(built, imprint, tmp_path):
    root = tmp_path / "book"
    shutil.copytree(built, root)
    (path,) = entries(root)
    data = path.read_bytes()
    at = data.rindex(b"one\\n")
    path.write_bytes(data[:at] + b"0ne\\n" + data[at + 5 :])
    write(root, {"index.md": PAGES["index.md"] + "\nMore.\n"})
    done = imprint(root, "build", "html")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ran(done.stdout) == {"one.md [alpha]"}
    assert done.stdout.count("damaged result was set aside") == 1
    assert ">one" in (root / "build/html/one.html").read_text()


def test_a_page_edited_while_it_was_being_built_is_built_again(built, imprint, tmp_path):
    root = tmp_path / "book"
    shutil.copytree(built, root)
    write(root, {"index.md": PAGES["index.md"] + "\nMore.\n"})
    later = (root / "index.md").stat().st_mtime + 3600
    os.utime(root / "index.md", (later, later))  # as if saved after the build had read it
    assert build(imprint, root)
    assert build(imprint, root)


def test_warnings_are_said_again_by_every_build(built, imprint, tmp_path):
    root = tmp_path / "book"
    shutil.copytree(built, root)
    write(root, {"index.md": PAGES["index.md"] + "\n{ref}`nowhere`\n"})
    for _ in range(2):
        assert "index.md:5: WARNING" in imprint(root, "build", "html").stdout


@pytest.mark.parametrize("bytes_", [b"", b"\x80\x05", b"not a pickle", None])
def test_a_damaged_memo_or_one_of_another_version_counts_as_empty(tmp_path, bytes_):
    path = tmp_path / "memo"
    with memo(path) as known:
        assert known.value("source", lambda: 1) == 1
    if bytes_ is None:
        bytes_ = path.read_bytes().replace(path.read_bytes()[10:20], b"0123456789")
    with memo(path) as known:
        assert known.value("source", lambda: 2) == 1
    path.write_bytes(bytes_)
    with memo(path) as known:
        assert known.value("source", lambda: 3) == 3


def test_a_memo_holds_what_was_asked_for_the_last_time_and_no_mistakes(tmp_path):
    path = tmp_path / "memo"
    with memo(path) as known:
        known.value("one", lambda: 1)
        known.value("two", lambda: 2)
    with pytest.raises(ZeroDivisionError), memo(path) as known:
        known.value("one", lambda: 3)
        known.value("wrong", lambda: 1 / 0)
    with memo(path) as known:
        assert known.value("one", lambda: 4) == 1
        known.value("three", lambda: json.loads("[]"))
    with memo(path) as known:
        assert known.value("two", lambda: 5) == 5
