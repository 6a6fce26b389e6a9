"""python -m tests.soak: the whole app for minutes, under random edits, faults and kill -9.

A sandbox PIM with a shop and a feed, PostgreSQL and Redis (or, with `--database sqlite`, one
machine without either), workers and a scheduler as in production. It ends by itself: once the
faults are over everything must become quiet, and shop and feed must equal the PIM. Prints the
figures as a table, and as one line of JSON; status 0 only if nothing differs.
"""

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from tests.soak.processes import ROOT

# What must be nothing at the end, and what the PIM allows (pim-contract.md 3.7).
_NOTHING = ("withdrawn_though_always_listed", "difference_on_shop", "difference_in_feed")
_LIMITS = {"parked_at_the_end": 0, "calls_at_once": 4, "calls_a_second": 100}


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended then too
    with ExitStack() as stack:
        if options.keep:
            folder = options.keep.resolve()
            folder.mkdir(parents=True)
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ferry-soak-")))
        os.environ |= _environment(folder)
        if options.database == "postgresql":
            servers = stack.enter_context(_servers())
            os.environ["DATABASE_URL"] = servers["database_url"]
            os.environ["REDIS_URL"] = f"{servers['redis_url']}/0"
            os.environ["CELERY_BROKER_URL"] = f"{servers['redis_url']}/1"
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"],
            cwd=ROOT,
            check=True,
        )
        import django

        django.setup()
        from tests.soak.soak import Soak  # needs Django, and that its environment

        sys.stderr.write(
            f"{options.minutes:g} minutes on {options.database}, seed {options.seed}.\n"
        )
        figures = Soak(options.seed, options.workers, folder).run(options.minutes * 60)
    figures = {"seed": options.seed, "database": options.database, **figures}
    sys.stdout.write(_table(figures))
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if _is_well(figures) else 1


def _is_well(figures: Mapping[str, Any]) -> bool:
    return all(figures[name] == 0 for name in _NOTHING) and all(
        figures[name] <= most for name, most in _LIMITS.items()
    )


def _table(figures: Mapping[str, Any]) -> str:
    """The figures as rows of a Markdown table."""
    rows = ["| | |", "|---|---|"]
    for name, figure in figures.items():
        if isinstance(figure, dict):
            figure = ", ".join(f"{key}: {value}" for key, value in figure.items()) or "none"
        rows.append(f"| {name.replace('_', ' ')} | {figure} |")
    return "\n".join(rows) + "\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=20, metavar="N", help="default 20")
    parser.add_argument(
        "--seed",
        type=int,
        default=int(time.time()),
        metavar="N",
        help="of what is drawn at random; when processes meet it is another time all the same",
    )
    parser.add_argument(
        "--database",
        choices=["postgresql", "sqlite"],
        default="postgresql",
        help="default %(default)s",
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="default 2")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="a new folder, where logs and feed stay afterwards",
    )
    return parser.parse_args()


def _environment(folder: Path) -> dict[str, str]:
    """A value for everything that a person's own .env could say otherwise."""
    return {
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "BASE_URL": "http://testserver",
        "VAR_FOLDER": str(folder / "var"),
        "DATABASE_URL": f"sqlite:///{folder / 'ferry.sqlite3'}",
        "REDIS_URL": "",
        "CELERY_BROKER_URL": "filesystem://",
        "PIM_HOSTS": "127.0.0.1",
        "PIM_ALLOW_INSECURE": "1",
        "CHANNEL_HOSTS": "",
        "FILE_CHANNEL_FOLDERS": "",
        "ENRICHMENT_FOLDERS": "",
        "AKENEO_CLIENT_ID": "",
        "AKENEO_CLIENT_SECRET": "",
        "EMAIL_URL": "memorymail://",
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "text",
        "DJANGO_SETTINGS_MODULE": "akeneo_app.settings",
    }


@contextmanager
def _servers() -> Iterator[dict[str, str]]:
    """A PostgreSQL and a Redis, as the tests start them, gone with this process."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.real_servers"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # so that Ctrl-C reaches it through us only
    ) as process:
        assert process.stdout is not None
        answer: dict[str, str] = json.loads(process.stdout.readline())
        if "problem" in answer:
            sys.exit(answer["problem"])
        yield answer


if __name__ == "__main__":
    sys.exit(main())
