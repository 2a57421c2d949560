"""The area under a curve up to x, and the thin strip by which it grows from x to x + h."""

import numpy as np

from tools.figures.svg import BLUE, GREY, ORANGE, PALE_BLUE, PALE_ORANGE, Drawing, Frame

START, END, STEP = 0.6, 3.2, 0.45


def height(x):
    return 1.5 + 0.55 * np.sin(1.3 * x - 0.6) + 0.12 * x


def draw():
    drawing = Drawing(480, 250)
    frame = Frame(30, 20, 420, 190, xlim=(0, 5), ylim=(0, 2.9))
    for start, end, color, pale in (
        (START, END, BLUE, PALE_BLUE),
        (END, END + STEP, ORANGE, PALE_ORANGE),
    ):
        xs = np.linspace(start, end, 41)
        under = [*frame.curve(xs, height(xs)), frame(end, 0), frame(start, 0)]
        drawing.area(under, color, pale, 1.5)
    frame.axes(drawing, "", "")
    xs = np.linspace(0.2, 4.7, 91)
    drawing.line(frame.curve(xs, height(xs)), width=2)
    drawing.formula(frame(4.86, 1.66), "/f/")
    drawing.formula(frame((START + END) / 2, 0.85), "/F/(/x/)", BLUE)
    for x, label in ((START, "/a/"), (END, "/x/"), (END + STEP, "/x/ + /h/")):
        at = frame(x, 0)
        drawing.formula((at[0] + (12 if "h" in label else 0), at[1] + 20), label)
    drawing.line([frame(4.15, 0.95), frame(END + 0.8 * STEP, 0.7)], GREY, 1)
    drawing.formula(frame(4.18, 0.9), "≈ /f/(/x/) /h/", anchor="start")
    return drawing
