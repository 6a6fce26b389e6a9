"""What somebody decides or offers while an offer is being written."""

from django.db import connection
from django.utils import timezone

from enrichment import ownership
from enrichment.models import Offer, Proposal
from enrichment.values import Place

Proposed = Proposal.State
NAME = Place("name", "en_US", type="pim_catalog_text")
EUR = Place("price", part="EUR", type="pim_catalog_price_collection")
USD = Place("price", part="USD", type="pim_catalog_price_collection")
READING, WRITING = "/products-uuid/search", r"/products-uuid\?"


def offered_meanwhile(enrichment, call, *candidates, **options):
    """Let candidates be offered between a call to the PIM and its answer; return their offers."""
    offers = []

    def happens():
        offers.append(enrichment.offer(*candidates, **options))
        connection.close()  # of the sandbox's thread, in which this is called

    enrichment.world.between.meanwhile(call, happens)
    return offers


def test_what_was_replaced_after_it_was_taken_up_is_not_sent(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    candidates = [enrichment.candidate(uuid, NAME, name) for name in ("Cap", "Hat")]
    old = candidates[0].before
    earlier = enrichment.offer(candidates[0])
    later = offered_meanwhile(enrichment, READING, candidates[1], approved=False)

    enrichment.write(earlier)

    assert states(earlier) == [Proposed.REPLACED]
    assert enrichment.holds(uuid, NAME) == old
    assert states(later[0]) == [Proposed.PROPOSED]


def test_the_newest_value_is_written_over_one_that_was_on_its_way(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    candidates = [enrichment.candidate(uuid, NAME, name) for name in ("Cap", "Hat")]
    earlier = enrichment.offer(candidates[0])
    later = offered_meanwhile(enrichment, WRITING, candidates[1])

    enrichment.write(earlier)
    enrichment.write(later[0])

    assert states(earlier) == states(later[0]) == [Proposed.WRITTEN]
    assert enrichment.holds(uuid, NAME) == "Hat"


def test_an_edit_over_what_was_on_its_way_is_kept(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    candidates = [enrichment.candidate(uuid, NAME, name) for name in ("Cap", "Hat")]
    earlier = enrichment.offer(candidates[0])
    later = offered_meanwhile(enrichment, WRITING, candidates[1])

    enrichment.write(earlier)
    enrichment.pim.edit_product(uuid, "name", "Typed by Julia", "en_US", None)
    enrichment.write(later[0])

    assert states(later[0]) == [Proposed.OUTDATED]
    assert enrichment.holds(uuid, NAME) == "Typed by Julia"


def prices(enrichment, uuid):
    """Two offers of the price of one product, each in its currency."""
    return [
        enrichment.offer(enrichment.candidate(uuid, place, amount))
        for place, amount in ((EUR, "12.50"), (USD, "14.50"))
    ]


def test_a_price_written_after_the_product_was_read_is_not_written_back(enrichment):
    [uuid] = enrichment.uuids[:1]
    euros, dollars = prices(enrichment, uuid)

    def happens():
        enrichment.write(dollars)
        connection.close()  # of the sandbox's thread, in which this is called

    enrichment.world.between.meanwhile(READING, happens)
    enrichment.write(euros)

    assert [enrichment.holds(uuid, place) for place in (EUR, USD)] == ["12.50", "14.50"]


def test_a_price_waits_for_another_on_its_way(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    euros, dollars = prices(enrichment, uuid)
    ownership.claim(dollars)
    dollars.proposals.update(sent_at=timezone.now())

    enrichment.write(euros)
    waits = states(euros)
    enrichment.work(dollars)
    Offer.objects.update(not_before=None)
    enrichment.write(Offer.objects.get(pk=euros.pk))

    assert waits == [Proposed.APPROVED]
    assert [enrichment.holds(uuid, place) for place in (EUR, USD)] == ["12.50", "14.50"]
