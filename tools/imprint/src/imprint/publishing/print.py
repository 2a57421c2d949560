"""A Sphinx extension: the parts of a printed book, and outputs set apart from code."""

from typing import Any

from docutils import nodes
from docutils.utils import column_width
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import thebibliography
from sphinx.transforms.post_transforms import SphinxPostTransform

NO_HEADING = r"""
\renewenvironment{sphinxthebibliography}[1]
  {\renewcommand{\chapter}[2]{}\renewcommand{\bibname}{%s}%%
   \begin{thebibliography}{#1}}{\end{thebibliography}}
"""
"""A bibliography without the heading that LaTeX gives it, named in the margins as its page is."""
SHORT, FEW, FRAMES = 20, 4, 3
"""Lines of code that stay together with their output; lines of output that stay with the code;
what both frames take, in lines."""
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
            if isinstance(file.parent, addnodes.start_of_file) or _inside_file(file):
                continue
            docname = file["docname"]
            wanted = MAIN if numbered.get(docname) else FRONT
            if matter == MAIN and wanted == FRONT:
                wanted = r"\imprintbackmatter"
            if matter != wanted and not (matter == r"\imprintbackmatter"):
                file.insert(0, nodes.raw("", wanted, format="latex"))
                matter = wanted


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
            box.parent.insert(box.parent.index(box), _together(FEW + FRAMES))


class Code(SphinxPostTransform):
    """Say how long the lines of each block are, so that only long ones are wrapped."""

    default_priority = 401
    builders = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for block in list(self.document.findall(nodes.literal_block)):
            wrapper = block.parent if block.parent.get("literal_block") else block  # has a caption
            columns = max(map(column_width, _lines(block)))
            _enclose(wrapper, wrapper, "imprintcode", f"{{{columns}}}")


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
    app.add_post_transform(Matters)
    app.add_post_transform(Bibliography)
    app.add_post_transform(Cells)
    app.add_post_transform(Code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
