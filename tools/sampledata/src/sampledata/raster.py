"""Anti-aliased drawing of polygons on a stack of small grey images.

The result is the same bytes everywhere: only additions, multiplications,
divisions and square roots are used on floats, which IEEE 754 fixes to the
last bit, and everything is an integer from the scan line on.
"""

import numpy as np

SUB = 4  # scan lines a pixel row
ONE = 256  # steps across a pixel
FULL = SUB * ONE


def coverage(points, size):
    """Return how much of each pixel a polygon covers, 0 to ``FULL``.

    ``points`` has shape (images, corners, 2), in pixels, x before y, y down;
    the polygon closes itself. The result has shape (images, size, size).
    """
    n = len(points)
    x0, y0 = points[:, :, None, 0], points[:, :, None, 1]
    end = np.roll(points, -1, axis=1)
    x1, y1 = end[:, :, None, 0], end[:, :, None, 1]
    lines = (np.arange(size * SUB) + 0.5) / SUB
    image, edge, line = np.nonzero((y0 <= lines) != (y1 <= lines))
    xa, ya = x0[image, edge, 0], y0[image, edge, 0]
    xb, yb = x1[image, edge, 0], y1[image, edge, 0]
    x = xa + (lines[line] - ya) * ((xb - xa) / (yb - ya))
    step = np.clip(np.floor(x * ONE), 0, size * ONE).astype(np.int64)
    sign = np.where(yb > ya, 1, -1)
    # An edge fills its pixel from where it crosses, and all pixels after it.
    width = size + 2
    cell = (image * size + line // SUB) * width + step // ONE
    rest = step % ONE
    jumps = np.bincount(cell, sign * (ONE - rest), n * size * width) + np.bincount(
        cell + 1, sign * rest, n * size * width
    )
    jumps = jumps.astype(np.int64).reshape(n, size, width)
    return np.minimum(np.abs(np.cumsum(jumps, axis=2)), FULL)[:, :, :size]


class Canvas:
    """A stack of black images that the same shape, varied, is drawn on.

    Coordinates run from -1 to 1 in both directions, y down; each is a number
    or an array of one number an image. ``place`` says where they come to lie.
    """

    def __init__(self, count, size=28):
        self.count, self.size = count, size
        self.grey = np.zeros((count, size, size), np.int64)
        self.place()

    def place(self, scale=(1, 1), shift=(0, 0), turn=0, slant=0):
        """Scale, slant (x += slant * y), turn (tan of half the angle), shift;
        each a number or one an image."""
        self._scale, self._shift, self._slant = scale, shift, slant
        self._cos = (1 - turn * turn) / (1 + turn * turn)
        self._sin = 2 * turn / (1 + turn * turn)

    def _pixels(self, points):
        xy = np.empty((2, self.count, len(points)))
        for i, (x, y) in enumerate(points):
            x, y = x * self._scale[0], y * self._scale[1]
            x = x + self._slant * y
            xy[0, :, i] = self._cos * x - self._sin * y + self._shift[0]
            xy[1, :, i] = self._sin * x + self._cos * y + self._shift[1]
        return np.moveaxis((xy + 1) * (self.size / 2), 0, 2)

    def fill(self, points, shade, where=True):
        """Fill a polygon with grey ``shade``, a number, one an image or one
        a pixel, on the images that ``where`` selects."""
        part = coverage(self._pixels(points), self.size)
        part = part * np.broadcast_to(where, self.count)[:, None, None]
        shade = np.asarray(shade)
        if shade.ndim == 1:
            shade = shade[:, None, None]
        self.grey = (self.grey * (FULL - part) + shade * part) // FULL

    def stroke(self, points, width, shade, where=True):
        """Draw an open line through the points."""
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            dx, dy = x1 - x0, y1 - y0
            half = width / (2 * np.sqrt(dx * dx + dy * dy + 1e-9))
            px, py = dy * half, -dx * half
            ex, ey = dx * half / 2, dy * half / 2  # so that joints close
            self.fill(
                [
                    (x0 + px - ex, y0 + py - ey),
                    (x1 + px + ex, y1 + py + ey),
                    (x1 - px + ex, y1 - py + ey),
                    (x0 - px - ex, y0 - py - ey),
                ],
                shade,
                where,
            )


def mirrored(points):
    """Complete the right half of an outline, top to bottom, to a whole one."""
    return points + [(-x, y) for x, y in reversed(points)]


def smooth(points, closed=True, steps=4):
    """Return points on the Catmull-Rom curve through the given ones."""
    if closed:
        ring = [points[-1]] + points + points[:2]
    else:
        ring = [points[0]] + points + [points[-1]]
    curve = []
    for p0, p1, p2, p3 in zip(ring, ring[1:], ring[2:], ring[3:]):
        for step in range(steps):
            t = step / steps
            curve.append(
                tuple(
                    b
                    + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
                    for a, b, c, d in zip(p0, p1, p2, p3)
                )
            )
    return curve if closed else curve + [points[-1]]
