"""The build: from a book's sources to everything that readers take away. Start here."""

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.console import Console

from imprint import places, plan, products, report
from imprint.book import Book, Edition
from imprint.errors import BookError
from imprint.execution import preload
from imprint.execution.run import Result
from imprint.pages import Notebook
from imprint.plan import Plan
from imprint.products import TARGETS
from imprint.progress import RunProgress
from imprint.report import Account
from imprint.settings import ProfileName
from imprint.sources import read_pages, sync
from imprint.stamps import Stamps, alone
from imprint.store import Store, open_store


@dataclass(frozen=True)
class Options:
    """What one build was asked for."""

    targets: tuple[str, ...] = TARGETS
    """None: only results of notebooks."""
    editions: tuple[Edition, ...] = ()
    profile: ProfileName = "smoke"
    jobs: int | None = None
    pages: tuple[str, ...] = ()
    strict: bool = False
    fail_fast: bool = False
    scheduler: str | None = None
    """The address of a Dask scheduler."""
    store: str | None = None
    """The URL of a shared store."""
    read_only: bool = False
    """Whether nothing is written there."""


def build(book: Book, options: Options, console: Console) -> bool:
    """Execute what changed and make the targets; whether all went well. The report is written
    whatever happens.

    Raises BookErrors for mistakes in the sources, before anything is executed.
    """
    folder = book.build / "report"
    names = tuple(edition.name for edition in options.editions)
    account = Account(book.title, options.profile, names)
    with report.written(book.root, folder, account, _notice(console)):
        well = _build(book, options, account, console)
    report.show_end(console, book.root, folder, account)
    return well


def _build(book: Book, options: Options, account: Account, console: Console) -> bool:
    began = time.time()
    with account.stage("read"):
        pages = read_pages(book)
        libraries = sync(book, pages)
    with opened_store(book, options, console) as store:
        done = execute(book, pages, libraries, store, options, account, console)
        stamps = Stamps(book, done, options)
        while account.all_well and stamps.stale and not done.read(store):
            # a kept result proved damaged when it was read: it runs again
            done = execute(book, pages, libraries, store, options, account, console)
    if not account.all_well:
        return False
    if not options.targets:
        console.print(f"all {len(done.records)} runs are up to date", highlight=False)
        return True
    if done.left and products.whole(options.targets, options.pages):
        raise BookError(
            f"{len(done.left)} pages outside --page have no results yet, first {done.left[0]}",
            remedy="build without --page, or only a PDF of these pages: imprint build pdf --page",
        )
    account.products, warnings = stamps.products, []
    if stamps.stale:
        from imprint.publishing.press import publish  # Sphinx is slow to import

        with account.stage("publish"), alone(book.build / "memo" / "lock", _notice(console)):
            stamps.remove()
            account.products, warnings = publish(book, pages, done, options)
            if not warnings:
                stamps.put(began)
    for warning in warnings:
        console.print(warning, style="yellow", highlight=False, markup=False, soft_wrap=True)
    report.show_products(console, book.root, account.products)
    problems = [product for product in account.products if product.problem]
    for product in problems:
        console.print(
            f"{product.name} was not built: {product.problem}",
            style="red", highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
    return not problems and not (options.strict and warnings)


def opened_store(book: Book, options: Options, console: Console) -> Store:
    """Where results are kept: a folder, in front of what is shared."""
    shared = book.store
    return open_store(
        book.build / "store",
        options.store or (shared.url if shared else None),
        root=book.root,
        read_only=options.read_only or bool(shared and shared.read_only),
        notice=_notice(console),
    )


def execute(
    book: Book,
    pages: Sequence[Notebook],
    libraries: Mapping[str, str],
    store: Store,
    options: Options,
    account: Account,
    console: Console,
) -> Plan:
    """Run what the store does not hold; the plan with all results."""
    with places.opened(book, options.scheduler, options.jobs, _notice(console)) as place:
        account.slots, account.gpus = place.slots, place.gpus
        with account.stage("plan"):
            planned = plan.make(
                book, pages, store, profile=options.profile, editions=options.editions,
                libraries=libraries, pages=options.pages, gpus=bool(place.gpus),
            )  # fmt: skip
        account.kept, account.planned = dict(planned.records), len(planned.runs)
        planned.runs = preload.chosen(planned.runs, planned.installed)
        progress = RunProgress(console, planned.runs, len(planned.kept), place.slots)
        with account.stage("run"), progress:
            for result in place.run_all(planned, progress, account.retried, options.fail_fast):
                account.results.append(result)
                if result.failure is None:
                    record = _record(result, planned)
                    if planned.holds(result.run):
                        store.put(result.run.fingerprint, result.executed, record)
                    else:
                        edited = "what it reads was edited meanwhile; its result is not kept"
                        _notice(console)(f"{result.run.name}: {edited}")
                    planned.take(result.run, result.executed, record)
                progress.ended(result)
    return planned


def _record(result: Result, planned: Plan) -> dict[str, Any]:
    """What is kept about a run beside its notebook."""
    run = result.run
    return {
        "page": run.page,
        "edition": run.edition,
        "profile": run.profile,
        "parameters": dict(run.parameters),
        "inputs": dict(run.inputs),
        "seconds": result.seconds,
        "cell_seconds": {str(index): value for index, value in result.cell_seconds.items()},
        "peak_memory": result.peak_memory,
        "device": run.inputs["device"],
        "gpus": list(result.gpus),
        "versions": planned.environments[run.edition].versions,
        "attempts": result.attempts,
        "worker": result.place,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _notice(console: Console) -> Callable[[str], None]:
    return partial(console.print, style="yellow", highlight=False, markup=False, soft_wrap=True)
