"""One Sphinx build of the book's sources where they lie, in a process of its own."""

import hashlib
import io
import json
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from imprint.errors import BookError
from imprint.execution.machine import cores
from imprint.garbage import seldom_collected
from imprint.publishing.outlines import numbering
from imprint.publishing.processes import ended_with_this
from imprint.store import write_whole

SAFE = {"sphinx_jupyterbook_latex", "sphinx_multitoc_numbering"}
"""Extensions that Jupyter Book adds and that say nothing of it: the first has nothing to do with
websites, the second works where all pages are read."""
ANSI = re.compile(r"\x1b\[[0-9;]*m")
CITES = "{cite"
"""Stands in the text of a page that shows something of the bibliography."""
AGAIN = "again.json"
"""Beside the doctrees: the pages that the next build reads again whatever has become of them,
for they had warnings. It is not there while Sphinx works: where it was stopped, all are read."""


@dataclass(frozen=True)
class Job:
    """What Sphinx is to make, picklable."""

    root: Path
    builder: str
    settings: Mapping[str, Any]
    texts: Mapping[str, str]
    """The text that replaces each page's own, by docname."""
    output: Path
    doctrees: Path
    overrides: Mapping[str, Any] = field(default_factory=dict)


@seldom_collected()
def run(job: Job) -> list[str]:
    """Build; the warnings, one each, beginning with the author's file and line.

    Raises BookError where Sphinx cannot go on.
    """
    warnings = io.StringIO()
    status = io.StringIO()
    try:
        with patch_docutils(), docutils_namespace(), numbering(), ended_with_this():
            app = Sphinx(
                srcdir=job.root,
                confdir=None,
                outdir=job.output,
                doctreedir=job.doctrees,
                buildername=job.builder,
                confoverrides={**job.settings, **job.overrides},
                status=status,
                warning=warnings,
            )
            app.parallel = _processes(app)
            again = _take(job.doctrees / AGAIN)
            _connect(app, job.texts, again or [])
            app.build(force_all=again is None)
    except SphinxError as error:
        raise BookError(f"{error.category}: {error}") from None
    except OSError as error:
        raise BookError(f"cannot write: {error.strerror}", error.filename or job.output) from None
    lines = _lines(warnings.getvalue(), job.root)
    warned = {app.project.path2doc(line.partition(":")[0]) for line in lines}
    write_whole(job.doctrees / AGAIN, json.dumps(sorted(warned & set(job.texts))).encode())
    return lines


def _processes(app: Sphinx) -> int:
    """As many as there are cores, for a website whose extensions all say that several processes
    may use them at once."""
    for extension in app.extensions.values():
        if extension.name in SAFE and extension.parallel_read_safe is None:
            extension.parallel_read_safe = True
        if not (extension.parallel_read_safe and extension.parallel_write_safe):
            return 1
    return cores() if app.builder.format == "html" else 1


def _take(path: Path) -> list[str] | None:
    """The list in a JSON file, which is taken away; None where there is none."""
    try:
        names = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    path.unlink()
    return names


def _connect(app: Sphinx, texts: Mapping[str, str], again: Collection[str]) -> None:
    """Have Sphinx read our text of each page, and read again the pages whose text changed and
    those named in ``again``."""
    bibliography = b"".join(
        (Path(app.srcdir) / file).read_bytes()
        for file in getattr(app.config, "bibtex_bibfiles", None) or ()
        if (Path(app.srcdir) / file).is_file()
    )
    digests = {
        name: hashlib.sha256(text.encode() + (bibliography if CITES in text else b"")).hexdigest()
        for name, text in texts.items()
    }

    def replace(app: Sphinx, docname: str, content: list[str]) -> None:
        if docname in texts:
            content[0] = texts[docname]
            app.env.metadata[docname]["imprint_digest"] = digests[docname]

    def outdated(app: Sphinx, env: Any, added: set, changed: set, removed: set) -> list[str]:
        if app.builder.format == "html":  # a page that left the book leaves the site as well
            for name in removed:
                Path(app.builder.get_outfilename(name)).unlink(missing_ok=True)
        return [
            name for name in digests
            if name not in added and name in env.found_docs
            and (name in again or _digest(env, name) != digests[name])
        ]  # fmt: skip

    app.connect("source-read", replace)
    app.connect("env-get-outdated", outdated)


def _digest(env: Any, docname: str) -> str | None:
    return env.metadata[docname].get("imprint_digest") if docname in env.metadata else None


def _lines(text: str, root: Path) -> list[str]:
    """Sphinx's warnings with paths relative to the book, each one line or block."""
    blocks: list[str] = []
    for line in ANSI.sub("", text).splitlines():
        line = line.replace(f"{root}/", "")
        if ": WARNING: " in line or ": ERROR: " in line or line.startswith("WARNING: "):
            blocks.append(line)
        elif blocks and line.strip():
            blocks[-1] += "\n" + line
        elif line.strip():
            blocks.append(line)
    return blocks


sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))
