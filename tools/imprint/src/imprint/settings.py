"""Settings: their schema, which is their documentation, and where in a file each one stands."""

import keyword
from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from imprint.aliases.targets import Target, parsed
from imprint.errors import BookError, BookErrors

Model = TypeVar("Model", bound=BaseModel)
ProfileName = Literal["smoke", "full"]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML has it, several times faster; what is wrong PyYAML's own says better."""


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _target(kind: str) -> AfterValidator:
    return AfterValidator(lambda text: (parsed(kind, text), text)[1])


class AliasSettings(Settings):
    """What ``aliases:`` in an edition says: the names of its library that readers never meet,
    because the framework's own stand in their place (``imprint.aliases``)."""

    functions: dict[str, Annotated[str, _target("functions")]] = {}
    """``concat: torch.cat``: ``d2l.concat((a, b))`` becomes ``torch.cat((a, b))``."""
    methods: dict[str, Annotated[str, _target("methods")]] = {}
    """``reshape: reshape``, ``numpy: numpy(force=True)``: ``d2l.reshape(x, s)`` becomes
    ``x.reshape(s)``."""
    expressions: dict[str, Annotated[str, _target("expressions")]] = {}
    """``transpose: "{0}.T"``: ``d2l.transpose(X)`` becomes ``X.T``."""
    keywords: dict[str, str] = {}
    """``axis: dim``: how the framework calls an argument, in the calls of all these aliases. Its
    functions take the other name as well."""
    modules: dict[str, str] = {}
    """``np: mxnet.np``: the module that a name in a target must be on a page that uses it."""

    @property
    def targets(self) -> dict[str, Target]:
        return {name: parsed(kind, text) for kind in ("functions", "methods", "expressions")
                for name, text in getattr(self, kind).items()}  # fmt: skip

    @model_validator(mode="after")
    def _sound(self) -> "AliasSettings":
        kinds = (self.functions, self.methods, self.expressions)
        names = [name for kind in kinds for name in kind]
        for name in (*names, *self.keywords, *self.keywords.values(), *self.modules):
            if not name.isidentifier() or keyword.iskeyword(name):
                raise ValueError(f"{name!r} is no name in Python")
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"`{name}` stands here more than once")
        return self


class EditionSettings(Settings):
    """One entry under ``editions:`` in ``_config.yml``."""

    title: str
    """How readers see the edition named: on tabs, on the PDF's title page."""
    default: bool = False
    """The edition whose tab is open for a first visit; the first one if none says so."""
    requirements: str | None = None
    """The pip requirements file that its environment must satisfy."""
    constraints: str | None = None
    """The pip constraints file holding every resolved version of that environment."""
    environment: str | None = None
    """The virtual environment's folder; left out: the one that imprint runs in."""
    library: str | None = None
    """The module generated from the cells marked ``#@save``, for example ``d2l/torch.py``."""
    aliases: AliasSettings = AliasSettings()
    """Names of that module that become the framework's own wherever code is shown or run."""
    preamble: str = ""
    """Python run in each kernel before the first cell: seeds, figure settings."""
    preload: list[str] | None = None
    """Modules that are imported once and shared by all kernels, which are forked from there; left
    out: those that most pages import, where that leaves no trace."""
    warm: bool = True
    """Whether kernels are forked from a process that has imported ``preload``."""


class DaskSettings(Settings):
    """What ``dask:`` in ``_config.yml`` says of runs on several machines."""

    scheduler: str | None = None
    """The address of a Dask scheduler that has workers (``imprint worker``): ``tcp://host:8786``."""
    cluster: str | None = None
    """A class that makes a cluster for each build, such as ``dask_jobqueue.SLURMCluster``."""
    options: dict[str, Any] = {}
    """What that class is given."""
    keep: list[str] = []
    """Folders, relative to the book's root, that runs fill and workers keep between builds, such
    as a cache of downloaded data."""


class ExecuteSettings(BaseModel):
    """What is checked of Jupyter Book's own ``execute:``; its other keys pass."""

    model_config = ConfigDict(frozen=True)

    execute_notebooks: Literal["auto", "force", "cache", "inline", "off", False] = "auto"
    exclude_patterns: list[str] | None = None
    timeout: float | None = None
    allow_errors: bool = False


class ProfileSettings(Settings):
    """One entry under ``profiles:`` in ``_config.yml``."""

    env: dict[str, str] = {}
    """Environment variables of every kernel in this profile."""


class PageSettings(Settings):
    """What a page's front matter says under ``imprint:``."""

    gpus: Annotated[int, Field(ge=0)] | Literal["all"] = 0
    """GPUs that the run is given where there are any."""
    timeout: Annotated[float, Field(gt=0)] | None = None
    """Seconds that one cell may take."""
    smoke: dict[str, Any] = {}
    """Values of the parameters cell in the smoke profile."""
    editions: list[str] | None = None
    """The only editions in which the page works, where the text says why."""
    files: list[str] = []
    """Globs, relative to the page, of files that it reads and whose names stand nowhere in it."""
    data: list[str] = []
    """Datasets that it reads by names that stand nowhere in it."""


class DatasetSettings(Settings):
    """What ``datasets:`` in ``_config.yml`` says of the data that pages read by name."""

    calls: list[str] = []
    """The functions whose first argument is a dataset's name: ``d2l.data.download``."""
    registry: str | None = None
    """The dictionary with an entry for each name: ``d2l.data.DATA_HUB``. A run then depends on
    the entries of its own datasets only."""
    sources: dict[ProfileName, list[str]] = {}
    """By profile: globs of files, relative to the book's root, whose content stands for that of a
    dataset; ``{name}`` in them is its name."""


class CheckSettings(Settings):
    """What ``checks:`` in ``_config.yml`` asks ``imprint check`` to look at besides labels,
    citations, images, editions and exercises."""

    spelling: Literal["oxford", "british", "american"] | None = None
    """The English of the book's prose: Oxford is British with -ize. None: it is not looked at."""
    words: list[str] = []
    """Words that are right here whatever the dictionary says."""
    code_width: Annotated[int, Field(gt=0)] | None = None
    """Columns that a line of code may have."""
    outline: str | None = None
    """A YAML file of the titles and headings that the pages are to have."""
    ignore: dict[str, list[str]] = {}
    """By the code of a rule: globs of the pages on which it is off; ``"*"``: on all."""


class HostedSettings(Settings):
    """What ``hosted:`` in ``_config.yml`` says of notebooks that Colab and SageMaker Studio Lab
    open: ``imprint build notebooks`` writes them into ``build/notebooks/hosted``."""

    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    """Where that folder's content lies on GitHub: ``owner/name``."""
    branch: str = "main"
    install: dict[str, str] = {}
    """By edition: what ``%pip install`` is given in a notebook's first cell."""


RevealTheme = Literal[
    "beige", "black", "black-contrast", "blood", "dracula", "league", "moon", "night", "serif",
    "simple", "sky", "solarized", "white", "white-contrast",
]  # fmt: skip
"""What Reveal.js calls its own themes."""


class SlidesSettings(Settings):
    """What ``slides:`` in ``_config.yml`` says of presentations, which ``imprint build slides``
    makes of the cells tagged ``slide``; a text alone is their ``theme``."""

    theme: RevealTheme = "white"


class StoreSettings(Settings):
    """What ``store:`` in ``_config.yml`` says of results that many share; a URL alone is its
    ``url``."""

    url: str
    """Any URL that fsspec opens (``s3://``, ``gs://``, ``file://``), or a folder."""
    read_only: bool = False
    """Whether nothing is written there, as is right for builds that nobody has reviewed."""


def validated(
    model: type[Model], data: Any, path: str, lines: Mapping[tuple, int], prefix: tuple = ()
) -> Model:
    """``data`` as a ``model``; BookErrors naming the line of each wrong key otherwise."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems: dict[tuple, list] = {}
        for problem in error.errors():
            problems.setdefault(prefix + _written(data, problem), []).append(problem)
        raise BookErrors(
            BookError(
                f"{'.'.join(map(str, key))}: {' or '.join(map(_plain, several))}",
                path,
                nearest_line(lines, key),
                _allowed(model, several[0]),
            )
            for key, several in problems.items()
        ) from None


def _written(data: Any, problem: Any) -> tuple:
    """The keys that lead to a problem as the author wrote them: pydantic puts the types that
    it tried in between."""
    keys = []
    for key in problem["loc"]:
        if isinstance(data, dict) and key in data:
            keys.append(key)
            data = data[key]
        elif isinstance(data, list) and isinstance(key, int):
            keys.append(key)
            data = data[key]
        elif problem["type"] == "missing":
            keys.append(key)
    return tuple(keys)


@lru_cache(maxsize=64)
def line_numbers(text: str, offset: int = 0) -> Mapping[tuple, int]:
    """The 1-based line of every key and item in a YAML text, by its path from the top."""
    lines: dict[tuple, int] = {}

    def walk(node: yaml.Node | None, path: tuple) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                lines[(*path, key.value)] = key.start_mark.line + 1 + offset
                walk(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                lines[(*path, index)] = value.start_mark.line + 1 + offset
                walk(value, (*path, index))

    walk(yaml.compose(text, LOADER), ())
    return lines


@lru_cache(maxsize=64)
def _loaded(text: str) -> Any:
    """Many pages have the same front matter."""
    return yaml.load(text, LOADER)


def parse_yaml(text: str, path: str, offset: int = 0) -> Any:
    """The value of a YAML text; BookError with the line, ``offset`` lines into ``path``."""
    try:
        try:
            return deepcopy(_loaded(text))
        except yaml.YAMLError:
            return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 + offset if mark else None
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise BookError(f"malformed YAML: {problem}", path, line) from None


def read_source(root: Path, name: str) -> str:
    """The text of a source file. Raises BookError where it is not text."""
    try:
        return (root / name).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BookError("not UTF-8 text", name, line, "save it as UTF-8") from None


def nearest_line(lines: Mapping[tuple, int], path: tuple) -> int | None:
    """The line of the key at ``path``, or of the nearest one around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def _plain(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key"
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    return problem["msg"][0].lower() + problem["msg"][1:]


def _allowed(model: type[BaseModel], problem: Any) -> str | None:
    if problem["type"] != "extra_forbidden":
        return None
    for key in problem["loc"][:-1]:
        inner = model.model_fields[key].annotation if key in model.model_fields else None
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    return f"keys here: {', '.join(model.model_fields)}"
