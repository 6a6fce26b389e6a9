"""Events that are stored together: what happens to one happens to no other unnoticed."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from sync.events import storing
from sync.models import EventSubscription, ReceivedEvent
from tests.factories import make_connection
from tests.sync.processes import until

pytestmark = pytest.mark.django_db(transaction=True)


def test_none_counts_as_stored_when_who_stored_for_all_of_them_failed(monkeypatch):
    monkeypatch.setattr(storing, "PATIENCE", 300)  # of the first, until the other has come
    subscription = EventSubscription.objects.create(connection=make_connection())
    ends: dict[str, BaseException | None] = {}

    def store(event_id, happened_at=None):
        event = ReceivedEvent(
            subscription=subscription,
            event_id=event_id,
            type="product.updated",
            entity="other",
            happened_at=happened_at,
        )
        try:
            storing.store(event)
            ends[event_id] = None
        except (storing.Busy, ValidationError) as error:
            ends[event_id] = error
        finally:
            connection.close()

    assert storing._turn.acquire(timeout=5)
    threads = [
        threading.Thread(target=store, args=arguments)
        for arguments in (("broken", "no moment"), ("sound",))
    ]
    for thread in threads:
        thread.start()
    until(lambda: len(storing._gathered) == len(threads))
    storing._turn.release()
    for thread in threads:
        thread.join()

    taken = {event_id for event_id, error in ends.items() if error is None}
    assert taken == set(ReceivedEvent.objects.values_list("event_id", flat=True)) == set()
    assert any(isinstance(error, ValidationError) for error in ends.values())
