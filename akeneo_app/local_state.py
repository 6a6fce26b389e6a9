"""What the app keeps on its own disk: generated secrets, the one-machine broker, locks.

Each installation has its own folder, named after its database, so that two of them may share
one VAR_FOLDER.
"""

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet


@dataclass(frozen=True, slots=True, repr=False)
class GeneratedSecrets:
    secret_key: str
    encryption_key: str


def folder_for(var_folder: Path, database: Mapping[str, Any]) -> Path:
    """Return the folder of the installation that uses this database (passwords do not count)."""
    host = database.get("OPTIONS", {}).get("host", "") or database.get("HOST", "")
    identity = [database["ENGINE"], host, str(database.get("PORT", "")), str(database["NAME"])]
    digest = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:12]
    return var_folder / digest


def filesystem_broker(folder: Path) -> dict[str, object]:
    """Return the options of Celery's filesystem transport, with its folders made.

    A tenth of a second between looks: at the default of one second 100 tasks take 50 s.
    """
    messages, control = folder / "messages", folder / "control"
    for path in (messages, control):
        path.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "polling_interval": 0.1,
    }


def generated_secrets(folder: Path) -> GeneratedSecrets:
    """Return the secrets of a development installation, made on first use.

    Two processes may start at once: the first complete file wins and both use it.
    """
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = {
            "secret_key": secrets.token_urlsafe(50),
            "encryption_key": Fernet.generate_key().decode(),
        }
        descriptor, name = tempfile.mkstemp(dir=folder)  # readable by the owner only
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
        try:
            os.link(name, path)  # fails if the other process was faster
        except FileExistsError:
            pass
        finally:
            os.unlink(name)
    return GeneratedSecrets(**json.loads(path.read_text()))
