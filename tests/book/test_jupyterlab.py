"""The archives' notebooks in JupyterLab, in an environment made as their README says."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.imprint.conftest import BROWSER

pytestmark = pytest.mark.xdist_group("book")
NOTEBOOKS = (
    "preliminaries/ndarray", "preliminaries/pandas", "linear-networks/linear-regression",
    "linear-networks/linear-regression-concise", "deep-learning-computation/custom-layer",
)  # fmt: skip
COMMANDS = re.compile(r"```\n(.*?)```", re.S)
RUN_ALL = """async () => {
  const {shell, commands} = window.jupyterapp;
  const notebook = shell.currentWidget;
  await notebook.context.ready;
  await notebook.sessionContext.ready;
  const code = () => notebook.content.model.toJSON().cells.filter(one => one.cell_type === "code");
  const outputs = JSON.stringify(code().map(one => one.outputs.length));
  await commands.execute("notebook:run-all-cells");
  return {
    pictures: [...document.querySelectorAll(".jp-RenderedMarkdown img")]
      .map(one => one.naturalWidth),
    before: JSON.parse(outputs),
    after: code().map(one => one.outputs.length),
    ran: code().every(one => one.execution_count),
    errors: code().flatMap(one => one.outputs.filter(out => out.output_type === "error")),
  };
}"""


@pytest.fixture(scope="module", params=["torch", "mxnet"])
def jupyterlab(
    book: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a JupyterLab that shows an unpacked archive."""
    folder = tmp_path_factory.mktemp(request.param)
    with zipfile.ZipFile(book / f"notebooks/d2l-{request.param}.zip") as archive:
        archive.extractall(folder)
    (root,) = folder.iterdir()
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    env = {**os.environ, "PATH": f"{environment / 'bin'}:{os.environ['PATH']}", "HOME": str(folder)}
    first, second = COMMANDS.findall((root / "README.md").read_text("utf-8"))
    *steps, start = (first.rpartition("jupyter lab")[0] + second).splitlines()
    for step in steps:
        done = subprocess.run(shlex.split(step), cwd=root, env=env, capture_output=True, text=True)
        assert done.returncode == 0, step + done.stdout + done.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = (
        f" --no-browser --allow-root --port={port} --LabApp.expose_app_in_browser=True"
        " --ServerApp.token= --ServerApp.password="
    )
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            ["sh", "-c", f"exec env {start}{options}"], cwd=root, env=env, stdout=log, stderr=log
        )
        address = f"http://127.0.0.1:{port}/lab"
        try:
            for _ in range(120):
                try:
                    urllib.request.urlopen(address).close()
                    break
                except OSError:
                    assert server.poll() is None, (folder / "log").read_text()
                    time.sleep(0.5)
            yield address
        finally:
            server.terminate()
            server.wait(180)  # until all its kernels have ended


def test_five_notebooks_open_and_run(jupyterlab: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**BROWSER)
        for name in NOTEBOOKS:
            page = browser.new_page()
            page.set_default_timeout(120_000)
            page.goto(f"{jupyterlab}/tree/chapters/{name}.ipynb?reset")
            page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext")
            page.locator(".jp-Notebook .jp-RenderedMarkdown h1").first.wait_for()
            found = page.evaluate(RUN_ALL)
            assert found["errors"] == [] and found["ran"], (name, found)
            assert found["before"] == found["after"], name
            assert all(found["pictures"]), name
            page.close()
        browser.close()
