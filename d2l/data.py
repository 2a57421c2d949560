"""The data hub: datasets by name, downloaded once, checked and cached.

Written by hand on top of pooch; both editions import it. Environment
variables change where data comes from and goes to:

- ``D2L_DATA``: ``real`` (the default) downloads the published files;
  ``sample`` generates small twins of them and never touches the network.
- ``D2L_DATA_DIR``: the cache folder, in place of the default ``../data``.
  A ``cache_dir`` that the caller gives explicitly goes before it.
- ``D2L_MIRROR``: base url of a mirror, tried before the published addresses
  (checksums make any mirror safe). It is laid out as the cache is:
  serving a filled cache folder over HTTP makes a mirror.
"""

import difflib
import hashlib
import os
import posixpath
import sys
from urllib.parse import quote, urljoin, urlsplit

import pooch

from d2l._files import ARCHIVES, DataError, read_record, unpack_once, workshop, write_record

DATA_URL = "http://d2l-data.s3-accelerate.amazonaws.com/"

#: Name -> ``(url, sha1)``, or a list of such pairs for a dataset of several
#: files. A url is absolute or relative to ``DATA_URL``; a tuple of urls in
#: its place names mirrors, tried in order.
#: The pages of the book register their datasets where they introduce them.
DATA_HUB = {}

_CACHE_DIR = os.path.join("..", "data")
_TIMEOUT = (10, 30)  # seconds to connect, seconds without a byte


def download(name, cache_dir=_CACHE_DIR):
    """Make a dataset available locally and return its path.

    ``name`` is a key of ``DATA_HUB``. The file is ``cache_dir/<file name>``;
    the files of a dataset that has several are in ``cache_dir/<name>``, and
    that folder is returned. A cached file with the right checksum is used as
    it is, without network; any other is replaced once its successor is
    complete and checked. Processes may share a cache.

    ``name`` may also be an absolute url. Such a file has no checksum: once
    cached it is trusted, in a folder of its own.

    With ``D2L_DATA=sample`` the path is that of the generated twin, below
    ``cache_dir/sample``. Raises ``DataError``.
    """
    root = os.fspath(cache_dir)
    if root == _CACHE_DIR:
        root = os.path.expanduser(os.environ.get("D2L_DATA_DIR") or root)
    files, path = _look_up(name)
    twins = _twins()
    if twins:
        root = os.path.join(root, "sample")
        _make_sample(twins, name, [file for file, _, _ in files], root)
    else:
        for file, urls, sha1 in files:
            _fetch(name, os.path.join(root, file), urls, sha1, root)
    return os.path.join(root, path)


def download_extract(name, folder=None):
    """Download the zip or tar archive ``name``, unpack it, return a folder.

    The contents go beside the archive, once per version of the archive; to
    have them unpacked again, delete them. Returned is ``folder`` there if
    it is given, else the folder that the archive holds (the one named like
    it, or the only one), else the folder that all of it was unpacked into.

    An archive with an entry that would land elsewhere, or that is a link or
    a device, is refused whole. Raises ``DataError``.
    """
    file = posixpath.basename(_look_up(name)[1])
    stems = [file[: -len(end)] for end in ARCHIVES if file.endswith(end)]
    if not stems:
        raise DataError(
            f"{name!r} is not a zip or tar archive: use download() instead of download_extract()"
        )
    path = download(name)
    root = os.path.dirname(path)
    tops = unpack_once(path, root)
    if folder and not os.path.isdir(os.path.join(root, folder)):
        raise DataError(f"{file} has no folder {folder!r}; it holds: {', '.join(tops)}")
    for top in [folder] if folder else stems + tops[: len(tops) == 1]:
        if os.path.isdir(os.path.join(root, top)):
            return os.path.join(root, top)
    return root


def download_all():
    """Download every dataset in ``DATA_HUB``.

    With ``D2L_DATA=sample``: make every twin that there is. What fails does
    not keep the rest from coming; one ``DataError`` names it all at the end.
    """
    twins = _twins()
    errors = []
    for name in DATA_HUB:
        try:
            if twins is None or name in twins.names():
                download(name)
        except DataError as error:
            errors.append(str(error))
    if errors:
        raise DataError("; ".join(errors))


def _twins():
    """Return the package sampledata if D2L_DATA asks for it, else None."""
    mode = os.environ.get("D2L_DATA", "")
    if mode not in ("", "real", "sample"):
        raise DataError(f"D2L_DATA is {mode!r}; it may be real or sample")
    if mode != "sample":
        return None
    try:
        import sampledata
    except ImportError:
        raise DataError(
            "D2L_DATA=sample needs the package sampledata: pip "
            "install ./tools/sampledata in the book's "
            "repository"
        ) from None
    return sampledata


def _look_up(name):
    """Return the files of ``name`` and the path that stands for them.

    A file is its path in the cache, the urls to try and the sha1 (None:
    unknown). Paths have ``/`` and are relative to the cache folder.
    """
    if name in DATA_HUB:
        entry = DATA_HUB[name]
        several = isinstance(entry, list)
        folder = name if several else ""
    elif urlsplit(name).scheme in ("http", "https"):
        entry, several = (name, None), False
        folder = hashlib.sha1(name.encode()).hexdigest()[:10]
    else:
        near = difflib.get_close_matches(name, DATA_HUB)
        known = (
            f"did you mean {' or '.join(near)}?"
            if near
            else f"DATA_HUB has {', '.join(sorted(DATA_HUB))}"
        )
        raise DataError(f"no dataset is called {name!r}: {known}")
    files = []
    try:
        for url, sha1 in entry if several else [entry]:
            urls = [url] if isinstance(url, str) else list(url)
            urls = [urljoin(DATA_URL, url) for url in urls]
            file = posixpath.basename(urlsplit(urls[0]).path)
            if file in ("", ".", ".."):
                raise DataError(f"{urls[0]} names no file")
            file = posixpath.join(folder, file)
            mirror = os.environ.get("D2L_MIRROR")
            if mirror and name in DATA_HUB:
                urls.insert(0, f"{mirror.rstrip('/')}/{quote(file)}")
            files.append((file, urls, sha1 and sha1.lower()))
    except (TypeError, ValueError, IndexError, AttributeError):
        raise DataError(
            f"DATA_HUB[{name!r}] is neither (url, sha1) nor a list of such pairs: {entry!r}"
        ) from None
    return files, (folder if several else files[0][0])


def _is_good(path, sha1):
    """Whether there is a file at ``path`` with this checksum, if known."""
    return os.path.isfile(path) and (sha1 is None or pooch.file_hash(path, alg="sha1") == sha1)


def _fetch(name, path, urls, sha1, root):
    """Bring the file at ``path`` from the first url that serves it right."""
    if _is_good(path, sha1):
        return
    with workshop(root, os.path.relpath(path, root)) as scratch:
        if _is_good(path, sha1):  # another process has brought it meanwhile
            return
        part = os.path.join(scratch, "part")
        failures, reached = [], False
        for url in urls:
            bar = _Progress(path) if sys.stderr.isatty() else False
            fetch = pooch.HTTPDownloader(
                progressbar=bar,
                chunk_size=1 << 16,
                timeout=_TIMEOUT,
                headers={"Accept-Encoding": "identity"},
            )
            try:
                fetch(url, part, None)
            except OSError as error:  # those of requests are OSErrors too
                reason = _reason(error)
                reached |= not reason.startswith("no ")  # answer, connection
            else:
                got = pooch.file_hash(part, alg="sha1")
                if sha1 in (None, got):
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    os.replace(part, path)
                    return
                reached = True
                reason = f"wrong checksum, file removed (expected sha1 {sha1}, got {got})"
            failures.append(f"{url}: {reason}")
    hint = (
        ""
        if reached
        else (
            ". Without a network, the environment variable "
            "D2L_DATA=sample serves generated data instead"
        )
    )
    raise DataError(f"cannot download {name!r}; tried {', then '.join(failures)}{hint}")


def _reason(error):
    """Say in a few words what went wrong with a transfer."""
    import requests

    text = str(error)
    if getattr(error, "response", None) is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut half way"
    if isinstance(error, requests.Timeout) or "timed out" in text:
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return f"no connection ({type(error).__name__})"
    return (text.splitlines() or [type(error).__name__])[0]


class _Progress:
    """A line on the terminal, with the interface that pooch expects."""

    def __init__(self, label):
        self.label, self.total, self.done, self.shown = label, 0, 0, -1

    def update(self, size):
        self.done += size
        percent = 100 * min(self.done, self.total) // (self.total or 1)
        if percent != self.shown:
            self.shown = percent
            print(
                f"\r{self.label}: {percent}% of {self.total / 1e6:.1f} MB",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def reset(self):
        self.done = 0

    def close(self):
        print(file=sys.stderr)


def _make_sample(sampledata, name, files, root):
    """Generate the twin's files unless this version's are there, intact."""
    if name not in sampledata.names():
        raise DataError(
            f"{name!r} has no sample twin (D2L_DATA=sample); "
            f"there is one of {', '.join(sampledata.names())}"
        )
    key = name + ".sample"

    def is_made():
        record = read_record(root, key)
        return record.get("version") == sampledata.__version__ and all(
            _is_good(os.path.join(root, file), record["sha1"].get(file, "")) for file in files
        )

    if is_made():
        return
    with workshop(root, key) as scratch:
        if is_made():
            return
        sampledata.make(name, scratch)
        folder = posixpath.dirname(files[0])
        os.makedirs(os.path.join(root, folder), exist_ok=True)
        sums = {}
        for file in sorted(os.listdir(scratch)):
            part = os.path.join(scratch, file)
            file = posixpath.join(folder, file)
            sums[file] = pooch.file_hash(part, alg="sha1")
            os.replace(part, os.path.join(root, file))
        write_record(root, key, {"version": sampledata.__version__, "sha1": sums})
        if not is_made():
            raise DataError(
                f"the sample twin of {name!r} has {', '.join(sums)}, not {', '.join(files)}"
            )
