"""`Retry-After`: a channel that asks to be left alone is left alone by every run."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from catalogs.models import Channel
from outbound.errors import NotSent
from sync.models import Run
from sync.pauses import leave_alone, refuse_while_left_alone
from tests.channels.receiver import Answer
from tests.factories import make_channel

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


def test_another_run_waits_as_long_as_the_channel_asked(world, receiver, waited):
    other = world.add_catalog("Other")
    world.select(world.catalog, "backpacks")
    world.select(other, "shoes", "mugs")
    receiver.answers = [Answer(429, b"", {"Retry-After": "300"})]

    failed, meanwhile = world.sync(), world.sync(other)
    calls = len(receiver.received)
    until, came = timezone.now() + timedelta(seconds=20), []
    receiver.on_call = lambda received: came.append(timezone.now())
    Channel.objects.update(left_alone_until=until)
    run = world.sync(other)

    assert (failed.status, meanwhile.status) == (Run.Status.FAILED, Run.Status.FAILED)
    assert "It was tried once" in failed.problem
    assert "The channel asked to be left alone" in meanwhile.problem
    assert calls == 1
    assert until <= came[0]
    assert 0 < sum(waited) <= 20
    assert run.status == Run.Status.SUCCEEDED
    assert receiver.products.keys() == world.listed(other)


def test_a_pause_that_has_passed_holds_nobody(world, receiver, waited):
    Channel.objects.update(left_alone_until=timezone.now())

    run = world.sync()

    assert (run.status, waited) == (Run.Status.SUCCEEDED, [])


@pytest.mark.django_db
@time_machine.travel(NOON, tick=False)
def test_a_longer_pause_stays():
    channel, other = make_channel(), make_channel()

    leave_alone(channel.pk, 60)
    leave_alone(channel.pk, 5)

    with pytest.raises(NotSent) as caught:
        refuse_while_left_alone(channel.pk)
    assert caught.value.retry_after == 60
    refuse_while_left_alone(other.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [7200.0, 1e300])
@time_machine.travel(NOON, tick=False)
def test_nobody_silences_a_channel_for_more_than_an_hour(seconds):
    channel = make_channel()

    leave_alone(channel.pk, seconds)

    with pytest.raises(NotSent) as caught:
        refuse_while_left_alone(channel.pk)
    assert caught.value.retry_after == 3600
