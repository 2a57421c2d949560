"""Execution: notebooks through papermill and kernels, several at once.

Nothing in here knows Sphinx.
"""

import papermill  # noqa: F401  first, for it loads our engine by the entry point
