"""A real HTTP server that misbehaves on request, and small helpers."""

import hashlib
import http.server
import threading
import time
from contextlib import contextmanager


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server, path = self.server, self.path.lstrip("/")
        server.requests.append(path)
        body = server.files.get(path)
        if body is None or server.broken:
            self.send_error(503 if server.broken else 404)
            return
        self.send_response(200)
        if path.endswith(".gz") and "gzip" in self.headers["Accept-Encoding"]:
            self.send_header("Content-Encoding", "gzip")  # as some do
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = len(body) // 2
        self.wfile.write(body[:half])
        self.wfile.flush()
        if server.cut:
            return
        time.sleep(server.pause)
        try:
            self.wfile.write(body[half:])
        except OSError:
            pass  # the client is gone

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Serves ``files``: cut sends half of each and closes; pause waits
    seconds in the middle of each; broken answers 503."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.requests = {}, []
        self.cut, self.pause, self.broken = False, 0, False
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"

    def put(self, path, body):
        """Serve ``body``; return what DATA_HUB holds for it."""
        self.files[path] = body
        return self.url + path, hashlib.sha1(body).hexdigest()


@contextmanager
def running():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def tree(folder):
    """Map each file below a folder, locks and notes aside, to its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".d2l" not in path.parts
    }


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def block_locks(folder):
    """Put something in the way of every lock, which stops even root."""
    for lock in folder.glob(".d2l/*.lock"):
        lock.unlink()
        lock.mkdir()
