"""A Sphinx extension: equations are typeset when the site is built, and need no script to be read.

MathJax works page by page on what Sphinx has left for it in the finished HTML; what it made of a
formula is kept. A page with a formula that it cannot typeset, or with TeX in HTML that a program
wrote, has MathJax run in the browser as well.
"""

import hashlib
import html
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.util import logging

from imprint.publishing import mathjax
from imprint.publishing.finishing import finish_pages

LEFT_OUT = shutil.ignore_patterns("sre", "svg", "mml-*", "*-svg*", "*-full*", "node-main.js")
"""Speech in thirteen languages and renderers that the page does not ask for: 20 MB."""
SCRIPT, STYLES = "tex-chtml.js", "chtml.css"
NODE = 'class="math notranslate nohighlight'
FORMULA = re.compile(
    rf'(?P<open><(?P<tag>span|div) {NODE}[^"]*"[^>]*>'
    r'(?:\s*<span class="eqno">.*?</span>)?\s*)'
    r"(?:\\\((?P<inline>[^<]*)\\\)|\\\[(?P<display>[^<]*)\\\]|(?P<bare>\\begin\{[^<]*))\s*</(?P=tag)>",
    re.S,
)
LEFT_TO_THE_BROWSER = re.compile(
    r"tex2jax_process|mathjax_process|"
    r'class="output text_html(?:(?!<div class="cell |</article>).)*?(?:\$\$|\\\(|\\\[|\\begin\{)',
    re.S,
)  # fmt: skip
SCRIPTS = re.compile(
    r"\s*<script>window\.MathJax = .*?</script>|\s*<script[^>]*/" + SCRIPT + r"[^>]*></script>",
    re.S,
)
DEFINES = re.compile(mathjax.DEFINES)
REFERENCE, RELATED = re.compile(r"\\(eq)?ref\b"), re.compile(r"\\((eq)?ref|label)\b")
MATHML = re.compile(r"<math\b.*?</math>", re.S)
"""Stands in what MathJax makes of a formula, for those who do not see it."""
MATHJAX_ONLY = re.compile(r' (?:data-mjx|data-latex)[\w-]*="[^"]*"')
LETTER = re.compile(r'<m(?P<kind>[in]) mathvariant="(?P<variant>[a-z-]+)">(?P<letter>\w)</m[in]>')
ALPHABETS = {
    "bold": "BOLD", "bold-italic": "BOLD ITALIC", "double-struck": "DOUBLE-STRUCK",
    "bold-sans-serif": "SANS-SERIF BOLD", "script": "SCRIPT",
    "-tex-calligraphic": "SCRIPT", "fraktur": "FRAKTUR",
}  # fmt: skip
"""Unicode's names of alphabets by MathML's."""
ATTRIBUTES = re.compile(r' (?:data-[\w-]+|xmlns)="[^"]*"')
PATH = re.compile(rf'src="([^"]*){SCRIPT}')
logger = logging.getLogger(__name__)


class Formula(NamedTuple):
    """A formula of a page."""

    tex: str
    displayed: bool
    before: tuple[str, ...] = ()
    """Formulas that define what this one may use."""


class Typesetter:
    """Formulas to HTML; MathJax is started when one is asked for that is not known."""

    def __init__(self, macros: Mapping[str, Any], kept: Path) -> None:
        self.macros, self.kept = macros, kept
        self._started: tuple[int, subprocess.Popen] | None = None
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._create()
        except sqlite3.DatabaseError:  # a damaged file is no more than a loss of time
            kept.unlink(missing_ok=True)
            with suppress(sqlite3.Error):
                self._create()

    @classmethod
    def of(cls, app: Sphinx) -> "Typesetter":
        """The one that a book's settings ask for."""
        settings = (app.config.mathjax3_config or {}).get("tex") or {}
        return cls(settings.get("macros") or {}, Path(app.config.imprint_formulas))

    def typeset(
        self, formulas: Iterable[Formula], docname: str | None = None
    ) -> dict[Formula, str]:
        """The HTML of each formula; without those that cannot be typeset, of which a warning at
        the page tells."""
        digests = {formula: self._digest(formula) for formula in formulas}
        known = self._read(digests)
        new = [formula for formula in digests if formula not in known]
        for formula, (text, problem) in zip(new, self._ask(new) if new else [], strict=True):
            if problem:
                tex = " ".join(formula.tex.split())
                logger.warning("%s: %s", problem, tex, location=docname)
            else:
                known[formula] = text
        self._keep({digests[one]: known[one] for one in new if one in known})
        return known

    def known(self, formulas: Iterable[Formula]) -> dict[Formula, str]:
        """The HTML of those formulas that were typeset before."""
        return self._read({formula: self._digest(formula) for formula in formulas})

    def styles(self) -> str:
        """CSS for every formula, with the addresses of the fonts relative to it."""
        sheet = Formula("", False, (STYLES,))  # kept as formulas are: MathJax is slow to start
        digest = self._digest(sheet)
        known = self._read({sheet: digest})
        if not known:
            self._keep({digest: (text := self._ask(None))})
            return text
        return known[sheet]

    def close(self) -> None:
        """End MathJax's process, if this one started it."""
        if self.running:
            _, process = self._started
            process.stdin.close()
            process.wait()
        self._started = None

    @property
    def running(self) -> bool:
        """Whether MathJax was started; a fork of that process has to start its own."""
        return self._started is not None and self._started[0] == os.getpid()

    def _ask(self, what: Any) -> Any:
        if not self.running:
            command = [sys.executable, "-m", mathjax.__name__]
            pipe = subprocess.PIPE
            process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8"
            )
            self._started = os.getpid(), process
            process.stdin.write(json.dumps(self.macros) + "\n")
        _, process = self._started
        process.stdin.write(json.dumps(what) + "\n")
        process.stdin.flush()
        if not (answer := process.stdout.readline()):
            raise RuntimeError("MathJax's process has ended")
        return json.loads(answer)

    def _create(self) -> None:
        with closing(self._table()) as table, table:
            table.execute(
                "create table if not exists formulas (digest text primary key, html text)"
            )

    def _read(self, digests: Mapping[Formula, str]) -> dict[Formula, str]:
        """What is kept of these formulas; nothing where the file cannot be read."""
        rows: dict[str, str] = {}
        with suppress(sqlite3.Error), closing(self._table()) as table:
            for digest in digests.values():
                rows |= dict(table.execute("select * from formulas where digest = ?", (digest,)))
        return {formula: rows[digest] for formula, digest in digests.items() if digest in rows}

    def _keep(self, made: Mapping[str, str]) -> None:
        """Keep the HTML of formulas by digest, if that is possible: several processes write, and
        where the disk is full, that is said by those who write what matters."""
        with suppress(sqlite3.Error), closing(self._table()) as table, table:
            table.executemany("insert or ignore into formulas values (?, ?)", made.items())

    def _table(self) -> sqlite3.Connection:
        return sqlite3.connect(self.kept, timeout=60)

    def _digest(self, formula: Formula) -> str:
        made_from = json.dumps(
            [mathjax.TYPESETTER, mathjax.PACKAGES, self.macros, formula], sort_keys=True
        )
        return hashlib.sha256(made_from.encode()).hexdigest()


def with_equations(page: str, typesetter: Typesetter, docname: str | None = None) -> str:
    """A finished page with its formulas typeset, and without MathJax unless it is still needed."""
    if not (loaded := PATH.search(page)):
        return page
    page, made = _replaced(page, typesetter, docname, _chtml)
    readable = SCRIPTS.sub("", page)
    left = page.count(NODE) - page.count("<mjx-container ")
    if not left and not LEFT_TO_THE_BROWSER.search(readable):
        page = readable
    styles = f'<link rel="stylesheet" type="text/css" href="{loaded[1]}{STYLES}" />'
    return page.replace("</head>", f"{styles}\n</head>", 1) if made else page


def with_chtml(page: str, typesetter: Typesetter) -> str:
    """A finished page with its formulas as MathJax shows them; the style sheet is not asked for."""
    return _replaced(page, typesetter, None, _chtml)[0]


def with_mathml(page: str, typesetter: Typesetter, docname: str | None = None) -> str:
    """A finished page with its formulas in MathML, each with its TeX as what is read instead."""
    return _replaced(page, typesetter, docname, _mathml)[0]


def _chtml(tex: str, made: str) -> str:
    return made.replace("<mjx-container ", f'<mjx-container data-tex="{html.escape(tex)}" ', 1)


def _mathml(tex: str, made: str) -> str:
    formula = MATHJAX_ONLY.sub("", MATHML.search(made)[0])
    return formula.replace("<math ", f'<math alttext="{html.escape(" ".join(tex.split()))}" ', 1)


def short_mathml(made: str) -> str:
    """The MathML in what was made of a formula, as short as it can be; "" where there is none."""
    match = MATHML.search(made)
    return _letters(ATTRIBUTES.sub("", match[0])) if match else ""


def _letters(mathml: str) -> str:
    """Bold letters and such as characters of their own: browsers ignore the attribute that says
    it."""

    def letter(match: re.Match) -> str:
        alphabet = ALPHABETS.get(match["variant"])
        name = unicodedata.name(match["letter"], "")
        name = name.replace("LATIN ", "").replace("GREEK ", "").replace("LETTER ", "")
        for known in (f"MATHEMATICAL {alphabet} {name}", f"{alphabet} {name}"):
            with suppress(KeyError):
                return f"<m{match['kind']}>{unicodedata.lookup(known)}</m{match['kind']}>"
        return match[0]

    return LETTER.sub(letter, mathml)


def _replaced(
    page: str, typesetter: Typesetter, docname: str | None, shown: Callable[[str, str], str]
) -> tuple[str, bool]:
    """A page with its formulas replaced, and whether there are any that are.

    Where one cannot be, those that define something stay for the browser as well; as do those
    that refer to others, with what they may refer to.
    """
    formulas = list(_formulas(page))
    related = any(REFERENCE.search(one.tex) for one in formulas)
    wanted = [one for one in formulas if not (related and RELATED.search(one.tex))]
    made = typesetter.typeset(dict.fromkeys(wanted), docname)
    if len(made) < len(set(formulas)):
        made = {one: text for one, text in made.items() if not DEFINES.search(one.tex)}
    following = iter(formulas)

    def replaced(match: re.Match) -> str:
        formula = next(following)
        text = made.get(formula)
        if text is None:
            return match[0]
        return f"{match['open']}{shown(formula.tex, text)}</{match['tag']}>"

    return FORMULA.sub(replaced, page), bool(made)


def _formulas(page: str) -> Iterator[Formula]:
    """The formulas of a page, each with those before it that define something."""
    before: tuple[str, ...] = ()
    for match in FORMULA.finditer(page):
        parts = match.group("inline", "display", "bare")
        tex = html.unescape(next(text for text in parts if text is not None)).strip()
        yield Formula(tex, match["inline"] is None, before)
        if DEFINES.search(tex):
            before = (*before, tex)


def typeset_pages(app: Sphinx) -> None:
    """Have every page typeset when its HTML is made."""
    if app.builder.format != "html":
        return
    typesetter = Typesetter.of(app)
    finish_pages(app, lambda page, told: with_equations(page, typesetter, told.get("pagename")))
    app.connect("build-finished", lambda app, error: copy(app, error, typesetter))


def copy(app: Sphinx, error: Exception | None, typesetter: Typesetter) -> None:
    """MathJax's fonts and styles, and its script for the pages that need it."""
    target = Path(app.outdir) / "_static" / "mathjax"
    if error is None and not (target / STYLES).exists():
        shutil.copytree(mathjax.folder(), target, ignore=LEFT_OUT, dirs_exist_ok=True)
        (target / STYLES).write_text(typesetter.styles(), "utf-8")
    typesetter.close()


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx.ext.mathjax")
    app.add_config_value("imprint_formulas", "", "")
    app.config.mathjax_path = f"mathjax/{SCRIPT}"
    app.connect("builder-inited", typeset_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
