"""A Sphinx extension: after an edit the website is what it would be if it were built from nothing.

Sphinx writes the pages again that it read again, and leaves the others as they are, though
they show titles and numbers of those. Here all pages are written again where anything
changed that one page can show of another, and what nobody asks for any more goes away.
"""

import hashlib
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from jinja2 import FileSystemBytecodeCache
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.util import FilenameUniqDict

from imprint.publishing import outlines

KEPT = "imprint_shown"
OF_ONE_PAGE = {
    "_pickled_doctree_cache", "_search_index_all_titles", "_search_index_filenames",
    "_search_index_index_entries", "_search_index_mapping", "_search_index_objnames",
    "_search_index_objtypes", "_search_index_title_mapping", "_search_index_titles",
    "_write_doc_doctree_cache", "all_docs", "app", "config", "config_status",
    "config_status_extra", "dependencies", "dlfiles", "doctreedir", "domains", "events", "images",
    "included", "metadata", "nb_metadata", "original_image_uri", "project", "ref_context",
    "reread_always", "settings", "srcdir", "temp_data", "version", "versioning_compare",
    "versioning_condition", outlines.KEPT, KEPT,
}  # fmt: skip
"""What Sphinx keeps that no page shows of another. Anything else, an extension's too, may be shown:
titles, tables of contents, numbers, what can be referred to."""


def forget(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Forget all pages that will be read before the first is: a label that moves from one to
    another never stands on both."""
    for name in names:
        app.emit("env-purge-doc", env, name)
        env.clear_doc(name)


def in_order(app: Sphinx, env: BuildEnvironment) -> None:
    """What is kept by page stands in the order of pages, whichever were read when and where."""
    domains = [kept for domain in env.domaindata.values() for kept in domain.values()]
    for kept in [*vars(env).values(), *domains]:
        if isinstance(kept, dict) and kept and set(map(_page, kept)) <= env.found_docs:
            entries = sorted(kept.items(), key=lambda entry: _page(entry[0]))
            kept.clear()
            kept.update(entries)
        elif isinstance(kept, list) and all(hasattr(one, "docname") for one in kept):
            kept.sort(key=_page)
    images = FilenameUniqDict()  # of two figures of one name, the first by path keeps it
    for path, (names, _) in sorted(env.images.items()):
        for name in names:
            images.add_file(name, path)
    env.images = images


def _page(key: Any) -> Any:
    """The page that something belongs to, where it says so: citations do."""
    return getattr(key, "docname", key)


def concerned(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """All pages, if what one can show of another is not what it was; those whose figures have
    other names now."""
    before = getattr(env, KEPT, None)
    shown = {name: value for name, value in vars(env).items() if name not in OF_ONE_PAGE}
    shown["tocdepth"] = {name: of.get("tocdepth") for name, of in env.metadata.items()}
    try:
        digest = hashlib.sha256(repr(_plain(shown)).encode()).hexdigest()
    except RecursionError:  # an extension's objects refer to each other: nothing can be told
        digest = None
    setattr(env, KEPT, digest)
    if digest is None or digest != before:
        return env.found_docs
    return {page for path, (pages, name) in env.images.items()
            if app.imprint_figures.get(path, name) != name for page in pages}  # type: ignore[attr-defined]  # fmt: skip


def _plain(value: Any) -> Any:
    """Equal for equal values: without addresses of objects, lines, and orders of no meaning."""
    if isinstance(value, nodes.Node):
        return str(value)
    if isinstance(value, dict):
        return sorted((repr(key), _plain(one)) for key, one in value.items())
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [_plain(one) for name, one in zip(value._fields, value) if name != "line"]
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    telling = type(value).__repr__ is not object.__repr__ and not is_dataclass(value)
    if hasattr(value, "__dict__") and not telling:
        return [type(value).__name__, _plain(vars(value))]
    return repr(value)


def keep_templates(app: Sphinx) -> None:
    """The theme's templates, once compiled, are kept from build to build."""
    if environment := getattr(app.builder.templates, "environment", None):
        folder = Path(app.doctreedir, "templates")
        folder.mkdir(exist_ok=True)
        environment.bytecode_cache = FileSystemBytecodeCache(str(folder))


def clear(app: Sphinx, builder: Builder) -> None:
    """Remove the static files of earlier builds, all of which Sphinx copies again: links to files
    that extensions add after pages are written are the same in every build."""
    for path in list(Path(app.outdir, "_static").rglob("*")):
        if not path.is_dir() and path.lstat().st_ctime < app.imprint_began:  # type: ignore[attr-defined]
            path.unlink()


def note_figures(app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> Iterable[str]:
    """Remember the names of the figures that the pages had. Sphinx asks for pages to be read again,
    and there are none."""
    app.imprint_figures = {path: name for path, (_, name) in env.images.items()}  # type: ignore[attr-defined]
    return []


def sweep(app: Sphinx, error: Exception | None) -> None:
    """Remove figures that no page has any more, sources of pages that left the book, and folders
    of static files that have none any more."""
    if error is not None:
        return
    for path in sorted(Path(app.outdir, "_static").rglob("*"), reverse=True):
        if path.is_dir():
            with suppress(OSError):  # it is not empty
                path.rmdir()
    here = {name for _, name in app.env.images.values()}
    for name in set(app.imprint_figures.values()) - here:  # type: ignore[attr-defined]
        Path(app.outdir, "_images", name).unlink(missing_ok=True)
    suffix = app.config.html_sourcelink_suffix
    sources = {
        app.env.doc2path(name, base=False).removesuffix(suffix) + suffix
        for name in app.env.found_docs
    }
    root = Path(app.outdir, "_sources")
    for path in root.rglob("*"):
        if not path.is_dir() and path.relative_to(root).as_posix() not in sources:
            path.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    app.imprint_began = time.time()  # type: ignore[attr-defined]
    app.connect("builder-inited", keep_templates)
    app.connect("env-get-outdated", note_figures)
    app.connect("env-before-read-docs", forget, priority=900)
    app.connect("env-updated", in_order, priority=1)
    app.connect("env-get-updated", concerned, priority=900)  # after all numbers are given
    app.connect("write-started", clear, priority=1)
    app.connect("build-finished", sweep, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
