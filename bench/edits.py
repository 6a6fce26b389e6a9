"""Edits in a PIM that tells of them, and when the channel has the new value.

The PIM, its Event Platform and the shop are the sandbox, in threads of this process; Ferry is
gunicorn and a worker, on PostgreSQL and Redis, with no schedule at all.
"""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.events import free_port, serving
from bench.installation import ROOT, Installation
from sandbox.events.sending import Postman
from sandbox.records import Catalog
from sandbox.shop import Shop
from sandbox.state import Pim, make_pim
from tests.sandbox_server import serving_sandbox

SCOPES = ("read_products", "read_catalogs", "write_catalogs")
_PRODUCTS = 2_000
_PATIENCE = 60.0  # seconds after the last edit
_LOOK = 0.05

# Run by `manage.py shell`: the PIM connected, its catalog carried to the shop, by events alone.
_CONNECT = """
from django.utils import timezone
from catalogs.models import Catalog, Channel
from connections.models import Connection

connection = Connection.objects.create(
    pim_url={pim_url!r}, state="connected", token={token!r}, client_id={client_id!r},
    client_secret="bench", scopes={scopes!r},
)
channel = Channel.objects.create(
    connection=connection, name="Shop", kind="http", settings={{"endpoint": {endpoint!r}}},
)
catalog = Catalog.objects.create(
    channel=channel, name="Bench", raw=True, every=None, pim_state="enabled",
    pim_catalog_id={catalog!r}, started_at=timezone.now(),
)
print(catalog.pk)
"""


def measure(database_url: str, redis_url: str, folder: Path, edits: int, gap: float) -> list[float]:
    """Edit so many products, one in `gap` seconds; the seconds until the shop had each.

    At random moments: a worker that waits a second for more events would fall into step with edits
    that came at regular ones.

    An edit that does not arrive within a minute counts as infinite.
    """
    port, pim, shop = free_port(), make_pim(products=_PRODUCTS), Shop()
    with serving_sandbox(pim, shop) as url:
        installation = Installation(
            database_url,
            folder,
            BASE_URL=f"http://127.0.0.1:{port}",
            EVENT_PLATFORM_URL=f"{url}/event-platform/api/v1",
            CELERY_BROKER_URL=f"{redis_url}/40",
            REDIS_URL=f"{redis_url}/41",
        )
        catalog = _connect(installation, pim, url)
        installation.sync(catalog, "--full")
        with serving(installation, port), _worker(installation), _postman(pim):
            installation.manage("enable_events", "--pim", url)
            return _edit(pim, shop, edits, gap)


def _edit(pim: Pim, shop: Shop, edits: int, gap: float) -> list[float]:
    uuids = sorted(shop.items)[:edits]
    waiting: dict[str, tuple[str, float]] = {}
    found: list[float] = []
    begin = time.time()
    chance = random.Random(1)  # noqa: S311  # of no secret
    moments = sorted(begin + chance.random() * edits * gap for _ in uuids)
    number, deadline = 0, begin + edits * gap + _PATIENCE
    while (number < len(uuids) or waiting) and time.time() < deadline:
        if number < len(uuids) and time.time() >= moments[number]:
            uuid, text = uuids[number], f"EDITED-{number}"
            waiting[uuid] = text, time.time()
            pim.edit_product(uuid, "sku", text)
            number += 1
        for uuid, (text, moment) in list(waiting.items()):
            item = shop.items[uuid]
            if _identifier(item.document) == text:
                found.append(item.last_pushed - moment)
                del waiting[uuid]
        time.sleep(_LOOK)
    return [*found, *(float("inf") for _ in range(edits - len(found)))]


def _identifier(document: dict[str, Any]) -> str:
    """Of a product as the PIM stores it."""
    (value,) = document["values"]["sku"]
    return str(value["data"])


def _connect(installation: Installation, pim: Pim, url: str) -> int:
    app = next(iter(pim.apps.values()))
    app.connected = True
    pim.events.allow(app.client_id, True)
    catalog = Catalog(id=str(uuid4()), name="Bench", client_id=app.client_id, enabled=True)
    pim.catalogs[catalog.id] = catalog
    code = _CONNECT.format(
        pim_url=url,
        token=pim.set_scopes(app, set(SCOPES)),
        client_id=app.client_id,
        scopes=list(SCOPES),
        endpoint=f"{url}/shop/ingest",
        catalog=catalog.id,
    )
    return int(installation.manage("shell", "--no-imports", "-c", code).strip())


@contextmanager
def _worker(installation: Installation) -> Iterator[None]:
    options = ["worker", "--concurrency=2", "--loglevel=ERROR"]
    command = [sys.executable, "-m", "celery", "-A", "akeneo_app", *options]
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=ROOT,
        env=installation.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as worker:
        try:
            yield
        finally:
            worker.terminate()


@contextmanager
def _postman(pim: Pim) -> Iterator[None]:
    postman = Postman(pim.events)
    postman.start()
    try:
        yield
    finally:
        postman.stop()
