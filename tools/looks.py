"""Pictures of the built book, to be looked at: pages of the site on a wide screen, light and dark,
and on a phone, and pages of a PDF, as PNG files under `build/looks`. Run by `make looks`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader

BUILD = Path(__file__).parents[1] / "build"
PAGES = [
    "index", "search", "chapters/preface", "chapters/preliminaries/ndarray",
    "chapters/preliminaries/pandas", "chapters/preliminaries/calculus",
    "chapters/linear-networks/softmax-regression-scratch",
    "chapters/multilayer-perceptrons/backprop",
    "chapters/multilayer-perceptrons/kaggle-house-price", "chapters/appendix-tools/d2l",
]  # fmt: skip
SCREENS = {
    "light": {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}
TALL = 4000
"""Pixels of a page that are shown."""
PRINTED = 12
"""Pages of the PDF: the first four, and others from all over the book."""


def photograph(browser: Browser, target: Path) -> None:
    for name, screen in SCREENS.items():
        page = browser.new_context(**screen).new_page()
        for address in PAGES:
            page.goto((BUILD / "html" / f"{address}.html").as_uri())
            page.wait_for_load_state("networkidle")
            height = min(page.evaluate("document.documentElement.scrollHeight"), TALL)
            page.set_viewport_size({"width": screen["viewport"]["width"], "height": height})
            page.screenshot(path=target / f"{address.replace('/', '-')}-{name}.png")
            page.set_viewport_size(screen["viewport"])


def print_pages(pdf: Path, target: Path) -> None:
    count = len(PdfReader(pdf).pages)
    step = count // (PRINTED - 3)
    for number in [1, 2, 3, 4, *range(step, step * (PRINTED - 3), step)]:
        name = f"{pdf.stem}-{number:04}"
        command = ["pdftoppm", "-r", "90", "-f", str(number), "-l", str(number), "-singlefile"]
        subprocess.run([*command, "-png", pdf, target / name], check=True)


def main() -> None:
    printed = sorted((BUILD / "pdf").glob("*.pdf"))
    if not (BUILD / "html").exists() or not printed:
        sys.exit("no website or no PDF under build/: make book first")
    target = BUILD / "looks"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=[
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
            ],
        )
        photograph(browser, target)
        browser.close()
    print_pages(printed[0], target)
    print(f"{len(list(target.iterdir()))} pictures: {os.path.relpath(target)}")


if __name__ == "__main__":
    main()
