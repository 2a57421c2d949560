"""The tools that are compared: each in its own virtual environment, and how each is called."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import BenchmarkError, Command

HERE = Path(__file__).parent
ROOT = HERE.parent
CLEARED = ("JUPYTER", "IPYTHON", "PYTHON", "PIP_", "MPL", "OMP_", "MKL_", "D2L", "CUDA", "VIRTUAL")
"""Beginnings of the variables that would make one tool's run differ from a user's."""
DISTRIBUTIONS = ("jupyter-book", "d2lbook", "papermill", "sphinx", "torch", "matplotlib",
                 "ipykernel", "nbclient")  # fmt: skip
VERSIONS = """\
import json, platform, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    try: found[name] = metadata.version(name)
    except metadata.PackageNotFoundError: pass
print(json.dumps({"python": platform.python_version(), **found}))
"""


@dataclass(frozen=True)
class Tool:
    """A tool's virtual environment."""

    name: str
    prefix: Path
    home: Path
    """What Jupyter and IPython keep for a user: an empty place, for no kernel of the user's
    may take part."""

    @property
    def python(self) -> Path:
        return self.prefix / "bin" / "python"

    @property
    def env(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(CLEARED)}
        return kept | {
            "PATH": f"{self.prefix / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
            "VIRTUAL_ENV": str(self.prefix),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "IPYTHONDIR": str(self.home / "ipython"),
        }

    def script(self, name: str, *arguments: str | Path, folder: Path) -> Command:
        """An installed command of the tool's, in ``folder``."""
        return Command([self.prefix / "bin" / name, *arguments], folder, self.env)

    def versions(self) -> dict[str, str]:
        command = [str(self.python), "-c", VERSIONS, *DISTRIBUTIONS]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


@dataclass(frozen=True)
class Tools:
    """All of them, ready to run; commands by what they are for."""

    imprint: Tool
    jupyter_book: Tool
    d2lbook: Tool

    def all(self) -> tuple[Tool, ...]:
        return (self.imprint, self.jupyter_book, self.d2lbook)

    def imprint_command(self, folder: Path, *arguments: str) -> Command:
        return self.imprint.script("imprint", *arguments, folder=folder)

    def build_jupyter_book(self, folder: Path, builder: str = "html") -> Command:
        arguments = ("build", ".", "--builder", builder)
        return self.jupyter_book.script("jupyter-book", *arguments, folder=folder)

    def eval_d2lbook(self, folder: Path) -> Command:
        return self.d2lbook.script("d2lbook", "build", "eval", folder=folder)

    def papermill(self, sources: Path, results: Path) -> Command:
        """Plain papermill in imprint's environment, one notebook after another."""
        script = HERE / "plain_papermill.py"
        arguments = [self.imprint.python, script, sources, results]
        return Command(arguments, sources, self.imprint.env)

    def fill_jupyter_cache(self, notebooks: Path, cache: Path) -> Command:
        arguments = [self.jupyter_book.python, HERE / "fill_jupyter_cache.py", notebooks, cache]
        return Command(arguments, notebooks, self.jupyter_book.env)


def ready(folder: Path, say: Callable[[str], None]) -> Tools:
    """The tools, their environments made under ``folder`` where they are not there yet.

    imprint's is the one that this runs in. Raises BenchmarkError where pip fails.
    """
    imprint = Tool("imprint", Path(sys.prefix), folder / "homes" / "imprint")
    others = [
        Tool(name, make(folder / "envs" / name, HERE / f"requirements-{name}.txt", say),
             folder / "homes" / name)
        for name in ("jupyter-book", "d2lbook")
    ]  # fmt: skip
    tools = Tools(imprint, *others)
    for tool in tools.all():  # files in memory and caches of fonts: the same start for all
        warm = [str(tool.python), "-c", "import torch, matplotlib.pyplot, ipykernel, zmq"]
        if subprocess.run(warm, env=tool.env, capture_output=True).returncode:
            raise BenchmarkError(f"the environment of {tool.name} cannot do: {' '.join(warm)}")
    return tools


def make(prefix: Path, requirements: Path, say: Callable[[str], None]) -> Path:
    """A virtual environment of exactly ``requirements``, kept between calls; its folder.

    A stamp holds the hash of what was installed. Raises BenchmarkError where pip fails.
    """
    text = requirements.read_text("utf-8")
    parts = [sys.version.encode(), text.encode()]
    for name in re.findall(r"^-c (\S+)", text, re.MULTILINE):
        parts.append((requirements.parent / name).read_bytes())
    wanted = hashlib.sha256(b"\0".join(parts)).hexdigest()
    stamp = prefix / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return prefix
    say(f"installing {requirements.name} into {prefix}")
    python = prefix / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(prefix)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--requirement", str(requirements)],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            raise BenchmarkError(f"cannot make {prefix}: {''.join(last)}")
    stamp.write_text(wanted)
    return prefix
