"""A simulated schedule as people read it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from imprint.schedule.simulation import Schedule, Span

CRITICAL_SHOWN = 10
"""Runs of the critical chain that are named, the longest of it."""
WORKERS_SHOWN = 16
"""Up to so many workers each get a line; more are summed up."""
BAR = 30
"""Characters of a full bar."""


def show(schedule: Schedule, console: Console) -> None:
    """Print the makespan against its lower bounds, what the end waits for, and how busy the
    workers are."""
    console.print(_summary(schedule), highlight=False)
    if schedule.spans:
        console.print(_critical(schedule), highlight=False)
        console.print(_workers(schedule), highlight=False)


def duration(seconds: float) -> str:
    """``12.3 s``, ``4 min 05 s``, ``2 h 03 min``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def _summary(schedule: Schedule) -> Table:
    room = schedule.room
    title = f"{_count(len(schedule.spans), 'run')} on {_count(room.slots, 'worker')}"
    if room.gpus:
        title += f" with {_count(room.gpus, 'GPU')}"
    table = Table("", "time", "ratio", title=title, title_justify="left")
    table.columns[1].justify = table.columns[2].justify = "right"
    table.add_row("makespan", duration(schedule.makespan), "", style="bold", end_section=True)
    said = {
        "longest run": "the longest run",
        "all runs": f"all runs / {_count(room.slots, 'worker')}",
        "GPU runs": f"GPU runs / {_count(room.gpus, 'GPU')}",
        "memory": f"memory × time / {(room.memory or 0) / 2**30:.1f} GiB",
    }
    for name, seconds in schedule.bounds.items():
        holds = seconds == schedule.bound
        ratio = f"{schedule.makespan / seconds:.3f}" if holds and seconds else ""
        table.add_row(
            ("lower bound: " if holds else "at least: ") + said[name], duration(seconds), ratio,
            style="bold" if holds else "",
        )  # fmt: skip
    guessed = sum(span.job.seconds is None for span in schedule.spans)
    if guessed:
        table.caption = f"{_count(guessed, 'run')} without a recorded duration: guessed"
    return table


def _critical(schedule: Schedule) -> Table:
    chain = schedule.critical()
    longest = sorted(chain, key=lambda span: span.began - span.ended)[:CRITICAL_SHOWN]
    table = Table(
        "critical run", "worker", "begins", "takes", title="What the end waits for",
        title_justify="left",
    )  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    for span in sorted(longest, key=lambda span: span.began):
        table.add_row(
            Text(span.job.name), str(span.slot + 1), duration(span.began), duration(_seconds(span))
        )
    if len(chain) > len(longest):
        others = sum(map(_seconds, chain)) - sum(map(_seconds, longest))
        table.add_row(f"{len(chain) - len(longest)} shorter ones", "", "", duration(others))
    return table


def _workers(schedule: Schedule) -> Table:
    shares = [seconds / schedule.makespan if schedule.makespan else 0 for seconds in schedule.busy]
    table = Table("worker", "busy", "", title="Utilisation", title_justify="left")
    table.columns[1].justify = "right"
    if len(shares) <= WORKERS_SHOWN:
        for slot, share in enumerate(shares):
            table.add_row(str(slot + 1), f"{share:.0%}", _bar(share))
    else:
        ordered = sorted(shares)
        for name, share in [
            ("the busiest", ordered[-1]), ("the median", ordered[len(ordered) // 2]),
            ("the least busy", ordered[0]),
        ]:  # fmt: skip
            table.add_row(name, f"{share:.0%}", _bar(share))
    table.add_section()
    mean = sum(shares) / len(shares)
    table.add_row("all workers", f"{mean:.0%}", _bar(mean))
    for name, bound in (("all GPUs", "GPU runs"), ("memory", "memory")):
        if schedule.makespan and bound in schedule.bounds:
            share = schedule.bounds[bound] / schedule.makespan
            table.add_row(name, f"{share:.0%}", _bar(share))
    return table


def _bar(share: float) -> str:
    return "#" * round(share * BAR)


def _seconds(span: Span) -> float:
    return span.ended - span.began


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("s" if number != 1 else "")
