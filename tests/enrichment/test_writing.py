"""Writing what was approved: each product is read again, and each line has its own answer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from connections import workers
from enrichment import ownership
from enrichment.models import Offer, Proposal, WrittenValue
from enrichment.setbacks import MAX_SETBACKS
from enrichment.tasks import take_up_unfinished_offers, work_on_offer
from enrichment.undoing import may_be_undone
from enrichment.values import Place
from sandbox.faults import Fault
from tests.queued import waiting
from tests.sync.processes import until

State, Proposed = Offer.State, Proposal.State
NAME = Place("name", "en_US", type="pim_catalog_text")
FRENCH = Place("name", "fr_FR", type="pim_catalog_text")
SLOGAN = Place("slogan", "en_US", type="pim_catalog_text")
EUR = Place("price", part="EUR", type="pim_catalog_price_collection")
USD = Place("price", part="USD", type="pim_catalog_price_collection")
EAN = Place("ean", type="pim_catalog_text")  # of each variant
ENABLED = Place("enabled")


def delete_slogan(enrichment):
    """An attribute goes with all its values."""
    assortment = enrichment.pim.assortment
    del assortment.attributes["slogan"]
    for uuid in enrichment.all:
        edits = assortment.product(uuid).edits
        for place in [each for each in edits if each[0] == "slogan"]:
            del edits[place]


def test_what_was_approved_stands_in_the_pim(enrichment, states):
    one, other = enrichment.uuids[:2]
    offer = enrichment.offer(
        enrichment.candidate(one, NAME, "Écharpe “fine” <b>"),
        enrichment.candidate(one, ENABLED, False),
        enrichment.candidate(other, NAME, "Cap"),
    )

    enrichment.write(offer)

    assert (offer.state, states(offer)) == (State.DONE, [Proposed.WRITTEN] * 3)
    assert enrichment.holds(one, NAME) == "Écharpe “fine” <b>"
    assert enrichment.holds(one, ENABLED) is False
    assert enrichment.holds(other, NAME) == "Cap"


def test_what_waits_for_approval_is_not_written(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    before = enrichment.holds(uuid, NAME)
    offer = enrichment.offer(enrichment.candidate(uuid, NAME, "Cap"), approved=False)

    assert not ownership.claim(offer)
    work_on_offer(offer.pk)

    assert states(offer) == [Proposed.PROPOSED]
    assert enrichment.holds(uuid, NAME) == before


def test_an_edit_in_between_is_kept(enrichment, states):
    one, other = enrichment.uuids[:2]
    offer = enrichment.offer(
        enrichment.candidate(one, NAME, "Cap"), enrichment.candidate(other, NAME, "Scarf")
    )
    enrichment.pim.edit_product(one, "name", "Typed by Julia", "en_US", None)

    enrichment.write(offer)

    assert states(offer) == [Proposed.OUTDATED, Proposed.WRITTEN]
    assert enrichment.holds(one, NAME) == "Typed by Julia"
    assert "edited" in offer.proposals.get(state=Proposed.OUTDATED).problem


def test_what_somebody_typed_meanwhile_as_offered_is_not_ours(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    offer = enrichment.offer(enrichment.candidate(uuid, NAME, "Cap"))
    enrichment.pim.edit_product(uuid, "name", "Cap", "en_US", None)

    enrichment.write(offer)

    assert states(offer) == [Proposed.UNCHANGED]
    assert not may_be_undone(offer)


def test_a_product_that_is_gone_is_outdated(enrichment, states):
    one, other = enrichment.uuids[:2]
    offer = enrichment.offer(
        enrichment.candidate(one, NAME, "Cap"), enrichment.candidate(other, NAME, "Scarf")
    )
    enrichment.pim.delete_product(one)

    enrichment.write(offer)

    assert states(offer) == [Proposed.OUTDATED, Proposed.WRITTEN]


def test_an_attribute_that_is_gone_keeps_no_other_value(enrichment, states):
    one, other = enrichment.uuids[:2]
    offer = enrichment.offer(
        enrichment.candidate(one, SLOGAN, "Warm"),
        enrichment.candidate(one, NAME, "Cap"),
        enrichment.candidate(other, EUR, "11.50"),
    )
    delete_slogan(enrichment)

    enrichment.write(offer)

    assert (offer.state, offer.problem) == (State.DONE, "")
    assert states(offer) == [Proposed.REFUSED, Proposed.WRITTEN, Proposed.WRITTEN]
    assert "does not have this attribute" in offer.proposals.get(attribute="slogan").problem


def test_other_currencies_stay(enrichment):
    [uuid] = enrichment.uuids[:1]
    offer = enrichment.offer(
        enrichment.candidate(uuid, EUR, "11.50"), enrichment.candidate(uuid, USD, "13")
    )
    enrichment.write(offer)

    enrichment.write(enrichment.offer(enrichment.candidate(uuid, EUR, "12.00")))

    assert float(enrichment.holds(uuid, EUR)) == 12
    assert float(enrichment.holds(uuid, USD)) == 13


def test_one_refused_value_keeps_nothing_else_of_its_product(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    offer = enrichment.offer(
        enrichment.candidate(uuid, NAME, "x" * 300),
        enrichment.candidate(uuid, EUR, "11.50"),
    )

    enrichment.write(offer)

    assert states(offer) == [Proposed.REFUSED, Proposed.WRITTEN]
    assert "255" in offer.proposals.get(state=Proposed.REFUSED).problem
    assert float(enrichment.holds(uuid, EUR)) == 11.5


def test_a_refused_line_keeps_none_of_its_neighbours(enrichment, states):
    offer = enrichment.offer(
        *(enrichment.candidate(uuid, EAN, "4006381333931") for uuid in enrichment.all[:5])
    )
    enrichment.pim.faults.add(Fault("line-422", path="/products-uuid$"))

    enrichment.write(offer)

    assert sorted(states(offer)) == [Proposed.REFUSED, *[Proposed.WRITTEN] * 4]


@pytest.mark.parametrize("kind", ["cut", "lines-cut", "500-after", "500", "429", "html", "413"])
def test_a_lost_answer_loses_and_doubles_nothing(enrichment, states, waited, kind):
    offer = enrichment.offer(
        *(enrichment.candidate(uuid, EAN, "4006381333931") for uuid in enrichment.all[:5])
    )
    enrichment.pim.faults.add(Fault(kind, path="/products-uuid$"))

    enrichment.write(offer)

    assert (offer.state, states(offer)) == (State.DONE, [Proposed.WRITTEN] * 5)
    assert {enrichment.holds(uuid, EAN) for uuid in enrichment.all[:5]} == {"4006381333931"}


def test_whoever_takes_up_a_writing_that_died_finds_what_it_wrote(enrichment, states):
    one, other = enrichment.uuids[:2]
    offer = enrichment.offer(
        enrichment.candidate(one, NAME, "Cap"), enrichment.candidate(other, NAME, "Scarf")
    )
    before = offer.updated_at
    Proposal.objects.filter(key=one).update(sent_at=before)  # it died before the answer
    enrichment.pim.edit_product(one, "name", "Cap", "en_US", None)
    Offer.objects.filter(pk=offer.pk).update(
        owner="elsewhere|1|1|x", heartbeat_at="2026-01-01T00:00Z"
    )

    take_up_unfinished_offers()
    assert ("enrichment.tasks.work_on_offer", [offer.pk]) in waiting(enrichment.queue)
    work_on_offer(offer.pk)

    offer.refresh_from_db()
    assert (offer.state, states(offer)) == (State.DONE, [Proposed.WRITTEN] * 2)
    assert may_be_undone(offer)


def test_a_pim_that_stays_unwell_has_the_offer_wait_and_in_the_end_stop(enrichment, states, waited):
    [uuid] = enrichment.uuids[:1]
    offer = enrichment.offer(enrichment.candidate(uuid, NAME, "Cap"))
    enrichment.pim.faults.add(Fault("500", path="/products-uuid$", times=1000))

    enrichment.write(offer)
    first = (offer.state, offer.setbacks, offer.not_before is not None, offer.owner)
    work_on_offer(offer.pk)
    early = Offer.objects.get().setbacks
    Offer.objects.update(setbacks=MAX_SETBACKS, not_before=None)
    offer.refresh_from_db()
    enrichment.write(offer)

    assert first == (State.WRITING, 1, True, "")
    assert early == 1
    assert offer.state == State.STOPPED
    assert offer.problem
    assert states(offer) == [Proposed.APPROVED]


def test_a_lost_authorization_stops_the_offer_with_the_way_out(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    offer = enrichment.offer(enrichment.candidate(uuid, NAME, "Cap"))
    enrichment.pim.disconnect(enrichment.connection.client_id)

    enrichment.write(offer)

    assert offer.state == State.STOPPED
    assert "onnect" in offer.problem
    assert states(offer) == [Proposed.APPROVED]


def test_who_lost_the_offer_writes_nothing_more(enrichment):
    [uuid] = enrichment.uuids[:1]
    offer = enrichment.offer(enrichment.candidate(uuid, NAME, "Cap"))
    assert ownership.claim(offer)
    Offer.objects.update(owner="elsewhere|1|1|x")

    with pytest.raises(ownership.OfferLost):
        enrichment.work(offer)

    assert enrichment.holds(uuid, NAME) != "Cap"


def test_undo_restores_exactly_what_was_there(enrichment, states):
    one, other = enrichment.uuids[:2]
    places = [(one, NAME), (one, EUR), (one, FRENCH), (other, ENABLED), (other, USD)]
    before = [enrichment.holds(uuid, place) for uuid, place in places]
    values = ["Cap", "12.5", "Casquette", False, "14"]
    offer = enrichment.offer(
        *(enrichment.candidate(*at, value) for at, value in zip(places, values, strict=True))
    )
    enrichment.write(offer)

    undoing = enrichment.undo(offer)
    enrichment.write(undoing)

    assert states(undoing) == [Proposed.WRITTEN] * 5
    assert [enrichment.holds(uuid, place) for uuid, place in places] == before
    assert not may_be_undone(offer)


def test_reading_for_an_undo_shows_that_somebody_works_on_it(enrichment, monkeypatch):
    monkeypatch.setattr(workers, "HEARTBEAT", timedelta(milliseconds=20))
    long_ago = timezone.now() - timedelta(hours=1)
    [uuid] = enrichment.uuids[:1]
    offer = enrichment.write(enrichment.offer(enrichment.candidate(uuid, NAME, "Cap")))

    def look():
        undoing = Offer.objects.filter(kind=Offer.Kind.UNDO)
        undoing.update(heartbeat_at=long_ago)
        until(lambda: undoing.get().heartbeat_at > long_ago)
        seen.append(True)
        connection.close()  # of the sandbox's thread, in which this is called

    seen: list[bool] = []
    enrichment.world.between.meanwhile("/products-uuid/search", look)
    enrichment.undo(offer)

    assert seen


def test_undo_takes_back_the_rest_when_an_attribute_is_gone(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    old = enrichment.holds(uuid, NAME)
    offer = enrichment.write(
        enrichment.offer(
            enrichment.candidate(uuid, SLOGAN, "Warm"), enrichment.candidate(uuid, NAME, "Cap")
        )
    )
    delete_slogan(enrichment)

    undoing = enrichment.write(enrichment.undo(offer))

    assert states(undoing) == [Proposed.WRITTEN]
    assert enrichment.holds(uuid, NAME) == old


def test_undo_leaves_what_somebody_edited_since(enrichment, states):
    one, other = enrichment.uuids[:2]
    old = enrichment.holds(other, NAME)
    offer = enrichment.write(
        enrichment.offer(
            enrichment.candidate(one, NAME, "Cap"), enrichment.candidate(other, NAME, "Scarf")
        )
    )
    enrichment.pim.edit_product(one, "name", "Typed by Julia", "en_US", None)

    undoing = enrichment.write(enrichment.undo(offer))

    assert sorted(states(undoing)) == [Proposed.OUTDATED, Proposed.WRITTEN]
    assert enrichment.holds(one, NAME) == "Typed by Julia"
    assert enrichment.holds(other, NAME) == old


def test_what_was_taken_back_is_not_written_again_by_the_same_offer(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    offer = enrichment.write(enrichment.offer(enrichment.candidate(uuid, NAME, "Cap")))
    enrichment.write(enrichment.undo(offer))

    again = enrichment.offer(enrichment.candidate(uuid, NAME, "Cap"))

    assert states(again) == [Proposed.OUTDATED]


def test_a_second_offer_of_the_same_proposes_nothing(enrichment):
    [uuid] = enrichment.uuids[:1]
    enrichment.write(enrichment.offer(enrichment.candidate(uuid, EUR, "12.50")))

    again = enrichment.offer(enrichment.candidate(uuid, EUR, "12.5000"))

    assert (again.state, again.proposals.count()) == (State.DONE, 0)
    assert WrittenValue.objects.count() == 1
