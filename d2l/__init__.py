"""The library of the book Dive into Deep Learning, one module per edition."""

__version__ = "1.0.0"
