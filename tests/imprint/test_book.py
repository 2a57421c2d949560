"""What a book's settings and contents may be, and what bad ones get: file, line, remedy."""

# ruff: noqa: E501  what is said stands on one line, as it is shown

import shutil
from pathlib import Path

import pytest
from imprint.book import load, matches
from imprint.errors import BookError, BookErrors
from imprint.settings import parse_yaml

from tests.imprint.conftest import write
from tests.imprint.small import TWO_EDITIONS, book, page

PAGE = page("print(1)")


def complaints(root: Path) -> list[str]:
    with pytest.raises((BookError, BookErrors)) as raised:
        load(root)
    error = raised.value
    return [str(one) for one in (error.errors if isinstance(error, BookErrors) else [error])]


def test_pages_come_in_the_order_of_the_contents_whatever_their_kind(tmp_path):
    toc = """\
format: jb-book
root: index
parts:
- chapters: [{file: b/one}, {file: two.md}, {url: "https://example.org", title: elsewhere}]
- chapters: [{file: v1.5, sections: [{glob: "c/*"}]}]
"""
    names = ["index.md", "b/one.ipynb", "two.md", "v1.5.md", "c/x.rst", "c/y.md"]
    root = write(
        tmp_path, {"_config.yml": "title: T\n", "_toc.yml": toc} | dict.fromkeys(names, "")
    )
    assert [one.path for one in load(root).pages] == names
    assert [one.docname for one in load(root).pages] == [
        "index",
        "b/one",
        "two",
        "v1.5",
        "c/x",
        "c/y",
    ]


def test_a_book_without_editions_has_none_and_one_with_them_opens_the_default(tmp_path):
    assert load(book(tmp_path / "plain", {"a.md": PAGE}, "title: T\n")).default_edition is None
    two = load(book(tmp_path / "two", {"a.md": PAGE}))
    assert [edition.name for edition in two.editions] == ["alpha", "beta"]
    assert two.default_edition.name == "alpha"
    unsaid = load(
        book(tmp_path / "unsaid", {"a.md": PAGE}, TWO_EDITIONS.replace(", default: true", ""))
    )
    assert unsaid.default_edition.name == "alpha"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("title: T\n  author: [\n", ["_config.yml:2: malformed YAML: mapping values are not allowed here"]),
        ("title: 'T\n", ["_config.yml:2: malformed YAML: found unexpected end of stream"]),
        ("- title\n", ["_config.yml:1: expected `key: value` lines"]),
        ("", ["_config.yml:1: expected `key: value` lines"]),
        (
            "title: T\neditions:\n  a: {title: A, kernell: x}\n  b: {title: [B]}\n  c: {}\n",
            [
                "_config.yml:3: editions.a.kernell: unknown key (keys here: title, default, requirements, constraints, environment, library, aliases, preamble, preload, warm)",
                "_config.yml:4: editions.b.title: input should be a valid string",
                "_config.yml:5: editions.c.title: field required",
            ],
        ),
        ("editions:\n- alpha\n", ["_config.yml:1: editions: expected one `name: {…}` per line"]),
        (
            "title: T\neditions:\n  a: {title: A, default: true}\n  b:\n    title: B\n    default: true\n",
            ["_config.yml:6: a and b are both the default edition (leave `default: true` on one)"],
        ),
        (
            "editions:\n  1: {title: A}\n  parameters: {title: B}\n  a/b: {title: C}\n",
            [
                f"_config.yml:{line}: {name} cannot name an edition "
                "(letters, digits and -, and no tag of Jupyter's own)"
                for line, name in [(2, "'1'"), (3, "'parameters'"), (4, "'a/b'")]
            ],
        ),
        (
            "editions:\n  a:\n    title: A\n    requirements: need.txt\n",
            ["_config.yml:4: editions.a.requirements: there is no file need.txt"],
        ),
        (
            "profiles:\n  smoke: {env: {A: 1}, speed: 2}\n",
            [
                "_config.yml:2: profiles.smoke.env.A: input should be a valid string",
                "_config.yml:2: profiles.smoke.speed: unknown key (keys here: env)",
            ],
        ),
        ("profiles:\n  smok: {}\n", ["_config.yml:2: no profile named 'smok' (profiles: smoke, full)"]),
        (
            "title: T\ncell_tags: shiny\n",
            ["_config.yml:2: cell_tags: expected a list of tags (write cell_tags: [one, another])"],
        ),
        (
            "execute:\n  timeout: soon\n",
            ["_config.yml:2: execute.timeout: input should be a valid number, unable to parse string "
             "as a number"],
        ),
        (
            "execute: {exclude_patterns: '*.md'}\n",
            ["_config.yml:1: execute.exclude_patterns: input should be a valid list"],
        ),
        ("execute: [auto]\n", ["_config.yml:1: execute: input should be a valid dictionary or instance "
                               "of ExecuteSettings"]),
    ],
)  # fmt: skip
def test_bad_settings_are_named_with_their_line(tmp_path, config, said):
    assert complaints(book(tmp_path, {"a.md": PAGE}, config)) == said


@pytest.mark.parametrize(
    ("toc", "said"),
    [
        (
            "format: jb-book\nroot: a\nchapters:\n- file: b\n- file: nowhere/c\n",
            [
                "_toc.yml:4: the page 'b' does not exist (create b.md or take the line out)",
                "_toc.yml:5: the page 'nowhere/c' does not exist "
                "(create nowhere/c.md or take the line out)",
            ],
        ),
        ("root: a\nchapters: [\n", ["_toc.yml:3: malformed YAML: expected the node content, "
                                   "but found '<stream end>'"]),
        ("format: jb-book\nchapters:\n- file: a\n", ["_toc.yml:1: 'root' key not found"]),
        (
            "format: jb-book\nroot: a\nparts:\n- caption: P\n  chapters:\n  - fil: b\n",
            ["_toc.yml:6: entry does not contain one of "],
        ),
        ("format: jb-book\nroot: a\nchapters:\n- b\n", ["_toc.yml:4: entry not a mapping type"]),
        (
            "format: jb-book\nroot: a\nchapters:\n- file: a\n",
            ["_toc.yml:4: document file used multiple times: 'a'"],
        ),
        ("- file: a\n", ["_toc.yml:1: expected `key: value` lines"]),
    ],
)  # fmt: skip
def test_bad_contents_are_named_with_their_line(tmp_path, toc, said):
    root = book(tmp_path, {"a.md": PAGE})
    (root / "_toc.yml").write_text(toc)
    found = complaints(root)
    assert len(found) == len(said)
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True)), found


def test_what_is_not_text_is_named_with_its_line(tmp_path):
    root = book(tmp_path, {"a.md": PAGE})
    (root / "_config.yml").write_bytes(b"title: T\nauthor: Caf\xe9\n")
    assert complaints(root) == ["_config.yml:2: not UTF-8 text (save it as UTF-8)"]


def test_outside_a_book_one_line_says_where_to_go(tmp_path, imprint):
    done = imprint(tmp_path, "run")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"there is no _config.yml in {tmp_path} (run imprint in the book's folder)\n"
    )


@pytest.mark.parametrize("command", ["run", "check", "sync", "build", "clean", "environments"])
def test_every_command_shows_a_mistake_as_one_line_and_exits_with_1(tmp_path, imprint, command):
    root = book(tmp_path, {"a.md": PAGE}, "title: T\neditions:\n  a: {titel: A}\n")
    done = imprint(root, command)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "_config.yml:3: editions.a.title: field required",
        "_config.yml:3: editions.a.titel: unknown key (keys here: title, default, requirements, constraints, environment, library, aliases, preamble, preload, warm)",
    ]


def test_an_edition_or_a_page_or_a_target_that_is_not_there_is_refused_by_name(tmp_path, imprint):
    root = book(tmp_path, {"a.md": PAGE})
    for arguments, said in [
        (["run", "--edition", "gamma"], "_config.yml: no edition named 'gamma' (editions here: alpha, beta)"),
        (["run", "--page", "nope*"], "no page matches 'nope*' (a path, a name or a glob of them)"),
        (["build", "docx"], "no target 'docx' (targets: html, pdf, epub, notebooks, slides)"),
    ]:  # fmt: skip
        done = imprint(root, *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", said + "\n")


def test_mistakes_of_all_pages_are_shown_at_once_in_reading_order(tmp_path, imprint):
    root = book(
        tmp_path, {"a.md": PAGE, "b.md": page(":tags: [alpa]\n1"), "c.md": page(front="gpu: 1")}
    )
    done = imprint(root, "build")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "b.md:7: unknown tag 'alpa' (did you mean 'alpha'?)",
        "c.md:3: imprint.gpu: unknown key (keys here: gpus, timeout, smoke, editions, files, data)",
    ]
    assert not (root / "build/store").exists()


def test_debug_shows_the_traceback(tmp_path, imprint):
    done = imprint(book(tmp_path, {"a.md": PAGE}, "x: [\n"), "check", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_clean_keeps_results_unless_all_of_them_are_meant(tmp_path, imprint):
    root = book(tmp_path, {"a.md": PAGE}, files={"build/store/x": "", "build/html/x": ""})
    assert imprint(root, "clean").returncode == 0
    assert (root / "build/store/x").exists() and not (root / "build/html").exists()
    assert imprint(root, "clean", "--all").returncode == 0
    assert list((root / "build").iterdir()) == []
    shutil.rmtree(root / "build")
    assert imprint(root, "clean").returncode == 0


def test_a_yaml_error_keeps_its_line_inside_a_larger_file():
    with pytest.raises(BookError) as raised:
        parse_yaml("a: 1\nb: [", "page.md", 10)
    assert raised.value.line == 12


@pytest.mark.parametrize(
    "glob", ["a/one.md", "a/one", "one", "one.md", "a/*", "*/one", "a/o*", "on?", "*"]
)
def test_a_page_is_meant_by_its_path_with_or_without_suffix_or_by_its_name(glob):
    assert matches("a/one.md", [glob]) and matches("a/one.md", ["other", glob])


@pytest.mark.parametrize("glob", ["a", "ne", "two", "b/one", "one.ipynb", "ne.md"])
def test_other_pages_are_not_meant(glob):
    assert not matches("a/one.md", [glob])
