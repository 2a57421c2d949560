"""What is done to every page of the website when its HTML is there."""

from collections.abc import Callable, Mapping
from typing import Any

from sphinx.application import Sphinx


def finish_pages(app: Sphinx, mend: Callable[[str, Mapping[str, Any]], str]) -> None:
    """Have every page that a builder of HTML makes go through ``mend``, with what the theme was
    told of it, after those that were asked for before."""
    if app.builder.format != "html":
        return
    render = app.builder.templates.render

    def rendered(template: str, context: dict) -> str:
        return mend(render(template, context), context)

    app.builder.templates.render = rendered
