"""A store behind a URL: what is put in one place is found in the others, and whatever happens to
the remote, nothing half is served and no build fails."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from imprint.errors import BookError
from imprint.store import Remote, Store, open_store, remote
from imprint.store.entries import encode
from imprint.store.transfer import pull, push
from imprint.store.upkeep import verify

from tests.imprint.test_store import files, notebook
from tests.imprint.test_store_upkeep import key

RECORD = {"page": "a.md", "edition": "torch", "profile": "smoke", "date": "2026-01-01"}
RUN = "smoke/a.md [torch]"


class Faulty(MemoryFileSystem):
    """Files far away, where a test says what happens before each call; a write that fails
    leaves half of the file there."""

    protocol = "faulty"
    store: dict = {}
    pseudo_dirs: list = [""]
    cachable = False
    before: Callable[[str, str], object] = staticmethod(lambda call, path: None)

    def cat_file(self, path, start=None, end=None, **options):
        Faulty.before("read", path)
        return super().cat_file(path, start, end, **options)

    def pipe_file(self, path, value, mode="overwrite", **options):
        try:
            Faulty.before("write", path)
        except BaseException:
            super().pipe_file(path, value[: len(value) // 2], mode, **options)
            raise
        return super().pipe_file(path, value, mode, **options)

    def mv(self, path1, path2, **options):
        Faulty.before("move", path2)
        return super().mv(path1, path2, **options)

    def find(self, path, **options):
        Faulty.before("list", path)
        return super().find(path, **options)


fsspec.register_implementation("faulty", Faulty, clobber=True)


UNEXPECTED: list[str] = []
"""What stores said, in whichever thread, of which a test takes no notice."""


@pytest.fixture(autouse=True)
def no_memories():
    Faulty.store.clear()
    MemoryFileSystem.store.clear()
    Faulty.before = staticmethod(lambda call, path: None)
    UNEXPECTED.clear()
    yield
    assert UNEXPECTED == []


@contextmanager
def faults(before: Callable[[str, str], object]):
    Faulty.before = staticmethod(before)
    yield
    Faulty.before = staticmethod(lambda call, path: None)


@pytest.fixture(params=["file", "memory", "faulty", "folder"])
def url(request, tmp_path) -> str:
    folder = tmp_path / "far away"
    return {"file": f"file://{folder}", "memory": "memory://bucket/folder",
            "faulty": "faulty://bucket", "folder": str(folder)}[request.param]  # fmt: skip


def opened(folder: Path, url: str, notices: list | None = None, **options) -> Store:
    told = UNEXPECTED if notices is None else notices
    return open_store(folder, url, notice=told.append, **options)


def fill(folder: Path, url: str, *names: str) -> None:
    with opened(folder, url) as store:
        for name in names:
            store.put(key(name), notebook(name), {**RECORD, "page": f"{name}.md"})


def test_what_one_machine_put_another_gets_and_keeps(tmp_path, url):
    fill(tmp_path / "one", url, "a", "b")
    store = opened(tmp_path / "two", url)
    assert store.has(key("a"))
    assert store.get(key("a"))[0] == notebook("a")
    assert store.get(key("c")) is None
    assert store.last("smoke/b.md [torch]")["fingerprint"] == key("b")
    assert store.last("smoke/c.md [torch]") is None
    alone = Store(tmp_path / "two")
    assert alone.get(key("a"))[0] == notebook("a") and not alone.has(key("b"))
    assert alone.last("smoke/a.md [torch]")["fingerprint"] == key("a")


def test_nothing_but_whole_files_is_at_the_remote(tmp_path, url):
    fill(tmp_path / "one", url, *"abcd")
    filesystem, root = fsspec.core.url_to_fs(url)
    there = {path.removeprefix(root).lstrip("/"): filesystem.cat_file(path)
             for path in filesystem.find(root)}  # fmt: skip
    assert there == files(tmp_path / "one") and len(there) == 8


def test_a_build_that_only_reads_never_writes_to_the_remote(tmp_path):
    url = f"file://{tmp_path}/far"
    fill(tmp_path / "one", url, "a")
    before = files(tmp_path / "far")
    with opened(tmp_path / "two", url, read_only=True) as store:
        store.prefetch([key("a"), key("b")], [RUN])
        assert store.get(key("a")) and not store.get(key("b"))
        store.put(key("b"), notebook("b"), RECORD)
        assert store.get(key("b"))
    with pytest.raises(BookError, match="only read"):
        push(store)
    assert files(tmp_path / "far") == before


def test_a_result_from_elsewhere_is_the_latest_unless_a_later_one_is_here(tmp_path):
    url = "memory://x"
    with opened(tmp_path / "one", url) as one:
        one.put(key("1"), notebook(), {**RECORD, "date": "2026-01-01"})
        one.put(key("3"), notebook(), {**RECORD, "date": "2026-01-03"})
    two = Store(tmp_path / "two", pytest.fail)
    two.put(key("2"), notebook(), {**RECORD, "date": "2026-01-02"})
    two = opened(tmp_path / "two", url)
    assert two.get(key("1")) and two.last(RUN)["fingerprint"] == key("2")
    assert two.get(key("3")) and two.last(RUN)["fingerprint"] == key("3")


# Many files ----------------------------------------------------------------------------------


def test_many_results_come_several_at_once(tmp_path):
    names = [f"{n}" for n in range(64)]
    fill(tmp_path / "one", "faulty://x", *names)
    together = threading.Barrier(16)
    with faults(lambda call, path: together.wait(20)):
        store = opened(tmp_path / "two", "faulty://x")
        store.prefetch([key(name) for name in names])
    alone = Store(tmp_path / "two", pytest.fail)
    assert all(alone.has(key(name)) for name in names)


def test_what_is_here_or_known_to_be_nowhere_is_not_asked_for(tmp_path):
    fill(tmp_path / "one", "faulty://x", "a", "b")
    calls = []
    with faults(lambda call, path: calls.append(path)):
        store = opened(tmp_path / "two", "faulty://x")
        store.prefetch([key(name) for name in "abc"], [RUN, "smoke/c.md [torch]"])
        asked = len(calls)
        assert asked == len(set(calls)) == 4  # the record of a.md came with its result
        store.prefetch([key(name) for name in "abc"], [RUN, "smoke/c.md [torch]"])
        assert store.get(key("a")) and not store.get(key("c")) and not store.last("smoke/d.md")
    assert len(calls) == asked + 1


def test_sending_does_not_hold_up_the_build_and_is_over_at_its_end(tmp_path):
    go_on = threading.Event()
    with faults(lambda call, path: go_on.wait(20)):
        with opened(tmp_path / "one", "faulty://x") as store:
            for name in "abcdefgh":
                store.put(key(name), notebook(), {})
            assert not Faulty.store
            go_on.set()
        assert len(Faulty.store) == 8


def test_a_build_that_is_interrupted_sends_only_what_is_on_its_way(tmp_path):
    go_on = threading.Event()
    with faults(lambda call, path: go_on.wait(20)), pytest.raises(KeyboardInterrupt):
        with opened(tmp_path / "one", "faulty://x") as store:
            for n in range(100):
                store.put(key(n), notebook(), {})
            threading.Timer(0.2, go_on.set).start()
            raise KeyboardInterrupt
    assert len(Faulty.store) < 10
    assert push(opened(tmp_path / "one", "faulty://x")).results >= 90
    assert len(Faulty.store) == 100


# Faults --------------------------------------------------------------------------------------


class Broken(Exception):
    """As the clients of clouds raise: no OSError."""


@pytest.mark.parametrize("error", [Broken, OSError, ConnectionResetError, TimeoutError])
@pytest.mark.parametrize("works", range(0, 7))
def test_a_remote_that_fails_at_any_call_is_said_once_and_the_build_goes_on(tmp_path, works, error):
    fill(tmp_path / "one", "faulty://x", "a", "b")
    calls, notices = [], []

    def fail(call: str, path: str) -> None:
        calls.append(call)
        if len(calls) > works:
            raise error("what went\nwrong")

    with faults(fail), opened(tmp_path / "two", "faulty://x", notices) as store:
        for name in "abc":
            found = store.get(key(name))
            assert found is None or found[0] == notebook(name)
            if not found:
                store.put(key(name), notebook(name), {})
        assert all(store.get(key(name))[0] == notebook(name) for name in "abc")
    assert len(notices) == (len(calls) > works)
    assert all(line.startswith("store faulty://x cannot be ") for line in notices)
    assert all(": what went; " in line for line in notices)
    with opened(tmp_path / "two", "faulty://x") as store:
        push(store)
    assert all(opened(tmp_path / "new", "faulty://x").get(key(name)) for name in "abc")
    assert verify(Store(tmp_path / "new")).damaged == []
    assert not [path for path in Faulty.store if ".new-" in path]


def test_after_a_failure_the_remote_is_left_alone(tmp_path):
    calls, notices = [], []

    def fail(call: str, path: str) -> None:
        calls.append(call)
        raise Broken

    with faults(fail), opened(tmp_path / "two", "faulty://x", notices) as store:
        assert not store.get(key("a"))
        store.prefetch(map(key, range(50)), [RUN])
        store.put(key("a"), notebook(), RECORD)
    assert (calls, len(notices)) == (["read"], 1)


def test_a_remote_that_never_answers_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "ANSWER", 0.3)
    released, notices = threading.Event(), []
    with faults(lambda call, path: released.wait(12)):
        with opened(tmp_path / "two", "faulty://x", notices) as store:
            began = time.monotonic()
            store.prefetch(map(key, range(40)))
            assert not store.get(key("a"))
            assert time.monotonic() - began < 10
        released.set()
    assert notices == [
        "store faulty://x cannot be read: no answer within 0.3 s; this build goes on without it"
    ]


def test_where_reading_is_denied_each_result_counts_as_missing_and_the_others_are_found(tmp_path):
    """As buckets answer that may be read but not listed, for an object that is not there."""
    fill(tmp_path / "one", "faulty://x", "a")
    notices = []

    def deny(call: str, path: str) -> None:
        if call == "write" or key("a") not in path:
            raise PermissionError("Forbidden")

    with faults(deny), opened(tmp_path / "two", "faulty://x", notices) as store:
        assert not store.get(key("b")) and not store.get(key("c")) and store.get(key("a"))
        store.put(key("b"), notebook(), {})
    assert notices == [
        "store faulty://x may not be read: Forbidden; taken as not there",
        "store faulty://x may not be written: Forbidden; results stay here: send them later with "
        "imprint store push",
    ]


@pytest.mark.parametrize("content", [b"", b"half", "cut", "another"])
def test_what_is_not_whole_at_the_remote_is_never_served_and_replaced_by_the_next_run(
    tmp_path, url, content
):
    fill(tmp_path / "one", url, "a")
    filesystem, root = fsspec.core.url_to_fs(url)
    path = f"{root}/{key('a')[:2]}/{key('a')}.json"
    whole = filesystem.cat_file(path)
    wrong = {"cut": whole[:-10], "another": encode(key("b"), notebook(), {})}.get(content, content)
    filesystem.pipe_file(path, wrong)
    notices = []
    with opened(tmp_path / "two", url, notices) as store:
        store.prefetch([key("a")])
        assert store.get(key("a")) is None and not store.has(key("a"))
        assert len(notices) == 1 and notices[0].startswith("a damaged result was passed over: ")
        store.put(key("a"), notebook("a"), {})
    assert opened(tmp_path / "three", url).get(key("a"))


def test_a_damaged_result_here_is_fetched_again(tmp_path):
    notices = []
    fill(tmp_path / "one", "memory://x", "a")
    store = opened(tmp_path / "one", "memory://x", notices)
    os.truncate(store.path(key("a")), 100)
    assert store.get(key("a"))[0] == notebook("a")
    assert notices == [f"a damaged result was set aside and fetched again: {key('a')}.json"]


# Copying -------------------------------------------------------------------------------------


def test_pull_and_push_copy_what_the_other_side_lacks(tmp_path, url):
    here = Store(tmp_path / "one")
    for name in "abc":
        here.put(key(name), notebook(name), {**RECORD, "page": f"{name}.md"})
    told = []
    one, two = opened(tmp_path / "one", url), opened(tmp_path / "two", url)
    assert push(one, {key("a")}).results == 1
    copied = push(one, progress=lambda done, of: told.append((done, of)))
    assert (copied.results, copied.there, copied.damaged) == (2, 1, [])
    assert told == [(1, 2), (2, 2)]
    assert pull(two, {key("a"), key("z")}).results == 1
    copied = pull(two)
    assert (copied.results, copied.there) == (2, 1)
    assert files(tmp_path / "two") == files(tmp_path / "one")
    assert pull(two).results == push(one).results == 0


def test_the_latest_records_that_come_are_those_of_the_latest_results(tmp_path):
    with opened(tmp_path / "one", "memory://x") as one:
        one.put(key("3"), notebook(), {**RECORD, "date": "2026-01-03"})
        one.put(key("1"), notebook(), {**RECORD, "date": "2026-01-01"})
        one.put(key("b"), notebook(), {**RECORD, "page": "b.md"})
    fsspec.filesystem("memory").rm_file(f"/x/{key('b')[:2]}/{key('b')}.json")
    two = opened(tmp_path / "two", "memory://x")
    pull(two)
    alone = Store(tmp_path / "two")
    assert alone.last(RUN)["fingerprint"] == key("3")
    assert alone.last("smoke/b.md [torch]")["fingerprint"] == key("b")


def test_a_damaged_result_is_not_pushed(tmp_path):
    store = opened(tmp_path, "memory://x")
    local = Store(tmp_path)
    for name in "ab":
        local.put(key(name), notebook(), {})
    os.truncate(local.path(key("a")), 300)
    copied = push(store)
    assert (copied.results, copied.damaged) == (1, [f"{key('a')[:2]}/{key('a')}.json"])
    assert len(MemoryFileSystem.store) == 1


@pytest.mark.parametrize("works", range(0, 12, 2))
def test_a_copy_that_was_broken_off_goes_on_where_it_was(tmp_path, works):
    local = Store(tmp_path / "one")
    names = [f"{n}" for n in range(10)]
    for name in names:
        local.put(key(name), notebook(name), {})
    for copy, folder in ((push, "one"), (pull, "two")):
        calls = []

        def fail(call: str, path: str, calls: list = calls) -> None:
            calls.append(path)
            if len(calls) > works:
                raise Broken("gone")

        with faults(fail):
            if works < 10:
                with pytest.raises(BookError, match="store faulty://x cannot be .*: gone"):
                    copy(opened(tmp_path / folder, "faulty://x"))
        done = copy(opened(tmp_path / folder, "faulty://x"))
        assert done.results + done.there == 10
        # some were on their way when the first failed
        assert done.there <= max(0, works - 1)
    assert files(tmp_path / "two") == files(tmp_path / "one")


def test_names_that_are_no_store_s_own_are_not_copied(tmp_path):
    filesystem = fsspec.filesystem("memory")
    for name in ("../../evil.json", "ab/x.json", f"ab/{key('a')}.json.new", "notes.txt"):
        filesystem.pipe_file(f"/x/{name}", b"?")
    copied = pull(opened(tmp_path / "one", "memory://x"))
    assert (copied.results, copied.there, files(tmp_path)) == (0, 0, {})


# Where there is no remote --------------------------------------------------------------------


def test_a_protocol_that_there_is_not_is_said(tmp_path):
    with pytest.raises(BookError) as raised:
        open_store(tmp_path, "nonsense://x")
    assert str(raised.value).startswith("store nonsense://x: Protocol not known: nonsense")


def test_a_package_that_is_missing_is_named(tmp_path):
    fsspec.register_implementation("lacking", "no_such_package.core.Files", clobber=True)
    with pytest.raises(BookError) as raised:
        open_store(tmp_path, "lacking://x")
    assert str(raised.value).endswith(" (pip install no_such_package)")


def test_a_folder_is_taken_from_the_book_s_root(tmp_path):
    assert Remote("../far", root=tmp_path / "book").names() == {}
    fill(tmp_path / "one", str(tmp_path / "far"), "a")
    assert len(Remote("../far", root=tmp_path / "book").names()) == 2


# A bucket ------------------------------------------------------------------------------------


@pytest.fixture
def bucket(tmp_path, monkeypatch) -> Iterator[str]:
    """A bucket at a server that speaks S3, on this machine; s3fs finds both as it finds any."""
    pytest.importorskip("s3fs", reason="pip install s3fs 'moto[server]'")
    moto = pytest.importorskip("moto.server", reason="pip install s3fs 'moto[server]'")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    try:
        fsspec.filesystem("s3", skip_instance_cache=True).makedirs("a-bucket", exist_ok=True)
        yield f"s3://a-bucket/{tmp_path.name}/folder"
    finally:
        server.stop()
        fsspec.filesystem("s3").clear_instance_cache()


def test_a_bucket_is_a_store_as_any_other(tmp_path, bucket):
    fill(tmp_path / "one", bucket, *map(str, range(40)))
    two = opened(tmp_path / "two", bucket)
    two.prefetch(map(key, range(30)), [f"smoke/{n}.md [torch]" for n in range(30)])
    assert all(Store(tmp_path / "two", pytest.fail).get(key(n)) for n in range(30))
    assert two.get(key(35)) and not two.get(key(50)) and not two.last("smoke/x.md")
    assert pull(two).results == 9
    assert files(tmp_path / "two") == files(tmp_path / "one")
    Store(tmp_path / "two").put(key("new"), notebook(), {})
    assert push(opened(tmp_path / "two", bucket)).results == 1
    notices = []
    with opened(tmp_path / "three", bucket, notices, read_only=True) as three:
        assert three.get(key("new"))
        three.put(key("other"), notebook(), {})
    assert len(Remote(bucket).names()) == 81 and notices == []


def test_a_bucket_that_there_is_not_is_said_once(tmp_path, bucket):
    notices = []
    with opened(tmp_path, "s3://no-bucket/x", notices) as store:
        for name in "ab":
            assert store.get(key(name)) is None
            store.put(key(name), notebook(), {})
    assert len(notices) == 1 and "s3://no-bucket/x cannot be written: " in notices[0]


def test_a_server_that_is_not_there_is_said_once(tmp_path, bucket, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    fsspec.filesystem("s3").clear_instance_cache()
    notices = []
    with opened(tmp_path, "s3://a-bucket/x", notices) as store:
        store.prefetch(map(key, range(50)))
        store.put(key("a"), notebook(), {})
        assert store.get(key("a"))
    assert len(notices) == 1 and "s3://a-bucket/x cannot be read: " in notices[0]
