"""Random edits of random libraries: no stale result is served, and nothing is run again that did
not depend on the edit. An oracle runs each page before and after and sees what had a part in it."""

import os
from pathlib import Path
from typing import NamedTuple

import nbformat
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from imprint import library
from imprint.errors import BookErrors
from imprint.fingerprint import Conditions, Dependencies

from tests.imprint.conftest import write
from tests.imprint.random_library import (
    ADD_TO_CLASS,
    CALLABLE,
    SILENT,
    Item,
    Spec,
    edits,
    name,
    page,
    render,
    run,
    sources,
    specs,
    unclear,
)


def fingerprint(root: Path, code: str, texts: dict[str, str]) -> str:
    node = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code, metadata={"tags": []})],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    inputs = Dependencies.of_book(root, texts).inputs(
        node, Conditions("smoke", {}), page="page.md", parameters={}, device="cpu"
    )
    return inputs.fingerprint


class Page(NamedTuple):
    path: str
    label: str | None = None
    title: str = ""


class Cell(NamedTuple):
    source: str
    line: int = 1
    kind: str = "code"

    def page_line(self, row: int) -> int:
        return self.line - 1 + row


def generated(spec: Spec) -> dict[str, str]:
    """The library of a book on whose pages the definitions are marked to be saved."""
    assume(not any(item.kind == "twice" for item in spec.items))  # refused by the generator
    hand = [item for item in spec.items if item.kind == "hand"]
    first = [
        "import functools",
        "import os",
        *(f"from lib.hand import {name(one)}" for one in hand),
    ]
    cells = [[] for _ in range(3)]
    cells[0] += [Cell("#@save\n" + text) for text in [*first, ADD_TO_CLASS]]
    rest = [item for item in spec.items if item.kind != "hand"]
    for number, item in enumerate(rest):
        if text := render(item, spec).replace("d2l.", "lib."):
            cells[3 * number // len(rest)].append(Cell("#@save\n" + text))
    pages = [(Page(f"page{number}.md"), some) for number, some in enumerate(cells)]
    texts = sources(spec)
    texts["lib/alpha.py"] = library.generate("alpha", "lib/alpha.py", pages)
    return texts


def check(root: Path, spec: Spec, data: st.DataObject, texts_of=sources) -> None:
    numbers = [item.number for item in spec.items if item.kind in CALLABLE]
    asked = data.draw(st.sets(st.sampled_from(numbers or [0]), min_size=1, max_size=3))
    kind, after, touched = data.draw(edits(spec, asked))
    code = page(spec, sorted(asked))
    before_texts, after_texts = texts_of(spec), texts_of(after)
    old, new = run(spec, code), run(after, code)
    if old.failed:
        return  # there is no result that could be stale
    before = fingerprint(root, code, before_texts)
    same = fingerprint(root, code, after_texts) == before
    parts = old.parts | new.parts
    event(f"{kind}: outputs {'differ' if old.output != new.output else 'alike'}")
    kinds = {spec[number].kind for number in parts if number >= 0 and spec.has(number)}
    for one in kinds:
        event(f"a part in it has a {one}")
    if old.output != new.output:
        assert not same, f"a stale result would be served after {kind}"
    if kind in SILENT:
        assert same, f"{kind} runs the page again"
    elif not new.failed and not touched & (parts | unclear(spec) | unclear(after)):
        event("untouched")
        assert same, f"{kind} of {touched} runs the page again, in which {parts} have a part"


quickly = settings(
    deadline=None,
    derandomize="IMPRINT_RANDOM" not in os.environ,  # with it set, other cases each time
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@settings(quickly, max_examples=400)
@given(specs(), st.data())
def test_no_stale_result_and_no_needless_run_with_modules_by_hand(tmp_path, spec, data):
    check(write(tmp_path, {"page.md": ""}), spec, data)


@settings(quickly, max_examples=25)
@given(specs(), st.data())
def test_no_stale_result_and_no_needless_run_with_a_generated_library(tmp_path, spec, data):
    try:
        check(write(tmp_path, {"page.md": ""}), spec, data, generated)
    except BookErrors as errors:
        event(f"not a library: {str(errors.errors[0])[:40]}")


def test_a_method_added_by_hand_does_not_concern_who_reads_what_its_class_uses(tmp_path):
    def spec(value: int) -> Spec:
        known = Item(0, "const", 1), Item(1, "class", value, (0,)), Item(2, "added", 1, (1,))
        return Spec(known)

    root, code = write(tmp_path, {"page.md": ""}), page(spec(1), [0])
    assert fingerprint(root, code, sources(spec(1))) == fingerprint(root, code, sources(spec(2)))
