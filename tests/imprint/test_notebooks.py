"""Reading pages, selecting an edition's cells, and merging editions for the website."""

# ruff: noqa: E501  what is said stands on one line, as it is shown

import json
import re
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imprint import notebooks, pages
from imprint.book import Book, Edition, Page, load
from imprint.errors import BookError, BookErrors
from imprint.settings import EditionSettings

from tests.imprint.small import TWO_EDITIONS, book, page

FENCE = "```"
EDITIONS = tuple(Edition(name, EditionSettings(title=name)) for name in ("alpha", "beta"))


def read(tmp_path: Path, text: str, config: str = TWO_EDITIONS) -> pages.Notebook:
    opened = load(book(tmp_path, {"a.md": text}, config))
    return pages.read(opened, opened.pages[0])


def complaints(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises((BookError, BookErrors)) as raised:
        read(tmp_path, text)
    error = raised.value
    return [str(one) for one in (error.errors if isinstance(error, BookErrors) else [error])]


def executed(notebook: pages.Notebook, edition: str | None, outputs: dict[int, list]) -> object:
    """The edition's notebook as a kernel would give it back, with these outputs by cell."""
    node = notebooks.executable(notebook, edition, "full")
    for cell in node.cells:
        cell.outputs = outputs.get(cell.metadata.imprint.cell, [])
    return node


def said(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("stream", name="stdout", text=text)


# What a page holds ---------------------------------------------------------------------------


def test_cells_know_their_lines_tags_and_settings(tmp_path):
    text = f"""\
---
kernelspec: {{name: python3, display_name: Python 3}}
imprint:
  gpus: all
  timeout: 1.5
---
(sec-a)=
# Title of *A*

prose

{FENCE}{{code-cell}} python
:tags: [alpha, hide-input]


x = 1

y = 2
{FENCE}

+++ {{"tags": ["beta"], "name": "aside"}}

more

+++

last

~~~~{{code-cell}}
---
tags: [parameters]
mystnb:
  figure: {{name: fig-x}}
---
z = '''
{FENCE}
'''
~~~~
"""
    notebook = read(tmp_path, text)
    assert (notebook.label, notebook.title) == ("sec-a", "Title of *A*")
    assert (notebook.settings.gpus, notebook.settings.timeout) == ("all", 1.5)
    lines = text.splitlines()
    shown = [
        (
            cell.kind,
            cell.source.splitlines()[0],
            cell.tags,
            lines[cell.line - 1],
            dict(cell.metadata),
        )
        for cell in notebook.cells
    ]
    assert shown == [
        ("markdown", "(sec-a)=", (), "(sec-a)=", {}),
        ("code", "x = 1", ("alpha", "hide-input"), "x = 1", {}),
        ("markdown", "more", ("beta",), "more", {"name": "aside"}),
        ("markdown", "last", (), "last", {}),
        ("code", "z = '''", ("parameters",), "z = '''", {"mystnb": {"figure": {"name": "fig-x"}}}),
    ]
    assert notebook.cells[1].source == "x = 1\n\ny = 2"
    assert notebook.cells[4].source == f"z = '''\n{FENCE}\n'''"


@pytest.mark.parametrize("end", ["\x0c", "\x1c", "\x85", "\u2028", "\x0b"])
def test_only_newlines_end_lines(tmp_path, end):
    """Python's splitlines knows ends that Markdown and Python's own parser do not."""
    notebook = read(tmp_path, page(f"# before{end}after\nx = 'a{end}b'", "| prose", "y = 2"))
    first, _, second = notebook.cells[1:]
    assert first.source == f"# before{end}after\nx = 'a{end}b'"
    assert (second.source, second.line) == ("y = 2", 15)


def test_a_page_saved_on_windows_reads_alike(tmp_path):
    text = page("x = 1\ny = 2", "| prose", ":tags: [alpha]\nz = 3", front="timeout: 5")
    expected = read(tmp_path / "unix", text)
    root = book(tmp_path / "windows", {"a.md": ""})
    (root / "a.md").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    opened = load(root)
    assert pages.read(opened, opened.pages[0]) == expected


def test_what_only_looks_like_a_cell_is_prose(tmp_path):
    example = f"````md\n{FENCE}{{code-cell}}\n1\n{FENCE}\n````"
    comment = f"<!--\n{FENCE}{{code-cell}}\n1\n{FENCE}\n-->"
    shown = f"````{{code-block}} md\n{FENCE}{{code-cell}}\n1\n{FENCE}\n````"
    notebook = read(
        tmp_path, f"# T\n\n{example}\n\n{comment}\n\n{shown}\n\n{FENCE}python\n1\n{FENCE}\n"
    )
    assert [cell.kind for cell in notebook.cells] == ["markdown"]
    assert not notebook.executable


@pytest.mark.parametrize("space", ["", " "])
def test_a_space_before_the_directive_does_not_lose_the_cell(tmp_path, space):
    notebook = read(tmp_path, f"{FENCE}{space}{{code-cell}} python\n1\n{FENCE}\n")
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [("code", "1")]


# Mistakes ------------------------------------------------------------------------------------

CELL = f"{FENCE}{{code-cell}} python\n1\n{FENCE}\n"


@pytest.mark.parametrize(
    ("text", "line", "closing"),
    [
        (f"# T\n\n{FENCE}{{code-cell}} python\nx = 1\n", 3, FENCE),
        (f"# T\n\n{FENCE}{{code-cell}} python\nx = 1", 3, FENCE),
        (f"# T\n\n{FENCE}{{code-cell}} python", 3, FENCE),
        (f"# T\n\n{FENCE}{{code-cell}} python\nfor x in y:\n    pass\n    {FENCE}\n", 3, FENCE),
        (f"# T\n\n{FENCE}{{code-cell}} python\nx = 1\n\nprose\n\n{CELL}", 3, FENCE),
        (
            f"# T\n\n{FENCE}{{code-cell}} python\nx = 1\n\n{FENCE}{{figure}} a.svg\nA.\n{FENCE}\n",
            3,
            FENCE,
        ),
        (f"# T\n\n{FENCE}{{code-cell}} python\nx = 1\n\n{FENCE}python\n2\n{FENCE}\n", 3, FENCE),
        ("# T\n\n~~~{code-cell} python\nx = 1\n", 3, "~~~"),
        ("# T\n\n~~~{code-cell} python\nx = 1\n\n~~~{code-cell} python\n2\n~~~\n", 3, "~~~"),
        (f"# T\n\n````{{code-cell}} python\nx = 1\n{FENCE}\n\n{CELL}", 3, "````"),
        ("# T\n\n````{code-cell} python\nx = 1\n\n````{code-cell} python\n2\n````\n", 3, "````"),
        (f"{CELL}\n{FENCE}{{code-cell}} python\nx = 1\n\n{CELL}\n{CELL}", 5, FENCE),
    ],
)
def test_a_code_cell_that_is_not_closed_is_named_at_its_first_line(tmp_path, text, line, closing):
    assert complaints(tmp_path, text) == [
        f"a.md:{line}: this code cell is never closed (end it with a line {closing})"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"# T\n\n{FENCE}{{note}}\nHear.\n\n{CELL}",
         f"a.md:3: this block is never closed (end it with a line {FENCE})"),
        (f"# T\n\n{FENCE}\nplain\n\n{CELL}",
         f"a.md:3: this block is never closed (end it with a line {FENCE})"),
        (f"# T\n\n:::{{note}}\nHear.\n\n{CELL}",
         "a.md:3: this block is never closed (end it with a line :::)"),
        (f"# T\n\n:::{{note}}\n{CELL}:::\n",
         "a.md:3: the code cell inside this block does not run (close the block before it)"),
        (f"# T\n\n````{{note}}\n{CELL}````\n",
         "a.md:3: the code cell inside this block does not run (close the block before it)"),
        ("# T\n\n:::{code-cell} python\n1\n:::\n",
         "a.md:3: a code cell between colons does not run (fence it with ```)"),
        (f"# T\n\n- item\n\n  {FENCE}{{code-cell}} python\n  1\n  {FENCE}\n",
         "a.md:5: a code cell inside a list or a quotation does not run (move it to the margin)"),
        (f"# T\n\n> {FENCE}{{code-cell}} python\n> 1\n> {FENCE}\n",
         "a.md:3: a code cell inside a list or a quotation does not run (move it to the margin)"),
    ],
)  # fmt: skip
def test_code_that_another_block_would_swallow_is_refused(tmp_path, text, said):
    assert complaints(tmp_path, text) == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\na: 1\nkernelspec: {name: [\n---\n# T\n", "a.md:3: malformed YAML: "),
        ("---\na: 1\n\n# T\n", "a.md:1: the front matter is never closed (end it with a line ---)"),
        ("---\n- a\n---\n# T\n", "a.md:2: front matter: expected `key: value` lines"),
        ("---\nimprint: 3\n---\n", "a.md:2: imprint: input should be a valid dictionary"),
        ("---\nimprint: {gpus: many}\n---\n", "a.md:2: imprint.gpus: input should be a valid integer, "
         "unable to parse string as an integer or input should be 'all'"),
        ("---\nimprint:\n  timeout: -1\n---\n", "a.md:3: imprint.timeout: input should be greater than 0"),
        ("---\nimprint:\n  smoke: 3\n---\n", "a.md:3: imprint.smoke: input should be a valid dictionary"),
        ("---\nimprint:\n\n  gpu: 1\n---\n", "a.md:4: imprint.gpu: unknown key (keys here: "),
        ("---\nkernelspec: python3\n---\n", "a.md:2: kernelspec: expected a name and a display_name (write"),
        ("---\nimprint: {editions: [gamma]}\n---\n", "a.md:2: no edition named 'gamma' (editions here: alpha, beta)"),
        (page(":tags: [alpha\n1"), "a.md:8: malformed YAML: "),
        (page(":tags: 5\n1"), "a.md:8: tags are a list (write :tags: [torch])"),
        (page("---\ntags: [alpha\n---\n1"), "a.md:9: malformed YAML: "),
        (page("---\ntags: [alpha]\n1"), "a.md:8: this cell's settings are never closed (add ---)"),
        (page(":a\n1"), "a.md:8: a cell's settings are `:key: value` lines"),
        (page("| +++ {tags: [alpha]}\n\nx"), 'a.md:7: not a cell\'s settings: {tags: [alpha]} (write JSON, for example'),
        (page('| +++ {"tags": 3}\n\nx'), "a.md:7: not a cell's settings: "),
        (page(":tags: [alpah]\n1"), "a.md:7: unknown tag 'alpah' (did you mean 'alpha'?)"),
        (page(":tags: [raises-exeption]\n1"), "a.md:7: unknown tag 'raises-exeption' (did you mean 'raises-exception'?)"),
        (page(":tags: [qqq]\n1"), "a.md:7: unknown tag 'qqq' (declare it under cell_tags: in _config.yml)"),
        (page('| x\n\n+++ {"tags": ["bta"]}\n\ny'), "a.md:9: unknown tag 'bta' (did you mean 'beta'?)"),
        (
            page('| x\n\n+++ {"tags": ["beta"]}\n\ny\n\n## Heading\n'),
            "a.md:13: a heading in a cell of one edition would not be in the other's contents "
            "(move it into an untagged cell)",
        ),
        (
            page('| +++ {"tags": ["beta"]}\nHeading\n-------\n'),
            "a.md:8: a heading in a cell of one edition would not be in the other's contents",
        ),
        (
            page(":tags: [parameters]\nlr = 1", front="smoke: {lr: 2, epochs: 3}"),
            "a.md:3: imprint.smoke.epochs: no cell tagged parameters sets it "
            "(set it there, or take it out here)",
        ),
        (
            page(":tags: [parameters, alpha]\nlr = 1", ":tags: [parameters, beta]\nlearning_rate = 1",
                 front="smoke: {lr: 2}"),
            "a.md:3: imprint.smoke.lr: no cell tagged parameters of the beta edition sets it",
        ),
        (page("lr = 1", front="smoke: {lr: 2}"), "a.md:3: imprint.smoke.lr: no cell tagged parameters sets it"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_page_is_named_with_its_line(tmp_path, text, said):
    (found,) = complaints(tmp_path, text)
    assert found.startswith(said)


def test_a_heading_in_code_or_in_a_cell_of_all_editions_is_no_mistake(tmp_path):
    text = page('| +++ {"tags": ["beta"]}\n\n```sh\n# no heading\n```\n\n+++\n\n## Heading')
    assert [cell.tags for cell in read(tmp_path, text).cells] == [(), ("beta",), ()]


def test_parameters_set_among_magics_are_known(tmp_path):
    text = page(":tags: [parameters]\n%matplotlib inline\nlr: float = 1\na, (b, c) = 1, (2, 3)",
                front="smoke: {lr: 2, c: 3}")  # fmt: skip
    assert read(tmp_path, text).settings.smoke == {"lr": 2, "c": 3}


def test_a_mistake_in_a_jupyter_notebook_is_named_with_its_cell(tmp_path):
    node = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("1"),
            nbformat.v4.new_code_cell("1", metadata={"tags": ["alpah"]}),
        ]
    )
    opened = load(
        book(tmp_path, {"a.ipynb": nbformat.writes(node), "b.ipynb": "{}", "c.ipynb": "{"})
    )
    found = []
    for one in opened.pages:
        with pytest.raises((BookError, BookErrors)) as raised:
            pages.read(opened, one)
        found.append(str(raised.value))
    assert found[0] == "a.ipynb: cell 2, line 1: unknown tag 'alpah' (did you mean 'alpha'?)"
    assert found[1].startswith("b.ipynb: not a notebook: ") and found[1].endswith(
        "(open it in Jupyter)"
    )
    assert found[2].startswith("c.ipynb: not a notebook: ")


# Editions ------------------------------------------------------------------------------------

PAGE = page(
    "shared = 1", ":tags: [alpha]\na = 1", ":tags: [beta]\nb = 1", ":tags: [alpha, beta]\nboth = 1",
    '| +++ {"tags": ["beta"]}\n\nOnly beta.\n\n+++\n', ":tags: [check]\nassert shared",
    ":tags: [check-full]\nassert shared > 9",
)  # fmt: skip


def test_an_edition_runs_its_own_cells_and_the_shared_ones_and_full_checks_only_in_full(tmp_path):
    notebook = read(tmp_path, PAGE)
    sources = {
        (edition, profile): [
            cell.source for cell in notebooks.executable(notebook, edition, profile).cells
        ]
        for edition in ("alpha", "beta")
        for profile in ("smoke", "full")
    }
    assert sources["alpha", "smoke"] == ["shared = 1", "a = 1", "both = 1", "assert shared"]
    assert sources["beta", "smoke"] == ["shared = 1", "b = 1", "both = 1", "assert shared"]
    assert sources["beta", "full"] == [*sources["beta", "smoke"], "assert shared > 9"]


def test_readers_of_an_edition_see_its_cells_and_outputs_and_no_checks(tmp_path):
    notebook = read(tmp_path, PAGE)
    done = executed(notebook, "beta", {1: [said("one")], 3: [said("two")], 6: [said("no")]})
    node = notebooks.readable(notebook, "beta", done)
    assert [cell.source for cell in node.cells] == [
        "# A Page",
        "shared = 1",
        "b = 1",
        "both = 1",
        "Only beta.",
    ]
    assert [cell.outputs for cell in node.cells if cell.cell_type == "code"] == [
        [said("one")], [said("two")], []
    ]  # fmt: skip
    nbformat.validate(node)


def test_merged_shows_a_shared_cell_once_and_once_more_where_editions_differ(tmp_path):
    notebook = read(tmp_path, page("print(1)", "print(2)", "print(3)"))
    outputs = {
        "alpha": executed(
            notebook, "alpha", {1: [said("same")], 2: [said("a")], 3: [said("only")]}
        ),
        "beta": executed(notebook, "beta", {1: [said("same")], 2: [said("b")]}),
    }
    node = notebooks.merged(notebook, ["alpha", "beta"], outputs)
    shown = [
        (cell.source, cell.metadata.imprint.get("edition"), "remove-input" in cell.metadata.tags,
         [output.text for output in cell.outputs])
        for cell in node.cells if cell.cell_type == "code"
    ]  # fmt: skip
    assert shown == [
        ("print(1)", None, False, ["same"]),
        ("print(2)", None, False, []),
        ("print(2)", "alpha", True, ["a"]),
        ("print(2)", "beta", True, ["b"]),
        ("print(3)", None, False, []),
        ("print(3)", "alpha", True, ["only"]),
    ]


def test_counters_and_addresses_make_no_difference_between_editions(tmp_path):
    def result(count: int, address: str) -> list:
        return [nbformat.v4.new_output("execute_result", {"text/plain": f"<A at {address}>"},
                                       execution_count=count)]  # fmt: skip

    notebook = read(tmp_path, page("x"))
    outputs = {
        "alpha": executed(notebook, "alpha", {1: result(1, "0x7f0012345678")}),
        "beta": executed(notebook, "beta", {1: result(2, "0x7fffffffffff")}),
    }
    assert len(notebooks.merged(notebook, ["alpha", "beta"], outputs).cells) == 2


def test_a_page_of_one_edition_has_nothing_of_the_other(tmp_path):
    notebook = read(tmp_path, page(":tags: [alpha]\n1", "2", front="editions: [alpha]"))
    node = notebooks.merged(
        notebook, ["alpha", "beta"], {"alpha": executed(notebook, "alpha", {2: [said("x")]})}
    )
    assert [cell.metadata.imprint.get("edition") for cell in node.cells] == [None, "alpha", None]
    assert node.cells[2].outputs == [said("x")]


def test_outputs_that_a_jupyter_notebook_brought_stay_where_it_does_not_run(tmp_path):
    cell = nbformat.v4.new_code_cell("1", outputs=[said("brought")])
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T"), cell])
    opened = load(book(tmp_path, {"a.ipynb": nbformat.writes(node)}))
    notebook = pages.read(opened, opened.pages[0])
    for shown in (
        notebooks.readable(notebook, "alpha", None),
        notebooks.merged(notebook, ["alpha", "beta"], {"alpha": None, "beta": None}),
    ):
        assert [cell.outputs for cell in shown.cells if cell.cell_type == "code"] == [
            [said("brought")]
        ]


def test_a_kept_result_follows_its_cells_when_prose_moves_them(tmp_path):
    before, after = page("first", "second"), page("| more", "first", "| +++\n\nx", "second")
    done = executed(read(tmp_path / "1", before), None, {1: [said("1")], 2: [said("2")]})
    notebook = read(tmp_path / "2", after)
    adopted = notebooks.adopt(done, notebooks.executable(notebook, None, "full"))
    node = notebooks.readable(notebook, None, adopted)
    assert [(cell.source, cell.outputs) for cell in node.cells if cell.cell_type == "code"] == [
        ("first", [said("1")]), ("second", [said("2")])
    ]  # fmt: skip


# For any page --------------------------------------------------------------------------------

TAGS = st.lists(
    st.sampled_from(["alpha", "beta", "hide-input", "check", "check-full"]), unique=True
)
CELLS = st.lists(
    st.tuples(st.sampled_from(["code", "markdown"]), TAGS, st.integers(0, 3)), max_size=8
)


def written(cells: list[tuple[str, list[str], int]]) -> str:
    """A page of these cells, each holding its number, after some empty lines."""
    text = "---\nkernelspec: {name: python3, display_name: Python 3}\n---\n"
    for number, (kind, tags, gap) in enumerate(cells):
        text += "\n" * gap
        if kind == "code":
            options = f":tags: {json.dumps(tags)}\n" if tags else ""
            text += f"```{{code-cell}} python\n{options}cell({number})\n```\n"
        else:
            text += f"+++ {json.dumps({'tags': tags})}\n\nprose {number}\n"
    return text


def numbers(cells) -> list[int]:
    return [int(re.search(r"\d+", cell.source)[0]) for cell in cells]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(CELLS)
def test_an_edition_is_its_own_and_the_shared_cells_in_order_and_merged_holds_all_once(
    tmp_path_factory, cells
):
    root = tmp_path_factory.getbasetemp()
    (root / "any.md").write_text(text := written(cells))
    opened = Book(root, {}, {}, (Page("any.md", "any"),), EDITIONS)
    notebook = pages.read(opened, opened.pages[0])
    assert numbers(notebook.cells) == list(range(len(cells)))
    lines = text.splitlines()
    assert all(lines[cell.line - 1] == cell.source for cell in notebook.cells)

    def belongs(tags: list[str], edition: str) -> bool:
        own = {"alpha", "beta"}.intersection(tags)
        return not own or edition in own

    hidden = {
        number for number, (_, tags, _) in enumerate(cells) if {"check", "check-full"} & set(tags)
    }
    for edition in ("alpha", "beta"):
        expected = [number for number, (_, tags, _) in enumerate(cells) if belongs(tags, edition)]
        assert [index for index, _ in notebook.select(edition)] == expected
        assert numbers(cell for _, cell in notebook.select(edition)) == expected
        shown = notebooks.readable(notebook, edition, None)
        assert numbers(shown.cells) == [number for number in expected if number not in hidden]

    node = notebooks.merged(notebook, ["alpha", "beta"], {})
    held = [(number, cell.metadata.imprint.get("edition"))
            for number, cell in zip(numbers(node.cells), node.cells, strict=True)]  # fmt: skip
    assert held == [
        (number, edition)
        for number, (_, tags, _) in enumerate(cells)
        if number not in hidden
        for edition in [name for name in ("alpha", "beta") if name in tags] or [None]
    ]
    assert len({cell.id for cell in node.cells}) == len(node.cells)
    source_map = node.metadata["source_map"]
    assert [lines[line + 1] for line in source_map] == [cell.source for cell in node.cells]
    nbformat.validate(node)
