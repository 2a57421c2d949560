"""The timeline's geometry: who ran where and when, as bars in lanes, in shares of the width.

Widths are percentages, heights pixels, so that the drawing fits any screen and its letters keep
their size.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from imprint.report.account import Account, Row, Stage
from imprint.report.words import count, duration, memory

HEIGHT = 560
"""Pixels that the lanes share, unless that makes them thinner than THINNEST."""
THICKEST, THINNEST = 26, 5
STAGE, AXIS = 20, 22
"""Pixels of a stage's row, and of the axis above all."""
NARROWEST = 0.14
"""Percent of the width below which a bar cannot be seen; shorter neighbours become one bar."""
LABELLED = 4.0
"""Percent of the width from which on a bar has room for a name."""
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
TICKS = 6
"""At most so many, for a phone's width."""
TOUCHING = 0.05
"""Seconds by which clocks of two runs in one slot may seem to overlap."""


Numbered = tuple[int | None, Row]
"""A row and its number in the table; a first try has none."""


@dataclass(frozen=True)
class Bar:
    """A run in its lane; or several short ones of a kind, one after another."""

    x: float
    width: float
    y: float
    height: float
    state: str
    edition: str | None
    title: str
    label: str = ""
    row: int | None = None
    """The number of its row in the table."""


@dataclass(frozen=True)
class Label:
    """A name beside the lanes."""

    text: str
    y: float
    height: float


@dataclass(frozen=True)
class Timeline:
    """All that there is to draw."""

    height: float
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[Label, ...]
    stages: tuple[Bar, ...]
    bars: tuple[Bar, ...]
    lanes: int
    beside: int
    """Letters of the longest label."""
    busy: float
    """The share of the lanes' time that runs filled, from the first one's start to the last
    one's end."""


def draw(account: Account, rows: Sequence[Row]) -> Timeline | None:
    """The timeline of a build's runs and stages, or None where there is nothing to show.

    ``rows`` are numbered by their order.
    """
    ran: list[Numbered] = [(number, row) for number, row in enumerate(rows) if row.began > 0]
    ran += [(None, row) for row in account.first_tries]
    times = [row.began for _, row in ran] + [stage.began for stage in account.stages]
    ends = [row.began + row.seconds for _, row in ran]
    ends += [stage.began + stage.seconds for stage in account.stages]
    if not times or max(ends) - min(times) <= 0:
        return None
    since, span = min(times), max(ends) - min(times)
    stages, labels = _stages(account.stages, since, span)
    top = AXIS + STAGE * len(stages) + (6 if stages and ran else 0)
    lanes = _lanes(ran)
    height = max(THINNEST, min(THICKEST, HEIGHT // len(lanes))) if lanes else 0
    bars: list[Bar] = []
    for position, (_, lane) in enumerate(lanes):
        bars += _bars(lane, since, span, top + position * height, height)
    labels += _names([place for place, _ in lanes], top, height)
    return Timeline(
        top + len(lanes) * height + 2, tuple(_ticks(span)), tuple(labels), tuple(stages),
        tuple(bars), len(lanes), max(len(label.text) for label in labels) if labels else 0,
        _busy(ran, len(lanes)),
    )  # fmt: skip


def tell(row: Row) -> str:
    """A run in one line: what a bar says when it is pointed at."""
    said = {"ok": "", "retried": "ok", "first": "first try"}.get(row.state, row.state)
    if row.state == "first" and row.result and row.result.failure:
        said += f": {row.result.failure.message}"
    words = [row.name, said, duration(row.seconds)]
    if row.last is not None and row.change is not None:
        words.append(f"last time {duration(row.last)}")
    words += [count(len(row.cells), "cell") if row.cells else "", memory(row.memory)]
    if row.attempts > 1:
        words.append(f"{row.attempts} attempts")
    words += [row.place, f"GPU {', '.join(row.gpus)}" if row.gpus else ""]
    return " · ".join(filter(None, words))


def _stages(stages: Iterable[Stage], since: float, span: float) -> tuple[list[Bar], list[Label]]:
    bars, labels = [], []
    for position, stage in enumerate(sorted(stages, key=lambda stage: stage.began)):
        y = AXIS + position * STAGE
        x = 100 * (stage.began - since) / span
        width = max(NARROWEST, 100 * stage.seconds / span)
        said = duration(stage.seconds)
        bars.append(Bar(x, width, y, STAGE - 6, "stage", None, f"{stage.name} · {said}", said))
        labels.append(Label(stage.name, y, STAGE))
    return bars, labels


def _lanes(ran: Sequence[Numbered]) -> list[tuple[str, list[Numbered]]]:
    """The runs by place, in lanes where no two go on at once; a worker with several slots gets as
    many lanes as it used at once."""
    lanes: dict[str, list[list[Numbered]]] = {}
    for number, row in sorted(ran, key=lambda one: one[1].began):
        places = lanes.setdefault(row.place, [])
        for lane in places:
            last = lane[-1][1]
            if last.began + last.seconds <= row.began + TOUCHING:
                lane.append((number, row))
                break
        else:
            places.append([(number, row)])
    return [(place, lane) for place in sorted(lanes, key=_natural) for lane in lanes[place]]


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Order in which slot 10 comes after slot 9."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _bars(
    lane: Iterable[Numbered], since: float, span: float, y: float, height: float
) -> Iterable[Bar]:
    """One lane's bars; neighbours too short to be told apart become one."""
    gap = 2 if height > 12 else 1
    group: list[Numbered] = []

    def drawn() -> Bar:
        (number, first), (_, last) = group[0], group[-1]
        x = 100 * (first.began - since) / span
        width = 100 * (last.began + last.seconds - first.began) / span
        label = first.short if width >= LABELLED and height >= 14 and len(group) == 1 else ""
        title, state = tell(first), first.state
        if len(group) > 1:
            state = "ok" if len({row.edition for _, row in group}) == 1 else "mixed"
            whole = sum(row.seconds for _, row in group)
            title = f"{len(group)} short runs · {duration(whole)} · {first.name} … {last.name}"
        return Bar(
            x, max(NARROWEST, width), y, height - gap, state, first.edition, title, label,
            number if len(group) == 1 else None,
        )  # fmt: skip

    for number, row in lane:
        if group:
            first, last = group[0][1], group[-1][1]
            alike = row.state == first.state == last.state == "ok"
            if not (alike and max(row.seconds, last.seconds) < NARROWEST * span / 100):
                yield drawn()
                group = []
        group.append((number, row))
    if group:
        yield drawn()


def _names(places: Sequence[str], top: float, height: float) -> list[Label]:
    """A name for each place with lanes, unless there is no room."""
    labels: list[Label] = []
    for position, place in enumerate(places):
        y = top + position * height
        if not place or (position and places[position - 1] == place):
            continue
        if labels and y - labels[-1].y < 13:
            continue
        lanes = sum(other == place for other in places)
        labels.append(Label(place, y, max(13.0, height * lanes) if lanes > 1 else height))
    return labels


def _ticks(span: float) -> Iterable[tuple[float, str]]:
    step = next((step for step in STEPS if span / step <= TICKS), span / TICKS)
    tick = 0.0
    while tick <= span:
        yield 100 * tick / span, _clock(tick, step)
        tick += step


def _clock(seconds: float, step: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    if step < 60 and not hours:
        return f"{whole} s" if whole < 60 else f"{minutes}:{whole % 60:02}"
    if step < 3600:
        return f"{hours}:{minutes:02} h" if hours else f"{minutes} min"
    return f"{hours} h"


def _busy(ran: Sequence[Numbered], lanes: int) -> float:
    if not ran or not lanes:
        return 0.0
    began = min(row.began for _, row in ran)
    ended = max(row.began + row.seconds for _, row in ran)
    if ended <= began:
        return 1.0
    return min(1.0, sum(row.seconds for _, row in ran) / (lanes * (ended - began)))


def summary(lanes: int, rows: Mapping[str, int]) -> str:
    """The timeline in words, for those who do not see it."""
    states = ", ".join(f"{number} {state}" for state, number in rows.items() if number)
    return f"Timeline of {sum(rows.values())} runs in {lanes} lanes: {states}."
