"""Collections of which an asset does not come: nobody wanted it, or the PIM refused it."""

from collections.abc import Sequence

from enrichment.models import Offer, Proposal
from enrichment.values import ASSETS, digest

_State = Proposal.State
_LOST = frozenset({_State.REJECTED, _State.REFUSED})


def leave_out_lost_assets(offer: Offer, proposals: Sequence[Proposal]) -> None:
    """Within a transaction: take out of these collections what this offer was to create.

    PIMs refuse a collection as a whole for one asset that they do not have. No query without one.
    """
    found = [one for one in proposals if one.type == ASSETS and isinstance(one.value, list)]
    if not found:
        return
    wanted = {code for one in found for code in one.value or ()}
    assets = offer.proposals.filter(subject=Proposal.Subject.ASSET, identifier__in=wanted)
    states: dict[str, dict[str, set[str]]] = {}  # by code, and by key: families share codes
    for code, key, state in assets.filter(creates=True).values_list("identifier", "key", "state"):
        states.setdefault(code, {}).setdefault(key, set()).add(state)
    lost = {code for code, by_key in states.items() if all(of <= _LOST for of in by_key.values())}
    changed = [one for one in found if lost.intersection(one.value or ())]
    for one in changed:
        one.value = [code for code in one.value or () if code not in lost]
        one.value_digest = digest(one.value, one.type)
    Proposal.objects.bulk_update(changed, ["value", "value_digest"], batch_size=500)
