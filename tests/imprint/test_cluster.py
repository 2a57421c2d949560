"""Runs on a real cluster: a Dask scheduler and workers, each a process of its own in an empty
folder of its own, that share nothing with the book but the network; and killed for real."""

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import pytest

pytest.importorskip("distributed")

import imprint
from distributed import Status
from imprint import plan
from imprint.book import load
from imprint.build import read_pages, sync
from imprint.environments import environment
from imprint.errors import BookError, BookErrors
from imprint.execution import scheduler as local
from imprint.execution.cluster import addresses, client
from imprint.execution.cluster.connection import Workers, connect
from imprint.execution.cluster.files import Files, files_of, gather
from imprint.execution.cluster.parcel import Parcel, relative
from imprint.execution.run import Result, Run
from imprint.store import Store

from tests.imprint.conftest import write
from tests.imprint.processes import eventually, lives
from tests.imprint.small import book, page, ran, stored, texts

IMPRINT = str(Path(imprint.__file__).parents[1])
ALPHA = "title: T\neditions: {alpha: {title: Alpha}}\n"
ENDS_WITH_THE_TESTS = """\
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
"""
SCHEDULER = """\
sys.modules["imprint"] = None  # any Dask scheduler will do
import asyncio
from distributed import Scheduler

async def main():
    port = int(sys.argv[1])
    async with Scheduler(host="127.0.0.1", port=port, dashboard_address="127.0.0.1:0") as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()

asyncio.run(main())
"""
WORKER = """\
from pathlib import Path
from imprint.execution.cluster.worker import open_site, work

os.environ["WORKER_PID"] = str(os.getpid())
cpus, gpus, name = int(sys.argv[2]), sys.argv[3].split(), sys.argv[4]
site = open_site(Path("settings"), cpus=cpus, gpus=gpus, name=name, make=False)
work(sys.argv[1], site, lambda line: print(line, flush=True))
"""


@dataclass
class Cluster:
    """A scheduler, and the workers that were started."""

    folder: Path
    settings: dict[str, str]
    port: int = 0
    """The scheduler's; 0: any that is free."""
    address: str = ""
    scheduler: subprocess.Popen | None = None
    workers: dict[str, subprocess.Popen] = field(default_factory=dict)

    def __enter__(self) -> "Cluster":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.scheduler = self._start(self.folder, SCHEDULER, str(self.port))
        self.address = self.scheduler.stdout.readline().strip()
        assert self.address.startswith("tcp://127.0.0.1:")
        return self

    def __exit__(self, *error) -> None:
        for process in (*self.workers.values(), self.scheduler):
            process.kill()
        for process in (*self.workers.values(), self.scheduler):
            process.communicate()

    def start(self, *names: str, cpus: int = 1, gpus: str = "") -> None:
        """Start workers, each in a folder that holds the settings of the book and no more."""
        for name in names:
            folder = self.folder / name
            write(folder, {f"settings/{file}": text for file, text in self.settings.items()})
            given = [self.address, str(cpus), gpus, name]
            self.workers[name] = self._start(folder, WORKER, *given)
        for name in names:
            said = self.workers[name].stdout.readline()
            assert said.startswith(f"worker {name} of {self.address}: "), said

    def kill(self, name: str) -> None:
        self.workers[name].kill()
        self.workers[name].wait()

    def _start(self, folder: Path, code: str, *arguments: str) -> subprocess.Popen:
        env = os.environ | {"PYTHONPATH": IMPRINT, "DASK_LOGGING__DISTRIBUTED": "error"}
        return subprocess.Popen(
            [sys.executable, "-c", ENDS_WITH_THE_TESTS + code, *arguments], cwd=folder, env=env,
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip


@dataclass
class Work:
    """A book's runs and what they need on a cluster."""

    root: Path
    runs: list[Run]
    files: Files
    environments: dict

    def on(self, workers: Workers, **options) -> Iterator[Result]:
        return client.run_all(
            self.runs, workers, self.root, self.files, self.environments, **options
        )


def work_of(root: Path) -> Work:
    """All runs of a book, planned as a build does."""
    opened = load(root)
    pages = read_pages(opened)
    libraries = sync(opened, pages)
    planned = plan.make(
        opened, pages, Store(root / "build/store"), profile="smoke", editions=opened.editions,
        libraries=libraries,
    )  # fmt: skip
    environments = {
        edition and edition.name: environment(opened, edition)
        for edition in (opened.editions or [None])
    }
    return Work(root, planned.runs, files_of(root, planned.runs), environments)


def outputs(result: Result) -> list:
    assert result.failure is None, result.failure
    return [cell.outputs for cell in result.executed.cells if cell.cell_type == "code"]


WAITS = """\
import os, time
open("{name}.pids", "w").write(str(os.getpid()))
"""
UNTIL = """\
for _ in range(3000):
    if os.path.exists({go!r}): break
    time.sleep(0.02)
print("went on")"""


def waiting(go: Path, *names: str) -> dict[str, str]:
    """Pages whose second cell lasts until the file ``go`` is there."""
    return {f"{name}.md": page(WAITS.format(name=name), UNTIL.format(go=str(go))) for name in names}


def kernels(folder: Path) -> set[int]:
    """The kernels that live, of those that noted themselves."""
    noted = {int(path.read_text() or 0) for path in folder.rglob("*.pids")}
    return set(filter(lives, noted))


@pytest.fixture
def cluster(tmp_path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "cluster", {"_config.yml": ALPHA}) as running:
        yield running


def test_runs_on_workers_that_share_nothing_give_what_they_give_here(small_book, tmp_path):
    work = work_of(small_book)
    runs = {run.name: run for run in work.runs}
    here = {
        result.run.name: outputs(result)
        for result in local.run_all(work_of(small_book).runs, local.Slots.here(2), small_book)
    }
    told: dict[str, list] = {}
    settings = {"_config.yml": (small_book / "_config.yml").read_text()}
    with Cluster(tmp_path / "cluster", settings) as cluster:
        cluster.start("w1", "w2", "w3")
        with connect(cluster.address) as workers:
            assert workers.cpus == 3
            there = {
                result.run.name: result
                for result in work.on(
                    workers,
                    placed=lambda run, place: told.setdefault(run.name, []).append(place),
                    cell_started=lambda run, index: told[run.name].append(index),
                )
            }
    assert {name: outputs(result) for name, result in there.items()} == here
    assert len(here) == 4
    for name, result in there.items():
        assert result.run is runs[name]
        assert told[name] == [result.place, *range(len(result.executed.cells))]
        assert set(result.cell_seconds) == {
            cell.metadata.imprint.cell for cell in runs[name].executable.cells
        }
    assert {result.place for result in there.values()} == {"w1", "w2", "w3"}


def test_the_runs_of_a_worker_killed_under_them_are_done_elsewhere_and_none_twice(
    cluster, tmp_path
):
    go = tmp_path / "go"
    work = work_of(book(tmp_path / "book", waiting(go, *"abcdef"), ALPHA))
    cluster.start("w1", "w2", "w3")
    placed: dict[str, list[str]] = {}
    begun: set[str] = set()

    def cell_started(run: Run, index: int) -> None:
        begun.add(run.docname) if index == 1 else None
        if len(begun) == 3 and not go.exists():
            cluster.kill("w2")
            assert eventually(lambda: len(kernels(cluster.folder)) == 2), "its kernel lives on"
            go.touch()

    with connect(cluster.address) as workers:
        results = list(
            work.on(
                workers,
                placed=lambda run, place: placed.setdefault(run.docname, []).append(place),
                cell_started=cell_started,
            )
        )
    assert sorted(result.run.docname for result in results) == list("abcdef")
    (lost,) = [name for name, places in placed.items() if len(places) > 1]
    for result in results:
        assert outputs(result)[1][0].text == "went on\n"
        assert result.place in ("w1", "w3")
        assert result.place == placed[result.run.docname][-1]
        assert result.attempts == (2 if result.run.docname == lost else 1)
    assert placed[lost][0] == "w2"


def test_with_all_workers_killed_the_build_goes_on_when_another_one_comes(cluster, tmp_path):
    go = tmp_path / "go"
    work = work_of(book(tmp_path / "book", waiting(go, *"abc"), ALPHA))
    cluster.start("w1", cpus=2)

    def cell_started(run: Run, index: int) -> None:
        if index == 1 and not go.exists():
            cluster.kill("w1")
            go.touch()
            cluster.start("w2")

    with connect(cluster.address) as workers:
        results = list(work.on(workers, cell_started=cell_started))
    assert sorted(result.run.docname for result in results) == list("abc")
    assert [outputs(result)[1][0].text for result in results] == ["went on\n"] * 3
    assert {result.place for result in results} == {"w2"}


def test_a_run_that_takes_two_workers_with_it_is_reported_and_no_third_is_lost(cluster, tmp_path):
    bomb = "import os, signal\nos.kill(int(os.environ['WORKER_PID']), signal.SIGKILL)\ninput()"
    pages = {"bomb.md": page(bomb), "good.md": page("print('good')")}
    work = work_of(book(tmp_path / "book", pages, ALPHA))
    cluster.start("w1", "w2", "w3")
    with connect(cluster.address) as workers:
        results = {result.run.docname: result for result in work.on(workers)}
    assert outputs(results["good"])[0][0].text == "good\n"
    failure = results["bomb"].failure
    assert failure.kind == "lost worker"
    assert re.fullmatch(r"its worker w\d was lost, and another one before: .*", failure.message)
    assert results["bomb"].attempts == 2
    assert len([process for process in cluster.workers.values() if process.poll() is None]) == 1


def test_a_worker_that_is_told_to_end_hands_its_runs_on(cluster, tmp_path):
    """Twice: a spot machine that is called back is no fault of the run's."""
    go = tmp_path / "go"
    work = work_of(book(tmp_path / "book", waiting(go, "a"), ALPHA))
    cluster.start("w1", "w2", "w3")
    told = []

    def cell_started(run: Run, index: int) -> None:
        if index == 1 and len(told) < 2:
            (name,) = (
                path.relative_to(cluster.folder).parts[0]
                for path in cluster.folder.rglob("*.pids")
                if kernels(path.parent)
            )
            told.append(name)
            cluster.workers[name].terminate()
            assert cluster.workers[name].wait(20) == 0
            assert eventually(lambda: not kernels(cluster.folder), 5)
        elif index == 1:
            go.touch()

    with connect(cluster.address) as workers:
        (result,) = work.on(workers, cell_started=cell_started)
    assert outputs(result)[1][0].text == "went on\n"
    assert len({*told, result.place}) == 3


CLIENT = """\
import sys
from pathlib import Path
from imprint.execution.cluster.connection import connect
from tests.imprint.test_cluster import work_of

with connect(sys.argv[1]) as workers:
    for result in work_of(Path(sys.argv[2])).on(workers):
        print(result)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "SIGKILL"])
def test_a_build_that_ends_leaves_no_kernel_on_its_workers(cluster, tmp_path, number):
    go = tmp_path / "go"
    root = book(tmp_path / "book", waiting(go, "a", "b", "c"), ALPHA)
    cluster.start("w1", cpus=2)
    command = [sys.executable, "-c", CLIENT, cluster.address, str(root)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as build:
        assert eventually(lambda: len(kernels(cluster.folder)) == 2, 60)
        build.send_signal(number)
        _, said = build.communicate(timeout=30)
    assert eventually(lambda: not kernels(cluster.folder), 5)
    assert said.rstrip().endswith("KeyboardInterrupt") == (number == signal.SIGINT)
    go.touch()
    with connect(cluster.address) as workers:  # and they serve the next build
        assert len(list(work_of(root).on(workers))) == 3


GPUS = """\
import os, time
with open({diary!r}, "a") as file:
    gpus, began = os.environ["CUDA_VISIBLE_DEVICES"] or "-", time.monotonic()
    time.sleep({seconds})
    file.write(f"{name} {{os.environ['WORKER_PID']}} {{gpus}} {{began}} {{time.monotonic()}}\\n")
"""


def test_each_gpu_is_given_to_one_run_at_a_time(cluster, tmp_path):
    asks = {
        "one": "1",
        "two": "1",
        "three": "1",
        "four": "1",
        "all": "all",
        "many": "9",
        "none": "0",
    }
    diary = str(tmp_path / "diary")
    pages = {
        f"{name}.md": page(GPUS.format(name=name, diary=diary, seconds=0.5), front=f"gpus: {gpus}")
        for name, gpus in asks.items()
    }
    work = work_of(book(tmp_path / "book", pages, ALPHA))
    cluster.start("w1", cpus=4, gpus="7 GPU-a")
    cluster.start("w2", cpus=4, gpus="3")
    with connect(cluster.address) as workers:
        assert workers.most_gpus == 2
        results = {result.run.docname: result for result in work.on(workers)}
    for result in results.values():
        outputs(result)
    held = {}
    for line in Path(diary).read_text().splitlines():
        name, worker, gpus, began, ended = line.split()
        held[name] = worker, {*gpus.split(",")} - {"-"}, float(began), float(ended)
    assert {name: len(held[name][1]) for name in asks if name not in ("all", "many")} == {
        "one": 1, "two": 1, "three": 1, "four": 1, "none": 0,
    }  # fmt: skip
    assert held["many"][1] == {"7", "GPU-a"}, "no more than the largest worker has"
    assert held["all"][1] in ({"7", "GPU-a"}, {"3"})
    assert {name: set(result.gpus) for name, result in results.items()} == {
        name: gpus for name, (_, gpus, _, _) in held.items()
    }
    for one, other in itertools.combinations(held.values(), 2):
        if one[0] == other[0] and one[2] < other[3] and other[2] < one[3]:
            assert not one[1] & other[1], (one, other)


def test_with_the_scheduler_gone_the_build_says_so_and_no_kernel_and_no_worker_stay(
    cluster, tmp_path
):
    work = work_of(book(tmp_path / "book", waiting(tmp_path / "go", "a"), ALPHA))
    cluster.start("w1")

    def cell_started(run: Run, index: int) -> None:
        if index == 1:
            cluster.scheduler.kill()

    with connect(cluster.address) as workers, pytest.raises(BookError) as raised:
        list(work.on(workers, cell_started=cell_started))
    assert str(raised.value).startswith(f"the Dask scheduler at {cluster.address} is gone (")
    cluster.workers["w1"].wait(20)
    assert eventually(lambda: not kernels(cluster.folder), 5)


def test_dasks_own_worker_becomes_one_of_ours_by_the_preload(cluster, tmp_path):
    root = write(tmp_path / "settings", {"_config.yml": ALPHA})
    command = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.address, "--no-nanny"]
    command += ["--no-dashboard", "--nthreads", "3", "--name", "theirs"]
    command += ["--local-directory", str(tmp_path / "there")]
    command += ["--preload", "imprint.execution.cluster.worker", "--book", str(root)]
    cluster.workers["theirs"] = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    work = work_of(book(tmp_path / "book", {"a.md": page("print('there')")}, ALPHA))
    with connect(cluster.address) as workers:
        (result,) = work.on(workers)
        assert workers.cpus == 3
    assert outputs(result)[0][0].text == "there\n"
    assert result.place == "theirs"


def test_a_cluster_is_made_for_one_build_by_its_class(tmp_path, monkeypatch):
    root = write(tmp_path / "settings", {"_config.yml": ALPHA})
    work = work_of(book(tmp_path / "book", {"a.md": page("print('there')")}, ALPHA))
    monkeypatch.setenv("DASK_TEMPORARY_DIRECTORY", str(tmp_path))
    options = {
        "n_workers": 1, "threads_per_worker": 2, "dashboard_address": None,
        "preload": "imprint.execution.cluster.worker", "preload_argv": ["--book", str(root)],
    }  # fmt: skip
    with connect(cluster="distributed.LocalCluster", options=options) as workers:
        assert workers.cpus == 2
        (result,) = work.on(workers)
    assert outputs(result)[0][0].text == "there\n"
    with pytest.raises(BookError) as raised, connect(cluster="distributed.Nothing"):
        pass
    assert "distributed.Nothing" in str(raised.value)


def test_the_run_command_takes_the_place_of_this_machine(tmp_path, imprint):
    config = "title: T\neditions: {alpha: {title: Alpha, preload: [numpy]}}\n"
    cells = page("import sys, os; print('numpy' in sys.modules, os.environ['WORKER_PID'])")
    root = book(tmp_path / "book", {"a.md": cells, "b.md": page("1")}, config)
    with Cluster(tmp_path / "cluster", {"_config.yml": config}) as cluster:
        cluster.start("one", "two")
        done = imprint(root, "run", "--scheduler", cluster.address)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ran(done.stdout) == {"a.md [alpha]", "b.md [alpha]"}
        warm, pid = texts(stored(root, "a.md", "alpha"))[0].split()
        assert warm == "True"
        assert int(pid) in {worker.pid for worker in cluster.workers.values()}
        write(root, {"_config.yml": config + f"dask: {{scheduler: '{cluster.address}'}}\n"})
        assert ran(imprint(root, "run").stdout) == set()
    done = imprint(root, "run")
    assert done.returncode == 1 and "no Dask scheduler answers at tcp://" in done.stderr


def test_the_worker_command_says_what_it_offers_and_what_it_lacks(cluster, tmp_path):
    root = write(tmp_path / "there", {"_config.yml": SETTINGS, "requirements.txt": "no-such-one\n"})
    command = [sys.executable, "-m", "imprint.cli", "worker", cluster.address, "--no-make"]
    command += ["--book", str(root), "--cpus", "2", "--gpus", "0,1", "--name", "here"]
    cluster.workers["here"] = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert cluster.workers["here"].stdout.readline() == (
        "requirements.txt:1: the gamma edition needs no-such-one; it is not installed "
        "(make it: imprint environments --edition gamma)\n"
    )
    assert cluster.workers["here"].stdout.readline() == (
        f"worker here of {cluster.address}: 2 slots, 2 GPUs; alpha\n"
    )
    with connect(cluster.address) as workers:
        assert (workers.cpus, workers.most_gpus) == (2, 2)
    (root / "_config.yml").unlink()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == (
        f"_config.yml: not here (a worker needs the book's settings in {root})\n"
    )
    cluster.workers["here"].send_signal(signal.SIGINT)
    assert cluster.workers["here"].wait(20) == 0


# Without anybody being killed: one cluster for all -----------------------------------------------

SETTINGS = """\
title: T
editions:
  alpha: {title: Alpha}
  gamma: {title: Gamma, requirements: requirements.txt}
"""
GAMMA = "title: T\neditions: {gamma: {title: Gamma, requirements: requirements.txt}}\n"


@pytest.fixture(scope="module")
def calm(tmp_path_factory) -> Iterator[Cluster]:
    settings = {"_config.yml": SETTINGS, "requirements.txt": "rich\n"}
    with Cluster(tmp_path_factory.mktemp("calm"), settings) as running:
        running.start("w1", cpus=3)
        running.start("w2", cpus=1)
        yield running


@pytest.mark.xdist_group("cluster")
def test_an_environment_of_other_versions_is_refused_by_the_name_of_what_differs(calm, tmp_path):
    pages = {"a.md": page("1")}
    same = book(tmp_path / "same", pages, GAMMA, {"requirements.txt": "rich  # as there\n"})
    other = book(tmp_path / "other", pages, GAMMA, {"requirements.txt": "rich\npackaging\n"})
    with connect(calm.address) as workers:
        assert len(list(work_of(same).on(workers))) == 1
        with pytest.raises(BookErrors) as raised:
            list(work_of(other).on(workers))
    assert {error.message.partition(":")[0] for error in raised.value.errors} == {
        "worker w1 cannot run the gamma edition", "worker w2 cannot run the gamma edition"
    }  # fmt: skip
    assert re.search(": packaging is missing, here [0-9.]+ [(]", str(raised.value))


@pytest.mark.xdist_group("cluster")
def test_runs_that_no_worker_takes_are_named_when_nothing_else_is_left(calm, tmp_path):
    config = "title: T\neditions: {alpha: {title: A}, beta: {title: B}}\n"
    work = work_of(book(tmp_path / "book", {"a.md": page("1")}, config))
    done = []
    with connect(calm.address) as workers, pytest.raises(BookError) as raised:
        for result in work.on(workers, patience=0.5):
            done.append(result.run.name)
    assert done == ["a.md [alpha]"]
    assert str(raised.value) == (
        f"no worker at {calm.address} takes a.md [beta]: none has the beta edition "
        f"(start one: imprint worker {calm.address})"
    )


DIES = """\
import os
if not os.path.exists({once!r}):
    open({once!r}, "w")
    os.abort()"""


@pytest.mark.xdist_group("cluster")
def test_a_kernel_that_dies_is_tried_once_more_alone_on_its_worker(calm, tmp_path):
    diary = str(tmp_path / "diary")
    pages = {f"{name}.md": page(GPUS.format(name=name, diary=diary, seconds=0)) for name in "abcd"}
    dying = [f"once{n}" for n in range(3)]
    for name in dying:
        once = DIES.format(once=str(tmp_path / name))
        pages[f"{name}.md"] = page(once, GPUS.format(name=name, diary=diary, seconds=1))
    pages["always.md"] = page("import os\nos.abort()")
    work = work_of(book(tmp_path / "book", pages, ALPHA))
    retried = []
    with connect(calm.address) as workers:
        results = {r.run.docname: r for r in work.on(workers, retried=retried.append)}
    twice = {"always", *dying}
    assert {result.run.docname for result in retried} == twice and len(retried) == len(twice)
    assert results["always"].failure.kind == "dead kernel"
    assert "tried twice" in results["always"].failure.message
    assert {name for name, result in results.items() if result.failure} == {"always"}
    assert {name for name, result in results.items() if result.attempts == 2} == twice
    held = {}
    for line in Path(diary).read_text().splitlines():
        name, worker, _, began, ended = line.split()
        held[name] = worker, float(began), float(ended)
    for name, (worker, began, ended) in held.items():
        for other in dying:
            if name != other and held[other][0] == worker:
                assert held[other][2] <= began or ended <= held[other][1], (name, other)


@pytest.mark.xdist_group("cluster")
def test_with_fail_fast_the_first_failure_ends_the_others(calm, tmp_path):
    pages = waiting(tmp_path / "go", *"abcdef") | {"wrong.md": page("import time", "1 / 0")}
    work = work_of(book(tmp_path / "book", pages, ALPHA))
    work.runs.sort(key=lambda run: run.docname != "wrong")
    with connect(calm.address) as workers:
        results = list(work.on(workers, fail_fast=True))
    kinds = [(result.run.docname, result.failure.kind) for result in results]
    assert kinds[0] == ("wrong", "error")
    assert {kind for _, kind in kinds[1:]} == {"interrupted"}
    assert 1 <= len(kinds) - 1 <= 3
    assert eventually(lambda: not kernels(calm.folder), 5)


@pytest.mark.xdist_group("cluster")
def test_what_a_workers_fork_servers_hold_is_given_to_no_run(calm, tmp_path):
    work = work_of(book(tmp_path / "book", {"a.md": page("1")}, ALPHA))
    with connect(calm.address) as workers:
        offered = {place.name: place.whole.memory for place in workers.places.values()}
        (result,) = work.on(workers)
        left = {place.name: place.whole.memory for place in workers.places.values()}
    assert result.held > 10 * 2**20
    assert left == offered | {result.place: offered[result.place] - result.held}


@pytest.mark.xdist_group("cluster")
def test_kept_folders_outlive_a_build_on_a_worker_and_files_do_not(calm, tmp_path):
    cell = """\
import os
here = os.path.exists("../data/cache")
open("../data/cache", "w").write("x")
print(os.environ["WORKER_PID"], here, open("beside.txt").read())"""
    pages = {f"text/{name}.md": page(cell) for name in "ab"}
    root = book(tmp_path / "book", pages, ALPHA, {"text/beside.txt": "old"})
    filled, again = set(), []
    with connect(calm.address) as workers:
        for text in ("old", "new", "newer"):  # three on two workers: one of them has two
            write(root, {"text/beside.txt": text})
            work = work_of(root)
            work.files = gather(root, ["text"], kept=["data"])
            told = [outputs(result)[0][0].text.split() for result in work.on(workers)]
            assert [read for _, _, read in told] == [text, text]
            # two runs of one build may be on a worker at a time, and not see each other's file
            again += [here for worker, here, _ in told if worker in filled]
            filled |= {worker for worker, _, _ in told}
    assert set(again) == {"True"}
    assert "cache" not in os.listdir(root / "text") and not (root / "data").exists()


@pytest.mark.xdist_group("cluster")
def test_a_parcel_names_no_path_of_its_sender_and_a_damaged_one_is_refused(calm, tmp_path):
    root = book(tmp_path / "book", {"text/a.md": page("1")}, ALPHA)
    run = relative(work_of(root).runs[0], root)
    data = Parcel("key", "topic", run, "", "", 0).seal()
    for path in (str(tmp_path), sys.prefix, str(Path.home())):
        assert path.encode() not in data
    assert Parcel.open(data).run.executable == run.executable
    with connect(calm.address) as workers:
        for place in range(3, len(data), len(data) // 5):
            damaged = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            future = workers.client.submit(client._task(), damaged, pure=False)
            with pytest.raises(ValueError, match="it arrived damaged"):
                future.result(20)


def test_with_the_runs_go_the_modules_and_files_that_they_need_and_no_others(tmp_path):
    files = {
        "lib/__init__.py": "from lib import inner\n", "lib/alpha.py": "import helper, os\n",
        "lib/inner.py": "", "lib/notes.txt": "no", "helper.py": "if True:\n    import late as l\n",
        "late.py": "", "unused.py": "", "text/beside.py": "from late import x\n",
        "text/data/one.csv": "1", "text/data/.hidden": "no", "img/cat.jpg": "2", "dog.jpg": "no",
        "text/named.py": "", "other/beside.py": "another page's",
    }  # fmt: skip
    code = "%matplotlib inline\nimport numpy as np\nfrom lib import alpha as d2l\nimport beside"
    root = book(tmp_path / "book", {"text/a.md": page(code)}, ALPHA, files)
    run = work_of(root).runs[0]
    inputs = {"file img/cat.jpg": "…", "folder text/data": "…", "file gone.txt": "…",
              "definition named:f": "…", "cell 1": "…", "environment": "…"}  # fmt: skip
    found = files_of(root, [replace(run, inputs=inputs)])
    assert set(found.content) == {
        "lib/__init__.py", "lib/alpha.py", "lib/inner.py", "helper.py", "late.py",
        "text/beside.py", "text/data/one.csv", "img/cat.jpg", "text/named.py",
    }  # fmt: skip
    assert found.content["text/beside.py"] == b"from late import x\n"


@pytest.mark.parametrize("name", ["/etc/passwd", "../beside", "text/../../beside"])
def test_a_file_outside_the_book_does_not_travel(name):
    with pytest.raises(BookError, match="outside the book"):
        Files({name: b""})


def test_without_dask_it_says_what_to_install():
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from imprint.errors import BookError\n"
        "from imprint.execution.cluster.connection import connect\n"
        "try: connect('tcp://127.0.0.1:9').__enter__()\n"
        "except BookError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == ("runs on several machines need Dask (pip install 'imprint[dask]')\n"), (
        done.stderr
    )


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "tcp://127.0.0.1:9",
            "no Dask scheduler answers at tcp://127.0.0.1:9: Connection refused (start one: "
            "dask scheduler; then its workers: imprint worker ADDRESS)",
        ),
        (
            "nowhere",
            "no address of a Dask scheduler: missing port number in address 'nowhere' "
            "(tcp://host:8786)",
        ),
    ],
)
def test_where_nobody_listens_it_says_so_at_once(address, said):
    began = time.monotonic()
    with pytest.raises(BookError) as raised, connect(address):
        pass
    assert str(raised.value) == said
    assert time.monotonic() - began < addresses.WITHIN / 2


def test_where_somebody_listens_who_says_nothing_it_is_given_up(monkeypatch):
    monkeypatch.setattr(addresses, "WITHIN", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        said = f"^no Dask scheduler answers at {address}: timed out "
        with pytest.raises(BookError, match=said), connect(address):
            pass


class Unreachable:
    """A cluster, as Dask has them, whose scheduler is not there."""

    scheduler_address, status, loop = "tcp://127.0.0.1:9", Status.running, None
    closed: ClassVar[list["Unreachable"]] = []

    def close(self) -> None:
        self.closed.append(self)


def test_a_cluster_that_was_made_is_closed_where_it_cannot_be_reached(monkeypatch):
    monkeypatch.setattr(addresses, "WITHIN", 0.5)
    name = f"{__name__}.{Unreachable.__name__}"
    with pytest.raises(BookError, match="^no Dask scheduler answers at "), connect(cluster=name):
        pass
    assert len(Unreachable.closed) == 1


def waiting_worker(root: Path, address: str) -> subprocess.Popen:
    """A worker that said that its scheduler is not there yet."""
    command = [sys.executable, "-m", "imprint.cli", "worker", address, "--no-make", "--name", "w"]
    process = subprocess.Popen(
        [*command, "--book", write(root, {"_config.yml": ALPHA})], stdout=subprocess.PIPE, text=True
    )
    said = process.stdout.readline()
    assert said == f"no Dask scheduler at {address} yet: Connection refused; waiting for 60 s\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_worker_that_waits_for_its_scheduler_says_so_and_can_be_ended(tmp_path, number):
    with waiting_worker(tmp_path, "tcp://127.0.0.1:9") as process:
        process.send_signal(number)
        assert process.wait(20) == 0


def test_a_worker_may_be_started_before_its_scheduler(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with waiting_worker(tmp_path / "there", f"tcp://127.0.0.1:{port}") as worker:
        with Cluster(tmp_path / "cluster", {}, port=port) as cluster:
            cluster.workers["w"] = worker
            assert worker.stdout.readline().startswith(f"worker w of {cluster.address}: ")
