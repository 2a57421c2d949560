"""The papermill engine: one notebook in one fresh kernel of a given environment."""

import logging
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine

logging.getLogger("asyncio").setLevel(logging.CRITICAL)
# nbclient leaves a task behind where a kernel dies or a cell takes too long; asyncio says so

FIGURE_FORMATS = ("svg", "pdf")
"""Each figure comes in both, so that website and LaTeX take theirs and nothing is converted."""
KERNEL_LOG = "IMPRINT_KERNEL_LOG"
"""The environment variable that names the file of a kernel's last words."""
GUARDED = """\
try:
    exec({!r}, globals())
except BaseException:
    import os, traceback
    with open(os.environ["IMPRINT_KERNEL_LOG"], "a") as log:
        log.write(traceback.format_exc())
    os._exit(1)
"""
"""A preamble whose mistakes end the kernel: IPython alone would say nothing and go on. They are
written to the log by name, because the kernel's own streams end with it, unread."""


class OneSpec(KernelSpecManager):
    """Knows one kernel by whatever name it is asked for."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self.spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self.spec


def ipython(python: Path, preamble: str = "", figures: tuple[str, ...] = ()) -> KernelSpec:
    """The IPython kernel of an interpreter, which keeps no history and first runs the
    preamble."""
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    argv += ["--HistoryManager.enabled=False"]
    argv += [f"--InlineBackend.figure_formats={name}" for name in figures]
    if figures:
        argv += ["--InlineBackend.rc", "svg.hashsalt=imprint"]
    if preamble:
        argv += [f"--IPKernelApp.exec_lines={GUARDED.format(preamble)}"]
    return KernelSpec(argv=argv, display_name="Python 3", language="python")


class Engine(NBClientEngine):
    """papermill's own engine, with the kernel, its environment and its folder given."""

    @classmethod
    def execute_managed_notebook(  # noqa: PLR0913
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        start_timeout: float = 60,
        execution_timeout: float | None = None,
        *,
        spec: KernelSpec | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        log: IO[bytes] | None = None,
        started: Callable[[AsyncKernelManager], None] = lambda manager: None,
        cell_started: Callable[[int], None] = lambda index: None,
        **options: Any,
    ) -> None:
        """Execute every cell.

        ``spec`` is the kernel to start (None: the installed one named ``kernel_name``);
        ``started`` receives its manager before it starts; ``cell_started`` each cell's
        index; ``log`` what the kernel's process writes past Jupyter. ``options`` are
        nbclient's. Raises nbclient's CellTimeoutError and DeadKernelError.
        """
        options = {
            key: value
            for key, value in options.items()
            if key in PapermillNotebookClient.class_trait_names()
        }
        with tempfile.TemporaryDirectory(prefix="imprint-") as folder:
            manager = kernel_manager(kernel_name, spec, Path(folder))
            started(manager)
            client = PapermillNotebookClient(
                nb_man,
                km=manager,
                kernel_name=kernel_name,
                startup_timeout=start_timeout,
                timeout=execution_timeout,
                on_cell_start=lambda cell, cell_index: cell_started(cell_index),
                **options,
            )
            settings: dict[str, Any] = {"stdout": log, "stderr": log} if log else {}
            if env is not None:
                settings["env"] = dict(env)
            client.execute(cleanup_kc=True, cwd=str(cwd) if cwd else None, **settings)


def kernel_manager(kernel_name: str, spec: KernelSpec | None, folder: Path) -> AsyncKernelManager:
    """The manager of a kernel that talks through sockets in ``folder``, where no other
    process can take a port or listen."""
    manager = AsyncKernelManager(kernel_name=kernel_name)
    manager.connection_file = str(folder / "kernel.json")
    if sys.platform != "win32":
        manager.transport, manager.ip = "ipc", str(folder / "kernel")
    if spec is not None:
        manager.kernel_spec_manager = OneSpec(spec)
    return manager
