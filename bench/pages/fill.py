"""An installation with many listings and a long history, made by a few large statements."""

import json
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db import connection as database
from django.utils import timezone

from bench.pages.pim import SCOPES, catalog_id
from bench.pages.told import add_told
from catalogs.models import Catalog, Channel, Window
from connections.models import Connection, PimUser
from enrichment.models import Offer, Source, TranslationOrder
from sync.models import Change, Document, Feed, Listing, Run
from sync.models.batches import Action
from sync.tallying import count_anew

PARKED, HELD, DIFFERENCES = 1_000, 10_000, 50_000
PROPOSALS, PROBLEMS = 100_000, 10_000
RUNS_OF_EACH = 500

_DOCUMENTS = """
INSERT INTO sync_document (digest, body, created_at, updated_at)
SELECT md5(n::text) || md5('b' || n), format(
  '{"uuid": "%%s", "name": "Product %%s of the assortment", "sku": "SKU-%%s", "price": "%%s.95",
   "description": "%%s"}', n, n, n, n %% 1000, repeat(md5(n::text), 8)), now(), now()
FROM generate_series(1, %(many)s) AS n
"""

# What is at the end of a catalog is parked or held, so that looking from the start finds it last.
_LISTINGS = """
INSERT INTO sync_listing (
  uuid, catalog_id, channel_id, key, identifier, label, wanted_id, sent_id, seen_digest, set_aside,
  left_because, held_because, let_through, external_id, status, failure, problem, attempt_count,
  next_attempt_at, sent_at, created_at, updated_at)
SELECT gen_random_uuid(), %(catalog)s, %(channel)s, md5('k' || d.id)::uuid::text,
  'SKU-' || lpad((n * 7919 %% %(many)s)::text, 7, '0'), 'Product ' || d.id,
  CASE WHEN at.held AND n %% 2 = 0 THEN NULL ELSE d.id END,
  CASE WHEN at.parked OR NOT %(carries)s THEN NULL ELSE d.id END, md5(n::text), '',
  CASE WHEN at.held AND n %% 2 = 0 THEN 'disabled' ELSE '' END,
  CASE WHEN at.held THEN CASE WHEN n %% 2 = 0 THEN 'left' ELSE 'emptied' END ELSE '' END,
  false, '',
  CASE WHEN at.parked THEN 'parked' WHEN at.held THEN 'held' WHEN NOT %(carries)s THEN 'carried'
    ELSE 'listed' END,
  CASE WHEN at.parked THEN 'product' ELSE '' END,
  CASE WHEN at.parked THEN 'The shop says: the price is missing.' ELSE '' END, 0,
  now(), now(), now(), now()
FROM (SELECT id, row_number() OVER (ORDER BY id) - %(offset)s AS n FROM sync_document
      ORDER BY id LIMIT %(many)s OFFSET %(offset)s) AS d,
  LATERAL (SELECT n > %(many)s - %(parked)s AS parked,
           n BETWEEN %(many)s - %(parked)s - %(held)s + 1 AND %(many)s - %(parked)s AS held) AS at
"""

_RUNS = """
INSERT INTO sync_run (
  uuid, catalog_id, mode, keys, trigger, status, phase, dry_run, started_by, listed, pulled,
  changed, files, to_send, pushed, withdrawn, failed, held, leaving, problem, note, owner,
  stop_asked_by, is_refused, heartbeat_at, setbacks, started_at, finished_at, read_at, created_at,
  updated_at)
SELECT gen_random_uuid(), catalog.id, 'delta', '[]', 'schedule', 'succeeded', 'finishing', false,
  '', 1000, 100, 100, 0, 100, 100, 0, 0, 0, 0, '', '', '', '', false, at, 0, at, at, at, at, at
FROM catalogs_catalog AS catalog, generate_series(1, %(runs)s) AS n,
  LATERAL (SELECT now() - (1 + %(runs)s - n) * interval '1 hour' AS at) AS moment
"""

_CHANGES = """
INSERT INTO sync_change (
  run_id, listing_id, action, after_id, outcome, message, created_at, updated_at)
SELECT %(run)s, listing.id, 'push', listing.wanted_id,
  CASE WHEN status = 'parked' THEN 'refused' ELSE 'accepted' END, '', now(), now()
FROM sync_listing AS listing WHERE catalog_id = %(catalog)s AND wanted_id IS NOT NULL
"""

_EMPTIED = """
INSERT INTO sync_emptiedtarget (listing_id, target, created_at, updated_at)
SELECT id, 'description', now(), now() FROM sync_listing WHERE held_because = 'emptied'
"""

_DIFFERENCES = """
INSERT INTO sync_difference (run_id, key, identifier, label, action, fields, created_at, updated_at)
SELECT %(run)s, key, identifier, label, 'push', '[["name", "\\"Old\\"", "\\"New\\""]]', now(), now()
FROM sync_listing WHERE catalog_id = %(catalog)s ORDER BY id LIMIT %(number)s
"""

_BATCHES = """
INSERT INTO sync_batch (
  key, run_id, channel_id, action, items, digest, state, tries, problem, created_at, updated_at)
SELECT gen_random_uuid(), %(run)s, %(channel)s, 'push', %(items)s, md5(n::text), 'settled', 1, '',
  now(), now()
FROM generate_series(1, %(number)s) AS n
"""

_AUDIT = """
INSERT INTO connections_auditrecord (
  at, pim_url, actor_kind, actor, actor_key, action, subject, details)
SELECT now(), %(pim_url)s, 'staff', 'Ann', '1', 'channel_changed', 'Shop', '{}'
FROM generate_series(1, %(number)s)
"""

# Twenty attributes of each product, in two languages; what is at the end was written.
_PROPOSALS = """
INSERT INTO enrichment_proposal (
  offer_id, connection_id, subject, key, identifier, attribute, locale, scope, part, creates, type,
  value, value_digest, before, before_digest, state, anyway, problem, line, "column", decided_by,
  source_locale, source_digest, source_text, created_at)
SELECT %(offer)s, %(connection)s, 'product', md5('k' || n / 20)::uuid::text,
  'SKU-' || lpad((n / 20)::text, 7, '0'), 'text_' || n %% 20,
  CASE WHEN n %% 2 = 0 THEN 'en_US' ELSE 'fr_FR' END, '', '', false, 'pim_catalog_textarea',
  to_jsonb('A new text, ' || repeat(md5(n::text) || ' ', 8)), md5(n::text),
  to_jsonb('An old text, ' || repeat(md5(n::text) || ' ', 8)), md5('b' || n),
  CASE WHEN n < %(number)s * 0.8 THEN 'proposed' ELSE 'written' END, false, '', n / 20 + 2, '', '',
  '', '', '', now()
FROM generate_series(1, %(number)s) AS n
"""

_PROBLEMS = """
INSERT INTO enrichment_offerproblem (offer_id, line, "column", place, message)
SELECT %(offer)s, n, 'weight', '', 'This is no number.' FROM generate_series(1, %(number)s) AS n
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """What addresses are made of: the largest catalog and what is in it."""

    manager: PimUser
    channel: Channel
    feeds: Channel
    catalog: Catalog
    run: Run
    dry_run: Run
    live: Run
    new: Catalog  # that is being set up
    earlier: Change  # whose version before can be sent again
    parked: Listing
    window: Window
    offer: Offer
    source: Source
    texts: TranslationOrder


_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('sync_listing', 'sync_change', 'sync_difference', 'enrichment_proposal')
  AND indexname NOT IN (SELECT conname FROM pg_constraint) AND indexdef NOT LIKE 'CREATE UNIQUE%'
"""


def fill(listings: int) -> None:
    """Three channels with four catalogs: two of the largest feed one channel."""
    with database.cursor() as cursor:
        # Rows first, then indexes; triggers would look at each row.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_INDEXES)
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        _add_everything(listings)
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("SET session_replication_role = DEFAULT")
        count_anew()
        cursor.execute("VACUUM ANALYZE")


def _add_everything(listings: int) -> None:
    pim = Connection.objects.create(
        pim_url="https://large.cloud.akeneo.com", state="connected", scopes=sorted(SCOPES)
    )
    PimUser.objects.create(
        connection=pim, iss=pim.pim_url, sub="mary", firstname="Mary", role="manager"
    )
    shop, market, feeds = (_channel(pim, name) for name in ("Shop", "Market", "Feeds"))
    _execute(_DOCUMENTS, many=listings)
    offset = 0
    for name, channel, share in (
        ("Everything", shop, 0.5),
        ("Germany", shop, 0.2),
        ("Market", market, 0.2),
        ("Feed", feeds, 0.1),
    ):
        many, is_largest, carries = int(listings * share), share == 0.5, name != "Germany"
        catalog = _catalog(channel, name, unconfirmed_since=timezone.now() if is_largest else None)
        _execute(
            _LISTINGS,
            many=many,
            offset=0 if not carries else offset,
            catalog=catalog.pk,
            channel=channel.pk,
            carries=carries,
            parked=PARKED if is_largest else 0,
            held=HELD if is_largest else 0,
        )
        offset += many if carries else 0
    _execute(_RUNS, runs=RUNS_OF_EACH)
    _add_history(shop, feeds)


def _add_history(shop: Channel, feeds: Channel) -> None:
    catalog = Catalog.objects.get(name="Everything")
    number = Listing.objects.filter(catalog=catalog).count()
    run = _run(catalog, mode="full", pushed=number - PARKED, failed=PARKED, pulled=number)
    dry_run = _run(catalog, mode="full", dry_run=True, changed=DIFFERENCES)
    _execute(_CHANGES, run=run.pk, catalog=catalog.pk)
    _execute(_EMPTIED)
    _execute(_DIFFERENCES, run=dry_run.pk, catalog=catalog.pk, number=DIFFERENCES)
    items = list(Listing.objects.filter(catalog=catalog).values_list("pk", "wanted_id")[:100])
    _execute(_AUDIT, pim_url=catalog.connection.pim_url, number=100_000)
    _execute(
        _BATCHES,
        run=run.pk,
        channel=shop.pk,
        number=number // 100,
        items=json.dumps([list(item) for item in items]),
    )
    Window.objects.create(channel=shop, days=[1], begins=time(6), ends=time(22))
    new = _catalog(shop, "New", started_at=None, position=2)
    _run(new, mode="full", status="running", finished_at=None, read_at=None)
    sent = Listing.objects.filter(catalog__name="Market").earliest("pk")
    Change.objects.create(
        run=Run.objects.filter(catalog=sent.catalog_id).latest("pk"),
        listing=sent,
        action=Action.PUSH,
        before=Document.objects.earliest("pk"),
        after_id=sent.sent_id,
        outcome=Change.Outcome.ACCEPTED,
    )
    Feed.objects.create(channel=feeds, version=2, published_version=2)
    _add_offer(catalog.connection)
    add_told(catalog)
    Channel.objects.filter(pk=shop.pk).update(
        fields=[{"code": "stock", "type": "number", "title": "Stock", "description": ""}]
    )


def _add_offer(pim: Connection) -> None:
    offer = Offer.objects.create(connection=pim, kind="values", name="texts.csv", state="waiting")
    Source.objects.create(connection=pim, kind="values", name="ERP")
    languages = {"source_locale": "en_US", "target_locale": "fr_FR"}
    TranslationOrder.objects.create(
        connection=pim, kind="file", only="all", state="done", texts=1000, **languages
    )
    _execute(_PROPOSALS, offer=offer.pk, connection=pim.pk, number=PROPOSALS)
    _execute(_PROBLEMS, offer=offer.pk, number=PROBLEMS)


def connect(pim_url: str, token: str) -> None:
    """Let it be the PIM of what was filled: it has a new address each time."""
    Connection.objects.update(pim_url=pim_url, token=token)
    with database.cursor() as cursor:
        cursor.execute("UPDATE connections_auditrecord SET pim_url = %s", [pim_url])
        cursor.execute("VACUUM ANALYZE connections_auditrecord")


def what_is_there() -> Filled | None:
    """Return what an earlier `fill` has made."""
    catalog = Catalog.objects.filter(name="Everything").first()
    if catalog is None:
        return None
    runs = Run.objects.filter(catalog=catalog, mode="full")
    return Filled(
        PimUser.objects.get(sub="mary"),
        Channel.objects.get(name="Shop"),
        Channel.objects.get(name="Feeds"),
        catalog,
        runs.get(dry_run=False),
        runs.get(dry_run=True),
        Run.objects.live().get(),
        Catalog.objects.get(name="New"),
        Change.objects.filter(before__isnull=False).latest("pk"),
        Listing.objects.filter(catalog=catalog).parked().latest("pk"),
        Window.objects.get(),
        Offer.objects.get(name="texts.csv"),
        Source.objects.get(name="ERP"),
        TranslationOrder.objects.get(),
    )


def _channel(pim: Connection, name: str) -> Channel:
    if name == "Feeds":
        settings = {"destination": "/srv/feeds"}
        return Channel.objects.create(connection=pim, name=name, kind="file", settings=settings)
    settings = {"endpoint": "https://shop.example.com/products"}
    return Channel.objects.create(connection=pim, name=name, kind="http", settings=settings)


def _catalog(channel: Channel, name: str, **values: Any) -> Catalog:
    return Catalog.objects.create(
        channel=channel, name=name, pim_catalog_id=catalog_id(name), pim_state="enabled", **values
    )


def _run(catalog: Catalog, **values: Any) -> Run:
    now = timezone.now()
    moments = dict.fromkeys(("started_at", "read_at", "finished_at"), now)
    values = {"trigger": "schedule", "status": "succeeded", **moments, **values}
    return Run.objects.create(catalog=catalog, **values)


def _execute(statement: str, **values: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
