"""Promises of aliases: the author's one spelling becomes each framework's own, and computes the
same."""

import ast
import io
import json
import os
import re
import subprocess
import sys
import tokenize
import types
import zipfile

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from imprint.aliases import Aliases, NotImported, imports_of, parsed, rewritten
from imprint.cells import Cell
from imprint.library import generate

from tests.imprint.small import book, page, stored

TARGETS = {
    "functions": {"zeros": "fw.zeros", "concat": "fw.sub.cat", "f32": "fw.float32"},
    "methods": {"keep": "keep(dim=0)", "size": "numel()", "reshape": "reshape", "total": "sum",
                "join": "join(fw.one)", "numpy": "numpy(force=True)",
                "near": "near(9, tol=fw.one)"},
    "expressions": {"count": "len({0})", "transpose": "{0}.T", "scaled": "{0} * {1}",
                    "twice": "{0} + {0}", "swapped": "fw.pair({1}, {0})"},
}  # fmt: skip
ALIASES = Aliases(
    "pack.lib",
    {name: parsed(kind, text) for kind, group in TARGETS.items() for name, text in group.items()},
    {"axis": "dim"},
    {"fw": "fw"},
)
IMPORTS = "import fw\nfrom pack import lib as d2l\n"


def written(source: str, head: str = IMPORTS) -> str:
    """What a cell becomes after another one that imports."""
    found = rewritten(source, ALIASES, imports_of([head, source]), 1)
    return source if found is None else found.source


# The rules ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("d2l.zeros((2, 3))", "fw.zeros((2, 3))"),
        ("d2l.concat((a, b), axis=1)", "fw.sub.cat((a, b), dim=1)"),
        ("other(a, axis=1)", "other(a, axis=1)"),
        ("d2l.concat(other(axis=1), axis=2)", "fw.sub.cat(other(axis=1), dim=2)"),
        ("x.to(d2l.f32)", "x.to(fw.float32)"),
        ("map(d2l.zeros, y)", "map(fw.zeros, y)"),
        ("d2l.total(x, 1, keepdim=True)", "x.sum(1, keepdim=True)"),
        ("d2l.total(x, axis=1)", "x.sum(dim=1)"),
        ("d2l.size(a + b)", "(a + b).numel()"),
        ("d2l.size((a + b))", "(a + b).numel()"),
        ("-d2l.size(a) ** 2", "-a.numel() ** 2"),
        ("d2l.size(5), d2l.size(-x)", "(5).numel(), (-x).numel()"),
        ("d2l.size('a' 'b')", "'a' 'b'.numel()"),
        ("d2l.size(x for x in y)", "(x for x in y).numel()"),
        ("d2l.size(lambda a, b: 1)", "(lambda a, b: 1).numel()"),
        ("d2l.size(a if b else c)", "(a if b else c).numel()"),
        ("d2l.size(y := x)", "(y := x).numel()"),
        ("d2l.size([1, 2][0])", "[1, 2][0].numel()"),
        ("d2l.size(d2l.reshape(x, -1, 1))", "x.reshape(-1, 1).numel()"),
        ("d2l.reshape(x, (2, 3),)", "x.reshape((2, 3))"),
        ("d2l.reshape(x, *s, **k)", "x.reshape(*s, **k)"),
        ("(d2l.size)(x)", "x.numel()"),
        ("d2l.size(x)\n", "x.numel()\n"),
        ("d2l.numpy(x)", "x.numpy(force=True)"),
        ("d2l.numpy(x, force=False)", "x.numpy(force=False)"),
        ("d2l.near(x, y)", "x.near(9, y, tol=fw.one)"),
        ("d2l.join(x, y, )", "x.join(fw.one, y)"),
        ("d2l.transpose(X)[0] = 1", "X.T[0] = 1"),
        ("d2l.transpose(a @ b)", "(a @ b).T"),
        ("2 ** d2l.scaled(a + 1, b)", "2 ** ((a + 1) * b)"),
        ("d2l.twice(a)", "(a + a)"),
        ("d2l.swapped(a, 1)", "fw.pair(1, a)"),
        ("d2l.\\\nzeros(3)", "fw.zeros(3)"),
        ("é = d2l.size('é' + x)", "é = ('é' + x).numel()"),
        ("d2l.reshape(\n    x,\n    (2, 3),\n)", "x.reshape((2, 3))"),
        ("d2l.size(a\n  .b)", "(a\n  .b).numel()"),
        ("d2l.size(f(\n  1))", "f(\n  1).numel()"),
        ("d2l.reshape(  # why\n    x,\n    2)", "x.reshape(  # why\n    2)"),
        ("d2l.reshape(x,  # why\n    2)", "x.reshape(# why\n    2)"),
        ("class A:\n    z = d2l.zeros(1)", "class A:\n    z = fw.zeros(1)"),
        ("[d2l.transpose(x)for x in y]", "[x.T for x in y]"),
        ("not(d2l.size)(x)", "not x.numel()"),
        ("return_ = y and(d2l.size)(x)", "return_ = y and x.numel()"),
        ("d2l.keep(x, axis=1), d2l.keep(x)", "x.keep(dim=1), x.keep(dim=0)"),
        ("d2l.count(x)", "len(x)"),
        ("def f(fw_):\n    return d2l.count(fw_)", "def f(fw_):\n    return len(fw_)"),
        ("%time d2l.zeros(3)\ny = d2l.zeros(3)", "%time d2l.zeros(3)\ny = fw.zeros(3)"),
        ("if a:\n    !ls\n    d2l.size(a)", "if a:\n    !ls\n    a.numel()"),
    ],
)  # fmt: skip
def test_an_alias_becomes_what_it_stands_for(before, after):
    assert written(before) == after


@pytest.mark.parametrize(
    "source",
    [
        "'d2l.zeros'  # d2l.zeros(1)",
        "f'{d2l.zeros(3)} {d2l.size(x)!r:>{d2l.size(y)}}'",
        '"""\nd2l.zeros(1)\n"""',
        "map(d2l.size, y)",
        "d2l.transpose",
        "d2l.size(*x)",
        "d2l.reshape(x=a, shape=b)",
        "d2l.size()",
        "d2l.transpose(a, b)",
        "d2l.twice(f())",
        "d2l.swapped(f(), g())",
        "d2l.transpose(a,  # why\n)",
        "d2l.zeros = 3",
        "del d2l.zeros",
        "d2l.other(1)",
        "x.d2l.zeros(1)",
        "def f(d2l):\n    return d2l.zeros(1)",
        "[d2l.zeros(1) for d2l in y]",
        "lambda d2l: d2l.size(x)",
        "def f():\n    d2l = 1\n    return lambda: d2l.zeros(d2l)",
        "d2l.numpy(x, **k)",
        "d2l.numpy(x,  # why\n)",
        "d2l.numpy(x, y,  # why\n)",
        "(d2l.size  # why\n)(x)",
        "d2l.concat(x, axis=1, dim=2)",
        "%%bash\nd2l.zeros(1)",
        "d2l.zeros(",
    ],
)
def test_what_no_alias_can_stand_for_stays(source):
    assert written(source) == source


@pytest.mark.parametrize("indent", ["  ", "\t", "      "])
def test_a_block_that_ruff_would_lay_out_anew_keeps_its_wide_line(indent):
    wide = "y = d2l.zeros(" + "a + " * 18 + "a)"
    source = f"for i in b:\n{indent}{wide}\n\n\n{indent}!ls \\\n{indent}  x\n{indent}z  =  1"
    assert written(source) == source.replace("d2l.zeros", "fw.zeros")


def test_long_expressions_end_in_no_traceback():
    source = "y = d2l.zeros(1" + " + 1" * 900 + ")"
    assert written(source).startswith("y = fw.zeros(")


def test_an_import_that_another_scope_or_branch_makes_is_none_of_the_pages():
    head = "try:\n    import fw\nexcept ImportError:\n    import other as fw\n"
    head += "from pack import lib as d2l\ndef g():\n    import third as fw"
    assert written("d2l.zeros(1)", head) == "fw.zeros(1)"


def test_nothing_else_in_a_cell_changes_by_a_byte():
    source = "x  =  [ 1,2 ]\t\n\n\ny = ( d2l.zeros( 3 ) ,'a',\"b\")  #  c \nz=1 ;\n  \n"
    assert written(source) == source.replace("d2l.zeros", "fw.zeros")


def test_a_line_that_grows_too_wide_is_laid_out_again_and_its_neighbours_are_not():
    targets = {"z": parsed("functions", "framework.functional.zeros_of_a_shape")}
    aliases = Aliases("pack.lib", targets, {}, {})
    head = "import framework\nfrom pack import lib as d2l\n"
    source = (
        "def f( x ):\n"
        "    if x:\n"
        "        return d2l.z(x, 'first argument', \"second argument\") + d2l.z(x)\n"
        "    y  =  2\n"
        "    z = x" + " + 1" * 30 + "\n"
        "    return   d2l.z(y)\n"
    )
    found = rewritten(source, aliases, imports_of([head, source]), 1)
    lines = found.source.split("\n")
    assert all(len(line) <= 79 for line in lines if "+ 1" not in line)
    new = "framework.functional.zeros_of_a_shape"
    assert lines[0] == "def f( x ):" and lines[-4:-1] == [
        "    y  =  2", "    z = x" + " + 1" * 30, f"    return   {new}(y)",
    ]  # fmt: skip
    assert '"second argument"' in found.source and "'first argument'" in found.source
    assert ast.dump(ast.parse(found.source)) == ast.dump(ast.parse(source.replace("d2l.z", new)))
    assert [found.rows[lines.index(line)] for line in lines[-4:-1]] == [4, 5, 6]
    assert set(found.rows[2 : lines.index("    y  =  2")]) == {3}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["from pack import lib as d2l", "d2l.zeros(1)"], "the page does not import `fw`"),
        (["from pack import lib as d2l", "d2l.zeros(1)", "import fw"], "imports `fw` only later"),
        (["import other as fw", "from pack import lib as d2l", "d2l.zeros(1)"], "is `other`"),
        ([IMPORTS, "fw = 1", "d2l.zeros(1)"], "`fw` is something else on this page, too"),
        ([IMPORTS, "def f(fw):\n    return d2l.zeros(1)"], "`fw` is a local variable here"),
        ([IMPORTS, "def f(len):\n    return d2l.count(len)"], "`len` is a local variable here"),
        ([IMPORTS, "len = 3", "d2l.count(x)"], "`len` is something else"),
        ([IMPORTS, "[d2l.zeros(1) for fw in y]"], "`fw` is a local variable here"),
        (["from pack import lib as d2l", "d2l.near(x)"], "the page does not import `fw`"),
    ],
)  # fmt: skip
def test_an_alias_whose_module_is_not_there_is_refused(cells, said):
    imports = imports_of(cells)
    with pytest.raises(NotImported, match=re.escape(said)):
        for index, source in enumerate(cells):
            rewritten(source, ALIASES, imports, index)


def test_what_needs_no_module_is_rewritten_without_one():
    head = "from pack import lib as d2l"
    assert written("d2l.size(d2l.transpose(x))", head) == "x.T.numel()"
    later = ["from pack import lib as d2l", "def f():\n    return d2l.zeros(1)", "import fw"]
    found = rewritten(later[1], ALIASES, imports_of(later), 1)
    assert found.source == "def f():\n    return fw.zeros(1)"


def test_the_library_may_have_any_name_on_a_page():
    assert written("tools.zeros(1)", "import fw, pack.lib as tools") == "fw.zeros(1)"
    assert written("d2l.zeros(1)", "import fw\nfrom pack import other as d2l") == "d2l.zeros(1)"


# What is rewritten computes what was written -------------------------------------------------


class Value:
    """A tensor that is only the words for how it was made."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        if name == "T":
            return Value(f"{self.words}.T")
        return function(f"{self.words}.{name}")

    def __getitem__(self, index) -> "Value":
        return Value(f"{self.words}[{index!r}]")

    def __repr__(self) -> str:
        return f"<{self.words}>"

    def __hash__(self) -> int:
        return hash(self.words)


for _operator in ("add", "mul", "sub", "matmul", "pow", "lt"):

    def _binary(self, other, _operator=_operator):
        return Value(f"({self.words} {_operator} {other!r})")

    setattr(Value, f"__{_operator}__", _binary)
Value.__neg__ = lambda self: Value(f"(- {self.words})")


class function:  # noqa: N801  it is used as one
    """A framework's function, which takes `axis` for `dim` and tells what it was given."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<function {self.name}>"

    def __call__(self, *args, **kwargs) -> Value:
        named = {"dim" if key == "axis" else key: value for key, value in kwargs.items()}
        CALLS.append(self.name)
        return Value(f"{self.name}({args!r}, {sorted(named.items())!r})")


CALLS: list[str] = []
FRAMEWORK = types.SimpleNamespace(
    zeros=function("zeros"), sub=types.SimpleNamespace(cat=function("cat")), one=Value("one"),
    pair=function("pair"), float32=Value("float32"),
)  # fmt: skip


def library() -> types.SimpleNamespace:
    """The generated module, with the framework that it imports."""
    cells = [Cell("code", f"#@save\n{target.definition(name)}")
             for name, target in ALIASES.targets.items()]  # fmt: skip
    origin = types.SimpleNamespace(path="_config.yml", label=None, title="")
    first = types.SimpleNamespace(path="a.md", label=None, title="")
    text = generate("alpha", "pack.lib", [(first, [Cell("code", "#@save\nimport fw")])],
                    (origin, cells))  # fmt: skip
    module = types.ModuleType("pack.lib")
    text = re.sub(r"^import fw$", "", text, flags=re.MULTILINE)
    sys.modules["pack.lib"] = module
    module.fw = FRAMEWORK
    exec(compile(text, "lib.py", "exec"), module.__dict__)
    return module


LIBRARY = library()
NAMES = ("a", "b", "é")
SPACES = st.sampled_from(["", " ", "\n", "  # d2l.zeros(1)\n", " \\\n"])


@st.composite
def expressions(draw, depth: int = 3) -> str:
    """An expression with aliases in all places and layouts."""
    if depth == 0:
        return draw(st.sampled_from([*NAMES, "a.b", "a[0]", "'s'", "2", "d2l.f32", "(a)", "-a"]))
    inner = expressions(depth - 1)
    one, two = draw(inner), draw(inner)
    space = draw(SPACES)
    argument = f"{draw(SPACES)}{one}{draw(SPACES)}"
    rest = draw(st.sampled_from([
        "", ",", ", 1", f",{space}{two}", f", axis={two}", f", {two}, axis=1,", ", *[1, a]",
        f", **{{'k': {two}}}", f",{space}k={two}{space}",
    ]))  # fmt: skip
    return draw(st.sampled_from([
        f"d2l.zeros({argument}{rest})", f"d2l.concat({argument}{rest})",
        *[f"d2l.{name}({argument}{rest})" for name in TARGETS["methods"]],
        f"d2l.transpose({argument})", f"d2l.scaled({argument},{space}{two})",
        f"d2l.swapped({argument}, {two})", f"d2l.twice({argument})", f"d2l.twice({draw(inner)})",
        f"({one} + {two})", f"({one}\n * {two})", f"{one} @ {two}", f"-{one} ** {two}",
        f"d2l.size({one} if a else {two})", f"[{one} for a in [b, {two}]]",
        f"(lambda a, d2l=d2l: {one})({two})", f"(lambda d2l: 1)({one})",
        f"f'{{d2l.size(a)}}' '{{{one!r}}}'",
        f"(lambda a, *b: d2l.size(lambda: {one}))(1)", f"d2l.size(lambda x, y: {one})",
        f"d2l.size(z for z in [{one}])", f"d2l.size((z := {one}))",
        f"list(map(d2l.zeros, [{one}]))",
        f"list(map(d2l.size, [{one}]))", f"d2l.size(*[{one}])", f"d2l.near({one}, tol={two})",
        f"d2l.transpose({one}).T", f"d2l.size({one}).numel()", f"d2l.size(({one}, {two})[0])",
    ]))  # fmt: skip


def outcome(source: str) -> tuple:
    """What a program leaves and calls, or that it fails: of two mistakes in one call, a method's
    missing name comes before those in its arguments, and a function's after them."""
    CALLS.clear()
    names = {name: Value(name) for name in NAMES} | {"d2l": LIBRARY, "fw": FRAMEWORK}
    try:
        exec(compile(source, "cell", "exec", dont_inherit=True), names)
    except Exception:
        return "fails", ()
    shown = re.sub(r"at 0x\w+", "", repr(names.get("result")))
    return re.sub(r"<(function|generator object) [^>]*>", "<it>", shown), tuple(CALLS)


FORMS = (
    "result = {}", "def f():\n    return ({})\nresult = f()",
    "class A:\n    a = b\n    x = ({})\nresult = A.x",
)  # fmt: skip


@settings(
    max_examples=int(os.environ.get("IMPRINT_EXAMPLES", 300)), deadline=None,
    derandomize="IMPRINT_RANDOM" not in os.environ,
)  # fmt: skip
@given(expressions(), st.sampled_from(FORMS))
def test_a_rewritten_program_computes_what_the_original_does(expression, form):
    source = form.format(f"({expression})")
    try:
        compile(source, "cell", "exec")
    except (SyntaxError, ValueError):
        event("no program")
        return
    found = rewritten(source, ALIASES, imports_of([IMPORTS, source]), 1)
    if found is None:
        event("nothing to rewrite")
        return
    assert outcome(found.source) == outcome(source)
    assert comments(found.source) == comments(source)
    assert len(found.rows) == found.source.count("\n") + 1
    assert all(1 <= row <= source.count("\n") + 1 for row in found.rows)
    again = rewritten(found.source, ALIASES, imports_of([IMPORTS, found.source]), 1)
    event("rewritten once" if again is None else "some stay")


def comments(source: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return sorted(token.string for token in tokens if token.type == tokenize.COMMENT)


# In a book ---------------------------------------------------------------------------------

CONFIG = """\
title: T
editions:
  alpha:
    title: Alpha
    library: lib/alpha.py
    aliases:
      functions: {zeros: one.zeros, both: str}
      methods: {total: total}
      keywords: {axis: dim}
  beta:
    title: Beta
    library: lib/beta.py
    aliases:
      functions: {zeros: two.nulls, both: str}
      methods: {total: "add_up(twice=False)"}
"""
MODULE = """\
class T(list):
    def %s(self, *args, **kwargs): return f"{args} {sorted(kwargs.items())} {sum(self)}"


def %s(n): return T([0] * n)
"""
FILES = {
    "lib/__init__.py": "",
    "one.py": MODULE % ("total", "zeros"),
    "two.py": MODULE % ("add_up", "nulls"),
}
HEAD = ":tags: [alpha]\nimport one\nfrom lib import alpha as d2l"
OTHER = ":tags: [beta]\nimport two\nfrom lib import beta as d2l"
SAVED = """\
def count(n):  #@save
    \"\"\"As many zeros as `n` says.\"\"\"
    return len(d2l.zeros(n))"""


def aliased(tmp_path, *cells):
    text = page(HEAD, OTHER, ":tags: [alpha]\n#@save\nimport one",
                ":tags: [beta]\n#@save\nimport two", *cells)  # fmt: skip
    return book(tmp_path, {"index.md": text}, CONFIG, FILES)


def test_what_runs_is_what_readers_see_and_take_away(imprint, tmp_path):
    root = aliased(tmp_path, SAVED, "d2l.total(d2l.zeros(2), axis=1), count(3)", "d2l.both(5)")
    imprint(root, "build", "html", "notebooks")
    for edition, call, said in (
        ("alpha", "one.zeros(2).total(dim=1), count(3)", "(\"() [('dim', 1)] 0\", 3)"),
        ("beta", "two.nulls(2).add_up(axis=1, twice=False), count(3)",
         "(\"() [('axis', 1), ('twice', False)] 0\", 3)"),
    ):  # fmt: skip
        ran = stored(root, "index.md", edition)["cells"][-2]
        assert ran["source"] == call
        assert ran["outputs"][0]["data"]["text/plain"] == said
        (archive,) = (root / "build/notebooks").glob(f"*{edition}.zip")
        with zipfile.ZipFile(archive) as packed:
            (name,) = (name for name in packed.namelist() if name.endswith("index.ipynb"))
            cells = json.loads(packed.read(name))["cells"]
        assert call in [cell["source"] for cell in cells]
        assert "d2l." not in "".join("".join(cell["source"]) for cell in cells)
        text = (root / f"lib/{edition}.py").read_text()
        own = {"alpha": "one.zeros(n)", "beta": "two.nulls(n)"}[edition]
        assert f"return len({own})" in text and "d2l.zeros" not in text
    shown = re.sub(r"<[^>]+>", "", (root / "build/html/index.html").read_text())
    assert "one.zeros(2).total(dim=1)" in shown and "two.nulls(2).add_up(axis=1" in shown
    assert "d2l." not in shown and shown.count("str(5)") == 1  # alike in both: no tabs


def test_the_public_names_take_what_the_frameworks_functions_take(imprint, tmp_path):
    root = aliased(tmp_path, SAVED)
    imprint(root, "sync")
    program = (
        "from lib import alpha as d2l\n"
        "x = d2l.zeros(n=2)\n"
        "print(d2l.total(x, 1, keepdim=True), '|', d2l.total(x, axis=1), d2l.count(4))\n"
    )
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    assert said == "(1,) [('keepdim', True)] 0 | () [('axis', 1)] 0 4\n"


def test_a_failure_names_the_authors_line(imprint, tmp_path):
    cell = (
        "x = d2l.total(\n    d2l.zeros(1),\n    # why\n    1)\ny = 1\nraise ValueError(d2l.both(y))"
    )
    root = aliased(tmp_path, cell)
    line = (root / "index.md").read_text().split("\n").index("raise ValueError(d2l.both(y))") + 1
    done = imprint(root, "run", "--edition", "alpha")
    assert f"index.md:{line}" in done.stdout + done.stderr


def test_a_mistake_in_saved_code_names_the_authors_line(imprint, tmp_path):
    cell = "def f(n):  #@save\n    z = d2l.total(\n        d2l.zeros(n), 1)\n    return missing(z)"
    root = aliased(tmp_path, cell)
    line = (root / "index.md").read_text().split("\n").index("    return missing(z)") + 1
    done = imprint(root, "sync")
    assert f"index.md:{line}: `missing` is neither saved" in done.stderr


def test_a_missing_import_is_named_once_for_each_edition_with_its_line(imprint, tmp_path):
    root = book(
        tmp_path,
        {"index.md": page(HEAD, ":tags: [beta]\nfrom lib import beta as d2l",
                          "d2l.zeros(1)", "d2l.zeros(2)")},
        CONFIG, FILES,
    )  # fmt: skip
    line = (root / "index.md").read_text().split("\n").index("d2l.zeros(1)") + 1
    done = imprint(root, "check")
    assert done.stderr.strip() == (
        f"index.md:{line}: beta: `d2l.zeros` is an alias that needs `two`, and the page does not "
        "import `two` (add `import two` to its imports)"
    )


def test_an_alias_that_the_library_cannot_make_is_named_where_it_is_declared(imprint, tmp_path):
    root = book(tmp_path, {"index.md": page("1")}, CONFIG, FILES)
    done = imprint(root, "sync")
    assert "_config.yml:7: `one` is neither saved, imported nor built in" in done.stderr


def test_a_page_may_save_an_aliass_definition_itself(imprint, tmp_path):
    own = 'def total(x, *args, **kwargs):  #@save\n    """Ours."""\n    return \'ours\''
    root = aliased(tmp_path, own)
    imprint(root, "sync")
    assert (root / "lib/alpha.py").read_text().count("def total") == 1
    assert "Ours." in (root / "lib/alpha.py").read_text()


@pytest.mark.parametrize(
    ("aliases", "said"),
    [
        ("functions: {a: 'x y'}", ".functions.a: 'x y' names no function: write one like "
                                  "torch.cat"),
        ("methods: {a: x.y}", ".methods.a: 'x.y' is no method: write one like reshape or "
                              "numpy(force=True)"),
        ("methods: {a: 'f(*x)'}", ".methods.a: 'f(*x)' is no method"),
        ("expressions: {a: x.T}", ".expressions.a: 'x.T' is no expression of {0}, {1}, ...: write "
                                  "one like {0}.T"),
        ("expressions: {a: '{1}.T'}", ".expressions.a: '{1}.T' is no expression"),
        ("expressions: {a: '{0}.'}", ".expressions.a: '{0}.' is no expression"),
        ("functions: {a: math.for}", ".functions.a: 'math.for' names no function"),
        ("expressions: {a: '{0}.T # c'}", ".expressions.a: '{0}.T # c': write one line"),
        ("functions: {1a: b}", ": '1a' is no name in Python"),
        ("keywords: {axis: in}", ": 'in' is no name in Python"),
        ("functions: {a: b}, methods: {a: b}", ": `a` stands here more than once"),
        ("function: {a: b}", ".function: unknown key (keys here: functions, methods"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_named_with_its_line(imprint, tmp_path, aliases, said):
    config = "title: T\neditions:\n  alpha:\n    title: A\n    library: l.py\n"
    config += f"    aliases: {{{aliases}}}\n"
    root = book(tmp_path, {"index.md": page("1")}, config)
    done = imprint(root, "check")
    assert f"_config.yml:6: editions.alpha.aliases{said}" in done.stderr


def test_aliases_without_a_library_are_refused(imprint, tmp_path):
    config = "title: T\neditions:\n  alpha:\n    title: A\n    aliases: {functions: {a: b.c}}\n"
    done = imprint(book(tmp_path, {"index.md": page("1")}, config), "check")
    assert (
        "_config.yml:5: editions.alpha.aliases: names of a library, and there is none"
        in done.stderr
    )
