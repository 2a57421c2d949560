"""The book's drawing style, and the few shapes that its generated drawings are made of.

Lengths are pixels of the drawing; x grows to the right and y downwards, as in SVG. Numbers are
written with two decimals, so that a drawing has the same bytes on every machine.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

# Colours that colour-blind readers can tell apart (Okabe and Ito, https://jfly.uni-koeln.de/color/)
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GREY, INK = "#888888", "#333333"
PALE_BLUE, PALE_ORANGE, PALE_GREEN = "#D6E9F5", "#FBE7C3", "#D2EEE4"
DARK = {
    "#333333": "#d8d8d8", "#555555": "#bbbbbb", "#777777": "#a8a8a8", BLUE: "#4aa8e0",
    "#BBBBBB": "#555555", "#CCCCCC": "#4a4a4a", "#EEEEEE": "#2c3138", "#F2F2F2": "#2c3138",
    "#FFFFFF": "#14181e", PALE_BLUE: "#123a52", PALE_ORANGE: "#4a380f", "#FBEBCB": "#4a380f",
    PALE_GREEN: "#0d3f31", "#CFEBE1": "#0d3f31", "#F5E1EC": "#47263a", "#F9DDCB": "#4d2710",
    "#F9E0D2": "#4d2710", "#DDE0CF": "#363a2c", "#D3EFE6": "#0d3f31",
}  # fmt: skip
"""What the colours that would not be seen on a dark page become there; the others stay."""
DASHED, DOTTED = "7 4", "2 3"
_SANS, _SERIF = "Helvetica, Arial, DejaVu Sans, sans-serif", "Times, DejaVu Serif, serif"

Point = tuple[float, float]


@dataclass
class Drawing:
    """An SVG image of a size in pixels. Each method puts one shape on top of those before it."""

    width: int
    height: int
    _shapes: list[str] = field(default_factory=list)

    def line(self, points: Iterable[Point], color=INK, width=1.5, dash="", arrow=False):
        """Draw a line through points; an arrow's head, if asked for, is at its end."""
        head = f' marker-end="url(#arrow-{color[1:]})"' if arrow else ""
        self._add(f'<path d="{_path(points)}" fill="none"{_stroke(color, width, dash)}{head}/>')

    def area(self, points: Iterable[Point], color=INK, fill="none", width=1.5, dash=""):
        """Draw a polygon and close it."""
        self._add(f'<path d="{_path(points)} z" fill="{fill}"{_stroke(color, width, dash)}/>')

    def circle(self, center: Point, radius: float, color=INK, fill="none", width=1.5):
        """Draw a circle; one filled with its own colour is a dot."""
        x, y, r = map(_number, (*center, radius))
        self._add(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}"{_stroke(color, width)}/>')

    def box(self, corner: Point, width: float, height: float, color=INK, fill="none", radius=4):
        """Draw a rectangle with rounded corners; `corner` is the upper left one."""
        x, y, w, h = map(_number, (*corner, width, height))
        self._add(
            f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{radius}" fill="{fill}"'
            f"{_stroke(color, 1.5)}/>"
        )

    def text(self, at: Point, words: str, color=INK, size=14, anchor="middle"):
        """Write words; `at` is where their base line starts, is centred, or ends (`anchor`)."""
        self._write(at, escape(words), color, size, anchor, _SANS)

    def formula(self, at: Point, marked: str, color=INK, size=16, anchor="middle"):
        """Write mathematics: `/x/` is italic, `*w*` bold, `^{2}` raised, `,{1}` lowered."""
        self._write(at, _spans(marked, size), color, size, anchor, _SERIF)

    def svg(self) -> str:
        """Return the whole file."""
        colors = sorted(set(re.findall(r"#arrow-(\w+)", "".join(self._shapes))))
        heads = [
            f'<marker id="arrow-{color}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
            'markerHeight="7" orient="auto-start-reverse">'
            f'<path d="M0,0.8 L10,5 L0,9.2 z" fill="#{color}"/></marker>'
            for color in colors
        ]
        opening = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}">'
        )
        defs = [f"<defs>{head}</defs>" for head in heads]
        return themed("\n".join([opening, *defs, *self._shapes, "</svg>\n"]))

    def _write(self, at, content, color, size, anchor, family):
        x, y = map(_number, at)
        self._add(
            f'<text x="{x}" y="{y}" font-family="{family}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{color}">{content}</text>'
        )

    def _add(self, shape):
        self._shapes.append(shape)


@dataclass(frozen=True)
class Frame:
    """A rectangle of a drawing in which points are given by their data: `frame(x, y)` is a pixel.

    `xlim` and `ylim` are the data at its edges; y of the data grows upwards.
    """

    left: float
    top: float
    width: float
    height: float
    xlim: tuple[float, float] = (0, 1)
    ylim: tuple[float, float] = (0, 1)

    def __call__(self, x: float, y: float) -> Point:
        (x0, x1), (y0, y1) = self.xlim, self.ylim
        across, up = (x - x0) / (x1 - x0), (y - y0) / (y1 - y0)
        return self.left + across * self.width, self.top + (1 - up) * self.height

    def curve(self, xs: Iterable[float], ys: Iterable[float]) -> list[Point]:
        """Return the pixels of the points (x, y), for `Drawing.line`."""
        return [self(x, y) for x, y in zip(xs, ys, strict=True)]

    def axes(self, drawing: Drawing, xlabel="", ylabel="", origin: Point | None = None):
        """Draw both axes with arrows through `origin` (the lower left corner if not given),
        the labels at their ends in the marks of `Drawing.formula`."""
        (x0, x1), (y0, y1) = self.xlim, self.ylim
        x, y = origin or (x0, y0)
        drawing.line([self(x0, y), self(x1, y)], GREY, 1, arrow=True)
        drawing.line([self(x, y0), self(x, y1)], GREY, 1, arrow=True)
        right, top = self(x1, y), self(x, y1)
        drawing.formula((right[0], right[1] + 18), xlabel, anchor="end")
        drawing.formula((top[0] - 8, top[1] + 8), ylabel, anchor="end")


_OPENING = re.compile(r"<svg\b[^>]*>\n?")
_STYLE = re.compile(r"<style>@media.*?</style>\n", re.DOTALL)


def themed(svg: str) -> str:
    """Return a drawing that has its dark colours where the page around it is dark: a browser tells
    it (CSS Color Adjustment, level 1)."""
    svg = _STYLE.sub("", svg)
    rules = ["svg:not([fill]) {fill: #d8d8d8}"]
    for light, dark in DARK.items():
        for use in ("fill", "stroke"):
            if f'{use}="{light}"'.lower() in svg.lower():
                rules.append(f'[{use}="{light}" i] {{{use}: {dark}}}')
    style = "\n".join(["<style>@media (prefers-color-scheme: dark) {", *rules, "}</style>\n"])
    return _OPENING.sub(lambda opening: opening[0].rstrip("\n") + "\n" + style, svg, count=1)


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _path(points: Iterable[Point]) -> str:
    return "M" + " L".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _stroke(color: str, width: float, dash: str = "") -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f' stroke="{color}" stroke-width="{_number(width)}"{dashes}'


_MARKS = re.compile(r"/([^/]+)/|\*([^*]+)\*|\^\{([^}]*)\}|,\{([^}]*)\}|([^/*^,]+|.)")


def _spans(marked: str, size: float) -> str:
    """Return the content of a text element. Each span says how far it is from the height of the
    one before it, since in SVG a shift moves all that follows."""
    small = f' font-size="{_number(0.7 * size)}"'
    kinds = [
        (' font-style="italic"', 0),
        (' font-weight="bold"', 0),
        (small, -0.35 * size),
        (small, 0.25 * size),
        (' xml:space="preserve"', 0),
    ]
    spans, height = [], 0
    for mark in _MARKS.finditer(marked):
        style, at = kinds[mark.lastindex - 1]
        shift = f' dy="{_number(at - height)}"' if at != height else ""
        spans.append(f"<tspan{style}{shift}>{escape(mark[mark.lastindex])}</tspan>")
        height = at
    return "".join(spans)
