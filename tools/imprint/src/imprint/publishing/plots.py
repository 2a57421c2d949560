"""A Sphinx extension: plots that follow the reader's light or dark theme.

A browser tells an image the colour scheme of the page around it (CSS Color Adjustment, level 1),
which a drawing in SVG may ask for with ``prefers-color-scheme``. Matplotlib's are made to ask.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sphinx.application import Sphinx

from imprint.store import write_whole

MATPLOTLIB = b"<dc:title>Matplotlib v"
ASKS = b"prefers-color-scheme"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
PLACED = re.compile(r"translate\(\s*([-\d.]+)[ ,]+([-\d.]+)")
HEAD = 4096
"""Bytes at the beginning of a drawing among which it says what made it."""
STYLE = b"""\
<style type="text/css">@media (prefers-color-scheme: dark) {
svg {fill: #d8d8d8}
[style*="stroke: #000000"] {stroke: #d8d8d8 !important}
[style*="fill: #000000"] {fill: #d8d8d8 !important}
[style*="stroke: #b0b0b0"] {stroke: #555555 !important}
#patch_1 > path, [id^="axes_"] > [id^="patch_"]:first-child > path {fill: none !important}
[id^="legend_"] > [id^="patch_"] > path {fill: #202020 !important; stroke: #555555 !important}
.imprint-ground, .imprint-ground [style*="fill: #000000"] {fill: #000000 !important}
}</style>
"""
"""Text, axes and black lines turn light, the grid dark; grounds let the page through. What has
another colour keeps it, and text on a ground of its own."""
COVERED = re.compile(rb'<image\b|id="QuadMesh|<g id="text_\d+">\s*<g id="patch_')
"""In drawings with text on a ground of its own: on the cells of a map, or in a box."""
GROUND = b'class="imprint-ground"'
SVG = "{http://www.w3.org/2000/svg}"
G = f"{SVG}g"


def follows_theme(drawing: Path) -> bool:
    """Whether an image is one that looks right on a light page and on a dark one."""
    if drawing.suffix != ".svg":
        return False
    text = drawing.read_bytes()
    return MATPLOTLIB in text[:HEAD] or ASKS in text


def ask_for_theme(app: Sphinx, exception: Exception | None) -> None:
    """Have Matplotlib's drawings among the site's images ask for the theme."""
    if exception or app.builder.format != "html":
        return
    for path in sorted((Path(app.outdir) / "_images").glob("*.svg")):
        text = path.read_bytes()
        if MATPLOTLIB in text[:HEAD] and ASKS not in text:
            for name in _on_grounds(text) if COVERED.search(text) else ():
                text = text.replace(b'<g id="%s"' % name, b'<g id="%s" %s' % (name, GROUND), 1)
            write_whole(path, text.replace(b"<defs>", b"<defs>\n" + STYLE, 1))


def _on_grounds(drawing: bytes) -> Iterator[bytes]:
    """The names of the texts in a Matplotlib drawing that stand in a box, or on an image."""
    for axes in ElementTree.fromstring(drawing).iter(G):
        if not axes.get("id", "").startswith("axes_"):
            continue
        image = any(
            part.tag.endswith("}image") or part.get("id", "").startswith("QuadMesh")
            for part in axes.iter()
        )
        corners = [float(number) for number in NUMBER.findall(_outline(axes))]
        for text in axes.findall(G):
            if text.get("id", "").startswith("text_"):
                boxed = any(part.get("id", "").startswith("patch_") for part in text.findall(G))
                if boxed or (image and _inside(text, corners)):
                    yield text.get("id", "").encode()


def _outline(axes: ElementTree.Element) -> str:
    """The path around the ground of axes."""
    path = axes.find(f"{G}/{SVG}path")
    return path.get("d", "") if path is not None else ""


def _inside(text: ElementTree.Element, corners: list[float]) -> bool:
    """Whether a text begins within the corners of a rectangle: x and y of each."""
    placed = (PLACED.search(part.get("transform", "")) for part in text.iter())
    at = next((match for match in placed if match), None)
    if at is None or not corners:
        return False
    x, y = float(at[1]), float(at[2])
    across, down = corners[::2], corners[1::2]
    return min(across) <= x <= max(across) and min(down) <= y <= max(down)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", ask_for_theme)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
