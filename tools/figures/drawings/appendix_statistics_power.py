"""The two errors of a two-sided test: areas under the densities with and without an effect."""

import numpy as np

from tools.figures.svg import (
    BLUE,
    DASHED,
    GREY,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    Drawing,
    Frame,
)

EDGE, SHIFT = 1.96, 3.2


def bell(z, center):
    return np.exp(-((z - center) ** 2) / 2) / np.sqrt(2 * np.pi)


def draw():
    drawing = Drawing(560, 260)
    frame = Frame(20, 45, 520, 165, xlim=(-3.6, 6.4), ylim=(0, 0.42))

    def fill(lower, upper, center, color):
        z = np.linspace(lower, upper, 61)
        drawing.area(
            [frame(lower, 0), *frame.curve(z, bell(z, center)), frame(upper, 0)], color, color, 1
        )

    fill(-0.7, EDGE, SHIFT, PALE_ORANGE)
    fill(-3.4, -EDGE, 0, PALE_BLUE)
    fill(EDGE, 3.5, 0, PALE_BLUE)
    drawing.line([frame(-3.6, 0), frame(6.4, 0)], GREY, 1, arrow=True)
    z = np.linspace(-3.5, 6.1, 193)
    left, right = z[z <= 3.5], z[z >= -0.7]
    drawing.line(frame.curve(left, bell(left, 0)), BLUE, 2)
    drawing.line(frame.curve(right, bell(right, SHIFT)), ORANGE, 2)
    base = frame(0, 0)[1]
    for at, name in ((-EDGE, "−1.96"), (0, "0"), (EDGE, "1.96"), (SHIFT, "/m/")):
        drawing.formula((frame(at, 0)[0], base + 20), name, INK, 14)
    for at in (-EDGE, EDGE):
        drawing.line([frame(at, 0), (frame(at, 0)[0], 30)], INK, 1, DASHED)
    for at, words in ((-2.8, "reject"), (0, "do not reject"), (4.3, "reject")):
        drawing.text((frame(at, 0)[0], 30), words, INK, 13)
    drawing.text(frame(0, 0.19), "no effect", BLUE, 13)
    drawing.text(frame(SHIFT, 0.28), "effect", ORANGE, 13)
    drawing.formula(frame(1.62, 0.022), "/β/", INK, 16)
    drawing.formula(frame(3.6, 0.12), "1 − /β/", INK, 16)
    x, y = frame(-2.75, 0.075)
    drawing.formula((x, y), "/α//2", INK, 15)
    x, y = frame(2.3, 0)
    drawing.line([(x + 8, y + 30), (x, y - 6)], GREY, 1)
    drawing.formula((x + 10, y + 45), "/α//2", INK, 15)
    drawing.formula((frame(6.3, 0)[0], base + 20), "/z/", INK)
    return drawing
