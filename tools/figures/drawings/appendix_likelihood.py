"""A normal density over eight measurements: the likelihood is the product of the heights."""

import numpy as np

from tools.figures.svg import BLUE, GREY, INK, ORANGE, Drawing, Frame

LENGTHS = np.array([2.91, 3.12, 3.05, 2.78, 3.21, 2.99, 3.08, 2.86])
BELLS = ((3.2, 0.134), (3.0, 0.134), (3.0, 0.4))


def density(x, mu, sigma):
    return np.exp(-(((x - mu) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))


def draw():
    drawing = Drawing(660, 222)
    x = np.linspace(2.5, 3.7, 121)
    for i, (mu, sigma) in enumerate(BELLS):
        frame = Frame(25 + 215 * i, 20, 190, 150, xlim=(2.5, 3.7), ylim=(0, 3.4))
        for length in LENGTHS:
            height = density(length, mu, sigma)
            drawing.line([frame(length, 0), frame(length, height)], ORANGE, 2)
        drawing.line(frame.curve(x, density(x, mu, sigma)), BLUE, 2)
        drawing.line([frame(2.5, 0), frame(3.7, 0)], GREY, 1)
        for length in LENGTHS:
            drawing.circle(frame(length, 0), 3, INK, INK)
        for tick in (2.6, 3.0, 3.4):
            left, top = frame(tick, 0)
            drawing.line([(left, top), (left, top + 6)], GREY, 1)
            drawing.text((left, top + 20), f"{tick:.1f}", INK, 12)
        total = np.log(density(LENGTHS, mu, sigma)).sum()
        number = f"{total:.1f}".replace("-", "−")
        middle, bottom = frame(3.1, 0)
        drawing.text((middle, bottom + 42), f"log-likelihood {number}", INK, 14)
    return drawing
