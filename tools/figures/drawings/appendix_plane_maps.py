"""The unit square with a letter F in it, and what four matrices make of them."""

import numpy as np

from tools.figures.svg import BLUE, GREEN, INK, ORANGE, PALE_GREEN, RED, Drawing, Frame

LETTER = 0.12 + 0.76 * np.array(
    [
        [0.15, 0.15, 0.85, 0.85, 0.38, 0.38, 0.7, 0.7, 0.38, 0.38],
        [0, 1, 1, 0.8, 0.8, 0.58, 0.58, 0.38, 0.38, 0],
    ]
)
SQUARE = np.array([[0.0, 1, 1, 0], [0, 0, 1, 1]])
TURN = np.radians(30)
MAPS = [
    ("rotation", [[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]]),
    ("shear", [[1, 0.8], [0, 1]]),
    ("reflection", [[-1, 0], [0, 1]]),
    ("rank 1", [[1, 0.5], [0.6, 0.3]]),
]
LIGHT = "#BBBBBB"


def draw():
    drawing = Drawing(640, 215)
    for panel, (name, matrix) in enumerate(MAPS):
        matrix = np.array(matrix)
        frame = Frame(8 + 160 * panel, 8, 144, 168, xlim=(-1.35, 2.07), ylim=(-1.6, 2.39))
        for position in range(-4, 6):
            for ends in ([[position] * 2, [-4, 5]], [[-4, 5], [position] * 2]):
                line = clipped(matrix @ np.array(ends, dtype=float), frame)
                if line is not None:
                    drawing.line(frame.curve(*line), LIGHT, 0.8)
        drawing.area(frame.curve(*(matrix @ SQUARE)), GREEN, PALE_GREEN, 1)
        drawing.area(frame.curve(*(matrix @ LETTER)), RED, "none", 1.5)
        for column, color in zip(matrix.T, (BLUE, ORANGE), strict=True):
            drawing.line([frame(0, 0), frame(*column)], color, 2.5, arrow=True)
        drawing.text((8 + 160 * panel + 72, 200), name, INK)
    return drawing


def clipped(line, frame):
    """Return the part of a straight line that lies in the frame, or None."""
    start, along = line[:, 0], line[:, 1] - line[:, 0]
    low, high = 0.0, 1.0
    for axis, limits in enumerate((frame.xlim, frame.ylim)):
        if abs(along[axis]) < 1e-9:
            if not limits[0] <= start[axis] <= limits[1]:
                return None
            continue
        ends = sorted((limit - start[axis]) / along[axis] for limit in limits)
        low, high = max(low, ends[0]), min(high, ends[1])
    if low >= high:
        return None
    return start[:, None] + along[:, None] * np.array([low, high])
