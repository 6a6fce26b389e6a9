"""Work on an order for translations: a file is made, or texts are counted and translated.

A file takes its place once it is whole. What a service answered is kept at once
(`services.proposing`), so that whoever takes up an order pays for the rest alone.
"""

import logging
import sqlite3
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from connections.clients import client_for
from connections.connections import noticing_loss
from enrichment import ownership
from enrichment.kept_files import folder, new_file, path_of, refuse_when_full, remove_files
from enrichment.models import Offer, TranslationOrder
from enrichment.offers import begin, begin_again, clear, end_reading, give_up_reading
from enrichment.reading import Reading
from enrichment.reading_files import FULL, MOST_TRIES, refuse_unless_read
from enrichment.replacing import alone_at
from enrichment.setbacks import MAX_SETBACKS, wait_after
from enrichment.translations.choosing import CannotTranslate
from enrichment.translations.exporting import export
from enrichment.translations.order_ownership import OrderLost, claim, heartbeat, hold, note
from enrichment.translations.orders import asked_of
from enrichment.translations.services.asking import Served
from enrichment.translations.services.chosen import service
from enrichment.translations.services.proposing import propose_by_service
from enrichment.wording import shown
from outbound.errors import OutboundError, TransientError

logger = logging.getLogger(__name__)

_NOTED_EVERY = 1.0  # seconds between two times that progress is stored
_MOST_NAMED = 20
_CUT_OFF = (
    f"The work on it was cut off {MOST_TRIES} times. Ask the people who run Ferry: the log of its "
    "workers says more."
)
_INTERNAL = "Something went wrong here. It was logged; tell support."
_GIVEN_UP = "It was stopped, and nothing of it was written."
_State = TranslationOrder.State


def work_on_order(order: TranslationOrder, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Do what an order is about, unless another process does or has.

    While the PIM or the service is unwell it is put off, and stopped with a `problem` after some
    times, as it is when somebody must act.
    """
    if not claim(order):
        return
    try:
        with heartbeat(order):
            note(order, tries=order.tries + 1)
            _work(order, sleep)
    except OrderLost:
        logger.warning("Order %s was stopped, or taken over by another process", order.pk)


def _work(order: TranslationOrder, sleep: Callable[[float], None]) -> None:
    try:
        if order.tries >= MOST_TRIES:
            _settle(order, _State.STOPPED, problem=_CUT_OFF)
            return
        refuse_unless_read(order.connection)
        if order.is_of_file:
            _make_file(order, sleep)
        elif order.confirmed_at is None:
            _count(order, sleep)
        else:
            _have_translated(order, sleep)
    except CannotTranslate as error:
        _settle(order, _State.STOPPED, problem=str(error))
    except TransientError as error:
        logger.warning("Order %s waits: %s (%s)", order.pk, error.message, error.detail)
        _put_off(order, error)
    except OutboundError as error:
        logger.warning("Order %s stopped: %s (%s)", order.pk, error.message, error.detail)
        _settle(order, _State.STOPPED, problem=error.message)
    except (sqlite3.Error, OSError):
        logger.exception("Order %s found no room", order.pk)
        _settle(order, _State.STOPPED, problem=FULL)
    except OrderLost:
        raise
    except Exception:  # a fault of ours: the log has it, and no order stays under way by it
        logger.exception("Order %s stopped", order.pk)
        _settle(order, _State.STOPPED, problem=_INTERNAL)


def _make_file(order: TranslationOrder, sleep: Callable[[float], None]) -> None:
    uuid = uuid4()
    noting = _noting(order)

    def progress(read: int) -> None:
        noting(read)
        refuse_when_full(folder())  # whoever asks for one after the other fills any disk

    with new_file(uuid) as file:
        made = export(
            order.connection,
            asked_of(order),
            file,
            progress=progress,
            sleep=sleep,
        )
    try:
        _settle(
            order,
            _State.DONE,
            read=made.read,
            texts=made.written,
            file=uuid if made.written else None,
            size=path_of(uuid).stat().st_size,
            problem=_about_unknown(made.unknown),
        )
    except BaseException:
        remove_files([uuid])
        raise
    if not made.written:
        remove_files([uuid])


def _count(order: TranslationOrder, sleep: Callable[[float], None]) -> None:
    """Count what would go to the service; nothing is sent."""
    reading = Reading(order.connection)
    with noticing_loss(order.connection):
        served = propose_by_service(
            reading,
            client_for(order.connection, sleep=sleep),
            asked_of(order),
            service(),
            progress=_noting(order),
        )
    state = _State.COUNTED if reading.proposed else _State.DONE
    _settle(order, state, **_told(reading, served))


def _have_translated(order: TranslationOrder, sleep: Callable[[float], None]) -> None:
    by = service()
    by.usage()  # costs nothing, and a wrong key is known before any work
    offer = _offer_for(order, f"{by.label}: {order}")
    clear(offer)  # what a worker left that died
    reading = Reading(order.connection, offer)
    texts, characters = order.sent_texts, order.sent_characters  # by workers that died

    def go_on(served: Served) -> None:
        sent = {
            "sent_texts": texts + served.sent,
            "sent_characters": characters + served.characters,
        }
        note(order, **sent)
        refuse_unless_read(order.connection)  # what is switched off pays for nothing more

    try:
        with ownership.heartbeat(offer), noticing_loss(order.connection):
            served = propose_by_service(
                reading,
                client_for(order.connection, sleep=sleep),
                asked_of(order),
                by,
                most_characters=max(0, order.characters - characters),
                progress=_noting(order),
                go_on=go_on,
            )
        served.sent += texts
        served.characters += characters
        with transaction.atomic():
            alone_at(offer.connection_id)  # before any row
            hold(order)
            end_reading(
                offer, read=reading.read, unchanged=reading.unchanged, invalid=reading.invalid
            )
            _settle(order, _State.DONE, **_told(reading, served))
    except ownership.OfferLost as lost:
        raise OrderLost(str(lost)) from lost
    except BaseException as error:
        give_up_reading(offer, getattr(error, "message", _GIVEN_UP))
        raise


def _offer_for(order: TranslationOrder, name: str) -> Offer:
    """The offer that it is read into: a new one, or the one that died. Raises OrderLost."""
    with transaction.atomic():
        row = hold(order)
        offer = row.offer
        if offer is None:
            kind = Offer.Kind.TRANSLATIONS
            offer = begin(order.connection, kind, name, by=row.confirmed_by)
            note(order, offer=offer)
        elif not begin_again(offer):
            raise OrderLost(f"offer {offer.pk} is read already")
    return offer


def _told(reading: Reading, served: Served) -> dict[str, Any]:
    return {
        "read": reading.read,
        "texts": served.sent,
        "characters": served.characters,
        "remembered": served.remembered,
        "problem": " ".join(filter(None, [served.problem, _about_unknown(served.unknown)])),
    }


def _noting(order: TranslationOrder) -> Callable[[int], None]:
    """Return what stores how many texts were read, now and then; it raises OrderLost."""
    last = time.monotonic()

    def noting(read: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _NOTED_EVERY:
            note(order, read=read)
            last = time.monotonic()

    return noting


def _about_unknown(identifiers: list[str]) -> str:
    if not identifiers:
        return ""
    named = ", ".join(shown(one) for one in identifiers[:_MOST_NAMED])
    more = " and others" if len(identifiers) > _MOST_NAMED else ""
    return f"Akeneo has no product or model with the identifier {named}{more}."


def _settle(order: TranslationOrder, state: TranslationOrder.State, **values: Any) -> None:
    """Let go of an order that is ours. Raises OrderLost."""
    with transaction.atomic():
        row = hold(order)
        row.state, row.owner, row.tries, row.setbacks = state, "", 0, 0
        row.problem = ""
        if state != _State.COUNTED:
            row.finished_at = timezone.now()
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def _put_off(order: TranslationOrder, error: OutboundError) -> None:
    if order.setbacks >= MAX_SETBACKS:
        _settle(order, _State.STOPPED, problem=error.message)
        return
    with transaction.atomic():
        row = hold(order)
        row.owner, row.tries, row.problem = "", 0, error.message
        row.setbacks += 1
        row.not_before = timezone.now() + wait_after(order.setbacks)
        row.save()
