"""A PIM that tells of its changes, and people who are told: what came and went for months."""

from django.db import connection as database
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import PimUser
from sync.models import AlertSettings, AlertWebhook, EventSubscription

EVENTS, WAITING, CHANGED = 100_000, 1_000, 1_000
NOTICES, MESSAGES, READERS = 5_000, 10_000, 20

# Over two days, the last of them not worked on yet.
_EVENTS = """
INSERT INTO sync_receivedevent (
  subscription_id, event_id, type, entity, key, is_own, happened_at, received_at, worked_at)
SELECT %(subscription)s, gen_random_uuid()::text, 'com.akeneo.pim.v1.product.updated',
  CASE WHEN n %% 10 = 0 THEN 'model' ELSE 'product' END, md5('k' || n)::uuid::text, n %% 50 = 0, at,
  at, CASE WHEN n > %(number)s - %(waiting)s THEN NULL ELSE at END
FROM generate_series(1, %(number)s) AS n,
  LATERAL (SELECT now() - (%(number)s - n) * interval '1.7 seconds' AS at) AS moment
"""

_CHANGED = """
INSERT INTO sync_changedkey (catalog_id, key, is_model, created_at)
SELECT %(catalog)s, md5('k' || n)::uuid::text, false, now() FROM generate_series(1, %(number)s) AS n
"""

# The last one is open; those before it are over.
_NOTICES = """
INSERT INTO sync_notice (
  connection_id, catalog_id, kind, said, number, opened_at, changed_at, told_at, told_number,
  ended_at, created_at, updated_at)
SELECT %(pim)s, %(catalog)s, 'held', '', 31, at, at, at, 31,
  CASE WHEN n = %(number)s THEN NULL ELSE at + interval '1 hour' END, at, at
FROM generate_series(1, %(number)s) AS n,
  LATERAL (SELECT now() - (%(number)s - n) * interval '25 minutes' AS at) AS moment
"""

# Of each notice two readers heard; some mails wait, and some were given up.
_MESSAGES = """
INSERT INTO sync_alertmessage (
  uuid, connection_id, reader_id, notice_id, kind, day, in_digest, due_at, tries, sent_at,
  given_up_at, problem, owner, created_at, updated_at)
SELECT gen_random_uuid(), %(pim)s, reader.id, notice.id, 'opened', '', false, notice.opened_at, 1,
  CASE WHEN notice.n %% 100 < 98 THEN notice.opened_at END,
  CASE WHEN notice.n %% 100 = 98 THEN notice.opened_at END,
  CASE WHEN notice.n %% 100 < 98 THEN '' ELSE 'The mail server answered 451.' END, '',
  notice.opened_at, notice.opened_at
FROM (SELECT id, opened_at, row_number() OVER (ORDER BY id) AS n FROM sync_notice) AS notice,
  LATERAL (SELECT id FROM sync_alertsettings ORDER BY (id + notice.n) %% %(readers)s, id
           LIMIT %(each)s) AS reader
"""


def add_told(catalog: Catalog) -> None:
    """Within `fill`: events, what they changed, notices of the catalog, and mails about them."""
    pim = catalog.connection
    events = EventSubscription.objects.create(connection=pim, is_wanted=True, state="active")
    for number in range(READERS):
        reader = PimUser.objects.create(
            connection=pim, iss=pim.pim_url, sub=f"reader-{number}", firstname=f"Reader {number}"
        )
        AlertSettings.objects.create(
            user=reader, address=f"reader{number}@acme.example.com", confirmed_at=timezone.now()
        )
    AlertWebhook.objects.create(
        connection=pim,
        url="https://hooks.example.com/ferry",
        secret="of-nobody",  # noqa: S106  # nosec B106  # of a receiver that is not there
    )
    with database.cursor() as cursor:
        many = {"number": EVENTS, "waiting": WAITING}
        cursor.execute(_EVENTS, {"subscription": events.pk, **many})
        cursor.execute(_CHANGED, {"catalog": catalog.pk, "number": CHANGED})
        cursor.execute(_NOTICES, {"pim": pim.pk, "catalog": catalog.pk, "number": NOTICES})
        each = MESSAGES // NOTICES
        cursor.execute(_MESSAGES, {"pim": pim.pk, "readers": READERS, "each": each})
