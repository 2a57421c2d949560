"""The store: results by fingerprint, whole or not there at all, whatever happens."""

import multiprocessing
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imprint.errors import BookError
from imprint.store import Store, write_whole

KEY, OTHER = "ab" + 62 * "0", "cd" + 62 * "1"


def notebook(text: str = "héllo \u2028 \U0001f600") -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("stream", name="stdout", text=text)
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1", outputs=[output], id="a")]
    )


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_is_put_comes_back_and_nothing_else_is_there(tmp_path):
    store = Store(tmp_path)
    assert store.get(KEY) is None
    store.put(KEY, notebook(), {"seconds": 1.5})
    found, record = store.get(KEY)
    assert (found, record) == (notebook(), {"seconds": 1.5})
    assert isinstance(found, nbformat.NotebookNode)
    assert store.get(OTHER) is None
    assert list(files(tmp_path)) == [f"ab/{KEY}.json"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_one_flipped_bit_anywhere_is_noticed_and_set_aside(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("store")
    notices = []
    store = Store(folder, notices.append)
    store.put(KEY, notebook(), {})
    path = store.path(KEY)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    assert store.get(KEY) is None
    assert notices == [f"a damaged result was set aside and runs again: {KEY}.json"]
    assert files(folder) == {f"ab/{KEY}.damaged": bytes(content)}
    store.put(KEY, notebook(), {})
    assert store.get(KEY) is not None


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.floats(0, 1, exclude_max=True))
def test_a_truncated_entry_is_noticed_and_set_aside(tmp_path_factory, share):
    folder = tmp_path_factory.mktemp("store")
    store = Store(folder)
    store.put(KEY, notebook(), {})
    path = store.path(KEY)
    os.truncate(path, int(path.stat().st_size * share))
    assert store.get(KEY) is None
    assert not path.exists()


def test_a_new_file_has_the_rights_of_any_other(tmp_path):
    write_whole(tmp_path / "a/b", b"x")
    (tmp_path / "other").write_bytes(b"x")
    rights = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a/b", "other")]
    assert rights[0] == rights[1]


def test_a_write_that_fails_leaves_what_was_there_and_says_what_to_do(tmp_path):
    path = tmp_path / "file"
    write_whole(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(BookError) as raised:
            write_whole(path, b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(raised.value) == (
        f"{path}: cannot write: File too large (free space there, then build again)"
    )
    assert files(tmp_path) == {"file": b"old"}


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "a").write_text("a file")
    with pytest.raises(BookError, match="cannot write: "):
        write_whole(tmp_path / "a/b", b"x")


def _write_many(folder: Path, letter: str) -> None:
    store = Store(folder)
    for _ in range(60):
        store.put(KEY, notebook(letter * 50_000), {"letter": letter})


def test_readers_see_whole_entries_while_several_write_the_same_one(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(tmp_path, letter)) for letter in "xy"]
    for writer in writers:
        writer.start()
    notices, seen = [], set()
    store = Store(tmp_path, notices.append)
    while any(writer.is_alive() for writer in writers):
        if found := store.get(KEY):
            letter = found[1]["letter"]
            assert found[0].cells[0].outputs[0].text == letter * 50_000
            seen.add(letter)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert notices == [] and seen
    assert list(files(tmp_path)) == [f"ab/{KEY}.json"]


def test_a_writer_killed_at_any_moment_leaves_the_old_entry_or_the_new_one(tmp_path):
    code = (
        "import sys; from pathlib import Path; from test_store import notebook; "
        "from imprint.store import Store\n"
        "store, n = Store(Path(sys.argv[1])), 0\n"
        "while True:\n"
        f"    n += 1; store.put({KEY!r}, notebook(str(n) * 300_000), {{'n': n}})\n"
        "    print(n, flush=True)\n"
    )
    store = Store(tmp_path)
    for delay in (0.0, 0.003, 0.007, 0.011, 0.02):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parent,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert writer.stdout.readline() == b"1\n"
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        found, record = store.get(KEY)
        assert found.cells[0].outputs[0].text == str(record["n"]) * 300_000
