"""Two slides that turn a parallelogram into a rectangle of the same area."""

import numpy as np

from tools.figures.svg import (
    BLUE,
    DASHED,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE_GREEN,
    Drawing,
    Frame,
)

FIRST, SECOND = np.array([2.4, 0.7]), np.array([0.9, 1.7])
HEIGHT = SECOND[1] - SECOND[0] * FIRST[1] / FIRST[0]
UP, ACROSS = np.array([0.0, HEIGHT]), np.array([FIRST[0], 0.0])


def draw():
    drawing = Drawing(640, 170)
    steps = [(FIRST, SECOND), (FIRST, UP), (ACROSS, UP)]
    for panel, (one, two) in enumerate(steps):
        frame = Frame(20 + 212 * panel, 12, 190, 140, xlim=(-0.3, 3.5), ylim=(-0.25, 2.55))
        corners = np.array([0 * one, one, one + two, two]).T
        drawing.area(frame.curve(*corners), GREEN, PALE_GREEN, 1)
        if panel < 2:  # the line along which the next slide goes
            start, along = (two, one) if panel == 0 else (one, two)
            ends = [start - 0.42 * along, start + 1.05 * along]
            if panel == 1:
                ends = [start - 0.6 * along, start + 1.3 * along]
            drawing.line([frame(*end) for end in ends], GREY, 1.2, DASHED)
        drawing.line([frame(0, 0), frame(*one)], BLUE, 2.5, arrow=True)
        drawing.line([frame(0, 0), frame(*two)], ORANGE, 2.5, arrow=True)
        x, y = frame(*(0.55 * one))
        drawing.formula((x + 4, y + 19), ("*a*,{1}", "*a*,{1}", "(/a/,{11}, 0)")[panel], BLUE)
        x, y = frame(*(0.5 * two))
        drawing.formula((x - 7, y), ("*a*,{2}", "(0, /h/)", "(0, /h/)")[panel], INK, anchor="end")
    return drawing
