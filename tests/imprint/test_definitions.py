"""Which definitions of the book's own modules a run depends on; told from their text alone."""

# ruff: noqa: E501  a library and its page stand on one line each, as in a table

from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from imprint.fingerprint import Conditions, Datasets, Dependencies, changes

from tests.imprint.conftest import write

LIB = "import sys\nd2l = sys.modules[__name__]\n"
USE = "from lib import alpha as d2l\n"


def notebook(*cells: str, tags: tuple[str, ...] = (), kernel: str = "python3"):
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": kernel, "display_name": kernel}}
    )
    for source in cells:
        node.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)}))
    return node


def inputs(root: Path, *cells: str, page: str = "page.md", datasets=None, texts=None, **options):
    """What a page of these cells depends on in the book in ``root``."""
    options = {"tags": (), "kernel": "python3"} | options
    node = notebook(*cells, tags=options.pop("tags"), kernel=options.pop("kernel"))
    return Dependencies.of_book(root, texts or {}, datasets).inputs(
        node, Conditions("smoke", {}), page=page, parameters={}, device="cpu", **options
    )


def book(root: Path, library: str, **others: str) -> Path:
    names = {name.replace("__", "/") + ".py": text for name, text in others.items()}
    return write(root, {"lib/__init__.py": "", "lib/alpha.py": LIB + library, **names})


def reached(root: Path, *cells: str, **options) -> set[str]:
    return {
        name.partition(":")[2] or name
        for name in inputs(root, *cells, **options)
        if name.startswith(("definition", "module"))
    } - {"d2l", "sys"}


CHAIN = "import math\nA = 1\nB = A + 1\ndef f(): return g() * B\ndef g(): return math.pi\ndef h(): return d2l.g() + C\nC = 3\n"


@pytest.mark.parametrize(
    ("library", "page", "expected"),
    [
        (CHAIN, "d2l.f()", {"A", "B", "f", "g", "math"}),
        (CHAIN, "d2l.h()", {"h", "g", "math", "C"}),
        (CHAIN, "d2l.B", {"A", "B"}),
        (CHAIN, "1 + 1", set()),
        (CHAIN, "def f(): pass\nf()", set()),
        ("def f(x=A): pass\nA = 1", "d2l.f()", {"f", "A"}),
        ("A = 1\ndef f(x): return [A for y in x]", "d2l.f()", {"f", "A"}),
        ("A = 1\ndef f(A): return A", "d2l.f()", {"f"}),
        ("A = 1\ndef f():\n    A = 2\n    return A", "d2l.f()", {"f"}),
        ("A = int\ndef f(x: A) -> A: pass", "d2l.f()", {"f", "A"}),
        ("A = int\ndef f():\n    x: A = 1", "d2l.f()", {"f", "A"}),
        ("class A: pass\nclass B(A):\n    def m(self): return c()\ndef c(): pass", "d2l.B()", {"A", "B", "B.m", "c"}),
        ("class A:\n    x = K\n    def a(self): pass\n    def b(self): pass\nK = 1", "d2l.A()", {"A", "A.a", "A.b", "K"}),
        ("class A(metaclass=M): pass\nclass M(type): pass", "d2l.A()", {"A", "M"}),
        ("def deco(f): return f\n@deco\ndef f(): pass\n@deco\ndef g(): pass", "d2l.f()", {"deco", "f"}),
        ("R = {}\ndef put(f):\n    R[f.__name__] = f\n    return f\n@put\ndef f(): pass\n@put\ndef g(): pass\ndef h(): pass", "d2l.R", {"R", "put", "f", "g"}),
        ("R = {}\ndef put(n):\n    def w(f):\n        R[n] = f\n        return f\n    return w\n@put('f')\ndef f(): pass\ndef h(): pass", "d2l.R", {"R", "put", "f"}),
        ("R = {}\ndef put(n):\n    def w(f):\n        R[n] = f\n        return f\n    return w\n@put('f')\ndef f(): pass\ndef h(): pass", "d2l.h", {"h"}),
        ("R = []\ndef f(): pass\nR.append(f)\nR += [f]\ndef h(): pass", "d2l.h", {"h"}),
        ("R = []\ndef f(): pass\nR.append(f)\nR += [f]\nR.extend([1])", "d2l.R", {"R", "R.append(f)", "R += [f]", "R.extend([1])", "f"}),
        ("R = []\nS = R\ndef f(): pass\nS.append(f)", "d2l.R", {"R", "S", "f", "S.append(f)"}),
        ("R = []\nP = (R, 1)\ndef f(): pass\nP[0].append(f)", "d2l.R", {"R", "P", "f", "P[0].append(f)"}),
        ("R = {}\nd2l.R['a'] = 1\nd2l.R['b'] = 2\nX = 1", "d2l.X", {"X"}),
        ("R = {}\nd2l.R['a'] = 1\nd2l.R['b'] = 2\nX = 1", "d2l.R", {"R", "d2l.R['a']", "d2l.R['b']"}),
        ("class A: pass\ndef m(self): pass\nA.m = m\nsetattr(A, 'n', m)", "d2l.A()", {"A", "m", "A.m", "setattr(A, 'n', m)"}),
        ("class A: pass\ndef m(self): pass\nA.m = m", "d2l.m()", {"m"}),
        ("def into(c):\n    def w(f):\n        setattr(c, f.__name__, f)\n    return w\nclass A: pass\n@into(A)\ndef m(self): pass\ndef other(): pass", "d2l.A()", {"A", "m", "into"}),
        ("def into(c):\n    def w(f):\n        setattr(c, f.__name__, f)\n    return w\nclass A: pass\n@into(A)\ndef m(self): pass\ndef other(): pass", "d2l.other()", {"other"}),
        ("class B:\n    all = []\n    def __init_subclass__(cls): B.all.append(cls)\nclass C(B): pass\ndef h(): pass", "d2l.B.all", {"B", "B.__init_subclass__", "C"}),
        ("class B:\n    all = []\n    def __init_subclass__(cls): cls.all.append(cls)\nclass C(B): pass\ndef h(): pass", "d2l.B.all", {"B", "B.__init_subclass__", "C"}),
        ("class B:\n    all = []\n    def __init_subclass__(cls): cls.all.append(cls)\nclass C(B): pass\ndef h(): pass", "d2l.h", {"h"}),
        ("class B: pass\nclass C(B): pass\nB.x = []\nC.x.append(1)", "d2l.B.x", {"B", "B.x", "C", "C.x.append(1)"}),
        ("class R:\n    def __init__(self): self.all = {}\n    def put(self, n):\n        def w(f):\n            self.all[n] = f\n            return f\n        return w\nREG = R()\n@REG.put('f')\ndef f(): pass\ndef h(): pass", "d2l.REG", {"R", "R.__init__", "R.put", "REG", "f"}),
        ("class R:\n    def __init__(self): self.all = {}\n    def put(self, n):\n        def w(f):\n            self.all[n] = f\n            return f\n        return w\nREG = R()\n@REG.put('f')\ndef f(): pass\ndef h(): pass", "d2l.h", {"h"}),
        ("import numpy as np\nnp.random.seed(1)\ndef h(): pass", "d2l.h", {"h", "np", "np.random.seed(1)"}),
        ("from matplotlib import pyplot as plt\nplt.rcParams['a'] = K\nK = 1\ndef h(): pass", "1 + 1", set()),
        ("from matplotlib import pyplot as plt\nplt.rcParams['a'] = K\nK = 1\ndef h(): pass", USE, {"plt", "plt.rcParams['a']", "K"}),
        ("import torch\nnet = torch.nn.Linear(1, 1)\ndef h(): pass", "d2l.h", {"h", "torch", "net"}),
        ("import random\nimport numpy as np\nW = np.eye(2)\nr = np.random.default_rng(3)\nq = random.Random(3)\ndef h(): pass", "d2l.h", {"h"}),
        ("import numpy as np\nnp.random.seed(1)\ndef h(): pass", "d2l.h", {"h", "np", "np.random.seed(1)"}),
        ("import re, functools, collections\nP = re.compile('a')\nQ = functools.partial(max, 1)\nT = collections.namedtuple('T', 'a')\ndef h(): pass", "d2l.h", {"h"}),
        ("@torch.no_grad()\ndef f(): pass\nimport torch\ndef h(): pass", "d2l.h", {"h", "torch", "f"}),
        ("import functools\ndef timed(f):\n    @functools.wraps(f)\n    def w(*a): return f(*a)\n    return w\n@timed\ndef f(): pass\ndef h(): pass", "d2l.h", {"h"}),
        ("def once(f):\n    f()\n    return f\n@once\ndef f(): pass\ndef h(): pass", "d2l.h", {"h", "once", "f"}),
        ("T = 0\ndef count():\n    global T\n    T += 1\n    return T\nA = count()\ndef h(): pass", "d2l.h", {"h"}),
        ("T = 0\ndef count():\n    global T\n    T += 1\n    return T\nA = count()\ndef h(): pass", "d2l.T", {"T", "count", "A"}),
        ("def one():\n    two()\n    return R\ndef two():\n    if 0: one()\n    R.append(1)\nR = []\nX = two()\ndef h(): pass", "d2l.R", {"one", "two", "R", "X"}),
        ("if True:\n    def f(): return 1\nelse:\n    def f(): return A\nA = 1\ndef h(): pass", "d2l.f", {"if True:", "A"}),
        ("try:\n    import fast as q\nexcept ImportError:\n    q = None\ndef f(): return q", "d2l.f", {"try:", "f"}),
        ("def f(): return 1\ndef f(): return 2", "d2l.f", {"f", "f #2"}),
        ("def f():\n    from lib.beta import b\n    return b()", "d2l.f", {"f"}),
    ],
)  # fmt: skip
def test_a_page_reaches_what_it_uses_and_what_that_uses(tmp_path, library, page, expected):
    root = book(tmp_path, library)
    assert reached(root, page if page in (USE, "1 + 1") else USE + page) == expected


@pytest.mark.parametrize(
    "page",
    [
        "from lib import alpha as d2l\nd2l.f()",
        "import lib.alpha\nlib.alpha.f()",
        "import lib.alpha as x\nx.f",
        "from lib.alpha import f\nx = f",
        "from lib.alpha import f as g\ng()",
        "import lib\nlib.alpha.f",
        "from lib import alpha\ny = alpha.f",
        "def later():\n    from lib import alpha\n    return alpha.f()",
        "from lib import alpha\n%timeit alpha.f(1)",
        "from lib import alpha\n!echo {alpha.f()}",
        "from lib import alpha as d2l\n@d2l.f\ndef own(): pass",
    ],
)  # fmt: skip
def test_however_a_page_names_it(tmp_path, page):
    root = book(tmp_path, "A = 1\ndef f(): return A\ndef other(): pass")
    assert reached(root, page) == {"A", "f"}


@pytest.mark.parametrize(
    "page",
    [
        "getattr(d2l, 'f')()", "vars(d2l)", "d2l.__dict__['f']", "x = d2l", "[d2l]", "d2l.f.__globals__['A']",
        "import operator\noperator.attrgetter('f')(d2l)", "exec('d2l.f()')", "eval('d2l.f')",
        "import sys\nsys.modules['lib.alpha']", "globals()['d2l'].f()", "dir()", "locals()",
        "import importlib\nimportlib.import_module('lib.alpha').f()", "print(d2l)", "help(d2l)",
        "!python -c 'import lib.alpha as a; a.f()'", "%run script.py", "from lib.alpha import *",
        "__import__('lib.alpha')", "def broken(:", "%%bash\npython -m lib.alpha",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'lib.alpha'])",
        "import os\nos.system('python script.py')", "get_ipython().run_cell('d2l.f()')",
        "d2l.everything()", "d2l.dynamic('f')", "d2l.itself", "d2l.subs()", "d2l.copied()",
    ],
)  # fmt: skip
def test_what_cannot_be_followed_takes_the_whole_module_and_what_it_imports(tmp_path, page):
    root = book(
        tmp_path,
        "from lib.beta import b\nfrom . import gamma\nimport copy\n"
        "def f(): pass\ndef everything(): return globals()\n"
        "def dynamic(name): return getattr(d2l, name)\nitself = d2l\n"
        "class A: pass\ndef subs(): return A.__subclasses__()\ndef copied(): return copy.copy(d2l)\n",
        lib__beta="def b(): pass", lib__gamma="C = 1", script="import lib.alpha",
    )  # fmt: skip
    whole = {name for name in inputs(root, USE + page) if name.startswith("module ")}
    assert {"module lib.alpha", "module lib.beta", "module lib.gamma"} <= whole


def test_a_word_in_any_string_may_be_a_module_where_another_program_is_run(tmp_path):
    page = "import subprocess\nsubprocess.run('python -m lib.alpha'.split())"
    assert "module lib.alpha" in inputs(book(tmp_path, "A = 1"), page)


def test_definitions_are_followed_across_modules_packages_and_the_pages_own_folder(tmp_path):
    root = book(
        tmp_path,
        "from lib.beta import b\nimport lib.beta as beta\nfrom . import gamma\ndef f(): return b()\n"
        "def g(): return beta.c()\ndef h(): return gamma.deep.d()\ndef i(): import own; return own.o()\n"
        "def j():\n    from .gamma import deep as x\n    return x.e()",
        lib__beta="K = 1\ndef b(): return K\ndef c(): pass\ndef unused(): pass\n",
        lib__gamma__deep="def d(): return e()\ndef e(): pass\n",
        chapter__own="import other\ndef o(): return other.p()\n", chapter__other="def p(): pass\n",
    )  # fmt: skip
    write(root, {"lib/gamma/__init__.py": "from . import deep\nG = 1\n"})
    assert reached(root, USE + "d2l.f()") == {"f", "b", "K"}
    assert reached(root, USE + "d2l.g()") == {"g", "c", "beta"}
    assert reached(root, USE + "d2l.h()") == {"h", "d", "e", "gamma", "deep"}
    assert reached(root, USE + "d2l.j()") == {"j", "e", "deep"}
    assert reached(root, USE + "d2l.b()") == {"b", "K"}
    assert reached(root, USE + "d2l.i()", page="chapter/page.md") == {"i", "o", "p", "other"}
    assert reached(root, "import own\nown.o()", page="chapter/page.md") == {"o", "p", "other"}
    assert reached(root, "import own\nown.o()") == set()
    found = "import sys\nsys.path.insert(0, 'chapter')\nimport own\nown.o()"
    assert reached(root, found) == {"o", "p", "other"}


def test_an_import_that_is_not_used_counts_only_while_it_is_there(tmp_path):
    before = inputs(book(tmp_path, "def f(): return 1"), "from lib.alpha import f")
    assert inputs(book(tmp_path, "def f(): return 2"), "from lib.alpha import f") == before
    assert inputs(book(tmp_path, "def g(): return 2"), "from lib.alpha import f") != before


def test_importing_a_module_runs_the_effects_of_what_it_imports(tmp_path):
    root = book(
        tmp_path, "from lib import beta\ndef f(): pass", lib__beta="import numpy\nnumpy.seterr(all='raise')\nx = 1\n",
    )  # fmt: skip
    assert reached(root, USE + "d2l.f()") == {"f", "numpy", "numpy.seterr(all='raise')"}
    write(root, {"lib/__init__.py": "import numpy\nnumpy.seterr(all='warn')\n"})
    found = inputs(root, "import lib.beta")
    assert {name for name in found if "seterr" in name} == {
        "definition lib:numpy.seterr(all='warn')", "definition lib.beta:numpy.seterr(all='raise')"
    }  # fmt: skip


def test_a_text_that_is_still_to_be_written_counts_in_place_of_the_file(tmp_path):
    root = book(tmp_path, "def f(): return 1")
    before = inputs(root, USE + "d2l.f()")
    assert (
        inputs(root, USE + "d2l.f()", texts={"lib/alpha.py": LIB + "def f(): return 2"}) != before
    )
    (root / "lib/alpha.py").unlink()
    assert (
        inputs(root, USE + "d2l.f()", texts={"lib/alpha.py": LIB + "def f(): return 1"}) == before
    )


WORDS = (
    '"""About the module."""\n\n\n# above\ndef f(a, b=1):\n    """About f."""\n    # inside\n'
    '    return a  # behind\n\n\nclass A:\n    """About A."""\n\n    def m(self):\n        return 1\n'
)
SAME = (
    "def f(\n    a,\n    b=1,\n):\n    '''Other words.'''\n    return (a)\n"
    "class A:\n  def m(self): return 1\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("d2l.f(1)\nd2l.A().m()", False), ("help(d2l.f)", True), ("d2l.f?", True), ("d2l.f??", True),
        ("d2l.f.__doc__", True), ("import inspect\ninspect.getsource(d2l.f)", True),
        ("%psource d2l.f", True), ("import pydoc\npydoc.render_doc(d2l.f)", True),
        ("import traceback\nd2l.f(1)\ntraceback.print_stack()", True),
    ],
)  # fmt: skip
def test_words_and_layout_count_only_where_they_can_be_shown(tmp_path, page, shown):
    first = inputs(book(tmp_path / "1", WORDS), USE + page)
    second = inputs(book(tmp_path / "2", SAME), USE + page)
    assert (first != second) == shown


def test_a_page_that_may_show_a_traceback_depends_on_lines(tmp_path):
    first, second = book(tmp_path / "1", "def f(): 1 / 0"), book(tmp_path / "2", "\ndef f(): 1 / 0")
    assert inputs(first, USE + "d2l.f()") == inputs(second, USE + "d2l.f()")
    for options in ({"tags": ("raises-exception",)}, {"fails": True}):
        assert inputs(first, USE + "d2l.f()", **options) != inputs(
            second, USE + "d2l.f()", **options
        )


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("x = 1 # a", "x = 1  # b", True), ("x=1", "x = 1", True), ("f(1)", "f(1);", False),
        ("f(1); # a", "f(1);", True), ("'a'", "'b'", False), ("'a'\nx = 1", "x = 1", False),
        ("%time f(1)", "%time f(2)", False), ("x = !ls", "x = !pwd", False),
        ("x = 1\n\n\ny = 2", "x = 1\ny = 2", True), ("x = 1.0", "x = 1", False),
        ("def f():\n    'doc'", "def f():\n    'other'", True),
        ("def f():\n    'doc'\nhelp(f)", "def f():\n    'other'\nhelp(f)", False),
        ("import traceback # a", "import traceback", False), ("In[0] # a", "In[0]", False),
        ("(1", "(2", False), ("x = 'a' 'b'", "x = 'ab'", True),
    ],
)  # fmt: skip
def test_of_a_cell_counts_what_its_outputs_can_show(tmp_path, old, new, same):
    assert (inputs(tmp_path, old) == inputs(tmp_path, new)) == same


def test_a_cell_that_is_skipped_counts_for_nothing(tmp_path):
    root = book(tmp_path, "def f(): pass")
    before = inputs(root, USE + "d2l.f()", tags=("skip-execution",))
    assert inputs(root, "print(1)", tags=("skip-execution",)) == before


def test_the_cells_of_another_language_are_text(tmp_path):
    root = book(tmp_path, "def f(): pass")
    cells = inputs(root, USE + "d2l.f() # a", kernel="ir")
    assert inputs(root, USE + "d2l.f() # b", kernel="ir") != cells
    assert not [name for name in cells if name.startswith("definition")]


def test_order_counts_where_it_decides_what_a_name_holds(tmp_path):
    def of(*statements: str, page: str = "d2l.B, d2l.f()") -> dict:
        root = book(tmp_path, "\n".join(statements))
        return inputs(root, USE + page)

    function = "def f(): return 0"
    assert of("A = 1", "A = 2", "B = A", function) != of("A = 2", "A = 1", "B = A", function)
    assert of("A = 1", "B = A", "A = 2", function) != of("A = 1", "A = 2", "B = A", function)
    assert of("R = []", "R += [1]", "R += [2]", function, page="d2l.R") != of(
        "R = []", "R += [2]", "R += [1]", function, page="d2l.R"
    )
    assert of("A = 1", "B = A", function) == of(function, "A = 1", "B = A")
    assert of("A = 1", "C = 2", "B = A", function) == of("C = 3", "A = 1", "B = A", function)
    assert of("import numpy as n", "n.seterr(1)", "n.seterr(2)") != of(
        "import numpy as n", "n.seterr(2)", "n.seterr(1)"
    )


HUB = """\
HUB = {}
def download(name, folder='.'): return look_up(name)
def extract(name): return download(name)
def look_up(name): return HUB[name]
def all_of_them(): return [download(name) for name in HUB]
def load(name='x'): return download(name)
def cars(): return download('cars')
"""
NAMES = ("cars", "cats", "dogs")
DATA = Datasets(
    ["lib.data.download", "lib.data.extract"], "lib.data.HUB", {"smoke": ["gen/{name}.py"]}
)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("d2l.download('cats')", {"cats"}), ("d2l.extract(name='cats')", {"cats"}),
        ("d2l.cars()", {"cars"}), ("d2l.both()", {"cars", "dogs"}), ("d2l.unrelated()", set()),
        ("d2l.download(input())", NAMES), ("d2l.data.all_of_them()", NAMES), ("d2l.load('x')", NAMES),
        ("get = d2l.download\nget('cats')", NAMES), ("list(map(d2l.download, x))", NAMES),
        ("d2l.HUB", NAMES), ("d2l.HUB['cats'] = 1\nd2l.download('cats')", {"cats"}),
        ("d2l.HUB['dogs']", {"dogs"}), ("d2l.data.look_up('cats')", NAMES), ("x = d2l", NAMES),
        ("for n in ('cats', 'dogs'):\n    d2l.download(n)", {"cats", "dogs"}),
        ("name = 'dogs'\nd2l.download(name)", {"dogs"}),
        ("from lib.data import download as d\nd('cats')", {"cats"}),
        ("getattr(d2l, 'download')('cats')", NAMES),
    ],
)  # fmt: skip
def test_a_run_depends_on_its_own_datasets_alone(tmp_path, page, names):
    library = "from lib import data\nfrom lib.data import HUB, download, extract, cars, load\n"
    library += "".join(f"d2l.HUB['{name}'] = ('{name}', 1)\n" for name in NAMES)
    library += "def both(): return d2l.download('cars'), download('dogs')\ndef unrelated(): pass\n"
    root = book(tmp_path, library, lib__data=HUB)
    write(root, {f"gen/{name}.py": name for name in NAMES})
    before = inputs(root, USE + page, datasets=DATA)
    stale = set()
    for name in NAMES:
        write(root, {"lib/alpha.py": LIB + library.replace(f"('{name}', 1)", f"('{name}', 2)")})
        entry = inputs(root, USE + page, datasets=DATA) != before
        write(root, {"lib/alpha.py": LIB + library, f"gen/{name}.py": "edited"})
        if (inputs(root, USE + page, datasets=DATA) != before) or entry:
            stale.add(name)
        write(root, {f"gen/{name}.py": name})
    assert stale == set(names)
    declared = inputs(root, USE + page, datasets=DATA, data=["cats"])
    assert "dataset cats" in declared


def test_reasons_are_told_in_words(tmp_path):
    generated = '"""Words."""\n' + LIB + (
        "\n\n# chapters/one.md (sec-one)\nA = 1\n\n\n# chapters/two.md\ndef f():\n    return A\n\n\n"
        "# chapters/one.md (sec-one)\nclass C:\n    def a(self):\n        return 1\n\n"
        "    # chapters/three.md (sec-three)\n    def b(self):\n        return 2\n"
    )  # fmt: skip
    root = write(tmp_path, {"lib/__init__.py": "", "lib/alpha.py": generated, "img/cat.jpg": "cat"})
    page = [USE + "d2l.f(), d2l.C()", "open('img/cat.jpg')"]
    node = notebook(*page)
    conditions = Conditions("smoke", {"torch": "2.12.1"})

    def now(
        dependencies=None, node=node, conditions=conditions, parameters=1, device="cpu"
    ) -> dict[str, str]:
        return (dependencies or Dependencies.of_book(root, {})).inputs(
            node, conditions, page="page.md", parameters={"num_epochs": parameters}, device=device
        )

    before = now()

    def why(text: str = generated, **others) -> list[str]:
        dependencies = Dependencies.of_book(root, {"lib/alpha.py": text})
        return changes(before, now(dependencies, **others), dependencies.origin)

    assert why() == []
    assert why(generated.replace("return A", "return -A")) == ["`f` changed in chapters/two.md"]
    assert why(generated.replace("A = 1", "A = 2")) == ["`A` changed in chapters/one.md"]
    assert why(generated.replace("return 2", "return 3")) == ["`C.b` changed in chapters/three.md"]
    assert why(generated.replace("return 1", "return 3")) == ["`C.a` changed in chapters/one.md"]
    assert why(generated.replace("A = 1\n", "")) == ["`A` was removed from lib.alpha"]
    assert why(parameters=3) == ["parameter num_epochs is 3, was 1"]
    assert why(conditions=Conditions("smoke", {"torch": "2.13.0"})) == [
        "torch is 2.13.0, was 2.12.1"
    ]
    assert why(node=notebook(page[0], "open('img/cat.jpg'), 1")) == ["its code changed (cell 2)"]
    with_data = replace(conditions, env={"D2L_DATA": "sample"})
    assert why(conditions=with_data) == ["the variable D2L_DATA is sample, was not there"]
    assert why(device="gpu") == ["it runs on gpu, ran on cpu"]
    write(root, {"img/cat.jpg": "another cat"})
    assert why() == ["img/cat.jpg changed"]
    assert changes(None, before) == ["no result yet"]
