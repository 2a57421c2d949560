"""Eigenvectors keep their lines; the iterates of points under the matrix approach one of them."""

import numpy as np

from tools.figures.svg import BLUE, DASHED, GREEN, GREY, INK, ORANGE, RED, Drawing, Frame

MATRIX = np.array([[0.8, 0.4], [0.2, 1.0]])
FIRST, SECOND = np.array([1.0, 1.0]), np.array([2.0, -1.0])  # eigenvalues 1.2 and 0.6
STARTS = [(30, 0, ORANGE), (0, 20, GREEN), (8, 2, BLUE)]


def draw_map(drawing):
    frame = Frame(20, 15, 270, 270, xlim=(-1.3, 1.7), ylim=(-1.5, 1.5))
    for v in (FIRST, SECOND):
        end = 1.25 * v / np.abs(v).max()
        drawing.line([frame(*-end), frame(*end)], GREY, 1, DASHED)
    for degrees in (15, 75, 110, 140, 180, 250, 290):
        x = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        drawing.line([frame(0, 0), frame(*x)], GREY, 1, arrow=True)
        drawing.line([frame(*x), frame(*(MATRIX @ x))], BLUE, 1.5, arrow=True)
    for v in (FIRST, SECOND):
        unit = v / np.linalg.norm(v)
        arrows = [(unit, ORANGE, 3), (MATRIX @ unit, RED, 2)]
        for tip, color, width in sorted(arrows, key=lambda arrow: -np.linalg.norm(arrow[0])):
            drawing.line([frame(0, 0), frame(*tip)], color, width, arrow=True)
    drawing.formula(frame(1.05, 0.87), "*v*,{1}", INK, anchor="start")
    drawing.text(frame(1.27, 0.87), "times 1.2", RED, 13, "start")
    drawing.formula(frame(0.98, -0.37), "*v*,{2}", INK, anchor="start")
    drawing.text(frame(1.2, -0.37), "times 0.6", RED, 13, "start")


def draw_iterates(drawing):
    frame = Frame(350, 20, 270, 240, xlim=(0, 45), ylim=(0, 40))
    frame.axes(drawing)
    drawing.text((frame(45, 0)[0], frame(0, 0)[1] + 20), "plants in the shady bed", INK, 13, "end")
    top = frame(0, 40)
    drawing.text((top[0] + 8, top[1] + 6), "plants in the sunny bed", INK, 13, "start")
    drawing.line([frame(0, 0), frame(39, 39)], GREY, 1, DASHED)
    for *start, color in STARTS:
        x, path = np.array(start, dtype=float), []
        while x.max() < 38:
            path.append(frame(*x))
            x = MATRIX @ x
        drawing.line(path, color, 1.5)
        for point in path:
            drawing.circle(point, 3.5, color, color)


def draw():
    drawing = Drawing(640, 300)
    draw_map(drawing)
    draw_iterates(drawing)
    return drawing
