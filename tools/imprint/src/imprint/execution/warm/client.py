"""The fork servers of this process: one for each interpreter, list of modules, and environment
variables that count when a library loads. Started on first need or early; ended with us."""

import atexit
import json
import logging
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from imprint.execution.warm.process import Exit, Process, promise, resident
from imprint.execution.warm.server.messages import Lines, send
from imprint.execution.warm.server.processes import kill_group

log = logging.getLogger(__name__)

MAIN = Path(__file__).parent / "server/__main__.py"

AT_START = re.compile(
    r"PYTHON|PYDEVD_|IPYTHON|JUPYTER_|LD_|DYLD_|MALLOC_|GLIBC_|LANG|LC_|HOME$|XDG_|MPL|MATPLOTLIB"
    r"|OMP_|KMP_|GOMP_|MKL_|OPENBLAS_|BLIS_|VECLIB_|NUMEXPR_|ONEDNN_|DNNL_|.*_NUM_THREADS$"
)
"""Variables that an interpreter or a library reads once, at its start."""
CLOSING = 5.0
"""Seconds that a server has to kill its kernels and end."""
DIED = "the server of warm kernels died"
ATTEMPTS = 2
"""How often a server may die while it imports before its kernels start plainly."""


class Stale(Exception):
    """A module that the server has loaded is not what its file holds now."""


class Cold(Exception):
    """Forking is impossible here; the text says why."""


@dataclass(frozen=True)
class Key:
    """What all kernels of one server have in common."""

    python: str
    flags: tuple[str, ...]
    """The interpreter's own, before ``-m``."""
    preload: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    folder: str
    """Where it starts: the root, unless a relative import path makes it matter."""
    careful: bool = False
    """Whether it imports only what leaves no trace: nobody asked for these modules."""


def key_of(
    command: Sequence[str], preload: Sequence[str], env: Mapping[str, str], cwd: str,
    careful: bool = False,
) -> Key:  # fmt: skip
    """The server that a kernel's command belongs to. Raises Cold where it is not IPython's."""
    if sys.platform == "win32":
        raise Cold("Windows cannot fork")
    index = command.index("-m") if "-m" in command[:-1] else 0
    if not index or command[index + 1] not in ("ipykernel_launcher", "ipykernel"):
        raise Cold("it is no IPython kernel")
    own = {name.partition(".")[0].upper() for name in preload}
    variables = {
        name: value
        for name, value in env.items()
        if AT_START.match(name) or any(word in name.upper() for word in own)
    }
    paths = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
    folder = "/" if all(map(os.path.isabs, paths)) else cwd
    return Key(command[0], tuple(command[1:index]), tuple(preload),
               tuple(sorted(variables.items())), folder, careful)  # fmt: skip


class Server:
    """A running fork server, seen from here."""

    def __init__(self, key: Key, env: Mapping[str, str]) -> None:
        """Start it; it is ready when ``ready`` is done."""
        self.key = key
        self.ready: Future[Mapping[str, Any]] = promise()
        """Its first message; Cold where there was none."""
        self._kernels: dict[int, Process] = {}
        self._answers: dict[int, Future[None]] = {}
        self._lock = threading.Lock()
        self._last = 0
        self._retired = self._dead = False
        self.gone: Future[None] = promise()
        """Done when the server and its kernels are no more."""
        self._words = tempfile.TemporaryFile(prefix="imprint-")
        ours, theirs = socket.socketpair()
        self._control = ours
        late = ("JPY_", "IMPRINT_", "CUDA_VISIBLE_DEVICES")
        base = {name: value for name, value in env.items() if not name.startswith(late)}
        command = [key.python, *key.flags, str(MAIN), str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(
                [*command, json.dumps(key.preload), json.dumps(key.careful)],
                stdin=subprocess.DEVNULL, stdout=self._words, stderr=self._words,
                cwd=key.folder, env=base, pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip
        name = f"warm kernels of {self.process.pid}"
        threading.Thread(target=self._listen, name=name, daemon=True).start()

    @property
    def alive(self) -> bool:
        return not (self._dead or self._retired)

    def fork(
        self, arguments: Sequence[str], env: Mapping[str, str], cwd: str, streams: Sequence[int]
    ) -> tuple[Process, "Future[None]"]:
        """Ask for a kernel; its Process, and the answer: done when it is forked, or Stale, or
        Cold where the server died."""
        request: dict[str, Any] = {"argv": list(arguments), "env": dict(env), "cwd": cwd}
        process, answer = Process(server=self.process.pid), promise()
        with self._lock:
            if not self.alive:
                answer.set_exception(Cold(DIED))
                return process, answer
            self._last += 1
            number = request["id"] = self._last
            self._kernels[number], self._answers[number] = process, answer
            try:
                send(self._control, request, streams)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the listening thread hears it too, and answers
            except OSError as error:
                del self._kernels[number], self._answers[number]
                answer.set_exception(Cold(f"its server cannot be asked: {error.strerror}"))
        return process, answer

    def retire(self) -> None:
        """Fork no more; end after the last kernel."""
        with self._lock:
            self._retired = True
            if not self._kernels:
                self._hang_up()

    def close(self) -> None:
        """End it and its kernels; they are gone when this returns."""
        self._hang_up()
        if not self.ready.done():  # it does not listen yet, and has no kernels
            self.process.kill()
        with suppress(TimeoutError):
            self.gone.result(CLOSING)
            return
        self.process.kill()
        self.gone.result()

    def _hang_up(self) -> None:
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        lines = Lines()
        try:
            with suppress(EOFError, OSError):
                while True:
                    for message, _ in lines.receive(self._control):
                        self._heard(message)
        finally:
            self._died()

    def _heard(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self.ready.set_result(message)
            return
        number = message["id"]
        process = self._kernels[number]
        if "bound" in message:
            process.bound.set_result(None)
        elif "pid" in message:
            process.pid = message["pid"]
            self._answers.pop(number).set_result(None)
        else:
            with self._lock:
                del self._kernels[number]
                if self._retired and not self._kernels:
                    self._hang_up()
            if "stale" in message:
                self._answers.pop(number).set_exception(Stale(f"{message['stale']} keeps changing"))
            elif "failed" in message:
                self._answers.pop(number).set_exception(Cold(message["failed"]))
            else:
                process.end(Exit(**message["end"], killed=process.killed))

    def _died(self) -> None:
        with self._lock:
            self._dead = True
        for process in self._kernels.values():
            if process.pid:
                kill_group(process.pid)
        self.process.wait()
        if not self.ready.done():
            self._words.seek(0)
            said = self._words.read().decode("utf-8", "replace").strip().splitlines()
            self.ready.set_exception(Cold(said[-1] if said else "its server died while importing"))
        for answer in self._answers.values():
            answer.set_exception(Cold(DIED))
        for process in self._kernels.values():
            killed = process.killed
            process.end(Exit(signal=9, killed=killed, server_died=not killed))
        self._words.close()
        self._control.close()
        self.gone.set_result(None)


_servers: dict[Key, Server] = {}
_retired: set[Server] = set()
_failures: dict[Key, int] = {}
_replaced: dict[Key, Key] = {}
"""The careful ones that could not import all, each with one that tries less."""
_cold: dict[Key, str] = {}
"""Why no further server is tried."""
_told: set[tuple[Key | str, str]] = set()
_lock = threading.RLock()
_tell: Callable[[str], None] = log.warning


def server_of(key: Key, env: Mapping[str, str]) -> Server:
    """The running server of a key, started where there is none. Raises Cold where none can
    be."""
    with _lock:
        while key in _replaced:
            key = _replaced[key]
        found = _servers.get(key)
        if found and found.alive:
            return found
        if key in _cold:
            raise Cold(_cold[key])
        try:
            _servers[key] = Server(key, env)
        except OSError as error:
            raise Cold(f"{key.python} does not start: {error.strerror}") from None
        _servers[key].ready.add_done_callback(lambda ready: _judge(key, ready))
        return _servers[key]


def _judge(key: Key, ready: "Future[Mapping[str, Any]]") -> None:
    """Try no more where a server must not fork, or has died twice before it could; less where
    it was careful."""
    with _lock:
        if ready.exception() and give_up(key):
            return
        if not ready.exception() and (unfit := ready.result()["unfit"]):
            fit = tuple(name for name in key.preload if name not in unfit)
            _replaced[key] = replace(key, preload=fit)
            log.info("not imported early: %s", unfit)
        elif error := ready.exception():
            _failures[key] = _failures.get(key, 0) + 1
            if _failures[key] >= ATTEMPTS:
                _cold[key] = str(error)
        elif ready.result()["refused"]:
            _cold[key] = ready.result()["refused"]


def replaced(key: Key) -> bool:
    """Whether there is another server for a careful one's kernels."""
    return key in _replaced


def give_up(key: Key) -> bool:
    """Have a careful server's kernels start without anything imported; False where that is so
    already, or the list was given."""
    if not key.careful or not key.preload:
        return False
    _replaced[key] = replace(key, preload=())
    return True


def retire(server: Server) -> None:
    """Take no further kernels from a server; it ends after its last one."""
    with _lock:
        if _servers.get(server.key) is server:
            del _servers[server.key]
        _retired.add(server)
    server.gone.add_done_callback(lambda gone: _retired.discard(server))
    server.retire()


def start_early(
    command: Sequence[str], preload: Sequence[str], env: Mapping[str, str], cwd: Path | str = "/",
    careful: bool = False,
) -> None:  # fmt: skip
    """Begin to start the server of a kernel's command, so that it is ready when it is needed."""
    with suppress(Cold):
        server_of(key_of(command, preload, env, str(cwd), careful), env)


def stop_all() -> None:
    """End all servers and their kernels."""
    with _lock:
        servers = [*_servers.values(), *_retired]
        _forget()
    for server in servers:
        server.close()


def held() -> int:
    """Bytes that the servers have resident, which their kernels share and do not count."""
    with _lock:
        servers = [*_servers.values(), *_retired]
    return sum(resident(server.process.pid) for server in servers if not server.gone.done())


def on_notice(tell: Callable[[str], None]) -> None:
    """Have ``tell`` hear why kernels start plainly, once for each server and reason; without
    it the log does."""
    global _tell
    _tell = tell


def notice(key: Key | str, text: str) -> None:
    with _lock:
        if (key, text) in _told:
            return
        _told.add((key, text))
    _tell(text)


def _forget() -> None:
    """No server is known any more; in a forked copy of this process they are not its own."""
    for known in (_servers, _retired, _failures, _replaced, _cold):
        known.clear()


atexit.register(stop_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
