"""The twin of Fashion-MNIST: drawn silhouettes of ten kinds of garment."""

import os

import numpy as np

from .cloth import Chance, cloth, grey, trim
from .files import idx, write_gzip
from .raster import Canvas, mirrored, smooth

SEED = 20170825
TRAIN, TEST = 200, 50  # images of each class


def fashion_mnist(folder):
    """Write the four gzipped IDX files: 2,000 training, 500 test images."""
    drawers = (t_shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle_boot)
    images = np.stack(
        [_draw(drawer, np.random.RandomState(SEED + label)) for label, drawer in enumerate(drawers)]
    )
    order = np.random.RandomState(SEED - 1)
    for prefix, part in (("train", images[:, :TRAIN]), ("t10k", images[:, TRAIN:])):
        count = part.shape[0] * part.shape[1]
        labels = np.repeat(np.arange(10, dtype=np.uint8), part.shape[1])
        shuffled = np.argsort(order.random_sample(count), kind="stable")
        for kind, array in (("images-idx3", part.reshape(count, 28, 28)), ("labels-idx1", labels)):
            write_gzip(os.path.join(folder, f"{prefix}-{kind}-ubyte.gz"), idx(array[shuffled]))


def _draw(drawer, random):
    """Return uint8 images of one class: training ones first, then test."""
    chance = Chance(random, TRAIN + TEST)
    canvas = Canvas(chance.count)
    size = chance.between(0.8, 1.0)
    canvas.place(
        scale=(size * chance.between(0.86, 1.0), size),
        shift=(chance.between(-0.08, 0.08), chance.between(-0.08, 0.08)),
        turn=chance.between(-0.04, 0.04),
        slant=chance.between(-0.05, 0.05),
    )
    drawer(canvas, chance)
    noise = np.floor(random.random_sample(canvas.grey.shape) * 33) - 16
    noisy = np.where(canvas.grey > 12, canvas.grey + noise, canvas.grey)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def torso(chance, sleeve, cuff, width, hem, neck, depth):
    """Return the outline of a garment with sleeves.

    ``sleeve`` is the outer corner of its end, lengths are from the centre.
    """
    x, y = sleeve
    flare = chance.between(-0.04, 0.08)
    return mirrored(
        [
            (0, -0.88 + depth),
            (neck * 0.7, -0.9 + depth * 0.55),
            (neck, -0.93),
            (chance.between(0.44, 0.56), -0.8),
            (x, y),
            (x - cuff, y + cuff * 0.45),
            (width, -0.3),
            (width + flare * 0.4, 0.3),
            (width + flare, hem),
            (0, hem + 0.03),
        ]
    )


def long_sleeve(chance):
    return chance.between(0.74, 0.95), chance.between(0.4, 0.88)


def short_sleeve(chance):
    reach = chance.between(0, 1)
    return 0.72 + 0.2 * reach, -0.5 + 0.4 * reach


def either(where, yes, no):
    return tuple(np.where(where, a, b) for a, b in zip(yes, no))


def buttons(canvas, chance, shade, where=True):
    for y in (-0.55, -0.25, 0.05, 0.35, 0.65):
        canvas.fill([(-0.05, y), (0.05, y), (0.05, y + 0.09), (-0.05, y + 0.09)], shade, where)


def t_shirt(canvas, chance):
    shade = cloth(chance)
    sleeve = either(chance.maybe(0.06), long_sleeve(chance), short_sleeve(chance))
    canvas.fill(
        torso(
            chance,
            sleeve,
            chance.between(0.17, 0.26),
            chance.between(0.42, 0.56),
            chance.between(0.76, 0.95),
            chance.between(0.18, 0.34),
            chance.between(0.05, 0.3),
        ),
        shade,
    )
    wide, low = chance.between(0.12, 0.3), chance.between(-0.2, 0.2)
    canvas.fill(
        [(-wide, -0.35), (wide, -0.35), (wide, low), (-wide, low)],
        grey(chance.between(30, 255)),
        chance.maybe(0.4),
    )


def trouser(canvas, chance):
    shade = cloth(chance)
    waist, hip = chance.between(0.24, 0.36), chance.between(0.3, 0.44)
    ankle, fork = chance.between(0.24, 0.48), chance.between(-0.5, -0.2)
    inner = ankle - chance.between(0.16, 0.28)
    inner = np.where(inner > 0.02, inner, 0.02)
    foot = chance.between(0.85, 0.97)
    canvas.fill(
        mirrored(
            [(0, -0.94), (waist, -0.94), (hip, fork), (ankle, foot), (inner, foot), (0.01, fork)]
        ),
        shade,
    )
    canvas.fill(
        mirrored([(0, -0.95), (waist, -0.95), (waist + 0.02, -0.84), (0, -0.84)]),
        trim(chance, shade, 0.6, 1.1),
    )


def pullover(canvas, chance):
    shade = cloth(chance)
    neck, depth = chance.between(0.16, 0.28), chance.between(0.03, 0.16)
    hem, cuff = chance.between(0.72, 0.95), chance.between(0.17, 0.26)
    width, (x, y) = chance.between(0.42, 0.54), long_sleeve(chance)
    canvas.fill(torso(chance, (x, y), cuff, width, hem, neck, depth), shade)
    ribs = trim(chance, shade, 0.6, 1.0)
    canvas.fill(
        mirrored([(0, hem - 0.08), (width, hem - 0.08), (width, hem + 0.03), (0, hem + 0.03)]), ribs
    )
    for side in (1, -1):
        canvas.stroke(
            [(side * x, y - 0.05), (side * (x - cuff), y + cuff * 0.45 - 0.05)], 0.09, ribs
        )
    canvas.stroke(
        [(-neck, -0.92), (-neck * 0.6, -0.88 + depth), (neck * 0.6, -0.88 + depth), (neck, -0.92)],
        0.09,
        ribs,
    )
    canvas.stroke(
        [(0, -0.88 + depth), (0, chance.between(-0.6, 0.0))], 0.06, ribs, chance.maybe(0.25)
    )


def dress(canvas, chance):
    shade = cloth(chance)
    strap, top = chance.between(0.16, 0.32), chance.between(0.2, 0.36)
    waist, hem = chance.between(0.17, 0.34), chance.between(0.26, 0.58)
    middle, depth = chance.between(-0.3, 0.0), chance.between(0.05, 0.3)
    canvas.fill(
        mirrored(
            [
                (0, -0.92 + depth),
                (strap * 0.6, -0.93 + depth),
                (strap * 0.75, -0.96),
                (strap + 0.08, -0.95),
                (top, -0.55),
                (waist, middle),
                ((waist + hem) / 2 + 0.03, 0.3),
                (hem, 0.94),
                (0, 0.97),
            ]
        ),
        shade,
    )
    end, sleeves = chance.between(-0.5, 0.4), chance.maybe(0.45)
    for side in (1, -1):
        canvas.stroke(
            [(side * (strap + 0.04), -0.86), (side * (strap + 0.24), end)], 0.18, shade, sleeves
        )
    canvas.stroke([(-waist, middle), (waist, middle)], 0.07, trim(chance, shade), chance.maybe(0.5))


def coat(canvas, chance):
    shade = cloth(chance, 60, 225)
    neck, hem = chance.between(0.16, 0.28), chance.between(0.84, 0.97)
    canvas.fill(
        torso(
            chance,
            long_sleeve(chance),
            chance.between(0.18, 0.27),
            chance.between(0.43, 0.56),
            hem,
            neck,
            chance.between(0.03, 0.16),
        ),
        shade,
    )
    seam = trim(chance, shade, 0.25, 0.6)
    collar = trim(chance, shade, 0.7, 1.4)
    lapels, low = chance.maybe(0.75), chance.between(-0.5, -0.05)
    for side in (1, -1):
        canvas.fill(
            [
                (side * neck, -0.97),
                (side * (neck + 0.1), -0.7),
                (side * 0.03, low),
                (side * 0.03, -0.7),
            ],
            collar,
            lapels,
        )
        canvas.stroke([(side * 0.2, 0.3), (side * 0.42, 0.25)], 0.06, seam, chance.maybe(0.5))
    canvas.stroke([(-neck, -0.9), (neck, -0.9)], 0.16, collar, ~lapels)
    canvas.stroke([(0, np.where(lapels, low, -0.85)), (0, hem)], chance.between(0.05, 0.09), seam)


def sandal(canvas, chance):
    shade = cloth(chance, 110)
    heel = chance.between(0, 0.7) * chance.maybe(0.7)
    sole, floor = chance.between(0.08, 0.17), chance.between(0.4, 0.6)
    back = floor - heel
    canvas.fill(
        smooth(
            [
                (-0.95, floor),
                (-0.3, floor - 0.02),
                (0.3, floor - heel * 0.6),
                (0.92, back),
                (0.92, back + sole),
                (0.35, floor - heel * 0.5 + sole),
                (-0.3, floor + sole),
                (-0.95, floor + sole),
            ]
        ),
        shade,
    )
    canvas.fill(
        [
            (0.92, back),
            (0.92, floor + sole),
            (0.92 - chance.between(0.1, 0.32), floor + sole),
            (0.6, floor - heel * 0.75),
        ],
        trim(chance, shade, 0.6, 1.0),
    )
    width, rise = chance.between(0.1, 0.18), chance.between(0.4, 0.75)
    top, lean = back - rise, chance.between(0.1, 0.3)
    bound = chance.maybe(0.75)  # at the ankle; else a mule
    for along in (0.12, 0.32, 0.55, 0.8):  # straps across the foot
        x = -0.8 + 1.15 * along
        base = floor - heel * 0.75 * along * along
        height = 0.22 + (rise - 0.1) * along * along
        canvas.stroke(
            [(x - 0.06, base), (x + lean, base - height)],
            width,
            shade,
            bound & (chance.maybe(0.5) | (along < 0.2)),
        )
    canvas.stroke(
        smooth([(-0.7, floor - 0.12), (-0.1, floor - heel * 0.2 - 0.3), (0.35, top)], False),
        width,
        shade,
        bound,
    )
    canvas.stroke([(0.3, top + 0.05), (0.86, top + 0.12)], width, shade, bound)
    canvas.stroke([(0.86, top + 0.06), (0.88, back)], width, shade, bound)
    for start, end in ((-0.8, -0.15), (-0.45, 0.25)):
        arch = [
            (start, floor + 0.02),
            (start + 0.15, floor - 0.3),
            (end - 0.1, floor - heel * 0.3 - 0.36),
            (end, floor - heel * 0.4),
        ]
        canvas.stroke(smooth(arch, False), width, shade, ~bound)


def sneaker(canvas, chance):
    shade = cloth(chance)
    floor, sole = chance.between(0.38, 0.48), chance.between(0.1, 0.2)
    toe, high = chance.between(0.02, 0.16), chance.between(-0.45, -0.18)
    mouth = chance.between(0.05, 0.3)
    canvas.fill(
        [(-0.95, floor)]
        + smooth(
            [
                (-0.96, floor - 0.1),
                (-0.88, toe + 0.08),
                (-0.68, toe),
                (-0.35, toe - 0.08),
                (mouth - 0.1, high + 0.08),
                (mouth, high),
                (mouth + 0.15, high + 0.06),
                (0.66, high + 0.12),
                (0.88, high - 0.02),
                (0.92, high + 0.25),
                (0.95, floor - 0.1),
            ],
            False,
        )
        + [(0.95, floor)],
        shade,
    )
    detail = trim(chance, shade)
    for along in (0.15, 0.45, 0.75):
        x = -0.35 + (mouth + 0.25) * along
        y = toe - 0.02 + (high - toe) * along
        canvas.stroke([(x - 0.06, y - 0.08), (x + 0.16, y + 0.14)], 0.07, detail)
    canvas.stroke(
        smooth([(-0.9, floor - 0.05), (-0.6, floor - 0.1), (-0.52, toe)], False),
        0.07,
        detail,
        chance.maybe(0.5),
    )
    canvas.stroke(
        smooth([(-0.15, toe + 0.12), (0.2, floor - 0.1), (0.85, high + 0.3)], False),
        0.09,
        detail,
        chance.maybe(0.5),
    )
    canvas.fill(
        [(-0.97, floor - 0.02), (0.97, floor - 0.02), (0.95, floor + sole), (-0.9, floor + sole)],
        np.where(
            chance.maybe(0.6)[:, None, None],
            trim(chance, shade, 1.2, 1.9),
            trim(chance, shade, 0.4, 0.8),
        ),
    )


def shirt(canvas, chance):
    shade = cloth(chance)
    sleeve = either(chance.maybe(0.35), short_sleeve(chance), long_sleeve(chance))
    neck = chance.between(0.15, 0.27)
    canvas.fill(
        torso(
            chance,
            sleeve,
            chance.between(0.16, 0.25),
            chance.between(0.4, 0.54),
            chance.between(0.76, 0.96),
            neck,
            chance.between(0.04, 0.2),
        ),
        shade,
    )
    collar = trim(chance, shade, 0.75, 1.5)
    for side in (1, -1):
        canvas.fill(
            [
                (side * 0.03, -0.74),
                (side * neck * 0.8, -0.98),
                (side * (neck + 0.08), -0.9),
                (side * 0.2, -0.62),
            ],
            collar,
        )
    buttons(canvas, chance, trim(chance, shade, 0.3, 0.7))
    canvas.fill(
        [(0.14, -0.35), (0.36, -0.35), (0.36, -0.08), (0.14, -0.08)],
        trim(chance, shade, 0.7, 1.2),
        chance.maybe(0.4),
    )


def bag(canvas, chance):
    shade = cloth(chance)
    top, bottom = chance.between(-0.45, 0.05), chance.between(0.55, 0.9)
    upper, lower = chance.between(0.5, 0.94), chance.between(0.6, 0.95)
    rise, grip = chance.between(0.25, 0.6), chance.between(0.35, 0.85) * upper
    strap, width = trim(chance, shade, 0.6, 1.1), chance.between(0.08, 0.17)
    canvas.stroke(
        smooth(
            [
                (-grip, top + 0.05),
                (-grip * 0.75, top - rise),
                (grip * 0.75, top - rise),
                (grip, top + 0.05),
            ],
            False,
        ),
        width,
        strap,
    )
    canvas.fill(
        mirrored(
            [
                (0, top),
                (upper - 0.06, top),
                (upper, top + 0.06),
                (lower, bottom - 0.06),
                (lower - 0.06, bottom),
                (0, bottom),
            ]
        ),
        shade,
    )
    edge = top + chance.between(0.2, 0.4)
    canvas.stroke(
        [(-upper, edge), (0, edge + 0.12), (upper, edge)],
        0.06,
        trim(chance, shade, 0.35, 0.7),
        chance.maybe(0.5),
    )
    canvas.fill(
        [(-0.1, edge), (0.1, edge), (0.1, edge + 0.2), (-0.1, edge + 0.2)],
        grey(chance.between(30, 255)),
        chance.maybe(0.5),
    )


def ankle_boot(canvas, chance):
    shade = cloth(chance)
    collar, instep = chance.between(-0.92, -0.4), chance.between(-0.12, 0.16)
    toe, floor = chance.between(0.24, 0.42), 0.7
    canvas.fill(
        [(-0.93, floor)]
        + smooth(
            [
                (-0.94, toe + 0.2),
                (-0.78, toe),
                (instep - 0.15, 0.08),
                (instep, -0.2),
                (instep + 0.03, collar),
            ],
            False,
        )
        + [(chance.between(0.68, 0.82), collar), (0.72, 0.0), (0.82, floor)],
        shade,
    )
    heel, inner = chance.between(0.06, 0.25), chance.between(0.3, 0.5)
    sole = trim(chance, shade, 0.4, 0.8)
    canvas.fill(
        [(-0.95, floor - 0.02), (0.84, floor - 0.02), (0.84, floor + 0.08), (-0.92, floor + 0.08)],
        sole,
    )
    canvas.fill(
        [
            (inner, floor + 0.05),
            (0.84, floor + 0.05),
            (0.82, floor + 0.08 + heel),
            (inner + 0.05, 0.78 + heel),
        ],
        sole,
    )
    canvas.stroke([(0.35, collar + 0.25), (0.38, 0.3)], 0.07, sole, chance.maybe(0.4))
    canvas.stroke(
        [(instep + 0.02, collar + 0.06), (0.74, collar + 0.06)],
        0.12,
        trim(chance, shade, 0.4, 1.3),
        chance.maybe(0.5),
    )
    laces = chance.maybe(0.3)
    for y in (-0.3, -0.1, 0.1):
        canvas.stroke([(instep - 0.05, y + 0.02), (instep + 0.2, y + 0.08)], 0.06, sole, laces)
