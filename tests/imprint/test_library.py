"""Promises of the library generator, ``imprint sync``."""

import ast
import builtins
import importlib.util
import itertools
import subprocess
import symtable
import sys
import textwrap
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest
from imprint import library
from imprint.errors import BookErrors
from imprint.library import magics, names

MODULES = itertools.count()


@dataclass(frozen=True)
class Page:
    path: str
    label: str | None = None
    title: str = "A Page"


@dataclass(frozen=True)
class Cell:
    source: str
    kind: str = "code"
    tags: tuple[str, ...] = ()
    line: int = 1

    def page_line(self, row: int) -> int:
        return self.line - 1 + row


def cell(source: str, line: int = 1, kind: str = "code") -> Cell:
    return Cell(textwrap.dedent(source).strip("\n"), kind, (), line)


def book(*pages: str | list[str] | tuple) -> list:
    """Pages a.md, b.md, ... of code cells, each beginning on line 1, 101, 201, ..."""
    result = []
    for letter, cells in zip("abcdefgh", pages, strict=False):
        cells = [cells] if isinstance(cells, str) else cells
        lines = itertools.count(1, 100)
        result.append((
            Page(f"chapters/{letter}.md", f"sec-{letter}"),
            [cell(source, line) for source, line in zip(cells, lines, strict=False)],
        ))  # fmt: skip
    return result


def generate(*pages: str | list[str], edition: str = "torch") -> str:
    return library.generate(edition, f"d2l.{edition}", book(*pages))


def errors(*pages: str | list[str]) -> list[str]:
    """Each as ``a:3: message``."""
    with pytest.raises(BookErrors) as caught:
        generate(*pages)
    texts = [str(error) for error in caught.value.errors]
    assert all(error.message for error in caught.value.errors)
    return [text.removeprefix("chapters/").replace(".md:", ":", 1) for text in texts]


def error(*pages: str | list[str]) -> str:
    found = errors(*pages)
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Imports the generated module as Python would."""

    def load(*pages: str | list[str]):
        name = f"library_{next(MODULES)}"
        path = tmp_path / f"{name}.py"
        path.write_text(generate(*pages), "utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load


def definitions(text: str) -> list[str]:
    """The generated statements behind the head, normalised."""
    tree = ast.parse(text)
    forms = [ast.unparse(node) for node in tree.body]
    return forms[forms.index("d2l = sys.modules[__name__]") + 1 :]


# What a marker saves -------------------------------------------------------------------------


def test_only_marked_statements_are_saved(load):
    module = load("""
        x = 1  #@save
        y = 2
        def f():  # @save
            return x
        def g():
            return y
        """)
    assert (module.x, module.f()) == (1, 1)
    assert not hasattr(module, "y") and not hasattr(module, "g")


@pytest.mark.parametrize("marker", ["#@save", "# @save", "#  @save  ", "# of the page  #@save"])
def test_spellings_of_the_marker(marker):
    text = generate(f"x = 1  {marker}")
    assert definitions(text) == ["x = 1"]
    assert "@save" not in text.split("sys.modules")[1]


def test_other_comments_than_the_marker_stay():
    text = generate("""
        x = [1,  # the first #@save
             # between
             2]  # the last
        def f():  #@save
            # within
            return 1  # beside
            # at the end
        # below
        """)
    for comment in ("# the first\n", "# between", "# the last", "# within", "# beside",
                    "    # at the end"):  # fmt: skip
        assert comment in text
    assert "below" not in text


@pytest.mark.parametrize(
    "source",
    [
        "@wrap  #@save\ndef f(): return 1",
        "@wrap\ndef f(): return 1  #@save",
        "@wrap\n@wrap\ndef f():  #@save\n    return 1",
        "@wrap  #@save\nclass f:\n    pass",
        "@wrap\nclass f:  #@save\n    pass",
        "@(  #@save\n    wrap)\ndef f(): return 1",
        "@wrap\nasync def f():  #@save\n    return 1",
    ],
)
def test_a_definition_is_saved_with_its_decorators(load, source):
    module = load(["wrap = lambda g: [g]  #@save", source])
    assert isinstance(module.f, list)


@pytest.mark.parametrize(
    ("source", "saved"),
    [
        ("a, b = 1, 2  #@save", "a, b = (1, 2)"),
        ("d['x'] = 1  #@save", "d['x'] = 1"),
        ("d2l.d['x'] = (1,  #@save\n  2)", "d2l.d['x'] = (1, 2)"),
        ("c.x = 1  #@save", "c.x = 1"),
        ("n: int = 1  #@save", "n: int = 1"),
        ("c.update(  #@save\n    x=1)", "c.update(x=1)"),
        ("if d:  #@save\n  n = 1\nelse:\n  n = 2", "if d:\n    n = 1\nelse:\n    n = 2"),
        (
            "try:  #@save\n    n = d['y']\nexcept KeyError as e:\n    n = None",
            "try:\n    n = d['y']\nexcept KeyError as e:\n    n = None",
        ),
        ("d += [1];  #@save", "d += [1]"),
        ("(c  #@save\n .x)", "c.x"),
        ("with c as n:  #@save\n    pass", "with c as n:\n    pass"),
        ("while d: break  #@save", "while d:\n    break"),
    ],
)
def test_every_kind_of_statement_is_saved_whole(source, saved):
    text = generate(["d = {}  #@save\nc = d  #@save", source + "\nother = 0\n"])
    assert definitions(text)[2:] == [saved]


def test_a_marker_alone_on_top_saves_the_whole_cell(load):
    module = load("""
        %matplotlib inline
        # Some words
        #@save
        x = 1

        def f():
            return x
        y = f()
        """)
    assert (module.x, module.y) == (1, 1)


def test_prose_and_cells_without_markers_are_left_alone():
    pages = [(Page("p.md"), [cell("#@save\nx = 1", kind="markdown"), cell("this is not (python")])]
    assert definitions(library.generate("torch", "d2l.torch", pages)) == []


def test_a_marker_in_a_string_is_none(load):
    module = load("""
        x = 'y = 1  #@save'
        z = '''  #@save
        #@save
        '''
        w = '''
        w  #@save'''  #@other
        n = 2  #@save
        """)
    assert not {"x", "y", "z", "w"} & set(vars(module)) and module.n == 2


def test_a_string_of_several_lines_keeps_its_text(load):
    source = 'text = """one  #@save\n%two\n\n  three   \n!four"""  # a comment\nn = 1  #@save'
    assert load(source).n == 1
    source = 'def f():  #@save\n    return """one\n%two\n  three\n!four"""'
    assert load(source).f() == "one\n%two\n  three\n!four"


# IPython's lines -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["%matplotlib inline", "!pip install 'x", "!!ls", "?name", "name?", "d2l.plot??",
     "%timeit f(", "!echo a \\\n   'b \\\n   c", "files = !ls", "t = %time 1", "%%time",
     "%%capture out", "for i in range(3):\n    %time f(i)", "if True:\n    !ls"],
)  # fmt: skip
def test_ipython_lines_are_never_saved_and_break_nothing(line):
    source = f"{line}\nx = 1  #@save\n"
    assert definitions(generate(source)) == ["x = 1"]
    last = line.count("\n") + 3
    assert error(source + "y = missing  #@save").startswith(f"a:{last}: `missing` is")


def test_line_ends_of_other_systems_and_other_letters_are_read(load):
    module = load("x = 'ä'  # ö  #@save\r\ndef f():  #@save\r\n\treturn 'ü'\ry = x  #@save")
    assert (module.x, module.f(), module.y) == ("ä", "ü", "ä")


def test_lines_that_only_look_like_magics_stay(load):
    lines = [
        "a = (7  #@save", "% 4)", "b = 7 \\", "% 4", "c = [  #@save", "  'x # (',", "]",
        'd = """  %s', "%matplotlib inline", '!ls""" % a', "e = 7 \\", "    % 4  # ?",
        'f = """\\"""', "!ls", '"""  # (', "g = 'it\\'s' '' \"\"\"'(\"\"\"  #@save",
        "h = a if a != 4 else b'!'  #@save",
    ]  # fmt: skip
    module = load("\n".join(lines))
    assert (module.a, module.c, module.g, module.h) == (3, ["x # ("], "it's'(", 3)


def test_what_is_taken_for_a_magic_is_what_ipython_takes_for_one():
    inputs = pytest.importorskip("IPython.core.inputtransformer2")
    lines = ["%matplotlib inline", "x = 7", "x?", "x = !ls", "x = %pwd", "y = (x", "% 3)", "!ls",
             "s = '''", "%no", "!no", "'''", "z = x \\", "% 2", "if x:", "    %time x",
             "u = x != 3", "x.y??", "?x", "# what?", "v = 'a?'", "x %= 3", "w = {'a': 1,",
             "'b': 2}"]  # fmt: skip
    source = "\n".join(lines) + "\n"
    _, found = magics.without_magics(source)
    after = inputs.TransformerManager().transform_cell(source).split("\n")[: len(lines)]
    changed = {n for n, (old, new) in enumerate(zip(lines, after, strict=True), 1) if old != new}
    assert set(found) == changed == {1, 3, 4, 5, 8, 16, 18, 19}


def test_a_cell_of_another_language_is_not_read():
    assert definitions(generate(["%%bash\necho 'it", "x = 1  #@save"])) == ["x = 1"]
    assert error("%%bash\nls  #@save").startswith("a:2: `#@save` on a line of IPython's own")


# The generated module ------------------------------------------------------------------------


def test_definitions_stand_in_reading_order_with_their_origin():
    text = generate(
        ["x = 1  #@save\ny = 2  #@save", "def f():  #@save\n    return x"], "z = 3  #@save"
    )
    assert definitions(text) == ["x = 1", "y = 2", "def f():\n    return x", "z = 3"]
    assert "# chapters/a.md (sec-a)\nx = 1\ny = 2\n" in text
    assert "\n\n# chapters/a.md (sec-a)\ndef f():\n" in text
    assert "\n\n# chapters/b.md (sec-b)\nz = 3\n" in text


def test_the_head_says_who_wrote_it_and_from_what():
    text = library.generate(
        "mxnet", "d2l/mxnet.py", [(Page("p.md"), [cell("x = 1  #@save")]), (Page("q.md", "l"), [])]
    )
    assert "imprint sync" in text.split("\n")[0] and "do not edit" in text.split("\n")[0]
    assert "#   p.md\n" in text and "q.md" not in text and "\n# p.md\nx = 1" in text
    assert "mxnet" in ast.get_docstring(ast.parse(text))


def test_the_same_pages_give_the_same_text():
    pages = ["#@save\nimport json, os\nfrom typing import Any\nx = 1", "y = d2l.x  #@save"]
    assert generate(*pages) == generate(*pages)


def test_the_text_does_not_depend_on_the_working_directory(tmp_path, monkeypatch):
    text = generate("import torch  #@save\nimport os  #@save")
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch.py").touch()
    (tmp_path / "ruff.toml").write_text("line-length = 40\n")
    monkeypatch.chdir(tmp_path)
    assert generate("import torch  #@save\nimport os  #@save") == text


def test_the_text_is_as_ruff_formats_it_and_sorts_imports():
    text = generate("#@save\nfrom d2l.data import download\nimport json\nfrom json import (loads)\n"
                    "x={'a':\"b\",  }")  # fmt: skip
    assert "x = {\n    'a': 'b',\n}" in text
    for command in (["format", "--check"], ["check", "--select", "I"]):
        subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache",
             "--line-length=79", "--config", "format.quote-style='single'",
             "--config", 'lint.isort.known-first-party=["d2l"]', "-"],
            input=text, text=True, check=True, capture_output=True,
        )  # fmt: skip


def test_what_pages_look_like_around_and_inside_code_changes_nothing():
    plain = generate("""
        #@save
        import os
        x = [1, 2]
        def f(a, b=x):
            return {'a': a, 'b': b}
        """)
    for before, after, space in itertools.product(
        ["", "\n\n", "# words\n", "%matplotlib inline\n"], ["", "\n\n", "\n# words"], ["", "  "]
    ):
        dressed = (
            f"{before}#@save\n\nimport os{space}\nx = [1,{space}2]\n\n\n"
            f'def f(a,{space}b={space}x):\n{space} {space}return {{"a": a,{space} "b":b}}{after}'
        )
        assert generate(dressed) == plain
        one_by_one = "\n".join(f"{line}  #@save" if line[:1].strip() and line[0] != "#" else line
                               for line in dressed.replace("#@save\n", "").split("\n")
                               if line[:1] != "%")  # fmt: skip
        assert generate(one_by_one) == plain


def test_a_module_of_nothing_is_a_module(load):
    assert load("x = 1").d2l is not None


# Imports -------------------------------------------------------------------------------------


def test_imports_are_grouped_at_the_top_once():
    text = generate(
        ["x = 1  #@save", "#@save\nfrom torch import nn\nimport torch\nimport os, collections"],
        """
        #@save
        import torch
        from torch.nn import functional as F
        from torch import optim
        from d2l.data import DATA_HUB
        from d2l.data import download
        """,
    )
    head = text.split('edition."""\n\n')[1].split("\n\nd2l = ")[0]
    assert head == textwrap.dedent("""\
        import collections
        import os
        import sys

        import torch
        from torch import nn, optim
        from torch.nn import functional as F

        from d2l.data import DATA_HUB, download""")


def test_two_ways_to_import_one_thing_are_one_import():
    text = generate("import os.path as p  #@save", "from os import path as p  #@save")
    assert "import os.path as p" in text and "from os" not in text


def test_submodules_of_one_package_are_all_imported(load):
    module = load("#@save\nimport os\nimport os.path", "import xml.dom  #@save",
                  "import xml.sax  #@save")  # fmt: skip
    assert module.os.path and module.xml.dom and module.xml.sax


def test_importing_sys_is_no_conflict(load):
    assert load("import sys  #@save\nx = sys.version  #@save").x == sys.version


def test_a_future_import_comes_first_and_makes_annotations_lazy(load):
    module = load("""
        #@save
        from __future__ import annotations
        def f(x: Later) -> Later: return x
        class Later: pass
        """)
    assert module.f(1) == 1


def test_an_import_that_may_fail_stays_where_it_is(load):
    module = load("""
        try:  #@save
            import no_such_module
        except ImportError:
            no_such_module = None
        def f():  #@save
            return no_such_module
        """)
    assert module.f() is None


@pytest.mark.parametrize(
    "statement",
    ["from d2l import torch as d2l", "import d2l", "import d2l.torch as other",
     "from d2l.torch import plot", "from d2l import torch", "import d2l.data"],
)  # fmt: skip
def test_the_library_does_not_import_itself(statement):
    message = "cannot be saved: the library would import itself"
    assert error(f"x = 1\n{statement}  #@save").startswith(f"a:2: `{statement}` {message}")
    assert message in error(f"#@save\n{statement}")


def test_a_star_import_is_refused():
    assert error("\nfrom math import *  #@save").startswith("a:1: `import *` cannot be saved")


# d2l.name ------------------------------------------------------------------------------------


def test_saved_code_reaches_the_library_with_and_without_its_name(load):
    module = load(
        "import json  #@save\ndef f(): return 1  #@save",
        "def g(): return d2l.f() + f() + d2l.json.loads('1')  #@save\nd2l.h = d2l.g  #@save",
        "def k(): return h() + d2l.h()  #@save",
    )
    assert module.k() == 6


def test_another_book_has_its_own_package():
    pages = [(Page("p.md"), [cell("#@save\nx = 1\ny = lab.x")])]
    text = library.generate("r", "lab/kit.py", pages)
    assert "lab = sys.modules[__name__]" in text


def test_a_local_of_that_name_is_no_library():
    generate("def f(d2l): return d2l.anything  #@save")


# add_to_class --------------------------------------------------------------------------------


def test_a_method_of_a_later_page_joins_its_class(load):
    pages = (
        """
        class Trainer:  #@save
            def fit(self):
                return self.step() + self.name
        """,
        '''
        @d2l.add_to_class(Trainer)  #@save
        def step(self, by=1):
            """One step.

            And another.
            """
            text = """a
        b
          c"""
            return text
        ''',
        """
        @d2l.add_to_class(d2l.Trainer)
        @property
        def name(self):  #@save
            return f'{d2l.suffix}'
        suffix = '!'  #@save
        """,
    )
    module = load(*pages)
    assert module.Trainer().fit() == "a\nb\n  c!"
    assert module.Trainer.step.__doc__.split() == ["One", "step.", "And", "another."]
    text = generate(*pages)
    assert "    # chapters/b.md (sec-b)\n    def step(self, by=1):" in text
    assert "    # chapters/c.md (sec-c)\n    @property\n    def name(self):" in text
    assert text.index("class Trainer") < text.index("def step") < text.index("def name")


@pytest.mark.parametrize(
    "source",
    ["class A: pass", "class A: x = 1; y = 'ä'", "class A(\n    object): pass",
     "class A:\n  x = 1\n  # end", "class A:\n\tdef g(self):\n\t\treturn 1",
     "class A:\n        @staticmethod\n        def g(): return 1\n",
     "class Ä: 'ä'; x = [\n1,\n2]\nA = Ä"],
)  # fmt: skip
def test_a_method_joins_a_class_however_that_is_written(load, source):
    name = "Ä" if "Ä" in source else "A"
    method = f"@add_to_class({name})\ndef f(self):  #@save\n  if 1:\n    return 'f'"
    module = load("#@save\n" + source, method)
    assert getattr(module, name)().f() == "f"


def test_the_same_method_twice_is_one():
    method = "@d2l.add_to_class(A)  #@save\ndef f(self): return 1"
    text = generate("class A: pass  #@save", method, method + "  # again")
    assert text.count("def f") == 1


def test_a_method_for_a_class_that_is_not_saved_is_an_error():
    found = errors("class A: pass", "x = 1\n@d2l.add_to_class(A)  #@save\ndef f(self): pass")
    assert found == [
        "b:2: add_to_class: `A` is no saved class (save the class: mark it with `#@save`)"
    ]


def test_two_different_methods_of_one_name_are_an_error():
    found = error(
        "class A:  #@save\n    def f(self): return 1",
        "\n@d2l.add_to_class(A)  #@save\ndef f(self): return 2",
    )
    assert found.startswith("b:2: `A.f` is already defined, differently, at chapters/a.md:2 (")


def test_add_to_class_itself_can_be_saved_and_used_on_import(load):
    module = load("""
        #@save
        def add_to_class(Class):
            return lambda f: setattr(Class, f.__name__, f)
        class A: pass
        def wrap(f): return f
        @wrap
        @add_to_class(A)
        def f(self): return 1
        """)
    assert module.A().f() == 1


# Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = [1,\n  2]  #@save", 2),
        ("x = [1,\n  2,  #@save\n 3]", 2),
        ("def f(a,\n      b):  #@save\n    return 1", 2),
        ("def f():\n    x = 1  #@save\n    return x", 2),
        ("def f():\n    #@save\n    return x", 2),
        ("if 1:\n    x = 1\nelse:  #@save\n    x = 2", 3),
        ("class A:\n    def f(self):  #@save\n        pass", 2),
        ("@a\n@b  #@save\ndef f(): pass", 2),
        ('x = """\n"""  #@save', 2),
    ],
)
def test_a_marker_in_the_middle_of_a_statement_is_an_error(source, line):
    found = error(["", "y = 0\n" + source])
    assert found.startswith(f"a:{101 + line}: this `#@save` saves nothing: it stands in the middle")
    assert "first line, line 102)" in found


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("x = 1\n#@save", 2, "stands above all statements of its cell"),
        ("x = 1\n#@save\ny = 2", 2, "stands above all statements of its cell"),
        ("def f():\n    pass\n\n#@save\ndef g(): pass", 4, "stands above all statements"),
        ("# words\n#@save", 2, "no statement follows"),
        ("%matplotlib inline\n#@save", 2, "no statement follows"),
        ("%matplotlib inline  #@save", 1, "a line of IPython's own"),
        ("\n!ls #@save\n", 1, "a line of IPython's own"),
        ("def f():  #@save\n    %time x", 2, "a line of IPython's own in what is saved"),
        ("x = 1; y = 2  #@save", 1, "shares its line"),
        ("x = 1; y = [  #@save\n2]", 1, "shares its line"),
        ("x = 1  #@save it", 1, "`#@save it` is no marker"),
        ("x = 1  # @ Save", 1, "is no marker"),
        ("x = 1  #@saved", 1, "is no marker"),
        ("\n\nawait x  #@save".strip(), 1, "this cannot stand in a module"),
        ("y = 1\nreturn y  #@save", 2, "this cannot stand in a module"),
    ],
)
def test_a_marker_that_cannot_work_is_an_error(source, line, message):
    found = error(source)
    assert found.startswith(f"a:{line}: ") and message in found


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1  #@save\ny = (\n", 2),
        ("x = 1  #@save\ndef f()\n    pass", 2),
        ("%time x\n#@save\nfor x in y:\npass", 4),
        ("#@save\nx = 'abc", 2),
        ("#@save\nx = 1\n   y = 2", 3),
        ("#@save\nx = '''\n\n", 2),
    ],
)
def test_a_syntax_error_in_a_marked_cell_has_its_line_in_the_page(source, line):
    found = error(["", source])
    assert found.startswith(f"a:{100 + line}: Python cannot read this cell: ")


def test_a_syntax_error_in_a_cell_without_markers_is_not_the_librarys():
    assert definitions(generate(["x = (  # save", "y = 1  #@save"])) == ["y = 1"]


def test_a_null_byte_is_a_syntax_error():
    assert error("x = '\0'  #@save").startswith("a:1: Python cannot read this cell")


def test_all_errors_are_told_at_once_in_reading_order():
    found = errors(
        ["def f(): return missing  #@save", "x = 1\n#@save"],
        "y = (  #@save",
        "def f(): return 2  #@save\nz = d2l.nothing  #@save",
    )
    assert [text.split(" ")[0] for text in found] == ["a:1:", "a:102:", "b:1:", "c:1:", "c:2:"]


def test_names_of_a_cell_that_cannot_be_read_are_not_said_to_be_missing():
    source = "def helper(:  #@save\n    pass"
    assert error(source, "def f(): return helper() + d2l.helper()  #@save").startswith("a:1:")


# One name, one definition --------------------------------------------------------------------


def test_a_definition_that_two_pages_save_alike_is_saved_once():
    text = generate(
        'def f(x):  #@save\n    """Doc."""\n    return "a"',
        "def f( x ): #@save\n  '''Doc.'''\n  # a word\n  return 'a'",
    )
    assert text.count("def f") == 1 and "# chapters/a.md (sec-a)\ndef f" in text


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("def f(): return 1", "def f(): return 2", "f"),
        ("def f(): return 1", "def f(x): return 1", "f"),
        ("def f(): return 1", "f = 1", "f"),
        ("class f: pass", "import os as f", "f"),
        ("import numpy as np", "from mxnet import np", "np"),
        ("x, y = 1, 2", "y = 3", "y"),
        ("d2l.x = 1", "x = 2", "x"),
        ("dict.d = 1", "dict.d = 2", "dict.d"),
        ("d2l.DATA['a'] = 1; ", "DATA['a'] = 2", "DATA['a']"),
        ("x = 1", "for x in (): pass", "x"),
        ("x = 1", "if 1: x = 2", "x"),
    ],
)
def test_two_different_definitions_of_a_name_are_an_error_naming_both(first, second, name):
    setup = "DATA = {}  #@save\n"
    found = error(setup + first + "  #@save", "\ny0 = 1\n" + second + "  #@save")
    assert found.startswith(f"b:2: `{name}` is already defined, differently, at chapters/a.md:2 (")


def test_the_generators_own_names_cannot_be_defined():
    assert "`d2l` is already defined" in error("d2l = 1  #@save")
    assert "`sys` is already defined" in error("def sys(): pass  #@save")


def test_a_throwaway_name_is_nobodys(load):
    load("_, a = 1, 2  #@save\n_, b = 3, 4  #@save")


# Names that are not there --------------------------------------------------------------------


USES = [
    "def f(): return missing",
    "f = missing",
    "def f(x=missing): pass",
    "def f(x: missing): pass",
    "def f() -> missing: pass",
    "@missing\ndef f(): pass",
    "class f(missing): pass",
    "class f:\n    missing = missing",
    "class f:\n    missing = 1\n    def g(self): return missing",
    "class f:\n    missing = 1\n    x = [missing for _ in '']",
    "f = lambda: missing",
    "f = lambda x=missing: x",
    "f = [x for x in missing]",
    "f = [missing for x in '']",
    "f = [missing for missing in ''] + [missing]",
    "f = (x for y in '' for x in missing if y)",
    "def f():\n    global missing\n    return missing",
    "def f():\n    def g():\n        missing = 1\n    return missing",
    "def f():\n    try: pass\n    except missing as e: pass",
    "def f():\n    x: missing = 1",
    "def f():\n    missing.x = 1",
    "def f():\n    missing[0] = 1",
    "def f(x): return f'{x:{missing}}'",
    "def f(x):\n    match x:\n        case missing.y: pass",
    "f: missing = 1",
    "f = 1 if (x := 1) else missing",
    "missing += 1",
    "missing['x'] = 1",
    "missing.x = 1",
    "missing()",
    "del missing",
    "async def f():\n    async with missing as x: pass",
    "import missing.sub as g\ndef f(): return missing",
]
"""Statements that use the name ``missing``, the last time where the error is."""
BINDS = ("global missing", "missing =", "for missing", "import missing")


@pytest.mark.parametrize("source", USES)
def test_a_name_that_is_nowhere_is_an_error(source):
    line = 101 + max(n for n, text in enumerate(source.split("\n"), 1) if "missing" in text)
    message = "`missing` is neither saved, imported nor built in"
    assert error(["", "#@save\n" + source]).startswith(f"a:{line}: {message} (")


@pytest.mark.parametrize("source", [use for use in USES if not any(b in use for b in BINDS)])
def test_a_name_that_the_library_lacks_is_an_error(source):
    source = source.replace("missing", "d2l.missing")
    line = 101 + max(n for n, text in enumerate(source.split("\n"), 1) if "missing" in text)
    message = "`d2l.missing` is not saved in this edition"
    assert error(["", "#@save\n" + source]).startswith(f"a:{line}: {message} (")


@pytest.mark.parametrize(
    "source",
    [
        "def f(a, /, b, *c, d=1, **e): return a, b, c, d, e",
        "def f():\n    import os, json.decoder as j\n    return os, j",
        "def f():\n    for i, (j, *k) in []: pass\n    return i, j, k",
        "def f():\n    with open('') as (g, h): return g, h",
        "def f():\n    try: pass\n    except OSError as e: return e",
        "def f():\n    if (n := 1): return n",
        "def f(x):\n    return [(y, z) for y in x if (z := y)], z",
        "def f():\n    def g(): return h()\n    def h(): return g()\n    return g",
        "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x += 1\n    return g",
        "def f():\n    class A:\n        y = 1\n        z = y\n    return A",
        "def f(x):\n    match x:\n        case {'a': a, **b}: return a, b\n"
        "        case [c, *d] | (c, *d): return c, d\n        case str() as e: return e",
        "def f(x): return {k: v for k, v in x}, {k for k in x}, (lambda y, *z: (y, z))",
        "class f:\n    def g(self): return __class__, super().g, f\n    h = g\n    i = lambda s: f",
        "class f:\n    x = 1\n    y = [z for z in range(x)]\n    x += 1",
        "def f():\n    global counter\n    counter = 1\ndef g(): return counter",
        "f = [g for g in [1] if (total := g)]\nh = total",
        "def f(): return __name__, __file__, d2l.__name__, __doc__, d2l, sys",
        "def f():\n    del f\n    f = 1",
        "def f(x: 'Unknown') -> 'Unknown': pass",
        "for i in range(3):\n    j = i\nk = j",
        "import os.path as p\nf = p.join('a')\ndef g(d2l): return d2l.anything",
        "def f(): return [d2l for d2l in []]",
        "d2l.a = 1\nd2l.a += 1\nb = a",
        "class f:\n    class g: pass\n    class h(g): pass",
        "def f(a):\n    def g(b=a): return [a + b + c for c in b for a in [c]]\n    return g",
        "async def f(x):\n    async for y in x: yield y\n    return_ = [z async for z in x]",
        "def f():\n    return print(len([True, None, NotImplemented]), file=Ellipsis)",
    ],
)
def test_a_name_that_is_somewhere_is_no_error(source):
    generate("#@save\n" + source)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695")
def test_type_parameters_are_names():
    generate("#@save\ndef f[T](x: T) -> T:\n    y: T = x\n    return y\n"
             "class A[T: int](dict[str, T]):\n    def g(self, x: T): return T\n"
             "type P[U] = list[U]")  # fmt: skip
    for source in ("type X[U] = list[missing]", "def f[T: missing](): pass"):
        assert "`missing` is neither" in error(source + "  #@save")


def test_one_missing_name_is_told_once_a_statement():
    assert len(errors("def f(): return missing + missing  #@save\nx = missing  #@save")) == 2


# Names that come too late --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("x = {}later", "later = 1"),
        ("class A({}later): pass", "class later: pass"),
        ("def f(x={}later): pass", "later = 1"),
        ("@{}later\ndef f(): pass", "def later(f): return f"),
        ("x = [{}later for _ in range(3)]", "later = 1"),
        ("def f(x: {}later): pass", "later = int"),
        ("print({}later)", "later = 1"),
        ("if {}later: pass", "later = 1"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "d2l."])
def test_what_runs_on_import_cannot_use_what_is_saved_later(early, late, prefix):
    first = f"\n#@save\n{early.format(prefix)}"
    found = error(first, f"y = 0\n{late}  #@save")
    assert found.startswith("a:2: `later` is used on import, before chapters/b.md:2 defines it (")
    generate(late + "  #@save", first)


def test_a_call_on_import_cannot_need_what_is_saved_later():
    early = "def f(): return g()  #@save\ndef g(): return d2l.later  #@save\n"
    found = error(early + "x = f()  #@save", "later = 1  #@save")
    assert found.startswith("a:3: `f` is called on import and uses `later`, before chapters/b.md:1")
    generate(early, "later = 1  #@save", "x = f()  #@save")


def test_a_definition_cannot_use_itself_before_it_is_there():
    assert "`A` is used on import" in error("class A:  #@save\n    x = A")
    assert "`x` is used on import" in error("x = d2l.x  #@save")


def test_functions_may_use_what_is_saved_later(load):
    module = load("def f(): return later() + d2l.later()  #@save", "def later(): return 1  #@save")
    assert module.f() == 2


# Builtins ------------------------------------------------------------------------------------


@pytest.mark.parametrize("alias", ["abs = len", "from math import fabs as abs", "d2l.abs = len"])
def test_a_builtin_that_the_library_hides_must_be_called_by_its_owner(alias):
    found = error("def f(x):  #@save\n    return abs(x)", f"{alias}  #@save")
    assert found.startswith("a:2: `abs` would be the library's own here, not Python's")
    assert "`d2l.abs` or `builtins.abs`" in found


def test_a_builtin_that_the_library_hides_is_reached_by_its_owner(load):
    module = load("#@save\nimport builtins\nabs = len\n"
                  "def f(x, abs=None): return d2l.abs(x), builtins.abs(-1), abs")  # fmt: skip
    assert module.f("ab") == (2, 1, None)


# The scope analysis against Python's own -----------------------------------------------------


def test_names_are_those_that_pythons_symbol_table_finds():
    """On a sample of the standard library; there is no better corpus of odd code."""
    checked = 0
    for path in sorted(Path(ast.__file__).parent.glob("*.py"))[::4]:
        for node in ast.parse(path.read_text("utf-8")).body:
            text = ast.unparse(node)
            if not hasattr(node, "body") or "def top(" in text:  # symtable mistakes it for <top>
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                wanted = _globals_read(symtable.symtable(text, path.name, "exec"))
            uses = names.of_statement(ast.parse(text).body[0], "no alias").uses
            found = {use.name for use in uses}
            # The symbol table has no order: in a class, `x = x` reads the module's x.
            own = _bound_in_classes(node) | {"__class__"}
            assert found ^ wanted <= own, (path.name, node.lineno)
            checked += 1
    assert checked > 500


def _globals_read(table: symtable.SymbolTable) -> set[str]:
    here = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if (symbol.is_global() or table.get_type() == "module") and symbol.is_referenced()
    }
    return here.union(*(_globals_read(child) for child in table.get_children()))


def _bound_in_classes(node: ast.AST) -> set[str]:
    """Names that the comparison leaves out: bound in a class, deleted, or incremented."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.ClassDef):
            for inner in part.body:
                found |= {n.id for n in ast.walk(inner) if isinstance(n, ast.Name)
                          and isinstance(n.ctx, ast.Store)}  # fmt: skip
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Del):
            found.add(part.id)
        if isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name):
            found.add(part.target.id)
    return found


# check and exports ---------------------------------------------------------------------------


def test_check_is_silent_about_a_file_that_is_up_to_date():
    text = generate("x = 1  #@save")
    assert library.check(text, text, "d2l/torch.py") is None


def test_check_shows_the_difference():
    old, new = generate("x = 1  #@save"), generate("x = 2  #@save")
    difference = library.check(old, new, "d2l/torch.py")
    assert difference.startswith("--- d2l/torch.py\n") and "-x = 1\n+x = 2\n" in difference
    assert "+x = 2" in library.check("", new, "d2l/torch.py")
    assert "-x\n" in library.check("x", new, "d2l/torch.py")


def test_exports_lists_public_names_with_page_label_and_line():
    sources = {
        "a.md": "import os  #@save\nx, _y = 1, 2  #@save\nd2l.z = 3  #@save",
        "b.md": "@staticmethod  #@save\ndef f():\n    # p.md (sec-no)\n    return 1",
        "c d.md": "if x:  #@save\n    # p.md (sec-no)\n    a = 1\n# p.md (sec-no)\n"
        "else:\n    a = 2\nclass A: pass  #@save",
    }
    labels = {"a.md": "sec-a", "b.md": "sec-b"}
    text = library.generate(
        "torch", "d2l.torch", [(Page(p, labels.get(p)), [cell(s)]) for p, s in sources.items()]
    )
    found = library.exports(text)
    assert {name: export[:2] for name, export in found.items()} == {
        "x": ("a.md", "sec-a"),
        "z": ("a.md", "sec-a"),
        "f": ("b.md", "sec-b"),
        "a": ("c d.md", None),
        "A": ("c d.md", None),
    }
    lines = text.split("\n")
    assert lines[found["f"].line - 1] == "def f():"
    assert lines[found["A"].line - 1] == "class A:"


def test_exports_of_a_module_by_hand_are_none():
    assert library.exports('"""Doc."""\n# a comment\nx = 1\n') == {}


# Weight --------------------------------------------------------------------------------------


def test_importing_the_library_generator_loads_nothing_heavy():
    code = (
        "import sys, imprint.library; "
        "print(*{'sphinx', 'papermill', 'nbformat', 'IPython', 'pydantic'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(Path(library.__file__).parents[2])},
    )  # fmt: skip
    assert result.stdout.split() == []


def test_every_builtin_is_known():
    named = [name for name in dir(builtins) if name.isidentifier() and not name.startswith("_")
             and name not in ("True", "False", "None")]  # fmt: skip
    generate(f"def f(): return {', '.join(named)}  #@save")
