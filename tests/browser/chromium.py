"""The Chromium that the pages are looked at with.

`python -m tests.browser.chromium` says where it is. Where there is none it says how to install
one; on a machine of CI (CI=true) it does so, with Debian's packages or else with Playwright's.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--force-color-profile=srgb", "--disable-dev-shm-usage"),
]
_SHELL = "chromium-headless-shell"  # the same without a window, and a fifth faster
_NAMES = (_SHELL, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_ADVICE = (
    "No Chromium was found. Install one (on Debian: apt-get install chromium), or set CHROMIUM_BIN "
    "to its path."
)


class ChromiumMissing(Exception):
    """There is no Chromium; the text says what to do about it."""


def find_chromium(playwright: Playwright | None = None) -> Path:
    """Return the path of Chromium: named by CHROMIUM_BIN, on PATH, or Playwright's own.

    Playwright cannot be started a second time: who has started it hands it over.
    """
    named = os.environ.get("CHROMIUM_BIN")
    for program in [Path(named)] if named else _programs(playwright):
        if program.is_file() and os.access(program, os.X_OK):
            return program
    raise ChromiumMissing(f"CHROMIUM_BIN={named} is no program." if named else _ADVICE)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=find_chromium(playwright), args=FLAGS)


def _programs(playwright: Playwright | None) -> Iterator[Path]:
    yield from (Path(path) for name in _NAMES if (path := shutil.which(name)))
    with nullcontext(playwright) if playwright else sync_playwright() as started:
        yield Path(started.chromium.executable_path)


def _install() -> None:
    """Install Debian's Chromium if we may, else the one that Playwright downloads."""
    apt, sudo = shutil.which("apt-get"), shutil.which("sudo")
    as_root = [] if os.geteuid() == 0 else [sudo or "sudo", "-n"]
    if apt and (not as_root or sudo):
        _run(*as_root, apt, "update", "--quiet")
        install = (*as_root, apt, "install", "--yes", "--quiet", "--no-install-recommends")
        _run(*install, _SHELL)
        if _is_missing():
            _run(*install, "chromium")
    if _is_missing():
        _run(sys.executable, "-m", "playwright", "install", "--with-deps", "chromium")


def _run(*command: str) -> None:
    """A failure shows in the output, and in that there is no Chromium afterwards."""
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL)  # noqa: S603  # no shell


def _is_missing() -> bool:
    try:
        find_chromium()
    except ChromiumMissing:
        return True
    return False


def main() -> int:
    if _is_missing() and os.environ.get("CI") == "true":
        _install()
    try:
        sys.stdout.write(f"Chromium: {find_chromium()}\n")
    except ChromiumMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
