"""`make demo`: a sandbox PIM, the app and a sandbox shop, from *Connect* to the first sync.

Everything is done the way a person does it: the app is connected through the PIM's own pages, the
channel and the catalog come from the commands of the README, the catalog is enabled in the PIM.
With ONCE=1 it ends after the first sync, with status 0 only if every product arrived.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag
from processes import PYTHON, ROOT, ProcessEnded, Processes, app_commands

APP_PORT = int(os.environ.get("APP_PORT", "8000"))
SANDBOX_PORT = int(os.environ.get("SANDBOX_PORT", "8081"))
APP = f"http://127.0.0.1:{APP_PORT}"
PIM = f"http://127.0.0.1:{SANDBOX_PORT}"
CLIENT_ID = "11111111-2222-4333-8444-555555555555"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105  # nosec B105  # the sandbox's, known to everybody
VAR = ROOT / "var"
MARK = VAR / "demo.json"
STAFF = ("admin", "admin")


class DemoFailed(Exception):
    """The demo did not get where it should; the text says why."""


def main() -> int:
    database = _database()
    environment = {
        "DEBUG": "1",
        "BASE_URL": APP,
        "PIM_ALLOW_INSECURE": "1",
        "EVENT_PLATFORM_URL": f"{PIM}/event-platform/api/v1",  # nobody's demo calls Akeneo
        "DATABASE_URL": database,
        "AKENEO_CLIENT_ID": "",
        "AKENEO_CLIENT_SECRET": "",  # nosec B105  # empty: there is none
        "DJANGO_SUPERUSER_PASSWORD": STAFF[1],
    }
    with Processes(environment, log_folder=VAR / "demo-logs") as processes:
        try:
            _show(processes, environment)
            if os.environ.get("ONCE") == "1":
                return 0
            _say("", "It stays up until Ctrl-C.")
            processes.stay_up()
        except KeyboardInterrupt:
            _say("", "The demo has ended.")
        except (DemoFailed, ProcessEnded, TimeoutError, requests.RequestException) as error:
            sys.stderr.write(f"\nThe demo failed: {error}\n")
            return 1
    return 0


def _show(processes: Processes, environment: dict[str, str]) -> None:
    started = time.monotonic()
    _say("Starting the sandbox PIM with its shop, and the app …")
    processes.start(
        "sandbox",
        [PYTHON, "-m", "sandbox", "--port", str(SANDBOX_PORT), "--app-url", APP]
        + ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET]
        + _recording(),
    )
    _command(processes, "migrate", "--no-input")
    _make_staff(processes)
    for name, command in app_commands(APP_PORT).items():
        processes.start(name, command)
    processes.wait_for(f"{PIM}/sandbox/")
    processes.wait_for(f"{APP}/healthz")

    _say("Registering the PIM's custom app, then Connect, log-in and consent in the PIM …")
    _command(
        processes, "register_pim", PIM, "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET
    )
    connect()

    _say("Creating a channel to the shop and a catalog in the PIM …")
    channel = _json(
        processes,
        *("add_channel", "Sandbox shop", "--pim", PIM, "--kind", "http"),
        *("--set", f"endpoint={PIM}/shop/ingest"),
    )
    catalog = _json(
        processes,
        *("add_catalog", "Web shop", "--pim", PIM, "--channel", str(channel["id"])),
    )
    _say("Enabling and mapping the catalog in the PIM …")
    configured = requests.post(
        f"{PIM}/sandbox/catalogs/{catalog['pim_catalog_id']}",
        json={"enabled": True, "auto_map": True},
        timeout=30,
    )
    configured.raise_for_status()

    _say("First sync …")
    first = _json(processes, "sync_catalog", str(catalog["id"]))
    _say(
        f"  read {first['pulled']:,} products, sent {first['pushed']:,}, "
        f"{first['failed']} refused, in {first['seconds']:.1f} s"
    )
    _compare(catalog["pim_catalog_id"])
    _say("Second sync, nothing has changed …")
    second = _json(processes, "sync_catalog", str(catalog["id"]))
    _say(f"  read {second['pulled']:,} products, sent {second['pushed']:,}")
    if second["pushed"] or second["withdrawn"]:
        raise DemoFailed("The second sync sent something, although nothing had changed.")
    MARK.write_text(json.dumps({"database": environment["DATABASE_URL"]}))
    _say_where(environment, catalog["id"], time.monotonic() - started)


def connect(username: str = "julia") -> None:
    """Walk from *Connect* to the app's home the way a browser does, filling in the PIM's forms."""
    browser = requests.Session()
    page = browser.get(f"{APP}/oauth/activate", params={"pim_url": PIM}, timeout=30)
    for _ in range(8):
        if page.url.startswith(APP) and urlsplit(page.url).path == "/" and page.ok:
            return
        if not page.url.startswith(PIM) or not page.ok:
            raise DemoFailed(f"Connecting ended at {page.url} with status {page.status_code}.")
        route = urlsplit(page.url).fragment
        if route:  # where the PIM's own script goes
            page = browser.get(f"{PIM}/screens/route", params={"to": route}, timeout=30)
        else:
            page = _submit(browser, page, username)
    raise DemoFailed("Connecting did not come to an end.")


def _submit(browser: requests.Session, page: requests.Response, username: str) -> requests.Response:
    """Send the page's main form as it stands, with the person's name and every box ticked."""
    forms = BeautifulSoup(page.text, "html.parser").select("main form")
    if not forms:
        raise DemoFailed(f"There is no form at {page.url}.")
    form = next((one for one in forms if one.select("[name=password]")), forms[0])
    values = {}
    for field in form.select("input[name]"):
        values[str(field["name"])] = str(field.get("value", "on"))
    if "username" in values:
        values.update(username=username, password=username)
    button = form.select_one("button[name]")
    if isinstance(button, Tag):
        values[str(button["name"])] = str(button.get("value", ""))
    target = urljoin(page.url, str(form.get("action") or page.url))
    return browser.post(target, data=values, timeout=30)


def _compare(pim_catalog_id: str) -> None:
    """Raise DemoFailed unless the shop holds exactly the products of the catalog."""
    listed = _get(f"{PIM}/sandbox/catalogs/{pim_catalog_id}")["uuids"]
    live = _get(f"{PIM}/shop/api/products")
    missing, extra = set(listed) - set(live), set(live) - set(listed)
    if missing or extra:
        raise DemoFailed(f"{len(missing)} products are missing on the shop, {len(extra)} too many.")
    _say(f"  all {len(listed):,} products of the catalog are on the shop")


def _say_where(environment: dict[str, str], catalog: int, seconds: float) -> None:
    known = os.environ | environment
    settings = " ".join(
        f"{name}={known[name]}"
        for name in (
            *("VAR_FOLDER", "DEBUG", "BASE_URL", "PIM_ALLOW_INSECURE", "EVENT_PLATFORM_URL"),
            "DATABASE_URL",
        )
        if name in known
    )
    _say(
        "",
        f"Done in {seconds:.0f} s. Open:",
        f"  the PIM        {PIM}/   (log in as julia / julia; then Open app)",
        f"  the shop       {PIM}/shop/",
        f"  faults         {PIM}/sandbox/",
        f"  Ferry          {APP}/   (opened from the PIM)",
        f"  Ferry's admin  {APP}/admin/   ({STAFF[0]} / {STAFF[1]})",
        "",
        "Sync again from another terminal:",
        f"  {settings} \\",
        f"    {Path(PYTHON).relative_to(ROOT) if PYTHON.startswith(str(ROOT)) else PYTHON}"
        f" manage.py sync_catalog {catalog}",
    )


def _make_staff(processes: Processes) -> None:
    made = processes.run(
        *(PYTHON, "manage.py", "createsuperuser", "--no-input"),
        *("--username", STAFF[0], "--email", "admin@example.com"),
    )
    if made.returncode and "taken" not in made.stderr:
        raise DemoFailed(made.stderr.strip())


def _database() -> str:
    """Return the demo's database, emptied: the sandbox starts anew each time, and so does it.

    The default one if it is free or an earlier demo's; never one that somebody works with.
    """
    if os.environ.get("DATABASE_URL"):
        return os.environ["DATABASE_URL"]
    usual = VAR / "ferry.sqlite3"
    earlier = json.loads(MARK.read_text())["database"] if MARK.exists() else ""
    mine = f"sqlite:///{usual}"
    path = usual if not usual.exists() or earlier == mine else VAR / "demo.sqlite3"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    VAR.mkdir(exist_ok=True)
    MARK.write_text(json.dumps({"database": f"sqlite:///{path}"}))
    return f"sqlite:///{path}"


def _recording() -> list[str]:
    """RECORD=file keeps every exchange with the sandbox, for checking it against other texts."""
    record = os.environ.get("RECORD")
    return ["--record", record] if record else []


def _command(processes: Processes, *arguments: str) -> str:
    done = processes.run(PYTHON, "manage.py", *arguments)
    if done.returncode:
        raise DemoFailed(f"{arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _json(processes: Processes, *arguments: str) -> Any:
    return json.loads(_command(processes, *arguments, "--json"))


def _get(url: str) -> Any:
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return answer.json()


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
