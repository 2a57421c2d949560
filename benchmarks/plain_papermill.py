"""Plain papermill over a folder of notebooks, one after another: `plain_papermill.py IN OUT`."""

import sys
from pathlib import Path

import papermill

sources, results = Path(sys.argv[1]), Path(sys.argv[2])
for path in sorted(sources.glob("*.ipynb")):
    papermill.execute_notebook(
        path, results / path.name, engine_name="nbclient", kernel_name="python3",
        progress_bar=False, cwd=sources,
    )  # fmt: skip
