"""What a forked process does to become a kernel, and how it ends."""

import atexit
import ctypes
import gc
import importlib
import importlib.util
import os
import signal
import sys
import threading
import time
import traceback
import weakref

from .imports import OWN_VARIABLES
from .messages import send
from .processes import raise_oom_score

CONTROL_END = 1.0
"""Seconds for the last word on the control channel, which waits in vain (and long) for the
streams once ipykernel's exit handler has closed them."""
PR_SET_PDEATHSIG = 1  # prctl(2)


def become(request, streams, given, control):
    """Turn this forked process into the kernel that was asked for; never returns.

    ``streams`` become its standard output and error; ``given`` were the server's variables at
    its start; ``control`` is where the kernel says that it is bound.
    """
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    die_with_parent()
    raise_oom_score()
    for number, stream in enumerate(streams, 1):
        os.dup2(stream, number)
        os.close(stream)
    replace_environment(request["env"], given)
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


def die_with_parent():
    """Have this process killed when the server dies (Linux; elsewhere ipykernel looks itself)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))


def replace_environment(environ, given):
    """Have the kernel's variables instead of the server's, with what imports set."""
    for name in set(given) | set(os.environ):
        before, now = given.get(name), os.environ.get(name)
        if now != before == environ.get(name) and name not in OWN_VARIABLES:
            environ[name] = now
    environ["JPY_PARENT_PID"] = str(os.getppid())
    wanted = {name: value for name, value in environ.items() if value is not None}
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)


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

    def made(change):
        """Else ZeroMQ drops what is published beyond a thousand messages that wait."""
        if isinstance(change.new, kernelapp.zmq.Socket):
            change.new.sndhwm = 0

    def bound(change):
        """The sockets are bound: the kernel's own object is made after them."""
        send(control, {"id": request["id"], "bound": True})
        control.close()

    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [launcher.origin, *request["argv"]]
    sys.orig_argv = [sys.executable, "-m", "ipykernel_launcher", *request["argv"]]
    app = kernelapp.IPKernelApp.instance(parent_handle=os.getppid())
    app.observe(made, "iopub_socket")
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
