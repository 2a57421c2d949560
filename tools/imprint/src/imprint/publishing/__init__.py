"""Publishing: executed notebooks to a website and to PDFs, through Sphinx and LaTeX.

Nothing outside this package imports Sphinx.
"""
