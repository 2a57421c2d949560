"""Chance and cloth: what varies from one drawn image to the next."""

import numpy as np


class Chance:
    """Random numbers, one an image, all from RandomState's uniform stream:
    NumPy promises never to change it (NEP 19)."""

    def __init__(self, random, count):
        self.random, self.count = random, count

    def between(self, low, high):
        return low + (high - low) * self.random.random_sample(self.count)

    def maybe(self, probability):
        return self.random.random_sample(self.count) < probability


def cloth(chance, low=75, high=250):
    """Return a grey a pixel: plain, striped or checked, with a soft fold."""
    rows = np.arange(28)[None, :, None]
    columns = np.arange(28)[None, None, :]
    period = np.floor(chance.between(2, 6))[:, None, None]
    depth = (chance.between(0.1, 0.6) * chance.maybe(0.5))[:, None, None]
    kind = chance.between(0, 3)[:, None, None]
    bands = np.floor(rows / period) % 2 * (kind < 2)
    posts = np.floor(columns / period) % 2 * (kind > 1)
    fold = (columns - 13.5) / 14 * chance.between(-0.2, 0.2)[:, None, None]
    shade = (
        chance.between(low, high)[:, None, None]
        * (1 + fold)
        * (1 - depth * (bands + posts) / (1 + bands * posts))
    )
    return grey(shade)


def grey(shade):
    """Return integer greys, none as dark as the background."""
    return np.clip(np.floor(shade), 40, 255).astype(np.int64)


def trim(chance, shade, low=0.35, high=1.4):
    """Return a grey a pixel for details: the cloth's, darker or lighter."""
    return grey(shade * chance.between(low, high)[:, None, None])
