"""Expected squared errors of polynomials fitted by least squares to twenty measurements of a cubic.

Nothing is simulated: the expectations over the noise of the labels have closed forms.
"""

import numpy as np

from tools.figures.svg import BLUE, DASHED, DOTTED, GREEN, GREY, INK, RED, Drawing, Frame

NOISE, EXAMPLES = 0.1, 20
FRAME = Frame(64, 24, 420, 250, xlim=(0, 12.4), ylim=(-3.7, -0.9))


def truth(x):
    return 2 + 0.8 * x - 0.8 * x**2 - x**3


def expected_errors(degree):
    """Return the expected training and generalization errors, the bias, and the variance."""
    x = (2 * np.arange(EXAMPLES) + 1) / EXAMPLES - 1
    new = np.linspace(-1, 1, 2001)
    q, r = np.linalg.qr(np.polynomial.legendre.legvander(x, degree))
    # row i of `weights` says how the prediction at new[i] adds up the labels
    weights = np.linalg.solve(r.T, np.polynomial.legendre.legvander(new, degree).T).T @ q.T
    missed = truth(x) - q @ (q.T @ truth(x))
    training = (missed**2).mean() + NOISE**2 * (1 - (degree + 1) / EXAMPLES)
    bias = ((weights @ truth(x) - truth(new)) ** 2).mean()
    variance = NOISE**2 * (weights**2).sum(axis=1).mean()
    return training / 2, (NOISE**2 + bias + variance) / 2, bias / 2, variance / 2


def draw():
    drawing = Drawing(540, 330)
    degrees = range(13)
    errors = np.array([expected_errors(degree) for degree in degrees])
    left, bottom = FRAME(0, FRAME.ylim[0])
    for power in (-3, -2, -1):
        level = FRAME(0, power)[1]
        drawing.line([(left, level), (left + 404, level)], "#CCCCCC", 0.75)
        drawing.formula((left - 8, level + 5), f"10^{{−{-power}}}", size=14, anchor="end")
    for degree in range(0, 13, 2):
        at = FRAME(degree, 0)[0]
        drawing.line([(at, bottom), (at, bottom + 4)], GREY, 1)
        drawing.text((at, bottom + 19), str(degree), size=13)
    drawing.line([(left, bottom), (left + 412, bottom)], GREY, 1, arrow=True)
    drawing.line([(left, bottom), (left, FRAME.top - 8)], GREY, 1, arrow=True)
    drawing.text((left + 210, bottom + 42), "degree of the polynomial")
    drawing.text((left + 8, FRAME.top - 6), "half the squared error", anchor="start")
    floor = FRAME(0, np.log10(NOISE**2 / 2))[1]
    drawing.line([(left, floor), (left + 404, floor)], GREY, 1, dash=DASHED)
    named = [
        ("training error", BLUE, "", (9.4, -2.9)),
        ("generalization error", RED, "", (6.6, -1.85)),
        ("squared bias", INK, DOTTED, (3.75, -3.5)),
        ("variance", GREEN, DOTTED, (5.2, -3.15)),
    ]
    for column, (name, color, dash, at) in enumerate(named):
        shown = [k for k in degrees if errors[k, column] > 10 ** FRAME.ylim[0]]
        points = FRAME.curve(shown, np.log10(errors[shown, column]))
        if name == "squared bias":  # it is zero from the next degree on
            points.append((points[-1][0] + 12, bottom))
        drawing.line(points, color, 1.5 if dash else 2.5, dash=dash)
        if not dash:
            for point in points:
                drawing.circle(point, 2.5, color, color)
        drawing.text(FRAME(*at), name, color, 14)
    drawing.text((left + 414, floor + 5), "noise", GREY, 14, "start")
    return drawing
