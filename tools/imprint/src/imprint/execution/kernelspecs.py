"""Kernelspecs: how the kernel of an interpreter is started."""

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

from imprint.execution.warm.provisioner import NAME

FIGURE_FORMATS = ("svg", "pdf")
"""Each figure comes in both, so that website and LaTeX take theirs and nothing is converted."""
KERNEL_LOG = "IMPRINT_KERNEL_LOG"
"""The environment variable that names the file of a kernel's last words."""
PYTHON = ("python", f"python{sys.version_info[0]}", "python{}.{}".format(*sys.version_info))
GUARDED = """\
try:
    exec({!r}, globals())
except BaseException:
    import os, traceback
    *lines, last = traceback.format_exc().strip().splitlines()
    with open(os.environ["IMPRINT_KERNEL_LOG"], "a") as log:
        log.write("\\n".join([*lines, "its preamble failed: " + last]))
    os._exit(1)
"""
"""A preamble whose mistakes end the kernel: IPython alone would say nothing and go on. They are
written to the log by name, because the kernel's own streams end with it, unread."""


def ipython(
    python: Path,
    preamble: str = "",
    figures: tuple[str, ...] = (),
    preload: Sequence[str] | None = None,
    careful: bool = False,
) -> KernelSpec:
    """The IPython kernel of an interpreter, which keeps no history and first runs the
    preamble; forked from a server that has imported ``preload``, unless that is None.
    ``careful``: nobody gave that list; only what leaves no trace is imported of it."""
    argv = [*figure_argv(python, figures), "--HistoryManager.enabled=False"]
    if preamble:
        argv += [f"--IPKernelApp.exec_lines={GUARDED.format(preamble)}"]
    metadata = {} if preload is None else warm_metadata(preload, careful)
    return KernelSpec(argv=argv, display_name="Python 3", language="python", metadata=metadata)


@cache
def installed(name: str) -> KernelSpec | None:
    """The installed kernel of that name, forked if it is IPython's; None where there is none."""
    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        return None
    if spec.argv[0] in PYTHON:  # Jupyter's word for the interpreter that it runs in
        spec.argv[0] = sys.executable
    if "ipykernel_launcher" in spec.argv and "kernel_provisioner" not in spec.metadata:
        return warm(spec, [])
    return spec


def warm(spec: KernelSpec, preload: Sequence[str]) -> KernelSpec:
    """A copy of an IPython kernelspec whose kernels are forked from a server that has imported
    those of these modules whose import leaves no trace."""
    made = KernelSpec(**spec.to_dict())
    made.metadata = {**spec.metadata, **warm_metadata(preload, careful=True)}
    return made


def undecided(spec: KernelSpec | None) -> list[str] | None:
    """What the server of a kernel imports, if nobody gave a list of it."""
    config = spec.metadata.get("kernel_provisioner", {}).get("config", {}) if spec else {}
    return config["preload"] if config.get("careful") else None


def kernel_name(node: Any) -> str:
    """The kernel that a notebook names."""
    return node.metadata.get("kernelspec", {}).get("name", "python3")


def warm_metadata(preload: Sequence[str], careful: bool = False) -> dict[str, Any]:
    """The metadata by which a kernelspec asks for warm kernels."""
    config = {"preload": list(preload), **({"careful": True} if careful else {})}
    return {"kernel_provisioner": {"provisioner_name": NAME, "config": config}}


def figure_argv(python: Path, figures: Sequence[str]) -> list[str]:
    """The command of an interpreter's IPython kernel that draws figures in these formats."""
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    argv += [f"--InlineBackend.figure_formats={name}" for name in figures]
    return argv + (["--InlineBackend.rc", "svg.hashsalt=imprint"] if figures else [])
