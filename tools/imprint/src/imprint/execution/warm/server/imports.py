"""What a fork server does before it forks: it imports, and looks whether it may fork after that."""

import ctypes
import gc
import importlib
import itertools
import os
import re
import sys
import threading
import warnings

KERNEL_MODULES = (
    "ipykernel.kernelapp", "ipykernel.debugger", "ipykernel.datapub", "ipykernel.subshell_manager",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger",
    "IPython.core.magic_arguments", "IPython.core.magics", "IPython.core.magics.ast_mod",
    "IPython.core.magics.execution", "IPython.core.magics.pylab", "IPython.core.oinspect",
    "IPython.core.pylabtools", "IPython.extensions.storemagic", "IPython.utils.module_paths",
    "IPython.utils.wildcard", "comm.base_comm", "faulthandler", "pdb", "psutil", "sqlite3",
    "tornado.platform.asyncio", "zmq.eventloop.zmqstream",
)  # fmt: skip
"""What a kernel imports on its way; missing ones are nobody's concern."""
LATER = {
    "matplotlib": (
        "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
        "matplotlib.backends.backend_pdf", "matplotlib_inline.config", "encodings.cp1252",
    ),
    "pandas": ("pandas.io.formats.html", "pandas.io.formats.string"),
}  # fmt: skip
"""What a library imports when something is shown for the first time."""
INLINE = "matplotlib_inline.backend_inline"
OWN_VARIABLES = {"MPLBACKEND": f"module://{INLINE}", "PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
"""What ipykernel sets before Matplotlib is imported, and what keeps a question about GPUs from
touching them."""
OMP_PAUSE_HARD = 2


def preload(names, careful=False):
    """Import modules by name; which could not be imported, and which are unfit, with the reason.

    Unfit is, if we are ``careful``, whose import says something that its page would show, or after
    which this process must not be forked. The garbage collector rests meanwhile: nothing of this
    is garbage.
    """
    gc.disable()
    for name, value in OWN_VARIABLES.items():
        os.environ.setdefault(name, value)
    missing, unfit = {}, {}
    for name in names:
        with Heard() as heard:
            try:
                __import__(name)  # a warning for who imports is then for this module
            except BaseException as error:
                missing[name] = f"{type(error).__name__}: {error}"
        if not careful:
            continue
        if heard.anything:
            unfit[name] = "its import says something"
        elif reason := unsafe():
            unfit[name] = reason
            return missing, unfit
    later = [names for library, names in LATER.items() if library in sys.modules]
    for name in itertools.chain(KERNEL_MODULES, *later):
        try:
            importlib.import_module(name)
        except Exception:
            continue
    if sys.modules.pop(INLINE, None):  # it wires itself to the shell when it is imported
        del sys.modules["matplotlib_inline"].backend_inline
    return missing, unfit


class Heard:
    """Whether anything is written to the standard streams meanwhile, or would be in a kernel:
    IPython shows what is deprecated to who uses it."""

    def __enter__(self):
        self.before, self.anything = self._written(), False
        self.shown = warnings.showwarning
        warnings.showwarning = self._note
        warnings.filterwarnings("always", category=DeprecationWarning, module=re.escape(__name__))
        self.filter = warnings.filters[0]
        return self

    def __exit__(self, kind, error, trace):
        if self.filter in warnings.filters:
            warnings.filters.remove(self.filter)
            warnings._filters_mutated()
        if warnings.showwarning == self._note:
            warnings.showwarning = self.shown
        self.anything |= self._written() != self.before

    def _note(self, *told, **more):
        self.anything = True
        self.shown(*told, **more)

    def _written(self):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        return [os.fstat(number).st_size for number in (1, 2)]


def end_openmp_threads():
    """End the threads that OpenMP keeps for its next loop, where an import ran one: a forked
    copy would wait for them for ever (omp_pause_resource_all, OpenMP 5.0, section 3.7.3)."""
    try:
        with open("/proc/self/maps") as file:
            mapped = {line.split(maxsplit=5)[5].strip() for line in file if "omp" in line}
    except OSError:
        return
    for name in mapped:
        if re.search(r"/lib[gi]?omp[^/]*\.so", name):
            try:
                ctypes.CDLL(name).omp_pause_resource_all(OMP_PAUSE_HARD)
            except (OSError, AttributeError):
                continue


def unsafe():
    """Why this process must not be forked, in words; empty if it may."""
    if len(sys._current_frames()) > 1:
        others = [thread.name for thread in threading.enumerate()][1:]
        return f"an imported module has started threads ({', '.join(others) or 'unnamed'})"
    torch = sys.modules.get("torch")
    try:
        if torch is not None and torch.cuda.is_initialized():
            return "an imported module has initialised CUDA"
    except AttributeError:
        pass
    try:
        opened = [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]
    except OSError:
        return ""
    used = any(name.startswith("/dev/nvidia-uvm") for name in opened)
    return "an imported module has initialised CUDA" if used else ""


class Loaded:
    """The files of the modules that are loaded, as they were."""

    def __init__(self, began):
        """``began`` is when the first of them was read, in seconds since the epoch."""
        names = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        self.files = {name: _state(name) for name in names if isinstance(name, str)}
        self.began = int(began * 1e9) - 20_000_000  # the clock of file times is coarse

    def changed(self):
        """A file that is not what was imported, or may not be."""
        for name, state in self.files.items():
            if _state(name) != state or (state and state[0] >= self.began):
                return name
        return ""


def _state(name):
    try:
        found = os.stat(name)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
