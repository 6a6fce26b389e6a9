"""A look at what people of a PIM asked to have translated: taken up, translated, and answered.

What is flagged is translated into the languages that were chosen for it, and offered. Then the flag
is taken away and the status written, by the source's rule. A later look finds what was offered as
decided, and writes the last status. A look that dies leaves nothing, and the next one begins where
it began; what the service answered until then is kept.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from threading import Event

from django.db import transaction
from django.utils import timezone

from connections.clients import client_for
from connections.connections import noticing_loss
from enrichment import ownership, source_ownership
from enrichment.complete_files import Later
from enrichment.models import Offer, RequestedTranslation, Source
from enrichment.offers import begin, give_up_reading, record
from enrichment.reading import Reading, close
from enrichment.reading_files import INTERNAL
from enrichment.replacing import alone_at
from enrichment.source_ownership import SourceLost
from enrichment.structure import Structure
from enrichment.translations.by_attributes import tracking
from enrichment.translations.by_attributes.answering import Answers, Judged
from enrichment.translations.by_attributes.checking import refuse_unless_steered
from enrichment.translations.by_attributes.concluding import Conclusions
from enrichment.translations.by_attributes.flagged import Flagged, Home, Key
from enrichment.translations.by_attributes.going_on import refuse_unless_ours, wait_for_orders
from enrichment.translations.by_attributes.left_out import LeftOut
from enrichment.translations.by_attributes.outcomes import Outcome
from enrichment.translations.by_attributes.steering import Steering
from enrichment.translations.by_attributes.translating import Found, Translating
from outbound.errors import ConfigurationError, OutboundError

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 1000  # products and models of one look; the next one follows at once
_MOST_ROWS = 5000  # requests of one look, in whatever languages
_AGAIN, _AGAIN_ONCE_CHANGED = timedelta(minutes=5), timedelta(hours=1)
_FULL = "There was no room for it on the disk of the machine where Ferry's workers run."
_CUT_OFF = "Its source was changed or taken over. It is offered anew."
_GONE = "It is not in the PIM any more."
State = RequestedTranslation.State


def look_for_requests(
    source: Source, lost: Event, *, by: str, sleep: Callable[[float], None]
) -> tuple[str, timedelta | None]:
    """Look at a source of translations that is ours; return what is wrong, and when to look again
    before or after the usual time. `lost` is set once it is not ours any more.

    Raises SourceLost.
    """
    with ExitStack() as stack:
        look = _Look(source, stack, lost, by)
        try:
            refuse_unless_ours(source, lost)
            if Steering.of(source.settings).by_service:
                wait_for_orders(source.connection)
            with noticing_loss(source.connection):
                look.look(sleep)
            look.end()
        except (SourceLost, ownership.OfferLost):
            look.give_up(_CUT_OFF)
            raise SourceLost(f"source {source.pk} is not ours any more") from None
        except Later as later:
            look.give_up(later.message)
            return later.message, later.wait
        except OutboundError as error:
            logger.warning("Source %s: %s (%s)", source.pk, error.message, error.detail)
            look.give_up(error.message)
            return error.message, _wait_after(error)
        except sqlite3.Error:
            logger.exception("Source %s", source.pk)
            look.give_up(_FULL)
            return _FULL, _AGAIN_ONCE_CHANGED
        except Exception:  # a fault of ours: the log has it, and no other source waits for it
            logger.exception("Source %s", source.pk)
            look.give_up(INTERNAL)
            return INTERNAL, _AGAIN_ONCE_CHANGED
    return look.problem, look.wait


def _wait_after(error: OutboundError) -> timedelta:
    return _AGAIN_ONCE_CHANGED if isinstance(error, ConfigurationError) else _AGAIN


class _Look:
    """One look: an offer of translations, one of answers, and what is known of the requests."""

    def __init__(self, source: Source, stack: ExitStack, lost: Event, by: str) -> None:
        self._source, self._stack, self._lost, self._by = source, stack, lost, by
        self._connection = source.connection
        self._steering = Steering.of(source.settings)
        self._translating: Translating | None = None
        self._answered = Reading(self._connection)
        self._rows: list[RequestedTranslation] = []
        self._taken: set[Key] = set()
        self._left_out = LeftOut()
        self._conclusions = Conclusions(source, self._steering, timezone.now())
        self.wait: timedelta | None = None

    @property
    def problem(self) -> str:
        """What is wrong, in a sentence for people; nothing where all is well."""
        if self._translating is not None and self._translating.failed is not None:
            return self._translating.failed.message
        return self._left_out.problem

    def look(self, sleep: Callable[[float], None]) -> None:
        client = client_for(self._connection, sleep=sleep)
        self._structure = Structure(client)
        refuse_unless_steered(self._structure, self._steering)
        self._flagged = Flagged(client, self._structure, self._steering)
        self._answers = Answers(self._structure, self._steering)
        self._translating = Translating(
            *(client, self._structure, self._steering, self._flagged, self._connection),
            begin=lambda: self._begin(
                Offer.Kind.TRANSLATIONS, f"{self._source}: {self._steering.source_locale}"
            ),
            go_on=self._go_on,
        )
        self._look_for_new(self._translating)
        for rows in tracking.ended(self._source, by_service=self._steering.by_service):
            self._go_on()
            left = [one for one in rows if (one.subject, one.key) not in self._taken]
            self._settle(left, self._translating)
            if len(self._rows) >= _MOST_ROWS:
                self.wait = self.wait or timedelta(0)
                return

    def end(self) -> None:
        """Close both offers and store the requests, all at once or nothing.

        Raises OfferLost and SourceLost.
        """
        with transaction.atomic():
            alone_at(self._source.connection_id)
            source_ownership.hold(self._source)
            for reading in self._readings():
                close(reading)
            tracking.save(self._rows)

    def give_up(self, reason: str) -> None:
        for offer in self._offers():
            offer.refresh_from_db()
            give_up_reading(offer, reason)

    def _readings(self) -> list[Reading]:
        """What is being offered: translations first, answers after them."""
        offered = self._translating.offered if self._translating is not None else None
        return [one for one in (offered, self._answered) if one is not None and one.offer]

    def _offers(self) -> list[Offer]:
        return [one.offer for one in self._readings() if one.offer is not None]

    def _look_for_new(self, translating: Translating) -> None:
        for homes in self._flagged.slices():
            self._go_on()
            self._take_up(homes, translating)
            if translating.failed is not None:
                self.wait = _wait_after(translating.failed)
                return
            if len(self._taken) >= MOST_AT_ONCE:
                self.wait = timedelta(0)
                return

    def _go_on(self) -> None:
        refuse_unless_ours(self._source, self._lost)

    def _take_up(self, homes: Sequence[Home], translating: Translating) -> None:
        """Translate what is asked for these, unless that was done, and answer."""
        homes = [one for one in homes if self._flagged.is_flagged(one)]  # its search lags
        rows = tracking.known(self._source, homes)
        again = tracking.taken_away(self._source, self._steering.flag, homes)
        circling = tracking.in_circles(self._source, self._steering.flag, homes)
        asked: dict[Key, list[str]] = {}
        new: list[Home] = []
        for home in homes:
            locales = self._flagged.locales(home)
            if len(self._taken) + len(new) >= MOST_AT_ONCE:
                break
            if not locales:
                self._left_out.without_locale.add(home.name)
            elif home.address in circling:
                self._left_out.in_circles.add(home.name)
            elif home.address in again or not tracking.is_seen_to(
                home, locales, rows.get(home.address, {})
            ):
                asked[home.address] = locales
                new.append(home)
        if not new:
            return
        self._taken |= asked.keys()
        found = translating.take(new, asked, offers=self._steering.by_service)
        fresh = self._flagged.again(asked)
        for home in new:
            now = fresh.get(home.address)
            if now is not None:
                before = rows.get(home.address, {})
                is_served = translating.failed is None
                self._conclude(now, asked[home.address], found, before, is_served=is_served)

    def _conclude(
        self,
        home: Home,
        asked: Sequence[str],
        found: Found,
        before: dict[str, RequestedTranslation],
        *,
        is_served: bool,
    ) -> None:
        """Note how far each language of a request is, and answer.

        While the service does not answer the flag stays, and so it does when somebody chose other
        languages meanwhile: the next look sees to it.
        """
        outcomes = {locale: found.get((home.address, locale), Outcome()) for locale in asked}
        if not is_served:
            outcomes = {
                locale: one
                for locale, one in outcomes.items()
                if isinstance(one, str) or not one.lacking
            }
        is_done = len(outcomes) == len(asked) and self._flagged.locales(home) == list(asked)
        rows = [self._request(home, locale, one) for locale, one in outcomes.items()]
        for row in rows:
            row.pim_updated = home.found.updated if is_done else ""
        self._rows += rows
        judged = self._statuses(home, rows, before)
        if is_done and self._flagged.is_flagged(home):
            judged.append(self._answers.flag(home))
        self._answer(judged)

    def _settle(self, rows: Sequence[RequestedTranslation], translating: Translating) -> None:
        """Look how far requests of earlier looks are by now."""
        asked: dict[Key, list[str]] = {}
        for row in rows:
            asked.setdefault((row.subject, row.key), []).append(row.locale)
        if not asked:
            return
        homes = self._flagged.again(asked)
        found = translating.take(list(homes.values()), asked, offers=False)
        before = tracking.known(self._source, list(homes.values()))
        by_home: dict[Key, list[RequestedTranslation]] = {}
        for row in rows:
            address = (row.subject, row.key)
            home = homes.get(address)
            if home is None:
                row.state, row.problem, row.items = State.REFUSED, _GONE, []
                self._rows.append(row)
                continue
            outcome = found.get((address, row.locale), Outcome())
            now = self._request(home, row.locale, outcome)
            now.asked_at, now.pim_updated = row.asked_at, row.pim_updated
            by_home.setdefault(address, []).append(now)
        for address, of in by_home.items():
            self._rows += of
            self._answer(self._statuses(homes[address], of, before.get(address, {})))

    def _request(self, home: Home, locale: str, found: Outcome | str) -> RequestedTranslation:
        holds = self._flagged.holds(home, self._steering.status)
        return self._conclusions.request(home, locale, found, holds_status=holds)

    def _statuses(
        self,
        home: Home,
        rows: Sequence[RequestedTranslation],
        before: dict[str, RequestedTranslation],
    ) -> list[Judged]:
        """The status of a request, beside those of its other languages where one stands for all."""
        if not rows or not self._flagged.holds(home, self._steering.status):
            return []
        states = {row.locale: row.state for row in rows}
        if not self._structure.attributes[self._steering.status].localizable:
            states = {locale: row.state for locale, row in before.items()} | states
        return list(self._answers.statuses(home, states.items()))

    def _answer(self, judged: Sequence[Judged]) -> None:
        """Record it, approved by rule; the offer begins with the first value to be written."""
        to_write = [one for one in judged if one[1] != one[1].UNCHANGED]
        if not to_write:
            return
        if self._answered.offer is None:
            self._answered.offer = self._begin(
                Offer.Kind.ANSWERS, f"{self._source}: what became of them"
            )
        self._answered.read += len(to_write)
        record(self._answered.offer, to_write, approved_by=f"Rule of {self._source}")

    def _begin(self, kind: Offer.Kind, name: str) -> Offer:
        offer = begin(self._connection, kind, name, source=self._source, by=self._by)
        self._stack.enter_context(ownership.heartbeat(offer))
        return offer
