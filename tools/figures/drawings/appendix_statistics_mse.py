"""Bias, standard deviation, and root mean squared error of an estimator, as a right triangle."""

import numpy as np

from tools.figures.svg import BLUE, DOTTED, GREY, INK, ORANGE, PALE_BLUE, RED, Drawing, Frame

TRUTH, MEAN, DEVIATION = 1.0, 2.4, 0.9


def density(x):
    return np.exp(-(((x - MEAN) / DEVIATION) ** 2) / 2)


def draw():
    drawing = Drawing(620, 250)
    frame = Frame(20, 20, 350, 180, xlim=(-0.6, 5.4), ylim=(0, 1.25))
    x = np.linspace(-0.5, 5.2, 115)
    drawing.area(
        [frame(x[0], 0), *frame.curve(x, density(x)), frame(x[-1], 0)], PALE_BLUE, PALE_BLUE, 1
    )
    drawing.line([frame(-0.6, 0), frame(5.4, 0)], GREY, 1, arrow=True)
    drawing.line(frame.curve(x, density(x)), BLUE, 2)
    for at, top in ((TRUTH, 1.2), (MEAN, 1.2)):
        drawing.line([frame(at, 0), frame(at, top)], GREY, 1, DOTTED)
    edge = MEAN + DEVIATION
    drawing.line([frame(edge, 0), frame(edge, density(edge))], GREY, 1, DOTTED)
    drawing.line([frame(TRUTH, 1.12), frame(MEAN, 1.12)], RED, 2, arrow=True)
    drawing.text((frame((TRUTH + MEAN) / 2, 1.12)[0], 24), "bias", RED)
    drawing.line([frame(MEAN, density(edge)), frame(edge, density(edge))], ORANGE, 2, arrow=True)
    drawing.text(frame((MEAN + edge) / 2, density(edge) - 0.13), "st. dev.", ORANGE, 13)
    below = frame(0, 0)[1] + 20
    drawing.formula((frame(TRUTH, 0)[0], below), "/θ/", INK)
    drawing.text((frame(MEAN, 0)[0], below), "mean", INK)
    drawing.text(frame(3.75, 0.75), "density of the", BLUE, 13, "start")
    drawing.text(frame(3.75, 0.64), "estimates", BLUE, 13, "start")
    # the triangle, on the scale of the axis
    unit = frame(1, 0)[0] - frame(0, 0)[0]
    left, right, base = 425, 425 + 1.5 * unit * (MEAN - TRUTH), 185
    top = base - 1.5 * unit * DEVIATION
    corner = 10
    drawing.line(
        [(right - corner, base), (right - corner, base - corner), (right, base - corner)], GREY, 1
    )
    drawing.line([(left, base), (right, base)], RED, 2.5)
    drawing.line([(right, base), (right, top)], ORANGE, 2.5)
    drawing.line([(left, base), (right, top)], INK, 2.5)
    drawing.text(((left + right) / 2, base + 20), "bias", RED)
    drawing.text((right + 10, (base + top) / 2 + 5), "st. dev.", ORANGE, 14, "start")
    drawing.text(((left + right) / 2 - 12, (base + top) / 2 - 10), "RMSE", INK, 14, "end")
    return drawing
