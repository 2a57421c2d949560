"""Equations, typeset when the site is built."""

import re
from pathlib import Path

import pytest
from imprint.publishing.equations import Formula, Typesetter, with_equations

from tests.imprint.small import book

HEAD = (
    '<head>\n    <script>window.MathJax = {"tex": {}}</script>\n    '
    '<script defer="defer" src="../_static/mathjax/tex-chtml.js"></script>\n</head>'
)
INLINE = '<p>a <span class="math notranslate nohighlight">\\({}\\)</span> b</p>'
SHOWN = (
    '<div class="math notranslate nohighlight" id="equation-e">\n<span class="eqno">(1)'
    '<a href="#equation-e">#</a></span>\\[{}\\]</div>'
)


@pytest.fixture
def typesetter(tmp_path: Path):
    made = Typesetter({"R": "\\mathbb{R}", "norm": ["\\lVert #1 \\rVert", 1]}, tmp_path / "kept")
    yield made
    made.close()


def test_formulas_are_replaced_and_the_script_goes(typesetter: Typesetter) -> None:
    page = with_equations(
        HEAD + INLINE.format("x \\in \\R, x &lt; 1") + SHOWN.format("\\norm{x}"), typesetter
    )
    assert page.count("<mjx-container ") == 2 and "\\(" not in page and "<script" not in page
    assert 'data-tex="x \\in \\R, x &lt; 1"' in page and "<mi>x</mi>" in page
    assert '<span class="eqno">(1)' in page and 'display="true"' in page
    assert 'href="../_static/mathjax/chtml.css"' in page


def test_a_page_that_only_speaks_of_mathjax_stays_as_it_is(typesetter: Typesetter) -> None:
    page = "<head></head><p>It lies at <code>_static/mathjax/tex-chtml.js</code>.</p>"
    assert with_equations(page, typesetter) == page


def test_what_is_known_is_not_typeset_again(typesetter: Typesetter, tmp_path: Path) -> None:
    formulas = [Formula("x^2", False), Formula("x^2", True), Formula("y", False)]
    made = typesetter.typeset(formulas)
    assert len(set(made.values())) == 3
    again = Typesetter(typesetter.macros, typesetter.kept)
    assert again.typeset(formulas) == made
    assert not again.running, "MathJax was started for nothing"
    other = Typesetter({}, typesetter.kept)
    assert other.typeset([Formula("y", False)]) and other.running, "other macros, same key"
    other.close()


def test_a_damaged_file_of_formulas_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"no database" * 1000)
    made = Typesetter({}, tmp_path / "kept")
    assert made.typeset([Formula("x", False)])
    made.close()
    assert Typesetter({}, tmp_path / "kept").typeset([Formula("x", False)])


@pytest.mark.parametrize("formula", ["\\unknown{x}", "x^{2", "\\begin{matrix} x"])
def test_what_cannot_be_typeset_is_left_to_the_browser(
    typesetter: Typesetter, formula: str, caplog
) -> None:
    page = with_equations(HEAD + INLINE.format(formula) + INLINE.format("y"), typesetter)
    assert f"\\({formula}\\)" in page and "tex-chtml.js" in page
    assert page.count("<mjx-container ") == 1


def test_tex_in_a_programs_html_is_left_to_the_browser(typesetter: Typesetter) -> None:
    output = '<div class="output text_html"><b>$$x$$</b></div>'
    assert "tex-chtml.js" in with_equations(HEAD + INLINE.format("y") + output, typesetter)


def test_tex_anywhere_in_a_programs_html_is_left_to_the_browser(typesetter: Typesetter) -> None:
    output = '<div class="output text_html"><div><div>a</div>$$z$$</div></div>'
    assert "tex-chtml.js" in with_equations(HEAD + INLINE.format("y") + output, typesetter)
    after = '<div class="output text_html"><b>a</b></div><div class="cell docutils">\\(</div>'
    assert "tex-chtml.js" not in with_equations(HEAD + INLINE.format("y") + after, typesetter)


def test_what_a_formula_defines_is_known_on_the_rest_of_its_page(typesetter: Typesetter) -> None:
    defines = SHOWN.format("\\newcommand{\\Foo}{\\mathbb{F}}") + INLINE.format("\\def\\bar{q}")
    page = with_equations(HEAD + defines + INLINE.format("\\Foo\\bar"), typesetter)
    assert "<script" not in page and page.count("<mjx-container ") == 3
    assert '<mi mathvariant="double-struck">F</mi>' in page and "<mi>q</mi>" in page
    assert "\\(\\Foo\\)" in with_equations(HEAD + INLINE.format("\\Foo"), typesetter)
    left = with_equations(HEAD + defines + INLINE.format("\\Foo \\unknown"), typesetter)
    assert "\\newcommand" in left.replace('data-tex="\\newcommand', "")


def test_a_reference_in_a_formula_is_the_browsers_to_resolve(typesetter: Typesetter) -> None:
    for number in (7, 9):
        shown = SHOWN.format(f"x = 1 \\tag{{{number}}}\\label{{a}}")
        page = with_equations(
            HEAD + shown + INLINE.format("\\eqref{a}") + INLINE.format("y"), typesetter
        )
        assert "\\(\\eqref{a}\\)" in page and f"\\tag{{{number}}}" in page
        assert page.count("<mjx-container ") == 1 and "tex-chtml.js" in page
        assert "<script" not in with_equations(HEAD + shown, typesetter)


def test_what_mathjax_loads_by_itself_is_there(typesetter: Typesetter) -> None:
    formulas = [
        "\\cancel{x}", "\\ce{H2O}", "\\color{red} x", "\\boldsymbol{x}", "\\bra{x}",
        "\\bbox[red]{x}",
        "\\begin{align} a &= b \\\\ c &= d \\end{align}", "\\begin{CD} A @>>> B \\end{CD}",
        "\\enclose{circle}{x}", "\\href{https://example.org}{x}", "\\newcommand{\\z}{x} \\z",
    ]  # fmt: skip
    made = typesetter.typeset([Formula(formula, True) for formula in formulas])
    assert [formula for formula in formulas if Formula(formula, True) not in made] == []


def test_a_formula_that_cannot_be_typeset_is_a_warning_at_its_page(tmp_path: Path, imprint) -> None:
    root = book(
        tmp_path, {"index.md": "# A\n\n$x$\n", "two.md": "# B\n\n$\\unknown{y}$\n"}, "title: T\n"
    )
    done = imprint(root, "build", "html")
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "unknown" in line]
    assert re.match(
        r"two\.md: WARNING: .*Undefined control sequence \\unknown: \\unknown\{y\}", line
    )
