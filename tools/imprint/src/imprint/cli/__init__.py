"""The command line: one verb each. Commands are thin; what they do is told elsewhere."""

import typer

from imprint.cli import building, machines, runs, store, writing
from imprint.garbage import collect_seldom

collect_seldom()

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Builds executable books: website, PDF and notebooks from executed pages.",
)
app.command()(building.build)
app.command()(building.run)
app.command()(runs.status)
app.command()(runs.plan)
app.command()(building.sync)
app.command()(writing.check)
app.command()(writing.review)
app.command("environments")(machines.make_environments)
app.command()(machines.kernels)
app.command()(machines.worker)
app.add_typer(store.app, name="store")
app.command()(building.clean)
