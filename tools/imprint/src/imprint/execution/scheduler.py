"""The scheduler: many runs over the CPU slots, the memory and the GPUs of this machine.

Each run gets a thread that talks to its kernel's process; the loop below sleeps until one
of them ends. What starts next is ``imprint.schedule``'s to say.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from imprint.execution import warm
from imprint.execution.attempt import Stop, execute, interpreter_env
from imprint.execution.run import Result, Run
from imprint.execution.slots import Slots, job
from imprint.schedule import Line, Start


def run_all(
    runs: Iterable[Run],
    slots: Slots,
    root: Path,
    *,
    fail_fast: bool = False,
    started: Callable[[Run], None] = lambda run: None,
    cell_started: Callable[[Run, int], None] = lambda run, index: None,
    retried: Callable[[Result], None] = lambda result: None,
) -> Iterator[Result]:
    """Execute the runs, as many at once as there is room for; yields each Result as it ends.

    A failing run stops no other. With ``fail_fast`` the first failure is the last thing that
    happens: no run starts any more, and those going on come back as failures of the kind
    "interrupted". A run whose kernel died or ran out of memory is tried a second time, alone;
    ``retried`` receives what came of the first try, and ``started`` its run again.
    KeyboardInterrupt kills every kernel and is raised again.
    """
    runs = list(runs)
    line = Line([job(run) for run in runs], slots.room, fail_fast)
    going: dict[Future[Result], Start] = {}
    firsts: dict[int, Result] = {}
    finals: list[Result] = []
    with _threads(slots.cpus) as (pool, stop):
        while True:
            line.set_aside(warm.held())
            while (start := line.next(time.monotonic())) is not None:
                started(runs[start.job])
                run = _placed(runs[start.job], start, slots, root)
                going[pool.submit(execute, run, stop, cell_started)] = start
            yield from finals  # they are kept while the next ones run
            if not going:
                break
            ended, _ = wait(going, return_when=FIRST_COMPLETED)
            finals = []
            for future in ended:
                start = going.pop(future)
                result = _told(future.result(), start, slots, firsts.pop(start.job, None))
                if line.ended(start, result.failure and result.failure.kind):
                    finals.append(result)
                else:
                    firsts[start.job] = result
                    retried(result)
            if line.stopped:
                stop.now()
        yield from firsts.values()  # stopped before their second try


def start_early(run: Run, slots: Slots, root: Path) -> None:
    """Have the server of a run's kernel begin to import, if it is to be a warm one."""
    config = run.spec and run.spec.metadata.get("kernel_provisioner", {}).get("config")
    if config is not None:
        env = {**os.environ, **interpreter_env(root, slots.threads, []), **run.env}
        careful = config.get("careful", False)
        warm.start_early(run.spec.argv, config["preload"], env, run.folder, careful)


def again(first: Result, second: Result) -> Result:
    """The Result of a second try; a second failure says that there was a first."""
    failure = second.failure
    if failure and first.failure and failure.kind != "interrupted":
        differs = failure.message != first.failure.message
        said = f"tried twice; first: {first.failure.message}" if differs else "tried twice"
        log = f"{failure.log}\n\nThe first try:\n\n{first.failure.log}"
        failure = replace(failure, message=f"{failure.message} ({said})", log=log)
    return replace(second, failure=failure, attempts=first.attempts + 1)


def _placed(run: Run, start: Start, slots: Slots, root: Path) -> Run:
    """The run with the environment of its place. (What an earlier try left in the notebook,
    papermill clears.)"""
    env = interpreter_env(root, slots.threads, _names(start, slots))
    return replace(run, env={**env, **run.env})


def _told(result: Result, start: Start, slots: Slots, first: Result | None) -> Result:
    place = f"slot {start.slot + 1}"
    result = replace(result, place=place, gpus=tuple(_names(start, slots)))
    return again(first, result) if first else result


def _names(start: Start, slots: Slots) -> list[str]:
    return [slots.gpus[index] for index in start.gpus]


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
