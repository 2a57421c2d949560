"""A Sphinx extension: MathJax from the site itself, without a request to another host."""

import shutil
from importlib import resources
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

PACKAGE = "sphinx-mathjax-offline"
LEFT_OUT = shutil.ignore_patterns("sre", "svg", "mml-*", "*-svg*", "*-full*", "node-main.js")
"""Speech in thirteen languages and renderers that the page does not ask for: 20 MB."""


def copy(app: Sphinx, error: Exception | None) -> None:
    target = Path(app.outdir) / "_static" / "mathjax"
    if error is None and app.builder.format == "html" and not target.exists():
        source = resources.files(PACKAGE) / "static" / "mathjax"
        with resources.as_file(source) as folder:
            shutil.copytree(folder, target, ignore=LEFT_OUT)


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx.ext.mathjax")
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
