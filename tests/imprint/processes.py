"""What tests ask the system about processes, and the control groups that they make."""

import multiprocessing
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

import pytest

GROUPS = Path("/sys/fs/cgroup")


def lives(pid: int) -> bool:
    """Whether a process goes on; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def eventually(true: Callable[[], object], seconds: float = 20) -> bool:
    """Whether something comes true in time."""
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def control_group(limit: int) -> Iterator[Path]:
    """A control group whose processes may use so many bytes, where this machine lets us have
    one; its processes have ended when the block is left."""
    listed = GROUPS / "cgroup.controllers"
    unified = listed.exists() and "memory" in listed.read_text()
    group = (GROUPS if unified else GROUPS / "memory") / f"imprint-{uuid.uuid4().hex[:8]}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made: {error}")
    try:
        (group / ("memory.max" if unified else "memory.limit_in_bytes")).write_text(str(limit))
        yield group
        assert eventually(lambda: not (group / "cgroup.procs").read_text())
    finally:
        group.rmdir()


def alone(test: Callable[..., None]) -> Callable[..., None]:
    """A test in a process with one thread: those that run tests on several cores have more."""

    @wraps(test)
    def run(**fixtures: object) -> None:
        process = multiprocessing.get_context("fork").Process(target=test, kwargs=fixtures)
        process.start()
        process.join()
        assert process.exitcode == 0  # what failed is on its standard error

    return run
