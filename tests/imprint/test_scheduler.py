"""The scheduler of one machine, with real kernels: who runs when, with what, and how often."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from imprint.execution import machine, warm
from imprint.execution.kernelspecs import ipython
from imprint.execution.run import Result, Run
from imprint.execution.scheduler import run_all
from imprint.execution.slots import Slots, job
from imprint.schedule import simulate

from tests.imprint.processes import control_group, eventually, lives

pytestmark = pytest.mark.xdist_group("scheduler")


def a_run(
    folder: Path, name: str, *cells: str, seconds=None, memory=None, gpus=0, **options
) -> Run:
    """A run of code cells in the tests' own interpreter; ``seconds`` and ``memory`` as if it had
    been recorded."""
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "P", "language": "python"}}
    )
    for index, source in enumerate(cells):
        node.cells.append(nbformat.v4.new_code_cell(source, metadata={"imprint": {"cell": index}}))
    last = {"seconds": seconds, "peak_memory": memory}
    return Run(
        page=f"{name}.md", docname=name, edition=None, profile="smoke", executable=node,
        lines={index: [1] for index in range(len(cells))}, parameters={}, fingerprint=name,
        inputs={},
        folder=folder, spec=options.pop("spec", None), env={},
        cell_timeout=options.pop("timeout", 60),
        notebook_timeout=120, gpus=gpus, last=last, **options,
    )  # fmt: skip


def done(runs: list[Run], slots: Slots, root: Path, **options) -> dict[str, Result]:
    """What came of each, by name, in the order of their ends."""
    return {result.run.docname: result for result in run_all(runs, slots, root, **options)}


def printed(result: Result) -> list[str]:
    return [
        "".join(output.get("text", "") for output in cell.outputs) for cell in result.executed.cells
    ]


def gone(path: Path) -> bool:
    """Whether the process that noted itself in a file has ended, or is about to."""
    return eventually(lambda: not lives(int(path.read_text())))


def together(one: Result, other: Result) -> bool:
    return one.began < other.began + other.seconds and other.began < one.began + one.seconds


# The second try ------------------------------------------------------------------------------

DIES_ONCE = """\
import os, signal
tries = open("tries.txt", "a+"); tries.write("x"); tries.flush(); tries.seek(0)
print("try", len(tries.read()))"""
KILLS_ITSELF = "os.kill(os.getpid(), signal.SIGKILL)"
SLEEPS = "import time; time.sleep(1)"


def test_a_run_whose_kernel_died_is_tried_once_more_with_nothing_beside_it(tmp_path):
    runs = [
        a_run(tmp_path, "dies", DIES_ONCE, f'if os.stat("tries.txt").st_size < 2: {KILLS_ITSELF}'),
        *(a_run(tmp_path, name, SLEEPS) for name in "ab"),
    ]
    began, firsts = [], []
    found = done(
        runs, Slots(2, (), 1), tmp_path,
        started=lambda run: began.append(run.docname), retried=firsts.append,
    )  # fmt: skip
    assert set(found) == {"a", "b", "dies"} and list(found)[2] == "dies"
    assert [result.failure for result in found.values()] == [None] * 3
    assert [result.attempts for result in found.values()] == [1, 1, 2]
    assert printed(found["dies"]) == ["try 2\n", ""], "nothing of the first try is left"
    assert found["dies"].began >= max(found[one].began + found[one].seconds for one in "ab")
    assert began.count("dies") == 2 and len(began) == 4
    assert [(first.run.docname, first.failure.kind) for first in firsts] == [
        ("dies", "dead kernel")
    ]


def test_a_kernel_that_dies_twice_is_a_failure_that_says_so(tmp_path):
    (result,) = done(
        [a_run(tmp_path, "dies", "import os, signal", KILLS_ITSELF)], Slots(1, (), 1), tmp_path
    ).values()
    assert (result.failure.kind, result.attempts) == ("dead kernel", 2)
    assert result.failure.message.endswith(" (tried twice)")
    assert (result.failure.cell, result.failure.line) == (1, 1)


def test_a_second_try_that_fails_otherwise_tells_of_both(tmp_path):
    cells = (
        DIES_ONCE,
        f'if os.stat("tries.txt").st_size < 2: {KILLS_ITSELF}',
        "raise ValueError('new')",
    )
    (result,) = done([a_run(tmp_path, "dies", *cells)], Slots(1, (), 1), tmp_path).values()
    assert (result.failure.kind, result.attempts) == ("error", 2)
    assert result.failure.message.startswith("ValueError: new (tried twice; first: ")
    assert "The first try:" in result.failure.log and "Traceback" in result.failure.log


def test_errors_and_timeouts_are_not_tried_again(tmp_path):
    slow = a_run(tmp_path, "slow", "open('slow', 'a').write('x')\nwhile True: pass", timeout=1)
    wrong = a_run(tmp_path, "wrong", "open('wrong', 'a').write('x')\n1 / 0")
    found = done([slow, wrong], Slots(2, (), 1), tmp_path)
    assert {name: result.failure.kind for name, result in found.items()} == {
        "slow": "timeout", "wrong": "error",
    }  # fmt: skip
    assert {result.attempts for result in found.values()} == {1}
    assert [(tmp_path / name).read_text() for name in ("slow", "wrong")] == ["x", "x"]


# Fail-fast -----------------------------------------------------------------------------------

NOTES = "import os, time; open('waits.pid', 'w').write(str(os.getpid()))"
WAITS = f"{NOTES}; time.sleep(1000)"
FAILS = """\
import os, time
while not os.path.exists("waits.pid") or not open("waits.pid").read(): time.sleep(0.01)
1 / 0"""


def test_after_a_failure_all_is_over_where_that_was_asked_for(tmp_path):
    runs = [
        a_run(tmp_path, "fails", FAILS, seconds=3),
        a_run(tmp_path, "waits", WAITS, seconds=2),
        a_run(tmp_path, "later", "1", seconds=1),
    ]
    since = time.monotonic()
    found = done(runs, Slots(2, (), 1), tmp_path, fail_fast=True)
    assert {name: result.failure.kind for name, result in found.items()} == {
        "fails": "error", "waits": "interrupted",
    }  # fmt: skip
    assert found["waits"].attempts == 1, "who was stopped is not tried again"
    assert time.monotonic() - since < 60
    assert gone(tmp_path / "waits.pid")


def test_a_second_try_that_never_came_leaves_the_first_as_a_failure(tmp_path):
    waits = "import os, time\nwhile not os.path.exists('died'): time.sleep(0.01)\n1 / 0"
    found = done(
        [a_run(tmp_path, "dies", "import os; os._exit(3)"), a_run(tmp_path, "fails", waits)],
        Slots(2, (), 1), tmp_path, fail_fast=True,
        retried=lambda result: (tmp_path / "died").touch(),
    )  # fmt: skip
    assert {name: result.failure.kind for name, result in found.items()} == {
        "dies": "dead kernel", "fails": "error",
    }  # fmt: skip
    assert found["dies"].attempts == 1


# Shares --------------------------------------------------------------------------------------

SHOWS = "import os, time; print(os.environ['CUDA_VISIBLE_DEVICES']); time.sleep(0.5)"


def test_each_result_says_where_it_ran_and_on_which_gpus(tmp_path):
    names = ("3", "GPU-5e1f", "MIG-77aa")
    asks = {"all": "all", "many": 9, "two": 2, "one": 1, "none": 0}
    runs = [a_run(tmp_path, name, SHOWS, gpus=gpus) for name, gpus in asks.items()]
    found = done(runs, Slots(3, names, 1), tmp_path)
    for name, result in found.items():
        assert result.failure is None
        assert printed(result)[0].strip() == ",".join(result.gpus)
        asked = 3 if asks[name] == "all" else min(asks[name], 3)
        assert len(set(result.gpus)) == asked and set(result.gpus) <= set(names)
        for other in found.values():
            if other is not result and together(result, other):
                assert result.place != other.place
                assert not set(result.gpus) & set(other.gpus)
    assert {result.place for result in found.values()} <= {"slot 1", "slot 2", "slot 3"}


def test_runs_that_need_more_memory_than_there_is_do_not_go_on_together(tmp_path):
    gib = 2**30
    runs = [
        a_run(tmp_path, "first", SLEEPS, seconds=4, memory=6 * gib),
        a_run(tmp_path, "second", SLEEPS, seconds=3, memory=6 * gib),
        a_run(tmp_path, "third", SLEEPS, seconds=2, memory=100 * gib),
        a_run(tmp_path, "small", SLEEPS, seconds=1, memory=gib),
    ]
    found = done(runs, Slots(4, (), 1, 12 * gib), tmp_path)
    assert [result.failure for result in found.values()] == [None] * 4
    big = [found[name] for name in ("first", "second", "third")]
    assert not any(together(one, other) for one in big for other in big if one is not other)
    assert together(found["first"], found["small"])


def test_what_a_fork_server_holds_is_given_to_no_run(tmp_path):
    mib = 2**20
    (tmp_path / "heavy.py").write_text(f"held = bytearray(b'x') * {300 * mib}")
    os.utime(tmp_path / "heavy.py", (1, 1))
    spec = ipython(Path(sys.executable), preload=["heavy"])
    runs = [a_run(tmp_path, name, SLEEPS, memory=500 * mib, spec=spec) for name in "ab"]
    done([a_run(tmp_path, "first", "1", spec=spec)], Slots(2, (), 1), tmp_path)
    one, other = done(runs, Slots(2, (), 1, 1500 * mib), tmp_path).values()
    assert not together(one, other)
    one, other = done(runs, Slots(2, (), 1, 1900 * mib), tmp_path).values()
    assert together(one, other)
    warm.stop_all()


def test_real_kernels_are_done_when_the_simulation_says(tmp_path):
    """The makespan is that of the same policy for what each run really took, and so ≤ 1.1 ×
    max(longest run, total / k) unless the last run to start was held up."""
    tenths = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
    runs = [
        a_run(tmp_path, f"page{one}", f"import time; time.sleep({one / 10})", seconds=one / 10)
        for one in tenths
    ]
    found = done(runs, Slots(3, (), 1), tmp_path)
    assert all(result.failure is None for result in found.values())
    began = [found[run.docname].began for run in runs]
    took = [found[run.docname].seconds for run in runs]
    makespan = max(one + seconds for one, seconds in zip(began, took)) - min(began)
    simulated = simulate([job(run) for run in runs], 3, truth=took)
    assert makespan <= 1.1 * max(simulated.bound, simulated.makespan), simulated.ratio
    longest = sorted(range(len(runs)), key=began.__getitem__)[:3]
    assert sorted(tenths[index] for index in longest) == [11, 12, 13]


# The machine ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "found"),
    [
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("2, 0", ["2", "0"]),
        ("0,-1,1", ["0"]),
        ("0,1,0", ["0", "1"]),
        ("GPU-8932f937-d72c,1", ["GPU-8932f937-d72c", "1"]),
        ("MIG-c6d4f1ef-42e4,MIG-GPU-1ebf8a3e/1/0", ["MIG-c6d4f1ef-42e4", "MIG-GPU-1ebf8a3e/1/0"]),
    ],
)
def test_gpus_are_those_that_cuda_would_see(monkeypatch, variable, found):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
    assert machine.gpus() == found


LISTED = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aa11)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bb22)
  MIG 3g.20gb     Device  0: (UUID: MIG-cc33)
  MIG 3g.20gb     Device  1: (UUID: MIG-dd44)
"""


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (f"cat <<END\n{LISTED}END\n", ["0", "MIG-cc33", "MIG-dd44"]),
        ("echo 'No devices were found'; exit 6\n", []),
        ("echo 'NVIDIA-SMI has failed'; exit 9\n", []),
    ],
)
def test_gpus_are_listed_by_the_driver_where_nothing_is_said(tmp_path, monkeypatch, script, found):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert machine.gpus() == found


def groups(root: Path, files: dict[str, str]) -> Path:
    """What a system tells of control groups, under ``root``."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


MINE, GROUPS = "proc/self/cgroup", "sys/fs/cgroup"
LIMITED = {
    "version 2, in a container": {MINE: "0::/", f"{GROUPS}/memory.max": "1000000"},
    "version 2, the group around it": {
        MINE: "0::/user/job", f"{GROUPS}/user/job/memory.max": "max",
        f"{GROUPS}/user/memory.max": "1000000",
    },
    "version 1": {
        MINE: "5:cpu,cpuacct:/\n4:memory:/job",
        f"{GROUPS}/memory/job/memory.limit_in_bytes": "1000000",
        f"{GROUPS}/memory/memory.limit_in_bytes": "9223372036854771712",
    },
    "version 1, the host's path": {
        MINE: "4:memory:/docker/abc", f"{GROUPS}/memory/memory.limit_in_bytes": "1000000",
    },
    "both": {
        MINE: "4:name=systemd:/\n0::/job", f"{GROUPS}/unified/job/memory.max": "1000000",
    },
}  # fmt: skip


@pytest.mark.parametrize("files", LIMITED.values(), ids=LIMITED)
def test_a_control_groups_limit_of_memory_counts(tmp_path, files):
    assert machine.memory(groups(tmp_path, files)) == 1000000


def test_without_a_limit_the_memory_is_the_machines(tmp_path):
    unlimited = {MINE: "0::/a\n4:memory:/", f"{GROUPS}/a/memory.max": "max",
                 f"{GROUPS}/memory/memory.limit_in_bytes": "9223372036854771712"}  # fmt: skip
    built_in = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert machine.memory(groups(tmp_path / "a", unlimited)) == built_in
    assert machine.memory(groups(tmp_path / "b", {MINE: ""})) == built_in


@pytest.mark.parametrize(
    "files",
    [
        {MINE: "0::/a/b", f"{GROUPS}/a/cpu.max": "50000 100000", f"{GROUPS}/a/b/cpu.max": "max"},
        {MINE: "2:cpu,cpuacct:/", f"{GROUPS}/cpu,cpuacct/cpu.cfs_quota_us": "90000",
         f"{GROUPS}/cpu,cpuacct/cpu.cfs_period_us": "100000"},
    ],
)  # fmt: skip
def test_a_control_groups_share_of_the_cores_counts(tmp_path, files):
    assert machine.cores(groups(tmp_path / "less", files)) == 1
    files = {name: text.replace("0000 ", "00000000 ") for name, text in files.items()}
    files = {name: text.replace("90000", "-1") for name, text in files.items()}
    assert machine.cores(groups(tmp_path / "more", files)) == len(os.sched_getaffinity(0))


LIMIT = 400 * 2**20
INSIDE = """\
import os, sys
open(sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
from pathlib import Path
from imprint.execution.machine import memory
from imprint.execution.scheduler import run_all
from imprint.execution.slots import Slots
from tests.imprint.test_scheduler import a_run
folder = Path(sys.argv[2])
greedy = "data = []\\nwhile True: data.append(b'x' * 2**20)"
runs = [a_run(folder, "greedy", greedy), a_run(folder, "modest", "data = b'x' * 2**27")]
print("limit", memory())
for result in run_all(runs, Slots(2, (), 1), folder):
    failure = result.failure
    print(result.run.docname, result.attempts, failure and f"{failure.kind}: {failure.message}")
"""


def test_what_outgrows_a_control_group_is_tried_alone_and_then_said(tmp_path):
    with control_group(LIMIT) as group:
        found = subprocess.run(
            [sys.executable, "-c", INSIDE, group, tmp_path], capture_output=True, text=True
        )
    limit, *others = found.stdout.splitlines()
    modest, greedy = sorted(others, key=lambda line: line.startswith("greedy"))
    assert limit == f"limit {LIMIT}"
    assert modest.startswith("modest ") and modest.endswith(" None"), modest + found.stderr
    assert greedy.startswith("greedy 2 out of memory: the kernel died: "), greedy + found.stderr
    assert greedy.endswith(" (tried twice)") or "(tried twice; first: " in greedy


def test_the_peak_of_memory_is_measured(tmp_path):
    small, large = done(
        [a_run(tmp_path, "small", "1"), a_run(tmp_path, "large", "data = b'x' * 2**28")],
        Slots(1, (), 1), tmp_path,
    ).values()  # fmt: skip
    assert 2**28 <= large.peak_memory < small.peak_memory + 1.2 * 2**28


def test_interrupting_is_passed_on_and_leaves_no_kernel(tmp_path):
    def interrupt(run: Run, index: int) -> None:
        if index == 1:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        done(
            [a_run(tmp_path, "waits", NOTES, "time.sleep(1000)")], Slots(1, (), 1), tmp_path,
            cell_started=interrupt,
        )  # fmt: skip
    assert gone(tmp_path / "waits.pid")
