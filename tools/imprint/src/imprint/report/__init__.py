"""The report of a build under ``build/report``: a page to look at, JUnit's XML, and full logs.

An ``Account`` is filled while the build goes on, and written whatever came of it::

    account = Account(book.title, profile)
    with report.written(root, folder, account, console.print):
        with account.stage("plan"):
            ...
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from imprint.errors import BookError, BookErrors
from imprint.report import history
from imprint.report.account import Account, Stage, is_failure
from imprint.report.files import where, write_junit, write_logs
from imprint.report.terminal import human_size, show_end, show_products, shown_path
from imprint.store import write_whole

__all__ = [
    "Account", "Stage", "human_size", "is_failure", "show_end",
    "show_products", "where", "write", "write_junit", "write_logs", "written",
]  # fmt: skip


@contextmanager
def written(
    root: Path, folder: Path, account: Account, notice: Callable[[str], object]
) -> Iterator[Account]:
    """Writes the report when the block is left, however that is: well, by mistakes in the book,
    by Ctrl-C. ``notice`` takes a line about what could not be written."""
    try:
        yield account
    except (BookError, BookErrors) as error:
        errors = error.errors if isinstance(error, BookErrors) else [error]
        account.problems += map(str, errors)
        raise
    except KeyboardInterrupt:
        account.interrupted = True
        raise
    except Exception as error:
        account.problems.append(f"{type(error).__name__}: {error}")
        raise
    finally:
        for line in write(root, folder, account):
            notice(line)


def write(root: Path, folder: Path, account: Account) -> list[str]:
    """Write all files of the report, each whole or not at all; a line where some could not be
    written, with the path from the book's ``root``. Raises nothing about files."""
    from imprint.report.page import render, verdict

    came = verdict(account, account.rows)
    steps: list[tuple[str, Callable[[], object]]] = [
        (history.EARLIER, lambda: history.put_away(folder)),
        ("logs", lambda: _write_logs(folder / "logs", account)),
        ("junit.xml", lambda: write_junit(folder / "junit.xml", account.results, account.kept)),
        ("index.html", lambda: write_whole(
            folder / "index.html", render(account, folder).encode("utf-8", "replace"),
            durable=False)),
        (history.ABOUT, lambda: history.describe(
            folder, account.began, came.state, came.words, account.unchanged)),
    ]  # fmt: skip
    unwritten: dict[str, str] = {}
    for name, step in steps:
        try:
            step()
        except BookError as error:
            unwritten[name] = error.message + (f" ({error.remedy})" if error.remedy else "")
    if not unwritten:
        return []
    reasons = "; ".join(dict.fromkeys(unwritten.values()))
    return [f"{shown_path(root, folder)}: {', '.join(unwritten)} not written: {reasons}"]


def _write_logs(folder: Path, account: Account) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    write_logs(folder, filter(is_failure, account.results))
