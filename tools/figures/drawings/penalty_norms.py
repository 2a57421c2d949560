"""A quadratic loss and a bound on its weights: a disc (L2 norm) and a diamond (L1 norm)."""

import numpy as np

from tools.figures.svg import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALE_ORANGE,
    RED,
    Drawing,
    Frame,
)

HESSIAN = np.array([[1.0, 0.3], [0.3, 0.8]])
LOWEST = np.array([1.9, 0.6])


def loss(w):
    return 0.5 * (w - LOWEST) @ HESSIAN @ (w - LOWEST)


def best_on_disc():
    """Return the minimizer of the loss where the norm is at most 1, by bisection."""
    low, high = 0.0, 100.0
    for _ in range(100):
        weight = (low + high) / 2
        w = np.linalg.solve(HESSIAN + weight * np.eye(2), HESSIAN @ LOWEST)
        low, high = (weight, high) if np.linalg.norm(w) > 1 else (low, weight)
    return w


def best_on_diamond():
    """Return the minimizer on the edge of the diamond between its corners (1, 0) and (0, 1)."""
    start, along = np.array([1.0, 0.0]), np.array([-1.0, 1.0])
    step = along @ HESSIAN @ (LOWEST - start) / (along @ HESSIAN @ along)
    return start + np.clip(step, 0, 1) * along


def draw():
    drawing = Drawing(640, 300)
    angles = np.linspace(0, 2 * np.pi, 121)
    circle = np.array([np.cos(angles), np.sin(angles)])
    diamond = np.array([[1, 0, -1, 0], [0, 1, 0, -1]])
    # H = C C^T, so that C^-T turns a circle into a contour of the loss
    to_contour = np.linalg.inv(np.linalg.cholesky(HESSIAN)).T
    panels = [
        (20, circle, best_on_disc(), "‖*w*‖^{2} ≤ /c/"),
        (340, diamond, best_on_diamond(), "‖*w*‖,{1} ≤ /c/"),
    ]
    for left, region, best, name in panels:
        frame = Frame(left, 18, 280, 255, xlim=(-1.35, 3.9), ylim=(-1.7, 3.08))
        drawing.area(frame.curve(*region), ORANGE, PALE_ORANGE, 2)
        frame.axes(drawing, "/w/,{1}", "/w/,{2}", origin=(0, 0))
        for share in (0.3, 0.6, 1, 1.7):
            ring = LOWEST[:, None] + np.sqrt(2 * share * loss(best)) * to_contour @ circle
            drawing.line(frame.curve(*ring), BLUE, 2 if share == 1 else 1)
        drawing.line([frame(0, 0), frame(*(0.97 * best))], RED, 2, arrow=True)
        drawing.circle(frame(*best), 4, RED, RED)
        drawing.circle(frame(*LOWEST), 3, INK, INK)
        drawing.formula(frame(LOWEST[0] + 0.09, LOWEST[1] - 0.08), "*w*^{∗}", INK, anchor="start")
        at = frame(-0.75, -1.5)
        drawing.formula(at, name, GREY)
    return drawing
