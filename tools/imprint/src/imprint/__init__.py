"""Builds executable books: editions, parallel execution, website, PDF and notebooks."""

__version__ = "0.1.0"
