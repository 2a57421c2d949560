"""Messages between a fork server and its client, on a socket pair: JSON, a line a message; open
files travel beside it as file descriptors (unix(7), SCM_RIGHTS).

The client asks ``{id, argv, env, cwd}`` and gets ``{id, pid}``, ``{id, bound}`` once the
kernel's sockets are there, and ``{id, end}`` when it is gone; or ``{id, stale}`` where a loaded
module has changed, ``{id, failed}`` where the system refuses. The first message is
``{ready, missing, unfit, refused}``.
"""

import json
import socket


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
