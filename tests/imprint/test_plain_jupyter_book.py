"""A Jupyter Book 1 project without editions builds unchanged, and comes out as Jupyter Book's
own command makes it."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag

from tests.imprint.conftest import BOX, write

pytestmark = pytest.mark.xdist_group("plain")

CONFIG = """\
title: A Plain Book
author: Somebody Else
logo: logo.svg
exclude_patterns: [drafts/*]
execute: {execute_notebooks: %s}
bibtex_bibfiles: [refs.bib]
repository: {url: "https://github.com/example/plain", path_to_book: docs, branch: main}
html: {use_issues_button: true, use_repository_button: true, use_edit_page_button: true}
launch_buttons: {binderhub_url: "https://mybinder.org", colab_url: "https://colab.research.google.com"}
parse:
  myst_enable_extensions: [amsmath, colon_fence, deflist, dollarmath, substitution]
  myst_substitutions: {version: "1.2.3"}
sphinx:
  config:
    bibtex_reference_style: author_year
    latex_elements:
      fontpkg: '\\setmainfont{TeX Gyre Pagella} \\setmonofont{DejaVu Sans Mono}'
"""
TOC = """\
format: jb-book
root: intro
parts:
- caption: Notebooks
  numbered: true
  chapters:
  - file: notebooks/myst
    sections: [{file: notebooks/kept}]
  - file: notebooks/bare
- caption: Prose
  chapters: [{file: prose/plain}, {file: prose/old}, {file: bibliography}]
"""
MYST = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
---
(a-notebook)=
# A Notebook in Markdown

It computes, as {cite:t}`someone.2001` did.

```{code-cell} ipython3
:tags: [hide-input]
from myst_nb import glue
glue("answer", 6 * 7, display=False)
print("printed")
```

The answer is {glue:text}`answer`; see {numref}`a-figure`.

```{code-cell} ipython3
:tags: [remove-input, my-own-tag]
[number**2 for number in range(4)]
```

```{code-cell} ipython3
:tags: [remove-cell]
print("never shown")
```

```{code-cell} ipython3
:tags: [raises-exception]
raise ValueError("as it should be")
```

```{figure} ../images/box.svg
:name: a-figure
:alt: a box

A caption with $x^2$.
```
"""
PLAIN = """\
# Plain Prose

Version {{ version }}, the {ref}`notebook <a-notebook>`, the {doc}`old page <old>`, a
[file](../notebooks/bare.ipynb) and a footnote.[^note]

[^note]: At the foot.

:::{admonition} Mind
:class: tip
The *admonition*.
:::

```{note}
Nested
:::{warning}
Inside
:::
```

````{tab-set}
```{tab-item} One
First tab.
```
```{tab-item} Two
Second tab.
```
````

$$e^{i\\pi} = -1$$ (euler)

By {eq}`euler`.

| a | b |
|---|--:|
| 1 | 2 |

Term
: Its definition

```{margin}
In the margin.
```

```python
print("not run")
```
"""
OLD = """\
.. _old:

An Old Page
===========

In *reStructuredText*, see :ref:`a-notebook` and :math:`a^2`.

.. note:: A note.

.. code-block:: python

   print("not run either")
"""


def notebook(*cells: object) -> str:
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return json.dumps(nbformat.v4.new_notebook(cells=list(cells), metadata=metadata))


def files(execute: str) -> dict[str, str]:
    v4 = nbformat.v4
    kept = v4.new_output("stream", name="stdout", text="kept from long ago\n")
    return {
        "_config.yml": CONFIG % execute, "_toc.yml": TOC, "logo.svg": BOX,
        "images/box.svg": BOX, "drafts/draft.md": "# A Draft\n\n{ref}`nowhere`\n",
        "intro.md": "# A Plain Book\n\n```{tableofcontents}\n```\n",
        "notebooks/myst.md": MYST,
        "notebooks/kept.ipynb": notebook(
            v4.new_markdown_cell("# Kept Outputs\n\nProse with $x$.", id="a"),
            v4.new_code_cell("print('new')", outputs=[kept], execution_count=1, id="b"),
        ),
        "notebooks/bare.ipynb": notebook(
            v4.new_markdown_cell("# No Outputs Yet", id="a"),
            v4.new_code_cell("print('computed', 6 * 7)", id="b"),
            v4.new_raw_cell("raw", id="c"),
        ),
        "prose/plain.md": PLAIN, "prose/old.rst": OLD,
        "bibliography.md": "# Bibliography\n\n```{bibliography}\n```\n",
        "refs.bib": "@book{someone.2001, author={Someone, Anne}, title={All}, "
        "publisher={A Press}, year={2001}}\n",
    }  # fmt: skip


PAGES = (
    "intro", "notebooks/myst", "notebooks/kept", "notebooks/bare", "prose/plain", "prose/old",
    "bibliography",
)  # fmt: skip


@pytest.fixture(scope="module", params=["auto", "'off'"])
def sites(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, imprint: Callable
) -> tuple[Path, Path]:
    """The website that imprint makes of the book, and the one that jupyter-book makes."""
    root = write(tmp_path_factory.mktemp("plain") / "book", files(request.param))
    done = imprint(root, "build", "html")
    assert done.returncode == 0, done.stdout + done.stderr
    assert request.param != "auto" or "WARNING" not in done.stdout, done.stdout
    theirs = root.parent / "theirs"
    shutil.copytree(root, theirs, ignore=shutil.ignore_patterns("build"))
    subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", theirs], check=True,
        capture_output=True,
    )  # fmt: skip
    return root / "build" / "html", theirs / "_build" / "html"


def soup(site: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{page}.html").read_text("utf-8"), "html.parser")


def essentials(article: Tag) -> list[str]:
    """What a reader sees of a page, in order: elements, their targets and their words."""
    for script in article.select("script"):
        script.decompose()
    for equation in article.select("mjx-container"):  # imprint has typeset them already
        equation.replace_with(equation["data-tex"])
    for code in article.select("pre"):  # imprint colours it where nothing was executed too
        code.string = code.get_text()
    seen = []
    for part in article.descendants:
        if isinstance(part, Tag):
            target = part.get("href") or part.get("src") or ""
            seen.append(f"<{part.name} {target}>".replace(" >", ">"))
        elif text := " ".join(re.sub(r"\\[()\[\]]", "", part).split()):
            seen.append(re.sub(r"0x[0-9a-f]+", "0x", text))
    return seen


@pytest.mark.parametrize("page", PAGES)
def test_each_page_reads_as_jupyter_book_makes_it(sites: tuple[Path, Path], page: str) -> None:
    ours, theirs = (essentials(soup(site, page).select_one("article.bd-article")) for site in sites)
    assert ours == theirs


@pytest.mark.parametrize("page", PAGES)
def test_what_surrounds_a_page_is_what_jupyter_book_makes(
    sites: tuple[Path, Path], page: str
) -> None:
    ours, theirs = (soup(site, page) for site in sites)
    for selector in (
        ".bd-sidebar-primary", ".article-header-buttons", ".prev-next-footer", ".navbar-brand",
        ".bd-sidebar-secondary", ".bd-footer-content__inner",
    ):  # fmt: skip
        assert [essentials(part) for part in ours.select(selector)] == [
            essentials(part) for part in theirs.select(selector)
        ], selector


def test_notebooks_run_as_the_settings_say(
    sites: tuple[Path, Path], request: pytest.FixtureRequest
) -> None:
    ours, _ = sites
    execute = "auto" in request.node.name
    words = {page: soup(ours, page).select_one("article").get_text() for page in PAGES}
    assert ("computed 42" in words["notebooks/bare"]) == execute
    assert "kept from long ago" in words["notebooks/kept"]
    assert ("[0, 1, 4, 9]" in words["notebooks/myst"]) == execute
    assert ("The answer is 42" in " ".join(words["notebooks/myst"].split())) == execute


def test_the_pdf_holds_the_book(tmp_path: Path, imprint: Callable) -> None:
    """In Sphinx's LaTeX and fonts that are here: Jupyter Book's own class needs bbm.sty, which
    only the largest TeX installations have."""
    latex = "latex: {use_jupyterbook_latex: false, latex_engine: xelatex}\n"
    sources = files("auto")
    root = write(tmp_path / "book", {**sources, "_config.yml": sources["_config.yml"] + latex})
    done = imprint(root, "build", "pdf")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (root / "build" / "pdf").glob("*.pdf")
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True)
    words = " ".join(text.stdout.split())
    for part in (
        "A Plain Book", "Somebody Else", "A Notebook in Markdown", "printed", "[0, 1, 4, 9]",
        "kept from long ago", "computed 42", "An Old Page", "Anne Someone",
    ):  # fmt: skip
        assert part in words, part
    assert "??" not in words and "[?]" not in words
