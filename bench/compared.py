"""dlt in an environment of its own, for `--with-dlt`: it is no requirement of ours."""

import json
import subprocess
import sys
from pathlib import Path

from bench.installation import ROOT

DLT = "dlt[postgres]==1.31.*"


def install_dlt(folder: Path) -> Path:
    """Install it into the folder; return its Python. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", DLT], check=True)  # noqa: S603
    return python


def measure_dlt(python: Path, first_page: str, database: str, folder: Path) -> float:
    """Seconds that it takes to load all products. Raises CalledProcessError."""
    program = [str(python), str(ROOT / "bench/dlt_load.py"), first_page, database, str(folder)]
    said = subprocess.run(program, check=True, capture_output=True, text=True)  # noqa: S603
    return float(json.loads(said.stdout.strip().splitlines()[-1])["seconds"])
