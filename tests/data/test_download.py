import gzip
import os
import pty
import signal
import time

import pytest

from d2l import data
from d2l.data import DataError
from tests.data.hub_server import block_locks, tree, wait_until

pytestmark = pytest.mark.usefixtures("no_leftovers")
BODY = bytes(range(256)) * 4000


def one_line(error):
    text = str(error.value)
    assert "\n" not in text
    return text


def test_download_returns_the_path_below_the_default_cache(server, cache):
    data.DATA_HUB["x"] = server.put("a/x.txt", BODY)
    assert data.download("x") == os.path.join("..", "data", "x.txt")
    assert tree(cache) == {"x.txt": BODY}


def test_a_relative_url_is_below_data_url(server, cache, monkeypatch):
    monkeypatch.setattr(data, "DATA_URL", server.url + "base/")
    _, sha1 = server.put("base/x.txt", BODY)
    data.DATA_HUB["x"] = "x.txt", sha1
    data.download("x")
    assert server.requests == ["base/x.txt"]


def test_a_compressed_file_arrives_compressed(server, cache):
    data.DATA_HUB["x"] = server.put("x.gz", gzip.compress(BODY))
    data.download("x")
    assert gzip.decompress((cache / "x.gz").read_bytes()) == BODY


def test_a_cached_file_is_used_without_network(server):
    data.DATA_HUB["x"] = server.put("x.txt", BODY)
    assert data.download("x") == data.download("x")
    assert server.requests == ["x.txt"]


def test_a_cached_file_is_used_from_a_cache_that_cannot_be_written(server, cache):
    data.DATA_HUB["x"] = server.put("x.txt", BODY)
    data.download("x")
    block_locks(cache)
    assert data.download("x")


def test_a_cache_that_cannot_be_made_names_the_way_out(server, cache):
    data.DATA_HUB["x"] = server.put("x.txt", BODY)
    cache.write_text("a file in the way")
    with pytest.raises(DataError) as error:
        data.download("x")
    assert "D2L_DATA_DIR" in one_line(error)


def test_a_damaged_cached_file_is_fetched_again(server, cache):
    data.DATA_HUB["x"] = server.put("x.txt", BODY)
    path = data.download("x")
    with open(path, "r+b") as file:
        file.write(b"damage")
    data.download("x")
    assert tree(cache) == {"x.txt": BODY}
    assert len(server.requests) == 2


def test_a_wrong_checksum_names_both_and_leaves_no_file(server, cache):
    url, sha1 = server.put("x.txt", BODY)
    data.DATA_HUB["x"] = url, "0" * 40
    with pytest.raises(DataError) as error:
        data.download("x")
    text = one_line(error)
    assert url in text and "0" * 40 in text and sha1 in text
    assert "D2L_DATA" not in text  # the network is there
    assert tree(cache) == {}


def test_a_checksum_in_capitals_is_the_same(server):
    url, sha1 = server.put("x.txt", BODY)
    data.DATA_HUB["x"] = url, sha1.upper()
    data.download("x")


def test_a_cut_connection_leaves_no_file(server, cache):
    data.DATA_HUB["x"] = server.put("x.txt", BODY)
    server.cut = True
    with pytest.raises(DataError, match="cut half way"):
        data.download("x")
    assert tree(cache) == {}
    server.cut = False
    data.download("x")
    assert tree(cache) == {"x.txt": BODY}


def test_a_cut_connection_without_checksum_leaves_no_file(server, cache):
    url, _ = server.put("x.txt", BODY)
    server.cut = True
    with pytest.raises(DataError, match="cut half way"):
        data.download(url)
    assert tree(cache) == {}


def test_a_failed_update_leaves_the_older_file(server, cache):
    data.DATA_HUB["x"] = server.put("x.txt", b"older")
    data.download("x")
    data.DATA_HUB["x"] = server.put("x.txt", BODY)
    server.cut = True
    with pytest.raises(DataError):
        data.download("x")
    assert tree(cache) == {"x.txt": b"older"}


@pytest.mark.parametrize("fault", ["broken", "cut", "wrong", "closed"])
def test_the_mirror_serves_what_the_first_address_does_not(server, other_server, closed_url, fault):
    url, sha1 = server.put("x.txt", BODY)
    if fault == "wrong":
        server.put("x.txt", b"an error page")
    elif fault == "closed":
        url = closed_url + "x.txt"
    else:
        setattr(server, fault, True)
    mirror, _ = other_server.put("y/x.txt", BODY)
    data.DATA_HUB["x"] = (url, mirror), sha1
    with open(data.download("x"), "rb") as file:
        assert file.read() == BODY


def test_the_error_lists_all_that_was_tried(server, closed_url):
    server.broken = True
    url, sha1 = server.put("x.txt", BODY)
    data.DATA_HUB["x"] = (closed_url + "x.txt", url), sha1
    with pytest.raises(DataError) as error:
        data.download("x")
    text = one_line(error)
    assert closed_url + "x.txt" in text and url in text and "503" in text


def test_a_missing_file_says_what_the_server_answered(server):
    data.DATA_HUB["x"] = server.url + "x.txt", "0" * 40
    with pytest.raises(DataError, match="404"):
        data.download("x")


def test_the_mirror_of_the_environment_goes_first_and_is_laid_out_as_a_cache(
    server, other_server, monkeypatch
):
    data.DATA_HUB["x"] = server.put("a/x.txt", BODY)
    data.DATA_HUB["xs"] = [server.put("a/y.txt", BODY)]
    other_server.put("m/x.txt", BODY)
    other_server.put("m/xs/y.txt", BODY)
    monkeypatch.setenv("D2L_MIRROR", other_server.url + "m")
    data.download_all()
    assert other_server.requests == ["m/x.txt", "m/xs/y.txt"]
    assert server.requests == []


def test_no_network_names_the_sample_switch(closed_url):
    data.DATA_HUB["x"] = closed_url + "x.txt", "0" * 40
    with pytest.raises(DataError) as error:
        data.download("x")
    assert "D2L_DATA=sample" in one_line(error)


def test_a_silent_server_is_given_up(server, monkeypatch):
    monkeypatch.setattr(data, "_TIMEOUT", (1, 0.3))
    data.DATA_HUB["x"] = server.put("x.txt", BODY)
    server.pause = 30
    begin = time.monotonic()
    with pytest.raises(DataError, match="no answer in time"):
        data.download("x")
    assert time.monotonic() - begin < 5


def test_the_timeouts_are_bounded():
    assert all(0 < seconds <= 60 for seconds in data._TIMEOUT)


def test_a_dataset_of_several_files_is_a_folder(server, cache):
    data.DATA_HUB["xs"] = [server.put("1.txt", b"1"), server.put("2.txt", b"2")]
    assert data.download("xs") == os.path.join("..", "data", "xs")
    assert tree(cache) == {"xs/1.txt": b"1", "xs/2.txt": b"2"}
    assert sorted(os.listdir(cache / "xs")) == ["1.txt", "2.txt"]


def test_the_cache_folder_is_the_argument_then_the_environment(server, tmp_path, monkeypatch):
    data.DATA_HUB["x"] = server.put("x.txt", BODY)
    monkeypatch.setenv("D2L_DATA_DIR", str(tmp_path / "environment"))
    assert data.download("x") == str(tmp_path / "environment" / "x.txt")
    assert data.download("x", cache_dir=tmp_path / "argument") == str(
        tmp_path / "argument" / "x.txt"
    )


def test_a_url_outside_the_hub_is_downloaded_once(server):
    one, _ = server.put("one/train.csv", b"one")
    two, _ = server.put("two/train.csv", b"two")
    paths = [data.download(url) for url in (one, two, one)]
    assert paths[0] == paths[2] and len(server.requests) == 2
    assert [open(path, "rb").read() for path in paths] == [b"one", b"two", b"one"]
    assert all(os.path.basename(path) == "train.csv" for path in paths)


def test_an_unknown_name_suggests_a_near_one():
    data.DATA_HUB.update({"fashion-mnist": ("x", "0"), "ptb": ("y", "0")})
    with pytest.raises(DataError, match="did you mean fashion-mnist"):
        data.download("fashion_mnist")
    with pytest.raises(DataError, match="fashion-mnist, ptb"):
        data.download("qqqqqq")


@pytest.mark.parametrize(
    "entry",
    [
        "http://127.0.0.1/x",
        ("http://127.0.0.1/x",),
        None,
        [("x", "1", "y")],
        ("http://127.0.0.1/", "0" * 40),
    ],
)
def test_a_wrong_entry_of_the_hub_is_named(entry):
    data.DATA_HUB["x"] = entry
    with pytest.raises(DataError):
        data.download("x")


def test_download_all_brings_the_rest_and_names_every_failure(server, cache):
    data.DATA_HUB["bad"] = server.url + "bad.txt", "0" * 40
    data.DATA_HUB["good"] = server.put("good.txt", BODY)
    data.DATA_HUB["worse"] = server.url + "worse.txt", "0" * 40
    with pytest.raises(DataError) as error:
        data.download_all()
    assert "bad.txt" in one_line(error) and "worse.txt" in one_line(error)
    assert tree(cache) == {"good.txt": BODY}


def fetching(entry):
    return f'from d2l import data\ndata.DATA_HUB["x"] = {entry!r}\nprint(data.download("x"))'


def test_a_killed_download_leaves_nothing_wrong(server, cache, start):
    entry = data.DATA_HUB["x"] = server.put("x.txt", BODY)
    server.pause = 60
    process = start(fetching(entry))
    wait_until(lambda: any(path.stat().st_size > 0 for path in cache.rglob("*.part/*")))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert tree(cache) == {}
    server.pause = 0
    data.download("x")  # neither waits for the dead nor keeps its remains
    assert tree(cache) == {"x.txt": BODY}


def test_processes_at_once_download_once(server, cache, start):
    entry = server.put("x.txt", BODY)
    server.pause = 1
    processes = [start(fetching(entry)) for _ in range(3)]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert out.strip() == os.path.join("..", "data", "x.txt")
        assert err == ""  # no progress where there is no terminal
    assert tree(cache) == {"x.txt": BODY}
    assert server.requests == ["x.txt"]


def test_a_terminal_shows_progress(server, start):
    entry = server.put("x.txt", BODY)
    reader, writer = pty.openpty()
    process = start(fetching(entry), stderr=writer)
    assert process.wait(60) == 0
    os.close(writer)
    assert b"100% of 1.0 MB" in os.read(reader, 10000)
    os.close(reader)
