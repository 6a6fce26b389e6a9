"""A process that is killed while it asks, or while it writes: nothing is lost, nothing twice."""

import os
import signal

import pytest

from enrichment.models import Offer, Proposal
from enrichment.tasks import take_up_unfinished_offers, work_on_offer
from sync.models import Feedback
from sync.tasks import feed_back, feed_back_where_due
from tests.enrichment.conftest import Enrichment
from tests.queued import waiting
from tests.sync.feedback.conftest import Back, add_attributes
from tests.sync.processes import killed, start_child

pytestmark = pytest.mark.slow


@pytest.fixture
def back(make_world, queue):
    world = make_world(260)
    add_attributes(world.pim, -1)
    back = Back(Enrichment(world, queue))
    back.say("status", "date")
    world.sync()
    return back


def kill_during(back, work, path, **when):
    with back.world.between.holding(path, **when) as held:
        child = start_child(work)
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)


def assert_all_there(back):
    held = [back.of(uuid) for uuid in back.enrichment.all]
    assert held == [{"status": "live", "date": back.today}] * len(back.enrichment.all)
    written = Proposal.objects.filter(state=Proposal.State.WRITTEN)
    assert written.count() == 2 * len(back.enrichment.all)  # each once
    assert not Proposal.objects.open().exists()


def go_on(back):
    """What the scheduler and the workers do until nothing is left."""
    take_up_unfinished_offers()
    feed_back_where_due()
    for name, [pk] in waiting(back.enrichment.queue):
        {"sync.tasks.feed_back": feed_back}.get(name, work_on_offer)(pk)
    for offer in Offer.objects.under_way():
        work_on_offer(offer.pk)


def test_killed_while_it_asks_the_next_one_begins_anew(back):
    pk = back.row.pk
    kill_during(back, lambda: feed_back(pk), "/products-uuid/search", after=2)
    assert Offer.objects.get().state == Offer.State.READING

    go_on(back)

    assert_all_there(back)
    assert not Feedback.objects.due().exists()
    cut_off = Offer.objects.get(state=Offer.State.STOPPED)
    assert cut_off.problem.endswith("It is offered again by itself.")


@pytest.mark.parametrize("answered", [False, True], ids=["before it was sent", "after it arrived"])
def test_killed_while_it_writes_the_rest_is_written(back, answered):
    feed_back(back.row.pk)
    pk = Offer.objects.get().pk
    kill_during(*(back, lambda: work_on_offer(pk), r"/products-uuid\?"), after=1, answered=answered)

    go_on(back)

    assert_all_there(back)
    assert Offer.objects.count() == 1
