"""The fork server of warm kernels: it imports what an edition's pages import, then forks a
fresh IPython kernel per request, and does nothing else: no thread, no socket of ZeroMQ, no device.

This one file also runs under an edition's own interpreter, where imprint is not installed:
``python server.py FD PRELOAD``. FD is its end of a socket pair, on which both sides send JSON,
a line a message; the streams of a kernel travel beside it as file descriptors (unix(7),
SCM_RIGHTS). Nobody else can connect. When the other end closes, whatever the reason, every
kernel is killed with all that it started.

The client asks ``{id, argv, env, cwd}`` and gets ``{id, pid}``, ``{id, bound}`` once the
kernel's sockets are there, and ``{id, end}`` when it is gone; or ``{id, stale}`` where a loaded
module has changed, ``{id, failed}`` where the system refuses. The first message is
``{ready, missing, refused}``.
"""

import atexit
import ctypes
import gc
import importlib
import importlib.util
import itertools
import json
import os
import re
import select
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
import weakref

try:
    import fcntl
except ImportError:  # Windows, where this file is only read
    fcntl = None

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
OOM_ADJUSTMENT = 500
"""Added to a kernel's oom score: the system rather kills it than what waits for it."""
CONTROL_END = 1.0
"""Seconds for the last word on the control channel, which waits in vain (and long) for the
streams once ipykernel's exit handler has closed them."""
PR_SET_PDEATHSIG = 1  # prctl(2)
OMP_PAUSE_HARD = 2


def main(arguments):
    control, names = socket.socket(fileno=int(arguments[0])), json.loads(arguments[1])
    forget_own_folder()
    began, given = time.time(), dict(os.environ)
    end_at_word_from(control, True)
    missing = preload(names)
    end_at_word_from(control, False)
    end_openmp_threads()
    files = module_files()
    sys.stdout.flush()
    gc.collect()
    gc.freeze()
    refused = unsafe()
    send(control, {"ready": True, "missing": missing, "refused": refused})
    if not refused:
        Server(control, files, began, given).serve()


def end_at_word_from(control, on):
    """Have the system end this process (SIGIO) when the other end closes or speaks, which it
    does only to a server that is ready: an import may take for ever."""
    flags = fcntl.fcntl(control, fcntl.F_GETFL) & ~os.O_ASYNC
    fcntl.fcntl(control, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(control, fcntl.F_SETFL, flags | (os.O_ASYNC if on else 0))
    if select.select([control], [], [], 0)[0]:  # it closed before
        os._exit(0)


def forget_own_folder():
    """Take this file's folder off the import path, where Python puts it: a kernel's has none."""
    if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(os.path.abspath(__file__)):
        del sys.path[0]


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


def module_files():
    """Each loaded module's file with what tells whether it changed."""
    names = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {name: file_state(name) for name in names if isinstance(name, str)}


def file_state(name):
    try:
        found = os.stat(name)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Server:
    """The kernels of one server, by process id."""

    def __init__(self, control, files, began, given):
        self.control, self.files, self.began, self.given = control, files, began, given
        self.kernels = {}
        self.counted = 0
        self.lines = Lines()

    def serve(self):
        """Answer requests and report ended kernels until the other end closes."""
        woken, wake = socket.socketpair()
        for end in (woken, wake):
            end.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self.own = (self.control, woken, wake)
        with selectors.DefaultSelector() as self.selector:
            self.selector.register(self.control, selectors.EVENT_READ)
            self.selector.register(woken, selectors.EVENT_READ)
            try:
                while True:
                    ready = [key.fileobj for key, _ in self.selector.select()]
                    if woken in ready:
                        woken.recv(4096)
                        self.reap()
                    if self.control in ready:
                        for request, streams in self.lines.receive(self.control):
                            self.answer(request, streams)
            except (EOFError, OSError):
                self.end()

    def end(self):
        for pid in self.kernels:
            kill_group(pid)
            os.kill(pid, signal.SIGKILL)  # it may not lead its group yet
        leave(0)

    def answer(self, request, streams):
        """Fork a kernel; ``streams`` become its standard output and error."""
        try:
            if changed := self.changed():
                send(self.control, {"id": request["id"], "stale": changed})
                return
            killings = oom_kills()
            try:
                pid = os.fork()
            except OSError as error:
                send(self.control, {"id": request["id"], "failed": f"fork: {error.strerror}"})
                return
            if pid == 0:
                try:
                    self.become(request, streams)
                except BaseException:
                    traceback.print_exc()
                finally:  # whatever happened, the server's own loop is not the child's
                    os._exit(1)
            self.kernels[pid] = request["id"], killings
            send(self.control, {"id": request["id"], "pid": pid})
        finally:
            for stream in streams:
                os.close(stream)

    def changed(self):
        """A module's file that is not what was imported, or may not be."""
        started = int(self.began * 1e9) - 20_000_000  # the clock of file times is coarse
        for name, state in self.files.items():
            if file_state(name) != state or (state and state[0] >= started):
                return name
        return ""

    def reap(self):
        """Report the kernels that ended."""
        for pid, (key, killings) in list(self.kernels.items()):
            if end := ended(pid, max(killings, self.counted)):
                del self.kernels[pid]
                self.counted = oom_kills() if end["out_of_memory"] else self.counted
                send(self.control, {"id": key, "end": end})

    def become(self, request, streams):
        """Turn this forked process into a kernel; never returns."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with_parent()
        raise_oom_score()
        for number, stream in enumerate(streams, 1):
            os.dup2(stream, number)
            os.close(stream)
        control, *others = self.own
        self.selector.close()
        for other in others:
            other.close()
        self.replace_environment(request["env"])
        os.chdir(request["cwd"])
        forget_the_server(request["cwd"])
        code = 1
        try:
            code = run_kernel(request, control)
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        except BaseException:
            traceback.print_exc()
        leave(code)

    def replace_environment(self, environ):
        """Have the kernel's variables instead of the server's, with what imports set."""
        for name in set(self.given) | set(os.environ):
            before, now = self.given.get(name), os.environ.get(name)
            if now != before == environ.get(name) and name not in OWN_VARIABLES:
                environ[name] = now
        environ["JPY_PARENT_PID"] = str(os.getppid())
        for name in set(os.environ) - {
            name for name, value in environ.items() if value is not None
        }:
            del os.environ[name]
        os.environ.update({name: value for name, value in environ.items() if value is not None})


def forget_the_server(cwd):
    """Undo what modules keep of the process, the folder or the moment that imported them."""
    gc.enable()
    for finalizer in list(getattr(weakref.finalize, "_registry", ())):
        finalizer.atexit = False  # what it takes apart, or deletes, is the server's
    time.tzset()
    importlib.invalidate_caches()
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None
    if "multiprocessing.process" in sys.modules:
        sys.modules["multiprocessing.process"].ORIGINAL_DIR = cwd
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "random"):
        numpy.random.seed()  # anew from the system, as in a process of its own


def run_kernel(request, control):
    """Run ipykernel's application until it is told to shut down."""
    from ipykernel import kernelapp

    def bound(change):
        """The sockets are bound: the kernel's own object is made after them."""
        send(control, {"id": request["id"], "bound": True})
        control.close()

    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [launcher.origin, *request["argv"]]
    sys.orig_argv = [sys.executable, "-m", "ipykernel_launcher", *request["argv"]]
    app = kernelapp.IPKernelApp.instance(parent_handle=os.getppid())
    app.observe(bound, "kernel")
    app.initialize(sys.argv[1:])
    app.start()
    app.control_thread.join(CONTROL_END)
    return 0


def leave(code):
    """End as Python does, except that modules are not taken apart: threads that are no daemons
    end, exit handlers run, streams are written out."""
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def die_with_parent():
    """Have this process killed when the server dies (Linux; elsewhere ipykernel looks itself)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))


def raise_oom_score(pid="self"):
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w") as file:
            file.write(str(OOM_ADJUSTMENT))
    except OSError:
        pass


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def ended(pid, killings, wait=False):
    """How a child process that leads a group ended (None: it has not): exit code or signal,
    whether for want of memory, peak memory in bytes, processor time in seconds.

    What it started is killed before its number can be given to another process.
    ``killings`` is what ``oom_kills`` said when it started.
    """
    flags = 0 if wait else os.WNOHANG
    if hasattr(os, "waitid"):  # not everywhere; without it the number may be another's by then
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | flags) is None:
            return None
        kill_group(pid)
    found, status, usage = os.wait4(pid, flags)
    if not found:
        return None
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    return {
        "code": os.WEXITSTATUS(status) if number is None else None,
        "signal": number,
        "out_of_memory": number == signal.SIGKILL and oom_kills() > killings,
        "peak_memory": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
    }


def oom_kills():
    """How many processes the system has killed for want of memory (proc(5), vmstat): it counts
    those of every cgroup. 0 where it does not say."""
    try:
        with open("/proc/vmstat", "rb") as file:
            counters = file.read()
    except OSError:
        return 0
    _, found, rest = counters.partition(b"\noom_kill ")
    return int(rest.split(b"\n", 1)[0]) if found else 0


def send(control, message, streams=()):
    """Send one message, and open files beside it."""
    data = memoryview(json.dumps({**message, "streams": len(streams)}).encode() + b"\n")
    sent = socket.send_fds(control, [data], list(streams)) if streams else 0
    control.sendall(data[sent:])


class Lines:
    """Takes messages and the files that came with them out of a stream."""

    def __init__(self):
        self.data, self.streams = b"", []

    def receive(self, control):
        """Wait for data; the whole messages in it, each with its files. EOFError at the end."""
        data, streams, _, _ = socket.recv_fds(control, 1 << 16, 8)
        if not data:
            raise EOFError
        self.streams += streams
        *lines, self.data = (self.data + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            count = message.pop("streams")
            taken, self.streams = self.streams[:count], self.streams[count:]
            yield message, taken


if __name__ == "__main__":
    main(sys.argv[1:])
