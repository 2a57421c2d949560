"""Environments: what an edition needs is checked, described and made."""

# ruff: noqa: E501  what is said stands on one line, as it is shown

import os
import sys
import zipfile
from pathlib import Path

import pytest
from imprint import environments
from imprint.book import load
from imprint.errors import BookError, BookErrors

from tests.imprint.small import book, page

CONFIG = """\
title: T
editions:
  alpha: {title: Alpha, environment: env, requirements: need.txt}
"""


def made(
    root: Path, need: str, installed: dict[str, str] | None = None, python: str = "3.11.4"
) -> Path:
    """A book whose edition has an environment with the given metadata files installed."""
    root = book(root, {"a.md": page("1")}, CONFIG, {"need.txt": need})
    if installed is not None:
        (root / "env/bin").mkdir(parents=True, exist_ok=True)
        (root / "env/bin/python").write_text("")
        (root / "env/pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {python}\n")
        for name, requires in installed.items():
            project, _, version = name.partition(" ")
            folder = root / f"env/lib/python3.11/site-packages/{project}-{version}.dist-info"
            folder.mkdir(parents=True, exist_ok=True)
            needs = "".join(f"Requires-Dist: {one}\n" for one in requires.split(";;") if one)
            (folder / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n{needs}"
            )
    return root


def environment(root: Path) -> environments.Environment:
    opened = load(root)
    return environments.environment(opened, opened.edition("alpha"))


def complaints(root: Path) -> list[str]:
    opened = load(root)
    with pytest.raises((BookError, BookErrors)) as raised:
        environments.check(opened, opened.edition("alpha"))
    return str(raised.value).splitlines()


REMEDY = "(make it: imprint environments --edition alpha)"


def test_a_missing_environment_is_named_with_the_command_that_makes_it(tmp_path, imprint):
    root = made(tmp_path, "numpy\n")
    said = f"env: the environment of the alpha edition is missing {REMEDY}"
    assert complaints(root) == [said]
    for command in ("run", "check"):
        done = imprint(root, command)
        assert (done.returncode, done.stderr) == (1, said + "\n")


def test_every_missing_and_wrong_version_is_named_with_the_line_that_asks_for_it(tmp_path, imprint):
    need = (
        "# tools\none==1.0  # exactly\ntwo>=2\n\n-r other.txt\n./local\nthree; python_version < '3'\n"
        "four==4 --hash=sha256:00\nFIVE_five[x]~=5.0\n"
    )
    root = made(tmp_path, need, {"one 1.1": "", "five.five 5.3": "", "four 4": ""})
    said = [
        f"need.txt:2: the alpha edition needs one==1.0; its environment has 1.1 {REMEDY}",
        f"need.txt:3: the alpha edition needs two>=2; it is not installed {REMEDY}",
    ]
    assert complaints(root) == said
    for command in ("run", "check"):
        done = imprint(root, command)
        assert (done.returncode, done.stderr.splitlines()) == (1, said)


def test_a_line_that_is_no_requirement_is_named(tmp_path):
    (found,) = complaints(made(tmp_path, "one\n\ntwo ==\n", {"one 1": ""}))
    assert found.startswith("need.txt:3: not a requirement: ")


def test_versions_are_of_all_that_requirements_pull_in_and_of_nothing_else(tmp_path):
    installed = {
        "one 1.0": "two;;three; extra == 'more';;four; python_version < '3'",
        "two 2.0": "one[more]", "three 3.0": "", "four 4.0": "", "stranger 9": "",
    }  # fmt: skip
    found = environment(made(tmp_path, "one\n", installed)).versions
    assert found == {"one": "1.0", "two": "2.0", "three": "3.0", "python": "3.11.4"}


def test_the_digest_follows_versions_and_python_and_not_what_else_is_installed(tmp_path):
    def digest(name: str, **others) -> str:
        return environment(made(tmp_path / name, "one\n", **others)).digest

    first = digest("a", installed={"one 1.0": ""})
    assert digest("b", installed={"one 1.0": "", "stranger 9": ""}) == first
    assert digest("c", installed={"one 1.1": ""}) != first
    assert digest("d", installed={"one 1.0": "two", "two 1": ""}) != first
    assert digest("e", installed={"one 1.0": ""}, python="3.12.1") != first


def test_without_an_environment_an_edition_runs_where_imprint_does(tmp_path):
    root = book(
        tmp_path,
        {"a.md": page("1")},
        CONFIG.replace("environment: env, ", ""),
        {"need.txt": "pytest\n"},
    )
    found = environments.check(load(root), load(root).edition("alpha"))
    assert found.python == Path(sys.executable)
    assert found.versions["pytest"] == pytest.__version__


def wheel(folder: Path, name: str, version: str) -> None:
    """A package of one empty module, as pip takes it."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def test_an_environment_is_made_once_and_brought_up_to_date(tmp_path, imprint):
    root = made(tmp_path, "--no-index\n--find-links wheels\ntiny==1\n")
    for version in "12":
        wheel(root / "wheels", "tiny", version)
    offline = {**os.environ, "PIP_NO_INDEX": "1"}
    done = imprint(root, "environments", env=offline)
    assert (done.returncode, done.stdout) == (0, "alpha: installed\n"), done.stderr
    assert environment(root).versions["tiny"] == "1"
    done = imprint(root, "environments", env=offline)
    assert (done.returncode, done.stdout) == (0, "alpha: up to date\n")
    need = root / "need.txt"
    need.write_text(need.read_text().replace("==1", "==2"))
    assert imprint(root, "check").returncode == 1
    assert imprint(root, "environments", env=offline).stdout == "alpha: installed\n"
    assert imprint(root, "check").returncode == 0
    need.write_text(need.read_text().replace("==2", "==3"))
    done = imprint(root, "environments", env=offline)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "the environment of the alpha edition could not be made (this command failed: "
    )
    assert "Traceback" not in done.stderr
