"""A square between the disc that it contains and the disc that contains it."""

import numpy as np

from tools.figures.svg import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE_BLUE,
    PALE_GREEN,
    PALE_ORANGE,
    Drawing,
    Frame,
)


def draw():
    drawing = Drawing(300, 300)
    frame = Frame(10, 10, 280, 280, xlim=(-1.65, 1.65), ylim=(-1.65, 1.65))
    angles = np.linspace(0, 2 * np.pi, 121)
    circle = np.array([np.cos(angles), np.sin(angles)])
    root = np.sqrt(2)
    drawing.area(frame.curve(*(root * circle)), BLUE, PALE_BLUE, 1.5)
    drawing.area(frame.curve([-1, 1, 1, -1], [-1, -1, 1, 1]), GREEN, PALE_GREEN, 2)
    drawing.area(frame.curve(*circle), ORANGE, PALE_ORANGE, 1.5)
    frame.axes(drawing, "", "", origin=(0, 0))
    at = frame(1, 0)
    drawing.formula((at[0] - 5, at[1] + 18), "/R/", anchor="end")
    drawing.line([frame(0, 0), frame(-1, 1)], GREY, 1.5, arrow=True)
    drawing.formula(frame(-0.5, 0.62), "√2 /R/", anchor="start")
    return drawing
