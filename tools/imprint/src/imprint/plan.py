"""The plan: which runs a build needs, with their fingerprints, and which of them are kept."""

import ast
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from jupyter_client.kernelspec import KernelSpec

from imprint.book import Book, Edition, matches
from imprint.cells import Cell
from imprint.environments import Environment, check, environment
from imprint.errors import BookError, Gathering
from imprint.execution.kernelspecs import FIGURE_FORMATS, installed, ipython, kernel_name
from imprint.execution.run import Run
from imprint.fingerprint import Conditions, Datasets, Dependencies, Inputs
from imprint.memo import Memo, memo
from imprint.notebooks import adopt, executable, without_stderr
from imprint.pages import Notebook
from imprint.settings import ProfileName
from imprint.store import Store

CELL_TIMEOUT, NOTEBOOK_TIMEOUT = 600.0, 3600.0
"""Seconds, where neither the page nor ``execute.timeout`` in ``_config.yml`` says another."""


@dataclass
class Plan:
    """The runs to do and the results that are there already."""

    dependencies: Dependencies
    environments: dict[str | None, Environment] = field(default_factory=dict)
    """By edition."""
    runs: list[Run] = field(default_factory=list)
    kept: list[Run] = field(default_factory=list)
    """The runs whose results are in the store."""
    left: list[str] = field(default_factory=list)
    """The names of the runs that have no result and were not asked for."""
    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What is known of each run that has a result, by its name."""
    executed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Executed notebooks by edition and docname, as readers will see them."""
    shows_stderr: bool = True
    """Whether readers see what cells write to standard error."""
    began: int = field(default_factory=time.time_ns)
    """Nanoseconds since the epoch: what was read is not older."""
    _inputs: dict[str, Callable[[Dependencies], Inputs]] = field(default_factory=dict)
    """By the name of a run: its inputs, as they are found now."""

    def installed(self, run: Run) -> Callable[[str], bool]:
        """What tells whether a module is installed for a run's kernel."""
        python = Path(run.spec.argv[0]) if run.spec else Path()
        known = self.environments[run.edition]
        return (known if known.python == python else Environment(python)).has_module

    def holds(self, run: Run) -> bool:
        """Whether a run that has ended read what it was planned for: nobody edited that since."""
        if not self.dependencies.touched(run.inputs, self.began):
            return True
        try:
            now = self._inputs[run.name](self.dependencies.anew())
        except BookError:  # a file that its front matter declares is gone
            return False
        return now.fingerprint == run.fingerprint

    def records_of(self, page: str, editions: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """What is known of the runs of a page that have a result, by edition."""
        names = {edition: f"{page} [{edition}]" for edition in editions}
        return {one: self.records[name] for one, name in names.items() if name in self.records}

    def take(self, run: Run, executed: Any, record: Mapping[str, Any]) -> None:
        """Have what came of a run."""
        self.records[run.name] = record
        self._show(run.edition, run.docname, executed)

    def _show(self, edition: str | None, docname: str, executed: Any) -> None:
        if not self.shows_stderr:
            executed = without_stderr(executed)
        self.executed.setdefault(edition or "", {})[docname] = executed

    def origin(self, name: str) -> str | None:
        """The page that a definition among the inputs comes from."""
        return self.dependencies.origin(name)

    def read(self, store: Store) -> bool:
        """Read the results that are kept; False where one proves damaged and must run again."""
        for run in self.kept:
            found = store.get(run.fingerprint)
            if found is None:
                return False
            self._show(run.edition, run.docname, adopt(found[0], run.executable))
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
    of all pages). ``libraries``: the generated modules' texts by edition; ``gpus``: whether
    there are any for the pages that want them.

    Raises BookErrors where an edition's environment is missing or wrong.
    """
    for glob in pages:
        if not any(matches(notebook.path, [glob]) for notebook in notebooks):
            raise BookError(f"no page matches {glob!r}", remedy="a path, a name or a glob of them")
    stderr = (book.config.get("execute") or {}).get("stderr_output", "show")
    began, needed, mistakes = time.time_ns(), [], Gathering()
    with memo(book.build / "memo" / "cells") as known:
        reached = dependencies(book, libraries, known)
        plan = Plan(reached, shows_stderr=stderr == "show", began=began)
        makers = []
        for edition in editions or [None]:
            with mistakes:
                env = check(book, edition) if edition else environment(book, None)
                plan.environments[edition.name if edition else None] = env
                library = libraries.get(edition.name, "") if edition else ""
                makers.append(_Maker(book, edition, env, library, profile, plan.dependencies, gpus))
        chosen = [(maker, page, maker.executable(page))
                  for page in notebooks for maker in makers if maker.executes(page)]  # fmt: skip
        plan.dependencies.read_ahead((node, maker.conditions) for maker, _, node in chosen)
        for maker, page, node in chosen:
            with mistakes:
                needed.append(run := maker.run(page, node))
                plan._inputs[run.name] = partial(maker.inputs, page, node)
        mistakes.finish()
    store.prefetch((run.fingerprint for run in needed), (run.key for run in needed))
    for run in needed:
        if record := store.record(run.fingerprint):
            plan.kept.append(run)
            plan.records[run.name] = record
        elif matches(run.page, pages):
            last = store.last(run.key)
            plan.runs.append(replace(run, last=last) if last else run)
        else:
            plan.left.append(run.name)
    return plan


def fingerprints(
    book: Book, notebooks: Sequence[Notebook], libraries: Mapping[str, str]
) -> set[str]:
    """The fingerprints of all runs of a book: every edition and profile, with and without GPUs."""
    found, reached = set(), dependencies(book, libraries)
    for edition, profile, gpus in itertools.product(
        book.editions or [None], get_args(ProfileName), (False, True)
    ):
        env = check(book, edition) if edition else environment(book, None)
        maker = _Maker(book, edition, env, "", profile, reached, gpus)
        for one in filter(maker.executes, notebooks):
            found.add(maker.run(one, maker.executable(one)).fingerprint)
    return found


def dependencies(
    book: Book, libraries: Mapping[str, str], known: Memo | None = None
) -> Dependencies:
    """What the runs of a book depend on, whatever the profile and the edition."""
    texts = {str(book.edition(name).settings.library): text for name, text in libraries.items()}
    datasets = Datasets(**book.datasets.model_dump())
    return Dependencies.of_book(book.root, texts, datasets, known)


def executes(book: Book, notebook: Notebook) -> bool:
    """Whether a page is to be executed, by Jupyter Book's own settings."""
    if not notebook.executable:
        return False
    settings = book.config.get("execute") or {}
    mode = settings.get("execute_notebooks", "auto")
    if mode in (False, "off"):
        return False
    excluded = settings.get("exclude_patterns") or ()
    if any(PurePosixPath(notebook.path).match(pattern) for pattern in excluded):
        return False
    if mode == "auto" and notebook.path.endswith(".ipynb"):
        code = [cell for cell in notebook.cells if cell.kind == "code" and cell.source.strip()]
        return not all(cell.outputs for cell in code)
    return True


@dataclass(frozen=True)
class _Maker:
    """Makes the runs of one edition in one profile."""

    book: Book
    edition: Edition | None
    env: Environment
    library: str
    """The text of the edition's library."""
    profile: ProfileName
    dependencies: Dependencies
    gpus: bool

    def executes(self, notebook: Notebook) -> bool:
        edition = self.edition
        return executes(self.book, notebook) and not (
            edition and not notebook.in_edition(edition.name)
        )

    @cached_property
    def conditions(self) -> Conditions:
        chosen = self.book.profiles.get(self.profile)
        preamble = self.edition.settings.preamble if self.edition else ""
        env = dict(chosen.env) if chosen else {}
        return Conditions(self.profile, self.env.versions, env, preamble)

    @cached_property
    def kernel(self) -> KernelSpec | None:
        """The edition's kernel; None: the one that each page names."""
        if self.edition is None:
            return None
        settings = self.edition.settings
        early = [*(settings.preload or ()), *imports(self.library, self.env)]
        preload = list(dict.fromkeys(early)) if settings.warm else None
        careful = settings.preload is None
        return ipython(self.env.python, settings.preamble, FIGURE_FORMATS, preload, careful)

    @property
    def _name(self) -> str | None:
        return self.edition.name if self.edition else None

    def executable(self, notebook: Notebook) -> Any:
        """The nbformat node that is run of a page."""
        return executable(notebook, self._name, self.profile)

    def parameters(self, notebook: Notebook) -> Mapping[str, Any]:
        return notebook.settings.smoke if self.profile == "smoke" else {}

    @cached_property
    def fails(self) -> bool:
        """Whether cells may fail without ending a run."""
        return bool((self.book.config.get("execute") or {}).get("allow_errors", False))

    def inputs(self, notebook: Notebook, node: Any, dependencies: Dependencies) -> Inputs:
        """What the outputs of a page depend on, of which ``node`` is executed."""
        return dependencies.inputs(
            node,
            self.conditions,
            page=notebook.path,
            parameters=self.parameters(notebook),
            device="gpu" if self.gpus and notebook.settings.gpus else "cpu",
            files=notebook.settings.files,
            data=notebook.settings.data,
            fails=self.fails,
        )

    def run(self, notebook: Notebook, node: Any) -> Run:
        """The run of a page, of which ``node`` is executed."""
        inputs = self.inputs(notebook, node, self.dependencies)
        execute = self.book.config.get("execute") or {}
        timeout = notebook.settings.timeout or execute.get("timeout")
        if timeout is None:
            timeout = CELL_TIMEOUT if self.book.editions else 30
        limited = timeout > 0  # -1 is Jupyter Book's word for as long as it takes
        return Run(
            page=notebook.path,
            docname=notebook.page.docname,
            edition=self._name,
            profile=self.profile,
            executable=node,
            lines={index: _lines(cell) for index, cell in notebook.select(self._name)},
            parameters=self.parameters(notebook),
            fingerprint=inputs.fingerprint,
            inputs=inputs,
            folder=(self.book.root / notebook.path).parent,
            spec=self.kernel or installed(kernel_name(node)),
            env=self.conditions.env,
            cell_timeout=timeout if limited else None,
            notebook_timeout=max(NOTEBOOK_TIMEOUT, timeout) if limited else None,
            allow_errors=self.fails,
            gpus=notebook.settings.gpus,
        )


def _lines(cell: Cell) -> Sequence[int]:
    """The page's line of each line of a cell."""
    count = cell.source.count("\n") + 1
    return [cell.page_line(row) for row in range(1, count + 1)] if cell.rows else range(
        cell.line, cell.line + count
    )  # fmt: skip


def imports(library: str, env: Environment) -> Iterator[str]:
    """What a library imports at its head from what is installed in its environment."""
    for node in ast.parse(library).body:
        names = [part.name for part in getattr(node, "names", ())]
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{name}" for name in names)]
        elif not isinstance(node, ast.Import):
            continue
        yield from filter(env.has_module, names)
