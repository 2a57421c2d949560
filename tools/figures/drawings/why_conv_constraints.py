"""Six pixels and six units: all connections, equal weights for equal offsets, near ones only."""

from tools.figures.svg import BLUE, GREEN, GREY, INK, ORANGE, PALE_BLUE, PALE_ORANGE, Drawing

COUNT = 6
OFFSETS = {-1: GREEN, 0: BLUE, 1: ORANGE}


def panel(drawing, left, title, label, *, near, colored):
    pixels = [(left + 15 + 30 * k, 190) for k in range(COUNT)]
    units = [(left + 15 + 30 * k, 60) for k in range(COUNT)]
    lines = [(k - i, i, k) for i in range(COUNT) for k in range(COUNT)]
    for offset, i, k in sorted(lines, key=lambda line: abs(line[0]), reverse=True):
        chosen = colored and offset in OFFSETS
        if chosen or not near:
            color, width = (OFFSETS[offset], 2.2) if chosen else (GREY, 0.8)
            drawing.line([pixels[k], units[i]], color, width)
    for points, fill in ((pixels, PALE_ORANGE), (units, PALE_BLUE)):
        for point in points:
            drawing.circle(point, 9, INK, fill)
    drawing.text((left + 90, 28), title)
    drawing.text((left + 90, 228), label)


def draw():
    drawing = Drawing(640, 242)
    panel(drawing, 55, "fully connected", "36 weights", near=False, colored=False)
    panel(drawing, 255, "same weights", "11 weights", near=False, colored=True)
    panel(drawing, 455, "same weights, near", "3 weights", near=True, colored=True)
    drawing.text((44, 65), "units", anchor="end")
    drawing.text((44, 195), "pixels", anchor="end")
    return drawing
