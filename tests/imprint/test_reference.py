"""The library's reference: a page that lists what each edition's library offers."""

import re
from pathlib import Path

from imprint.book import load
from imprint.library import reference

from tests.imprint.conftest import CONFIG, TOC, write

REFERENCE = """\
(sec-api)=
# The Library

```{library-definitions}
```

## Names

```{library-aliases}
```
"""
ALIASES = CONFIG.replace(
    "library: lib/alpha.py,",
    """library: lib/alpha.py, aliases: {
          functions: {length: len},
          methods: {bits: bit_length, text: "encode(errors='strict')"},
          expressions: {total: "{0} + {1}"}},""",
)
GENERATED = '''\
import sys

from lib.byhand import LIMIT, fetch

lib = sys.modules[__name__]


# one/first.md (sec-first)
def half(x, digits=2, *, exact=False):
    """Half of ``x``.

    Raises ``TypeError``.
    """
    return x / 2


# one/first.md (sec-first)
class Pile(list):
    """Things on each other."""

    def __init__(self, *things):
        super().__init__(things)

    def top(self):
        """The last thing."""
        return self[-1]

    def __len__(self):
        """How many."""
        return 0

    def _hidden(self):
        """Nobody's business."""


# one/second.md (sec-second)
COUNT = 3
_private = 4
'''
BYHAND = '''\
import os

_FOLDER = os.path.join("..", "data")

#: The largest
#: number.
LIMIT = 7


def fetch(name, folder=_FOLDER):
    """Get it."""
'''


def test_every_public_name_has_its_signature_docstring_and_section(small_book: Path) -> None:
    write(small_book, {"lib/alpha.py": GENERATED, "lib/byhand.py": BYHAND})
    text = reference.definitions(small_book, "lib/alpha.py", None)
    heads = re.findall(r"^`+\{(.+)", text, re.M)
    assert heads == [
        "py:module} lib.alpha",
        "py:data} LIMIT",
        "py:function} fetch(name, folder=os.path.join('..', 'data'))",
        "py:function} half(x, digits=2, *, exact=False)",
        "py:class} Pile(*things)",
        "py:method} top()",
        "py:method} __len__()",
        "py:data} COUNT",
    ]
    assert "Half of ``x``.\n\nRaises ``TypeError``.\n\nDefined in {ref}`sec-first`." in text
    assert "The largest\nnumber." in text and "Derived from `list`." in text
    assert "Nobody" not in text


def test_the_table_says_what_stands_for_each_alias(small_book: Path) -> None:
    write(small_book, {"_config.yml": ALIASES})
    aliases = load(small_book).edition("alpha").aliases
    assert reference.alias_table(aliases).splitlines()[2:] == [
        "| `lib.bits(x, ...)` | `x.bit_length(...)` |",
        "| `lib.length` | `len` |",
        "| `lib.text(x, ...)` | `x.encode(errors='strict', ...)` |",
        "| `lib.total(x0, x1)` | `x0 + x1` |",
    ]


def test_the_page_shows_both_libraries_and_follows_them(small_book: Path, imprint) -> None:
    toc = TOC.replace("{file: one/second}]", "{file: one/second}, {file: api}]")
    write(small_book, {"_config.yml": ALIASES, "_toc.yml": toc, "api.md": REFERENCE})
    done = imprint(small_book, "build", "html", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    site = small_book / "build" / "html"
    page = (site / "api.html").read_text("utf-8")
    for name in ("alpha", "beta"):
        assert f'id="lib.{name}.double"' in page
    assert page.count("A First Section") >= 2 and 'href="one/first.html#sec-first"' in page
    assert "lib.length" in page and "x.bit_length(...)" in page
    first = small_book / "one" / "first.md"
    text = first.read_text("utf-8")
    first.write_text(text.replace("def double(x):", "def double(x, times=2):"), "utf-8")
    done = imprint(small_book, "build", "html", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (site / "api.html").read_text("utf-8")
    assert page.count("times") >= 2
