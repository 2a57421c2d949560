"""An attempt at a run: its notebook executed once by papermill, in a fresh kernel."""

import os
import re
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.parameterize import parameterize_notebook

from imprint.execution.engine import OUTPUTS_WITHIN
from imprint.execution.kernelspecs import KERNEL_LOG, kernel_name
from imprint.execution.run import Failure, Result, Run

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TRACEBACK_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")
START_TIMEOUT = 60.0
"""Seconds that a kernel may take to start."""


class Stop:
    """Lets one thread end all runs: their kernels are killed and no new one starts."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._managers: set[Any] = set()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def watch(self, manager: Any) -> None:
        with self._lock:
            self._managers.add(manager)

    def forget(self, manager: Any) -> None:
        with self._lock:
            self._managers.discard(manager)

    def now(self) -> None:
        self._event.set()
        with self._lock:
            managers = list(self._managers)
        for manager in managers:
            manager.kill_now()


def execute(run: Run, stop: Stop, cell_started: Callable[[Run, int], None]) -> Result:
    """Execute one run in a fresh kernel; whatever goes wrong comes back as a Failure."""
    began, since = time.time(), time.monotonic()
    manager: Any = None
    late = threading.Event()

    def started(new: Any) -> None:
        nonlocal manager
        manager = new
        stop.watch(manager)

    def too_late() -> None:
        late.set()
        if manager is not None:
            manager.kill_now()

    alarm = None
    node = run.executable
    current: int | None = None

    def on_cell(index: int) -> None:
        nonlocal current
        if stop:  # it came while the kernel was starting and could not be killed
            raise DeadKernelError("stopped")
        current = index
        cell_started(run, index)

    failure = None
    log = tempfile.NamedTemporaryFile(prefix="imprint-")
    try:
        node.metadata.setdefault("papermill", NotebookNode())
        node = _with_parameters(run)
        if run.notebook_timeout:
            alarm = threading.Timer(run.notebook_timeout, too_late)
            alarm.daemon = True
            alarm.start()
        if stop:
            raise DeadKernelError("stopped")
        papermill_engines.execute_notebook_with_engine(
            "imprint",
            node,
            kernel_name=kernel_name(node),
            progress_bar=False,
            spec=run.spec,
            env={**os.environ, **run.env, KERNEL_LOG: log.name},
            cwd=run.folder,
            log=log,
            start_timeout=START_TIMEOUT,
            execution_timeout=run.cell_timeout,
            allow_errors=run.allow_errors,
            started=started,
            cell_started=on_cell,
        )
        failure = None if run.allow_errors else _failed_cell(run, node)
    except NoSuchKernel as error:
        failure = Failure("no kernel", f"no kernel named {error.name!r} is installed")
    except CellTimeoutError:
        message = f"a cell took longer than {run.cell_timeout or OUTPUTS_WITHIN:g} s"
        failure = _at(run, node, current, "timeout", message)
    except Exception as error:  # of whatever kind: one notebook stops no other
        if stop:
            failure = _at(run, node, current, "interrupted", "interrupted")
        elif late.is_set():
            message = f"the notebook took longer than {run.notebook_timeout:g} s"
            failure = _at(run, node, current, "timeout", message)
        elif isinstance(error, DeadKernelError):
            failure = _dead(run, node, current, manager, _words(log))
        elif current is None:
            failure = _not_started(error, _words(log))
        else:
            failure = _at(run, node, current, "error", f"{type(error).__name__}: {error}",
                          traceback.format_exc())  # fmt: skip
    finally:
        if alarm:
            alarm.cancel()
        if manager is not None:
            manager.kill_now()
            stop.forget(manager)
        log.close()
    for cell in node.cells:
        cell.outputs = _joined(cell.outputs)
    return Result(
        run, time.monotonic() - since, node, failure, _cell_seconds(node), began,
        peak_memory=getattr(_exit(manager), "peak_memory", None),
    )  # fmt: skip


def thread_env(threads: int) -> dict[str, str]:
    """Environment variables that hold numerical libraries to ``threads`` threads."""
    names = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "BLIS")
    return {f"{name}_NUM_THREADS": str(threads) for name in names}


def _with_parameters(run: Run) -> Any:
    """The notebook with its parameters injected by papermill after the parameters cell."""
    if not run.parameters:
        return run.executable
    return parameterize_notebook(run.executable, dict(run.parameters), kernel_name="python3",
                                 language="python")  # fmt: skip


def _failed_cell(run: Run, node: Any) -> Failure | None:
    """The cell at which papermill stopped, if it did."""
    for position, cell in enumerate(node.cells):
        if not cell.metadata.get("papermill", {}).get("exception"):
            continue
        for output in cell.outputs:
            if output.output_type == "error":
                log = ANSI.sub("", "\n".join(output.traceback))
                message = f"{output.ename}: {output.evalue}".strip().splitlines()
                found = TRACEBACK_LINE.search(log)  # the first frame is the failing cell's own
                row = int(found.group(1)) if found else 1
                return _at(run, node, position, "error", message[0] if message else "", log, row)
        # IPython prints the mistakes of its own commands and sends no error
        said = [output.text for output in cell.outputs if output.get("name") == "stderr"]
        log = ANSI.sub("", "".join(said)).strip() or "the cell failed"
        return _at(run, node, position, "error", log.splitlines()[-1], log)
    return None


def _exit(manager: Any) -> Any:
    """How the kernel ended, where that is known."""
    return getattr(manager, "exit", None)


def _dead(run: Run, node: Any, position: int | None, manager: Any, words: str) -> Failure:
    """A kernel that ended before its cells did."""
    end = _exit(manager)
    kind = "out of memory" if end and end.out_of_memory else "dead kernel"
    said = f"the kernel died: {end}" if end and not end.killed else "the kernel died"
    return _at(run, node, position, kind, said, words)


def _not_started(error: Exception, words: str) -> Failure:
    """A kernel that no cell reached; its own last words say most."""
    said = [line for line in ANSI.sub("", words).splitlines() if line.strip()]
    message = said[-1].strip() if said else str(error)
    return Failure("no kernel", f"the kernel did not start: {message}", log=f"{error}\n\n{words}")


def _words(log: IO[bytes]) -> str:
    """What the kernel's process wrote past Jupyter."""
    log.seek(0)
    return log.read().decode("utf-8", "replace")


def _joined(outputs: list) -> list:
    """Outputs with each run of pieces of one stream in one: where they were cut is chance."""
    joined: list = []
    for output in outputs:
        last = joined[-1] if joined else None
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _at(
    run: Run, node: Any, position: int | None, kind: Any, message: str, log: str = "",
    row: int = 1,
) -> Failure:  # fmt: skip
    """A Failure in the executed notebook's cell at ``position``, on its line ``row`` from 1."""
    index = None
    if position is not None:
        index = node.cells[position].metadata.get("imprint", {}).get("cell")
    line = None
    if index is not None:
        lines = run.lines[index]
        line = lines[min(row, len(lines)) - 1]
    return Failure(kind, message, index, line, log or message)


def _cell_seconds(node: Any) -> dict[int, float]:
    return {
        cell.metadata.imprint.cell: cell.metadata.papermill.duration
        for cell in node.cells
        if "imprint" in cell.metadata and cell.metadata.get("papermill", {}).get("duration")
    }


def interpreter_env(root: Path, threads: int, gpus: list[str]) -> dict[str, str]:
    """What every kernel finds in its environment: the book's root on the import path, its
    share of threads, the GPUs it was given and no others, and no clock in its figures."""
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    return {
        **thread_env(threads),
        "PYTHONPATH": path,
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "0",
        "CUDA_VISIBLE_DEVICES": ",".join(gpus),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
