"""Pages: a source file's settings and cells, which of them each edition has, and in what words."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from imprint.aliases import NotImported, Rewritten, imports_of, rewritten
from imprint.book import Book, Page
from imprint.cells import Cell, parsed, read_ipynb, read_markdown
from imprint.errors import BookError, BookErrors
from imprint.library.magics import without_magics
from imprint.settings import PageSettings, read_source, validated


@dataclass(frozen=True)
class Notebook:
    """One page, read: its settings and its cells in order."""

    page: Page
    settings: PageSettings
    metadata: Mapping[str, Any]
    """The front matter, or an .ipynb page's metadata."""
    cells: tuple[Cell, ...]
    label: str | None
    title: str

    @property
    def executable(self) -> bool:
        """Whether it is a notebook page: one that has code cells."""
        return any(cell.kind == "code" for cell in self.cells)

    @property
    def path(self) -> str:
        return self.page.path

    def select(self, edition: str | None) -> list[tuple[int, Cell]]:
        """The cells of one edition, in its framework's own words, each with its index in the page;
        None: all of them, as they are."""
        if edition is None:
            return list(enumerate(self.cells))
        others = self._edition_names - {edition}
        return [
            (index, cell.of(edition))
            for index, cell in enumerate(self.cells)
            if edition in cell.tags or not others.intersection(cell.tags)
        ]

    def in_edition(self, edition: str) -> bool:
        return self.settings.editions is None or edition in self.settings.editions

    _edition_names: frozenset[str] = frozenset()


def read(book: Book, page: Page, text: str | None = None) -> Notebook:
    """The notebook of a page, whose ``text`` is read where it is not given. Raises BookErrors:
    every mistake with file and line."""
    text = read_source(book.root, page.path) if text is None else text
    if page.path.endswith(".ipynb"):
        metadata, settings_line, cells = read_ipynb(text, page.path)
    elif page.path.endswith(".md"):
        metadata, settings_line, cells = read_markdown(text, page.path)
    else:
        metadata, settings_line, cells = {}, {}, (Cell("raw", text),)
    names = frozenset(edition.name for edition in book.editions)
    settings = validated(
        PageSettings, metadata.get("imprint") or {}, page.path, settings_line, ("imprint",)
    )
    _check_kernelspec(metadata, page.path, settings_line)
    label, title = _label_and_title(cells)
    notebook = Notebook(page, settings, metadata, cells, label, title or page.docname, names)
    errors = list(_wrong_tags(notebook, book, settings_line)) if book.editions else []
    errors += _wrong_parameters(notebook, book, settings_line)
    if errors:
        raise BookErrors(errors)
    return _in_their_own_words(notebook, book)


def _in_their_own_words(notebook: Notebook, book: Book) -> Notebook:
    """The page whose cells know what each edition makes of the aliases in them. Raises BookErrors
    where one needs what the page does not import."""
    variants: dict[int, dict[str, Rewritten]] = {}
    errors = []
    for edition in book.editions:
        aliases = edition.aliases
        if aliases is None or not notebook.in_edition(edition.name):
            continue
        cells = [(i, cell) for i, cell in notebook.select(edition.name) if cell.kind == "code"]
        if not any(aliases.mention.search(cell.source) for _, cell in cells):
            continue
        imports = imports_of(cell.source for _, cell in cells)
        missing: dict[str, tuple[int, NotImported]] = {}
        for order, (index, cell) in enumerate(cells):
            try:
                if found := rewritten(cell.source, aliases, imports, order):
                    variants.setdefault(index, {})[edition.name] = found
            except NotImported as error:
                missing.setdefault(error.root, (cell.page_line(error.line), error))
        errors += [
            BookError(f"{edition.name}: {error}", notebook.path, line, error.remedy)
            for line, error in missing.values()
        ]
    if errors:
        raise BookErrors(errors)
    cells = [replace(cell, variants=variants[i]) if i in variants else cell
             for i, cell in enumerate(notebook.cells)]  # fmt: skip
    return replace(notebook, cells=tuple(cells))


def _label_and_title(cells: Sequence[Cell]) -> tuple[str | None, str]:
    """The page's label, which stands right before its title, and the title."""
    label = None
    for cell in cells:
        if cell.kind == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("(") and line.rstrip().endswith(")="):
                    label = line.strip()[1:-2]
                elif line.startswith("# "):
                    return label, line[2:].strip()
    return label, ""


def _check_kernelspec(metadata: Mapping[str, Any], path: str, lines: Mapping) -> None:
    spec = metadata.get("kernelspec", {})
    if not isinstance(spec, dict) or not isinstance(spec.get("name", ""), str):
        raise BookError("kernelspec: expected a name and a display_name", path,
                        lines.get(("kernelspec",)),
                        "write kernelspec: {name: python3, display_name: Python 3}")  # fmt: skip


def _wrong_tags(notebook: Notebook, book: Book, lines: Mapping[tuple, int]) -> Iterator[BookError]:
    """What would silently put a cell into the wrong edition, or into none."""
    names = notebook._edition_names
    known = book.tags | names
    for cell in notebook.cells:
        for tag in cell.tags:
            if tag not in known:
                near = get_close_matches(tag, sorted(known), n=1)
                yield BookError(
                    f"unknown tag {tag!r}", notebook.path, cell.opening or cell.line,
                    f"did you mean {near[0]!r}?" if near
                    else "declare it under cell_tags: in _config.yml",
                )  # fmt: skip
        if cell.kind == "markdown" and names.intersection(cell.tags):
            heading = _first_heading(cell)
            if heading is not None:
                yield BookError(
                    "a heading in a cell of one edition would not be in the other's contents",
                    notebook.path, cell.line + heading, "move it into an untagged cell",
                )  # fmt: skip
    for index, name in enumerate(notebook.settings.editions or ()):
        if name not in names:
            yield BookError(
                f"no edition named {name!r}", notebook.path,
                lines.get(("imprint", "editions", index)),
                f"editions here: {', '.join(sorted(names))}",
            )  # fmt: skip


def _wrong_parameters(
    notebook: Notebook, book: Book, lines: Mapping[tuple, int]
) -> Iterator[BookError]:
    """Smoke values that would override nothing, once each."""
    editions = [one.name for one in book.editions if notebook.in_edition(one.name)] or [None]
    missing: dict[str, list[str]] = {}
    for edition in editions:
        tagged = [cell for _, cell in notebook.select(edition) if "parameters" in cell.tags]
        known = _assigned_names(tagged[0].source) if tagged else frozenset()
        for name in notebook.settings.smoke:
            if known is not None and name not in known:
                missing.setdefault(name, []).append(edition or "")
    for name, where in missing.items():
        inside = f" of the {' and '.join(where)} edition" if len(where) < len(editions) else ""
        yield BookError(
            f"imprint.smoke.{name}: no cell tagged parameters{inside} sets it", notebook.path,
            lines.get(("imprint", "smoke", name)), "set it there, or take it out here",
        )  # fmt: skip


def _assigned_names(source: str) -> frozenset[str] | None:
    """The names that a cell assigns; None where only a kernel can tell."""
    try:
        tree = ast.parse("\n".join(without_magics(source)[0]))
    except (SyntaxError, ValueError):
        return None
    return frozenset(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def _first_heading(cell: Cell) -> int | None:
    for token in parsed(cell.source):
        if token.type == "heading_open" and token.level == 0:
            return token.map[0]
    return None
