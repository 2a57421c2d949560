"""Equal cells on the x-axis and their images under y = x^2 / 2, which grow with the slope."""

import numpy as np

from tools.figures.svg import BLUE, GREY, ORANGE, Drawing, Frame

CELLS = 8


def curve(x):
    return x**2 / 2


def draw():
    drawing = Drawing(420, 320)
    frame = Frame(60, 20, 320, 250, xlim=(0, 2.3), ylim=(0, 2.3))
    ends = np.linspace(0, 2, CELLS + 1)
    for x in ends:
        drawing.line([frame(x, 0), frame(x, curve(x)), frame(0, curve(x))], GREY, 0.8)
    frame.axes(drawing, "/x/", "")
    drawing.formula((frame(0, 0)[0] - 10, frame(0, 2.25)[1] + 6), "/y/", anchor="end")
    xs = np.linspace(0, 2.1, 61)
    drawing.line(frame.curve(xs, curve(xs)), width=2)
    drawing.formula(frame(2.04, 1.86), "/y/ = /u/(/x/)", anchor="start")
    for cell in (1, 6):
        x, end = ends[cell], ends[cell + 1]
        drawing.line([frame(x, 0), frame(end, 0)], BLUE, 5)
        drawing.line([frame(0, curve(x)), frame(0, curve(end))], ORANGE, 5)
    x, end = ends[6], ends[7]
    at = frame((x + end) / 2, 0)
    drawing.formula((at[0], at[1] + 22), "∆/x/", BLUE)
    at = frame(0, (curve(x) + curve(end)) / 2)
    drawing.formula((at[0] - 10, at[1] + 5), "∆/y/", ORANGE, anchor="end")
    return drawing
