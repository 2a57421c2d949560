"""The whole book, built once in the smoke profile with warnings as errors."""

from pathlib import Path

import pytest

from tests.book.whole import ROOT, imprint


@pytest.fixture(scope="session")
def book() -> Path:
    """The folder that the build of the whole book leaves."""
    built = imprint("build", "--strict")
    assert built.returncode == 0, built.stdout + built.stderr
    return ROOT / "build"
