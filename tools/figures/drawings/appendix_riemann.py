"""Strips under the exponential function, as high as it is at left ends or at midpoints."""

import numpy as np

from tools.figures.svg import BLUE, GREY, ORANGE, PALE_BLUE, PALE_ORANGE, Drawing, Frame

STRIPS = 4


def draw():
    drawing = Drawing(640, 270)
    xs = np.linspace(0, 1, 61)
    panels = [
        (40, 0.0, BLUE, PALE_BLUE, "left ends"),
        (360, 0.5, ORANGE, PALE_ORANGE, "midpoints"),
    ]
    for left, where, color, pale, name in panels:
        frame = Frame(left, 20, 250, 205, xlim=(0, 1.15), ylim=(0, 3.0))
        for i in range(STRIPS):
            start, end = i / STRIPS, (i + 1) / STRIPS
            at = (i + where) / STRIPS
            height = np.exp(at)
            strip = frame.curve([start, end, end, start], [0, 0, height, height])
            drawing.area(strip, color, pale, 1)
            drawing.circle(frame(at, height), 3, color, color)
        frame.axes(drawing, "/x/", "")
        drawing.line(frame.curve(xs, np.exp(xs)), width=2)
        drawing.formula((frame(0.84, 0)[0], frame(0, 2.72)[1]), "/e/^{x}")
        for x, label in ((0, "0"), (1, "1")):
            drawing.formula((frame(x, 0)[0], frame(0, 0)[1] + 18), label, size=14)
        drawing.text((frame(0.5, 0)[0], 262), name, GREY, size=13)
    return drawing
