"""A grid of equal rectangles in the plane of radius and angle, and its image in the plane."""

import numpy as np

from tools.figures.svg import (
    BLUE,
    GREY,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    Drawing,
    Frame,
)

RADII = np.linspace(0, 2, 5)
ANGLES = np.linspace(0, np.pi / 2, 5)


def rim(r0, r1, t0, t1):
    """Return radii and angles along the rim of a cell, with enough points for its arcs."""
    across, back = np.linspace(r0, r1, 11), np.linspace(r1, r0, 11)
    up, down = np.linspace(t0, t1, 11), np.linspace(t1, t0, 11)
    radii = np.concatenate([across, np.full(11, r1), back, np.full(11, r0)])
    angles = np.concatenate([np.full(11, t0), up, np.full(11, t1), down])
    return radii, angles


def draw():
    drawing = Drawing(640, 300)
    left = Frame(50, 20, 230, 230, xlim=(0, 2.3), ylim=(0, 1.8))
    right = Frame(370, 20, 230, 230, xlim=(0, 2.3), ylim=(0, 2.3))
    cells = [(1, 2, ORANGE, PALE_ORANGE), (3, 2, BLUE, PALE_BLUE)]
    for i, j, color, pale in cells:
        radii, angles = rim(RADII[i], RADII[i + 1], ANGLES[j], ANGLES[j + 1])
        drawing.area(left.curve(radii, angles), color, pale, 2)
        drawing.area(right.curve(radii * np.cos(angles), radii * np.sin(angles)), color, pale, 2)
    fine = np.linspace(0, 1, 31)
    for r in RADII[1:]:
        drawing.line(left.curve([r, r], [0, np.pi / 2]), GREY, 0.8)
        arc = fine * np.pi / 2
        drawing.line(right.curve(r * np.cos(arc), r * np.sin(arc)), GREY, 0.8)
    for t in ANGLES[1:]:
        drawing.line(left.curve([0, 2], [t, t]), GREY, 0.8)
        drawing.line(right.curve([0, 2 * np.cos(t)], [0, 2 * np.sin(t)]), GREY, 0.8)
    left.axes(drawing, "/r/", "/φ/")
    right.axes(drawing, "/x/", "/y/")
    at = left(2, 0)
    drawing.formula((at[0], at[1] + 18), "2", size=14)
    at = right(2, 0)
    drawing.formula((at[0], at[1] + 18), "2", size=14)
    at = left(0, np.pi / 2)
    drawing.formula((at[0] - 8, at[1] + 5), "π/2", size=14, anchor="end")
    middle = left(0, 0)[1] - 100
    drawing.line([(298, middle), (344, middle)], arrow=True)
    drawing.text((left(1, 0)[0], 290), "before", GREY, size=13)
    drawing.text((right(1, 0)[0], 290), "after", GREY, size=13)
    return drawing
