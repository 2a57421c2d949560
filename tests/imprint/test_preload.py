"""What fork servers import early where the book gives no list: what most runs import at the top,
unless a page may change beforehand what it finds."""

from pathlib import Path

import pytest
from imprint.book import load
from imprint.execution.preload import common, unsettles
from imprint.plan import make
from imprint.sources import read_pages
from imprint.store import Store

from tests.imprint.small import book, page, texts

INSTALLED = {"torch", "torch.nn", "numpy", "pandas", "matplotlib", "matplotlib.pyplot"}


def runs_of(root: Path) -> list:
    opened = load(root)
    planned = make(
        opened, read_pages(opened), Store(root / "store"), profile="smoke",
        editions=opened.editions, libraries={},
    )  # fmt: skip
    return planned.runs


@pytest.mark.parametrize(
    ("pages", "modules"),
    [
        (["import torch", "import torch as t", "import numpy"], ["torch"]),
        (["import torch, numpy as np", "import numpy", "1"], ["numpy"]),
        (["from torch import nn", "from torch import nn as n, no_grad"], ["torch", "torch.nn"]),
        (["from matplotlib import (pyplot as plt)"], ["matplotlib", "matplotlib.pyplot"]),
        (["import matplotlib.pyplot as plt\nimport json"], ["matplotlib.pyplot"]),
        (["def f():\n    import torch", "if 1:\n    import torch"], []),
        (["import absent", "import absent"], []),
        (["import torch", "import pandas"], []),
        (["from . import torch", "import torches"], []),
    ],
)  # fmt: skip
def test_the_modules_that_more_than_half_of_the_pages_import_at_the_top(tmp_path, pages, modules):
    names = {f"p{number}.md": page(text) for number, text in enumerate(pages)}
    runs = runs_of(book(tmp_path, names, "title: T\n"))
    assert common(runs, INSTALLED.__contains__) == modules


def test_a_module_beside_the_page_is_not_the_installed_one(tmp_path):
    pages = {"one.md": page("import numpy, torch"), "deep/two.md": page("import numpy, torch")}
    root = book(tmp_path, pages, "title: T\n", {"deep/numpy.py": "", "torch/__init__.py": ""})
    assert common(runs_of(root), INSTALLED.__contains__) == []


@pytest.mark.parametrize(
    ("code", "unsettled"),
    [
        ("import os\nos.environ['CUDA'] = '1'\nimport torch", True),
        ("import torch\nimport os\nos.environ['CUDA'] = '1'", False),
        ("import numpy\n%env A=1\nfrom torch import nn", True),
        ("import sys\nsys.path.insert(0, '..')\nimport torch", True),
        ("%cd ..\nimport torch", True), ("!pip install torch\nimport torch", True),
        ("import os\nos.environ['A'] = '1'\nimport numpy", False),
    ],
)  # fmt: skip
def test_a_page_that_changes_what_its_imports_find_is_told(code, unsettled):
    assert unsettles(code, ["torch", "torch.nn"]) is unsettled


LOADED = """\
import os
import numpy
print("numpy" in open(f"/proc/{os.getppid()}/maps").read())
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc")
def test_most_pages_of_a_plain_book_find_their_modules_imported(tmp_path, imprint):
    pages = {f"p{number}.md": page(LOADED, str(number)) for number in range(3)}
    pages["apart.md"] = page("import os\nos.environ['ANY'] = '1'", LOADED)
    root = book(tmp_path, pages, "title: T\nexecute: {execute_notebooks: force}\n")
    done = imprint(root, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "start plainly" not in done.stdout
    store = Store(root / "build/store")
    found = {}
    for path in (root / "build/store").rglob("*.json"):
        if read := store.get(path.stem):
            found[read[1]["page"]] = "True\n" in texts(read[0])
    assert found == {name: name != "apart.md" for name in pages}
