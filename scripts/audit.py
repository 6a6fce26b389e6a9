"""Look the locked packages up among known vulnerabilities: scripts/audit.py LOCK

Fails for a known hole. Where nothing can be looked up (no network, or a mirror that does not
know) this is said in so many words, and is no failure.
"""

import json
import re
import subprocess  # nosec B404  # runs our own programs
import sys
from typing import Any

# What requests says of a service that does not answer.
_UNREACHABLE = re.compile("ConnectionError|ConnectTimeout|ReadTimeout|Max retries exceeded")


def main() -> int:
    audit = subprocess.run(  # noqa: S603  # nosec B603  # our own command
        [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip"]
        + ["--progress-spinner=off", "--format=json", "--timeout=10", "-r", sys.argv[1]],
        capture_output=True,
        text=True,
    )
    try:
        packages = json.loads(audit.stdout)["dependencies"]
    except ValueError:
        if _UNREACHABLE.search(audit.stderr):
            sys.stdout.write("NOT CHECKED: known vulnerabilities cannot be asked for here.\n")
            return 0
        sys.stderr.write(f"pip-audit failed: {audit.stderr.strip()}\n")
        return 1
    return _report(packages)


def _report(packages: list[dict[str, Any]]) -> int:
    """Say what was found; pip-audit itself is content with packages that it could not look up."""
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}, "
        f"fixed in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for package in packages
        for hole in package.get("vulns", [])
    ]
    if len(unknown) == len(packages):
        sys.stdout.write(f"NOT CHECKED: none of the {len(packages)} packages is known here.\n")
        return 0
    sys.stdout.write(f"{len(packages) - len(unknown)} of {len(packages)} packages looked up.\n")
    if unknown:
        sys.stdout.write(f"NOT CHECKED: {', '.join(unknown)}\n")
    sys.stdout.write("".join(f"{line}\n" for line in holes))
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
