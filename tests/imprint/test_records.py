"""What readers are told of the runs that they see results of."""

from pathlib import Path

import nbformat
import pytest
from imprint import records
from imprint.book import load
from imprint.build import read_pages

from tests.imprint.small import book, page

CONFIG = """\
title: T
editions: {alpha: {title: Alpha, preload: [numpy.linalg]}}
datasets: {calls: [d2l.download], registry: d2l.DATA_HUB, sources: {smoke: ["make/*.py"]}}
"""
RECORD = {
    "edition": "alpha", "profile": "smoke", "date": "2026-03-01T23:30:00+00:00", "seconds": 75.0,
    "gpus": [], "parameters": {}, "inputs": {"cell 1": "abc", "device": "cpu"},
    "versions": {"python": "3.11.7", "numpy": "2.4.6", "pandas": "2.3.3", "torch": "2.13.0"},
}  # fmt: skip


def told(root: Path, *cells: str, front: str = "", config: str = CONFIG, **record) -> records.Notes:
    opened = load(book(root, {"a.md": page(*cells, front=front)}, config))
    (notebook,) = read_pages(opened)
    return records.notes(opened, notebook, {"alpha": RECORD | record})


def test_when_where_and_with_what_it_ran(tmp_path):
    notes = told(tmp_path, "import torch\nfrom os import path")
    assert notes.runs == {"alpha": "Run on the CPU: Python 3.11.7, numpy 2.4.6, and torch 2.13.0."}
    assert notes.times == {"alpha": "It took 1 min 15 s on 1 March 2026."}
    assert notes.quick == ""


def test_a_parameter_is_named_however_the_page_sets_it(tmp_path):
    cell = ":tags: [parameters]\nsteps: int = 1000\nname = 'Big'\nfor lr in [0.1]: pass"
    given = {"steps": 2, "lr": 1.0, "name": "it`s"}
    quick = told(tmp_path, cell, profile="smoke", parameters=given).quick
    assert (
        "with `steps = 2` instead of `1000`, `lr = 1.0`, and `` name = 'it`s' `` instead of "
        "`'Big'`. A full run"
    ) in quick


@pytest.mark.parametrize(("gpus", "where"), [(["0"], "a GPU"), (["0", "2"], "2 GPUs")])
def test_how_many_gpus_it_had(tmp_path, gpus, where):
    assert f"Run on {where}: " in told(tmp_path, "1", gpus=gpus).runs["alpha"]


def test_parameters_of_a_quick_run_stand_beside_those_of_the_page(tmp_path):
    cell = ":tags: [parameters]\nlr, steps = 0.1, 3 * 100\nname: str = 'x'"
    notes = told(
        tmp_path, cell, front="smoke: {steps: 2, lr: 1.0}", parameters={"steps": 2, "lr": 1.0}
    )
    assert notes.quick == (
        "The results on this page come from a quick run, with `steps = 2` instead of `3 * 100` and "
        "`lr = 1.0` instead of `0.1`. A full run gives other numbers and curves."
    )


def test_generated_data_are_called_so(tmp_path):
    inputs = {"dataset houses": "1", "dataset cars": "2"}
    notes = told(tmp_path, "1", inputs=inputs)
    assert "with small generated samples in place of the data cars and houses." in notes.quick
    assert ", with the data cars and houses: Python" in notes.runs["alpha"]
    one = told(tmp_path / "one", "1", inputs={"dataset cars": "2"})
    assert "with a small generated sample in place of the data cars." in one.quick


def test_a_full_run_and_real_data_need_no_excuse(tmp_path):
    inputs = {"dataset cars": "2"}
    assert told(tmp_path, "1", inputs=inputs, profile="full").quick == ""
    real = CONFIG.replace(', sources: {smoke: ["make/*.py"]}', "")
    assert told(tmp_path / "real", "1", inputs=inputs, config=real).quick == ""


def test_a_notebook_has_the_notes_at_its_head_and_foot(tmp_path):
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="one")])
    notes = records.Notes("Quick.", {"alpha": "Run."})
    noted = notes.within(node)
    assert [cell.source for cell in noted.cells] == ["*Quick.*", "1", "Run."]
    nbformat.validate(noted)
