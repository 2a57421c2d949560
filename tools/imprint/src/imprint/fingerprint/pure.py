"""Calls that change nothing that other code could see, by the name of what is called.

Whatever is not listed counts as changing anything: it makes a statement part of every run that
imports its module. The list is short on purpose; it holds what modules call when imported.
"""

import builtins

BUILTINS = frozenset(
    """abs all any bool bytearray bytes callable chr classmethod complex dict divmod enumerate
    filter float format frozenset getattr hasattr hash hex id int isinstance issubclass iter len
    list map max min next object oct ord pow property range repr reversed round set slice sorted
    staticmethod str sum super tuple type zip""".split()
) | {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}
MODULES = frozenset(
    """abc collections collections.abc dataclasses decimal enum fractions functools itertools math
    numbers operator os.path posixpath string struct types typing typing_extensions""".split()
)
"""All that these define."""
OTHERS = frozenset(
    """contextlib.contextmanager contextlib.asynccontextmanager copy.copy copy.deepcopy
    datetime.date datetime.datetime datetime.timedelta logging.getLogger os.environ.get os.fspath
    os.getenv pathlib.Path pathlib.PurePath pathlib.PurePosixPath pathlib.PureWindowsPath re.compile
    textwrap.dedent""".split()
)
CALLING_BACK = frozenset("filter map max min sorted functools.reduce itertools.starmap".split())
"""Those that call what they are given."""
CONTAINERS = frozenset(
    """bytearray dict frozenset list set tuple collections.Counter collections.OrderedDict
    collections.defaultdict collections.deque""".split()
)
"""Those that make a container which nothing else knows yet."""
READING = frozenset(
    """capitalize casefold copy count decode encode endswith find format get index isdigit items
    join keys ljust lower lstrip partition removeprefix removesuffix replace rfind rjust
    rpartition rsplit rstrip split splitlines startswith strip title union upper values
    zfill""".split()
)
"""Methods of strings and containers that change nothing."""
CHANGING = frozenset(
    """add append appendleft clear discard extend insert move_to_end pop popitem remove reverse
    setdefault sort update""".split()
)
"""Methods of containers that change nothing else."""


def is_pure(dotted: str) -> bool:
    """Whether a call of something from outside the book, named in full, changes nothing."""
    module, _, _ = dotted.rpartition(".")
    return module in MODULES or dotted in OTHERS or (not module and dotted in BUILTINS)
