"""The store: results by fingerprint, whole or not there at all, whatever happens."""

import datetime
import hashlib
import multiprocessing
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imprint.errors import BookError
from imprint.store import Store, run_name, write_whole
from imprint.store.entries import encode, read_entry
from imprint.store.files import set_aside

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


def _with_digests(*lines: bytes) -> bytes:
    rest = b"".join(lines)
    digests = [hashlib.sha256(part).hexdigest() for part in (rest, lines[0])]
    return f"{digests[0]} {digests[1]} {len(rest)}\n".encode() + rest


def _cut(line: int, offset: int) -> Callable[[bytes], bytes]:
    """Cuts an entry short, ``offset`` bytes from where a line ends."""

    def cut(data: bytes) -> bytes:
        ends = [match.end() for match in re.finditer(b"\n", data)]
        return data[: ends[line] + offset]

    return cut


DAMAGES = {
    "empty": lambda data: b"",
    "a byte of the digest": lambda data: data[:1],
    "within the digests": lambda data: data[:100],
    "before the end of the first line": _cut(0, -1),
    "after the first line": _cut(0, 0),
    "within the record": _cut(0, 20),
    "before the end of the record": _cut(1, -1),
    "after the record": _cut(1, 0),
    "within the notebook": _cut(1, 50),
    "the last byte missing": lambda data: data[:-1],
    "a byte too many": lambda data: data + b"\n",
    "twice": lambda data: data + data,
    "zeros": lambda data: bytes(len(data)),
    "of another form": lambda data: hashlib.sha256(b"{}").hexdigest().encode() + b"\n{}",
    "no JSON": lambda data: _with_digests(b"what?\n", b"what?\n"),
    "no record": lambda data: _with_digests(b'{"a": 1,\n', b'"notebook": {}}\n'),
    "another's result": lambda data: encode(OTHER, notebook(), {}),
}


@pytest.mark.parametrize("way", ["get", "record", "has"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_is_no_whole_entry_is_set_aside_with_one_line(tmp_path, damage, way):
    notices = []
    store = Store(tmp_path, notices.append)
    store.put(KEY, notebook(), {"seconds": 1})
    path = store.path(KEY)
    content = DAMAGES[damage](path.read_bytes())
    path.write_bytes(content)
    assert not getattr(store, way)(KEY)
    assert notices == [f"a damaged result was set aside and runs again: {KEY}.json"]
    assert files(tmp_path) == {f"ab/{KEY}.damaged": content}
    store.put(KEY, notebook(), {"seconds": 2})
    assert store.get(KEY) == (notebook(), {"seconds": 2})
    assert store.record(KEY) == {"seconds": 2} and store.has(KEY)
    assert len(notices) == 1


def test_a_folder_in_the_place_of_an_entry_is_set_aside(tmp_path):
    notices = []
    store = Store(tmp_path, notices.append)
    for _ in range(2):  # the second time, one that was set aside is there already
        (store.path(KEY) / "inside").mkdir(parents=True)
        assert store.get(KEY) is None
        assert len(notices) == 1
        notices.clear()
        store.put(KEY, notebook(), {})
        assert store.get(KEY)
        store.path(KEY).unlink()


def test_a_file_in_the_place_of_a_folder_is_said(tmp_path):
    (tmp_path / "ab").write_text("a file")
    store = Store(tmp_path)
    assert store.get(KEY) is None and not store.has(KEY)
    with pytest.raises(BookError, match="cannot write: .*move away what lies in its place"):
        store.put(KEY, notebook(), {})


def test_a_whole_entry_that_came_in_the_meantime_is_not_set_aside(tmp_path):
    store = Store(tmp_path)
    store.put(KEY, notebook(), {})
    assert not set_aside(store.path(KEY), lambda path: read_entry(path, KEY))
    assert store.get(KEY)


def test_a_record_is_read_without_its_notebook(tmp_path):
    store = Store(tmp_path)
    store.put(KEY, notebook("some text"), {"seconds": 1})
    path = store.path(KEY)
    path.write_bytes(path.read_bytes().replace(b"some text", b"any other"))
    assert store.record(KEY) == {"seconds": 1}
    assert store.get(KEY) is None  # which looks at all of it
    assert store.record(KEY) is None


def test_what_is_no_json_in_a_record_is_kept_as_text(tmp_path):
    store = Store(tmp_path)
    store.put(KEY, notebook(), {"parameters": {"day": datetime.date(2020, 1, 2)}})
    assert store.record(KEY) == {"parameters": {"day": "2020-01-02"}}


# The latest record of a run ------------------------------------------------------------------

PAGE = {"page": "a folder/ä.md", "edition": "torch", "profile": "smoke"}


def test_the_latest_record_of_a_run_is_found_by_its_name_whatever_its_fingerprint(tmp_path):
    store = Store(tmp_path)
    assert store.last("smoke/a folder/ä.md [torch]") is None
    store.put(KEY, notebook(), {**PAGE, "seconds": 1})
    store.put(OTHER, notebook(), {**PAGE, "seconds": 2})
    store.put(KEY[::-1], notebook(), {**PAGE, "seconds": 3, "edition": None})
    store.put(OTHER[::-1], notebook(), {**PAGE, "seconds": 4, "profile": "full"})
    runs = {
        "smoke/a folder/ä.md [torch]": 2, "smoke/a folder/ä.md": 3,
        "full/a folder/ä.md [torch]": 4, "full/a folder/ä.md": None,
    }  # fmt: skip
    found = {run: store.last(run) for run in runs}
    assert {run: record and record["seconds"] for run, record in found.items()} == runs
    assert found["smoke/a folder/ä.md [torch]"] == {**PAGE, "seconds": 2, "fingerprint": OTHER}
    assert run_name(found["smoke/a folder/ä.md"]) == "smoke/a folder/ä.md"


@pytest.mark.parametrize("damage", [b"", b"x", b"0" * 64 + b"\n{}\n", "cut", "flip", "other"])
def test_a_damaged_latest_record_counts_as_none_and_is_no_error(tmp_path, damage):
    notices = []
    store = Store(tmp_path, notices.append)
    store.put(OTHER, notebook(), {**PAGE, "page": "b.md"})
    (other,) = (tmp_path / "last").iterdir()
    store.put(KEY, notebook(), PAGE)
    (path,) = set((tmp_path / "last").iterdir()) - {other}
    data = path.read_bytes()
    changed = {"cut": data[:-5], "flip": data.replace(b'"smoke"', b'"smokf"'),
               "other": other.read_bytes()}  # fmt: skip
    path.write_bytes(changed.get(damage, damage))
    assert store.last("smoke/a folder/ä.md [torch]") is None
    path.unlink()
    path.mkdir()
    assert store.last("smoke/a folder/ä.md [torch]") is None
    store.put(KEY, notebook(), PAGE)
    assert store.get(KEY) and notices == []


# Writing -------------------------------------------------------------------------------------


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
