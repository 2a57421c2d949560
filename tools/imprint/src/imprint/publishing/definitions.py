"""A Sphinx extension: in code a name of the library leads to the section that defines it, and where
it is defined, to its entry in the library's reference."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple

from docutils.nodes import make_id
from sphinx.application import Sphinx

from imprint.publishing.finishing import finish_pages

CODE = re.compile(r'<div class="highlight"><pre>.*?</pre>', re.S)
USE = r'<span class="n">%s</span><span class="o">\.</span><span class="n">(\w+)</span>'
DEFINITION = re.compile(
    r'(?<=<span class="k">def</span><span class="w"> </span>)<span class="nf">(\w+)</span>|'
    r'(?<=<span class="k">class</span><span class="w"> </span>)<span class="nc">(\w+)</span>'
)
MARK = "#@save"


class Name(NamedTuple):
    """A public name of the library."""

    docname: str
    """The page that defines it."""
    label: str
    """Of the section there."""
    entries: dict[str, str]
    """Its full name in each edition's module that has it, by edition."""


def link_names(app: Sphinx) -> None:
    """Have the library's names in the code of every page lead somewhere."""
    names = {name: Name(*found) for name, found in app.config.imprint_names.items()}
    packages = {full.split(".")[0] for name in names.values() for full in name.entries.values()}
    if not names:
        return
    use = re.compile(USE % f"(?:{'|'.join(map(re.escape, sorted(packages)))})")

    def mend(page: str, context: Mapping[str, Any]) -> str:
        docname = context.get("pagename", "")

        def used(code: re.Match) -> str:
            name = names.get(code[1])
            if not name or name.docname == docname:
                return code[0]
            place = app.builder.get_relative_uri(docname, name.docname)
            return _link(code[0], f"{place}#{make_id(name.label)}", "Where the book defines it")

        def defined(code: re.Match) -> str:
            address = _entry(app, names.get(code[1] or code[2]), docname)
            return _link(code[0], address, "In the library's reference") if address else code[0]

        def linked(block: re.Match) -> str:
            text = use.sub(used, block[0])
            return DEFINITION.sub(defined, text) if MARK in text else text

        return CODE.sub(linked, page)

    finish_pages(app, mend)


def _entry(app: Sphinx, name: Name | None, docname: str) -> str | None:
    """The address of a name's entry in the reference, if the book has one."""
    described = app.env.get_domain("py").objects  # type: ignore[attr-defined]
    for full in name.entries.values() if name else ():
        if found := described.get(full):
            place = app.builder.get_relative_uri(docname, found.docname)
            return f"{place}?name#{found.node_id}"  # `editions.js` finds it in any edition
    return None


def _link(code: str, address: str, title: str) -> str:
    return f'<a class="imprint-name" href="{escape(address)}" title="{escape(title)}">{code}</a>'


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("imprint_names", {}, "html")
    app.connect("builder-inited", link_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
