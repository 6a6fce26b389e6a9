"""Which years, months and days have rows: found by the index, the same that Django finds."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from connections.models import AuditRecord

_BERLIN = ZoneInfo("Europe/Berlin")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def records():
    """Around midnight, the two changes of the clock, and the end of a year."""
    moments = [
        *("2024-02-29 23:59", "2025-03-29 23:00", "2025-03-30 01:00", "2025-03-30 21:59"),
        *("2025-03-30 22:00", "2025-10-25 22:00", "2025-10-26 22:59", "2025-10-26 23:00"),
        *("2025-12-31 22:59", "2025-12-31 23:00", "2026-01-01 00:00"),
    ]
    AuditRecord.objects.bulk_create(
        AuditRecord(
            at=datetime.fromisoformat(moment).replace(tzinfo=UTC),
            action="paused" if number % 2 else "resumed",
            pim_url="https://a.example.com",
            actor_kind="command",
        )
        for number, moment in enumerate(moments)
    )


@pytest.mark.parametrize("zone", [UTC, _BERLIN, ZoneInfo("America/New_York")])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
@pytest.mark.parametrize("kind", ["year", "month", "week", "day"])
@pytest.mark.parametrize(
    "conditions", [{}, {"at__year": 2025}, {"at__month": 10}, {"action": "paused"}]
)
def test_they_are_those_that_django_finds(kind, order, zone, conditions):
    rows = AuditRecord.objects.filter(**conditions)
    plain: QuerySet[AuditRecord] = QuerySet(AuditRecord).filter(**conditions)

    found = list(rows.datetimes("at", kind, order, zone))

    assert found == list(plain.datetimes("at", kind, order, zone))
    assert found


def test_nothing_has_no_periods():
    assert list(AuditRecord.objects.filter(action="lost").datetimes("at", "day")) == []


def test_only_a_row_of_each_period_is_read():
    rows = AuditRecord.objects.filter(at__year=2025, at__month=3)

    with CaptureQueriesContext(connection) as asked:
        found = list(rows.datetimes("at", "day", tzinfo=_BERLIN))

    assert [moment.day for moment in found] == [30, 31]
    # SQLite reads all of them: it takes no limits within a union.
    limits = 2 if connection.vendor == "postgresql" else 0
    assert asked.captured_queries[-1]["sql"].count("LIMIT 1") == limits
