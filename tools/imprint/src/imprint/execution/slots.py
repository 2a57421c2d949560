"""Slots: what this machine offers to runs, and what a run asks for."""

from dataclasses import dataclass

from imprint.execution import machine
from imprint.execution.run import Run
from imprint.schedule import Job, Room


@dataclass(frozen=True)
class Slots:
    """What this machine offers to runs."""

    cpus: int
    """How many runs may go on at once."""
    gpus: tuple[str, ...]
    """The GPUs' names for CUDA_VISIBLE_DEVICES."""
    threads: int
    """Threads of each run."""
    memory: int | None = None
    """Bytes for all runs together; None: no limit."""

    @classmethod
    def here(cls, jobs: int | None = None) -> "Slots":
        """As many CPU slots as cores, or ``jobs``; the cores are divided among them."""
        cores = machine.cores()
        cpus = jobs or cores
        return cls(cpus, tuple(machine.gpus()), max(1, cores // cpus), machine.memory())

    @property
    def room(self) -> Room:
        return Room(self.cpus, len(self.gpus), self.memory)


def job(run: Run) -> Job:
    """What the policy has to know of a run."""
    cells = sum(cell.cell_type == "code" for cell in run.executable.cells)
    return Job(run.name, run.expected_seconds, run.gpus, run.expected_memory, cells)
