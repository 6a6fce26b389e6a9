"""Make the virtual environment of a checkout: python3 scripts/install.py FOLDER LOCK

Called by make on a machine that may have nothing but Python, so it uses the standard library
only and must be understood by an older Python 3 as far as saying that it is too old.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, and {sys.executable} is "
        f"{sys.version.split()[0]}. Name another one: make PYTHON=python3.11"
    )

UV = "uv==0.13.9"
# For Debian's Python without python3-venv, which can make an environment but puts no pip in it.
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
STAMP = ".installed"


def main() -> None:
    folder, lock = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()
    python = folder / "bin" / "python"
    if not (python.exists() and _runs([python, "-m", "pip", "--version"], quiet=True)):
        _make_environment(folder, python)
    if not _install(python, lock):
        sys.exit(
            f"The packages of {lock.name} could not be installed (see above). "
            "Is the package index reachable? Run the same command again to go on."
        )
    (folder / STAMP).touch()


def _make_environment(folder: Path, python: Path) -> None:
    _say(f"Making {folder.name} with Python {sys.version.split()[0]}")
    if _runs([sys.executable, "-m", "venv", "--clear", folder], quiet=True):
        return
    if not _runs([sys.executable, "-m", "venv", "--clear", "--without-pip", folder]):
        sys.exit(f"{sys.executable} cannot make a virtual environment in {folder}.")
    _say("This Python has no ensurepip; fetching pip from the package index")
    try:
        _install_pip(python)
    except (OSError, ValueError) as error:
        sys.exit(
            f"pip could not be fetched: {error}. Install it from the system's packages "
            "(on Debian and Ubuntu: apt-get install python3-venv) and run make again."
        )


def _install_pip(python: Path) -> None:
    """Raise OSError when the index cannot be reached, ValueError when it has another file."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    page = _download(index).decode()
    link = re.search(rf'href="([^"#]*/{re.escape(PIP_WHEEL)})', page)
    if link is None:
        raise ValueError(f"{index} has no {PIP_WHEEL}")
    wheel = _download(urllib.parse.urljoin(index, link[1]))
    if hashlib.sha256(wheel).hexdigest() != PIP_SHA256:
        raise ValueError(f"{PIP_WHEEL} is not the file it should be (its SHA-256 differs)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, PIP_WHEEL)
        path.write_bytes(wheel)
        # A wheel of pip can be run without being installed.
        if not _runs([python, path / "pip", "install", "--quiet", path]):
            raise ValueError("pip could not install itself")


def _download(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url} is not a web address")
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
        content: bytes = answer.read()
        return content


def _install(python: Path, lock: Path) -> bool:
    """Install by uv (18 s instead of 43 s on an empty cache), by pip where uv does not work."""
    arguments: list[str | Path] = ["--require-hashes", "-r", lock]
    if _runs([python, "-m", "pip", "install", "--quiet", UV]):
        _say(f"Installing {lock.name}")
        options = ["--quiet", "--python", str(python)]
        if _runs([python, "-m", "uv", "pip", "install", *options, *arguments]):
            return True
    _say("uv could not install everything; trying pip alone")
    return _runs([python, "-m", "pip", "install", "--quiet", *arguments])


def _runs(command: list[str | Path], quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    return not subprocess.run(command, stdout=output, stderr=output).returncode  # noqa: S603


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
