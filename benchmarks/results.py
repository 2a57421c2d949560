"""Results: the raw numbers as JSON, and the page that is written from them."""

import json
import os
import platform
from dataclasses import replace
from pathlib import Path

from benchmarks.figures import OURS, Figure, Outcome
from benchmarks.words import promise, spread, verdict

PAGE = """\
# Results

{summary}

![imprint's time beside that of other tools, and against its promises](results.svg)

| what | promise | imprint | beside it | imprint's share | |
|---|---|--:|--:|--:|---|
{rows}
{failures}
Seconds of whole commands: the median, and the range where there were several rounds; the sides took
turns in one call. The raw numbers are in [{raw}]({raw}); how they came about is told in
[the page above](../README.md).

| machine | |
|---|---|
{machine}

| versions | {tools} |
|---|{bars}
{versions}

Written by `make bench`; do not edit.
"""


def machine() -> dict[str, str]:
    """What the numbers were measured on; nothing that names the machine itself."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    kernel = ".".join(platform.release().split(".")[:2])
    return {
        "processor": _processor(),
        "cores": str(cores),
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": f"{_system()}, {platform.system()} {kernel}",
        "Python": platform.python_version(),
    }


def save(outcome: Outcome, folder: Path) -> Path:
    """Write ``<date>.json``, the page and the picture into ``folder``; the JSON's path.

    Figures of the same day and machine that this call did not measure stay.
    """
    from benchmarks.picture import draw  # Matplotlib is slow to import: only where it is used

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{outcome.date[:10]}.json"
    if path.exists():
        outcome = merged(read(path), outcome)
    path.write_text(json.dumps(outcome.as_json(), indent=1) + "\n", "utf-8")
    (folder / "README.md").write_text(page(outcome, path.name), "utf-8")
    draw(outcome, folder / "results.svg")
    return path


def read(path: Path) -> Outcome:
    return Outcome.from_json(json.loads(path.read_text("utf-8")))


def newest(folder: Path) -> Path | None:
    return max(folder.glob("*.json"), default=None)


def merged(old: Outcome, new: Outcome) -> Outcome:
    """``new``, with what only ``old`` measured; ``new`` alone where another machine did."""
    if (old.machine, old.sizes) != (new.machine, new.sizes):
        return new
    figures = {figure.name: figure for figure in [*old.figures, *new.figures]}
    failures = {
        case: message for case, message in old.failures.items() if case not in new.cases
    } | new.failures
    return replace(
        new, figures=list(figures.values()), failures=failures,
        cases=sorted({*old.cases, *new.cases}),
    )  # fmt: skip


def page(outcome: Outcome, raw: str) -> str:
    """The results as Markdown."""
    kept = [figure for figure in outcome.figures if figure.met is not None]
    met = sum(bool(figure.met) for figure in kept)
    summary = f"{met} of {len(kept)} measured promises are kept. Measured on {outcome.date[:10]}."
    failures = "".join(
        f"\n**{case}** could not be measured: {_escaped(message)}\n"
        for case, message in outcome.failures.items()
    )
    names = list(dict.fromkeys(name for found in outcome.versions.values() for name in found))
    return PAGE.format(
        summary=summary,
        rows="\n".join(map(row, outcome.figures)),
        failures=failures,
        raw=raw,
        machine="\n".join(f"| {key} | {value} |" for key, value in outcome.machine.items()),
        tools=" | ".join(f"{tool}'s environment" for tool in outcome.versions),
        bars="---|" * len(outcome.versions),
        versions="\n".join(
            f"| {name} | {' | '.join(v.get(name, '') for v in outcome.versions.values())} |"
            for name in names
        ),
    )


def row(figure: Figure) -> str:
    """One line of the table."""
    title = figure.title + (f" ({figure.notes})" if figure.notes else "")
    share = "" if figure.share is None else f"{figure.share:.2f}"
    beside = figure.other and f"{figure.other}: {spread(figure, figure.other)}"
    cells = (title, promise(figure), spread(figure, OURS), beside or "", share, verdict(figure))
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform(terse=True)
