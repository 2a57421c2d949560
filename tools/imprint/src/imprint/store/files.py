"""Files that are whole or not there: written beside their place, then renamed into it."""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from imprint.errors import BookError

T = TypeVar("T")
TEMPORARY = ".new-"
"""How the names of files begin that are not whole yet."""
GONE = ".gone"
"""The suffix of a file between being chosen to go and being gone."""
TOUCH_AFTER = 600.0
"""Seconds after which a use of a file is noted again; noting each would write as much as read."""
REMEDIES = {
    errno.EACCES: "make that folder writable, then build again",
    errno.EPERM: "make that folder writable, then build again",
    errno.EROFS: "make that folder writable, then build again",
    errno.EEXIST: "move away what lies in its place, then build again",
    errno.ENOTDIR: "move away what lies in its place, then build again",
    errno.EISDIR: "move away what lies in its place, then build again",
}


class Damaged(Exception):
    """A file is not what was written."""


def write_whole(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file so that there is the old one or the new one, and never half of either.

    ``durable``: it outlasts a power failure too. Raises BookError (a full disk, no permission),
    leaving what was there.
    """
    temporary = path.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0, "free space there, then build again")
        raise BookError(f"cannot write: {error.strerror}", path, remedy=remedy) from None


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the files in place of those that are in the folder, all or none. Raises BookError where
    they cannot be written; those that are there stay."""
    new, old = folder.with_name(f".{folder.name}-new"), folder.with_name(f".{folder.name}-old")
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    try:
        new.mkdir(parents=True)
        for name, data in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    except OSError as error:
        raise BookError(f"cannot write: {error.strerror}", error.filename or folder) from None
    shutil.rmtree(old, ignore_errors=True)


def read(path: Path, reader: Callable[[Path], T]) -> T | None:
    """What ``reader`` makes of a file; None where there is none.

    Raises Damaged as ``reader`` does, and where the disk fails or a folder lies in the file's
    place; BookError where the file may not be read.
    """
    try:
        try:
            return reader(path)
        except OSError as error:
            if error.errno != errno.ESTALE:  # NFS: the file was replaced since it was opened
                raise
            return reader(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise BookError(f"cannot read: {error.strerror}", path, remedy="make it readable") from None
    except OSError as error:
        raise Damaged(str(error.strerror)) from None


def touch(path: Path) -> bool:
    """Note in the file's own time that it is of use, so that collecting spares it; whether there
    is such a file."""
    try:
        if time.time() - os.stat(path).st_mtime > TOUCH_AFTER:
            os.utime(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        pass  # reading it says what is wrong
    return True


def set_aside(path: Path, check: Callable[[Path], object]) -> bool:
    """Rename a damaged file to ``.damaged``; whether it was the damaged one that went.

    Somebody may have replaced it by a whole one since it was read: ``check`` raises Damaged if
    not, and a whole one goes back to its place.
    """
    aside = path.with_suffix(".damaged")
    try:
        if aside.is_dir() or path.is_dir():  # a folder is replaced by none, and replaces none
            remove(aside)
        path.replace(aside)
        check(aside)
    except Damaged:
        return True
    except FileNotFoundError:
        return False
    except OSError:
        return True  # it stays, where nothing can be renamed; it is never served
    with suppress(OSError):
        aside.replace(path)
    return False


def take_away(path: Path, certain: Callable[[Path], bool]) -> bool:
    """Delete a file if ``certain`` says so of it once it has another name, under which nobody
    can begin to use it; whether it went. Raises OSError."""
    gone = path.with_suffix(f"{GONE}-{secrets.token_hex(8)}")
    path.rename(gone)
    if certain(gone):
        gone.unlink()
        return True
    gone.replace(path)
    return False


def bring_back(path: Path) -> bool:
    """Have back a file that somebody is about to take away, or was when killed. Also true where
    it has just come back by itself; so ask again whether it is there."""
    with suppress(OSError):
        for name in os.listdir(path.parent):  # a plan of thousands asks this of each
            if name.startswith(f"{path.stem}{GONE}-"):
                with suppress(OSError):
                    path.with_name(name).replace(path)
    return path.exists()


def remove(path: Path) -> None:
    """Delete a file or a folder, whatever is there."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
