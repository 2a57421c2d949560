"""The plan: which runs a build needs, with their fingerprints, and which of them are kept."""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from imprint.book import Book, Edition
from imprint.environments import Environment, check, environment
from imprint.errors import BookError
from imprint.execution.engine import FIGURE_FORMATS, ipython
from imprint.execution.run import Run
from imprint.fingerprint import fingerprint, library_digest
from imprint.notebooks import adopt, executable, without_stderr
from imprint.pages import Notebook
from imprint.settings import ProfileName
from imprint.store import Store

CELL_TIMEOUT, NOTEBOOK_TIMEOUT = 600.0, 3600.0
"""Seconds, where neither the page nor ``execute.timeout`` in ``_config.yml`` says another."""


@dataclass
class Plan:
    """The runs to do, and the results that are there already, by edition and docname."""

    runs: list[Run] = field(default_factory=list)
    executed: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    """The names of the runs whose results were in the store."""
    left: list[str] = field(default_factory=list)
    """The names of the runs that have no result and were not asked for."""
    shows_stderr: bool = True
    """Whether readers see what cells write to standard error."""

    def take(self, run: Run, executed: Any) -> None:
        """Have a run's executed notebook, as readers will see it."""
        docname = run.docname
        if not self.shows_stderr:
            executed = without_stderr(executed)
        self.executed.setdefault(run.edition or "", {})[docname] = executed


def make(
    book: Book,
    notebooks: Sequence[Notebook],
    store: Store,
    *,
    profile: ProfileName,
    editions: Sequence[Edition],
    libraries: Mapping[str, str],
    pages: Sequence[str] = (),
    gpus: bool = False,
) -> Plan:
    """Plan the runs that the store lacks, of the pages that match the globs ``pages`` (none:
    of all pages).

    Raises BookErrors where an edition's environment is missing or wrong.
    """
    for glob in pages:
        if not any(_matches(notebook, glob) for notebook in notebooks):
            raise BookError(f"no page matches {glob!r}", remedy="a path, a name or a glob of them")
    stderr = (book.config.get("execute") or {}).get("stderr_output", "show")
    plan = Plan(shows_stderr=stderr == "show")
    for edition in list(editions) or [None]:
        env = check(book, edition) if edition else environment(book, None)
        library = library_digest(book, edition, libraries.get(edition.name) if edition else None)
        for notebook in notebooks:
            if not executes(book, notebook) or (edition and not notebook.in_edition(edition.name)):
                continue
            run = _run(book, notebook, edition, env, library, profile, gpus)
            if found := store.get(run.fingerprint):
                plan.take(run, adopt(found[0], run.executable))
                plan.kept.append(run.name)
            elif not pages or any(_matches(notebook, glob) for glob in pages):
                plan.runs.append(run)
            else:
                plan.left.append(run.name)
    return plan


def executes(book: Book, notebook: Notebook) -> bool:
    """Whether a page is to be executed, by Jupyter Book's own settings."""
    if not notebook.executable:
        return False
    settings = book.config.get("execute") or {}
    mode = settings.get("execute_notebooks", "auto")
    if mode in (False, "off"):
        return False
    path = PurePosixPath(notebook.path)
    if any(path.match(pattern) for pattern in settings.get("exclude_patterns") or ()):
        return False
    if mode == "auto" and notebook.path.endswith(".ipynb"):
        code = [cell for cell in notebook.cells if cell.kind == "code" and cell.source.strip()]
        return not all(cell.outputs for cell in code)
    return True


def _matches(notebook: Notebook, glob: str) -> bool:
    path = Path(notebook.path)
    return fnmatch.fnmatch(notebook.path, glob) or path.match(glob) or path.stem == glob


def _run(
    book: Book, notebook: Notebook, edition: Edition | None, env: Environment, library: str,
    profile: ProfileName, gpus: bool,
) -> Run:  # fmt: skip
    node = executable(notebook, edition.name if edition else None, profile)
    settings = book.config.get("execute") or {}
    chosen = book.profiles.get(profile)
    variables = dict(chosen.env) if chosen else {}
    parameters = notebook.settings.smoke if profile == "smoke" else {}
    preamble = edition.settings.preamble if edition else ""
    timeout = notebook.settings.timeout or settings.get("timeout")
    if timeout is None:
        timeout = CELL_TIMEOUT if book.editions else 30
    limited = timeout > 0  # -1 is Jupyter Book's word for as long as it takes
    folder = (book.root / notebook.path).parent
    return Run(
        page=notebook.path,
        docname=notebook.page.docname,
        edition=edition.name if edition else None,
        profile=profile,
        executable=node,
        lines={index: cell.line for index, cell in enumerate(notebook.cells)},
        parameters=parameters,
        inputs={},
        fingerprint=fingerprint(
            node,
            parameters=parameters,
            environment=env.digest,
            library=library,
            env=variables,
            device="gpu" if gpus and notebook.settings.gpus else "cpu",
            folder=folder.relative_to(book.root).as_posix(),
            preamble=preamble,
        ),
        folder=folder,
        spec=ipython(env.python, preamble, FIGURE_FORMATS) if edition else None,
        env=variables,
        cell_timeout=timeout if limited else None,
        notebook_timeout=max(NOTEBOOK_TIMEOUT, timeout) if limited else None,
        allow_errors=bool(settings.get("allow_errors", False)),
        gpus=notebook.settings.gpus,
    )
