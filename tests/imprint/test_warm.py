"""Warm kernels: what a forked kernel shows, sees and leaves behind is what a kernel started anew
would; and whatever dies is replaced, noticed at once and called by its name."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jupyter_client
import nbformat
import pytest
from imprint.execution import kernelspecs, warm
from imprint.execution.attempt import ANSI
from imprint.execution.kernelspecs import FIGURE_FORMATS, ipython
from imprint.execution.warm import client as servers
from imprint.execution.warm.kernelspecs import InstalledKernel, install
from imprint.execution.warm.server.processes import Killings
from jupyter_client.kernelspec import KernelSpec
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook
from papermill.engines import papermill_engines

from tests.imprint.conftest import write
from tests.imprint.processes import control_group, eventually, lives

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork"),
    pytest.mark.xdist_group("warm"),
]
PYTHON = Path(sys.executable)
ROOT = Path(__file__).parents[2]
MXNET = ROOT / ".venv-mxnet/bin/python"
ENV = {
    "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "OMP_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1", "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "0",
    "LANG": "C.UTF-8",
}  # fmt: skip


@pytest.fixture(autouse=True)
def notices() -> Iterator[list[str]]:
    """What is told while a test runs; its servers end with it."""
    told: list[str] = []
    warm.on_notice(told.append)
    yield told
    warm.stop_all()
    servers._told.clear()
    warm.on_notice(servers.log.warning)


class Ran:
    """One notebook that was run, with its kernel's manager."""

    def __init__(
        self, cells: Sequence[str], cwd: Path | str = "/", env: dict[str, str] | None = None,
        preload: Sequence[str] | None = ("json",), python: Path = PYTHON, preamble: str = "",
        spec: KernelSpec | None = None, **options: Any,
    ) -> None:  # fmt: skip
        self.manager: Any = None
        self.node = new_notebook(cells=[new_code_cell(cell) for cell in cells])
        for cell in self.node.cells:
            cell.metadata["tags"] = ["raises-exception"]
        self.node.metadata["papermill"] = nbformat.NotebookNode()
        self.error: Exception | None = None
        began = time.monotonic()
        try:
            papermill_engines.execute_notebook_with_engine(
                "imprint", self.node, "python3", progress_bar=False,
                spec=spec or ipython(python, preamble, FIGURE_FORMATS, preload),
                env=ENV | (env or {}), cwd=Path(cwd), started=self._started, **options,
            )  # fmt: skip
        except DeadKernelError as error:
            self.error = error
        self.seconds = time.monotonic() - began

    def _started(self, manager: Any) -> None:
        self.manager = manager

    @property
    def forked(self) -> bool:
        return self.manager.provisioner.forked

    @property
    def exit(self) -> warm.Exit:
        return self.manager.exit

    @property
    def outputs(self) -> list[list[Any]]:
        return [cell.outputs for cell in self.node.cells]

    @property
    def texts(self) -> list[str]:
        """What each cell printed, or showed as text."""
        return [
            "".join(out.get("text") or out.get("data", {}).get("text/plain", "") for out in cell)
            for cell in self.outputs
        ]


def the_server() -> servers.Server:
    (server,) = servers._servers.values()
    return server


def importable(tmp_path: Path, name: str, text: str) -> dict[str, str]:
    """A module of that text; the environment in which it can be imported."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    os.utime(tmp_path / name, (1, 1))
    return {"PYTHONPATH": str(tmp_path)}


# ---- like a plain kernel -------------------------------------------------------------------------

ORDINARY = """\
import os; 1
---
x = 40; x + 2
---
print("out"); import sys; print("err", file=sys.stderr)
---
def echoed(stream, act):  # until ipykernel's own thread has read what was written past Python
    copy = stream._original_stdstream_copy
    (read, write), kept = os.pipe(), os.dup(copy)
    os.dup2(write, copy); act(); os.read(read, 100); os.dup2(kept, copy)
    for fd in (read, write, kept): os.close(fd)

echoed(sys.stderr, lambda: os.write(2, b"from C\\n"))
echoed(sys.stdout, lambda: os.system("echo child"))
---
import matplotlib.pyplot as plt; plt.figure(figsize=(2, 1)); plt.plot([1, 3, 2], label="$x^2$"); plt.legend();
---
%matplotlib inline
---
plt.figure(figsize=(2, 1)); plt.plot([3, 2]);
---
%env PACE
---
%pwd
---
%nothing
---
def inner():
    return {}["key"]


inner()
---
y = = 2
---
input("Who? ")
---
import asyncio; await asyncio.sleep(0, "awaited")
---
import subprocess; subprocess.run(["echo", "hello"], capture_output=True, text=True).stdout
---
!echo shell $PACE
---
import multiprocessing
def square(x): return x * x
with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(square, range(4)))
---
sys.argv[0], len(sys.argv), sys.path[:3], sys.flags, sys.orig_argv[:3]
---
__name__, sorted(vars(sys.modules["__main__"]))[:6], hasattr(sys.modules["__main__"], "__file__")
---
import signal; [(s.name, signal.getsignal(s)) for s in signal.Signals if not callable(signal.getsignal(s))]
---
import threading, re; sorted(re.sub("[0-9]", "", t.name) for t in threading.enumerate())
---
import gc, tempfile, locale; gc.isenabled(), tempfile.gettempdir(), locale.getlocale(), os.getpid() == os.getpgrp() == os.getsid(0)
---
sorted(set(os.environ) - {"JPY_PARENT_PID"}), os.environ["JPY_PARENT_PID"] == str(os.getppid())
---
sorted(int(fd) for fd in os.listdir("/proc/self/fd") if os.readlink(f"/proc/self/fd/{fd}").endswith(".py")), sys.stdin
---
from IPython.display import display, HTML, clear_output; display(HTML("<b>x</b>")); clear_output(); display(1)
---
h = display("before", display_id="d"); h.update("after")
---
import warnings, logging; warnings.warn("careful"); logging.warning("logged")
---
import comm; comm.create_comm(target_name="t", data={"a": 1}).comm_id != ""
---
hash("text"), sys.getrecursionlimit(), __builtins__.__name__, _, len(In)
---
from inspect import getsource; print(getsource(square)); %who
---
import faulthandler; faulthandler.enable(); sys.stdout.isatty(), type(sys.stdout).__name__
---
import atexit; atexit.register(lambda: open("left.txt", "w").write("handled")); None
"""  # noqa: E501


def same(outputs: list) -> Any:
    """Outputs without what differs from process to process."""
    streams: dict[str, str] = {}  # where one is cut, and which is read first, is chance
    others = []
    for output in outputs:
        if output.output_type == "stream":
            streams[output.name] = streams.get(output.name, "") + output.text
        else:
            others.append(json.loads(json.dumps(output)))
    joined = [{"name": name, "text": streams[name]} for name in sorted(streams)] + others
    text = json.dumps(joined)
    text = re.sub(r"0x[0-9a-f]+|ipykernel_\d+|<timed[^>]*>|/tmp/[\w/-]+\.py", "~", text)
    return json.loads(text)


def test_a_warm_kernel_shows_all_that_a_plain_one_does(tmp_path):
    cells = ORDINARY.split("\n---\n")
    found = {}
    for name, preload in (("plain", None), ("warm", ["numpy", "matplotlib.pyplot"])):
        ran = Ran(cells, tmp_path, {"PACE": "fast"}, preload)
        assert ran.forked == (name == "warm")
        assert (tmp_path / "left.txt").read_text() == "handled"
        (tmp_path / "left.txt").unlink()
        found[name] = [same(outputs) for outputs in ran.outputs]
    for cell, plain, forked in zip(cells, found["plain"], found["warm"], strict=True):
        assert forked == plain, cell
    for figure in (found["warm"][4], found["warm"][6]):
        assert {"image/svg+xml", "application/pdf"} <= set(figure[-1]["data"])
    said = ANSI.sub("", "".join(found["warm"][10][0]["traceback"]))
    assert "Cell In[11], line 5" in said


def test_every_run_has_a_process_and_names_of_its_own():
    first = Ran(["import os; leaked = os.getpid(); leaked", "import json; json.leaked = 1"])
    second = Ran(["import os; os.getpid()", "'leaked' in dir()", "hasattr(json, 'leaked')"])
    assert first.forked and second.forked
    assert first.texts[0] != second.texts[0]
    assert second.texts[1] == "False"


def test_generators_nobody_seeded_differ_from_run_to_run():
    cells = ["import random; random.random()", "import numpy; numpy.random.rand()"]
    drawn = [Ran(cells, preload=["numpy.random"]).texts for _ in range(3)]
    assert len({first for first, _ in drawn}) == len({second for _, second in drawn}) == 3
    seeded = "import random, numpy; random.seed(0); numpy.random.seed(0)"
    first, second = [Ran(cells, preload=["numpy.random"], preamble=seeded) for _ in range(2)]
    assert first.texts == second.texts


# ---- what is applied to each run -----------------------------------------------------------------

SEEN = """\
import ctypes, os
getenv = ctypes.CDLL(None).getenv; getenv.restype = ctypes.c_char_p
names = ["PACE", "CUDA_VISIBLE_DEVICES", "TMPDIR", "ONLY"]
print([os.environ.get(n) for n in names] == [(getenv(n.encode()) or b"\\0").decode().strip("\\0") or None for n in names])
print([os.environ.get(n) for n in names], os.getcwd(), __import__("tempfile").gettempdir())
"""  # noqa: E501


def test_environment_and_folder_are_each_runs_own_also_for_c_libraries(tmp_path):
    asks = importable(tmp_path, "asks.py", "import tempfile; tempfile.gettempdir()")
    for pace, gpu, only in (("fast", "0", "x"), ("slow", "1", None)):
        folder = tmp_path / pace
        folder.mkdir()
        env = {"PACE": pace, "CUDA_VISIBLE_DEVICES": gpu, "TMPDIR": str(folder)} | asks
        env |= {"ONLY": only} if only else {}
        ran = Ran([SEEN], folder, env, ["asks"])
        assert ran.forked
        same, seen = ran.texts[0].splitlines()
        assert same == "True"
        assert seen == f"{[pace, gpu, str(folder), only]} {folder} {folder}"
    assert len(servers._servers) == 1


def test_thread_counts_and_hash_seeds_are_really_applied():
    cells = ["import torch; torch.get_num_threads(), hash('text') % 1000003"]
    seen = {
        (threads, seed): Ran(
            cells, env={"OMP_NUM_THREADS": threads, "PYTHONHASHSEED": seed}, preload=["torch"]
        ).texts[0]
        for threads, seed in (("1", "0"), ("2", "0"))
    }
    assert seen["1", "0"].startswith("(1,") and seen["2", "0"].startswith("(2,")
    other = Ran(["hash('text') % 1000003"], env={"PYTHONHASHSEED": "7"})
    assert other.texts[0] not in seen["1", "0"]


IMPORTED = {
    "quiet.py": "import os\nPID = os.getpid()",
    "loud.py": "print('read me')",
    "written.py": "import os\nos.write(2, b'from C')",
    "old.py": "import warnings\nwarnings.warn('old', DeprecationWarning, stacklevel=2)",
    "odd.py": "import warnings\nwarnings.warn('odd indeed')",
    "hushed.py": "import warnings\nwarnings.filterwarnings('ignore', 'nothing')\n"
                 "warnings.warn('hushed inside', DeprecationWarning)",
    "threaded.py": "import threading\nthreading.Timer(99, print).start()",
    "broken.py": "raise RuntimeError('out of order')",
    "deadly.py": "import os\nos._exit(3)",
}  # fmt: skip


def carefully(tmp_path, *names: str, cells: Sequence[str]) -> Ran:
    for name, text in IMPORTED.items():
        env = importable(tmp_path, name, text)
    spec = kernelspecs.warm(ipython(PYTHON, "", FIGURE_FORMATS, []), names)
    return Ran(cells, tmp_path, env, spec=spec)


@pytest.mark.parametrize("loud", ["loud", "written", "old", "odd", "threaded", "broken"])
def test_what_nobody_asked_for_is_imported_early_only_where_that_leaves_no_trace(
    tmp_path, notices, loud
):
    cells = [f"import {loud}", "import quiet, os, sys; quiet.PID == os.getpid()"]
    for name in ("quiet.py", f"{loud}.py"):
        env = importable(tmp_path, name, IMPORTED[name])
    plain = Ran(cells, tmp_path, env, preload=None)
    ran = carefully(tmp_path, "quiet", loud, "hushed", cells=cells)
    assert ran.forked and ran.texts[1] == "False" and plain.texts[1] == "True"
    assert [len(output) for output in ran.outputs] == [len(output) for output in plain.outputs]
    assert ran.texts[0].splitlines()[-1:] == plain.texts[0].splitlines()[-1:]
    assert notices == []


def test_a_server_that_nobody_asked_for_and_that_dies_is_not_missed(tmp_path, notices):
    ran = carefully(
        tmp_path, "quiet", "deadly", cells=["import quiet, os; quiet.PID == os.getpid()"]
    )
    assert ran.forked and ran.texts == ["True"] and notices == []


def test_torch_trains_and_loads_data_with_workers_after_the_fork():
    cells = [
        "import torch; net = torch.nn.Linear(300, 300); x = torch.ones(300, 300)",
        "for _ in range(5): net(x).sum().backward()",
        "data = torch.utils.data.TensorDataset(torch.arange(8))\n"
        "loader = torch.utils.data.DataLoader(data, 4, num_workers=2)\n"
        "[batch.tolist() for (batch,) in loader]",
    ]
    ran = Ran(cells, env={"OMP_NUM_THREADS": "2"}, preload=["torch"])
    assert ran.forked
    assert ran.texts[2] == "[[0, 1, 2, 3], [4, 5, 6, 7]]"


def test_an_import_that_has_computed_in_parallel_does_not_hang_the_kernels(tmp_path):
    env = importable(
        tmp_path, "eager.py", "import torch\ntorch.ones(1000, 1000) @ torch.ones(1000)\n"
    )
    cells = ["import os, torch", "float((torch.ones(999, 999) @ torch.ones(999)).sum())"]
    ran = Ran(cells, env=env | {"OMP_NUM_THREADS": "2"}, preload=["eager"], execution_timeout=60)
    assert ran.forked and ran.texts[1] == "998001.0"


@pytest.mark.skipif(not MXNET.exists(), reason="the environment of the MXNet edition is not there")
def test_mxnet_computes_after_the_fork_in_an_environment_without_imprint(notices):
    cells = [
        "from mxnet import np, npx, autograd; npx.set_np(); x = np.arange(4.0); x.attach_grad()",
        "with autograd.record(): y = (x * x).sum()",
        "y.backward(); x.grad",
        "from mxnet import gluon; d = gluon.data.DataLoader(gluon.data.ArrayDataset(x), 2, num_workers=1)\n"  # noqa: E501
        "[b.tolist() for b in d]",
        "try: import imprint\nexcept ImportError: print('none')",
    ]
    ran = Ran(cells, python=MXNET, preload=["mxnet"])
    assert ran.forked and notices == []
    assert ran.texts[2:] == ["array([0., 2., 4., 6.])", "[[0.0, 1.0], [2.0, 3.0]]", "none\n"]


# ---- what changes under a server -----------------------------------------------------------------


def test_an_edit_of_a_preloaded_module_is_seen_by_the_next_run(tmp_path):
    module = tmp_path / "helper.py"
    module.write_text("value = 'old'\n")
    os.utime(module, (1, 1))
    env = {"PYTHONPATH": str(tmp_path)}
    cells = ["import helper; print(helper.value)"]
    assert Ran(cells, env=env, preload=["helper"]).texts == ["old\n"]
    first = the_server()
    assert Ran(cells, env=env, preload=["helper"]).texts == ["old\n"]
    assert the_server() is first
    module.write_text("value = 'new'\n")
    os.utime(module, (2, 2))
    assert Ran(cells, env=env, preload=["helper"]).texts == ["new\n"]
    assert the_server() is not first
    first.gone.result(20)


def test_a_module_that_keeps_changing_is_read_by_plain_kernels(tmp_path, notices):
    module = tmp_path / "future.py"
    module.write_text("value = 1\n")
    os.utime(module, (time.time() + 1000,) * 2)
    ran = Ran(["import future; print(future.value)"], env={"PYTHONPATH": str(tmp_path)},
              preload=["future"])  # fmt: skip
    assert ran.texts == ["1\n"] and not ran.forked
    assert notices == [f"kernels of {PYTHON} start plainly: {module} keeps changing"]


def test_kernels_of_a_server_that_was_replaced_run_to_their_end(tmp_path):
    module = tmp_path / "helper.py"
    module.write_text("value = 'old'\n")
    os.utime(module, (1, 1))
    go = tmp_path / "go"
    os.mkfifo(go)
    env = {"PYTHONPATH": str(tmp_path)}
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(Ran, [f"import helper; open({str(go)!r}).read(); print(helper.value)"],
                           env=env, preload=["helper"])  # fmt: skip
        with go.open("w"):  # waits for the reader
            first = the_server()
            module.write_text("value = 'brand new'\n")
            new = Ran(["import helper; print(helper.value)"], env=env, preload=["helper"])
        assert (slow.result().texts, new.texts) == (["old\n"], ["brand new\n"])
    first.gone.result(20)


# ---- ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("preload", [None, ["json"]], ids=["plain", "warm"])
@pytest.mark.parametrize(
    "cell, said",
    [
        ("import os; os._exit(3)", "it ended itself with exit code 3"),
        ("import ctypes; ctypes.string_at(0)", "it was ended by SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), 9)", "it was ended by SIGKILL"),
    ],
)
def test_a_kernel_that_dies_is_called_what_it_died_of_at_once(preload, cell, said):
    times: list[float] = []
    cells = ["print('first')", cell, "print('never')"]
    ran = Ran(cells, preload=preload, cell_started=lambda index: times.append(time.monotonic()))
    died = time.monotonic() - times[-1]
    assert isinstance(ran.error, DeadKernelError)
    assert str(ran.exit) == said
    assert len(times) == 2
    assert died < 0.9  # nbclient alone looks once a second; this takes some 0.2 s
    assert ran.exit.peak_memory > 10 * 2**20 and 0 < ran.exit.cpu_seconds < 60


IN_A_GROUP = """\
import json, sys
open(sys.argv[1] + "/cgroup.procs", "w").write("0")
from tests.imprint.test_warm import GREEDY, Ran
preload = json.loads(sys.argv[2])
for cell in (GREEDY, "import os; os.kill(os.getpid(), 9)"):
    print(Ran([cell], preload=preload).exit)
"""
GREEDY = "held = []\nwhile True: held.append(bytearray(b'x' * 2**20))"


@pytest.mark.parametrize("preload", [None, ["json"]], ids=["plain", "warm"])
def test_a_kernel_that_runs_out_of_memory_is_told_from_one_that_was_killed(preload):
    command = [PYTHON, "-c", IN_A_GROUP]
    with control_group(400 * 2**20) as group:
        done = subprocess.run(
            [*command, group, json.dumps(preload)], cwd=ROOT, capture_output=True, text=True
        )
    assert re.fullmatch(
        r"the system killed it for want of memory, at 0\.\d GiB\nit was ended by SIGKILL\n",
        done.stdout,
    ), done.stdout + done.stderr


@pytest.mark.skipif(Killings().file.name == "vmstat", reason="no control group is told apart")
@pytest.mark.parametrize("preload", [None, ["json"]], ids=["plain", "warm"])
def test_want_of_memory_in_another_control_group_is_no_kernels_end(preload):
    def starve(index: int) -> None:
        if index == 1:
            with control_group(50 * 2**20) as group:
                code = f"open({str(group / 'cgroup.procs')!r}, 'w').write('0')\n{GREEDY}"
                assert subprocess.run([PYTHON, "-c", code]).returncode == -signal.SIGKILL

    cells = ["import os", "os.kill(os.getpid(), 9)"]
    assert str(Ran(cells, preload=preload, cell_started=starve).exit) == "it was ended by SIGKILL"


def test_each_killing_explains_one_end(tmp_path):
    write(tmp_path, {"proc/vmstat": "nr_free_pages 1\noom_kill 5\ncompact_stall 1\n"})
    killings = Killings(tmp_path)
    first = killings.count()
    (tmp_path / "proc/vmstat").write_text("oom_kill 7\n")
    later = killings.count()
    assert not killings.explain(later)
    assert [killings.explain(first) for _ in range(3)] == [True, True, False]


MINE, GROUPS = "proc/self/cgroup", "sys/fs/cgroup"


@pytest.mark.parametrize(
    "files",
    [
        {MINE: "0::/job", f"{GROUPS}/job/memory.events": "low 0\noom 3\noom_kill 2\n"},
        {MINE: "0::/job/step", f"{GROUPS}/job/memory.events": "oom_kill 2\n"},
        {MINE: "0::/docker/unseen", f"{GROUPS}/memory.events": "oom_kill 2\noom_group_kill 9\n"},
        {
            MINE: "4:memory:/job\n0::/", f"{GROUPS}/memory/memory.oom_control": "oom_kill 9\n",
            f"{GROUPS}/memory/job/memory.oom_control": "under_oom 0\noom_kill 2\n",
        },
        {MINE: "0::/", "proc/vmstat": "nr_free_pages 1\noom_kill 2\n"},
        {
            MINE: "4:memory:/old", f"{GROUPS}/memory/old/memory.oom_control": "under_oom 0\n",
            "proc/vmstat": "oom_kill 2\n",
        },
    ],
    ids=["version 2", "a group around it", "a container", "version 1", "no group", "old Linux"],
)  # fmt: skip
def test_want_of_memory_is_counted_in_the_nearest_control_group_that_tells(tmp_path, files):
    outer = {"proc/vmstat": "oom_kill 99\n"} | files
    assert Killings(write(tmp_path, outer)).count() == 2


# ---- memory --------------------------------------------------------------------------------------

MIB = 2**20
HEAVY = f"held = bytearray(b'x' * {300 * MIB})\n"


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="nothing tells")
def test_a_kernels_memory_is_its_own_and_its_servers_is_counted_once(tmp_path):
    env = importable(tmp_path, "heavy.py", HEAVY)
    new = f"data = bytearray(b'y') * {200 * MIB}"
    peaks = []
    for cell in (
        "1",
        new,
        f"{new}; del data",
        f"import heavy\nfor i in range(0, {100 * MIB}, 4096): heavy.held[i] = 1",
    ):
        ran = Ran([cell], env=env, preload=["heavy"])
        assert ran.forked
        peaks.append(ran.exit.peak_memory / MIB)
    nothing, held, freed, copied = peaks
    assert nothing < 60
    assert [held, freed, copied] == [
        pytest.approx(nothing + own, abs=20) for own in (200, 200, 100)
    ]
    assert 300 < warm.held() / MIB < 400
    warm.stop_all()
    assert warm.held() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="oom scores are Linux's")
@pytest.mark.parametrize("preload", [None, ["json"]], ids=["plain", "warm"])
def test_the_system_kills_kernels_before_what_waits_for_them(preload):
    own = int(Path("/proc/self/oom_score_adj").read_text())
    said = Ran(["print(open('/proc/self/oom_score_adj').read())"], preload=preload).texts[0]
    assert int(said) > own


def test_what_a_kernel_started_ends_with_it(tmp_path):
    cell = f"""\
import os, subprocess
child = subprocess.Popen(["sleep", "1000"])
open({str(tmp_path / "pids")!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
"""
    for last in ("os._exit(1)", "1"):
        Ran([cell, last])
        pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
        assert len(pids) == 2
        assert eventually(lambda pids=pids: not any(map(lives, pids)))


def test_a_killed_server_takes_its_kernels_along_and_is_replaced(tmp_path):
    def kill(index: int) -> None:
        if index == 1:
            os.kill(the_server().process.pid, signal.SIGKILL)

    ran = Ran(["import os; print(os.getpid())", "import time; time.sleep(1000)"], cell_started=kill)
    assert isinstance(ran.error, DeadKernelError)
    assert str(ran.exit) == "the server of warm kernels died"
    assert eventually(lambda: not lives(int(ran.texts[0])))
    again = Ran(["print('well')"])
    assert again.forked and again.texts == ["well\n"]


def test_nothing_outlives_this_process_even_if_it_is_killed(tmp_path):
    script = """\
import sys
from tests.imprint.test_warm import Ran
Ran([sys.argv[1], "import time; time.sleep(1000)"],
    cell_started=lambda index: index and print("going", flush=True))
"""
    cell = f"""\
import os, subprocess
child = subprocess.Popen(["sleep", "1000"])
open({str(tmp_path / "pids")!r}, "w").write(f"{{os.getpid()}} {{child.pid}} {{os.getppid()}}")
"""
    process = subprocess.Popen([PYTHON, "-c", script, cell], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"going\n"
    process.kill()
    process.wait()
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 3
    assert eventually(lambda: not any(map(lives, pids)))
    process.stdout.close()


def test_a_server_that_imports_for_ever_ends_with_this_process(tmp_path):
    text = f"import os\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
    importable(tmp_path, "endless.py", text + "while True: pass\n")
    script = """\
import sys
from tests.imprint.test_warm import Ran
Ran(["1"], env={"PYTHONPATH": sys.argv[1]}, preload=["endless"])
"""
    noted = tmp_path / "pid"
    process = subprocess.Popen([PYTHON, "-c", script, tmp_path], cwd=ROOT)
    assert eventually(lambda: noted.exists() and noted.read_text())
    process.kill()
    process.wait()
    assert eventually(lambda: not lives(int(noted.read_text())))


def test_a_server_whose_modules_hang_at_their_end_ends_with_this_process(tmp_path):
    text = "import atexit, threading\natexit.register(threading.Event().wait)\n"
    env = importable(tmp_path, "hangs.py", text)
    script = """\
import sys, time
from tests.imprint.test_warm import Ran, the_server
Ran(["1"], env={"PYTHONPATH": sys.argv[1]}, preload=["hangs"])
print(the_server().process.pid, flush=True)
time.sleep(1000)
"""
    command = [PYTHON, "-c", script, env["PYTHONPATH"]]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        server = int(process.stdout.readline())
        process.kill()
    assert eventually(lambda: not lives(server))


def test_a_run_can_be_stopped_while_its_server_imports(tmp_path):
    (tmp_path / "endless.py").write_text("import threading; threading.Event().wait()\n")
    managers: list[Any] = []
    importing = threading.Event()

    def started(manager: Any) -> None:
        managers.append(manager)
        importing.set()

    spec = ipython(PYTHON, preload=["endless"])
    node = new_notebook(cells=[new_code_cell("1")])
    node.metadata["papermill"] = nbformat.NotebookNode()
    with ThreadPoolExecutor() as pool:
        run = pool.submit(
            papermill_engines.execute_notebook_with_engine, "imprint", node, "python3",
            progress_bar=False, spec=spec, env=ENV | {"PYTHONPATH": str(tmp_path)}, started=started,
        )  # fmt: skip
        assert importing.wait(20)
        assert eventually(lambda: servers._servers)
        managers[0].kill_now()
        with pytest.raises(RuntimeError, match="stopped before it started"):
            run.result(20)


# ---- where forking is impossible -----------------------------------------------------------------


@pytest.mark.parametrize(
    "name, text, reason",
    [
        (
            "torch/__init__.py",
            "class cuda:\n    is_initialized = staticmethod(lambda: True)\n",
            "an imported module has initialised CUDA",
        ),
        (
            "busy.py",
            "import threading\nthreading.Thread(target=threading.Event().wait, name='idle',"
            " daemon=True).start()\n",
            "an imported module has started threads (idle)",
        ),
        ("fatal.py", "import os; os.write(2, b'bad wheel\\n'); os._exit(1)\n", "bad wheel"),
    ],
)
def test_where_forking_is_unsafe_kernels_start_plainly_and_say_why_once(
    tmp_path, notices, name, text, reason
):
    env = importable(tmp_path, name, f"open({str(tmp_path / 'tried')!r}, 'a').write('.')\n{text}")
    preload = name.partition(".")[0].partition("/")[0]
    for _ in range(3):
        ran = Ran(["print('fine')"], env=env, preload=[preload])
        assert ran.texts == ["fine\n"] and not ran.forked
    assert len((tmp_path / "tried").read_text()) == (2 if name == "fatal.py" else 1)
    assert notices == [f"kernels of {PYTHON} start plainly: {reason}"]


def test_a_missing_module_is_told_once_and_the_rest_is_warm(notices):
    for _ in range(2):
        assert Ran(["print('fine')"], preload=["no_such_module", "json"]).forked
    assert notices == [
        f"{PYTHON} does not import no_such_module early: "
        "ModuleNotFoundError: No module named 'no_such_module'"
    ]


def test_kernels_of_other_languages_start_plainly(tmp_path, notices):
    kernel = tmp_path / "echo.py"
    kernel.write_text("""\
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

class Echo(Kernel):
    implementation = banner = "echo"
    implementation_version = "1"
    language_info = {"name": "echo", "mimetype": "text/plain", "file_extension": ".txt"}

    async def do_execute(self, code, silent, store_history=True, user_expressions=None,
                         allow_stdin=False, **more):
        self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": code})
        return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}

IPKernelApp.launch_instance(kernel_class=Echo)
""")
    spec = ipython(PYTHON, preload=["json"])
    spec.argv = [str(PYTHON), str(kernel), "-f", "{connection_file}"]
    ran = Ran(["anything at all"], spec=spec)
    assert ran.texts == ["anything at all"] and not ran.forked
    assert ran.node.metadata.language_info.name == "echo"
    assert notices == [f"kernels of {PYTHON} start plainly: it is no IPython kernel"]


# ---- for others ----------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path, monkeypatch) -> str:
    """The name of a kernel that plain Jupyter finds."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share/jupyter"))
    kernel = InstalledKernel("torch", "PyTorch (Book)", PYTHON, "seeded = 3", FIGURE_FORMATS,
                             ["json"], {"PACE": "installed"})  # fmt: skip
    (folder,) = install("My Book", [kernel], tmp_path)
    assert json.loads((folder / "kernel.json").read_text())["display_name"] == "PyTorch (Book)"
    return folder.name


def test_plain_jupyter_starts_interrupts_restarts_and_ends_an_installed_warm_kernel(installed):
    assert installed == "my-book-torch"
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name=installed)
    try:
        assert manager.provisioner.forked

        def say(code: str) -> str:
            said: list[str] = []
            client.execute_interactive(
                code, timeout=20, output_hook=lambda m: said.append(m["content"].get("text", ""))
            )
            return "".join(said)

        assert say("import os; print(seeded, os.environ['PACE'])") == "3 installed\n"
        number = client.execute("import time\nprint('asleep', flush=True)\ntime.sleep(1000)")
        while client.get_iopub_msg(timeout=20)["content"].get("text") != "asleep\n":
            pass
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=20)
        assert reply["parent_header"]["msg_id"] == number
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        before = manager.provisioner.pid
        manager.restart_kernel()
        client.wait_for_ready(timeout=20)
        assert manager.is_alive() and manager.provisioner.pid != before
        assert say("print('seeded' in dir(), 'time' in dir())") == "True False\n"
        assert not lives(before)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    assert not manager.is_alive()
    assert str(manager.provisioner.exit) == "it ended itself with exit code 0"


def test_many_threads_share_one_server():
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda n: Ran([f"print({n})"]), range(12)))
    assert [ran.texts for ran in runs] == [[f"{n}\n"] for n in range(12)]
    assert all(ran.forked for ran in runs) and len(servers._servers) == 1


def test_a_server_can_be_started_before_it_is_needed():
    spec = ipython(PYTHON, "", FIGURE_FORMATS, ["json"])
    warm.start_early(spec.argv, ["json"], ENV)
    early = the_server()
    assert early.ready.result(20)["missing"] == {}
    assert Ran(["1"]).forked and the_server() is early


def test_it_works_inside_of_a_running_loop():
    async def inside() -> Ran:
        return Ran(["print('inside')"])

    assert asyncio.run(inside()).texts == ["inside\n"]
