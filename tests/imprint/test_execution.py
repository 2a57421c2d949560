"""Running notebooks in real kernels: what runs, with what, and what comes back."""

# ruff: noqa: E501  what is said stands on one line, as it is shown

import json
import os
import re
from pathlib import Path

import nbformat
import pytest

from tests.imprint.conftest import write
from tests.imprint.small import TWO_EDITIONS, book, entries, junit, page, ran, stored, texts

CORES = len(os.sched_getaffinity(0))
CONFIG = """\
title: T
editions:
  alpha: {title: Alpha, default: true, preamble: "import random, numpy; random.seed(7); numpy.random.seed(7)"}
  beta: {title: Beta}
profiles:
  smoke: {env: {PACE: fast, OMP_NUM_THREADS_TOO: "9"}}
  full: {env: {PACE: full}}
"""
PAGES = {
    "params.md": page(
        ":tags: [parameters]\nsteps, rate = 1000, 0.1\nname = 'published'",
        "print(steps, rate, name)",
        "import os\nprint(os.environ['PACE'])",
        front="smoke: {steps: 2, name: \"it's\"}",
    ),
    "sub/place.md": page(
        "import os\nprint(os.getcwd())",
        "print(repr(os.environ['CUDA_VISIBLE_DEVICES']))",
        "print(os.environ['OMP_NUM_THREADS'], os.environ['MKL_NUM_THREADS'])",
        "from lib import hand\nprint(hand.a, open('beside.txt').read())",
    ),
    "figure.md": page(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np",
        "plt.plot(np.random.rand(5), label='$x$'); plt.legend();",
        "print(np.random.rand(), hash('text'))",
        front="editions: [alpha]",
    ),
    "checks.md": page(
        ":tags: [raises-exception]\n1 / 0",
        "print('after')",
        ":tags: [check]\nprint('checked')",
        ":tags: [check-full]\nprint('checked in full')",
        "import sys, time\nprint('out 1', flush=True); time.sleep(0.3); print('out 2', flush=True)\n"
        "print('err', file=sys.stderr)",
        ":tags: [skip-execution]\nprint('skipped')",
        front="editions: [beta]",
    ),
}  # fmt: skip
FILES = {"lib/__init__.py": "", "lib/hand.py": "a = 'by hand'\n", "sub/beside.txt": "beside"}


@pytest.fixture(scope="module")
def smoke(tmp_path_factory, imprint) -> Path:
    """The book above, run in the smoke profile."""
    root = book(tmp_path_factory.mktemp("smoke") / "book", PAGES, CONFIG, FILES)
    done = imprint(root, "run", "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="module")
def full(tmp_path_factory, imprint) -> Path:
    """The book above, run in the full profile, one run at a time."""
    root = book(tmp_path_factory.mktemp("full") / "book", PAGES, CONFIG, FILES)
    done = imprint(root, "run", "--jobs", "1", "--profile", "full")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.mark.xdist_group("execution")
def test_parameters_and_variables_are_those_of_the_profile(smoke, full):
    for edition in ("alpha", "beta"):
        kept = stored(smoke, "params.md", edition)
        assert texts(kept)[-2:] == ["2 0.1 it's\n", "fast\n"]
        assert [cell["metadata"].get("tags") for cell in kept["cells"]][1] == [
            "injected-parameters"
        ]
        assert texts(stored(full, "params.md", edition)) == ["", "1000 0.1 published\n", "full\n"]


@pytest.mark.xdist_group("execution")
def test_a_kernel_works_in_the_folder_of_its_page_and_imports_from_the_book(smoke):
    told = texts(stored(smoke, "sub/place.md", "alpha"))
    assert told[0] == f"{smoke / 'sub'}\n"
    assert told[3] == "by hand beside\n"


@pytest.mark.xdist_group("execution")
def test_a_page_that_asks_for_no_gpu_sees_none(smoke):
    assert texts(stored(smoke, "sub/place.md", "alpha"))[1] == "''\n"


@pytest.mark.xdist_group("execution")
def test_cores_are_divided_among_the_runs(smoke, full):
    share = max(1, CORES // 2)
    assert texts(stored(smoke, "sub/place.md", "beta"))[2] == f"{share} {share}\n"
    assert texts(stored(full, "sub/place.md", "beta"))[2] == f"{CORES} {CORES}\n"


@pytest.mark.xdist_group("execution")
def test_figures_come_as_svg_and_as_pdf(smoke):
    outputs = stored(smoke, "figure.md", "alpha")["cells"][1]["outputs"]
    (data,) = [output["data"] for output in outputs if output["output_type"] == "display_data"]
    assert set(data) == {"image/svg+xml", "application/pdf", "text/plain"}
    assert data["image/svg+xml"].lstrip().startswith(("<?xml", "<svg"))
    assert data["application/pdf"].startswith("JVBERi")  # %PDF-, in base 64


@pytest.mark.xdist_group("execution")
def test_the_same_run_gives_the_same_bytes(smoke, full):
    """Two kernels at different times: same seeds, same figures."""
    first, second = (
        [cell["outputs"] for cell in stored(root, "figure.md", "alpha")["cells"]]
        for root in (smoke, full)
    )
    assert json.dumps(first) == json.dumps(second)


@pytest.mark.xdist_group("execution")
def test_a_cell_that_may_fail_stops_nothing(smoke):
    cells = stored(smoke, "checks.md", "beta")["cells"]
    assert [output["ename"] for output in cells[0]["outputs"]] == ["ZeroDivisionError"]
    assert texts(stored(smoke, "checks.md", "beta"))[1] == "after\n"


@pytest.mark.xdist_group("execution")
def test_checks_run_in_both_profiles_and_full_checks_in_full_only(smoke, full):
    assert "checked\n" in texts(stored(smoke, "checks.md", "beta"))
    assert "checked in full\n" not in texts(stored(smoke, "checks.md", "beta"))
    assert {"checked\n", "checked in full\n"} <= set(texts(stored(full, "checks.md", "beta")))


@pytest.mark.xdist_group("execution")
def test_a_cell_tagged_so_is_skipped(smoke):
    assert texts(stored(smoke, "checks.md", "beta"))[-1] == ""


@pytest.mark.xdist_group("execution")
def test_where_a_stream_was_cut_leaves_no_trace(smoke):
    outputs = stored(smoke, "checks.md", "beta")["cells"][3]["outputs"]
    assert [(output["name"], output["text"]) for output in outputs] == [
        ("stdout", "out 1\nout 2\n"), ("stderr", "err\n")
    ]  # fmt: skip


@pytest.mark.xdist_group("execution")
def test_the_report_names_every_run_and_its_seconds(smoke):
    cases = junit(smoke)
    assert set(cases) == {
        ("params.md", "alpha"), ("params.md", "beta"), ("sub/place.md", "alpha"),
        ("sub/place.md", "beta"), ("figure.md", "alpha"), ("checks.md", "beta"),
    }  # fmt: skip
    assert all(float(case.attrib["time"]) > 0 and not list(case) for case in cases.values())


def test_only_what_an_edit_touched_runs_again(tmp_path, imprint):
    root = book(tmp_path, {"a.md": page("1", ":tags: [alpha]\n2"), "b.md": page("print(3)")})

    def runs(*arguments: str) -> set[str]:
        done = imprint(root, "run", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "all 4 runs are up to date" in done.stdout
        return ran(done.stdout)

    def edit(old: str, new: str) -> None:
        text = (root / "a.md").read_text()
        assert old in text
        write(root, {"a.md": text.replace(old, new)})

    assert runs() == {"a.md [alpha]", "a.md [beta]", "b.md [alpha]", "b.md [beta]"}
    assert runs() == set()
    assert (
        all(case.attrib["time"] == "0" for case in junit(root).values()) and len(junit(root)) == 4
    )
    edit("# A Page", "(sec-new)=\n# A New Title\n\n+++\n\nA new cell.\n\n+++\n")
    assert runs() == set()
    edit("\n2\n", "\n2 + 2\n")
    assert runs() == {"a.md [alpha]"}
    edit("\n1\n", "\n1 + 1\n")
    assert runs() == {"a.md [alpha]", "a.md [beta]"}
    edit("\n1 + 1\n", "\n1\n")
    edit("\n2 + 2\n", "\n2\n")
    assert runs() == set()  # the results of before are still there

    first, second, *_ = entries(root)
    content = bytearray(first.read_bytes())
    content[-20] ^= 1
    first.write_bytes(content)
    os.truncate(second, 100)
    done = imprint(root, "run")
    assert done.returncode == 0
    for path in (first, second):
        kept = re.search(f"a damaged result was set aside and runs again: {path.name}", done.stdout)
        assert bool(kept) == path.with_suffix(".damaged").exists()
    # entries of earlier texts are not asked for; make sure that one was
    for path in entries(root):
        path.write_bytes(path.read_bytes()[:-1])
    done = imprint(root, "run")
    assert done.stdout.count("a damaged result was set aside and runs again: ") == 4
    assert ran(done.stdout) == {"a.md [alpha]", "a.md [beta]", "b.md [alpha]", "b.md [beta]"}


def test_pages_that_run_twice_are_told_apart(tmp_path, imprint):
    pages = {
        "same.md": page("print('always')", "import matplotlib.pyplot as plt; plt.plot([1, 2]);"),
        "chance.md": page("1 + 1", "| Prose.", "import os\nprint('is')\nprint(os.urandom(4).hex())"),
    }  # fmt: skip
    root = book(tmp_path, pages, "title: T\neditions: {alpha: {title: Alpha}}\n")
    done = imprint(root, "run", "--twice")
    assert done.returncode == 1, done.stderr
    assert "same.md [alpha] shows the same twice" in done.stdout
    assert "chance.md [alpha] shows something else the second time" in done.stdout
    line = (root / "chance.md").read_text().splitlines().index("import os") + 1
    assert re.search(
        rf"^  chance.md:{line}: \[cell 4\]: '[0-9a-f]{{8}}', then '[0-9a-f]{{8}}'$",
        done.stdout,
        re.M,
    )
    assert not list((root / "build").rglob("store/*/*.json"))
    assert imprint(root, "run", "--twice", "--page", "same.md").returncode == 0
    (root / "same.md").write_text(page("1 / 0"))
    failing = imprint(root, "run", "--twice", "--page", "same.md")
    assert failing.returncode == 1 and "ZeroDivisionError" in failing.stdout


def test_pages_and_editions_can_be_chosen(tmp_path, imprint):
    pages = {"a.md": page("1"), "sub/b.md": page("2"), "sub/c.md": page("3")}
    root = book(tmp_path, pages, TWO_EDITIONS)
    for arguments, expected in [
        (["--page", "c", "--edition", "beta"], {"sub/c.md [beta]"}),
        (["--page", "sub/*", "--edition", "alpha"], {"sub/b.md [alpha]", "sub/c.md [alpha]"}),
        (
            ["--page", "a.md", "--page", "sub/b.md", "-e", "beta"],
            {"a.md [beta]", "sub/b.md [beta]"},
        ),
    ]:
        done = imprint(root, "run", *arguments)
        assert done.returncode == 0
        assert ran(done.stdout) == expected
        assert {(f"{name} [{edition}]") for (name, edition), case in junit(root).items()
                if case.attrib["time"] != "0"} == expected  # fmt: skip


# Slots ---------------------------------------------------------------------------------------

DIARY = """\
import os, time
began = time.monotonic()
time.sleep({seconds})
with open(os.environ["DIARY"], "a") as file:
    file.write(f"{name} {{os.environ['CUDA_VISIBLE_DEVICES'] or '-'}} {{began}} {{time.monotonic()}}\\n")
"""


def diary(
    imprint, root: Path, *arguments: str, **variables: str
) -> dict[str, tuple[list[str], float, float]]:
    """Run the book; by the name of each page the GPUs it had, and when it began and ended."""
    path = root / "diary"
    done = imprint(root, "run", *arguments, env={**os.environ, "DIARY": str(path), **variables})
    assert done.returncode == 0, done.stdout + done.stderr
    found = {}
    for line in path.read_text().splitlines():
        name, gpus, began, ended = line.split()
        found[name] = ([] if gpus == "-" else gpus.split(","), float(began), float(ended))
    return found


def together(one: tuple, other: tuple) -> bool:
    return one[1] < other[2] and other[1] < one[2]


def test_gpus_are_shared_out_and_never_given_twice(tmp_path, imprint):
    asks = {"one": "1", "two": "1", "three": "1", "both": "all", "many": "9", "none": "0"}
    pages = {
        f"{name}.md": page(DIARY.format(name=name, seconds=2), front=f"gpus: {gpus}")
        for name, gpus in asks.items()
    }
    root = book(tmp_path, pages, "title: T\neditions: {alpha: {title: A}}\n")
    found = diary(imprint, root, "--jobs", "6", CUDA_VISIBLE_DEVICES="3,GPU-5")
    assert set(found) == set(asks)
    assert found["none"][0] == []
    assert sorted(found["both"][0]) == sorted(found["many"][0]) == ["3", "GPU-5"]
    assert {len(found[name][0]) for name in ("one", "two", "three")} == {1}
    names = sorted(found)
    for name in names:
        for other in names:
            if name < other and together(found[name], found[other]):
                assert not set(found[name][0]) & set(found[other][0]), (name, other)
    assert together(found["one"], found["two"]), "two pages of one GPU each go on at once"


def test_without_gpus_a_page_that_asks_for_all_of_them_runs_on_the_cpu(tmp_path, imprint):
    pages = {"a.md": page(DIARY.format(name="a", seconds=0), front="gpus: all")}
    root = book(tmp_path, pages, "title: T\neditions: {alpha: {title: A}}\n")
    assert diary(imprint, root, CUDA_VISIBLE_DEVICES="")["a"][0] == []


def test_as_many_runs_go_on_at_once_as_were_asked_for(tmp_path, imprint):
    pages = {f"{name}.md": page(DIARY.format(name=name, seconds=1)) for name in "abc"}
    root = book(tmp_path, pages, "title: T\neditions: {alpha: {title: A}}\n")
    found = list(diary(imprint, root, "--jobs", "1").values())
    assert not any(together(*pair) for pair in ((found[0], found[1]), (found[1], found[2])))
    root = book(tmp_path / "again", pages, "title: T\neditions: {alpha: {title: A}}\n")
    found = list(diary(imprint, root, "--jobs", "3").values())
    assert max(began for _, began, _ in found) < min(ended for _, _, ended in found)


# A plain Jupyter Book ------------------------------------------------------------------------


def ipynb(*cells: tuple[str, str | None]) -> str:
    """A Jupyter notebook of cells with the text that each printed, None for nothing."""
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "P"}}
    )
    for source, text in cells:
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []
        node.cells.append(nbformat.v4.new_code_cell(source, outputs=outputs))
    return nbformat.writes(node)


PLAIN = {
    "a.md": page("print('a')"),
    "new.ipynb": ipynb(("print('new')", None)),
    "half.ipynb": ipynb(("print('half')", "half\n"), ("x = 1", None)),
    "done.ipynb": ipynb(("print('done')", "as it was\n")),
    "text.md": "# Text\n",
}


@pytest.mark.parametrize(
    ("execute", "runs"),
    [
        ("{}", {"a.md", "new.ipynb", "half.ipynb"}),
        ("{execute_notebooks: 'off'}", set()),
        ("{execute_notebooks: off}", set()),
        (
            "{execute_notebooks: force, exclude_patterns: ['*.md']}",
            {"new.ipynb", "half.ipynb", "done.ipynb"},
        ),
        ("{exclude_patterns: ['h*', 'a.md']}", {"new.ipynb"}),
    ],
)
def test_a_plain_book_runs_what_jupyter_book_would(tmp_path, imprint, execute, runs):
    root = book(tmp_path, PLAIN, f"title: T\nexecute: {execute}\n")
    done = imprint(root, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ran(done.stdout) == runs
    for name in runs:
        assert texts(stored(root, name))[0] == f"{name.split('.')[0]}\n"


def test_a_plain_book_says_which_cells_failed_unless_it_allows_errors(tmp_path, imprint):
    pages = {
        "a.ipynb": ipynb(("print(1)", None), ("x = 1\n1 / 0", None), ("print(2)", None)),
        "slow.md": page("import time\ntime.sleep(60)"),
    }
    root = book(tmp_path, pages, "title: T\nexecute: {timeout: 2}\n")
    done = imprint(root, "run")
    assert done.returncode == 1
    assert (
        "\na.ipynb: cell 2, line 2: [cell 2] ZeroDivisionError: division by zero\n" in done.stdout
    )
    assert "\nslow.md:8: [cell 2] a cell took longer than 2 s\n" in done.stdout
    del pages["slow.md"]
    root = book(tmp_path / "again", pages, "title: T\nexecute: {allow_errors: true}\n")
    assert imprint(root, "run").returncode == 0
    assert texts(stored(root, "a.ipynb"))[2] == "2\n"


def test_a_kernel_that_is_not_installed_is_named(tmp_path, imprint):
    root = book(
        tmp_path, {"a.md": page("1").replace("python3", "cobol"), "b.md": page("1")}, "title: T\n"
    )
    done = imprint(root, "run")
    assert done.returncode == 1
    assert "\na.md: no kernel named 'cobol' is installed\n" in done.stdout
    assert [path.stem for path in (root / "build/report/logs").iterdir()] == ["a"]
    assert len(entries(root)) == 1
