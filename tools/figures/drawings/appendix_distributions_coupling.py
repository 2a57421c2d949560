"""A Bernoulli and a Poisson variable from one uniform number, and the strips where they differ."""

import math

from tools.figures.svg import (
    BLUE,
    DASHED,
    GREEN,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_GREEN,
    PALE_ORANGE,
    RED,
    Drawing,
    Frame,
)

MEAN = 0.4


def pieces():
    """Return, for each variable, the boundaries of its pieces of the unit interval."""
    zero = math.exp(-MEAN)
    return [0, 1 - MEAN, 1], [0, zero, zero * (1 + MEAN), 1]


def draw():
    drawing = Drawing(600, 225)
    bernoulli, poisson = pieces()
    colors = [(BLUE, PALE_BLUE), (ORANGE, PALE_ORANGE), (GREEN, PALE_GREEN)]
    frame = Frame(70, 20, 490, 150)
    for bounds, top, name in ((bernoulli, 46, "/X/"), (poisson, 126, "/Y/")):
        drawing.formula((44, top + 24), name)
        for k, (low, high) in enumerate(zip(bounds, bounds[1:], strict=False)):
            left, right = frame(low, 0)[0], frame(high, 0)[0]
            color, fill = colors[k]
            drawing.area(
                [(left, top), (right, top), (right, top + 36), (left, top + 36)], color, fill
            )
            drawing.formula(((left + right) / 2, top + 24), "≥ 2" if k == 2 else str(k))
    strips = [(bernoulli[1], poisson[1]), (poisson[2], 1)]
    for strip in strips:
        for u in strip:
            x = frame(u, 0)[0]
            drawing.line([(x, 34), (x, 174)], RED, 1, DASHED)
    for low, high in strips:
        drawing.text((frame((low + high) / 2, 0)[0], 24), "differ", RED, 13)
    labels = [(0, 82, "0"), (bernoulli[1], 82, "1 − /p/"), (1, 82, "1")]
    labels += [(0, 162, "0"), (poisson[1], 162, "/e/^{−p}"), (poisson[2], 162, "/e/^{−p}(1 + /p/)")]
    labels += [(1, 162, "1")]
    for u, y, label in labels:
        x = frame(u, 0)[0]
        drawing.line([(x, y), (x, y + 6)], INK, 1)
        at = (x + 5, "start") if u == 1 else (x - 5, "end") if u else (x, "middle")
        drawing.formula((at[0], y + 20), label, INK, 14, at[1])
    at = frame(0.2, 0)[0]
    drawing.line([(at, 218), (at, 86)], INK, 1.5, arrow=True)
    drawing.formula((at + 12, 220), "/u/")
    return drawing
