"""Fixtures of the data hub's tests: servers, an isolated cache, processes."""

import os
import socket
import subprocess
import sys

import pytest

from d2l import data
from tests.data.hub_server import running


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def other_server():
    """A second one, the mirror of the first."""
    with running() as server:
        yield server


@pytest.fixture
def closed_url():
    """The url of a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The default cache folder, ../data, of an empty working folder."""
    for name in ("D2L_DATA", "D2L_DATA_DIR", "D2L_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(data, "DATA_HUB", {})
    (tmp_path / "page").mkdir()
    monkeypatch.chdir(tmp_path / "page")
    return tmp_path / "data"


@pytest.fixture
def start():
    """Start code in a process of its own, in this working folder."""
    processes = []

    def start(code, **kwargs):
        env = dict(
            os.environ,
            PYTHONPATH=os.pathsep.join(os.path.abspath(path) for path in sys.path if path),
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=env,
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **kwargs},
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def no_leftovers(cache):
    yield
    assert not list(cache.rglob("*.part"))
