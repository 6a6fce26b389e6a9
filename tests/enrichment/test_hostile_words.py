"""What a PIM says and holds that no database keeps: it stops nothing else."""

from enrichment.models import Proposal
from enrichment.values import Place

Proposed = Proposal.State
NAME = Place("name", "en_US", type="pim_catalog_text")


def test_words_of_a_refusal_are_kept_without_what_cannot_be(enrichment, states):
    one, other = enrichment.uuids[:2]
    candidates = [enrichment.candidate(uuid, NAME, "Cap") for uuid in (one, other)]
    enrichment.world.between.edit(
        r"/products-uuid\?",
        lambda body: (
            b'{"line": 1, "uuid": "%s", "status_code": 422, "message": "N\\u0000o"}\n'
            b'{"line": 2, "uuid": "%s", "status_code": 204}' % (one.encode(), other.encode())
        ),
    )

    offer = enrichment.write(enrichment.offer(*candidates))

    assert sorted(states(offer)) == [Proposed.REFUSED, Proposed.WRITTEN]
    assert offer.proposals.get(state=Proposed.REFUSED).problem == "No"


def test_a_value_that_the_pim_alone_can_hold_is_written_over(enrichment, states):
    [uuid] = enrichment.uuids[:1]
    enrichment.pim.edit_product(uuid, "name", "C\0ap", "en_US", None)

    offer = enrichment.write(enrichment.offer(enrichment.candidate(uuid, NAME, "Hat")))
    enrichment.write(enrichment.undo(offer))

    assert states(offer) == [Proposed.WRITTEN]
    assert enrichment.holds(uuid, NAME) == "Cap"
