"""What a fork server does before it forks: it imports, and looks whether it may fork after that."""

import ctypes
import gc
import importlib
import itertools
import os
import re
import sys
import threading

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


def preload(names):
    """Import modules by name; what could not be imported, with the reason.

    The garbage collector rests meanwhile: nothing of this is garbage.
    """
    gc.disable()
    for name, value in OWN_VARIABLES.items():
        os.environ.setdefault(name, value)
    missing = {}
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:
            missing[name] = f"{type(error).__name__}: {error}"
    later = [names for library, names in LATER.items() if library in sys.modules]
    for name in itertools.chain(KERNEL_MODULES, *later):
        try:
            importlib.import_module(name)
        except Exception:
            continue
    if sys.modules.pop(INLINE, None):  # it wires itself to the shell when it is imported
        del sys.modules["matplotlib_inline"].backend_inline
    return missing


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
