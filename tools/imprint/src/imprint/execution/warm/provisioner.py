"""The kernel provisioner ``imprint-warm``: kernels forked from a warm server for whatever talks
to Jupyter's kernel managers. A kernelspec asks for it in its metadata::

    {"kernel_provisioner": {"provisioner_name": "imprint-warm", "config": {"preload": ["torch"]}}}

Where forking is impossible a plain kernel starts instead, and the reason is told once.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.launcher import launch_kernel
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Bool, List, Unicode

from imprint.execution.warm import client
from imprint.execution.warm.client import Cold, Key, Stale
from imprint.execution.warm.process import Exit, Process, promise, started

NAME = "imprint-warm"
"""Its entry point under ``jupyter_client.kernel_provisioners``."""
START_TIMEOUT = 60.0
"""Seconds that a server may take to import, and a forked kernel to bind its sockets."""
RESTARTS = 1
"""How often one kernel may have its server replaced, because a file changed or it died."""


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel, warm where that is possible, and knows its end at once."""

    preload = List(Unicode(), help="Modules that the server imports.").tag(config=True)
    careful = Bool(
        False, help="Whether only modules are imported whose import leaves no trace."
    ).tag(config=True)
    warm = Bool(True, help="Whether to fork at all.").tag(config=True)

    last: Process | None = None
    """The kernel's process, also after its end."""
    forked = False
    """Whether the kernel came from a server."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._stopped: Future[None] = promise()

    @property
    def exit(self) -> Exit | None:
        """How the kernel ended; None while it runs."""
        return self.last.ended.result() if self.last and self.last.ended.done() else None

    async def ended(self) -> Exit:
        """Wait for the kernel's end."""
        assert self.last is not None, "no kernel was started"
        return await asyncio.wrap_future(self.last.ended)

    def measure(self) -> None:
        """Note how much of the kernel's memory is its fork server's (``Process.measure``)."""
        if self.last:
            self.last.measure()

    def kill_now(self) -> None:
        """Kill the kernel with all that it started, or let it not start; from any thread."""
        with suppress(InvalidStateError):  # once is enough
            self._stopped.set_result(None)
        if self.last:
            self.last.kill()

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel; a forked one has bound its sockets when this returns.

        Raises OSError where it cannot be started, RuntimeError where it was stopped meanwhile.
        """
        self._stopped = self._stopped if self.last is None else promise()
        kwargs = self._scrub_kwargs(kwargs)
        process = await self._forked(cmd, **kwargs) if self.warm else None
        self.forked = process is not None
        if process is None:
            process = started(lambda: launch_kernel(cmd, **kwargs))
        self.process = self.last = process
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        if self._stopped.done():
            process.kill()
        return self.connection_info

    async def _forked(
        self, cmd: Sequence[str], *, env: dict[str, str] | None = None, cwd: Any = None,
        stdout: Any = None, stderr: Any = None, **others: Any,
    ) -> Process | None:  # fmt: skip
        """A kernel from a server, None where there is none to be had."""
        env = dict(os.environ if env is None else env)
        folder = os.path.abspath(cwd or os.getcwd())
        if not os.path.isdir(folder):
            raise FileNotFoundError(2, "no such folder for a kernel to work in", folder)
        key: Key | str = cmd[0] if cmd else ""
        try:
            if others.get("stdin") or subprocess.PIPE in (stdout, stderr):
                raise Cold("its streams are pipes")
            if others.get("independent"):
                raise Cold("it is to outlive this process")
            if os.path.exists(os.path.join(folder, "matplotlibrc")):
                raise Cold("Matplotlib reads its settings from the page's folder")
            key = client.key_of(cmd, self.preload, env, folder, self.careful)
            arguments = cmd[cmd.index("-m") + 2 :]
            streams = [_descriptor(stdout, 1), _descriptor(stderr, 2)]
            if stderr == subprocess.STDOUT:
                streams[1] = streams[0]
            return await self._from_server(key, arguments, env, folder, streams)
        except Cold as reason:
            client.notice(key, f"kernels of {cmd[0]} start plainly: {reason}")
            return None

    async def _from_server(
        self, key: Key, arguments: Sequence[str], env: dict[str, str], cwd: str,
        streams: Sequence[int],
    ) -> Process:  # fmt: skip
        """A kernel that has bound its sockets, or has ended. Raises Cold."""
        for _ in range(1 + RESTARTS):
            server = await self._ready(key, env)
            ready = server.ready.result()
            if ready["refused"]:
                raise Cold(ready["refused"])
            for name, error in ready["missing"].items() if not key.careful else ():
                client.notice(key, f"{key.python} does not import {name} early: {error}")
            process, answer = server.fork(arguments, env, cwd, streams)
            self.last = process
            if not await self._first(answer):
                raise Cold("its server does not answer")
            if isinstance(answer.exception(), Stale):
                client.retire(server)
            if answer.exception() and not server.alive:
                continue
            answer.result()
            if not await self._first(process.bound, process.ended):
                process.kill()
                raise Cold(f"a forked kernel did not start in {START_TIMEOUT:g} s")
            return process
        raise Cold(str(answer.exception()))

    async def _ready(self, key: Key, env: dict[str, str]) -> client.Server:
        """The server of a key when it has imported; of a careful one, what it is replaced with."""
        while True:
            server = client.server_of(key, env)
            if not await self._first(server.ready):
                if not client.give_up(server.key):
                    raise Cold(f"{', '.join(key.preload)} not imported in {START_TIMEOUT:g} s")
                server.close()
            elif not client.replaced(server.key):
                return server

    async def _first(self, *futures: "Future[Any]") -> bool:
        """Wait until one is done; False after START_TIMEOUT. RuntimeError if stopped."""
        waiting = [asyncio.wrap_future(future) for future in (*futures, self._stopped)]
        for future in waiting:  # the callers ask the originals
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
        done, _ = await asyncio.wait(
            waiting, timeout=START_TIMEOUT, return_when=asyncio.FIRST_COMPLETED
        )
        if self._stopped.done():
            if self.last:
                self.last.kill()
            raise RuntimeError("stopped before it started")
        return bool(done)

    async def wait(self) -> int | None:
        if self.process is None:
            return 0
        end = await self.ended()
        self.process = None
        return end.returncode

    async def send_signal(self, signum: int) -> None:
        if self.last and signum == getattr(signal, "SIGKILL", None):
            self.last.killed = True
        await super().send_signal(signum)


def _descriptor(stream: Any, standard: int) -> int:
    if stream is None:
        return standard
    if stream == subprocess.DEVNULL:
        return _devnull()
    return stream if isinstance(stream, int) else stream.fileno()


def _devnull() -> int:
    global _null
    if _null is None:
        _null = os.open(os.devnull, os.O_RDWR)
    return _null


_null: int | None = None
