"""What this machine has for runs: cores, memory and GPUs, as far as this process may use them."""

import math
import os
import re
import shutil
import subprocess
from pathlib import Path

from imprint.execution.warm.server.processes import control_groups, text

GPU_NAME = re.compile(r"\d+|(GPU|MIG)-\S+")
"""What CUDA_VISIBLE_DEVICES takes: an index, a GPU's UUID or the start of it, a MIG device's name.
Source: CUDA C++ Programming Guide, "CUDA Environment Variables"."""
NVIDIA_SMI_SECONDS = 60
"""How long nvidia-smi may take: a first call wakes the driver."""
UNLIMITED = 2**60
"""Bytes from which on a version 1 limit means none: it is the largest number of whole pages."""


def cores(files: Path = Path("/")) -> int:
    """The cores that this process may use: those it is bound to, or its control group's share
    of time where that is less, rounded up. ``files`` is the root of /proc and /sys."""
    if hasattr(os, "sched_getaffinity"):
        bound = len(os.sched_getaffinity(0))
    else:
        bound = os.cpu_count() or 1
    shares = [bound]
    for group in control_groups("cpu", files):
        quota, _, period = text(group / "cpu.max").partition(" ")  # version 2: "max 100000"
        quota = quota or text(group / "cpu.cfs_quota_us")  # version 1: -1 means none
        period = period or text(group / "cpu.cfs_period_us")
        if quota.isdigit() and period.isdigit() and int(period):
            shares.append(math.ceil(int(quota) / int(period)))
    return max(1, min(shares))


def memory(files: Path = Path("/")) -> int | None:
    """Bytes of memory that this process and its children may use together: what is built in,
    or a control group's limit where that is less; None where the system does not tell."""
    limits = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for group in control_groups("memory", files):
        for name in ("memory.max", "memory.limit_in_bytes"):
            limit = text(group / name)
            if limit.isdigit() and 0 < int(limit) < UNLIMITED:
                limits.append(int(limit))
    return min(limits, default=None)


def gpus() -> list[str]:
    """The GPUs that this process may use, by the names CUDA_VISIBLE_DEVICES takes: what that
    variable says, or else what nvidia-smi lists."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return _visible(visible)
    if not shutil.which("nvidia-smi"):
        return []
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=NVIDIA_SMI_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return _listed(listed.stdout) if listed.returncode == 0 else []


def _visible(names: str) -> list[str]:
    """As CUDA reads its variable: up to the first name that is none. A name twice counts once."""
    found: list[str] = []
    for name in names.split(","):
        if not GPU_NAME.fullmatch(name.strip()):
            break
        if name.strip() not in found:
            found.append(name.strip())
    return found


def _listed(text: str) -> list[str]:
    """The GPUs of ``nvidia-smi -L`` by index; one that is divided is the MIG devices listed
    under it, by UUID, for they have no index."""
    found: list[list[str]] = []
    for line in text.splitlines():
        if gpu := re.match(r"GPU (\d+):", line):
            found.append([gpu.group(1)])
        elif (mig := re.search(r"\(UUID: (MIG-[^)\s]+)\)", line)) and found:
            found[-1].append(mig.group(1))
    return [name for gpu in found for name in (gpu[1:] or gpu)]
