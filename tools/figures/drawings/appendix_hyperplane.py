"""Two groups of points, their means, and the line of the points that are equally far from both."""

import numpy as np

from tools.figures.svg import BLUE, DASHED, GREEN, GREY, INK, ORANGE, Drawing, Frame

MEANS = np.array([[1.6, 1.3], [4.6, 3.1]])
OFFSETS = np.array([[-0.9, 0.4], [-0.6, -0.6], [0.2, 0.9], [0.9, -0.1], [0.5, -0.9], [0.0, 0.0]])
OFFSETS[-1] = -OFFSETS[:-1].sum(axis=0)


def draw():
    drawing = Drawing(420, 290)
    frame = Frame(10, 10, 400, 270, xlim=(0, 6.4), ylim=(0, 4.32))
    normal = MEANS[1] - MEANS[0]
    middle = MEANS.mean(axis=0)
    unit = normal / np.linalg.norm(normal)
    along = np.array([-unit[1], unit[0]])
    point = middle + 1.15 * unit + 1.45 * along
    foot = point - unit * (unit @ (point - middle))
    drawing.line([frame(*(middle - 2.35 * along)), frame(*(middle + 2.2 * along))], GREEN, 2)
    for mean, color, sign in zip(MEANS, (BLUE, ORANGE), (1, -1), strict=True):
        for offset in sign * OFFSETS:
            drawing.circle(frame(*(mean + offset)), 3.5, color, color)
    drawing.line([frame(*MEANS[0]), frame(*(MEANS[1] - 0.08 * unit))], INK, 2, arrow=True)
    drawing.line([frame(*foot), frame(*point)], GREY, 1.5, DASHED)
    corner = [foot + 0.16 * unit, foot + 0.16 * unit - 0.16 * along, foot - 0.16 * along]
    drawing.line([frame(*p) for p in corner], GREY, 1)
    corner = [middle + 0.16 * unit, middle + 0.16 * (unit - along), middle - 0.16 * along]
    drawing.line([frame(*p) for p in corner], GREY, 1)
    for mean in MEANS:
        drawing.circle(frame(*mean), 5.5, INK, "#FFFFFF", 2)
    drawing.circle(frame(*point), 4.5, INK, INK)
    x, y = frame(*MEANS[0])
    drawing.formula((x - 10, y + 21), "*m*,{0}", INK)
    x, y = frame(*MEANS[1])
    drawing.formula((x + 17, y - 8), "*m*,{1}", INK)
    x, y = frame(*point)
    drawing.formula((x + 9, y - 4), "*x*", INK, anchor="start")
    x, y = frame(*((foot + point) / 2))
    drawing.formula((x - 4, y - 8), "/s/", INK)
    x, y = frame(*(MEANS[0] + 0.3 * normal))
    drawing.formula((x + 2, y - 9), "*w*", INK)
    x, y = frame(*(middle - 2.0 * along))
    drawing.formula((x + 12, y - 2), "*w*^{⊤}*x* + /b/ = 0", GREEN, anchor="start")
    return drawing
