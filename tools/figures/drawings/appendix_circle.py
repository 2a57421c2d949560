"""Why sin h < h < tan h: a triangle in a sector of the unit circle in a larger triangle."""

import numpy as np

from tools.figures.svg import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_GREEN,
    PALE_ORANGE,
    Drawing,
    Frame,
)

ANGLE = 0.8


def draw():
    drawing = Drawing(380, 310)
    frame = Frame(30, 15, 280, 280, xlim=(-0.06, 1.14), ylim=(-0.08, 1.12))
    arc = np.linspace(0, ANGLE, 40)
    at = np.array([np.cos(ANGLE), np.sin(ANGLE)])
    outer = [frame(0, 0), frame(1, 0), frame(1, np.tan(ANGLE))]
    drawing.area(outer, "none", PALE_GREEN, 0)
    drawing.area([frame(0, 0), *frame.curve(np.cos(arc), np.sin(arc))], "none", PALE_BLUE, 0)
    drawing.area([frame(0, 0), frame(1, 0), frame(*at)], "none", PALE_ORANGE, 0)
    quarter = np.linspace(0, np.pi / 2, 80)
    drawing.line(frame.curve(np.cos(quarter), np.sin(quarter)), GREY, 1)
    drawing.line([frame(0, 0), frame(1, np.tan(ANGLE))], INK, 1.5)
    drawing.line([frame(0, 0), frame(1, 0)], INK, 1.5)
    drawing.line([frame(1, 0), frame(*at)], INK, 1)
    drawing.line([frame(at[0], 0), frame(*at)], ORANGE, 2.5)
    drawing.line(frame.curve(np.cos(arc), np.sin(arc)), BLUE, 3)
    drawing.line([frame(1, 0), frame(1, np.tan(ANGLE))], GREEN, 2.5)
    small = 0.16
    drawing.line(frame.curve(small * np.cos(arc), small * np.sin(arc)), INK, 1.2)
    drawing.formula(frame(0.21, 0.075), "/h/")
    drawing.formula(frame(at[0] - 0.015, 0.3), "sin /h/", ORANGE, anchor="end")
    drawing.formula(frame(0.91, 0.53), "/h/", BLUE)
    drawing.formula(frame(1.03, 0.5), "tan /h/", GREEN, anchor="start")
    drawing.formula(frame(1, -0.07), "1")
    drawing.formula(frame(-0.03, -0.07), "0")
    return drawing
