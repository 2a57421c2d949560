"""Kernels and clients that wait for events: jupyter_client's own, without its sleeps and polls."""

import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from imprint.execution.warm.process import Exit
from imprint.execution.warm.provisioner import NAME, WarmProvisioner

RECONNECT_MS = 10
"""How soon ZeroMQ tries again to reach a kernel that starts; warm ones are there at once."""
SHUTDOWN_GRACE = 2.0
"""Seconds that a kernel has for its exit handlers, once it was asked to end. Plain kernels need
it now and then after their handlers: ipykernel's own may wait for a thread that has gone."""
ASK_AGAIN = 1.0
"""Seconds after which a kernel that does not tell when it is heard is asked once more."""
SOCKET_PATH = 100
"""Bytes that the path of a socket may have, with some left for its number (unix(7): 108)."""

_context: zmq.asyncio.Context | None = None
_lock = threading.Lock()


def shared_context() -> zmq.asyncio.Context:
    """ZeroMQ's context of this process; each socket belongs to the loop that uses it."""
    global _context
    with _lock:
        if _context is None or _context.closed:
            _context = zmq.asyncio.Context()
            _context.reconnect_ivl = RECONNECT_MS
            _context.rcvhwm = 0  # nothing is lost, however much is published before we read it
        return _context


def _forget_context() -> None:
    global _context
    _context = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_context)


class OneSpec(KernelSpecManager):
    """Knows one kernel by whatever name it is asked for."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self.spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self.spec


class Client(AsyncKernelClient):
    """A client with the two channels that running a notebook takes."""

    info: dict[str, Any]
    """The kernel's answer to who it is."""

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        super().start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)

    def stop_channels(self) -> None:
        for channel in (self._shell_channel, self._iopub_channel):
            if channel is not None:
                channel.stop()

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and is heard, which it shows by any message on IOPub.

        Raises RuntimeError where it ends before, or after ``timeout`` seconds.
        """
        try:
            await asyncio.wait_for(self._ready(), timeout)
        except TimeoutError:
            raise RuntimeError(f"the kernel did not answer in {timeout:g} s") from None

    async def _ready(self) -> None:
        tasks = {
            "info": asyncio.ensure_future(self._information()),
            "heard": asyncio.ensure_future(self.iopub_channel.get_msg(timeout=None)),
        }
        provisioner = self.parent.provisioner
        if isinstance(provisioner, WarmProvisioner):
            tasks["ended"] = asyncio.ensure_future(provisioner.ended())
        try:
            asked = False
            while not (tasks["info"].done() and tasks["heard"].done()):
                waiting = {task for task in tasks.values() if not task.done()}
                answered = tasks["info"].done()
                done, _ = await asyncio.wait(
                    waiting, timeout=ASK_AGAIN if asked or answered else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )  # fmt: skip
                if tasks.get("ended") in done:
                    raise RuntimeError(f"{tasks['ended'].result()}, before it answered")
                if answered and not done:  # it was not listened to when it spoke
                    self.kernel_info()
            self.info = tasks["info"].result()["content"]
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _information(self) -> dict[str, Any]:
        self.kernel_info()
        while True:
            message = await self.shell_channel.get_msg(timeout=None)
            if message["msg_type"] == "kernel_info_reply":
                return message


class Manager(AsyncKernelManager):
    """A manager of one kernel whose start and end are events."""

    def client(self, **options: Any) -> Any:
        return super().client(**{"context": self.context, **options})

    stopped = False
    """Whether the kernel was killed, or must not start any more."""

    async def start_kernel(self, **options: Any) -> None:
        """Start the kernel. Raises RuntimeError where it was stopped before."""
        self._attempted_start = True
        if self.provisioner is None:
            self.provisioner = self._own_provisioner()
        if self.stopped:
            raise RuntimeError("stopped before it started")
        command, options = await self.pre_start_kernel(**options)
        await self._async_launch_kernel(command, **options)
        await self.post_start_kernel(**options)

    def _own_provisioner(self) -> Any:
        """Ours, unless the kernelspec names another; then jupyter_client makes that."""
        named = dict(self.kernel_spec.metadata.get("kernel_provisioner") or {})
        if named.get("provisioner_name", NAME) != NAME:
            return None
        return WarmProvisioner(
            kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self,
            warm=bool(named), **named.get("config", {}),
        )  # fmt: skip

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:
        """Ask the kernel to end, wait for its exit handlers, and kill what is left.

        Handlers that take longer than SHUTDOWN_GRACE are cut short, and modules are not taken
        apart: what a page computes is in its outputs by then.
        """
        if self.provisioner and not isinstance(self.provisioner, WarmProvisioner):
            await super().shutdown_kernel(now=now, restart=restart)
            return
        self.shutting_down = True
        if self.provisioner and self.has_kernel:
            self.provisioner.measure()
            if not now and self.provisioner.exit is None:
                await self.request_shutdown(restart=restart)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.provisioner.ended(), SHUTDOWN_GRACE)
            self.provisioner.kill_now()
            await self.provisioner.wait()
        await self.cleanup_resources(restart=restart)

    def kill_now(self) -> None:
        """Kill the kernel with all that it started, or let it not start; from any thread."""
        self.stopped = True
        if isinstance(self.provisioner, WarmProvisioner):
            self.provisioner.kill_now()
        elif process := getattr(self.provisioner, "process", None):
            process.kill()

    @property
    def exit(self) -> Exit | None:
        """How the kernel ended; None while it runs, or where its provisioner does not say."""
        return getattr(self.provisioner, "exit", None)


@contextmanager
def kernel_manager(kernel_name: str, spec: KernelSpec | None) -> Iterator[Manager]:
    """The manager of a kernel that talks through sockets in a folder of its own, where no other
    process can take a port or listen."""
    outer = None if len(tempfile.gettempdir()) < SOCKET_PATH - 30 else "/tmp"  # noqa: S108
    with tempfile.TemporaryDirectory("", "imprint-", outer, ignore_cleanup_errors=True) as folder:
        manager = Manager(
            kernel_name=kernel_name, context=shared_context(), client_factory=Client,
            connection_file=str(Path(folder) / "kernel.json"),
        )  # fmt: skip
        if sys.platform != "win32":
            manager.transport, manager.ip = "ipc", str(Path(folder) / "kernel")
        if spec is not None:
            manager.kernel_spec_manager = OneSpec(spec)
        yield manager
