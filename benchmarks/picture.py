"""The picture of the results: imprint's bar inside that of what it is compared with.

On an opaque card, so that it reads alike on light and dark pages; in two colours that differ in
lightness, so that it reads without telling colours apart.
"""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure as Canvas  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402

from benchmarks.figures import OURS, TOOLS, Figure, Outcome  # noqa: E402
from benchmarks.measuring import median  # noqa: E402
from benchmarks.words import number, promise, verdict  # noqa: E402

INK, QUIET, OTHER, BLUE, LATE = "#1f2328", "#59636e", "#d5d9de", "#0072B2", "#D55E00"
WIDTH, ROW, MARGIN = 9.0, 0.50, 1.15
"""Inches: of the card, of one bar with its title, of what a panel has above and below."""
WIDEST = 2.0
"""Bars end here, in multiples of what they are compared with; the label tells the rest."""


def draw(outcome: Outcome, path: Path) -> None:
    """Draw ``outcome`` into ``path``, as SVG or what its suffix says; the same file each time."""
    beside = [figure for figure in outcome.figures if figure.other in TOOLS]
    alone = [figure for figure in outcome.figures if figure.promise and figure.other not in TOOLS]
    panels = [(rows, kind) for rows, kind in ((beside, "beside"), (alone, "alone")) if rows]
    settings = {
        "svg.hashsalt": "imprint", "svg.fonttype": "path", "font.family": "DejaVu Sans",
        "font.size": 9, "text.color": INK, "axes.edgecolor": QUIET, "xtick.color": QUIET,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        heights = [ROW * len(rows) + MARGIN for rows, _ in panels] or [1.0]
        canvas = Canvas(figsize=(WIDTH, sum(heights) + 0.5), facecolor="white")
        bottom = 1 - 0.45 / canvas.get_figheight()
        for (rows, kind), height in zip(panels, heights):
            tall = height / canvas.get_figheight()
            below, above = 0.45 / canvas.get_figheight(), 0.70 / canvas.get_figheight()
            axes = canvas.add_axes((0.03, bottom - tall + below, 0.94, tall - below - above))
            _panel(axes, rows, beside=kind == "beside")
            bottom -= tall
        what = f"{outcome.machine['cores']} cores of {outcome.machine['processor']}"
        canvas.text(0.03, 1 - 0.32 / canvas.get_figheight(), "The time that imprint takes", size=14,
                    weight="bold")  # fmt: skip
        canvas.text(0.97, 1 - 0.30 / canvas.get_figheight(), f"{outcome.date[:10]} · {what}",
                    size=8, color=QUIET, ha="right")  # fmt: skip
        metadata = {"Date": None} if path.suffix == ".svg" else None
        canvas.savefig(path, metadata=metadata, dpi=110)


def _panel(axes: Axes, rows: Sequence[Figure], beside: bool) -> None:
    """One bar a row. ``beside``: the full bar is the other tool's time; else, what was
    promised."""
    widest = 1.0
    for index, figure in enumerate(rows):
        whole = median(figure.samples[str(figure.other)]) if beside else _limit(figure)
        share = figure.ours / whole
        shown = min(max(share, 0.0), WIDEST)
        widest = max(widest, shown)
        colour = LATE if figure.met is False else BLUE
        axes.barh(index, 1, height=0.42, color=OTHER)
        axes.barh(index, shown, height=0.22, color=colour)
        low, high = (min(extreme / whole, WIDEST) for extreme in _extremes(figure))
        if high > low:
            axes.plot([low, high], [index, index], color=INK, linewidth=1)
        if beside and figure.promise and (allowed := _limit(figure) / whole) <= WIDEST:
            axes.plot([allowed] * 2, [index - 0.24, index + 0.24], color=INK, linewidth=2)
        _label(axes, index, figure, whole, share, beside)
    axes.set_ylim(len(rows) - 0.55, -0.75)
    axes.set_xlim(0, widest * 1.02)
    axes.set_yticks([])
    ticks = [mark / 4 for mark in range(int(widest * 4) + 1)]
    axes.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks])
    axes.tick_params(length=3)
    axes.spines[["left", "right", "top"]].set_visible(False)
    said = "of the other tool's time" if beside else "of what was promised"
    full = "the other tool" if beside else "promised at most"
    axes.set_title(f"In percent {said}; less is better", loc="left", size=10, pad=24)
    handles = [Patch(color=BLUE, label="imprint"), Patch(color=OTHER, label=full)]
    if beside:
        handles += axes.plot([], [], color=INK, linewidth=2.5, label="promised at most")
    handles += axes.plot([], [], color=INK, linewidth=1, label="range of the rounds")
    if any(figure.met is False for figure in rows):
        handles.append(Patch(color=LATE, label="imprint, promise missed"))
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.005, 1.0), ncols=5,
                frameon=False, fontsize=8, handlelength=1.2, borderaxespad=0.2)  # fmt: skip


def _label(
    axes: Axes, index: int, figure: Figure, whole: float, share: float, beside: bool
) -> None:
    """The title above the bar at the left, and the numbers above it at the right."""
    ours = number(figure.ours, figure.unit)
    if beside:
        told = f"imprint {ours} · {figure.other} {number(whole, figure.unit)}"
        told += f" · {1 / share:.1f} × as fast" if share > 0 else ""
    elif figure.other:
        told = f"{number(median(figure.samples[figure.other]), figure.unit)} {figure.other}"
        told = f"{ours}, {told} · promised {promise(figure)}"
    else:
        told = f"{ours} · promised {promise(figure)}"
    above = index - 0.29
    if figure.met is False:
        told += f" · {verdict(figure).strip('*')}"
    axes.text(0, above, figure.title, va="bottom", size=8.5)
    axes.annotate(
        told, (1, above), xycoords=axes.get_yaxis_transform(), ha="right", va="bottom", size=8.5,
        weight="bold" if beside else "normal",
    )  # fmt: skip


def _limit(figure: Figure) -> float:
    return figure.promise.limit(figure.samples) if figure.promise else 0.0


def _extremes(figure: Figure) -> tuple[float, float]:
    return min(figure.samples[OURS]), max(figure.samples[OURS])
