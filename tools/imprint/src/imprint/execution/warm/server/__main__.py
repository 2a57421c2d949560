"""The way in: ``python __main__.py FD PRELOAD CAREFUL``, under an edition's own interpreter.

imprint is not installed there. So this folder becomes a package by a name that no page imports,
and leaves nothing on the import path: a kernel's has neither.
"""

import importlib.util
import os
import sys

NAME = "imprint_fork_server"
HERE = os.path.dirname(os.path.abspath(__file__))

if sys.path and os.path.abspath(sys.path[0]) == HERE:  # where Python puts it
    del sys.path[0]
spec = importlib.util.spec_from_file_location(
    NAME, os.path.join(HERE, "__init__.py"), submodule_search_locations=[HERE]
)
sys.modules[NAME] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[NAME])
importlib.import_module(f"{NAME}.serving").main(sys.argv[1:])
