"""Make the virtual environment of a checkout: python3 scripts/install.py FOLDER LOCK

Called by make on a machine that may have nothing but Python, so it uses the standard library
only and must be understood by an older Python 3 as far as saying that it is too old.
"""

import subprocess  # nosec B404  # runs our own programs
import sys
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, and {sys.executable} is "
        f"{sys.version.split()[0]}. Name another one: make PYTHON=python3.11"
    )

UV = "uv==0.13.9"
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
    # Debian's Python without python3-venv makes an environment but puts no pip in it.
    _say("This Python has no ensurepip; taking pip from the system's own")
    if not _runs([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "pip"]):
        sys.exit(
            "There is no pip to install packages with. Install it from the system's packages (on "
            "Debian and Ubuntu: apt-get install python3-venv) and run make again."
        )


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
    return not subprocess.run(command, stdout=output, stderr=output).returncode  # noqa: S603  # nosec B603  # our own command, no shell


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
