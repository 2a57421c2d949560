"""A kernel's process, forked or started, and how it ended."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from imprint.execution.warm.server.processes import Killings, ended, kill_group, raise_oom_score


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
    """Bytes of memory that it took at the most, without what was its fork server's (``Process.
    measure``); None where that is not known."""
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
        if self.server_died:
            return "the server of warm kernels died"
        if self.killed:
            return "it was killed"
        if self.out_of_memory:
            peak = f", at {self.peak_memory / 2**30:.1f} GiB" if self.peak_memory else ""
            return f"the system killed it for want of memory{peak}"
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

    def __init__(self, pid: int | None = None, server: int | None = None) -> None:
        """``server`` is the process that it is forked from, if it is."""
        self.pid, self.server = pid, server
        self.bound: Future[None] = promise()
        """Done when the kernel's sockets are bound, where it tells."""
        self.ended: Future[Exit] = promise()
        self.killed = False
        self._shared = 0

    def measure(self) -> None:
        """Note how much of its memory is its fork server's, now that its cells have ended.

        So much less counts as its peak: the largest resident set, minus what is shared at the
        end. Sharing only shrinks, because who writes to a shared page gets a copy of its own.
        So the figure is never below the truth by more than what the process shares with its
        own children, and above it by what was copied after the peak. Of a process that died
        before this was called the peak is all that was resident.
        """
        if self.pid and self.server and not self.ended.done():
            self._shared = min(_shared(self.pid), resident(self.server))

    def end(self, end: Exit) -> None:
        """Note how it ended; the first word counts."""
        peak = end.peak_memory and max(0, end.peak_memory - self._shared)
        wanted = end.out_of_memory and not self.killed  # else it is another's that was counted
        with suppress(InvalidStateError):  # it has ended already
            self.ended.set_result(replace(end, peak_memory=peak, out_of_memory=wanted))

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
                kill_group(self.pid)
            self.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


_killings = Killings()


def started(launch: Callable[[], subprocess.Popen[Any]]) -> Process:
    """The Process of what ``launch`` starts; a thread waits for its end."""
    since = _killings.count()
    popen = launch()
    process = Process(popen.pid)
    raise_oom_score(popen.pid)

    def wait() -> None:
        if hasattr(os, "wait4"):
            end = Exit(**ended(popen.pid, _killings, since, wait=True), killed=process.killed)
            popen.returncode = end.returncode
        else:
            end = Exit(code=popen.wait(), killed=process.killed)
        process.end(end)

    threading.Thread(target=wait, name=f"end of kernel {popen.pid}", daemon=True).start()
    return process


def resident(pid: int) -> int:
    """Bytes of memory that a process has resident (proc(5), statm); 0 where that is not known."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _shared(pid: int) -> int:
    """Bytes that a process has resident and shares with others (proc(5), smaps_rollup)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    shared = ("Shared_Clean", "Shared_Dirty")
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(shared))
