"""Small real books for the tests of imprint, built with real kernels."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

BROWSER = {
    "executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
    "args": [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
}  # fmt: skip
signal.signal(signal.SIGINT, signal.default_int_handler)
"""A shell has what it starts in the background ignore Ctrl-C, and all that this starts: the tests
that send it to a process of theirs would wait for ever."""
FRONT = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
%s---
"""

CONFIG = """\
title: A Small Book
author: Its authors
project: small
editions:
  alpha: {title: Alpha, default: true, library: lib/alpha.py,
          preamble: "import random; random.seed(1)"}
  beta: {title: Beta, library: lib/beta.py}
profiles:
  smoke: {env: {PACE: fast}}
  full: {}
parse:
  myst_enable_extensions: [amsmath, colon_fence, dollarmath]
latex: {latex_engine: xelatex, use_jupyterbook_latex: false}
sphinx:
  recursive_update: true
  config:
    numfig: true
    numfig_secnum_depth: 2
    numfig_format: {section: "Section %s", figure: "Fig. %s"}
    math_numfig: true
    math_eqref_format: "({number})"
    mathjax3_config: {tex: {macros: {R: '\\mathbb{R}', norm: ['\\lVert #1 \\rVert', 1]}}}
    imprint_discussion_url: "https://forum.example/?about={page}"
"""

TOC = """\
format: jb-book
root: index
parts:
- chapters: [{file: front}]
- numbered: 3
  chapters:
  - file: one/index
    sections: [{file: one/first}, {file: one/second}]
"""

INDEX = "# A Small Book\n\nWelcome. Begin with {ref}`sec-front`.\n"
PREFACE = "(sec-front)=\n# Foreword\n\nUnnumbered words.\n"
CHAPTER = "(chap-one)=\n# The First Chapter\n\nIt has {numref}`sec-first`.\n"
FIRST = (
    FRONT % "imprint:\n  smoke: {steps: 2}\n"
    + """\
(sec-first)=
# A First Section

Some prose with $x \\in \\R$ and {index}`a word` for the index.

```{code-cell} python
:tags: [alpha]
import os
name = "from alpha"
```

```{code-cell} python
:tags: [beta]
import os
name = "from beta"
```

Both print their name, and what they share.

```{code-cell} python
print("shared output")
```

```{code-cell} python
print(name)
```

+++ {"tags": ["beta"]}

Only beta says **this sentence**.

+++

```{code-cell} python
:tags: [parameters]
steps = 1000
```

```{code-cell} python
def double(x):  #@save
    \"\"\"Twice ``x``.\"\"\"
    return 2 * x


print("steps", steps, "pace", os.environ.get("PACE"))
```

```{code-cell} python
:tags: [check]
assert name.startswith("from"), "hidden from readers"
```

$$y = \\norm{x}$$ (eq-norm)

```{figure} ../img/box.svg
:name: fig-box
:alt: a box

A box.
```
"""
)
SECOND = (
    FRONT % ""
    + """\
(sec-second)=
# A Second Section

See {numref}`chap-one`, {numref}`sec-first`, {numref}`fig-box` and {eq}`eq-norm`, or
[a site](https://example.org/).

```{code-cell} python
:tags: [alpha]
from lib import alpha as lib
```

```{code-cell} python
:tags: [beta]
from lib import beta as lib
```

It uses the library.

```{code-cell} python
lib.double(21)
```
"""
)
BOX = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="40" height="20">
<rect x="2" y="2" width="36" height="16" fill="#D6E9F5" stroke="#0072B2"/></svg>
"""


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    """A book of two editions, both in the interpreter of the tests."""
    return write(
        tmp_path / "book",
        {
            "_config.yml": CONFIG, "_toc.yml": TOC, "index.md": INDEX, "front.md": PREFACE,
            "one/index.md": CHAPTER, "one/first.md": FIRST, "one/second.md": SECOND,
            "img/box.svg": BOX, "lib/__init__.py": "",
        },
    )  # fmt: skip


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files under ``root``, which is returned."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


@pytest.fixture(scope="session")
def imprint() -> Callable[..., subprocess.CompletedProcess]:
    """Runs the command line in a book's folder, as an author does."""

    def run(root: Path, *arguments: str, **options) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "imprint.cli", *arguments]
        return subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=600, **options
        )

    return run


PUBLISHED_CONFIG = CONFIG + "bibtex_bibfiles: [references.bib]\n"
PUBLISHED_TOC = (
    TOC.replace("{file: one/second}]", "{file: one/second}, {file: one/third}]")
    + "- chapters: [{file: references}]\n"
)
LONG_LINE = "values = [" + ", ".join(f"'entry number {number}'" for number in range(12)) + "]"
THIRD = (
    FRONT % ""
    + f"""\
(sec-third)=
# A Third Section

It was all said before {{cite:p}}`someone.2001`.

```{{code-cell}} python
%matplotlib inline
from matplotlib import pyplot as plt

plt.figure(figsize=(2, 1))
plt.plot([1, 2, 4])
```

```{{code-cell}} python
{LONG_LINE}
values
```

```{{figure}} ../img/box.svg
:name: fig-cited
:alt: a box
A box like that of {{cite:t}}`someone.2001`.
```

$$a_0 + a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 + a_8 + a_9 + b_0 + b_1 + b_2 + b_3 + b_4 = 0$$
"""
)
REFERENCES = "# References\n\n```{bibliography}\n```\n"
BIBLIOGRAPHY = """\
@book{someone.2001,
  author = {Someone, Anne},
  title = {Everything Before},
  publisher = {A Press},
  year = {2001},
  doi = {10.1000/182},
}
"""


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, imprint: Callable) -> Path:
    """A book like the small one, with a figure, a long line and a bibliography, built whole
    once, whichever of pytest's workers wants it first; for reading only."""
    together = "PYTEST_XDIST_WORKER" in os.environ
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if together else folder) / "published"
    folder.mkdir(exist_ok=True)
    root = folder / "book"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            write(
                root,
                {
                    "_config.yml": PUBLISHED_CONFIG, "_toc.yml": PUBLISHED_TOC,
                    "index.md": INDEX, "front.md": PREFACE, "one/index.md": CHAPTER,
                    "one/first.md": FIRST, "one/second.md": SECOND, "one/third.md": THIRD,
                    "img/box.svg": BOX, "lib/__init__.py": "", "references.md": REFERENCES,
                    "references.bib": BIBLIOGRAPHY,
                },
            )  # fmt: skip
            done = imprint(root, "build", "--strict")
            (folder / "said").write_text(f"{done.returncode}\n{done.stdout}{done.stderr}")
    said = (folder / "said").read_text()
    assert said.startswith("0\n"), said
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of one file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**BROWSER)
        yield browser
        browser.close()
