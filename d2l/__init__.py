"""The library of the book Dive into Deep Learning, one module per edition."""

__version__ = "2.0.0.dev0"
