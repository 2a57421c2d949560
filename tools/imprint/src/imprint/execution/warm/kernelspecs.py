"""Kernelspecs of warm kernels, installed for whatever else speaks Jupyter."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

from imprint.execution.kernelspecs import figure_argv, warm_metadata


@dataclass(frozen=True)
class InstalledKernel:
    """What Jupyter is told about an edition's kernel."""

    edition: str
    title: str
    """What a menu of kernels shows."""
    python: Path
    preamble: str = ""
    figures: tuple[str, ...] = ()
    preload: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables, such as PYTHONPATH with the book's folder."""


def install(
    book: str, kernels: Sequence[InstalledKernel], prefix: Path | None = None
) -> list[Path]:
    """Write a kernelspec named ``<book>-<edition>`` for each kernel, in the user's Jupyter folder
    or under ``prefix``; their folders. Raises OSError where that cannot be written."""
    manager, folders = KernelSpecManager(), []
    for kernel in kernels:
        argv = figure_argv(kernel.python, kernel.figures)
        if kernel.preamble:
            argv.append(f"--IPKernelApp.exec_lines={kernel.preamble}")
        spec = KernelSpec(
            argv=argv,
            display_name=kernel.title,
            language="python",
            env=dict(kernel.env),
            metadata=warm_metadata(kernel.preload),
        )
        name = re.sub(r"[^a-z0-9._-]+", "-", f"{book}-{kernel.edition}".lower()).strip("-")
        with tempfile.TemporaryDirectory(prefix="imprint-") as folder:
            (Path(folder) / "kernel.json").write_text(spec.to_json(), "utf-8")
            where = manager.install_kernel_spec(
                folder, name, user=prefix is None, prefix=prefix and str(prefix)
            )
        folders.append(Path(where))
    return folders
