"""A kernel's process, forked or started, and how it ended."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from imprint.execution.warm import server


@dataclass(frozen=True)
class Exit:
    """How a kernel's process ended."""

    code: int | None = None
    """Its exit status; None where a signal ended it."""
    signal: int | None = None
    """The signal that ended it."""
    out_of_memory: bool = False
    """Whether the system killed it for want of memory."""
    peak_memory: int | None = None
    """The most that was resident at once, in bytes; None where it was not measured."""
    cpu_seconds: float | None = None
    """Processor time, with that of the processes it started and waited for."""
    killed: bool = False
    """Whether it was killed by order of this process (a time limit, a stop, a shutdown)."""
    server_died: bool = False
    """Whether it was taken along by the end of its fork server."""

    @property
    def returncode(self) -> int:
        """As subprocess has it: the exit status, or minus the signal."""
        return -self.signal if self.signal else self.code or 0

    def __str__(self) -> str:
        if self.out_of_memory:
            peak = f", at {self.peak_memory / 2**30:.1f} GiB" if self.peak_memory else ""
            return f"the system killed it for want of memory{peak}"
        if self.server_died:
            return "the server of warm kernels died"
        if self.killed:
            return "it was killed"
        if self.signal:
            with suppress(ValueError):
                return f"it was ended by {signal.Signals(self.signal).name}"
            return f"it was ended by signal {self.signal}"
        return f"it ended itself with exit code {self.code}"


def promise() -> "Future[Any]":
    """A Future that one who waits for it cannot cancel for the others."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


class Process:
    """What Jupyter needs of ``subprocess.Popen``, with an end that can be waited for."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int | None = None) -> None:
        self.pid = pid
        self.bound: Future[None] = promise()
        """Done when the kernel's sockets are bound, where it tells."""
        self.ended: Future[Exit] = promise()
        self.killed = False

    def end(self, end: Exit) -> None:
        """Note how it ended; the first word counts."""
        with suppress(Exception):  # it has ended already
            self.ended.set_result(end)

    def poll(self) -> int | None:
        return self.ended.result().returncode if self.ended.done() else None

    def wait(self, timeout: float | None = None) -> int:
        return self.ended.result(timeout).returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the process alone."""
        if self.pid and not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process with everything it started, unless that has left its group."""
        self.killed = True
        if self.pid and not self.ended.done():
            if hasattr(os, "killpg"):
                server.kill_group(self.pid)
            self.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def started(launch: Callable[[], subprocess.Popen[Any]]) -> Process:
    """The Process of what ``launch`` starts; a thread waits for its end."""
    killings = server.oom_kills()
    popen = launch()
    process = Process(popen.pid)
    server.raise_oom_score(popen.pid)

    def wait() -> None:
        if hasattr(os, "wait4"):
            end = server.ended(popen.pid, killings, wait=True)
            found = Exit(**end, killed=process.killed)
            popen.returncode = found.returncode
        else:
            found = Exit(code=popen.wait(), killed=process.killed)
        process.end(found)

    threading.Thread(target=wait, name=f"end of kernel {popen.pid}", daemon=True).start()
    return process
