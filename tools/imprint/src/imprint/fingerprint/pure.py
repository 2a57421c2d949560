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
    random.Random textwrap.dedent""".split()
) | {
    f"{module}.{name}"
    for module, names in {
        "numpy": """arange array asarray dtype empty eye float32 float64 full identity int32 int64
            linspace logspace ones uint8 zeros""",
        "numpy.random": "RandomState SeedSequence default_rng",
        "torch": "Generator Size arange device empty eye full linspace ones tensor zeros",
    }.items()
    for name in names.split()
}
EXCEPT = frozenset(
    """decimal.getcontext decimal.setcontext operator.call operator.delitem operator.iadd
    operator.iand operator.iconcat operator.ifloordiv operator.ilshift operator.imatmul
    operator.imod operator.imul operator.ior operator.ipow operator.irshift operator.isub
    operator.itruediv operator.ixor operator.setitem""".split()
)
"""But not these."""
MARKING = frozenset(
    """dataclasses.dataclass functools.total_ordering functools.update_wrapper typing.final
    typing.runtime_checkable""".split()
)
"""Those that set attributes of what they are given first."""
CALLING_BACK = dict.fromkeys(
    """filter iter map functools.reduce itertools.dropwhile itertools.filterfalse
    itertools.starmap itertools.takewhile""".split(),
    0,
) | {"itertools.accumulate": 1, "itertools.groupby": 1, "max": None, "min": None, "sorted": None}
"""Those that call what they are given: at this place, or as ``key`` or ``func``."""
MAKING_PURE = frozenset(
    """collections.namedtuple dataclasses.dataclass functools.cmp_to_key functools.lru_cache
    functools.wraps operator.attrgetter operator.itemgetter""".split()
)
"""Those that give back what changes nothing when it is called, either."""
HANDING_ON = frozenset("getattr max min next super type".split())
"""Builtins that give back what they were given, or what that holds."""
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
CHANGING_OPERATORS = frozenset(
    """__delitem__ __iadd__ __iand__ __ilshift__ __imul__ __ior__ __isub__ __next__
    __setitem__""".split()
)
"""What the book's own classes call the same."""


def is_pure(dotted: str) -> bool:
    """Whether a call of something from outside the book, named in full, changes nothing."""
    module, _, _ = dotted.rpartition(".")
    if module in MODULES:
        return dotted not in EXCEPT
    return dotted in OTHERS or (not module and dotted in BUILTINS)
