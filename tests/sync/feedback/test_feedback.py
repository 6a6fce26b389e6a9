"""How products stand on the channel, written into the PIM once it changed, and only then."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from enrichment.models import Offer, Proposal
from sync.feedback.settings import set_feedback
from sync.listings import refuse_held
from sync.models import Feedback, Listing
from sync.tasks import feed_back, feed_back_where_due
from tests.queued import waiting
from tests.sync.feedback.conftest import written

pytestmark = pytest.mark.whole_runs

FEED_BACK = "sync.tasks.feed_back"
TRIES = 8  # of a call


def simple(back):
    """A product that has no model above it."""
    return back.enrichment.uuids[0]


def test_what_is_on_the_shop_and_what_it_refused_stands_in_the_pim(back):
    there, refused = back.enrichment.uuids[:2]
    back.world.shop.reject = {refused}
    back.say()
    back.world.sync()

    offer = back.tell()

    assert offer.kind == Offer.Kind.FEEDBACK
    assert offer.state == Offer.State.DONE
    assert back.of(there) == {"status": "live", "date": back.today}
    assert back.of(refused) == {
        "status": "refused",
        "date": back.today,
        "problem": "The shop was told to refuse this product.",
    }


def test_what_we_wrote_causes_no_push_no_proposal_and_no_other_feedback(back):
    back.say()
    back.world.sync()
    back.tell()
    pushed = back.world.shop.stats()
    held = back.of(simple(back))

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=True):
        run = back.world.sync()  # reads what we wrote, as an edit of the PIM
        again = back.tell()
        full = back.world.sync(full=True)
        once_more = back.tell()

    assert run.pulled > 0
    assert run.pushed == full.pushed == 0
    assert back.world.shop.stats() == pushed
    assert again is once_more is None
    assert Offer.objects.count() == 1
    assert back.of(simple(back)) == held


def test_a_change_of_the_product_moves_no_date_as_long_as_the_status_stays(back):
    back.say()
    back.world.sync()
    back.tell()
    first = back.today

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=True):
        back.world.pim.edit_product(simple(back), "ean", "4006381333931")
        run = back.world.sync()
        assert back.tell() is None

    assert run.pushed == 1
    assert back.of(simple(back)) == {"status": "live", "date": first}


def test_a_status_that_changed_is_written_with_its_date_and_the_problem_goes(back):
    refused = simple(back)
    back.world.shop.reject = {refused}
    back.say()
    back.world.sync()
    back.tell()
    back.world.shop.reject = set()
    Listing.objects.parked().update(status="waiting", next_attempt_at=timezone.now())

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=True):
        back.world.sync()
        offer = back.tell()
        today = back.today

    assert written(offer) == 3
    assert back.of(refused) == {"status": "live", "date": today}


def test_what_left_the_shop_is_emptied(back):
    uuid = simple(back)
    back.say()
    back.world.sync()
    back.tell()
    back.world.pim.disable_product(uuid)
    back.world.sync()
    assert back.listing(uuid).status == Listing.Status.GONE

    back.tell()

    assert back.of(uuid) == {}


def test_what_left_one_catalog_after_the_other_is_emptied(back):
    """The first let go of it before, and looks at it no more."""
    world, uuid = back.world, simple(back)
    second = world.add_catalog("Beside")
    back.say("status")
    set_feedback(second, {"status": "shop_status"})
    world.sync()
    world.sync(second)
    back.tell_all()
    families = world.pim.assortment.families.keys()
    world.select(back.catalog, *(families - {world.pim.assortment.product(uuid).family}))
    world.sync()
    back.tell_all()
    held = back.of(uuid)

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=True):
        back.tell_all()  # what changed before is not looked at any more
        world.pim.disable_product(uuid)
        world.sync()
        world.sync(second)
        back.tell_all()

    assert held == {"status": "live"}
    assert back.of(uuid) == {}


def test_what_somebody_writes_over_it_in_the_pim_stays(back):
    uuid = simple(back)
    back.say("status", "problem")
    back.world.sync()
    back.tell()
    back.world.pim.edit_product(uuid, "shop_status", "refused")
    back.world.pim.edit_product(uuid, "ean", "4006381333931")
    back.world.sync()

    assert back.tell() is None

    assert back.of(uuid) == {"status": "refused"}


def test_it_is_due_once_a_run_ended_and_not_before_the_next_one(back):
    back.say()
    feed_back_where_due()
    assert not waiting(back.enrichment.queue)
    back.world.sync()

    feed_back_where_due()
    assert (FEED_BACK, [back.row.pk]) in waiting(back.enrichment.queue)
    feed_back(back.row.pk)
    feed_back_where_due()

    assert FEED_BACK not in [task for task, _ in waiting(back.enrichment.queue)]
    assert Proposal.objects.exists()


def test_nothing_is_asked_or_written_where_enrichment_is_off(back):
    back.say()
    back.world.sync()
    connection = back.world.connection
    connection.enriched_since = None
    connection.save()

    feed_back(back.row.pk)

    assert not Offer.objects.exists()
    assert back.row.told_until is None


def test_an_attribute_that_is_gone_is_named_and_tried_again_later(back):
    back.say("status")
    back.world.sync()
    del back.world.pim.assortment.attributes["shop_status"]

    assert back.tell() is None

    assert "no attribute “shop_status”" in back.row.trouble
    assert back.row.told_until is None
    assert not Feedback.objects.due().exists()
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=True):
        assert Feedback.objects.due().exists()


def test_a_pim_that_answers_nonsense_is_asked_again_and_nothing_is_lost(back):
    back.say("status")
    back.world.sync()
    back.world.between.edit("/products-uuid/search", lambda body: body[:20], times=TRIES)
    assert back.tell() is None
    assert back.row.trouble
    assert back.row.told_until is None
    Feedback.objects.update(not_before=None)

    assert written(back.tell()) > 0
    assert back.row.trouble == ""


def test_what_a_person_leaves_on_the_shop_as_it_is_is_live_again(back):
    uuid = simple(back)
    back.say("status")
    back.world.sync()
    held = Listing.objects.filter(key=uuid)
    held.update(status="held", held_because="emptied", updated_at=timezone.now())
    back.tell()
    assert back.of(uuid) == {"status": "waiting"}

    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=True):
        assert back.tell() is None  # from now on that is long ago

    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=True):
        refuse_held(back.world.catalog, [held.get().pk])
        back.tell()

    assert back.of(uuid) == {"status": "live"}
