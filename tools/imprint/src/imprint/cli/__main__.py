"""``python -m imprint.cli``."""

from imprint.cli import app

app()
