"""Workers and the scheduler as processes: started, killed, started again, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_CELERY = [sys.executable, "-m", "celery", "-A", "akeneo_app"]
_KIBIBYTES_A_MEGABYTE = 1024


class Service:
    """One process of the app with its children, in a session of its own."""

    def __init__(self, name: str, *arguments: str, folder: Path) -> None:
        self.name = name
        self.peak_mb = 0.0
        self._command = [*_CELERY, *arguments, "--loglevel=INFO"]
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._start_at = 0.0

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own programs
                self._command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def is_up(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start_if_due(self) -> None:
        if not self.is_up and time.monotonic() >= self._start_at:
            self.start()

    def kill(self, *, down_for: float) -> None:
        """kill -9 for the process and its children."""
        self.measure()
        self._signal(signal.SIGKILL)
        self._start_at = time.monotonic() + down_for

    def stop(self) -> None:
        """End it, by force if it does not end within ten seconds."""
        if self._process is None or not self.is_up:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)

    def measure(self) -> None:
        """Remember the most memory that one of its processes has had."""
        for pid in self._pids():
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:  # it has just ended
                continue
            peak = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "")
            if peak:
                self.peak_mb = max(self.peak_mb, int(peak.split()[1]) / _KIBIBYTES_A_MEGABYTE)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.is_up:
            os.killpg(self._process.pid, number)
            self._process.wait()

    def _pids(self) -> list[int]:
        """Return its processes: those of its session."""
        if self._process is None or not self.is_up:
            return []
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                session = int(stat.read_text().rpartition(")")[2].split()[3])
            except OSError:
                continue
            if session == self._process.pid:
                found.append(int(stat.parent.name))
        return found
