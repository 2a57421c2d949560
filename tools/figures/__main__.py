"""`python -m tools.figures [NAME …]`: write the drawings that follow from numbers."""

import importlib
import pkgutil
import sys
from pathlib import Path

from tools.figures import drawings

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
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
