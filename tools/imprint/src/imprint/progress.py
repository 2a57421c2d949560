"""Progress of a build, as it is seen: live on a terminal, one line a run elsewhere."""

import time
from contextlib import AbstractContextManager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from imprint.execution.run import Result, Run


class RunProgress(AbstractContextManager):
    """Shows the runs that are going on and the ones that ended."""

    def __init__(self, console: Console, total: int, kept: int) -> None:
        self.console = console
        self.total, self.done = total, 0
        self.live: Live | None = None
        self.bar = Progress(
            TextColumn("running notebooks"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self.task = self.bar.add_task("", total=total)
        self.going: dict[str, tuple[Run, int, float]] = {}
        if total:
            console.print(f"{total} notebooks to run, {kept} unchanged", highlight=False)

    def __enter__(self) -> "RunProgress":
        if self.console.is_terminal and self.total:
            self.live = Live(self, console=self.console, refresh_per_second=4, transient=True)
            self.live.start()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.live:
            self.live.stop()

    def __rich__(self) -> Group:
        table = Table.grid(padding=(0, 2))
        for name, (run, cell, began) in list(self.going.items()):
            cells = len(run.executable.cells)
            table.add_row(
                f"  {name}", f"cell {min(cell + 1, cells)}/{cells}",
                f"{time.monotonic() - began:.0f} s",
            )  # fmt: skip
        return Group(self.bar, table)

    def started(self, run: Run) -> None:
        self.going[run.name] = (run, 0, time.monotonic())

    def cell_started(self, run: Run, index: int) -> None:
        if run.name in self.going:
            self.going[run.name] = (run, index, self.going[run.name][2])

    def ended(self, result: Result) -> None:
        self.going.pop(result.run.name, None)
        self.done += 1
        self.bar.update(self.task, completed=self.done)
        mark = Text("failed", "red") if result.failure else Text("ok", "green")
        line = Text.assemble(
            f"[{self.done}/{self.total}] {result.run.name} ", mark, f" {result.seconds:.1f} s"
        )
        self.console.print(line, highlight=False, soft_wrap=True)
