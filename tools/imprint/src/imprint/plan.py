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


@dataclass(frozen=True)
class Kept:
    """A run whose result is in the store, not read yet."""

    name: str
    edition: str | None
    notebook: Notebook
    profile: ProfileName
    fingerprint: str

    def read(self, store: Store) -> Any | None:
        """The executed notebook; None where it proves damaged."""
        found = store.get(self.fingerprint)
        return found and adopt(found[0], executable(self.notebook, self.edition, self.profile))


@dataclass
class Plan:
    """The runs to do and the results that are there already."""

    runs: list[Run] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """The names of the runs that have no result and were not asked for."""
    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What is known of each run that has a result, by its name."""
    executed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Executed notebooks by edition and docname, as readers will see them."""
    shows_stderr: bool = True
    """Whether readers see what cells write to standard error."""

    def take(self, run: Run, executed: Any, record: Mapping[str, Any]) -> None:
        """Have what came of a run."""
        self.records[run.name] = record
        self._show(run.edition, run.docname, executed)

    def _show(self, edition: str | None, docname: str, executed: Any) -> None:
        if not self.shows_stderr:
            executed = without_stderr(executed)
        self.executed.setdefault(edition or "", {})[docname] = executed

    def read(self, store: Store) -> bool:
        """Read the results that are kept; False where one proves damaged and must run again."""
        for kept in self.kept:
            if (executed := kept.read(store)) is None:
                return False
            self._show(kept.edition, kept.notebook.page.docname, executed)
        return True


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
            if record := store.record(run.fingerprint):
                name = edition.name if edition else None
                kept = Kept(run.name, name, notebook, profile, run.fingerprint)
                plan.kept.append(kept)
                plan.records[run.name] = record
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
