"""The datasets of a run: which it reads, told from the calls that the book says take their names,
and what stands for the content of each."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from imprint.fingerprint.cells import Code, key_of
from imprint.fingerprint.definitions import Library, Reached
from imprint.fingerprint.literals import Literals
from imprint.fingerprint.modules import Edge, Name, Paths
from imprint.fingerprint.reads import Files
from imprint.fingerprint.statements import Module, Statement


@dataclass(frozen=True)
class Datasets:
    """What a book says about its datasets, under ``datasets:`` in ``_config.yml``."""

    calls: Sequence[str] = ()
    """The functions whose first argument is a dataset's name: ``d2l.data.download``."""
    registry: str | None = None
    """The dictionary that holds an entry by each name: ``d2l.data.DATA_HUB``. A run then depends
    on the entries of its own datasets and on no other's."""
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By profile: globs of files, relative to the book's root, whose content stands for that of a
    dataset; ``{name}`` in them is its name. Without one, its entry does."""


@dataclass
class Used:
    """What a run reaches, of the book's modules and of its datasets."""

    reached: Reached
    names: set[str]
    any: bool = False
    """Whether it may use any dataset."""

    def note(self, found: Literals, calls: set[Name], leads: Callable[..., Iterable[Edge]]) -> None:
        """Note the datasets that a piece of code names; ``leads`` follows its names."""
        for (name, *rest), text in found.calls:
            if not calls.isdisjoint(leads(name, tuple(rest))):
                self.any |= text is None
                self.names |= {text} - {None}
        for name, *rest in found.loose:  # to be called with whatever name
            self.any |= not calls.isdisjoint(leads(name, tuple(rest)))


def used_by(
    library: Library, code: Code, folder: Path, datasets: Datasets, declared: Iterable[str] = ()
) -> Used:
    """The definitions and the datasets that a page in ``folder`` reaches.

    Of the registry of datasets, only the entries of those count that the page uses, if all of
    these can be told: nothing reaches the registry but through the calls, and these have literal
    names.
    """
    paths = library.paths(folder, code.literals.search)
    registry = _name(paths, datasets.registry)
    calls = {name for call in datasets.calls if (name := _name(paths, call))}
    search = library.search(paths, apart=registry, blocked=calls)
    reached = search.of_page(code)
    used = Used(reached, set(declared))
    for binding, chain in code.uses:
        if chain and (key := key_of(chain[-1])) and registry in paths.follow(binding, chain):
            used.names.add(key)
    used.any = registry in reached.names
    used.any |= any(name.module in reached.whole for name in (registry, *calls) if name)
    if calls:
        used.note(code.literals, calls, partial(_from_page, paths, code))
        for statement in list(reached.statements):
            own = library.dataset_uses.get((paths, statement))
            if own is None:
                own = library.dataset_uses[paths, statement] = Used(Reached(), set())
                found = library.literals(statement)
                own.note(found, calls, partial(_from, paths, statement.module))
            used.names |= own.names
            used.any |= own.any
    search.unblock()
    for entry in search.entries:
        if used.any or _entry_key(entry) is None or _entry_key(entry) in used.names:
            search.of_statements([entry])
    return used


def depends_on(used: Used, files: Files, datasets: Datasets, profile: str) -> dict[str, str]:
    """The digests of what stands for the content of the datasets in a profile, by name."""
    globs = datasets.sources.get(profile, ())
    found = {}
    for name in sorted(used.names):
        found[f"dataset {name}"] = files.sources(
            pattern.replace("{name}", name) for pattern in globs
        )
    if used.any:
        found["datasets"] = files.sources(pattern.replace("{name}", "*") for pattern in globs)
    return found


def _name(paths: Paths, dotted: str | None) -> Name | None:
    """The name of a module that a dotted text means; None where there is no such module."""
    module, _, name = (dotted or "").rpartition(".")
    found = paths.find(module) if module else None
    return Name(found, name) if found else None


def _from_page(paths: Paths, code: Code, name: str, chain: tuple[str, ...]) -> Iterator[Edge]:
    for binding in code.imports.get(name, ()):
        yield from paths.follow(binding, chain)


def _from(paths: Paths, module: Module, name: str, chain: tuple[str, ...]) -> Iterable[Edge]:
    return paths.bound(module, name, chain) if name in module.binders else ()


def _entry_key(statement: Statement) -> str | None:
    """The key of an entry that a statement adds to the registry, if it is a literal."""
    match statement.node:
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str() as key))]):
            return key
    return None
