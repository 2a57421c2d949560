"""A Sphinx extension: the parts of a printed book, and outputs set apart from code."""

import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils import column_width
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import thebibliography
from sphinx.transforms.post_transforms import SphinxPostTransform

from imprint.publishing.pdf import PLACES

NO_HEADING = r"""
\renewenvironment{sphinxthebibliography}[1]
  {\renewcommand{\chapter}[2]{}\renewcommand{\bibname}{%s}%%
   \begin{thebibliography}{#1}}{\end{thebibliography}}
"""
"""A bibliography without the heading that LaTeX gives it, named in the margins as its page is."""
SHORT, FEW, FRAMES, TITLE = 20, 4, 4, 10
"""Lines of code that stay together with their output; lines of output that stay with the code;
what both frames take, and a box's title with its start, in lines of code."""
PLOT_SCALE = 85
"""Per cent of its size at which a plot is printed: its labels are then no larger than the text."""
PLACED = re.compile("\x02(.*?)\x03")
DOI = "https://doi.org/"
BLOCKS = (nodes.paragraph, nodes.math_block, nodes.table, nodes.figure)
AROUND = (nodes.section, nodes.list_item, nodes.Admonition, nodes.block_quote)
"""Of these, inside these, it is known where they stand in the sources. Code is broken at the margin
and cannot be too wide."""
FRONT, MAIN = r"\imprintfrontmatter", r"\imprintmainmatter"


class Matters(SphinxPostTransform):
    """Unnumbered pages before the first numbered chapter are front matter; the numbered
    chapters are the main matter; what follows them is unnumbered again."""

    default_priority = 3
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        numbered = self.env.toc_secnumbers
        matter = None
        for file in list(self.document.findall(addnodes.start_of_file)):
            docname = file["docname"]
            if _inside_file(file) or docname == self.config.imprint_colophon:
                continue
            wanted = MAIN if numbered.get(docname) else FRONT
            if matter == MAIN and wanted == FRONT:
                wanted = r"\imprintbackmatter"
            if matter != wanted and not (matter == r"\imprintbackmatter"):
                file.insert(0, nodes.raw("", wanted, format="latex"))
                matter = wanted


class Opening(SphinxPostTransform):
    """After the title come the colophon, if there is one, and the contents."""

    default_priority = 2  # before the colophon is taken for front or back matter
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        opening: list[nodes.Node] = [nodes.raw("", self.config.imprint_contents, format="latex")]
        for file in list(self.document.findall(addnodes.start_of_file)):
            if file["docname"] == self.config.imprint_colophon:
                file.parent.remove(file)
                section = next(file.findall(nodes.section))
                title = next(section.findall(nodes.title))
                title.replace_self(nodes.target(ids=section["ids"]))
                section.replace_self(section.children)
                _enclose(file.children[0], file.children[-1], "imprintcolophon")
                opening.insert(0, file)
        title = next(self.document.findall(nodes.title))
        title.parent.insert(title.parent.index(title) + 1, opening)


def _inside_file(node: nodes.Node) -> bool:
    parent = node.parent
    while parent is not None:
        if isinstance(parent, addnodes.start_of_file):
            return True
        parent = parent.parent
    return False


class Bibliography(SphinxPostTransform):
    """The book's one bibliography stands on the page that asks for it, under its title, and
    not in a chapter of its own at the end."""

    default_priority = 760  # after Sphinx has gathered the citations
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        emptied = [
            node for node in self.document.findall(nodes.container)
            if node["ids"] and not node.children
        ]  # fmt: skip
        gathered = list(self.document.findall(thebibliography))
        if len(emptied) == len(gathered) == 1:
            gathered[0].parent.remove(gathered[0])
            title = emptied[0].parent.next_node(nodes.title)
            heading = NO_HEADING % (title.astext() if title else "")
            emptied[0].replace_self([nodes.raw("", heading, format="latex"), gathered[0]])


class Cells(SphinxPostTransform):
    """Set the outputs of a cell apart, and keep their start on the page of a short cell's code;
    as the start of a box on that of its title."""

    default_priority = 400
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            code, *outputs = [_lines(part) for part in cell.findall(nodes.literal_block)] or [[]]
            if outputs and len(code) <= SHORT:
                together = len(code) + min(len(outputs[0]), FEW) + FRAMES
                cell.insert(0, _together(together))
            for part in cell.findall(nodes.container):
                if part.get("nb_element") == "cell_code_output" and _visible(part):
                    _enclose(part.children[0], part.children[-1], "imprintoutput")
        for box in list(self.document.findall(nodes.Admonition)):
            box.parent.insert(box.parent.index(box), _together(TITLE))


class Plots(SphinxPostTransform):
    """Plots stand in the middle, in a size that goes with the text."""

    default_priority = 402
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for output in list(self.document.findall(nodes.container)):
            if output.get("nb_element") != "cell_code_output":
                continue
            for image in output.findall(nodes.image):
                if not {"width", "height", "scale"}.intersection(image.attributes):
                    image["scale"] = PLOT_SCALE
                if not isinstance(image.parent, nodes.figure):
                    image.setdefault("align", "center")


class Identifiers(SphinxPostTransform):
    """An entry of the bibliography that shows its DOI needs no footnote to say it again: Sphinx
    does not find the address of its link while it makes the footnotes."""

    default_priority = 399
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for link in self.document.findall(nodes.reference):
            if link.get("refuri", "").startswith(DOI):
                link[DOI] = link.attributes.pop("refuri")


class FoundIdentifiers(SphinxPostTransform):
    """Give those links their addresses back."""

    default_priority = 401
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for link in self.document.findall(nodes.reference):
            if DOI in link:
                link["refuri"] = link.attributes.pop(DOI)


class Code(SphinxPostTransform):
    """Say how long the lines of each block are, so that only long ones are wrapped."""

    default_priority = 401
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for block in list(self.document.findall(nodes.literal_block)):
            wrapper = block.parent if block.parent.get("literal_block") else block  # has a caption
            columns = max(map(column_width, _lines(block)))
            _enclose(wrapper, wrapper, "imprintcode", f"{{{columns}}}")


class Place(nodes.Element):
    """Where in the sources what follows stands."""


class Places(SphinxPostTransform):
    """What LaTeX complains of is then found at the author's line (`pdf.py`)."""

    default_priority = 790  # after all that moves blocks
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for block in list(self.document.findall(nodes.Element)):
            known = isinstance(block, BLOCKS) and block.source and block.line
            if known and isinstance(block.parent, AROUND):
                file = Path(block.source)
                if file.is_relative_to(self.env.srcdir):
                    name = file.relative_to(self.env.srcdir).as_posix()
                    place = Place(place=f"{name}:{block.line}")
                    block.parent.insert(block.parent.index(block), place)


def _write_place(writer: Any, place: Place) -> None:
    writer.body.append(f"\x02{place['place']}\x03")
    raise nodes.SkipNode


def keep_places(app: Sphinx, exception: Exception | None) -> None:
    """Take the places out of LaTeX's file again, and keep with which of its lines each begins: a
    comment in their stead would change what stands around it."""
    for _, name, *_ in app.config.latex_documents if not exception else ():
        file = Path(app.outdir) / name
        first, *parts = PLACED.split(file.read_text("utf-8"))
        texts, places, line = [first], [], first.count("\n") + 1
        for place, text in zip(parts[::2], parts[1::2], strict=True):
            places.append((line, place))
            texts.append(text)
            line += text.count("\n")
        file.write_text("".join(texts), "utf-8")
        file.with_suffix(PLACES).write_text(json.dumps(places), "utf-8")


def _together(lines: int) -> nodes.raw:
    return nodes.raw("", rf"\imprinttogether{{{lines}}}", format="latex")


def _lines(block: nodes.Element) -> list[str]:
    return block.astext().rstrip("\n").split("\n")


def _enclose(first: nodes.Element, last: nodes.Element, environment: str, given: str = "") -> None:
    """Put a LaTeX environment around neighbours in the document."""
    begin, end = rf"\begin{{{environment}}}{given}", rf"\end{{{environment}}}"
    parent = first.parent
    parent.insert(parent.index(last) + 1, nodes.raw("", end, format="latex"))
    parent.insert(parent.index(first), nodes.raw("", begin, format="latex"))


def _visible(node: nodes.Element) -> bool:
    return bool(node.astext().strip()) or next(node.findall(nodes.image), None) is not None


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("imprint_contents", "", "")
    app.add_post_transform(Opening)
    app.add_post_transform(Matters)
    app.add_post_transform(Bibliography)
    for transform in (Cells, Code, Plots, Identifiers, FoundIdentifiers):
        app.add_post_transform(transform)
    app.add_post_transform(Places)
    app.add_node(Place, latex=(_write_place, None))
    app.connect("build-finished", keep_places)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
