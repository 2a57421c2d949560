"""The server: it imports, then forks a kernel per request and tells how each ended.

Nobody else can connect to its socket pair. When the other end closes, whatever the reason, every
kernel is killed with all that it started.
"""

import fcntl
import gc
import json
import os
import select
import selectors
import signal
import socket
import sys
import time
import traceback

from . import imports, kernel
from .messages import Lines, send
from .processes import Killings, ended, kill_group

ENDING = 3
"""Seconds for the exit handlers of what was imported."""


def main(arguments):
    """Serve at the socket of this number, with these modules (JSON) imported, and carefully or
    not (JSON)."""
    control = socket.socket(fileno=int(arguments[0]))
    names, careful = map(json.loads, arguments[1:])
    began, given = time.time(), dict(os.environ)
    end_at_word_from(control, True)
    missing, unfit = imports.preload(names, careful)
    end_at_word_from(control, False)
    imports.end_openmp_threads()
    loaded = imports.Loaded(began)
    sys.stdout.flush()
    gc.collect()
    gc.freeze()
    refused = imports.unsafe()
    send(control, {"ready": True, "missing": missing, "unfit": unfit, "refused": refused})
    if not (refused or unfit):
        Server(control, loaded, given).serve()


def end_at_word_from(control, on):
    """Have the system end this process (SIGIO) when the other end closes or speaks, which it
    does only to a server that is ready: an import may take for ever."""
    flags = fcntl.fcntl(control, fcntl.F_GETFL) & ~os.O_ASYNC
    fcntl.fcntl(control, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(control, fcntl.F_SETFL, flags | (os.O_ASYNC if on else 0))
    if select.select([control], [], [], 0)[0]:  # it closed before
        os._exit(0)


class Server:
    """The kernels of one server, by process id."""

    def __init__(self, control, loaded, given):
        self.control, self.loaded, self.given = control, loaded, given
        self.kernels = {}
        self.killings = Killings()
        self.lines = Lines()

    def serve(self):
        """Answer requests and report ended kernels until the other end closes."""
        woken, wake = socket.socketpair()
        for end in (woken, wake):
            end.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self.control, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            self.own = (selector, woken, wake)
            try:
                while True:
                    ready = [key.fileobj for key, _ in selector.select()]
                    if woken in ready:
                        woken.recv(4096)
                        self.reap()
                    if self.control in ready:
                        for request, streams in self.lines.receive(self.control):
                            self.answer(request, streams)
            except (EOFError, OSError):
                self.end()

    def end(self):
        signal.alarm(ENDING)  # which ends this process
        for pid in self.kernels:
            kill_group(pid)
            os.kill(pid, signal.SIGKILL)  # it may not lead its group yet
        kernel.leave(0)

    def answer(self, request, streams):
        """Fork a kernel; ``streams`` become its standard output and error."""
        try:
            if changed := self.loaded.changed():
                send(self.control, {"id": request["id"], "stale": changed})
                return
            since = self.killings.count()
            try:
                pid = os.fork()
            except OSError as error:
                send(self.control, {"id": request["id"], "failed": f"fork: {error.strerror}"})
                return
            if pid == 0:
                try:
                    for one in self.own:
                        one.close()
                    kernel.become(request, streams, self.given, self.control)
                except BaseException:
                    traceback.print_exc()
                finally:  # whatever happened, the server's own loop is not the child's
                    os._exit(1)
            self.kernels[pid] = request["id"], since
            send(self.control, {"id": request["id"], "pid": pid})
        finally:
            for stream in streams:
                os.close(stream)

    def reap(self):
        """Report the kernels that ended."""
        for pid, (key, since) in list(self.kernels.items()):
            if end := ended(pid, self.killings, since):
                del self.kernels[pid]
                send(self.control, {"id": key, "end": end})
