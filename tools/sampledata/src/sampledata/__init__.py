"""Generated twins of the book's datasets: small, deterministic, learnable.

A twin has the layout of the real dataset, so the same code reads both.
"""

from importlib import import_module

__version__ = "1.3.0"  # raised whenever a twin's contents change

# One line a dataset: the module of its family and the function in it that
# takes an existing folder and writes the files into it.
MAKERS = {
    "fashion-mnist": "sampledata.garments:fashion_mnist",
    "fra-eng": "sampledata.translations:fra_eng",
    "kaggle_house_test": "sampledata.houses:kaggle_house_test",
    "kaggle_house_train": "sampledata.houses:kaggle_house_train",
    "time_machine": "sampledata.stories:time_machine",
}


def names():
    """Return the names of the datasets that have a twin, sorted."""
    return sorted(MAKERS)


def make(name, folder):
    """Write the twin of dataset ``name`` into ``folder``, which exists.

    The files are those that the real dataset's server serves, under the same
    names (a dataset served as an archive is made as an archive), and the same
    bytes every time. Raises ``KeyError`` for a name that has no twin.
    """
    module, function = MAKERS[name].split(":")
    getattr(import_module(module), function)(folder)
