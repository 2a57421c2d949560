"""Notebooks that readers open on machines of others, Colab and SageMaker Studio Lab: files for a
repository that the book names, and the addresses by which they are opened from there."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import nbformat

from imprint.alone import Alone
from imprint.book import Book, Edition
from imprint.pages import Notebook
from imprint.settings import HostedSettings

SERVICES = {
    "Colab": "https://colab.research.google.com/github/{repository}/blob/{branch}/{path}",
    "SageMaker Studio Lab": (
        "https://studiolab.sagemaker.aws/import/github/{repository}/blob/{branch}/{path}"
    ),
}
"""What opens a notebook that lies in a repository on GitHub, by the service's name."""
PICTURES = "https://raw.githubusercontent.com/{repository}/{branch}/{path}"
GPU = {"accelerator": "GPU", "colab": {"gpuType": "T4"}}
"""What Colab reads in a notebook's metadata; others pass over it."""


def addresses(settings: HostedSettings) -> dict[str, str]:
    """By service: where it opens a notebook, with ``{path}`` for that of the notebook in the
    repository: ``edition/docname.ipynb``."""
    return {name: _at(settings, pattern) for name, pattern in SERVICES.items()}


class Hosted(Alone):
    """Makes an edition's notebooks such that each works where nothing of the book is: it installs
    what it needs, asks for a GPU where its page does, and shows its pictures by their addresses."""

    def __init__(self, book: Book, edition: Edition, settings: HostedSettings) -> None:
        super().__init__(book, edition)
        self._settings = settings
        self._files: dict[str, bytes] = {}

    def files(self, pages: Iterable[Notebook], packed: Mapping[str, str]) -> dict[str, bytes]:
        """The notebooks of these pages, made from those that are packed, and their pictures, by
        path in the edition's folder."""
        self._files = {}
        for page in pages:
            docname = page.page.docname
            if docname in packed:
                node = json.loads(self.text(docname, packed[docname]))
                if needed := self._settings.install.get(self._edition.name):
                    install = nbformat.v4.new_code_cell(f"%pip install {needed}", id="install")
                    node["cells"].insert(0, install)
                if page.settings.gpus:
                    node["metadata"] |= GPU
                text = json.dumps(node, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
                self._files[f"{docname}.ipynb"] = text.encode()
        return self._files

    def _shown(self, cell: dict[str, Any], name: str, data: bytes) -> str:
        path = f"pictures/{name}"
        self._files[path] = data
        return _at(self._settings, PICTURES).format(path=f"{self._edition.name}/{path}")


def _at(settings: HostedSettings, pattern: str) -> str:
    return pattern.format(repository=settings.repository, branch=settings.branch, path="{path}")
