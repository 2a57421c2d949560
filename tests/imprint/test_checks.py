"""Promises of ``imprint check`` and ``imprint review``: what breaks a rule is named with its line,
and what does not is left alone."""

import json
import re

import pytest
from imprint import prose
from imprint.book import load
from imprint.checks import RULES, findings
from imprint.sources import read_pages

from tests.imprint.conftest import write
from tests.imprint.small import book, page

CONFIG = """\
title: T
bibtex_bibfiles: [references.bib]
editions:
  alpha:
    title: Alpha
    library: lib/alpha.py
    aliases: {functions: {zeros: fw.zeros}, methods: {size: numel()}}
  beta: {title: Beta}
checks: {spelling: oxford, code_width: 40, outline: plan.yml, words: [analog]}
"""
WIDE = "y = 'forty columns of code and then some'"
OUTLINE = """\
chapters:
- {folder: one, title: Chapter, pages: [{file: first, title: A Page, sections: [Begin, End]}]}
- {folder: two, title: Other, single_page: true, pages: [{title: Middle}]}
"""
BIB = "@book{known.2000,\n title = {T}}\n@Article(other.2001,\n title = {U})\n"
GOOD = page(
    "| (sec-a)=\n## Begin\n\nSee {ref}`sec-a`, {numref}`Fig %s <fig-a>`, {eq}`eq-a`, and "
    "{cite:p}`known.2000, other.2001`; the colour `color`, $color$, [x](color.html).",
    "| ```{figure} a.png\n:name: fig-a\n:alt: What it shows.\nA caption, analog.\n```\n\n"
    "$$\na = b \\\\\ncolor\n$$ (eq-a)\n\n```python\n![](b.png) {ref}`nowhere`\n```",
    ":tags: [alpha]\n#@save\nimport fw",
    ":tags: [alpha]\nfrom lib import alpha as d2l",
    "x = d2l.zeros(3), d2l.size(4)",
    ":tags: [check]\nassert 'd2l.zeros' or 'a line that nobody sees and that is wide'",
    '| +++ {"tags": ["alpha"]}\n\nAlpha has `zeros`.\n\n+++\n\nBoth have it.\n\n## End\n\nDone.',
)


def made(tmp_path, text=GOOD, config=CONFIG, **pages):
    files = {"plan.yml": OUTLINE, "references.bib": BIB, "lib/__init__.py": ""}
    return book(tmp_path, {"one/first.md": text, **pages}, config, files)


def found(root) -> list[tuple[str, str]]:
    """The code of each finding with the line that it names."""
    opened = load(root)
    said = []
    for one in findings(opened, read_pages(opened)):
        line = (root / one.path).read_text().split("\n")[one.line - 1]
        said.append((one.code, line))
    return said


def test_a_page_that_keeps_the_rules_is_left_alone(tmp_path):
    assert found(made(tmp_path)) == []


@pytest.mark.parametrize(
    ("code", "line", "before"),
    [
        ("R101", "a line, then {ref}`sec-missing`.", "Some prose on"),
        ("R101", "{numref}`no <fig-none>` {ref}`sec-a`", ""),
        ("R101", "{doc}`../one/nothing`", ""),
        ("R102", "{cite:t}`known.2000,unknown.1999`", ""),
        ("F201", "```{figure} c.png\n:width: 10px\nCaption.\n```", ""),
        ("F201", "Text ![](c.png)", ""),
        ("F201", ":::{image} c.png\n:alt:\n:::", ""),
        ("B601", ":::{tip}\nText. :::\n\nMore.\n:::", ""),
        ("B601", ":::{tip}\nText.\n", ""),
        ("B601", "::::{tip}\n:::{note}\nText. :::\n:::\n::::", ""),
        ("B601", "```{admonition} T\n## Heading\n```", ""),
        ("B602", ":::{figure} c.png\n:alt: It goes\n  on.\n:width: 9px\n\nA.\n:::", ""),
        ("C301", f"```{{code-cell}} python\nx = 1\n{WIDE}\n```", ""),
        ("C302", "```{code-cell} python\nf'{d2l.zeros(3)}'\n```", ""),
        ("C302", "```{code-cell} python\nmap(d2l.size, [])\n```", ""),
        ("C303", "```{code-cell} python\nx = [d2l.zeros((1,\n                2))]\n```", ""),
        ("E401", '+++ {"tags": ["alpha"]}\n\nUnlike Beta.\n\n+++', ""),
        ("E401", '+++ {"tags": ["alpha"]}\n\nUnlike `beta`.\n\n+++', ""),
        ("E402", "Only Alpha does.", ""),
        ("E403", "Call `lib.zeros` first.", ""),
        ("W701", "The color of a centre.", ""),
        ("W701", "Teh colour.", ""),
        ("W701", "We organise it.", "A paragraph"),
        ("W701", "```{figure} c.png\n:alt: t\nA color.\n```", ""),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_named_with_its_line(tmp_path, code, line, before):
    text = GOOD.replace("Done.", f"{before}\n{line}\n")
    ((said, where),) = found(made(tmp_path, text))
    guilty = {"B602": 3, "C301": 2, "C302": 1, "C303": 2}.get(code, 0)
    lines = line.split("\n")
    if lines[0].startswith("+++"):
        guilty = 2
    if "A color." in line or ":::{note}" in line:
        guilty = 2
    if ":::{tip}\nText. :::" in line or "## Heading" in line:
        guilty = 1
    assert (said, where) == (code, lines[guilty])


def test_lines_that_an_alias_leaves_in_line_or_that_never_were_are_left_alone(tmp_path):
    cell = (
        "x = d2l.zeros(\n    (1, 2))\ny = [d2l.zeros(1),\n     d2l.zeros(2)]\n"
        "z = d2l.zeros((1,\n  2))\nw = (d2l.zeros(1)\n     + 2)"
    )
    text = GOOD.replace("Done.", f"```{{code-cell}} python\n{cell}\n```\n")
    assert found(made(tmp_path, text)) == []


def test_a_rule_is_off_in_the_paragraph_or_cell_that_follows_a_comment(tmp_path):
    text = GOOD.replace(
        "Done.",
        "% imprint: ignore W701, E402\nThe color of\nAlpha, color.\n\nThe color again.\n\n"
        f"% imprint: ignore C301\n\n```{{code-cell}} python\n{WIDE}\n```\n\nAnother color.\n",
    )
    assert found(made(tmp_path, text)) == [("W701", "The color again."), ("W701", "Another color.")]


def test_what_a_comment_ignores_ends_with_its_paragraph(tmp_path):
    text = GOOD.replace(
        "Done.",
        f"% imprint: ignore W701, C301\nA color.\n\n```{{code-cell}} python\n{WIDE}\n```\n\nEnd.\n",
    )
    assert found(made(tmp_path, text)) == [("C301", WIDE)]


def test_a_comment_cannot_ignore_a_rule_that_is_not_there(tmp_path, imprint):
    done = imprint(made(tmp_path, GOOD.replace("Done.", "% imprint: ignore W999\nText.")), "check")
    assert done.returncode == 1 and "no rule 'W999', which a comment" in done.stderr


def test_roles_that_are_shown_as_code_are_none():
    text = "A `{ref}` and `` {ref}`a` `` {ref}`b` `c` {eq}`d`."
    assert [(name, content) for _, name, content in prose.roles(text)] == [
        ("ref", "b"),
        ("eq", "d"),
    ]


def test_a_rule_is_off_on_pages_that_the_settings_name(tmp_path):
    text = GOOD.replace("Done.", "The color.")
    config = CONFIG.replace("words:", "ignore: {W701: [one/*]}, words:")
    assert found(made(tmp_path, text, config)) == []


def test_a_rule_that_is_not_there_cannot_be_off(tmp_path, imprint):
    config = CONFIG.replace("words:", "ignore: {W999: ['*']}, words:")
    done = imprint(made(tmp_path, config=config), "check")
    assert done.returncode == 1
    assert done.stderr.startswith("_config.yml:9: no rule 'W999' (rules: R101, R102,")


def test_titles_and_headings_are_the_outlines(tmp_path):
    text = GOOD.replace("# A Page", "# Another Page").replace("## End\n\nDone.", "Done.")
    text = text.replace("## Begin", "## End\n\n## Begin")
    root = made(tmp_path, text, **{"two/index.md": "# Other\n\n## Centre\n"})
    assert found(root) == [
        ("O501", "# Another Page"), ("O501", "## End"), ("O501", "# Other")
    ]  # fmt: skip


def test_pages_stand_in_the_order_of_the_outline(tmp_path):
    files = {"plan.yml": OUTLINE, "references.bib": BIB, "lib/__init__.py": ""}
    pages = {"two/index.md": "# Other\n\n## Middle\n", "one/first.md": GOOD}
    root = book(tmp_path, pages, CONFIG, files)
    opened = load(root)
    (one,) = findings(opened, read_pages(opened))
    assert str(one) == (
        "one/first.md:1: O501 the outline has 'A Page' before 'Other' "
        "(order _toc.yml as plan.yml does)"
    )


def test_exercises_have_solutions_where_a_book_has_any(tmp_path):
    text = GOOD + "\n## Exercises\n\n1. Why?\n1. How?\n"
    assert found(made(tmp_path, text)) == []
    solved = "# S\n\n(sol-first)=\n## A Page\n\n### Exercise 2\n\nSo.\n\n### Exercise 3\n\nNo.\n"
    assert found(made(tmp_path, text, **{"solutions.md": solved})) == [
        ("X601", "1. Why?"), ("X601", "### Exercise 3")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("english", "wrong"),
    [
        ("oxford", ["color", "organise", "analyze"]),
        ("british", ["color", "organize", "analyze"]),
        ("american", ["colour", "organise", "analyse"]),
    ],
)
def test_there_are_three_kinds_of_english(tmp_path, english, wrong):
    words = ["color", "colour", "organise", "organize", "analyse", "analyze"]
    text = GOOD.replace("the colour", "it").replace("Done.", "\n\n".join(words))
    root = made(tmp_path, text, CONFIG.replace("oxford", english))
    assert sorted(where for code, where in found(root) if code == "W701") == sorted(wrong)


def test_other_books_labels_may_be_meant(tmp_path):
    config = CONFIG + "sphinx: {config: {intersphinx_mapping: {python: [https://x.org, null]}}}\n"
    assert found(made(tmp_path, GOOD.replace("Done.", "{ref}`elsewhere`"), config)) == []


def test_the_command_says_all_and_exits_with_1(tmp_path, imprint):
    text = GOOD.replace("Done.", "The color.\n\nSee {ref}`sec-b`.")
    root = made(tmp_path, text, CONFIG.replace("  beta: {title: Beta}\n", ""))
    done = imprint(root, "check")
    lines = text.split("\n")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"one/first.md:{lines.index('The color.') + 1}: W701 'color' is spelt otherwise in Oxford "
        "English (colour)",
        f"one/first.md:{lines.index('See {ref}`sec-b`.') + 1}: R101 no label `sec-b` "
        "(did you mean `sec-a`?)",
    ]
    told = json.loads(imprint(root, "check", "--json").stdout)
    assert [one["code"] for one in told] == ["W701", "R101"]
    assert imprint(root, "check", "--page", "nothing").returncode == 0
    assert imprint(root, "check", "--rules").stdout.count("\n") == len(RULES)


# Prose -------------------------------------------------------------------------------------


def test_prose_is_what_is_read_as_sentences_with_their_lines(tmp_path):
    text = page(
        "| One sentence. Another one\nover two lines, e.g. here!\n\n- An item.\n- Next item.",
        "| ::::{admonition} A box\n:class: tip\nInside it.\n:::{note}\nDeeper.\n:::\n::::\n\nOut.",
        "| ~~~\nliteral.\n~~~\n\n$$\nx. Y\n$$ (eq-a)\n\n(sec-a)=\n% comment\n"
        "```{code-block}\nno.\n```",
    )
    read = read_pages(load(book(tmp_path, {"a.md": text}, "title: T\n")))[0]
    lines = text.split("\n")
    told = [(one.text, lines[one.line() - 1]) for one in prose.sentences(read)]
    assert told == [
        ("# A Page", "# A Page"),
        ("One sentence.", "One sentence. Another one"),
        ("Another one over two lines, e.g. here!", "One sentence. Another one"),
        ("- An item.", "- An item."),
        ("- Next item.", "- Next item."),
        ("A box", "::::{admonition} A box"),
        ("Inside it.", "Inside it."),
        ("Deeper.", "Deeper."),
        ("Out.", "Out."),
    ]


def test_words_are_what_is_left_of_roles_code_and_formulas():
    text = "A {index}`colour` of {index}`grey <main>` {ref}`here <sec-x>` `code` $x$ [a](b) <c>"
    shown = prose.words(text)
    assert len(shown) == len(text)
    assert re.findall(r"\w+", shown) == ["A", "colour", "of", "grey", "here", "a"]


# Review ------------------------------------------------------------------------------------


def test_a_reviewer_is_shown_all_that_must_be_attacked(tmp_path, imprint):
    text = page(
        "| It has 12 rows, and\nnever above $2^{10}$. `f` returns a copy; see {cite:p}`k.2000`.",
        ":tags: [check]\nassert f() == 1",
        "| ## Exercises\n\n1. Why\n   not?\n1. Show it.",
    )
    root = write(tmp_path, {"_config.yml": "title: T\n", "_toc.yml": "format: jb-book\nroot: a\n",
                            "a.md": text})  # fmt: skip
    told = json.loads(imprint(root, "review", "a", "--json").stdout)["a.md"]
    lines = text.split("\n")

    def where(what: str) -> list[tuple[str, str]]:
        return [(one["what"], lines[one["line"] - 1]) for one in told[what]]

    assert where("Recompute each number") == [("12, 2, 10", "It has 12 rows, and")]
    general = where("Find the counterexample to each general word")
    assert [what for what, _ in general] == ["never"] and general[0][1].startswith("never above")
    assert [what for what, _ in where("Run each claim about software")] == ["`f`"]
    assert [what for what, _ in where("Check that each work supports the sentence")] == ["k.2000"]
    assert [line for _, line in where("Solve each exercise")] == ["1. Why", "1. Show it."]
    assert where("Break the code that each check guards") == [("all editions", "assert f() == 1")]
    (root / "a.md").write_text("# A\n" + "\n" * 98 + "There are 7.\n")  # Rich has an emoji :100:
    assert "a.md:100: 7 | There are 7." in imprint(root, "review", "a").stdout
    done = imprint(root, "review", "nothing")
    assert done.returncode == 1 and "no page matches 'nothing'" in done.stderr
