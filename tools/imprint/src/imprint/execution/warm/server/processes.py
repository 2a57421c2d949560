"""What the system tells of processes: how one ended, who was killed for want of memory, and which
control groups limit this one."""

import os
import re
import signal
import sys
import threading
from pathlib import Path

OOM_ADJUSTMENT = 500
"""Added to a kernel's oom score: the system rather kills it than what waits for it."""


def ended(pid, killings, since, wait=False):
    """How a child process that leads a group ended (None: it has not): exit code or signal,
    whether for want of memory, peak memory in bytes, processor time in seconds.

    What it started is killed before its number can be given to another process. ``since`` is
    what ``killings`` counted when it started. The peak is the largest resident set, of the
    process or of a child that it waited for (getrusage(2), ru_maxrss).
    """
    flags = 0 if wait else os.WNOHANG
    if hasattr(os, "waitid"):  # not everywhere; without it the number may be another's by then
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | flags) is None:
            return None
        kill_group(pid)
    found, status, usage = os.wait4(pid, flags)
    if not found:
        return None
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    return {
        "code": os.WEXITSTATUS(status) if number is None else None,
        "signal": number,
        "out_of_memory": number == signal.SIGKILL and killings.explain(since),
        "peak_memory": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
    }


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def raise_oom_score(pid="self"):
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w") as file:
            file.write(str(OOM_ADJUSTMENT))
    except OSError:
        pass


class Killings:
    """The processes that the system has killed for want of memory: those of this process's
    control group, in which its kernels are too; of the whole machine where no group tells."""

    def __init__(self, files=Path("/")):
        """``files`` is the root of /proc and /sys."""
        self.file = next(
            (
                group / name
                for group in control_groups("memory", files)
                for name in ("memory.events", "memory.oom_control")  # version 2, version 1
                if _killed(group / name) is not None
            ),
            files / "proc/vmstat",
        )
        self.explained = 0
        self.lock = threading.Lock()

    def count(self):
        """How many there were; 0 where the system does not say."""
        return _killed(self.file) or 0

    def explain(self, since):
        """Whether there was one since ``count`` said this that has not explained an end yet."""
        with self.lock:
            since = max(since, self.explained)
            if self.count() <= since:
                return False
            self.explained = since + 1
            return True


def control_groups(controller, files=Path("/")):
    """The folders of this process's control group and of those around it, which limit it too,
    the nearest first.

    In a container the path may be the host's and not be there: then the mount itself is ours.
    Source of the formats: cgroups(7), "/proc/[pid]/cgroup".
    """
    mounts = files / "sys/fs/cgroup"
    for line in text(files / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            tops = [mounts, mounts / "unified"]
        elif controller in controllers.split(","):
            tops = [mounts / controllers, mounts / controller]
        else:
            continue
        for top in tops:
            group = top / path.lstrip("/")
            while group != top and top in group.parents:
                yield group
                group = group.parent
            yield top


def text(path):
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _killed(path):
    """Source of the formats: the kernel's admin-guide, cgroup-v2 (memory.events) and
    cgroup-v1/memory (memory.oom_control); proc(5), vmstat."""
    found = re.search(r"^oom_kill (\d+)$", text(path), re.MULTILINE)
    return int(found[1]) if found else None
