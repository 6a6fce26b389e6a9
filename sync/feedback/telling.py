"""How products stand on the channel, offered to the PIM: so that its own grid has the answer.

A pass looks at the listings that changed since the last one. What the PIM holds already is left
alone, so that nothing follows from what we wrote ourselves. A pass that dies leaves nothing, and
the next one begins where it began.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from threading import Event
from typing import Any

from django.db import transaction
from django.utils import timezone

from channels.settings import InvalidSettings
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.enriching import may_write
from enrichment import ownership
from enrichment.candidates import Candidate
from enrichment.judging import judge
from enrichment.models import Offer, Proposal
from enrichment.offers import begin, end_reading, give_up_reading, record
from enrichment.ownership import OfferLost
from enrichment.structure import Structure
from enrichment.values import Place, current
from outbound.errors import ConfigurationError, OutboundError
from sync.feedback.ownership import FeedbackLost, heartbeat, let_go
from sync.feedback.places import Home, Homes
from sync.feedback.settings import wrong_in_pim
from sync.feedback.words import Said, said_of, value_for
from sync.models import Feedback, Listing
from sync.whereabouts import main_listing

logger = logging.getLogger(__name__)

_SLICE = 100  # listings: as many products as one call to the PIM reads
_KEYS_AT_ONCE = 1000
_OVERLAP = timedelta(minutes=10)  # rows of a transaction that was still open when a pass began
_AGAIN, _AGAIN_ONCE_CHANGED = timedelta(minutes=5), timedelta(hours=1)
_INTERNAL = "Something went wrong inside Ferry. Its people find the reason in the log."
_CUT_OFF = "Somebody changed what is to be written, so it is offered anew."

Judged = list[tuple[Candidate, Proposal.State]]
_State = Proposal.State


def may_be_told(feedback: Feedback) -> bool:
    """Whether anything may be written into the PIM at present."""
    connection = feedback.catalog.connection
    return connection.is_connected and may_write(connection)


def tell(feedback: Feedback, *, sleep: Callable[[float], None] = time.sleep) -> Offer | None:
    """Offer what changed, approved by rule; return the offer, None where the PIM has it all.

    The feedback is claimed. When the PIM cannot be asked, or somebody must act, nothing is offered,
    and it is tried again later. Raises FeedbackLost when somebody else does it now.
    """
    with ExitStack() as stack:
        lost = stack.enter_context(heartbeat(feedback))
        telling = _Telling(feedback, stack, lost)
        try:
            with noticing_loss(feedback.catalog.connection):
                telling.look(sleep)
            telling.end()
        except (FeedbackLost, OfferLost):
            telling.give_up(_CUT_OFF)
            raise FeedbackLost(f"feedback {feedback.pk} is not ours any more") from None
        except OutboundError as error:
            logger.warning("Feedback %s: %s (%s)", feedback.pk, error.message, error.detail)
            wait = _AGAIN_ONCE_CHANGED if isinstance(error, ConfigurationError) else _AGAIN
            telling.give_up(error.message)
            let_go(feedback, trouble=error.message, not_before=timezone.now() + wait)
            return None
        except Exception:  # a fault of ours: the log has it, and other catalogs are told of
            logger.exception("Feedback %s", feedback.pk)
            telling.give_up(_INTERNAL)
            again = timezone.now() + _AGAIN_ONCE_CHANGED
            let_go(feedback, trouble=_INTERNAL, not_before=again)
            return None
    return telling.offer


class _Telling:
    """One pass over what changed."""

    def __init__(self, feedback: Feedback, stack: ExitStack, lost: Event) -> None:
        self._feedback = feedback
        self._catalog = feedback.catalog
        self._channel = feedback.catalog.channel
        self._connection = feedback.catalog.connection
        self._stack = stack
        self._lost = lost
        self._began = timezone.now()
        self._counts = dict.fromkeys(_State, 0)
        self._without_place: Counter[str] = Counter()
        self.offer: Offer | None = None

    def look(self, sleep: Callable[[float], None]) -> None:
        client = client_for(self._connection, sleep=sleep)
        self._structure = Structure(client)
        chosen = self._feedback.attributes
        if wrong := wrong_in_pim(self._structure, chosen):
            raise InvalidSettings(wrong)
        homes = Homes(client, self._structure, sorted(chosen.values()))
        for listings in self._slices():
            if self._lost.is_set():
                raise FeedbackLost(f"feedback {self._feedback.pk} is not ours any more")
            self._take(listings, homes)

    def end(self) -> None:
        """Have it written; what changed until this pass began was told."""
        with transaction.atomic():
            if self.offer is not None:
                number, unchanged = sum(self._counts.values()), self._counts[_State.UNCHANGED]
                end_reading(self.offer, read=number, unchanged=unchanged, invalid=0)
            let_go(
                self._feedback,
                told_until=self._began,
                without_place=dict(self._without_place),
                trouble="",
                not_before=None,
            )

    def give_up(self, reason: str) -> None:
        if self.offer is not None:
            self.offer.refresh_from_db()
            give_up_reading(self.offer, reason)

    def _slices(self) -> Iterator[list[Listing]]:
        """What changed since, of products of which this catalog tells."""
        changed = Listing.objects.filter(catalog=self._catalog)
        if self._feedback.told_until is not None:
            changed = changed.filter(updated_at__gt=self._feedback.told_until - _OVERLAP)
        last = 0
        while keys := dict(
            changed.filter(pk__gt=last).order_by("pk").values_list("pk", "key")[:_KEYS_AT_ONCE]
        ):
            last = max(keys)
            pks = list(keys)
            for start in range(0, len(pks), _SLICE):
                yield self._that_tell([keys[pk] for pk in pks[start : start + _SLICE]])

    def _that_tell(self, keys: Sequence[str]) -> list[Listing]:
        siblings: dict[str, list[Listing]] = {}
        rows = Listing.objects.filter(channel=self._channel, key__in=keys).order_by("pk")
        for one in rows.select_related("catalog").prefetch_related("variants"):
            siblings.setdefault(one.key, []).append(one)
        return [
            one
            for of in siblings.values()
            for one in of
            if one.catalog_id == self._catalog.pk and self._is_told_here(one, main_listing(of))
        ]

    def _is_told_here(self, one: Listing, main: Listing) -> bool:
        """Whether this catalog tells of the product, whose main listing on the channel is known."""
        # That it is gone each of them says: the main one's may have let go of it long ago.
        return one == main or said_of(main, self._channel).status is None

    def _take(self, listings: Sequence[Listing], homes: Homes) -> None:
        """Offer what differs of these. The date goes along with the status alone."""
        read_at = timezone.now()
        found = homes.find(listings)
        said = {one.pk: said_of(one, self._channel) for one in listings}
        statuses: list[tuple[int, Candidate]] = []
        others: list[tuple[int, Candidate]] = []
        for pk in found:
            for what, code in self._feedback.attributes.items():
                self._without_place[code] += not found[pk][code]
                candidates = [
                    (pk, self._candidate(what, code, said[pk], home)) for home in found[pk][code]
                ]
                (statuses if what == "status" else others).extend(candidates)
        judged = judge(self._connection, [one for _, one in statuses], read_at=read_at)
        moved = {
            pk
            for (pk, _), (_, state) in zip(statuses, judged, strict=True)
            if state == _State.PROPOSED
        }
        date = self._feedback.date
        rest = [
            one
            for pk, one in others
            if one.place.attribute != date or pk in moved or None in (one.value, one.before)
        ]
        judged += judge(self._connection, rest, read_at=read_at)
        self._keep(judged)

    def _candidate(self, what: str, code: str, said: Said, home: Home) -> Candidate:
        attribute = self._structure.attributes[code]
        place = Place(code, type=attribute.type)
        value: Any = value_for(what, said, attribute, self._channel)
        before = current(home.found, place)
        return Candidate(home.subject, home.key, home.identifier, place, value, before)

    def _keep(self, judged: Judged) -> None:
        """Record it; the offer begins with the first value that is to be written."""
        for _, state in judged:
            self._counts[state] += 1
        if self.offer is None and any(state == _State.PROPOSED for _, state in judged):
            self.offer = begin(self._connection, Offer.Kind.FEEDBACK, self._catalog.name)
            self._stack.enter_context(ownership.heartbeat(self.offer))
        if self.offer is not None:
            record(self.offer, judged, approved_by=f"Rule of {self._catalog}")
