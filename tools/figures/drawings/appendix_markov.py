"""Markov's inequality: a rectangle that fits under a falling curve is not the larger area."""

import numpy as np

from tools.figures.svg import BLUE, GREY, INK, ORANGE, PALE_BLUE, PALE_ORANGE, Drawing, Frame

EDGE = 2.2


def tail(t):
    return (1 + t) * np.exp(-t)


def draw():
    drawing = Drawing(480, 240)
    frame = Frame(100, 20, 350, 180, xlim=(0, 7), ylim=(0, 1.15))
    t = np.linspace(0, 6.8, 137)
    drawing.area([frame(0, 0), *frame.curve(t, tail(t)), frame(6.8, 0)], PALE_BLUE, PALE_BLUE, 1)
    height = tail(EDGE)
    corners = [(0, 0), (0, height), (EDGE, height), (EDGE, 0)]
    drawing.area([frame(*corner) for corner in corners], ORANGE, PALE_ORANGE, 1.5)
    frame.axes(drawing, "/t/")
    drawing.line(frame.curve(t, tail(t)), BLUE, 2)
    drawing.formula(frame(1.75, 0.72), "/P/(/X/ > /t/)", BLUE, anchor="start")
    left, top = frame(EDGE, 0)
    drawing.formula((left, top + 18), "/a/", INK)
    for mark, name in ((1, "1"), (height, "/P/(/X/ ≥ /a/)")):
        left, top = frame(0, mark)
        drawing.line([(left - 4, top), (left, top)], GREY, 1)
        drawing.formula((left - 7, top + 5), name, INK, 14, anchor="end")
    drawing.formula(frame(EDGE / 2, height / 2 - 0.03), "/a/ /P/(/X/ ≥ /a/)", INK, 14)
    return drawing
