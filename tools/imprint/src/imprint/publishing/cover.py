"""The cover of an e-book: what shelves show of it."""

import html
import textwrap


def cover(title: str, edition: str, author: str) -> str:
    """A drawing in SVG: the book's title, the edition, and the authors."""
    lines = textwrap.wrap(title, 14) or [title]
    size = min(170, 2100 // max(map(len, lines)))
    top = 900 - len(lines) * size // 2
    texts = [(top + int(1.2 * size) * row, size, "bold", line) for row, line in enumerate(lines)]
    rule = texts[-1][0] + size // 2
    texts.append((rule + 160, 80, "normal", edition))
    by = textwrap.wrap(author, 34)
    texts += [(2240 - 90 * (len(by) - row), 64, "normal", line) for row, line in enumerate(by)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="2400" fill="#ffffff" '
        'font-family="TeX Gyre Heros, Helvetica, DejaVu Sans, sans-serif" text-anchor="middle">'
        '<rect width="1600" height="2400" fill="#1f3a5f"/>'
        f'<rect x="400" y="{rule}" width="800" height="6" fill="#9db2cc"/>'
        + "".join(
            f'<text x="800" y="{y}" font-size="{size}" font-weight="{weight}">'
            f"{html.escape(text)}</text>"
            for y, size, weight, text in texts
        )
        + "</svg>"
    )
