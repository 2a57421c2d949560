"""The mean value theorem: tangents that are parallel to a chord."""

import numpy as np

from tools.figures.svg import BLUE, DASHED, DOTTED, GREY, INK, ORANGE, Drawing, Frame

CURVE = np.polynomial.Polynomial([0.35, 3.1, -2.5, 0.64])
START, END = 0.2, 2.8


def draw():
    drawing = Drawing(460, 290)
    frame = Frame(40, 15, 390, 235, xlim=(0, 3.2), ylim=(0, 3.95))
    frame.axes(drawing)
    slope = (CURVE(END) - CURVE(START)) / (END - START)
    ends = np.array([START, END])
    drawing.line(frame.curve(ends, CURVE(ends)), ORANGE, 2.5, DASHED)
    xs = np.linspace(0.08, 2.9, 120)
    drawing.line(frame.curve(xs, CURVE(xs)), BLUE, 2.5)
    for x, name in zip((CURVE.deriv() - slope).roots(), ("/ξ/,{1}", "/ξ/,{2}"), strict=True):
        part = np.array([x - 0.5, x + 0.5])
        drawing.line(frame.curve(part, CURVE(x) + slope * (part - x)), ORANGE, 2.5)
        drawing.line([frame(x, 0), frame(x, CURVE(x))], GREY, 1, DOTTED)
        drawing.circle(frame(x, CURVE(x)), 4, INK, INK)
        across, at = frame(x, 0)
        drawing.formula((across, at + 20), name)
    for x, name in ((START, "/a/"), (END, "/b/")):
        drawing.line([frame(x, 0), frame(x, CURVE(x))], GREY, 1, DOTTED)
        drawing.circle(frame(x, CURVE(x)), 4, BLUE, BLUE)
        across, at = frame(x, 0)
        drawing.formula((across, at + 20), name)
    at = frame(2.98, CURVE(2.9))
    drawing.formula((at[0] + 4, at[1] + 4), "/f/", BLUE)
    return drawing
