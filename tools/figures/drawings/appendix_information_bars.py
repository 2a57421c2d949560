"""The entropies of two variables as bars, with the mutual information as their overlap."""

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
)

JOINT = np.array(
    [
        [0.180, 0.100, 0.010, 0.070, 0.018],
        [0.030, 0.030, 0.120, 0.010, 0.002],
        [0.190, 0.090, 0.140, 0.010, 0.000],
    ]
)
LEFT, PER_BIT, HEIGHT = 20, 175, 38


def entropy(probabilities):
    """Return the entropy in bits of an array of probabilities."""
    p = probabilities[probabilities > 0]
    return float(-(p * np.log2(p)).sum())


def draw():
    drawing = Drawing(600, 236)
    both, sound, time = entropy(JOINT), entropy(JOINT.sum(0)), entropy(JOINT.sum(1))
    bars = [
        (14, 0, both, INK, "none", "/H/(/S/, /T/)"),
        (66, 0, sound, BLUE, PALE_BLUE, "/H/(/S/)"),
        (118, both - time, both, ORANGE, PALE_ORANGE, "/H/(/T/)"),
        (170, 0, both - time, BLUE, PALE_BLUE, "/H/(/S/ | /T/)"),
        (170, sound, both, ORANGE, PALE_ORANGE, "/H/(/T/ | /S/)"),
        (170, both - time, sound, GREEN, PALE_GREEN, ""),
    ]
    for edge in (both - time, sound):
        x = LEFT + PER_BIT * edge
        drawing.line([(x, 60), (x, 206)], GREY, 1, "2 3")
    for top, start, end, color, fill, name in bars:
        at = LEFT + PER_BIT * start
        drawing.box((at, top), PER_BIT * (end - start), HEIGHT, color, fill, 3)
        if name:
            middle = (at + PER_BIT * (end - start) / 2, top + 25)
            drawing.formula(middle, f"{name} = {end - start:.2f}", INK)
    shared = LEFT + PER_BIT * (both - time + sound) / 2
    drawing.formula((shared, 227), f"/I/(/S/; /T/) = {sound + time - both:.2f}", INK)
    return drawing
