"""The scheduler: many runs over CPU and GPU slots of this machine.

Each run gets a thread that talks to its kernel's process; the loop below sleeps until one
of them ends.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from imprint.execution.run import Result, Run, Stop, execute, interpreter_env


@dataclass(frozen=True)
class Slots:
    """What this machine offers to runs."""

    cpus: int
    """How many runs may go on at once."""
    gpus: tuple[str, ...]
    """The GPUs' names for CUDA_VISIBLE_DEVICES."""
    threads: int
    """Threads of each run."""

    @classmethod
    def here(cls, jobs: int | None = None) -> "Slots":
        """As many CPU slots as cores, or ``jobs``; the cores are divided among them."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        cpus = jobs or cores or 1
        return cls(cpus, tuple(_gpus()), max(1, (cores or 1) // cpus))


def run_all(
    runs: Iterable[Run],
    slots: Slots,
    root: Path,
    *,
    started: Callable[[Run], None] = lambda run: None,
    cell_started: Callable[[Run, int], None] = lambda run, index: None,
) -> Iterator[Result]:
    """Execute the runs, as many at once as there are slots; yields each Result as it ends.

    A failing run stops no other. KeyboardInterrupt kills every kernel and is raised again.
    """
    waiting = list(runs)
    free_gpus = list(slots.gpus)
    going: dict[Future[Result], list[str]] = {}
    with _threads(slots.cpus) as (pool, stop):
        while waiting or going:
            for run in list(waiting):
                wanted = len(slots.gpus) if run.gpus == "all" else min(run.gpus, len(slots.gpus))
                if len(going) >= slots.cpus:
                    break
                if wanted > len(free_gpus):
                    continue
                gpus, free_gpus = free_gpus[:wanted], free_gpus[wanted:]
                waiting.remove(run)
                env = {**interpreter_env(root, slots.threads, gpus), **run.env}
                started(run)
                future = pool.submit(execute, replace(run, env=env), stop, cell_started)
                going[future] = gpus
            ended, _ = wait(going, return_when=FIRST_COMPLETED)
            for future in ended:
                free_gpus += going.pop(future)
                yield future.result()


@contextmanager
def _threads(count: int) -> Iterator[tuple[ThreadPoolExecutor, Stop]]:
    """Threads for runs, all of whose kernels are gone when the block is left."""
    stop = Stop()
    pool = ThreadPoolExecutor(count, thread_name_prefix="run")
    try:
        yield pool, stop
    except BaseException:
        stop.now()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _gpus() -> list[str]:
    """The GPUs that this process may use, by the names CUDA_VISIBLE_DEVICES takes."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip() not in ("", "-1")]
    if not shutil.which("nvidia-smi"):
        return []
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True)
    count = sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
    return [str(index) for index in range(count)] if listed.returncode == 0 else []
