"""Puts notebooks with their outputs into a jupyter-cache, as executing them would:
`fill_jupyter_cache.py NOTEBOOKS CACHE`. Runs in jupyter-book's environment."""

import sys
from pathlib import Path

from jupyter_cache import get_cache

notebooks, folder = Path(sys.argv[1]), Path(sys.argv[2])
cache = get_cache(folder)
for path in sorted(notebooks.glob("*.ipynb")):
    cache.cache_notebook_file(path, check_validity=False, overwrite=True)
