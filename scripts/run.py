"""`make run`: the app alone, web, worker and scheduler, for development."""

import os
import sys

from processes import PYTHON, ProcessEnded, Processes, app_commands


def main() -> int:
    port = int(os.environ.get("APP_PORT", "8000"))
    environment = {
        "DEBUG": os.environ.get("DEBUG", "1"),
        "BASE_URL": os.environ.get("BASE_URL", f"http://127.0.0.1:{port}"),
    }
    with Processes(environment) as processes:
        migrated = processes.run(PYTHON, "manage.py", "migrate", "--no-input")
        if migrated.returncode:
            sys.stderr.write(migrated.stderr or migrated.stdout)
            return 1
        for name, command in app_commands(port).items():
            processes.start(name, command)
        try:
            processes.wait_for(f"http://127.0.0.1:{port}/healthz")
            sys.stdout.write(f"\nFerry is at http://127.0.0.1:{port}/ (Ctrl-C ends it)\n")
            sys.stdout.flush()
            processes.stay_up()
        except KeyboardInterrupt:
            return 0
        except (ProcessEnded, TimeoutError) as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
