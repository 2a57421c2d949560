"""The book: its settings and its pages in reading order."""

import fnmatch
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from sphinx_external_toc.api import FileItem, GlobItem
from sphinx_external_toc.parsing import MalformedError, parse_toc_data

from imprint.aliases import Aliases
from imprint.errors import BookError, BookErrors, Gathering
from imprint.library import dotted
from imprint.settings import (
    CheckSettings,
    DaskSettings,
    DatasetSettings,
    EditionSettings,
    ExecuteSettings,
    HostedSettings,
    Model,
    ProfileName,
    ProfileSettings,
    SlidesSettings,
    StoreSettings,
    line_numbers,
    nearest_line,
    parse_yaml,
    read_source,
    validated,
)

CONFIG, TOC = "_config.yml", "_toc.yml"
PAGE_SUFFIXES = (".md", ".ipynb", ".rst")
JUPYTER_TAGS = frozenset(
    f"{verb}-{part}" for verb in ("hide", "remove") for part in ("input", "output", "cell")
) | {
    "full-width", "margin", "output_scroll", "parameters", "popout", "raises-exception",
    "remove-stderr", "remove-stdout", "scroll-output", "skip-execution",
}  # fmt: skip
SLIDE, FRAGMENT = "slide", "fragment"
"""Cells that begin a slide of their chapter's presentation, or come onto the one before."""
CHECK_TAGS = frozenset({"check", "check-full"})
"""Cells that run and are not shown; ``check-full`` runs in the full profile only."""


@dataclass(frozen=True)
class Edition:
    """One reading of the book: a kernel, an environment, a library module, its own PDF."""

    name: str
    settings: EditionSettings

    @property
    def title(self) -> str:
        return self.settings.title

    @cached_property
    def aliases(self) -> Aliases | None:
        """Those of its library; None where it declares none."""
        settings = self.settings.aliases
        if not settings.targets:
            return None
        module = dotted(str(self.settings.library))
        return Aliases(module, settings.targets, settings.keywords, settings.modules)


@dataclass(frozen=True)
class Page:
    """One source file. ``path`` and ``docname`` are POSIX, relative to the book's root."""

    path: str
    docname: str
    chapter: str = ""
    """The docname of the page that opens its chapter."""


@dataclass
class Book:
    """The settings and the pages in reading order."""

    root: Path
    config: dict[str, Any]
    toc: dict[str, Any]
    pages: tuple[Page, ...]
    editions: tuple[Edition, ...] = ()
    profiles: dict[str, ProfileSettings] = field(default_factory=dict)
    datasets: DatasetSettings = DatasetSettings()
    hosted: HostedSettings | None = None
    slides: SlidesSettings | None = None
    store: StoreSettings | None = None
    dask: DaskSettings = DaskSettings()
    checks: CheckSettings = CheckSettings()

    @property
    def title(self) -> str:
        return self.config.get("title", self.root.name)

    @property
    def short_name(self) -> str:
        """What the names of its files begin with."""
        return self.config.get("project") or self.root.name

    @property
    def macros(self) -> dict[str, list]:
        """The mathematics' macros by name, from MathJax's settings: the text, and for some
        the number of arguments and the default of the first."""
        settings = (self.config.get("sphinx") or {}).get("config") or {}
        macros = ((settings.get("mathjax3_config") or {}).get("tex") or {}).get("macros") or {}
        return {name: m if isinstance(m, list) else [m] for name, m in macros.items()}

    @property
    def build(self) -> Path:
        """Where everything generated goes."""
        return self.root / "build"

    @cached_property
    def tags(self) -> frozenset[str]:
        """Every tag a cell may carry besides the names of editions."""
        declared = self.config.get("cell_tags") or []
        return JUPYTER_TAGS | CHECK_TAGS | {SLIDE, FRAGMENT} | frozenset(declared)

    @cached_property
    def default_edition(self) -> Edition | None:
        chosen = [edition for edition in self.editions if edition.settings.default]
        return (chosen or list(self.editions) or [None])[0]

    def edition(self, name: str) -> Edition:
        for edition in self.editions:
            if edition.name == name:
                return edition
        known = ", ".join(edition.name for edition in self.editions) or "none"
        raise BookError(f"no edition named {name!r}", CONFIG, remedy=f"editions here: {known}")


def matches(page: str, globs: Sequence[str]) -> bool:
    """Whether a page's file is meant by one of the globs: of its path, with its suffix or without,
    or by its bare name. Where there is none, all pages are meant."""
    if not globs:
        return True
    path = PurePosixPath(page)
    names = (path, path.with_suffix(""))
    return any(fnmatch.fnmatch(str(name), glob) or name.match(glob)
               for name in names for glob in globs)  # fmt: skip


def load(root: Path) -> Book:
    """Read ``_config.yml`` and ``_toc.yml`` under ``root``.

    Raises BookErrors naming file and line for malformed YAML, unknown or invalid keys of
    ours, and every page of the table of contents that is not there.
    """
    root = root.resolve()
    config, text = _read_yaml(root, CONFIG)
    config_lines = line_numbers(text)
    toc, toc_text = _read_yaml(root, TOC)
    editions = tuple(
        Edition(name, settings)
        for name, settings in _settings(config, "editions", EditionSettings, config_lines).items()
    )
    profiles = _settings(config, "profiles", ProfileSettings, config_lines)
    one = partial(_setting, config, config_lines)
    _check(root, config, editions, profiles, config_lines)
    return Book(
        root=root,
        config=config,
        toc=toc,
        pages=tuple(_pages(root, toc, toc_text)),
        editions=editions,
        profiles=profiles,
        datasets=one("datasets", DatasetSettings) or DatasetSettings(),
        hosted=one("hosted", HostedSettings, "repository"),
        slides=one("slides", SlidesSettings, "theme"),
        store=one("store", StoreSettings, "url"),
        dask=one("dask", DaskSettings, "scheduler") or DaskSettings(),
        checks=one("checks", CheckSettings) or CheckSettings(),
    )


def _read_yaml(root: Path, name: str) -> tuple[dict[str, Any], str]:
    """What stands in a file, and its text."""
    try:
        text = read_source(root, name)
    except FileNotFoundError:
        raise BookError(
            f"there is no {name} in {root}", remedy="run imprint in the book's folder"
        ) from None
    data = parse_yaml(text, name)
    if not isinstance(data, dict):
        raise BookError("expected `key: value` lines", name, 1)
    return data, text


def _check(
    root: Path, config: dict, editions: tuple[Edition, ...],
    profiles: Mapping[str, ProfileSettings], lines: dict[tuple, int],
) -> None:  # fmt: skip
    """Refuse settings that are well formed and cannot be meant."""
    wrong = partial(_wrong, lines)
    errors = []
    for edition in editions:
        if not _NAME.fullmatch(edition.name) or edition.name in JUPYTER_TAGS | CHECK_TAGS:
            errors.append(wrong(
                f"{edition.name!r} cannot name an edition", "editions", edition.name,
                remedy="letters, digits and -, and no tag of Jupyter's own",
            ))  # fmt: skip
        for key in ("requirements", "constraints"):
            file = getattr(edition.settings, key)
            if file and not (root / file).is_file():
                errors.append(wrong(
                    f"editions.{edition.name}.{key}: there is no file {file}",
                    "editions", edition.name, key,
                ))  # fmt: skip
        if edition.settings.aliases.targets and not edition.settings.library:
            errors.append(wrong(
                f"editions.{edition.name}.aliases: names of a library, and there is none",
                "editions", edition.name, "aliases", remedy="add library: package/module.py",
            ))  # fmt: skip
    defaults = [edition.name for edition in editions if edition.settings.default]
    if len(defaults) > 1:
        errors.append(wrong(
            f"{' and '.join(defaults)} are both the default edition",
            "editions", defaults[1], "default", remedy="leave `default: true` on one",
        ))  # fmt: skip
    for name in profiles:
        if name not in get_args(ProfileName):
            known = ", ".join(get_args(ProfileName))
            errors.append(wrong(f"no profile named {name!r}", "profiles", name,
                                remedy=f"profiles: {known}"))  # fmt: skip
    tags = config.get("cell_tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        errors.append(wrong("cell_tags: expected a list of tags", "cell_tags",
                            remedy="write cell_tags: [one, another]"))  # fmt: skip
    mistakes = Gathering(errors)
    with mistakes:
        validated(ExecuteSettings, config.get("execute") or {}, CONFIG, lines, ("execute",))
    mistakes.finish()


def _wrong(
    lines: dict[tuple, int], message: str, *key: str, remedy: str | None = None
) -> BookError:
    """A mistake in ``_config.yml`` on the line of ``key``."""
    return BookError(message, CONFIG, nearest_line(lines, key), remedy)


def _settings(
    config: dict, key: str, model: type[Model], lines: dict[tuple, int]
) -> dict[str, Model]:
    entries = config.get(key) or {}
    if not isinstance(entries, dict):
        raise BookError(f"{key}: expected one `name: {{…}}` per line", CONFIG, lines.get((key,)))
    read, mistakes = {}, Gathering()
    for name, entry in entries.items():
        with mistakes:
            read[str(name)] = validated(model, entry, CONFIG, lines, (key, str(name)))
    mistakes.finish()
    return read


def _setting(
    config: dict, lines: dict[tuple, int], key: str, model: type[Model], main: str | None = None
) -> Model | None:
    """What stands under a key of ours; a text alone is its ``main`` setting."""
    entry = config.get(key)
    if entry is None:
        return None
    if main and isinstance(entry, str):
        entry = {main: entry}
    return validated(model, entry, CONFIG, lines, (key,))


def _pages(root: Path, toc: dict, text: str) -> Iterator[Page]:
    """The pages in reading order; ``text`` is what the table of contents was read from."""
    try:
        site_map = parse_toc_data(toc)
    except MalformedError as error:
        raise _malformed(error, toc, line_numbers(text)) from None
    missing, chapters = {}, {}
    for docname, chapter in _reading_order(site_map, site_map.root.docname, root):
        chapters.setdefault(docname, chapter)
    for docname, chapter in chapters.items():
        stem = _stem(docname)
        for suffix in PAGE_SUFFIXES:
            if os.path.isfile(os.path.join(root, stem + suffix)):
                yield Page(stem + suffix, stem, _stem(chapter))
                break
        else:
            missing[docname] = stem
    if missing:
        lines = line_numbers(text).items()
        where = {_value(toc, path): line for path, line in lines if path[-1] in _FILE_KEYS}
        raise BookErrors(
            BookError(f"the page {docname!r} does not exist", TOC, where.get(docname),
                      f"create {stem}.md or take the line out")
            for docname, stem in missing.items()
        )  # fmt: skip


_FILE_KEYS = ("file", "root")
_NAME = re.compile(r"[A-Za-z][\w-]*")


def _malformed(error: MalformedError, toc: dict, lines: dict[tuple, int]) -> BookError:
    """What sphinx-external-toc says, at the line of the entry that it names."""
    message, _, place = str(error).partition(" @ ")
    path = tuple(int(key) if key.isdigit() else key for key in place.strip("'/").split("/"))
    line = nearest_line(lines, path)
    if found := re.search(r"multiple times: '(.+)'", message):
        uses = [at for key, at in lines.items()
                if key[-1] in _FILE_KEYS and _value(toc, key) == found[1]]  # fmt: skip
        line = max(uses, default=line)
    return BookError(message, TOC, line or 1)


def _value(data: Any, path: tuple) -> Any:
    for key in path:
        data = data[key]
    return data


def _stem(file: str) -> str:
    """What the contents call a page, without the suffix that it may have there."""
    stem, suffix = os.path.splitext(file)
    return stem if suffix in PAGE_SUFFIXES else file


def _reading_order(
    site_map: Any, docname: str, root: Path, chapter: str = ""
) -> Iterator[tuple[str, str]]:
    """The pages from ``docname`` on, each with the page that opens its chapter."""
    yield docname, chapter or docname
    for tree in site_map[docname].subtrees if docname in site_map else ():
        for item in tree.items:
            if isinstance(item, GlobItem):
                found = {path for suffix in PAGE_SUFFIXES for path in root.glob(item + suffix)}
                names = {path.relative_to(root).with_suffix("").as_posix() for path in found}
                yield from ((name, chapter or name) for name in sorted(names))
            elif isinstance(item, FileItem):
                yield from _reading_order(site_map, str(item), root, chapter or str(item))
