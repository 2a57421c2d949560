"""Looking after a store: what is listed, what goes and what never does, what is damaged."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from imprint.store import Store
from imprint.store.upkeep import DAY, HOUR, Entry, collect, contents, delete, verify


def key(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def put(store: Store, name: str, days: float = 0, page: str = "a.md", size: int = 0) -> str:
    """Keep a result that was last used so many days ago."""
    node = nbformat.v4.new_notebook(metadata={"padding": "x" * size})
    date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - days * DAY))
    record = {"page": page, "edition": "torch", "profile": "smoke", "date": date, "seconds": 1.25}
    store.put(key(name), node, record)
    age(store.path(key(name)), days * DAY)
    return key(name)


def age(path: Path, seconds: float) -> None:
    when = time.time() - seconds
    os.utime(path, (when, when))


def names(entries: list[Entry], *among: str) -> set[str]:
    by_key = {key(name): name for name in among}
    return {by_key[entry.fingerprint] for entry in entries}


def held(store: Store, *among: str) -> set[str]:
    return names(contents(store), *among)


def test_contents_are_listed_by_run_and_date_with_what_is_known(tmp_path):
    store = Store(tmp_path)
    put(store, "new", days=1, page="b.md")
    put(store, "old", days=2, page="b.md", size=5000)
    put(store, "first", page="a.md")
    (tmp_path / "ab").mkdir(exist_ok=True)
    (tmp_path / "ab/other.json").write_text("none of ours")
    put(store, "broken")
    store.path(key("broken")).write_text("?")
    found = contents(store)
    assert [entry.fingerprint for entry in found] == [key(n) for n in ("first", "old", "new")]
    assert [entry.run for entry in found] == [f"smoke/{page} [torch]" for page in
                                              ("a.md", "b.md", "b.md")]  # fmt: skip
    assert found[1].size == store.path(key("old")).stat().st_size > 5000
    assert found[1].record["seconds"] == 1.25
    assert store.path(key("broken")).exists()
    store.put(key("bare"), nbformat.v4.new_notebook(), {})  # of which nothing is known
    assert contents(store)[0].fingerprint == key("bare")


def test_what_is_current_never_goes_and_what_is_not_goes_by_age(tmp_path):
    store = Store(tmp_path)
    put(store, "current", days=100)
    put(store, "old", days=31)
    put(store, "young", days=29)
    swept = collect(store, {key("current")})
    assert names(swept.entries, "old") == {"old"}
    assert swept.freed == swept.entries[0].size
    assert held(store, "current", "young") == {"current", "young"}


def test_only_the_latest_of_a_run_are_kept(tmp_path):
    store = Store(tmp_path)
    for days in range(2, 6):
        put(store, f"a{days}", days=days)
        put(store, f"b{days}", days=days, page="b.md")
    collect(store, {key("b5")}, days=None, keep=2)
    assert held(store, "a2", "a3", "b2", "b3", "b5") == {"a2", "a3", "b2", "b3", "b5"}
    assert store.last("smoke/a.md [torch]")


def test_the_longest_unused_go_until_the_store_is_small_enough(tmp_path):
    store = Store(tmp_path)
    put(store, "current", days=9, size=10_000)
    for days in (2, 3, 4):
        put(store, f"{days}", days=days, size=10_000)
    collect(store, {key("current")}, days=None, size=24_000)
    assert held(store, "current", "2") == {"current", "2"}
    collect(store, {key("current")}, days=None, size=0)
    assert held(store, "current") == {"current"}


def test_a_dry_run_says_the_same_and_deletes_nothing(tmp_path):
    store = Store(tmp_path)
    put(store, "old", days=31)
    (tmp_path / "ab").mkdir(exist_ok=True)
    (tmp_path / "ab" / f"{'ab' * 32}.damaged").write_text("123")
    swept = collect(store, (), dry_run=True)
    assert names(swept.entries, "old") == {"old"} and len(swept.leftovers) == 1
    assert swept.freed == swept.entries[0].size + 3
    again = collect(store, ())
    assert (again.entries, again.leftovers) == (swept.entries, swept.leftovers)
    assert not [path for path in tmp_path.rglob("*/*") if path.parent.name != "last"]


@pytest.mark.parametrize("way", ["get", "record", "has"])
def test_what_a_build_has_just_asked_for_stays(tmp_path, way):
    store = Store(tmp_path)
    put(store, "asked", days=100)
    put(store, "not asked", days=100)
    put(store, "written")
    assert getattr(store, way)(key("asked"))
    collect(store, (), days=0, keep=0, size=0)
    assert held(store, "asked", "written") == {"asked", "written"}


@pytest.mark.parametrize("use", ["asks for it", "writes it again"])
def test_what_a_build_uses_after_it_was_chosen_to_go_stays(tmp_path, use):
    store = Store(tmp_path)
    put(store, "x", days=100)
    (chosen,) = contents(store)
    if use == "asks for it":
        assert store.has(key("x"))
    else:
        put(store, "x")
    assert not delete(store, chosen)
    assert store.get(key("x"))
    (chosen,) = contents(store)
    assert delete(store, chosen) and not store.get(key("x"))


def test_leftovers_of_writers_go_after_an_hour_and_a_killed_collection_loses_nothing(tmp_path):
    store = Store(tmp_path)
    path = store.path(put(store, "x"))
    path.rename(path.with_suffix(".gone-0123456789abcdef"))  # as a collection does before the end
    for name, seconds in {"old": HOUR + 9, "young": HOUR - 9}.items():
        (path.parent / f".new-{name}").write_text("half")
        age(path.parent / f".new-{name}", seconds)
    (path.parent / f"{key('y')}.damaged").mkdir()
    swept = collect(store, ())
    assert {path.name for path in swept.leftovers} == {".new-old", f"{key('y')}.damaged"}
    assert {path.name for path in path.parent.iterdir()} == {f"{key('x')}.json", ".new-young"}
    assert store.get(key("x"))


def test_verifying_reads_everything_and_sets_aside_what_is_damaged(tmp_path):
    store = Store(tmp_path)
    for name in "abcd":
        put(store, name, page=f"{name}.md")
    assert (verify(store).whole, verify(store).damaged) == (8, [])
    path = store.path(key("a"))
    path.write_bytes(path.read_bytes().replace(b"padding", b"Padding"))  # in the notebook
    os.truncate(store.path(key("b")), 200)
    (last, *_) = (tmp_path / "last").iterdir()
    last.write_bytes(b"")
    verified = verify(store)
    assert set(verified.damaged) == {
        f"{key('a')[:2]}/{key('a')}.json", f"{key('b')[:2]}/{key('b')}.json", f"last/{last.name}"
    }  # fmt: skip
    assert verified.whole == 5
    assert (verify(store).whole, verify(store).damaged) == (5, [])
    assert held(store, "c", "d") == {"c", "d"}
    assert len(list(tmp_path.rglob("*.damaged"))) == 3


def test_nothing_is_amiss_in_a_store_that_is_not_there(tmp_path):
    store = Store(tmp_path / "none")
    assert contents(store) == [] and verify(store).damaged == []
    assert collect(store, ()).freed == 0


# The commands --------------------------------------------------------------------------------

COMMANDS = """\
from pathlib import Path
from imprint.cli import store
from imprint.store import open_store
store._current = lambda root: Path("current").read_text().split()  # which takes no book
store._opened = lambda root, url=None: open_store(root / "store", url, root=root)
store.app()
"""


@pytest.fixture
def command(tmp_path):
    """Runs ``imprint store …`` on a store of three results, one of them current."""
    store = Store(tmp_path / "store")
    put(store, "now", days=50, page="chapters/b.md", size=1000)
    put(store, "old", days=40, page="chapters/b.md")
    put(store, "young", days=2)
    (tmp_path / "current").write_text(key("now"))

    def run(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-c", COMMANDS, *arguments], cwd=tmp_path, capture_output=True,
            text=True, env={**os.environ, "COLUMNS": "200"},
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    run.store = store
    return run


def test_ls_shows_each_result_and_which_are_current(command):
    status, out, _ = command("ls")
    rows = [line.split() for line in out.splitlines()]
    assert status == 0 and len(rows) == 5
    assert [row[:2] for row in rows[1:4]] == [
        ["smoke/a.md", "[torch]"], *[["smoke/chapters/b.md", "[torch]"]] * 2
    ]  # fmt: skip
    assert [row[-1] == "current" for row in rows[:4]] == [False, False, True, False]
    assert rows[2][4:8] == ["1.2", "s", "1.4", "kB"]
    assert out.splitlines()[-1].startswith("3 results, 2.3 kB") and out.endswith("; 1 current\n")


def test_gc_says_what_goes_and_lets_it_go(command):
    status, out, _ = command("gc", "--dry-run")
    assert status == 0 and out.startswith("smoke/chapters/b.md [torch] of ")
    assert "would delete 1 result and 0 leftovers, " in out
    assert held(command.store, "now", "old", "young") == {"now", "old", "young"}
    assert command("gc")[1].startswith("deleted 1 result and 0 leftovers, ")
    assert held(command.store, "now", "young") == {"now", "young"}
    assert command("gc", "--size", "1 kB")[1].startswith("deleted 1 result and ")
    assert held(command.store, "now") == {"now"}
    status, _, err = command("gc", "--size", "much")
    assert (status, err) == (1, "no size: 'much' (for example 500M or 2G)\n")


def test_verify_exits_with_1_where_something_is_damaged(command):
    assert command("verify")[:2] == (0, "5 files as written, 0 damaged\n")
    path = command.store.path(key("old"))
    os.truncate(path, path.stat().st_size - 1)
    assert command("verify")[:2] == (1, (
        f"damaged, set aside: {path.parent.name}/{path.name}\n4 files as written, 1 damaged\n"
    ))  # fmt: skip


def test_push_and_pull_copy_what_the_other_side_lacks(command, tmp_path):
    status, _, err = command("push")
    assert (status, err.partition(" (")[0]) == (1, "there is no remote store")
    assert command("push", "--current", "--store", "far")[1].startswith("pushed 1 result, ")
    assert command("push", "--store", "far")[1].endswith("; 1 were there\n")
    before = {path.name for path in (tmp_path / "far").rglob("*.json")}
    assert before == {f"{key(name)}.json" for name in ("now", "old", "young")}
    for name in ("now", "old"):
        command.store.path(key(name)).unlink()
    assert command("pull", "--current", "--store", "far")[1].startswith("pulled 1 result, ")
    assert held(command.store, "now", "young") == {"now", "young"}
    far = Store(tmp_path / "far")
    os.truncate(far.path(key("old")), 300)
    status, out, _ = command("pull", "--store", "far")
    path = far.path(key("old"))
    assert (status, out.splitlines()) == (1, [
        f"damaged, not copied: {path.parent.name}/{path.name}",
        "pulled 0 results, 0 B; 2 were there",
    ])  # fmt: skip
