"""What the fork servers of kernels import where the book does not say: what most of the runs to do
import at the top of their cells."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from imprint.execution.kernelspecs import undecided, warm
from imprint.execution.run import Run

IMPORT = re.compile(
    r"^(?:import[ \t]+(?P<modules>[\w., \t]+)"
    r"|from[ \t]+(?P<package>[\w.]+)[ \t]+import[ \t]+\(?(?P<parts>[\w, \t]*))",
    re.MULTILINE,
)
"""An import at the top of a cell."""
UNSETTLES = re.compile(
    r"environ\b|putenv|sys\.(?:path|modules|meta_path)|addsitedir|chdir"
    r"|%(?:set_)?env\b|%(?:cd|pushd|popd)\b|[%!]\s*(?:pip|conda|mamba|uv)\b"
)
"""May change what an import after it finds, or what it does."""


def chosen(runs: Sequence[Run], installed: Callable[[Run], Callable[[str], bool]]) -> list[Run]:
    """The runs, with kernels from servers that import what most of them do, where nobody gave a
    list of modules. ``installed``: whether a module is installed for a run's kernel.

    A run that may change what such an import finds, before it, has a kernel without any.
    """
    groups: dict[int, list[Run]] = {}
    for run in runs:
        if undecided(run.spec) is not None:
            groups.setdefault(id(run.spec), []).append(run)
    specs = {}
    for group in groups.values():
        spec = group[0].spec
        modules = [*undecided(spec), *common(group, installed(group[0]))]
        cold, warmed = warm(spec, []), warm(spec, list(dict.fromkeys(modules)))
        preamble = UNSETTLES.search(" ".join(spec.argv))
        for run in group:
            specs[id(run)] = cold if preamble or unsettles(_code(run), modules) else warmed
    return [replace(run, spec=specs.get(id(run), run.spec)) for run in runs]


def common(runs: Sequence[Run], installed: Callable[[str], bool]) -> list[str]:
    """The installed modules that more than half of the runs import, as they are met."""
    counts = Counter(name for run in runs for name in dict.fromkeys(_names(_code(run))))
    folders = {run.folder for run in runs}

    def own(name: str) -> bool:
        """Whether a page may find another module of that name beside it."""
        first = name.partition(".")[0]
        return any((at / first).exists() or (at / f"{first}.py").exists() for at in folders)

    most = [name for name, count in counts.items() if count > len(runs) / 2]
    return [name for name in most if installed(name) and not own(name)]


def unsettles(code: str, modules: Sequence[str]) -> bool:
    """Whether code may change what one of its imports finds, before it."""
    first = UNSETTLES.search(code)
    packages = {name.partition(".")[0] for name in modules}
    return first is not None and any(
        name.partition(".")[0] in packages for name in _names(code[first.start() :])
    )


def _names(code: str) -> Iterator[str]:
    """The dotted names that code imports at the top: modules, and what may be one in a package."""
    for found in IMPORT.finditer(code):
        prefix = f"{found['package']}." if found["package"] else ""
        if prefix:
            yield found["package"]
        for part in (found["parts"] if prefix else found["modules"]).split(","):
            if words := part.split():
                yield prefix + words[0]


def _code(run: Run) -> str:
    cells = [cell for cell in run.executable.cells if cell.cell_type == "code"]
    return "\n".join(cell.source for cell in cells)
