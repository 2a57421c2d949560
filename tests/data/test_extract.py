import io
import os
import signal
import tarfile
import zipfile
from itertools import count

import pytest

from d2l import data
from d2l.data import DataError
from tests.data.hub_server import block_locks, tree, wait_until

FILES = {"toy/a.txt": b"a" * 1000, "toy/sub/b.txt": b"b"}


def make_zip(files):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return body.getvalue()


def make_tar(files, mode="w:gz"):
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode=mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return body.getvalue()


def tar_of(name, kind, target=""):
    """A good file first, then one entry of this kind."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as archive:
        entry = tarfile.TarInfo("toy/good.txt")
        archive.addfile(entry, io.BytesIO())
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, target
        archive.addfile(entry)
    return body.getvalue()


def zip_of_link(target):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("toy/good.txt", b"good")
        entry = zipfile.ZipInfo("toy/link")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, target)
    return body.getvalue()


@pytest.mark.parametrize(
    "file, body",
    [
        ("toy.zip", make_zip(FILES)),
        ("toy.tar.gz", make_tar(FILES)),
        ("toy.tgz", make_tar(FILES)),
        ("toy.tar", make_tar(FILES, "w")),
    ],
    ids=["zip", "tar.gz", "tgz", "tar"],  # an archive holds the time, and would be its own name
)
def test_the_folder_in_the_archive_is_returned(server, cache, file, body):
    data.DATA_HUB["toy"] = server.put(file, body)
    assert data.download_extract("toy") == os.path.join("..", "data", "toy")
    assert tree(cache) == {file: body, **FILES}


def test_a_folder_asked_for_is_returned(server):
    data.DATA_HUB["toy"] = server.put("toy.zip", make_zip(FILES))
    assert data.download_extract("toy", "toy/sub") == os.path.join("..", "data", "toy/sub")
    with pytest.raises(DataError, match="no folder 'other'; it holds: toy"):
        data.download_extract("toy", "other")


def test_the_only_folder_is_returned_whatever_its_name(server):
    data.DATA_HUB["x"] = server.put("TOY_v1.tar.gz", make_tar(FILES))
    assert data.download_extract("x") == os.path.join("..", "data", "toy")


def test_an_archive_without_folder_returns_where_its_files_are(server):
    data.DATA_HUB["x"] = server.put("x.zip", make_zip({"a.txt": b"a"}))
    folder = data.download_extract("x")
    assert os.path.isfile(os.path.join(folder, "a.txt"))


def test_an_archive_is_unpacked_once(server, cache):
    data.DATA_HUB["toy"] = server.put("toy.zip", make_zip(FILES))
    data.download_extract("toy")
    (cache / "toy/a.txt").write_text("changed by the reader")
    data.download_extract("toy")
    assert (cache / "toy/a.txt").read_text() == "changed by the reader"


def test_what_is_unpacked_is_used_from_a_cache_that_cannot_be_written(server, cache):
    data.DATA_HUB["toy"] = server.put("toy.zip", make_zip(FILES))
    data.download_extract("toy")
    block_locks(cache)
    assert data.download_extract("toy")


def test_a_deleted_folder_is_unpacked_again(server, cache):
    data.DATA_HUB["toy"] = server.put("toy.zip", make_zip(FILES))
    data.download_extract("toy")
    (cache / "toy").rename(cache / "away")
    data.download_extract("toy")
    assert (cache / "toy/a.txt").read_bytes() == FILES["toy/a.txt"]


def test_a_new_version_is_unpacked_over_the_old_one(server, cache):
    data.DATA_HUB["toy"] = server.put("toy.zip", make_zip(FILES))
    data.download_extract("toy")
    (cache / "toy/mine.txt").write_text("mine")
    data.DATA_HUB["toy"] = server.put("toy.zip", make_zip({"toy/a.txt": b"2"}))
    data.download_extract("toy")
    assert (cache / "toy/a.txt").read_bytes() == b"2"
    assert (cache / "toy/mine.txt").read_text() == "mine"


def test_what_is_no_archive_is_refused_before_it_is_fetched(server):
    data.DATA_HUB["x"] = server.put("x.csv", b"1,2")
    data.DATA_HUB["xs"] = [server.put("x.zip", make_zip(FILES))]
    for name in ("x", "xs"):
        with pytest.raises(DataError, match=r"use download\(\)"):
            data.download_extract(name)
    assert server.requests == []


OUTSIDE = [
    make_zip({"toy/good.txt": b"", "../evil.txt": b"evil"}),
    make_zip({"toy/good.txt": b"", "toy/../../evil.txt": b"evil"}),
    make_zip({"toy/good.txt": b"", "C:\\evil.txt": b"evil"}),
    make_zip({"toy/good.txt": b"", "..\\evil.txt": b"evil"}),
    make_zip({"toy/good.txt": b"", ".d2l/toy.zip.lock": b"evil"}),
    zip_of_link("/etc/passwd"),
    make_tar({"toy/good.txt": b"", "../evil.txt": b"evil"}),
    tar_of("toy/link", tarfile.SYMTYPE, "../.."),
    tar_of("toy/link", tarfile.SYMTYPE, "good.txt"),
    tar_of("toy/link", tarfile.LNKTYPE, "toy/good.txt"),
    tar_of("toy/pipe", tarfile.FIFOTYPE),
    tar_of("toy/device", tarfile.CHRTYPE),
]


@pytest.mark.parametrize("body", OUTSIDE, ids=count())
def test_a_malicious_archive_writes_nothing(server, cache, tmp_path, body):
    file = "toy.zip" if zipfile.is_zipfile(io.BytesIO(body)) else "toy.tar.gz"
    data.DATA_HUB["toy"] = server.put(file, body)
    with pytest.raises(DataError, match="refused"):
        data.download_extract("toy")
    assert tree(tmp_path) == {f"data/{file}": body}


@pytest.mark.parametrize("file, make", [("toy.zip", make_zip), ("toy.tar.gz", make_tar)])
def test_an_archive_with_an_absolute_path_writes_nothing(server, tmp_path, file, make):
    body = make({"toy/good.txt": b"", str(tmp_path / "evil.txt"): b"evil"})
    data.DATA_HUB["toy"] = server.put(file, body)
    with pytest.raises(DataError, match="refused"):
        data.download_extract("toy")
    assert tree(tmp_path) == {f"data/{file}": body}


@pytest.mark.parametrize(
    "file, body",
    [
        ("toy.zip", b"not an archive"),
        ("toy.tar", b"not an archive"),
        ("toy.tar.gz", b"not an archive"),
        ("toy.zip", make_zip(FILES).replace(b"aaaa", b"abba", 1)),
        ("toy.tar.gz", make_tar(FILES)[:-40]),
        ("toy.tar", make_tar(FILES, "w")[:700]),
        ("toy.zip", make_zip({"toy": b"file", "toy/a.txt": b"in it"})),
    ],
    ids=["no zip", "no tar", "no gzip", "wrong crc", "cut gzip", "cut tar", "file and folder"],
)
def test_a_damaged_archive_writes_nothing(server, cache, file, body):
    data.DATA_HUB["toy"] = server.put(file, body)
    with pytest.raises(DataError, match="cannot unpack"):
        data.download_extract("toy")
    assert tree(cache) == {file: body}


def unpacking(entry):
    return (
        "from d2l import data\n"
        f'data.DATA_HUB["toy"] = {entry!r}\n'
        'print(data.download_extract("toy"))'
    )


MANY = {f"toy/{i}.txt": b"%d" % i for i in range(6000)}


def test_a_killed_extraction_is_done_again(server, cache, start):
    body = make_zip(MANY)
    entry = data.DATA_HUB["toy"] = server.put("toy.zip", body)
    process = start(unpacking(entry))
    wait_until(lambda: list(cache.glob(".d2l/*.part/toy/0.txt")))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert tree(cache) == {"toy.zip": body}
    data.download_extract("toy")
    assert tree(cache) == {"toy.zip": body, **MANY}
    assert not list(cache.rglob("*.part"))


def test_an_extraction_without_its_note_is_done_again(server, cache):
    data.DATA_HUB["toy"] = server.put("toy.zip", make_zip(FILES))
    data.download_extract("toy")
    for note in cache.glob(".d2l/*.json"):
        note.write_text('{"sha1":')  # as after a power cut
    (cache / "toy/a.txt").unlink()
    data.download_extract("toy")
    assert (cache / "toy/a.txt").read_bytes() == FILES["toy/a.txt"]


def test_processes_at_once_unpack_whole(server, cache, start):
    body = make_zip(dict(list(MANY.items())[:3000]))
    code = unpacking(server.put("toy.zip", body))
    code += (
        '\nimport os\nprint(len(os.listdir("../data/toy")), os.stat("../data/toy/0.txt").st_ino)'
    )
    inodes = set()
    processes = [start(code) for _ in range(3)]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert err == ""
        folder, count, inode = out.split()
        assert (folder, count) == (os.path.join("..", "data", "toy"), "3000")
        inodes.add(inode)
    assert len(inodes) == 1  # a file unpacked twice would be another inode
    assert server.requests == ["toy.zip"]
