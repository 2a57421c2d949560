"""Execution: notebooks through papermill and kernels, several at once.

Nothing in here knows Sphinx.
"""
