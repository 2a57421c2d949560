"""Random libraries of definitions that use each other, edits of them, and an oracle that runs a
page on one and tells what it printed and which definitions had a part in that."""

import contextlib
import io
import os
import sys
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

HEAD = "import functools\nimport os\nimport sys\n\nd2l = sys.modules[__name__]\n"
GROUPS = (
    ("const",), ("sum",), ("function",), ("function",), ("default",), ("hand",), ("twice",),
    ("decorator", "decorated"), ("decorated",), ("registry", "registered"), ("registry", "entry"),
    ("registered",), ("entry",), ("listed", "appended"), ("class", "added"), ("class", "subclass"),
    ("class", "object"), ("family", "member"), ("member",), ("counter", "counted"), ("alias",),
    ("partial",), ("made",), ("effect",),
)  # fmt: skip
KINDS = tuple(dict.fromkeys(kind for group in GROUPS for kind in group))


@dataclass(frozen=True)
class Item:
    """One definition. ``number`` names it; ``uses`` are the numbers of what it uses."""

    number: int
    kind: str
    value: int
    uses: tuple[int, ...] = ()
    note: str = ""
    """A comment and a documentation string that it carries."""
    wide: bool = False
    """Whether it is laid out in another way."""


@dataclass(frozen=True)
class Spec:
    """A library's definitions in their order."""

    items: tuple[Item, ...]

    def __getitem__(self, number: int) -> Item:
        return next(item for item in self.items if item.number == number)

    def has(self, number: int) -> bool:
        return any(item.number == number for item in self.items)


def name(item: Item) -> str:
    return f"{item.kind}_{item.number}"


CALLABLE = {
    "const": "d2l.{0}", "sum": "d2l.{0}", "function": "d2l.{0}({x})", "default": "d2l.{0}({x})",
    "decorated": "d2l.{0}({x})", "class": "d2l.{0}().total({x})", "alias": "d2l.{0}()",
    "subclass": "d2l.{0}().total({x})", "made": "d2l.{0}", "counter": "d2l.{0}[0]",
    "registry": "sum(d2l.{0}[key]({x}) for key in sorted(d2l.{0}))", "hand": "{0}({x})",
    "family": "sum(one().total({x}) for one in d2l.{0}.members)", "twice": "d2l.{0}",
    "partial": "d2l.{0}({x})", "listed": "sum(one({x}) for one in d2l.{0})",
    "object": "d2l.{0}.total({x})",
}  # fmt: skip
"""How the value of each kind is asked for; a page always asks for all that is behind it."""
AT_ONCE = ("const", "sum", "twice")
"""The kinds that are asked for without running anything."""


def use(item: Item, x: str = "x", *, page: bool = False) -> str:
    """The expression that asks for a definition's value, an integer."""
    text = CALLABLE[item.kind].format(name(item), x=x)
    return text.replace(name(item), f"d2l.{name(item)}") if page and item.kind == "hand" else text


def render(item: Item, spec: Spec) -> str:
    """The source of a definition."""
    own, v = name(item), item.value
    used = [spec[number] for number in item.uses if spec.has(number)]
    if item.kind in ("registered", "entry", "appended", "added", "member"):
        asked = [one for one in used if {spec[n].kind for n in _below(spec, one.number)} <= _SIMPLE]
    else:
        asked = used
    values = [use(one) for one in asked if one.kind in CALLABLE]
    total = " + ".join([str(v), *values])
    doc = f'    """{item.note}"""\n' if item.note else ""
    plain = [use(one) for one in used if one.kind in AT_ONCE]
    now = " + ".join([str(v), *plain])
    function = f"def {own}(x):\n{doc}    return (x * {total}) % 997\n"
    if item.wide:
        function = f"def {own}(\n    x,\n):\n{doc}    return (\n        x * {total}\n    ) % 997\n"
    marks = [one for one in used if one.kind == "decorator"]
    registries = [one for one in used if one.kind == "registry"]
    classes = [one for one in used if one.kind in ("class", "subclass")]
    functions = [one for one in used if one.kind in ("function", "default")]
    families = [one for one in used if one.kind == "family"]
    methods = f"    def one(self, x):\n{doc.replace('    ', '        ')}        return {total}\n\n"
    base = f"(d2l.{name(classes[0])})" if item.kind == "subclass" and classes else ""
    family = f"(d2l.{name(families[0])})" if families else ""
    extra = [one for one in spec.items if one.kind == "added" and item.number in one.uses[:1]]
    added = "".join(f" + self.{name(one)}(x)" for one in extra)
    inherited = " + super().total(x)" if base else ""
    totals = f"    def total(self, x):\n        return (self.one(x){added}{inherited}) % 991\n"
    method = function.replace("(x)", "(self, x)", 1).replace("\n    x,", "\n    self, x,", 1)
    is_added = bool(classes) and item.uses[:1] == (classes[0].number,)
    maker = functions[0] if functions else None
    text = {
        "const": f"{own} = {v}\n",
        "sum": f"{own} = {now}\n",
        "twice": f"{own} = 1\n{own} = {own} * 2 + {now}\n",
        "function": function,
        "hand": function.replace("d2l.", ""),
        "default": f"def {own}(x, k={now}):\n{doc}    return (x + k * {total}) % 997\n",
        "decorator": f"def {own}(f):\n{doc}    @functools.wraps(f)\n    def inner(x):\n"
                     f"        return f(x) * {total}\n    return inner\n",
        "decorated": (f"@d2l.{name(marks[0])}\n" if marks else "") + function,
        "registry": f"{own} = {{}}\n\n\ndef register_{own}(key):\n    def put(f):\n"
                    f"        {own}[key] = f\n        return f\n    return put\n",
        "registered": (f"@d2l.register_{name(registries[0])}('{own}')\n" if registries else "")
                      + function,
        "entry": f"d2l.{name(registries[0])}['{own}'] = lambda x: {total}\n" if registries else "",
        "listed": f"{own} = [lambda x: {v}]\n",
        "appended": "".join(f"d2l.{name(one)}.append(lambda x: {total})\n"
                            for one in used if one.kind == "listed"),
        "class": f"class {own}:\n{doc}    limit = {now}\n\n{methods}{totals}",
        "subclass": f"class {own}{base}:\n{doc}    limit = {now}\n\n"
                    f"{methods.replace('one(', 'two(')}"
                    f"{totals.replace('self.one', 'self.two')}",
        "family": f"class {own}:\n    members = []\n\n    def __init_subclass__(cls):\n"
                  f"        cls.members.append(cls)\n\n"
                  f"    def total(self, x):\n        return {v}\n",
        "member": f"class {own}{family}:\n{doc}    def total(self, x):\n        return {total}\n",
        "added": f"@d2l.add_to_class(d2l.{name(classes[0])})\n{method}" if is_added else "",
        "alias": f"{own} = functools.partial(d2l.{name(maker)}, {v})\n" if maker
                 else f"def {own}():\n    return {v}\n",
        "partial": f"{own} = d2l.{name(maker)}\n" if maker else f"def {own}(x):\n    return {v}\n",
        "made": f"{own} = {use(maker, str(v)) if maker else v}\n",
        "object": f"{own} = d2l.{name(classes[0])}()\n" if classes
                  else f"class {own}:\n    def total(x):\n        return {v}\n",
        "counter": f"{own} = [{v}]\n\n\ndef bump_{own}(by):\n    {own}[0] += by\n",
        "counted": "".join(f"d2l.bump_{name(one)}({now})\n"
                           for one in used if one.kind == "counter"),
        "effect": f"os.environ['RANDOM_{own}'] = str({now})\n",
    }[item.kind]  # fmt: skip
    return (f"# {item.note}\n" if item.note and text else "") + text


_SIMPLE = frozenset({"const", "sum", "function", "default", "hand", "made", "twice"})
"""The kinds that can be used by what a registry or class holds: they never come back to it."""
ADD_TO_CLASS = """\
def add_to_class(Class):
    def put(f):
        setattr(Class, f.__name__, f)
    return put
"""


def sources(spec: Spec) -> dict[str, str]:
    """The library as modules written by hand."""
    hand = [item for item in spec.items if item.kind == "hand"]
    imports = "".join(f"from lib.hand import {name(item)}\n" for item in hand)
    body = [render(item, spec) for item in spec.items if item.kind != "hand"]
    return {
        "lib/__init__.py": "",
        "lib/hand.py": "\n\n".join(render(item, spec) for item in hand),
        "lib/alpha.py": "\n\n".join([HEAD + imports, ADD_TO_CLASS, *body]),
    }


def page(spec: Spec, asked: Iterable[int]) -> str:
    """A page that asks for definitions and prints what they give."""
    found = [spec[number] for number in asked if spec.has(number)]
    lines = [f"print({use(one, '3', page=True)})" for one in found if one.kind in CALLABLE]
    return "from lib import alpha as d2l\n" + "\n".join(lines)


@st.composite
def specs(draw: Callable) -> Spec:
    """Libraries of up to 20 definitions; each uses some of those before it."""
    groups = draw(st.lists(st.sampled_from(GROUPS), min_size=4, max_size=10))
    items: list[Item] = []
    for number, kind in enumerate(kind for group in groups for kind in group):
        items.append(draw(_item(number, kind, items)))
    return Spec(tuple(items))


@st.composite
def _item(draw: Callable, number: int, kind: str, before: list[Item]) -> Item:
    wanted = {
        "decorated": ["decorator"], "registered": ["registry"], "entry": ["registry"],
        "subclass": ["class", "subclass"], "added": ["class", "subclass"], "member": ["family"],
        "alias": ["function", "default"], "partial": ["function"], "made": ["function"],
        "counted": ["counter"], "appended": ["listed"], "object": ["class", "subclass"],
        "sum": ["const", "sum"], "default": ["const", "sum"],
    }.get(kind, [])  # fmt: skip
    if kind == "hand":
        candidates = [one.number for one in before if one.kind == "hand"]
    else:
        candidates = [one.number for one in before if one.kind != "effect"]
    first = [one.number for one in before if one.kind in wanted]
    uses = [draw(st.sampled_from(first))] if first else []
    if candidates:
        uses += draw(st.lists(st.sampled_from(candidates), max_size=2))
    value = draw(st.integers(1, 9))
    return Item(number, kind, value, tuple(dict.fromkeys(uses)))


EDITS = ("value", "value", "use", "remove", "add", "move", "comment", "layout", "kind")
SILENT = ("comment", "layout")


@st.composite
def edits(draw: Callable, spec: Spec, asked: Iterable[int]) -> tuple[str, Spec, set[int]]:
    """An edit: its kind, the library after it, and the numbers of what it touches; half of them
    of something that is behind what is asked for."""
    kind = draw(st.sampled_from(EDITS))
    behind = set().union(*(_below(spec, one) for one in asked))
    behind |= {item.number for item in spec.items if behind.intersection(item.uses[:1])}
    behind = sorted(behind)
    numbers = [item.number for item in spec.items]
    at = numbers.index(draw(st.sampled_from(behind if draw(st.booleans()) else numbers)))
    items, item = list(spec.items), spec.items[at]
    moved: set[int] = set()
    if kind == "value":
        items[at] = replace(item, value=item.value + draw(st.integers(1, 5)))
    elif kind == "use":
        items[at] = draw(_item(item.number, item.kind, items[:at]))
    elif kind == "kind":
        items[at] = draw(_item(item.number, draw(st.sampled_from(KINDS)), items[:at]))
    elif kind == "remove":
        del items[at]
    elif kind == "add":
        new = draw(
            _item(max(one.number for one in items) + 1, draw(st.sampled_from(KINDS)), items[:at])
        )
        items.insert(at, new)
    elif kind == "move":
        to = draw(st.integers(0, len(items) - 1))
        items.insert(to, items.pop(at))
        moved = {item.number}
    elif kind == "comment":
        items[at] = replace(item, note="Words that say something.")
    elif kind == "layout":
        items[at] = replace(item, wide=True)
    after = Spec(tuple(items))
    texts = [{one.number: render(one, s) for one in s.items} for s in (spec, after)]
    changed = {one for one in texts[0] | texts[1] if texts[0].get(one) != texts[1].get(one)}
    return kind, after, changed | moved


@dataclass
class Ran:
    """What came of a page."""

    output: str = ""
    failed: bool = False
    parts: set[int] = field(default_factory=set)
    """The definitions that had a part in it."""


class _Names(dict):
    """A module's names, which tells who reads them."""

    def __getitem__(self, key: str) -> object:
        value = super().__getitem__(key)
        self["__heard__"](key) if not key.startswith("__") else None
        return value


class _Module(types.ModuleType):
    def __getattribute__(self, key: str) -> object:
        names = types.ModuleType.__getattribute__(self, "__dict__").get("_names")
        if names is not None and not key.startswith("__") and key in names:
            return names[key]
        return types.ModuleType.__getattribute__(self, key)


def run(spec: Spec, code: str) -> Ran:
    """Run a page on a library, a definition at a time, and see which of them are read, from
    which names these were bound or changed, and so on back."""
    reads: dict[int | None, set[str]] = {}
    writers: dict[str, set[int]] = {}
    now: list[int | None] = [None]
    names = {part: _Names(__name__=f"lib.{part}") for part in ("hand", "alpha")}
    modules = {"lib": types.ModuleType("lib")}
    modules["lib"].__path__ = []
    for part, held in names.items():
        held["__heard__"] = lambda key: reads.setdefault(now[0], set()).add(key)
        modules[f"lib.{part}"] = module = _Module(f"lib.{part}")
        module.__dict__["_names"] = held
        setattr(modules["lib"], part, module)

    def define(part: str, number: int, text: str) -> None:
        before = {key: _looks(value) for held in names.values() for key, value in held.items()}
        now[0] = number
        exec(compile(text, f"{part}.py", "exec"), names[part])
        now[0] = None
        for held in names.values():
            for key, value in held.items():
                if before.get(key) != _looks(value):
                    writers.setdefault(key, set()).add(number)

    known = {key: sys.modules.pop(key) for key in list(sys.modules) if key.split(".")[0] == "lib"}
    sys.modules.update(modules)
    printed, ran = io.StringIO(), Ran()
    try:
        with contextlib.redirect_stdout(printed):
            for item in spec.items:
                if item.kind == "hand":
                    define("hand", item.number, render(item, spec))
            define("alpha", -1, HEAD)
            define("alpha", -2, ADD_TO_CLASS)
            for item in spec.items:
                if item.kind == "hand":
                    define("alpha", item.number, f"from lib.hand import {name(item)}\n")
            for item in spec.items:
                if item.kind != "hand":
                    define("alpha", item.number, render(item, spec))
            exec(code, {})
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=printed)
        ran.failed = True
    finally:
        for key in modules:
            del sys.modules[key]
        sys.modules.update(known)
    left = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith("RANDOM_")}
    ran.output = printed.getvalue() + str(sorted(left.items()))
    todo = [None]
    while todo:
        for key in reads.pop(todo.pop(), ()):
            todo += (writer for writer in writers.get(key, ()) if writer not in ran.parts)
            ran.parts |= writers.get(key, set())
    return ran


def _looks(value: object, depth: int = 2) -> object:
    """What changes about an object when it is changed in place."""
    if depth == 0 or isinstance(value, types.ModuleType):
        return id(value)
    if isinstance(value, dict):
        return id(value), [(key, _looks(one, depth - 1)) for key, one in value.items()]
    if isinstance(value, list):
        return id(value), [_looks(one, depth - 1) for one in value]
    if isinstance(value, (int, str)):
        return value
    if isinstance(value, (type, types.FunctionType)):
        return id(value), [(key, _looks(one, depth - 1)) for key, one in vars(value).items()
                           if not key.startswith("__")]  # fmt: skip
    return id(value)


def unclear(spec: Spec) -> set[int]:
    """The definitions of which everything may depend: those that change the world when they are
    imported, or call what cannot be followed, with all that they use."""
    found: set[int] = set()
    for item in spec.items:
        if item.kind == "effect" or item.kind in ("made", "counted", "object", "twice"):
            below = _below(spec, item.number)
            plain = {spec[one].kind for one in below} <= _FOLLOWED
            if item.kind == "effect" or not plain:
                found |= below
    while more := {
        one
        for item in spec.items
        if item.number not in found and found.intersection(item.uses[:1])
        for one in _below(spec, item.number)
    }:  # what changes one of them belongs to it
        found |= more
    return found


_FOLLOWED = {"const", "sum", "function", "default", "made", "counted", "counter", "twice"}


def _below(spec: Spec, number: int) -> set[int]:
    found, todo = set(), [number]
    while todo:
        number = todo.pop()
        if number not in found and spec.has(number):
            found.add(number)
            todo += spec[number].uses
    return found
