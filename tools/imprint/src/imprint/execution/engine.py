"""The papermill engine: one notebook in one fresh kernel of a given environment.

papermill loads this module by its entry point, while it is imported itself: nobody may import
this before papermill.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellExecutionError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine

from imprint.execution.kernels import Manager, kernel_manager

OUTPUTS_WITHIN = 600
"""Seconds for a cell's last outputs to be read once it has ended. nbclient gives up after 4,
however many they are and however busy the machine."""
LAST_WORDS = 0.1
"""Seconds in which what a dead kernel sent before its end may still arrive."""


class NotebookClient(PapermillNotebookClient):
    """papermill's client in one go: the loop of a run is entered once, and the end of the kernel
    is an event."""

    km: Manager

    async def run(self, **start: Any) -> None:
        """Start the kernel, execute the cells, end the kernel. ``start`` are start_kernel's."""
        self.reset_execution_trackers()
        now = True  # who hangs or dies is not asked politely
        try:
            await self.async_start_new_kernel(**start)
            await self.async_start_new_kernel_client()
            assert self.kc is not None
            await self._cells()
            self.nb.metadata["language_info"] = self.kc.info["language_info"]
            self.set_widgets_metadata()
            now = self.shutdown_kernel == "immediate"
        finally:
            if self.kc is not None:
                self.kc.stop_channels()
            if self.km is not None:
                await self.km.shutdown_kernel(now=now)

    async def _cells(self) -> None:
        for index, cell in enumerate(self.nb.cells):
            try:
                self.nb_man.cell_start(cell, index)
                await self.async_execute_cell(cell, index)
            except CellExecutionError as error:
                self.nb_man.cell_exception(cell, cell_index=index, exception=error)
                break
            finally:
                self.nb_man.cell_complete(cell, cell_index=index)

    async def async_execute_cell(self, *args: Any, **kwargs: Any) -> Any:
        """As nbclient does; DeadKernelError as soon as the kernel has died."""
        provisioner = self.km.provisioner
        if not hasattr(provisioner, "ended"):
            return await super().async_execute_cell(*args, **kwargs)
        if provisioner.exit:
            raise DeadKernelError("Kernel died")
        cell = asyncio.ensure_future(super().async_execute_cell(*args, **kwargs))
        ended = asyncio.ensure_future(provisioner.ended())
        try:
            await asyncio.wait({cell, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not cell.done():
                await asyncio.wait({cell}, timeout=LAST_WORDS)
            if not cell.done():
                raise DeadKernelError("Kernel died")
            return cell.result()
        finally:
            ended.cancel()
            if not cell.done():
                cell.cancel()
                await asyncio.gather(cell, return_exceptions=True)

    execute_cell = run_sync(async_execute_cell)


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
        started: Callable[[Manager], None] = lambda manager: None,
        cell_started: Callable[[int], None] = lambda index: None,
        **options: Any,
    ) -> None:
        """Execute every cell.

        ``spec`` is the kernel to start (None: the installed one named ``kernel_name``);
        ``started`` receives its manager before it starts, whose ``exit`` says how it ended;
        ``cell_started`` each cell's index; ``log`` what the kernel's process writes past
        Jupyter. ``options`` are nbclient's. Raises nbclient's CellTimeoutError and
        DeadKernelError.
        """
        known = PapermillNotebookClient.class_trait_names()
        options = {key: value for key, value in options.items() if key in known}
        settings: dict[str, Any] = {"stdout": log, "stderr": log} if log else {}
        if env is not None:
            settings["env"] = dict(env)
        if cwd is not None:
            settings["cwd"] = str(cwd)
        with kernel_manager(kernel_name, spec) as manager:
            started(manager)
            client = NotebookClient(
                nb_man,
                km=manager,
                kernel_name=kernel_name,
                startup_timeout=start_timeout,
                timeout_func=lambda cell: execution_timeout,  # the trait takes whole seconds
                log_output=log_output,
                on_cell_start=lambda cell, cell_index: cell_started(cell_index),
                **{"iopub_timeout": OUTPUTS_WITHIN, **options},
            )
            _complete(lambda: client.run(**settings))


def _complete(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine to its end in a loop of its own, also where the caller runs in one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(work())
        return
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_complete, work).result()
