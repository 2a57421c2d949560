"""The curve of minus the logarithm, a tangent below it, and a chord above it."""

import numpy as np

from tools.figures.svg import BLUE, DASHED, DOTTED, GREY, INK, ORANGE, RED, Drawing, Frame

FIRST, SECOND = 0.25, 1.75


def draw():
    drawing = Drawing(420, 290)
    frame = Frame(45, 15, 350, 245, xlim=(0, 2.25), ylim=(-1.05, 1.95))
    frame.axes(drawing, "/z/", "", origin=(0, 0))
    mean, height = (FIRST + SECOND) / 2, -np.log(FIRST * SECOND) / 2
    z = np.linspace(0.145, 2.15, 121)
    drawing.line(frame.curve(z, -np.log(z)), BLUE, 2.5)
    ends = np.array([0.08, 2.0])
    drawing.line(frame.curve(ends, -np.log(mean) - (ends - mean) / mean), ORANGE, 2)
    drawing.line([frame(FIRST, -np.log(FIRST)), frame(SECOND, -np.log(SECOND))], INK, 1.5, DASHED)
    drawing.line([frame(mean, height), frame(mean, 0)], GREY, 1.5, DOTTED)
    for at in (FIRST, SECOND):
        drawing.line([frame(at, -np.log(at)), frame(at, 0)], GREY, 1, DOTTED)
        drawing.circle(frame(at, -np.log(at)), 4, BLUE, BLUE)
    drawing.circle(frame(mean, height), 4, RED, RED)
    drawing.circle(frame(mean, -np.log(mean)), 4, ORANGE, ORANGE)
    drawing.formula(frame(0.27, 1.72), "−log /z/", BLUE, anchor="start")
    drawing.formula(frame(FIRST, -0.17), "/z/,{1}", INK)
    drawing.formula(frame(0.93, -0.2), "/m/", INK)
    drawing.formula(frame(SECOND, 0.1), "/z/,{2}", INK)
    drawing.formula(frame(1.07, 0.46), "mean of the two values", RED, 15, "start")
    drawing.formula(frame(1.72, -0.95), "tangent", ORANGE, 15, "end")
    return drawing
