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
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

from imprint.publishing import mathjax

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
    r'class="output text_html[^>]*>(?:(?!</div>).)*?(?:\$\$|\\\(|\\\[)', re.S,
)  # fmt: skip
SCRIPTS = re.compile(
    r"\s*<script>window\.MathJax = .*?</script>|\s*<script[^>]*/" + SCRIPT + r"[^>]*></script>",
    re.S,
)
PATH = re.compile(rf'src="([^"]*){SCRIPT}')
logger = logging.getLogger(__name__)


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

    def typeset(
        self, formulas: Iterable[tuple[str, bool]], docname: str | None = None
    ) -> dict[tuple[str, bool], str]:
        """The HTML of each formula, which is TeX and whether it is displayed; without those that
        cannot be typeset, of which a warning at the page tells."""
        digests = {formula: self._digest(formula) for formula in formulas}
        known = self._read(digests)
        new = [formula for formula in digests if formula not in known]
        for formula, (text, problem) in zip(new, self._ask(new) if new else [], strict=True):
            if problem:
                tex = " ".join(formula[0].split())
                logger.warning("%s: %s", problem, tex, location=docname)
            else:
                known[formula] = text
        self._keep({digests[one]: known[one] for one in new if one in known})
        return known

    def known(self, formulas: Iterable[tuple[str, bool]]) -> dict[tuple[str, bool], str]:
        """The HTML of those formulas that were typeset before."""
        return self._read({formula: self._digest(formula) for formula in formulas})

    def styles(self) -> str:
        """CSS for every formula, with the addresses of the fonts relative to it."""
        return self._ask(None)

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

    def _read(self, digests: Mapping[tuple[str, bool], str]) -> dict[tuple[str, bool], str]:
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

    def _digest(self, formula: tuple[str, bool]) -> str:
        made_from = json.dumps(
            [mathjax.TYPESETTER, mathjax.PACKAGES, self.macros, formula], sort_keys=True
        )
        return hashlib.sha256(made_from.encode()).hexdigest()


def with_equations(page: str, typesetter: Typesetter, docname: str | None = None) -> str:
    """A finished page with its formulas typeset, and without MathJax unless it is still needed."""
    found = {match: _tex(match) for match in FORMULA.finditer(page)}
    made = typesetter.typeset(dict.fromkeys(found.values()), docname)

    def replaced(match: re.Match) -> str:
        text = made.get(_tex(match))
        if text is None:
            return match[0]
        tex = html.escape(_tex(match)[0])
        text = text.replace("<mjx-container ", f'<mjx-container data-tex="{tex}" ', 1)
        return f"{match['open']}{text}</{match['tag']}>"

    page = FORMULA.sub(replaced, page)
    static = PATH.search(page)[1]
    readable = SCRIPTS.sub("", page)
    left = page.count(NODE) - page.count("<mjx-container ")
    if not left and not LEFT_TO_THE_BROWSER.search(readable):
        page = readable
    styles = f'<link rel="stylesheet" type="text/css" href="{static}{STYLES}" />'
    return page.replace("</head>", f"{styles}\n</head>", 1) if made else page


def _tex(match: re.Match) -> tuple[str, bool]:
    text = next(text for text in match.group("inline", "display", "bare") if text is not None)
    return html.unescape(text).strip(), match["inline"] is None


def typeset_pages(app: Sphinx) -> None:
    """Have every page typeset when its HTML is made."""
    if app.builder.format != "html":
        return
    settings = (app.config.mathjax3_config or {}).get("tex") or {}
    typesetter = Typesetter(settings.get("macros") or {}, Path(app.config.imprint_formulas))
    render = app.builder.templates.render

    def rendered(template: str, context: dict) -> str:
        page = render(template, context)
        docname = context.get("pagename")
        return with_equations(page, typesetter, docname) if f"/{SCRIPT}" in page else page

    app.builder.templates.render = rendered
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
