"""Generated books: the same pages for every tool, deterministic, and no two pages alike.

Pages differ in their code, because a cache by content would execute equal ones once.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

PRELOAD = ("torch", "torch._dynamo", "matplotlib.pyplot")
"""What imprint's kernels may have imported before a torch notebook starts: what it imports, and
what torch imports for it when it makes its first optimiser."""
PARTS = 12
"""Of a text page, which then has 2,100 words and 13 code cells, as a section of this book has."""
CELL_TIMEOUT = 600
"""Seconds; jupyter-book's own 30 would be too few on a busy machine."""
METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
FRONT = (
    "---\njupytext:\n  text_representation: {extension: .md, format_name: myst}\n"
    "kernelspec: {name: python3, display_name: Python 3}\n---\n"
)


@dataclass(frozen=True)
class Cell:
    """Prose in Markdown, or code with the text that it prints."""

    kind: str
    source: str
    prints: str = ""


@dataclass(frozen=True)
class Page:
    """One page. ``name`` is its file's, without suffix."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def marker(self) -> str:
        """A line of its output that does not stand in its source: the proof that it ran."""
        return answer(int(self.name.rpartition("-")[2]))


@dataclass(frozen=True)
class Book:
    """Pages in reading order, beside a root page without code."""

    title: str
    pages: tuple[Page, ...]
    preload: tuple[str, ...] = ()
    section_size: int = 0
    """Pages in a chapter, whose first is the chapter's own; 0: no chapters."""
    execute: str = "auto"
    """Jupyter Book's ``execute_notebooks``."""


def prose(text: str) -> Cell:
    return Cell("markdown", text)


def code(text: str, prints: str = "") -> Cell:
    return Cell("code", text, prints)


def answer(number: int) -> str:
    """What page ``number`` prints and does not contain."""
    return f"page {number} says {number * 7919 + 1}"


def says(number: int) -> Cell:
    source = f'number = {number}\nprint(f"page {{number}} says {{number * 7919 + 1}}")'
    return code(source, f"{answer(number)}\n")


def torch_steps(number: int) -> list[str]:
    """The code cells of a small regression, after the imports; sizes vary with ``number``."""
    features, rows, rate = 2 + number % 5, 96 + 8 * number, 0.02 + 0.001 * number
    return [
        f"torch.manual_seed({number})\nweights = torch.linspace(-1, 1, {features})",
        f"X = torch.randn({rows}, {features})\ny = X @ weights + {number / 10}\nX.shape",
        f"model = torch.nn.Sequential(\n    torch.nn.Linear({features}, {6 + number % 7}),\n"
        f"    torch.nn.Tanh(),\n    torch.nn.Linear({6 + number % 7}, 1),\n)\nmodel",
        "loss = torch.nn.MSELoss()\n"
        f"optimizer = torch.optim.SGD(model.parameters(), lr={rate:.3f})",
        f"losses = []\nfor step in range({30 + number % 11}):\n    optimizer.zero_grad()\n"
        "    error = loss(model(X).reshape(-1), y)\n    error.backward()\n"
        "    optimizer.step()\n    losses.append(error.item())",
        'print(f"first loss {losses[0]:.3f}, last loss {losses[-1]:.3f}")',
        "with torch.no_grad():\n    residuals = y - model(X).reshape(-1)\nresiduals.std()",
    ]


def plot(number: int) -> str:
    return (
        "figure, axes = plt.subplots(figsize=(3, 2))\naxes.plot(losses)\n"
        f'axes.set_title("run {number}")\nplt.show()'
    )


def torch_page(number: int) -> Page:
    """A light torch notebook of ten code cells: tensors, a tiny training loop, one plot."""
    words = (
        "The data is drawn at random.", "The inputs are normal, the targets linear in them.",
        "The model has one hidden layer.", "It minimises $\\frac1n\\sum_i(\\hat y_i-y_i)^2$.",
        "A few steps of gradient descent follow.", "The loss went down.", "What is left:",
    )  # fmt: skip
    cells = [prose(f"# Regression {number}"), code("import torch\nimport matplotlib.pyplot as plt")]
    for text, step in zip(words, torch_steps(number)):
        cells += [prose(text), code(step)]
    cells += [prose("The losses, one by one:"), code(plot(number)), says(number)]
    return Page(f"regression-{number}", tuple(cells))


def timed_page(number: int) -> Page:
    """A torch notebook that adds up its cells' own seconds, and prints them, so that every
    tool is measured by the same clock. The imports are not among them: sparing them is what
    a warm kernel is for."""

    def timed(source: str) -> Cell:
        return code(f"began = perf_counter()\n{source}\nspent += perf_counter() - began")

    cells = [prose(f"# Timed Regression {number}")]
    cells += [code("import torch\nimport matplotlib.pyplot as plt")]
    cells += [code("from time import perf_counter\nspent = 0.0")]
    cells += [timed(step) for step in torch_steps(number)]
    cells += [timed(plot(number)), code(f'print(f"page {number} spent {{spent:.4f}} s")')]
    return Page(f"timed-{number}", (*cells, says(number)))


def trivial_page(number: int) -> Page:
    total = f"print(sum(range({1000 + number})))"
    return Page(
        f"sum-{number}", (prose(f"# Sum {number}"), code(total), prose("And:"), says(number))
    )


def sleeping_page(number: int, seconds: float) -> Page:
    """A notebook of a known duration that takes no processor from its neighbours."""
    cells = (prose(f"# Sleep {number}"), code(f"import time\ntime.sleep({seconds:.2f})"))
    return Page(f"sleep-{number}", (*cells, says(number)))


def text_page(number: int) -> Page:
    """A page of a textbook: prose, formulas, and a short computation in each part."""
    cells = [prose(f"(sec-{number})=\n# Section {number}")]
    for part in range(PARTS):
        last = number + part
        total = sum(k * k for k in range(last))
        cells.append(prose(_section(number, part)))
        cells.append(code(f"sum(k * k for k in range({last}))", str(total)))
    cells += [prose("## Exercises\n\n1. Do it again.\n2. Do it by hand."), says(number)]
    return Page(f"section-{number}", tuple(cells))


def _section(number: int, part: int) -> str:
    name, before = f"{number}-{part}", max(number - 1, 1)
    sentence = (
        f"Let $x_{{{number}}}$ be a vector of dimension {number + part}, as in "
        f"{{ref}}`sec-{before}`, and let *every* norm be Euclidean. "
    )
    return "\n\n".join(
        [
            f"## Part {name}",
            sentence * 3,
            sentence * 2,
            f"$$\\|x\\|_2 = \\Bigl(\\sum_{{i=1}}^{{{number + part}}} x_i^2\\Bigr)^{{1/2}}$$ "
            f"(eq-{name})",
            f"By {{eq}}`eq-{name}` the **length** is never negative.",
            f"| quantity | value |\n|---|--:|\n| part | {part} |\n| section | {number} |",
            f"- first, item {part}\n- then `code_{number}`\n- last, a [link](https://example.org/)",
            f"```{{note}}\nThis is note {name}.\n```",
            sentence * 2,
        ]
    )


def planned_page(number: int) -> Page:
    """A page of a very large book: little text, three code cells, one definition."""
    square = f"def square(x):\n    return x * x + {number}"
    return Page(
        f"page-{number}",
        (
            prose(f"# Page {number}\n\nA paragraph with $x^{{{number}}}$."), code(square),
            prose("It is *used* here."), code(f"square({number})"), prose("And:"), says(number),
        ),
    )  # fmt: skip


def book(
    title: str, count: int, page: Callable[[int], Page], preload: Sequence[str] = (), **settings
) -> Book:
    return Book(title, tuple(map(page, range(1, count + 1))), tuple(preload), **settings)


def uneven_seconds(count: int, longest: float = 6.0) -> list[float]:
    """Durations from long to short as those of a real book are, in an order that punishes who
    takes pages as they come: the longest stands last."""
    return [round(max(0.3, longest * 0.86**rank), 2) for rank in reversed(range(count))]


def write_myst(book: Book, folder: Path, **config: object) -> Path:
    """The book for jupyter-book and imprint; ``config`` goes into ``_config.yml``, where None
    takes a setting out."""
    edition: dict[str, object] = {"title": "Python"}
    if book.preload:
        edition["preload"] = list(book.preload)
    settings = {
        "title": book.title, "author": "A generator", "only_build_toc_files": True,
        "execute": {"execute_notebooks": book.execute, "timeout": CELL_TIMEOUT},
        "parse": {"myst_enable_extensions": ["dollarmath", "colon_fence"]},
        "editions": {"python": edition},  # imprint's; jupyter-book ignores it
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    given = {key: value for key, value in (settings | config).items() if value is not None}
    _write(folder / "_config.yml", yaml.safe_dump(given, sort_keys=False))
    _write(folder / "_toc.yml", yaml.safe_dump(_toc(book), sort_keys=False))
    _write(folder / "index.md", f"# {book.title}\n\nThe first page.\n")
    for page in book.pages:
        _write(folder / f"{page.name}.md", FRONT + _joined(page, "```{code-cell} python\n%s\n```"))
    return folder


def write_d2lbook(book: Book, folder: Path) -> Path:
    """The same book for d2lbook. Its root page is no notebook, so that no kernel starts for it."""
    folder.mkdir(parents=True, exist_ok=True)
    config = (
        "[project]\nname = bench\ntitle = {}\n[build]\nnotebooks = *.md\nnon-notebooks = index.md\n"
    )
    _write(folder / "config.ini", config.format(book.title))
    names = "\n".join(page.name for page in book.pages)
    _write(folder / "index.md", f"# {book.title}\n\n```toc\n{names}\n```\n")
    for page in book.pages:
        _write(folder / f"{page.name}.md", _joined(page, "```{.python .input}\n%s\n```"))
    return folder


def write_notebooks(book: Book, folder: Path, outputs: bool = False) -> Path:
    """The pages as ``.ipynb`` (nbformat 4.5); with ``outputs``, as if they had run."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in book.pages:
        cells = [_notebook_cell(cell, index, outputs) for index, cell in enumerate(page.cells)]
        node = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
        _write(folder / f"{page.name}.ipynb", json.dumps(node))
    return folder


def _notebook_cell(cell: Cell, index: int, outputs: bool) -> dict[str, object]:
    node = {"cell_type": cell.kind, "id": f"cell-{index}", "metadata": {}, "source": cell.source}
    if cell.kind == "code":
        shown = [{"output_type": "stream", "name": "stdout", "text": cell.prints}]
        if not cell.prints.endswith("\n"):
            data = {"text/plain": cell.prints}
            shown = [{"output_type": "execute_result", "data": data, "metadata": {},
                      "execution_count": index}]  # fmt: skip
        node |= {"execution_count": None, "outputs": shown if outputs and cell.prints else []}
    return node


def _toc(book: Book) -> dict[str, object]:
    entries = [{"file": page.name} for page in book.pages]
    if size := book.section_size:
        groups = [entries[at : at + size] for at in range(0, len(entries), size)]
        entries = [first | ({"sections": rest} if rest else {}) for first, *rest in groups]
    return {"format": "jb-book", "root": "index", "chapters": entries}


def _joined(page: Page, fence: str) -> str:
    parts = [cell.source if cell.kind == "markdown" else fence % cell.source for cell in page.cells]
    return "\n\n".join(parts) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
