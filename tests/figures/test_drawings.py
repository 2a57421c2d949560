"""Drawings that follow from numbers: the committed files are what their programs draw."""

from xml.etree import ElementTree

import pytest

from tools.figures.__main__ import IMAGES, draw, main, names
from tools.figures.svg import Drawing, Frame


@pytest.mark.parametrize("name", names())
def test_a_committed_drawing_is_what_its_program_draws(name):
    assert (IMAGES / f"{name}.svg").read_text("utf-8") == draw(name), "run make figures"


def test_a_name_that_no_module_has_is_an_error(capsys):
    assert main(["no-such-drawing"]) == 1
    assert "no-such-drawing" in capsys.readouterr().err


def test_data_become_pixels_with_y_upwards():
    frame = Frame(10, 20, 100, 50, xlim=(0, 4), ylim=(-1, 1))
    assert frame(0, -1) == (10, 70) and frame(4, 1) == (110, 20) and frame(1, 0) == (35, 45)


def test_marks_of_a_formula_change_the_type_and_return_to_the_line():
    drawing = Drawing(10, 10)
    drawing.formula((0, 0), "*w*,{1} < /η/^{2}/x/ & 3")
    text = ElementTree.fromstring(drawing.svg())[0]
    assert "".join(text.itertext()) == "w1 < η2x & 3"
    shifts = [float(span.get("dy", 0)) for span in text]
    assert shifts == [0, 4, -4, 0, -5.6, 5.6, 0]
