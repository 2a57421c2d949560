"""A lamp before a wall: equal angles hit unequal lengths, and the density of the spots says so."""

import numpy as np

from tools.figures.svg import (
    BLUE,
    DASHED,
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

REACH = 4


def density(x):
    return 1 / (np.pi * (1 + x**2))


def draw():
    drawing = Drawing(640, 235)
    scale = 600 / (2 * REACH)
    room = Frame(20, 132, 600, 1.45 * scale, xlim=(-REACH, REACH), ylim=(-1.45, 0))
    graph = Frame(20, 20, 600, 112, xlim=(-REACH, REACH), ylim=(0, 0.35))
    lamp = room(0, -1)
    for degrees in range(-75, 76, 10):
        spot = np.tan(np.radians(degrees))
        drawing.line([lamp, room(spot, 0)], GREY, 0.7)
    for degrees, color, pale in (((-25, -15), ORANGE, PALE_ORANGE), ((60, 70), GREEN, PALE_GREEN)):
        start, end = np.tan(np.radians(degrees))
        x = np.linspace(start, end, 41)
        strip = [graph(start, 0), *graph.curve(x, density(x)), graph(end, 0)]
        drawing.area(strip, color, pale, 1.5)
        drawing.area([lamp, room(start, 0), room(end, 0)], color, pale, 1.5)
    drawing.line([lamp, room(0, 0)], INK, 1, dash=DASHED)
    drawing.line([room(-REACH, 0), room(REACH, 0)], INK, 3)
    x = np.linspace(-REACH, REACH, 201)
    drawing.line(graph.curve(x, density(x)), BLUE, 2)
    drawing.circle(lamp, 7, INK, PALE_BLUE)
    for mark in (-3, -2, -1, 1, 2, 3):
        left, top = room(mark, 0)
        drawing.line([(left, top - 4), (left, top + 4)], INK, 1)
    drawing.formula((graph(0.75, 0.27)), "/p/(/x/)", BLUE, anchor="start")
    drawing.text((lamp[0] + 16, lamp[1] + 16), "lamp", INK, anchor="start")
    drawing.text((graph(-REACH, 0)[0], graph(0, 0)[1] - 22), "wall", INK, anchor="start")
    return drawing
