"""Run Django's deployment checks with settings as production has them, and throw-away keys."""

import base64
import os
import secrets
import subprocess  # nosec B404  # runs our own programs
import sys
import tempfile


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "BASE_URL": "https://app.example.com",
            "DATABASE_URL": f"sqlite:///{folder}/ferry.sqlite3",
            "VAR_FOLDER": folder,
            "PIM_ALLOW_INSECURE": "0",
        }
        return subprocess.run(  # nosec B603  # our own command, no shell
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            env=os.environ | settings,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
