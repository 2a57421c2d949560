"""In the coordinates that its eigenvectors span, a matrix scales each axis on its own."""

import numpy as np

from tools.figures.svg import BLUE, DASHED, GREEN, GREY, INK, ORANGE, Drawing, Frame

FIRST, SECOND = np.array([1.0, 1.0]), np.array([2.0, -1.0])
VALUES = (1.2, 0.6)


def draw_grid(drawing, frame, first, second):
    """Draw the lines of a grid with these sides, cut off at the edges of the frame."""
    (x0, x1), (y0, y1) = frame.xlim, frame.ylim
    for along, across in ((first, second), (second, first)):
        for step in range(-12, 13):
            at, low, high = step * across, -np.inf, np.inf
            for axis, (least, most) in enumerate(((x0, x1), (y0, y1))):
                ends = sorted(((least - at[axis]) / along[axis], (most - at[axis]) / along[axis]))
                low, high = max(low, ends[0]), min(high, ends[1])
            if low < high:
                drawing.line([frame(*(at + low * along)), frame(*(at + high * along))], GREY, 1)


def draw_panel(drawing, left, scales, names, label):
    frame = Frame(left, 15, 280, 210, xlim=(-0.8, 3.6), ylim=(-1.5, 1.8))
    first, second = scales[0] * FIRST, scales[1] * SECOND
    draw_grid(drawing, frame, first, second)
    point = first + second
    drawing.line([frame(*first), frame(*point), frame(*second)], INK, 1.2, DASHED)
    drawing.line([frame(0, 0), frame(*first)], BLUE, 2.5, arrow=True)
    drawing.line([frame(0, 0), frame(*second)], ORANGE, 2.5, arrow=True)
    drawing.circle(frame(*point), 5, GREEN, GREEN)
    drawing.formula(frame(first[0] - 0.15, first[1] + 0.12), names[0], INK, anchor="end")
    drawing.formula(frame(second[0] - 0.1, second[1] - 0.25), names[1], INK, anchor="end")
    drawing.formula(frame(point[0] + 0.12, point[1] + 0.12), label, INK, anchor="start")


def draw():
    drawing = Drawing(640, 240)
    draw_panel(drawing, 15, (1, 1), ("*v*,{1}", "*v*,{2}"), "*x*")
    draw_panel(drawing, 345, VALUES, ("1.2 *v*,{1}", "0.6 *v*,{2}"), "*A* *x*")
    return drawing
