"""`python -m tools.figures [NAME …]`: write the drawings that follow from numbers, and the dark
colours of those drawn by hand."""

import importlib
import pkgutil
import sys
from pathlib import Path

from tools.figures import drawings
from tools.figures.svg import themed

IMAGES = Path(__file__).parents[2] / "chapters" / "img"


def names() -> list[str]:
    """Return the names of all generated drawings, which are those of their SVG files."""
    modules = pkgutil.iter_modules(drawings.__path__)
    return sorted(module.name.replace("_", "-") for module in modules)


def draw(name: str) -> str:
    """Return the SVG text of a drawing, the same at every call."""
    module = importlib.import_module(f"tools.figures.drawings.{name.replace('-', '_')}")
    return module.draw().svg()


def main(asked: list[str]) -> int:
    """Write drawings, all if none is asked for, into chapters/img; 1 where one is not known."""
    known = names()
    for name in asked:
        if name not in known:
            print(f"no drawing {name}; there are: {', '.join(known)}", file=sys.stderr)
            return 1
    for name in asked or known:
        path = IMAGES / f"{name}.svg"
        path.write_text(draw(name), "utf-8")
        print(path.relative_to(IMAGES.parents[1]))
    for path in sorted(IMAGES.glob("*.svg")) if not asked else ():
        path.write_text(themed(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
