"""The definition of a limit: a band of width epsilon around L, and one of width delta around a."""

import numpy as np

from tools.figures.svg import (
    BLUE,
    DASHED,
    GREY,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    Drawing,
    Frame,
)

A, EPSILON = 2.0, 0.5


def f(x):
    return 0.5 + 0.25 * x**2


def draw():
    drawing = Drawing(460, 290)
    frame = Frame(60, 20, 370, 220, xlim=(0, 3.6), ylim=(0, 3.2))
    limit = f(A)
    low, high = limit - EPSILON, limit + EPSILON
    delta = min(A - np.sqrt((low - 0.5) / 0.25), np.sqrt((high - 0.5) / 0.25) - A)
    left, right = A - delta, A + delta
    band = [frame(0, low), frame(3.45, low), frame(3.45, high), frame(0, high)]
    drawing.area(band, "none", PALE_ORANGE, 0)
    window = [frame(left, 0), frame(right, 0), frame(right, 3.05), frame(left, 3.05)]
    drawing.area(window, "none", PALE_BLUE, 0)
    inner = [frame(left, low), frame(right, low), frame(right, high), frame(left, high)]
    drawing.area(inner, "none", "#DDE0CF", 0)
    for y in (low, high):
        drawing.line([frame(0, y), frame(3.45, y)], ORANGE, 1.5, DASHED)
    for x in (left, right):
        drawing.line([frame(x, 0), frame(x, 3.05)], BLUE, 1.5, DASHED)
    frame.axes(drawing, "/x/")
    xs = np.linspace(0, 3.25, 80)
    drawing.line(frame.curve(xs, f(xs)), GREY, 2)
    xs = np.linspace(left, right, 30)
    drawing.line(frame.curve(xs, f(xs)), INK, 3.5)
    drawing.circle(frame(A, limit), 4.5, INK, "#FFFFFF", 2)
    for y, name in ((low, "/L/ − /ε/"), (limit, "/L/"), (high, "/L/ + /ε/")):
        x, at = frame(0, y)
        drawing.formula((x - 8, at + 5), name, INK if name == "/L/" else ORANGE, anchor="end")
    for x, name, shift in ((left, "/a/ − /δ/", -8), (A, "/a/", 0), (right, "/a/ + /δ/", 8)):
        across, at = frame(x, 0)
        drawing.line([(across, at - 3), (across, at + 3)], GREY, 1)
        drawing.formula((across + shift, at + 20), name, INK if name == "/a/" else BLUE)
    drawing.formula(frame(3.02, 3.05), "/f/", INK)
    return drawing
