"""Notebooks for a repository from which Colab and SageMaker Studio Lab open them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from tests.imprint.small import book, page

CONFIG = """\
title: T
editions:
  alpha: {title: Alpha, library: lib/alpha.py}
  beta: {title: Beta, library: lib/beta.py}
hosted: {repository: someone/notebooks, branch: v2, install: {alpha: pip}}
"""
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0h9"/></svg>'
USE = "from lib import alpha as lib\nprint('it is', lib.f())"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, imprint: Callable) -> Path:
    pages = {
        "index.md": "# T\n",
        "one/a.md": page("def f():  #@save\n    return 1", front="gpus: 1"),
        "one/b.md": page("| ```{figure} ../img/b.svg\nB.\n```", f":tags: [alpha]\n{USE}"),
    }
    files = {"img/b.svg": DRAWING, "lib/__init__.py": ""}
    root = book(tmp_path_factory.mktemp("hosted") / "book", pages, CONFIG, files)
    done = imprint(root, "build", "html", "notebooks", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def notebook(path: Path) -> nbformat.NotebookNode:
    node = nbformat.reads(path.read_text(), as_version=4)
    nbformat.validate(node)
    return node


pytestmark = pytest.mark.xdist_group("hosted")


def test_one_runs_where_nothing_of_the_book_is(made: Path, tmp_path: Path) -> None:
    node = notebook(Path(shutil.copy(made / "build/notebooks/hosted/alpha/one/b.ipynb", tmp_path)))
    assert node.cells[0].source == "%pip install pip"
    NotebookClient(node, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = "".join(out.get("text", "") for cell in node.cells for out in cell.get("outputs", ()))
    assert "already satisfied: pip" in printed and "it is 1" in printed


def test_its_pictures_come_by_addresses_in_the_repository(made: Path) -> None:
    folder = made / "build/notebooks/hosted"
    for edition in ("alpha", "beta"):
        node = notebook(folder / edition / "one/b.ipynb")
        (shown,) = [cell.source for cell in node.cells if "![" in cell.source]
        root = "https://raw.githubusercontent.com/someone/notebooks/v2/"
        address = shown.partition("](")[2].partition(")")[0]
        assert address.startswith(root) and not any("attachments" in cell for cell in node.cells)
        assert (folder / address.removeprefix(root)).read_bytes().startswith(b"\x89PNG")


def test_it_asks_for_a_gpu_where_its_page_does_and_installs_where_the_book_says_what(made: Path):
    folder = made / "build/notebooks/hosted"
    with_gpu, without = (notebook(folder / f"beta/one/{name}.ipynb") for name in "ab")
    assert with_gpu.metadata.accelerator == "GPU" and "accelerator" not in without.metadata
    assert not any("%pip" in cell.source for cell in [*with_gpu.cells, *without.cells])


def test_every_page_with_code_leads_there(made: Path) -> None:
    def links(name: str) -> dict[str, str]:
        text = (made / f"build/html/{name}.html").read_text()
        found = BeautifulSoup(text, "html.parser").select("a.imprint-edition-beta")
        return {link.get_text(strip=True): link["href"] for link in found}

    there = "github/someone/notebooks/blob/v2/beta/one/a.ipynb"
    found = links("one/a")
    assert found["Colab (Beta)"] == f"https://colab.research.google.com/{there}"
    assert found["SageMaker Studio Lab (Beta)"] == f"https://studiolab.sagemaker.aws/import/{there}"
    assert not any("Colab" in name for name in links("index"))


def test_without_a_repository_there_is_no_guess(tmp_path: Path, imprint: Callable) -> None:
    config = CONFIG.partition("hosted:")[0]
    root = book(tmp_path, {"index.md": "# T\n", "a.md": page("print(1)")}, config)
    assert imprint(root, "build", "html", "notebooks").returncode == 0
    assert not (root / "build/notebooks/hosted").exists()
    assert "colab" not in (root / "build/html/a.html").read_text().lower()


def test_a_repository_is_named_as_github_does(tmp_path: Path, imprint: Callable) -> None:
    config = CONFIG.replace("someone/notebooks", "https://github.com/someone/notebooks")
    done = imprint(book(tmp_path, {"index.md": "# T\n"}, config), "status")
    assert done.returncode == 1
    assert "_config.yml:5: hosted.repository" in done.stdout + done.stderr


def test_one_edition_leaves_the_others_folder(
    made: Path, imprint: Callable, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(made, tmp_path / "copy"))
    kept = root / "build/notebooks/hosted/alpha/one/b.ipynb"
    assert imprint(root, "build", "notebooks", "--edition", "beta").returncode == 0
    assert kept.is_file() and not list((root / "build/notebooks/hosted").glob(".*"))


def test_where_they_cannot_be_written_the_old_ones_stay(made: Path, imprint: Callable, tmp_path):
    root = Path(shutil.copytree(made, tmp_path / "copy"))
    folder = root / "build/notebooks/hosted"
    (folder / ".alpha-new").write_text("a file where a folder is to be")
    (root / "one/b.md").write_text((root / "one/b.md").read_text() + "\nMore.\n")
    done = imprint(root, "build", "notebooks")
    assert done.returncode == 1 and "cannot write" in done.stdout + done.stderr
    assert (folder / "alpha/one/b.ipynb").is_file()
