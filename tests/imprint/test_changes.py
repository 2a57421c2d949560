"""Whose object is changed when a module is imported: a page that reads it is run again, one that
does not is not."""

# ruff: noqa: E501  a library and the page on it stand on one line each, as in a table

import pytest

from tests.imprint.conftest import write
from tests.imprint.test_definitions import LIB, USE, book, inputs

NEVER = "def h(): return 0\n"
INTO = "def into(c):\n    def w(f):\n        setattr(c, f.__name__, f)\n    return w\n"


def differs(root, library: str, page: str) -> bool:
    """Whether the inputs of a page change with ``@@`` in the library."""
    page = USE + page
    before = inputs(book(root, library.replace("@@", "1")), page)
    write(root, {"lib/alpha.py": LIB + library.replace("@@", "2")})
    return inputs(root, page) != before


@pytest.mark.parametrize(
    ("library", "page"),
    [
        # what a container holds, and what goes through a loop or a local name
        ("class A: flag=0\nR=[A]\ndef mark(c): c.flag = @@\nmark(R[0])", "d2l.A"),
        ("class A: flag=0\nR=[A]\nfor c in R: c.flag = @@", "d2l.A"),
        ("class A: flag=0\nR=[A]\nx = R[0]\nx.flag = @@", "d2l.A"),
        ("class A: flag=0\nR=[A]\ndef mark(v):\n    for c in R: c.flag = v\nmark(@@)", "d2l.A"),
        ("class A: flag=0\nR=[A]\ndef mark(r, v):\n    for c in r: c.flag = v\nmark(R, @@)", "d2l.A"),
        ("class A: flag=0\ndef f(v):\n    c = A\n    c.flag = v\nf(@@)", "d2l.A"),
        ("class A: flag=0\ndef f(v, c=A): c.flag = v\nf(@@)", "d2l.A"),
        ("class A: flag=0\ndef f(*a): a[0].flag = a[1]\nf(A, @@)", "d2l.A"),
        ("class A: flag=0\n[setattr(c, 'flag', @@) for c in (A,)]", "d2l.A"),
        ("L=[]\nC={}\nC['o'] = L\nC['o'].append(@@)", "d2l.L"),
        ("L=[]\nC={}\nC.setdefault('a', L).append(@@)", "d2l.L"),
        ("L=[]\nC={'a': L}\nC['a'] += [@@]", "d2l.L"),
        ("L=[]\ndef f(v):\n    r = []\n    r.append(L)\n    r[0].append(v)\nf(@@)", "d2l.L"),
        ("L=[]\ndef get(n):\n    if n: return get(n - 1)\n    return L\nget(2).append(@@)", "d2l.L"),
        ("L=[]\ndef get():\n    x = L\n    return x\nget().append(@@)", "d2l.L"),
        ("L=[]\ndef f(v):\n    def g(r): r.append(v)\n    g(L)\nf(@@)", "d2l.L"),
        ("import types\nL=[]\nx = types.SimpleNamespace()\nx.y = L\nx.y.append(@@)", "d2l.L"),
        # attributes of objects and classes
        ("class B: flag=0\nclass H: sub = B\ndef mark(c, v): c.flag = v\nmark(H.sub, @@)", "d2l.B"),
        ("class A:\n    all={}\n    def __init__(self, n): self.all[n] = 1\nx = A('@@')", "d2l.A.all"),
        ("L=[]\nclass A:\n    def __init__(self, x): self.x=x\n    def put(self, v): self.x.append(v)\na=A(L)\na.put(@@)", "d2l.L"),
        ("L=[]\nclass A:\n    def __init__(self): self.x=L\na=A()\na.x.append(@@)", "d2l.L"),
        ("L=[]\nclass A:\n    x = []\nA.x = L\nA.x.append(@@)", "d2l.L"),
        ("R=[]\nclass B:\n    def __init__(self, r, n): r.append(n)\nclass A(B):\n    def __init__(self, n): super().__init__(R, n)\nx = A('@@')", "d2l.R"),
        ("class A: flag=0\na = A()\na.__class__.flag = @@", "d2l.A"),
        ("class A:\n    flag=0\n    @classmethod\n    def set(cls, v): cls.flag = v\na = A()\na.set(@@)", "d2l.A"),
        ("class S:\n    i = None\n    def __new__(cls):\n        if cls.i is None: cls.i = object.__new__(cls)\n        return cls.i\na = S()\nb = S()\na.x = @@", "d2l.b"),
        ("class A:\n    r = []\n    s = r\n    s.append(@@)", "d2l.A.r"),
        ("R=[]\nclass A:\n    r = R\n    r.append(@@)", "d2l.R"),
        # code of the book's own that Python calls where something is set or made
        ("HUB={}\nclass C:\n    def __setattr__(self, k, v): HUB[k] = v\nc = C()\nc.lr = @@", "d2l.HUB"),
        ("HUB={}\nclass C:\n    def __setitem__(self, k, v): HUB[k] = v\nc = C()\nc['lr'] = @@", "d2l.HUB"),
        ("HUB={}\nclass C:\n    @property\n    def lr(self): return 1\n    @lr.setter\n    def lr(self, v): HUB['lr'] = v\nc = C()\nc.lr = @@", "d2l.HUB"),
        ("HUB={}\nclass D:\n    def __set_name__(self, o, n): HUB[n] = self\nclass C:\n    field_@@ = D()", "d2l.HUB"),
        ("HUB={}\nclass C:\n    def __class_getitem__(cls, i): HUB[i] = 1\nx = C['@@']", "d2l.HUB"),
        ("R=[]\nclass L(list):\n    def append(self, v): R.append(v)\nl = L()\ndef f(x, v): x.append(v)\nf(l, @@)", "d2l.R"),
        ("R=[]\nclass A:\n    def add(self, v): R.append(v)\n    def __init__(self, v): self.add(v)\na = A(@@)", "d2l.R"),
        ("R=[]\nclass C:\n    def __lshift__(self, o): R.append(o)\nc = C()\nc << @@", "d2l.R"),
        ("R=[]\ndef g(v): R.append(v)\ndef m(x: g(@@)): pass", "d2l.R"),
        ("R=[]\ndef g(v): R.append(v)\ndef m() -> g(@@): pass", "d2l.R"),
        ("def g(): return 0\ndef f(v):\n    global g\n    def g(): return v\nf(@@)", "d2l.g()"),
        # functions that are given to others, and calls of what was returned
        ("R=[]\nx = list(map(R.append, [@@]))", "d2l.R"),
        ("class A: flag=0\ndef mark(c): c.flag = 1\nx@@ = list(map(mark, [A]))", "d2l.A"),
        ("R=[]\ndef key(x): R.append(x)\nL=[]\nL.sort(key=key)\nL.sort(key=lambda x: key(@@))", "d2l.R"),
        ("R=[]\ngetattr(R, 'append')(@@)", "d2l.R"),
        ("import operator\nR=[]\noperator.attrgetter('append')(R)(@@)", "d2l.R"),
        ("import operator\nR=[]\noperator.iadd(R, [@@])", "d2l.R"),
        ("import functools\nL=[]\ndef put(r, f): r.append(f)\n@functools.partial(put, L)\ndef f(): return @@", "d2l.L"),
        ("HUB=[]\ndef give(f): return HUB\n@give\ndef x(): pass\nx[:] = [@@]", "d2l.HUB"),
        ("def tag(f):\n    f.x = 1\n    return f\ndef give(f): return g\ndef g(): pass\n@tag\n@give\ndef f(): return @@", "d2l.g"),
        ("import functools\ndef f(): pass\ndef g(): return @@\nfunctools.update_wrapper(f, g)", "d2l.f"),
        ("import decimal\ndecimal.getcontext().prec = @@", "1"),
    ],
)  # fmt: skip
def test_what_is_changed_on_import_counts_for_who_reads_it(tmp_path, library, page):
    assert differs(tmp_path, library, page)


@pytest.mark.parametrize(
    "library",
    [
        INTO + "K = 1\nclass A: limit = K\n@into(A)\ndef m(self): return @@",
        "R={}\ndef reg(k):\n    def w(f):\n        R.setdefault(k, {})[f.__name__] = f\n        return f\n    return w\n@reg('a')\ndef f(): return @@",
        "import collections\nR=collections.defaultdict(list)\ndef reg(f):\n    R['a'].append(f)\n    return f\n@reg\ndef f(): return @@",
        "class Reg:\n    all = {}\n    @classmethod\n    def put(cls, f):\n        cls.all[f.__name__] = f\n        return f\n@Reg.put\ndef f(): return @@",
        "class Reg(dict):\n    def put(self, f):\n        self[f.__name__] = f\n        return f\nREG=Reg()\n@REG.put\ndef f(): return @@",
        "class Vocab:\n    def __init__(self, tokens):\n        self.idx = {}\n        for t in tokens: self.idx[t] = len(self.idx)\nV = Vocab(['a', '@@'])",
        "def build():\n    rows = []\n    for i in range(@@):\n        rows.append([i])\n        rows[-1].append(i)\n    return rows\nX = build()",
        "def rows(): return [1, 2]\ndef build():\n    r = rows()\n    r.append(@@)\n    return r\nX = build()",
        "def tag(n):\n    def w(f):\n        f.tag = n\n        return f\n    return w\n@tag(@@)\ndef f(): pass",
        "def memo(f):\n    cache = {}\n    def w(x):\n        cache[x] = f(x)\n        return cache[x]\n    return w\n@memo\ndef f(x): return @@",
        "class C:\n    def __init__(self): self.n = 0\n    def inc(self): self.n += @@\nc = C()\nc.inc()",
        "R = []\ndef reg(f):\n    R.append(f)\n    return f\ndef tag(f):\n    f.t = 1\n    return f\n@tag\n@reg\ndef f(): return @@",
    ],
)  # fmt: skip
def test_what_is_changed_on_import_counts_for_nobody_else(tmp_path, library):
    assert not differs(tmp_path, NEVER + library, "d2l.h()")


def test_a_method_added_by_hand_concerns_its_class_and_not_what_that_uses(tmp_path):
    library = INTO + "K = 1\nclass A: limit = K\n@into(A)\ndef m(self): return @@"
    assert differs(tmp_path, library, "d2l.A()")
    assert not differs(tmp_path, library, "d2l.K")


def test_of_two_that_a_function_is_given_the_one_that_it_changes_counts(tmp_path):
    library = "L=[]\nM=[]\ndef put(a, b): b.append(a)\nput(b=L, a=M)\nput(@@, L)"
    assert differs(tmp_path, library, "d2l.L")
    assert not differs(tmp_path, library, "d2l.M")


@pytest.mark.parametrize(
    "page",
    [
        "import lib.alpha\nfrom sys import modules\nmodules['lib.alpha'].f()",
        "import lib.alpha, sys as s\ns.modules['lib.alpha'].f()",
        "import lib, lib.alpha\nx = lib\nx.alpha.f()",
        "from importlib import import_module as im\nim('lib.alpha').f()",
        "import pydoc\npydoc.locate('lib.alpha.f')",
        "import timeit\ntimeit.timeit('lib.alpha.f()', setup='import lib.alpha')",
        "from os import popen\npopen('python -m lib.alpha')",
        "import sys\nsys.path += ['../../lib']\nimport alpha\nalpha.f()",
        "import sys\nsys.path[:0] = ['../../lib']\nimport alpha\nalpha.f()",
        "import sys, pathlib\nsys.path.append(str(pathlib.Path.cwd().parents[1] / 'lib'))\nimport alpha\nalpha.f()",
        "import ns.sub.mod\nns.sub.mod.f()",
        "import sys\nsys.path.insert(0, '..')\nimport twice\ntwice.f()",
        "import sys\nsys.path.append('..')\nimport other\nother.f()",
        "%cd ..\nimport twice\ntwice.f()",
    ],
)  # fmt: skip
def test_a_page_is_followed_through_other_names_of_the_same(tmp_path, page):
    def texts(value: int) -> dict[str, str]:
        names = ("lib/alpha.py", "ns/sub/mod.py", "first/twice.py", "other.py")
        found = dict.fromkeys(names, f"def f(): return {value}\n")
        found |= {"twice.py": "def f(): pass\n", "first/other.py": "def f(): pass\n"}
        return found | {"lib/__init__.py": ""}

    before = inputs(write(tmp_path, texts(1)), page, page="first/sub/page.md")
    assert inputs(write(tmp_path, texts(2)), page, page="first/sub/page.md") != before


def test_a_name_from_a_star_import_that_is_changed_counts_where_it_comes_from(tmp_path):
    def of(value: int) -> dict[str, str]:
        library = f"from lib.beta import *\nHUB.append({value})"
        return inputs(book(tmp_path, library, lib__beta="HUB = []"), page)

    page = "from lib import alpha, beta\nbeta.HUB"
    assert of(1) != of(2)


def test_modules_that_import_each_other_or_cannot_be_read_are_no_obstacle(tmp_path):
    library = "from lib import beta, broken\ndef f(x): x.append(1)\nL = []\nf(L)"
    beta = "from lib import alpha\nclass B:\n    def append(self, x): pass"
    root = book(tmp_path, library, lib__beta=beta, lib__broken="def broken(:")
    assert "definition lib.alpha:f(L)" in inputs(root, USE + "d2l.L")
