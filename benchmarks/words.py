"""Figures in words."""

from collections.abc import Sequence
from fractions import Fraction

from benchmarks.figures import Figure
from benchmarks.measuring import median


def promise(figure: Figure) -> str:
    """The promise in words: "≤ 0.25 s", "≤ 1/5 of jupyter-book", "≤ 1.1 × bound"."""
    if figure.promise is None:
        return ""
    most, of = figure.promise.most, figure.promise.of
    if of is None:
        return f"≤ {most:g} {figure.unit}"
    if most < 1:
        return f"≤ {Fraction(most).limit_denominator(100)} of {of}"
    return f"≤ {most:g} × {of}"


def verdict(figure: Figure) -> str:
    """Whether the promise is kept; by how much not, in percent of what it allows."""
    if figure.promise is None or figure.met:
        return "" if figure.promise is None else "met"
    over = figure.ours / figure.promise.limit(figure.samples) - 1
    return f"**missed by {over:.0%}**"


def spread(figure: Figure, side: str) -> str:
    """The median of a side, and the range where there were several rounds."""
    values: Sequence[float] = figure.samples[side]
    middle = number(median(values), figure.unit)
    if len(values) < 2:
        return middle
    return f"{middle} ({number(min(values))}–{number(max(values))})"


def number(value: float, unit: str = "") -> str:
    """Three digits, or two places."""
    text = (
        f"{value:.2f}"
        if abs(value) < 10
        else f"{value:.1f}"
        if abs(value) < 100
        else f"{value:.0f}"
    )
    return f"{text} {unit}".strip()
