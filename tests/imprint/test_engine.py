"""The papermill engine ``imprint``: what papermill's own does, without its waiting."""

import asyncio
import gc
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from imprint.execution import warm
from imprint.execution.kernels import kernel_manager
from imprint.execution.kernelspecs import FIGURE_FORMATS, ipython
from imprint.execution.warm.kernelspecs import InstalledKernel, install
from jupyter_client.kernelspec import KernelSpec
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from tests.imprint.processes import eventually, lives

pytestmark = pytest.mark.xdist_group("engine")
PYTHON = Path(sys.executable)
WARM = ipython(PYTHON, "", FIGURE_FORMATS, ["json"])
PLAIN = ipython(PYTHON)


@pytest.fixture(autouse=True, scope="module")
def servers():
    yield
    warm.stop_all()


def notebook(*cells: str) -> Any:
    node = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    node.metadata["papermill"] = nbformat.NotebookNode()
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    for cell in node.cells:
        cell.metadata["tags"] = []
    return node


def run(node: Any, spec: KernelSpec | None = WARM, engine: str = "imprint", **options: Any) -> Any:
    """The kernel's manager after the notebook was executed."""
    managers: list[Any] = []
    if engine == "imprint":
        options |= {"spec": spec, "started": managers.append}
    papermill_engines.execute_notebook_with_engine(
        engine, node, "python3", progress_bar=False, **options
    )
    return managers[0] if managers else None


@pytest.fixture
def installed(tmp_path, monkeypatch) -> str:
    """The name of a warm kernel that Jupyter finds by itself."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share/jupyter"))
    kernel = InstalledKernel("torch", "PyTorch", PYTHON, preload=["json"])
    (folder,) = install("book", [kernel], tmp_path)
    return folder.name


@pytest.mark.parametrize("kernel", ["warm", "plain"])
def test_papermill_executes_with_it_as_with_any_engine(tmp_path, installed, kernel):
    node = notebook("rate = 1", "import os; print(rate, os.getcwd())", "rate")
    node.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(node, tmp_path / "in.ipynb")
    papermill.execute_notebook(
        tmp_path / "in.ipynb", tmp_path / "out.ipynb", {"rate": 7}, engine_name="imprint",
        kernel_name=installed if kernel == "warm" else "python3", cwd=tmp_path, progress_bar=False,
    )  # fmt: skip
    out = nbformat.read(tmp_path / "out.ipynb", 4)
    nbformat.validate(out)
    assert out.cells[2].outputs[0].text == f"7 {tmp_path}\n"
    assert out.cells[3].outputs[0].data == {"text/plain": "7"}
    assert out.metadata.papermill.exception is None
    assert all(cell.metadata.papermill.status == "completed" for cell in out.cells)
    assert out.metadata.language_info.name == "python"


def test_the_command_line_of_papermill_takes_it(tmp_path, installed):
    nbformat.write(notebook("print('from the command line')"), tmp_path / "in.ipynb")
    command = [PYTHON, "-m", "papermill", "in.ipynb", "out.ipynb", "--engine", "imprint"]
    done = subprocess.run(
        [*command, "-k", installed], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    out = nbformat.read(tmp_path / "out.ipynb", 4)
    assert out.cells[0].outputs[0].text == "from the command line\n"


def test_what_comes_out_is_what_papermills_own_engine_makes():
    # Flushed, or the kernel sends what its two streams hold in an order of its own.
    both = "import sys; print(1, flush=True); print(2, file=sys.stderr, flush=True)"
    cells = (both, "3", "", "1 / 0", "print('never')")
    made = []
    for engine in ("imprint", "nbclient"):
        node = notebook(*cells)
        node.cells.insert(1, new_markdown_cell("prose", metadata={"tags": []}))
        run(node, PLAIN, engine)
        for cell in (node, *node.cells):
            for name in ("start_time", "end_time", "duration"):
                cell.metadata.papermill[name] = None
            cell.metadata.pop("execution", None)
            cell.pop("id", None)
        for output in node.cells[-2].outputs:
            output.traceback = []
        made.append(node)
    assert made[0].metadata == made[1].metadata
    for ours, theirs in zip(made[0].cells, made[1].cells, strict=True):
        assert ours == theirs


def test_the_first_failing_cell_ends_the_run_unless_errors_are_allowed(tmp_path, installed):
    node = notebook("1 / 0", "print('after')")
    run(node)
    assert node.cells[0].metadata.papermill.exception is True
    assert node.cells[1].outputs == []
    allowed = notebook("1 / 0", "print('after')")
    run(allowed, allow_errors=True)
    assert allowed.cells[1].outputs[0].text == "after\n"
    nbformat.write(notebook("1 / 0"), tmp_path / "in.ipynb")
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        papermill.execute_notebook(
            tmp_path / "in.ipynb", tmp_path / "out.ipynb", engine_name="imprint",
            kernel_name=installed, progress_bar=False,
        )  # fmt: skip


@pytest.mark.parametrize("spec", [WARM, PLAIN], ids=["warm", "plain"])
def test_a_cell_that_takes_too_long_ends_the_run_and_its_kernel(spec):
    node = notebook("import os; print(os.getpid(), flush=True)", "while True: pass")
    with pytest.raises(CellTimeoutError):
        run(node, spec, execution_timeout=1)
    assert not lives(int(node.cells[0].outputs[0].text))


def test_a_kernel_that_dies_while_it_starts_is_noticed_at_once():
    spec = ipython(PYTHON, preload=["json"])
    spec.argv.append("--IPKernelApp.exec_lines=import os; os._exit(5)")
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="exit code 5, before it answered"):
        run(notebook("1"), spec)
    assert time.monotonic() - began < 20  # start_timeout is 60


@pytest.mark.parametrize("spec", [WARM, PLAIN], ids=["warm", "plain"])
def test_exit_handlers_run_but_nobody_waits_long_for_them(spec, tmp_path):
    cell = f"""\
import atexit, threading
@atexit.register
def last():
    open({str(tmp_path / "left")!r}, "w").write("handled")
    threading.Event().wait()
"""
    manager = run(notebook(cell), spec)
    assert (tmp_path / "left").read_text() == "handled"
    assert manager.exit.killed


def test_runs_leave_nothing_in_this_process_or_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def state() -> tuple[int, int, int]:
        files = [path for path in tmp_path.iterdir() if path.name.startswith("imprint-")]
        return len(os.listdir("/proc/self/fd")), threading.active_count(), len(files)

    run(notebook("1"))
    run(notebook("1"), PLAIN)
    before = state()
    gc.disable()  # nothing is left to it
    for _ in range(4):
        run(notebook("1"))
        with pytest.raises(DeadKernelError):
            run(notebook("import os; os._exit(1)"))
        with pytest.raises(CellTimeoutError):
            run(notebook("import time; time.sleep(100)"), execution_timeout=0.2)
    run(notebook("1"), PLAIN)
    same = eventually(lambda: state() == before)  # zmq closes sockets in a thread of its own
    gc.enable()
    assert same, (state(), before)


@pytest.mark.parametrize("spec", [WARM, PLAIN], ids=["warm", "plain"])
def test_no_output_is_lost_however_late_it_is_read(spec):
    """ZeroMQ alone drops what is published beyond a thousand messages that nobody has read."""
    published = 5000

    async def read() -> list[str]:
        with kernel_manager("python3", spec) as manager:
            await manager.start_kernel()
            client = manager.client()
            client.start_channels()
            await client.wait_for_ready(60)
            number = client.execute(f"for i in range({published}): display(i)")
            while (await client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != number:
                pass
            shown: list[str] = []
            while len(shown) < published:
                message = await client.get_iopub_msg(timeout=60)
                if message["msg_type"] == "display_data":
                    shown.append(message["content"]["data"]["text/plain"])
            client.stop_channels()
            await manager.shutdown_kernel()
        return shown

    assert asyncio.run(read()) == [str(number) for number in range(published)]


def test_outputs_that_come_long_after_the_end_of_their_cell_are_waited_for():
    """nbclient alone gives up after 4 s, which a busy machine and many outputs may take."""
    late = """\
import time
kernel = get_ipython().kernel
def send(*args, send=kernel.session.send, **options):
    sent = send(*args, **options)
    if "execute_reply" in args[1:2]:  # what is published after it waits in a thread of its own
        kernel.iopub_thread.schedule(lambda: time.sleep(5))
    return sent
kernel.session.send = send
print("said")"""
    node = notebook(late)
    run(node)
    assert node.cells[0].outputs[0].text == "said\n"


def test_a_temporary_folder_with_a_long_name_is_no_obstacle(tmp_path, monkeypatch):
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    node = notebook("print('reached')")
    run(node)
    assert node.cells[0].outputs[0].text == "reached\n"


def test_another_provisioner_that_a_kernelspec_names_is_used():
    spec = ipython(PYTHON)
    spec.metadata["kernel_provisioner"] = {"provisioner_name": "local-provisioner"}
    node = notebook("print('local')")
    manager = run(node, spec)
    assert type(manager.provisioner).__name__ == "LocalProvisioner"
    assert node.cells[0].outputs[0].text == "local\n"


def test_ctrl_c_ends_the_kernel_and_is_raised(tmp_path):
    script = """\
import sys
from tests.imprint.test_engine import notebook, run
node = notebook(sys.argv[1], "import time; time.sleep(1000)")
try:
    run(node, cell_started=lambda index: index and print("going", flush=True))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    cell = f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))"
    with subprocess.Popen(
        [PYTHON, "-c", script, cell], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "going\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        assert process.wait(20) == 0
    assert not lives(int((tmp_path / "pid").read_text()))


def test_a_warm_run_costs_a_quarter_of_a_plain_one_at_most():
    spec = ipython(PYTHON, "", FIGURE_FORMATS, ["numpy", "pandas", "matplotlib.pyplot"])
    cold = ipython(PYTHON, "", FIGURE_FORMATS)
    cell = "import numpy, pandas, matplotlib.pyplot"
    run(notebook(cell), spec)
    run(notebook(cell), cold)
    took: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(5):
        for is_warm in took:
            began = time.monotonic()
            manager = run(notebook(cell), spec if is_warm else cold)
            took[is_warm].append(time.monotonic() - began)
            assert not is_warm or str(manager.exit) == "it ended itself with exit code 0"
    assert statistics.median(took[True]) < statistics.median(took[False]) / 4
