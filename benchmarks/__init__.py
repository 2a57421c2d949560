"""Benchmarks: imprint's promises measured beside jupyter-book, d2lbook and papermill in one run."""
