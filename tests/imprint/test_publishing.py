"""Promises of how the website is made: in several processes, none of which outlives the build,
and without doing again what comes out the same."""

import gc
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from imprint.garbage import SELDOM, seldom_collected

from tests.imprint.conftest import write
from tests.imprint.processes import alone
from tests.imprint.test_rebuilding import ENTRY, differing, emptied, processes_in, site

pytestmark = pytest.mark.xdist_group("publishing")
PAGES = [f"page-{number}" for number in range(8)]
CONFIG = """\
title: T
sphinx: {local_extensions: {watcher: .}, config: {numfig: true}}
"""
WATCHER = """\
import multiprocessing, os, time
from pathlib import Path
NOTES = Path(__file__).parent / "build"

def note(what, name):
    with (NOTES / what).open("a") as file:
        file.write(f"{name} {os.getpid()}\\n")
    while multiprocessing.parent_process() and (NOTES / "slow").exists():
        time.sleep(0.1)

def setup(app):
    app.connect("source-read", lambda app, name, content: note("read", name))
    app.connect("html-page-context", lambda app, name, *others: note("written", name))
    return {"parallel_read_safe": %s, "parallel_write_safe": True}
"""
DEEP = """\
format: jb-book
root: index
parts:
- caption: First
  chapters:
  - file: page-0
    sections:
    - file: deep/page-1
      sections: [{file: deep/er/page-2, title: Another Title}, {file: page-3}]
    - url: https://example.org/
      title: Elsewhere & there
- caption: Second
  chapters: [{file: page-4, sections: [{file: page-5}]}, {file: deep/page-6}, {file: page-7}]
"""
LOADED = """\
from sphinx.environment import BuildEnvironment
load = BuildEnvironment.get_doctree
def get_doctree(self, name):
    print("loaded", name)
    return load(self, name)
BuildEnvironment.get_doctree = get_doctree
"""
RENDERED = """\
from pydata_sphinx_theme import toctree
theirs = toctree.add_collapse_checkboxes
def add_collapse_checkboxes(soup):
    with open("build/rendered", "a") as file:
        file.write("once\\n")
    return theirs(soup)
toctree.add_collapse_checkboxes = add_collapse_checkboxes
"""
ANOTHER_THEME = """\
from imprint.publishing import contents
contents.WRITTEN_FOR = {**contents.WRITTEN_FOR, "sphinx-book-theme": "another"}
"""


def text(number: int) -> str:
    equation = f"$$x = {number}$$ (eq-{number})"
    return f"# Page {number}\n\nAs in {{eq}}`eq-0`.\n\n{equation}\n\n## A Part\n\nProse.\n"


def flat(root: Path, safe: str = "True") -> Path:
    """A book of pages in a row, with an extension that notes what is done where."""
    toc = "format: jb-book\nroot: index\nchapters:\n"
    toc += "".join(f"- file: {name}\n" for name in PAGES)
    pages = {f"{name}.md": text(number) for number, name in enumerate(PAGES)}
    files = {"_config.yml": CONFIG, "_toc.yml": toc, "watcher.py": WATCHER % safe, **pages}
    (root / "build").mkdir(parents=True)
    return write(root, {"index.md": "# T\n", **files})


def nested(root: Path) -> Path:
    """A book of parts, folders, and sections in sections."""
    files = re.findall(r"file: ([\w/-]+)", DEEP)
    pages = {f"{file}.md": text(number) for number, file in enumerate(files)}
    return write(
        root, {"_config.yml": "title: T\n", "_toc.yml": DEEP, "index.md": "# T\n", **pages}
    )


def build(root: Path, before: str = "", *more: str) -> str:
    """Build the website in a process that does something ``before``; what it says."""
    command = f"{before}\nfrom imprint.cli import app\napp()"
    done = subprocess.run(
        [sys.executable, "-c", command, "build", "html", "--strict", *more],
        cwd=root, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def notes(root: Path, what: str) -> dict[str, str]:
    """The process that read or wrote each page."""
    path = root / "build" / what
    return dict(line.split() for line in path.read_text().splitlines()) if path.exists() else {}


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="takes two cores")
def test_pages_are_read_and_written_in_several_processes(tmp_path: Path) -> None:
    root = flat(tmp_path / "book")
    build(root)
    for what in ("read", "written"):
        done = notes(root, what)
        assert done.keys() >= {"index", *PAGES}
        assert len(set(done.values())) > 1, what


def test_an_extension_that_must_have_one_process_has_it_and_nothing_is_said(tmp_path: Path) -> None:
    root = flat(tmp_path / "book", safe="False")
    build(root)
    assert len(set(notes(root, "read").values())) == 1
    assert len(set(notes(root, "written").values())) == 1


def test_the_site_does_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    root = flat(tmp_path / "book")
    build(root)
    several = site(root)
    emptied(root)
    build(root, "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})")
    assert differing(several, site(root)) == set()


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="takes two cores")
@pytest.mark.parametrize("what", ["read", "written"])
def test_no_process_of_a_killed_build_lives_on(tmp_path: Path, what: str) -> None:
    root = flat(tmp_path / "book")
    if what == "written":
        build(root)
        (root / "build/written").unlink()
        write(root, {"index.md": "# Another Title\n"})  # stands on every page
    (root / "build/slow").touch()
    command = [sys.executable, "-m", "imprint.cli", "build", "html"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not set(notes(root, what).values()) - {str(process.pid)}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while left := processes_in(root):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


DIES = """\
import os, signal

def end(app):
    if app.builder.name == "epub":
        os.kill(os.getpid(), signal.SIGKILL)

def setup(app):
    app.connect("builder-inited", end)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc")
def test_a_product_whose_process_is_killed_is_said_and_what_was_there_stays(tmp_path, imprint):
    root = flat(tmp_path / "book")
    assert imprint(root, "build", "html", "epub").returncode == 0
    (epub,) = (root / "build/epub").iterdir()
    before = site(root), epub.read_bytes()
    write(root, {"watcher.py": DIES, "index.md": "# Another Title\n"})
    done = imprint(root, "build", "html", "epub")
    assert done.returncode == 1
    assert "epub was not built: its process was ended; was there enough memory?" in done.stdout
    assert epub.read_bytes() == before[1]
    assert differing(before[0], site(root)) == set() or "html was not built" not in done.stdout
    deadline = time.monotonic() + 10
    while left := processes_in(root):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    write(root, {"watcher.py": WATCHER % True})
    assert imprint(root, "build", "html", "epub").returncode == 0
    assert "Another Title" in (root / "build/html/index.html").read_text()


def test_the_contents_beside_pages_are_the_themes_own_and_rendered_once(tmp_path: Path) -> None:
    root = nested(tmp_path / "book")
    build(root, RENDERED)
    ours, rendered = site(root), root / "build/rendered"
    assert rendered.read_text().count("once") == 1
    emptied(root)
    build(root, ANOTHER_THEME + RENDERED)
    assert differing(ours, site(root)) == set()
    assert rendered.read_text().count("once") > 8


@pytest.mark.parametrize(
    "option", ["collapse_navbar: true", "show_navbar_depth: 0", "show_navbar_depth: 2"]
)
def test_the_contents_are_the_themes_own_whatever_its_options(tmp_path: Path, option: str) -> None:
    root = nested(tmp_path / "book")
    options = f"config: {{html_theme_options: {{{option}}}}}"
    write(root, {"_config.yml": f"title: T\nsphinx: {{{options}}}\n"})
    build(root)
    ours = site(root)
    emptied(root)
    build(root, ANOTHER_THEME + RENDERED)
    assert differing(ours, site(root)) == set()


def test_a_page_that_stands_twice_in_the_contents_is_left_to_the_theme(tmp_path: Path) -> None:
    from imprint.publishing.contents import Contents

    link = '<li class="toctree-l1"><a class="reference internal" href="one.html">One</a></li>'
    assert Contents(f"<ul>{link}</ul>").repeated == set()
    assert Contents(f"<ul>{link}{link}</ul>").repeated == {"one.html"}


def test_after_an_edit_only_the_pages_that_are_written_are_loaded(tmp_path: Path) -> None:
    root = flat(tmp_path / "book")
    build(root)
    (root / "build/written").unlink()
    write(root, {"page-5.md": text(5) + "\nMore prose.\n"})
    loaded = set(re.findall("^loaded (.+)$", build(root, LOADED), re.MULTILINE))
    assert loaded <= notes(root, "written").keys() == {"index", "page-5", "genindex", "search"}
    assert "(6)" in (root / "build/html/page-5.html").read_text()


def test_prose_above_a_citation_has_no_other_page_written(tmp_path: Path) -> None:
    root = flat(tmp_path / "book")
    cites = "\nAs in {cite:p}`gauss`.\n"
    bibliography = {"page-7.md": "# Sources\n\n```{bibliography}\n```\n"}
    files = {f"page-{number}.md": text(number) + cites for number in (1, 5)}
    config = CONFIG + "bibtex_bibfiles: [references.bib]\n"
    write(root, {"_config.yml": config, "references.bib": ENTRY % 1809, **files, **bibliography})
    build(root)
    (root / "build/written").unlink()
    write(root, {"page-1.md": text(1) + "\nMore prose.\n" + cites})
    build(root)
    always = {"index", "genindex", "search"}
    assert notes(root, "written").keys() == {"page-1", *always}


def test_two_builds_of_one_book_make_its_site_one_after_the_other(tmp_path: Path) -> None:
    root = flat(tmp_path / "book")
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda _: build(root), range(2)))
    assert any("another build of this book makes its products: waiting" in one for one in said)
    assert "unchanged" in build(root)
    found = site(root)
    emptied(root)
    build(root)
    assert differing(found, site(root)) == set()


def test_a_label_may_move_to_an_earlier_page(tmp_path: Path) -> None:
    root = flat(tmp_path / "book")
    write(root, {"page-6.md": "(moved)=\n" + text(6)})
    build(root)
    write(root, {"page-6.md": text(6), "page-2.md": "(moved)=\n" + text(2)})
    build(root)  # strictly: Sphinx alone warns of a label that stands on two pages


def test_garbage_is_looked_for_seldom_while_a_book_is_built_and_as_before_after_it() -> None:
    before = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold() == SELDOM
    assert gc.get_threshold() == before
    gc.unfreeze()


@alone
def test_what_is_made_beside_is_made_here_where_that_fails() -> None:
    from imprint.publishing.processes import beside

    here = os.getpid()
    assert beside(os.getpid)() not in (None, here)
    assert beside(lambda: os.getpid() if os.getpid() == here else os._exit(1))() == here
    with pytest.raises(ZeroDivisionError):
        beside(lambda: 1 / 0)()
