"""Files that appear whole or not at all, whatever dies in the middle.

Unfinished work, locks and notes on what is done lie in the folder ``.d2l``
of a cache: on the same disk, so that finished work is renamed into place.
"""

import json
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PureWindowsPath

import pooch

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


class DataError(Exception):
    """A dataset cannot be had; the message says in one line why."""

    __module__ = "d2l.data"  # its public home


@contextmanager
def workshop(root, key):
    """Hold the lock ``key``; yield an empty folder, removed afterwards.

    The system drops the lock of a process that dies; what that process
    leaves behind, the next one clears away.
    """
    base = _note(root, key)
    try:
        os.makedirs(os.path.dirname(base), exist_ok=True)
        lock = open(base + ".lock", "a", encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"cannot write to the cache folder {root} "
            f"({error.strerror}); the environment variable "
            "D2L_DATA_DIR names another one"
        ) from None
    with lock:
        _wait_for(lock)
        shutil.rmtree(base + ".part", ignore_errors=True)
        os.mkdir(base + ".part")
        try:
            yield base + ".part"
        finally:
            shutil.rmtree(base + ".part", ignore_errors=True)


def _wait_for(lock):
    """Lock an open file against every other process and thread."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        return
    import msvcrt

    while True:
        try:  # waits ten seconds, then raises
            return msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        except OSError:
            pass


def _note(root, key):
    for separator in ("/", os.sep):
        key = key.replace(separator, "-")
    return os.path.join(root, ".d2l", key)


def read_record(root, key):
    """Return what was noted under ``key``, {} if nothing readable."""
    try:
        with open(_note(root, key) + ".json", encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def write_record(root, key, record):
    """Note a dictionary under ``key``, within this key's workshop."""
    part = os.path.join(_note(root, key) + ".part", "record")
    with open(part, "w", encoding="utf-8") as file:
        json.dump(record, file)
    os.replace(part, _note(root, key) + ".json")


def unpack_once(path, root):
    """Unpack an archive (one of ``ARCHIVES``) into ``root``.

    Returns the names at its top. Does nothing if this version of it has been
    unpacked before and those are still there. A new folder appears complete,
    by one rename; into one that exists, files are moved singly, and what else
    it holds stays. If any entry would land outside ``root``, or is a link or
    a device, nothing is written. Raises ``DataError``, also for damage.
    """
    key = os.path.basename(path) + ".extracted"
    sha1 = pooch.file_hash(path, alg="sha1")

    def is_done(record):
        return record.get("sha1") == sha1 and all(
            os.path.lexists(os.path.join(root, name)) for name in record["tops"]
        )

    record = read_record(root, key)
    if is_done(record):
        return record["tops"]
    with workshop(root, key) as scratch:
        record = read_record(root, key)
        if is_done(record):  # another process has unpacked it meanwhile
            return record["tops"]
        _unpack(path, scratch)
        tops = sorted(os.listdir(scratch))
        for name in tops:
            _move(os.path.join(scratch, name), os.path.join(root, name))
        write_record(root, key, {"sha1": sha1, "tops": tops})
    return tops


def _move(source, target):
    """Rename ``source`` to ``target``; if both are folders, merge them."""
    if os.path.isdir(source) and os.path.isdir(target):
        for name in os.listdir(source):
            _move(os.path.join(source, name), os.path.join(target, name))
    else:
        os.replace(source, target)


def _unpack(path, folder):
    try:
        if path.endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                _write(
                    [(entry.filename, _zip_kind(entry), entry) for entry in archive.infolist()],
                    archive.open,
                    folder,
                )
        else:
            with tarfile.open(path) as archive:
                _write(
                    [(entry.name, _tar_kind(entry), entry) for entry in archive],
                    archive.extractfile,
                    folder,
                )
    except (
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
        zlib.error,
        tarfile.TarError,
        zipfile.BadZipFile,
    ) as error:
        raise DataError(f"cannot unpack {path}: {error}") from error


def _zip_kind(entry):
    kind = stat.S_IFMT(entry.external_attr >> 16)  # 0 unless made on Unix
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "link or device"
    return "folder" if entry.is_dir() else "file"


def _tar_kind(entry):
    return "folder" if entry.isdir() else "file" if entry.isreg() else "link or device"


def _write(entries, open_entry, folder):
    for name, kind, _ in entries:
        path = PureWindowsPath(name)  # knows every system's absolute paths
        if path.anchor or ".." in path.parts:
            raise ValueError(f"refused, {name!r} would land outside")
        if path.parts[:1] == (".d2l",):
            raise ValueError(f"refused, {name!r} is a name of the cache")
        if kind == "link or device":
            raise ValueError(f"refused, {name!r} is a {kind}")
    for name, kind, entry in entries:
        target = os.path.join(folder, name)
        if kind == "folder":
            os.makedirs(target, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open_entry(entry) as source, open(target, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
