"""Much work of one kind on all cores gives what it gives on one."""

import multiprocessing
import os
import threading
import time
from functools import partial

import pytest
from imprint import parallel
from imprint.book import load
from imprint.errors import BookErrors
from imprint.memo import memo
from imprint.sources import read_pages

from tests.imprint.processes import alone, eventually, lives
from tests.imprint.small import book, page

MANY = 2 * parallel.LEAST


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 2)


def squared(number: int) -> tuple[int, int]:
    if number == 7:
        raise ValueError(number)
    return number * number, os.getpid()


@alone
def test_what_is_made_apart_has_its_place_and_what_raises_is_left_out():
    found = parallel.made([partial(squared, number) for number in range(MANY)])
    assert {place: value for place, (value, _) in found.items()} == {
        number: number * number for number in range(MANY) if number != 7
    }
    assert os.getpid() not in {pid for _, pid in found.values()}


@alone
def test_the_cores_work_at_once():
    both = multiprocessing.get_context("fork").Barrier(2)

    def made(number: int) -> int:
        return both.wait(60) if number in (0, MANY - 1) else -1

    found = parallel.made([partial(made, number) for number in range(MANY)])
    assert {found[0], found[MANY - 1]} == {0, 1}  # as many as met there


def test_processes_that_read_end_when_the_one_that_began_them_is_killed(tmp_path):
    def busy(number: int) -> None:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(1000)

    makers = [partial(busy, number) for number in range(MANY)]
    process = multiprocessing.get_context("fork").Process(target=parallel.made, args=[makers])
    process.start()
    assert eventually(lambda: len(list(tmp_path.iterdir())) == 2)
    process.kill()
    process.join()
    assert eventually(lambda: not any(lives(int(path.name)) for path in tmp_path.iterdir()))


@alone
def test_a_killed_process_loses_nothing_but_its_share():
    def made(number: int) -> int:
        if number == MANY - 1:
            os._exit(9)
        return number

    found = parallel.made([partial(made, number) for number in range(MANY)])
    assert MANY - 1 not in found and all(place == value for place, value in found.items())


@alone
def test_few_are_not_worth_a_process_and_threads_forbid_one():
    makers = [partial(squared, 1)] * MANY
    assert parallel.made(makers[:-1]) == {}
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert parallel.made(makers) == {}
    finally:
        end.set()
        thread.join()
    assert len(parallel.made(makers)) == MANY


@alone
def test_what_a_large_book_has_remembered_is_written_aside_and_found(tmp_path):
    def remembered(made: str) -> set[str]:
        with memo(tmp_path / "memo") as kept:
            return {kept.value(number, lambda: made) for number in range(MANY)}

    assert remembered("now") == {"now"}
    (writer,) = multiprocessing.active_children()
    writer.join()
    assert writer.exitcode == 0
    assert remembered("later") == {"now"} and not multiprocessing.active_children()


def test_a_large_book_is_read_by_all_cores_as_by_one(tmp_path, monkeypatch):
    pages = {f"page-{number}.md": page(f"print({number})") for number in range(MANY)}
    one = read_pages(load(book(tmp_path / "one", pages)))
    ahead = []
    monkeypatch.setattr("imprint.memo.made", lambda makers: ahead.append(len(makers)) or {})
    assert read_pages(load(book(tmp_path / "two", pages))) == one
    assert ahead == [len(one)]
    monkeypatch.undo()
    wrong = pages | dict.fromkeys(("page-3.md", "page-90.md"), "---\ntitle: [\n---\n")
    with pytest.raises(BookErrors) as caught:
        read_pages(load(book(tmp_path / "three", wrong)))
    assert [error.path for error in caught.value.errors] == ["page-3.md", "page-90.md"]
