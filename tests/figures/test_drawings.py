"""Drawings that follow from numbers: the committed files are what their programs draw."""

import re
from xml.etree import ElementTree

import pytest

from tools.figures.__main__ import IMAGES, draw, main, names
from tools.figures.svg import DARK, Drawing, Frame, themed


@pytest.mark.parametrize("name", names())
def test_a_committed_drawing_is_what_its_program_draws(name):
    assert (IMAGES / f"{name}.svg").read_text("utf-8") == draw(name), "run make figures"


@pytest.mark.parametrize("path", sorted(IMAGES.glob("*.svg")), ids=lambda path: path.stem)
def test_a_drawing_can_be_seen_on_a_dark_page(path):
    text = path.read_text("utf-8")
    assert themed(text) == text, "run make figures"
    used = set(re.findall(r"(?:fill|stroke)=['\"]([^'\"]+)", text)) - {"none"}
    assert all(re.fullmatch("#[0-9A-Fa-f]{6}", colour) for colour in used), used
    dark = {light.lower(): new for light, new in DARK.items()}
    pale = {new.lower() for light, new in DARK.items() if luminance(light) > 0.3}
    for colour in used:  # what is pale must not stay so under text that becomes pale
        assert colour.lower() in dark or luminance(colour) < 0.7, colour
        shown = dark.get(colour.lower(), colour.lower())
        contrast = (luminance(shown) + 0.05) / (luminance("#14181e") + 0.05)
        assert shown in pale or contrast >= 3, colour


def luminance(colour):
    """The relative luminance of WCAG 2.2, of a colour #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_name_that_no_module_has_is_an_error(capsys):
    assert main(["no-such-drawing"]) == 1
    assert "no-such-drawing" in capsys.readouterr().err


def test_data_become_pixels_with_y_upwards():
    frame = Frame(10, 20, 100, 50, xlim=(0, 4), ylim=(-1, 1))
    assert frame(0, -1) == (10, 70) and frame(4, 1) == (110, 20) and frame(1, 0) == (35, 45)


def test_marks_of_a_formula_change_the_type_and_return_to_the_line():
    drawing = Drawing(10, 10)
    drawing.formula((0, 0), "*w*,{1} < /η/^{2}/x/ & 3")
    text = ElementTree.fromstring(drawing.svg())[-1]
    assert "".join(text.itertext()) == "w1 < η2x & 3"
    shifts = [float(span.get("dy", 0)) for span in text]
    assert shifts == [0, 4, -4, 0, -5.6, 5.6, 0]
