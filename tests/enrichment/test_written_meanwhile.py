"""What somebody decides or offers while an offer is being written."""

from django.db import connection

from enrichment.models import Proposal
from enrichment.values import Place

Proposed = Proposal.State
NAME = Place("name", "en_US", type="pim_catalog_text")
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
