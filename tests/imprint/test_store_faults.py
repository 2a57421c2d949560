"""What happens to a store while it is used: kills, full disks, races. Nothing that was kept is
lost, nothing wrong is served, and nobody has to clean up.

``IMPRINT_FAULTS=200`` kills that many whole builds instead of a few.
"""

import errno
import json
import multiprocessing
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from imprint.errors import BookError
from imprint.store import Store, open_store
from imprint.store.entries import encode, entry_name
from imprint.store.transfer import pull, push
from imprint.store.upkeep import DAY, collect, contents, verify

from tests.imprint.small import book, entries, page, ran
from tests.imprint.test_faults import eventually, started
from tests.imprint.test_store import notebook
from tests.imprint.test_store_upkeep import key

KILLS = 200
BUILDS = int(os.environ.get("IMPRINT_FAULTS", "3"))


def sized(number: int) -> str:
    """A text that tells its number, from 10 bytes to some 100 kB long."""
    return f"{number} " * (5 << (number % 13))


def number(found: tuple) -> int:
    """The number in a result, all of which must be as it was written."""
    text = found[0].cells[0].outputs[0].text
    assert text == sized(found[1]["n"])
    return found[1]["n"]


def put_unused(store: Store, name: str) -> None:
    """Keep a result that, from the first moment on, was last used 40 days ago."""
    path = store.path(key(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".unused-{os.getpid()}-{name}")
    new.write_bytes(encode(key(name), notebook("unused"), {"name": name}))
    when = time.time() - 40 * DAY
    os.utime(new, (when, when))
    new.replace(path)


@contextmanager
def forked(work: Callable[[int], None]) -> Iterator[tuple[int, int]]:
    """A process that does ``work`` with the writing end of a pipe; its id, and the reading end.
    A fork costs a millisecond, where a fresh interpreter costs half a second."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            work(writing)
        finally:
            os._exit(70)
    os.close(writing)
    try:
        yield pid, reading
    finally:
        os.close(reading)


def drained(reading: int) -> bytes:
    data = b""
    while more := os.read(reading, 1 << 16):
        data += more
    return data


# Kills ---------------------------------------------------------------------------------------


def _use(folder: Path, first: int, say: int) -> None:
    """Keep, read and collect for ever, and say what is kept."""
    store = Store(folder)
    for n in range(first, first + 1_000_000):
        name = f"{n % 50}"
        store.put(key(name), notebook(sized(n)), {"n": n, "page": f"{name}.md"})
        os.write(say, f"{n}\n".encode())
        store.get(key(f"{n * 7 % 50}"))
        if n % 5 == 0:
            put_unused(store, f"unused {n % 3}")
        if n % 7 == 0:
            collect(store, {key(n) for n in range(50)})


def test_a_user_of_the_store_killed_at_any_moment_loses_nothing_that_was_kept(tmp_path):
    kept: dict[str, int] = {}
    following = 0
    notebook()  # the first one loads a schema, which the forks need not do again
    for _ in range(KILLS):
        with forked(lambda say, first=following: _use(tmp_path, first, say)) as (pid, said):
            assert select.select([said], [], [], 20)[0]
            time.sleep(random.uniform(0, 0.02))
            os.kill(pid, signal.SIGKILL)
            assert os.waitpid(pid, 0)[1] == signal.SIGKILL
            numbers = [int(n) for n in drained(said).split()]
        assert numbers == list(range(following, following + len(numbers)))
        kept |= {f"{n % 50}": n for n in numbers}
        following = numbers[-1] + 1
        kept_by = Store(tmp_path, pytest.fail)
        for name, n in kept.items():
            assert kept_by.record(key(name))["n"] in (n, following)  # said, or about to be said
    assert verify(Store(tmp_path)).damaged == []
    assert {name: number(kept_by.get(key(name))) >= n for name, n in kept.items()} == dict.fromkeys(
        kept, True
    )
    assert len(kept) == 50 and kept_by.last(f"/{following % 50}.md")["n"] in (
        kept[f"{following % 50}"], following
    )  # fmt: skip
    for path in tmp_path.rglob(".new-*"):
        os.utime(path, (0, 0))
    for path in tmp_path.rglob(".unused-*"):  # what was killed while it made things old
        path.unlink()
    collect(Store(tmp_path), map(key, kept))
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".json", ".last"}


PAGES = {
    "a.md": page("import random", "print(sum(range(10)))"),
    "b.md": page("x = 'b' * 50_000", "print(x)", "x[:3]"),
    "c.md": page("import time", "print('before')\ntime.sleep(0.2)", "print('after')"),
}
CONFIG = "title: T\neditions: {alpha: {title: Alpha}}\n"


def results(root: Path) -> dict[str, list]:
    """What each page of a book's store gave; every file must be whole."""
    store = Store(root / "build/store", pytest.fail)
    found = {}
    for path in entries(root):
        executed, record = store.get(path.stem)
        found[record["page"]] = [cell.get("outputs") for cell in executed.cells]
    return json.loads(json.dumps(found))


def live_in(root: Path) -> set[int]:
    """The processes, zombies aside, that work in a folder."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(root):
                found.add(int(process.name))
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, imprint) -> tuple[dict[str, list], float]:
    """What a build gives that nothing befalls, and the seconds that it takes."""
    root = book(tmp_path_factory.mktemp("undisturbed") / "book", PAGES, CONFIG)
    began = time.monotonic()
    done = imprint(root, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    return results(root), time.monotonic() - began


@pytest.mark.xdist_group("store faults")
@pytest.mark.parametrize("moment", range(BUILDS))
def test_a_build_killed_at_any_moment_is_finished_by_the_next_one(
    tmp_path, imprint, undisturbed, moment
):
    expected, seconds = undisturbed
    root = book(tmp_path / "book", PAGES, CONFIG)
    with started(root) as process:
        # spread over the length of a build: one moment in each part of it
        time.sleep(seconds * (moment + random.random()) / BUILDS)
        process.kill()
        process.communicate()
    assert eventually(lambda: not live_in(root), 30), "what it started ends as well"
    before = results(root)
    assert before == {name: expected[name] for name in before}
    assert verify(Store(root / "build/store")).damaged == []
    done = imprint(root, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert results(root) == expected
    assert ran(done.stdout) == {f"{name} [alpha]" for name in expected if name not in before}
    assert not list((root / "build/store").rglob("*.damaged"))
    shutil.rmtree(root)


# Races ---------------------------------------------------------------------------------------


def _race(folder: Path, name: str, url: str | None) -> None:
    with open_store(folder, url, notice=sys.exit) as store:
        for n in range(60):
            store.put(key(f"{name} {n}"), notebook(sized(n)), {"n": n, "page": name})
            store.put(key(f"shared {n % 5}"), notebook(sized(n)), {"n": n, "page": "shared"})
            unused = f"unused {n % 4}"
            if store.has(key(unused)):  # asked for, it must stay whatever is collected meanwhile
                assert store.get(key(unused))[1] == {"name": unused}, unused
            elif n % 2:
                put_unused(store, unused)
            else:
                collect(store, (), days=1)
            if found := store.get(key(f"shared {n % 5}")):
                number(found)


@pytest.mark.parametrize(("processes", "remote"), [(2, False), (4, False), (2, True), (4, True)])
def test_several_processes_keep_and_collect_in_one_store_at_once(tmp_path, processes, remote):
    url = f"file://{tmp_path}/far" if remote else None
    context = multiprocessing.get_context("fork")
    racing = [
        # on one store here, or on stores of their own before one remote
        context.Process(
            target=_race, args=(tmp_path / (f"{n}" if remote else "store"), f"{n}", url)
        )
        for n in range(processes)
    ]
    for process in racing:
        process.start()
    for process in racing:
        process.join(120)
    assert [process.exitcode for process in racing] == [0] * processes
    folder = tmp_path / ("far" if remote else "store")
    assert verify(Store(folder)).damaged == []
    store = Store(folder, pytest.fail)
    for name in range(processes):
        for n in range(60):
            assert number(store.get(key(f"{name} {n}"))) == n
    assert all(number(store.get(key(f"shared {n}"))) >= 0 for n in range(5))
    assert not list(folder.rglob("*/.*"))


def test_what_is_asked_for_while_it_is_collected_stays(tmp_path):
    """Of one result, over and over, so that both meet at the same moment."""

    def collecting(say: int) -> None:
        while True:
            collect(Store(tmp_path), (), days=1)

    store, stayed, went = Store(tmp_path, pytest.fail), 0, 0
    with forked(collecting) as (pid, _):
        try:
            ends = time.monotonic() + 3
            while time.monotonic() < ends:
                put_unused(store, "x")
                time.sleep(random.uniform(0, 0.0005))
                if store.has(key("x")):
                    assert store.get(key("x")) and store.get(key("x")), stayed
                    stayed += 1
                else:
                    went += 1
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    assert stayed > 10 and went > 10


@pytest.mark.xdist_group("store faults")
def test_two_builds_of_one_book_at_once_both_succeed(tmp_path, undisturbed):
    root = book(tmp_path / "book", PAGES, CONFIG)
    with started(root) as one, started(root) as two:
        said = [process.communicate(timeout=120) for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0), said
    assert results(root) == undisturbed[0]
    assert verify(Store(root / "build/store")).damaged == []
    assert not list((root / "build/store").rglob(".new-*"))


# Full disks ----------------------------------------------------------------------------------


@contextmanager
def disk(folder: Path, size: str = "256k") -> Iterator[None]:
    """A small disk in place of ``folder``, where this machine lets us have one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_what_finds_no_room_is_said_and_leaves_the_store_as_it_was(tmp_path):
    with disk(tmp_path / "store"):
        notices = []
        store = Store(tmp_path / "store", notices.append)
        store.put(key("a"), notebook("a" * 100_000), {"page": "a.md"})
        for _ in range(3):
            with pytest.raises(BookError) as raised:
                store.put(key("b"), notebook("b" * 200_000), {"page": "b.md"})
            assert "cannot write: No space left on device (free space" in str(raised.value)
        assert [entry.fingerprint for entry in contents(store)] == [key("a")]
        assert not list(store.folder.rglob(".new-*")) and not store.last("/b.md")
        (store.folder / "fill").write_bytes(b"")
        with suppressed_enospc(), (store.folder / "fill").open("ab") as fill:
            while True:
                fill.write(bytes(4096))
                fill.flush()
        os.truncate(store.path(key("a")), 50_000)  # a full disk is no reason to serve it
        assert store.get(key("a")) is None and len(notices) == 1
        swept = collect(store, ())
        assert [path.suffix for path in swept.leftovers] == [".damaged"] and swept.freed == 50_000
        (store.folder / "fill").unlink()
        store.put(key("b"), notebook("b" * 100_000), {"page": "b.md"})
        assert store.get(key("b")) and store.last("/b.md")
        assert verify(store).damaged == []


@contextmanager
def suppressed_enospc() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        assert error.errno == errno.ENOSPC


def test_a_remote_whose_disk_is_full_holds_nothing_half_and_gets_the_rest_later(tmp_path):
    notices = []
    url = f"file://{tmp_path}/far"
    with disk(tmp_path / "far"):
        with open_store(tmp_path / "here", url, notice=notices.append) as store:
            for n in range(8):
                store.put(key(n), notebook(f"{n}" * 60_000), {})
        assert len(notices) == 1 and "No space left on device" in notices[0]
        far = Store(tmp_path / "far", pytest.fail)
        there = [n for n in range(8) if far.has(key(n))]
        assert 0 < len(there) < 8 and verify(far).damaged == []
        assert not list(far.folder.rglob(".new-*"))
        with pytest.raises(BookError, match="No space left on device"):
            push(open_store(tmp_path / "here", url))
        subprocess.run(["mount", "-o", "remount,size=2m", str(tmp_path / "far")], check=True)
        copied = push(open_store(tmp_path / "here", url))
        assert copied.results + copied.there == 8
        assert all(far.get(key(n)) for n in range(8))


def test_a_remote_that_cannot_be_written_is_read(tmp_path):
    notices = []
    with disk(tmp_path / "far", "2m"):
        Store(tmp_path / "far").put(key("a"), notebook("a"), {})
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "far")], check=True)
        with open_store(tmp_path / "x", f"file://{tmp_path}/far", notice=notices.append) as store:
            store.put(key("b"), notebook("b"), {})
            store.close()
            assert store.get(key("a"))[0] == notebook("a")
            store.put(key("c"), notebook("c"), {})
        assert len(notices) == 1 and "Read-only file system" in notices[0]


# Copies that are killed ----------------------------------------------------------------------


@pytest.mark.parametrize("copy", [push, pull])
def test_a_copy_killed_half_way_leaves_whole_files_and_goes_on_where_it_was(tmp_path, copy):
    names = {key(n): n for n in range(300)}
    filled = tmp_path / ("here" if copy is push else "far")
    for fingerprint, n in names.items():
        path = filled / entry_name(fingerprint)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(fingerprint, notebook(sized(n)), {"n": n}))
    url = f"file://{tmp_path}/far"
    target = Store(tmp_path / ("far" if copy is push else "here"), pytest.fail)

    def copying(say: int) -> None:
        copy(open_store(tmp_path / "here", url),
             progress=lambda done, of: os.write(say, b"."))  # fmt: skip

    counts = []
    for _ in range(6):
        with forked(copying) as (pid, said):
            assert select.select([said], [], [], 20)[0]
            time.sleep(random.uniform(0, 0.02))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            copied = len(drained(said))
        assert verify(target).damaged == []
        counts.append(len(contents(target)))
        assert counts[-1] >= sum(counts[-2:-1]) + copied
        if counts[-1] == 300:
            break
    done = copy(open_store(tmp_path / "here", url))
    assert (done.there, done.results) == (counts[-1], 300 - counts[-1])
    assert counts[0] < 300
    assert {fingerprint: number(target.get(fingerprint)) for fingerprint in names} == names
