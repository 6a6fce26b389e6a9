"""Orders for translations: asked for, confirmed, stopped, and forgotten after some days.

Whatever an order asks for is worked on by `enrichment.translations.working`, in a worker.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

import msgspec
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from connections.enriching import refuse_unless_on
from connections.locks import Turn, take_turn
from connections.models import Connection
from enrichment.kept_files import remove_files
from enrichment.models import Source, TranslationOrder
from enrichment.source_ownership import is_free
from enrichment.translations.choosing import Asked, Only
from outbound.errors import ConfigurationError

KEEP = timedelta(days=14)  # after it ended, or was counted: its file goes with it
COUNT_HOLDS = timedelta(hours=24)  # how long a number may be agreed to: the texts change
MOST_UNDER_WAY = 3  # of one PIM: each holds a worker
MOST_KEPT = 20  # of one PIM: each may have a large file

_Kind, _State = TranslationOrder.Kind, TranslationOrder.State


def ask(
    connection: Connection,
    kind: TranslationOrder.Kind,
    asked: Asked,
    *,
    catalog_name: str = "",
    by: str = "",
) -> TranslationOrder:
    """Ask for texts; return the order, which is the one under way where there is the same.

    Raises ConfigurationError, with the way out, where nothing is made at present.
    """
    refuse_unless_on(connection)
    digest = _digest(kind, asked)
    with transaction.atomic():
        take_turn(Turn.ASKING_FOR_TRANSLATIONS, connection.pk)
        mine = TranslationOrder.objects.filter(connection=connection)
        same = mine.filter(digest=digest, state__in=TranslationOrder.UNDER_WAY).first()
        if same is not None and not _is_out_of_date(same):
            return same
        if same is not None:
            _end(same, "It was counted again.")
        if mine.working().count() >= MOST_UNDER_WAY:
            raise ConfigurationError(
                gettext(
                    "Enough of that is under way already. Wait until one has ended, or stop one."
                )
            )
        order = TranslationOrder.objects.create(
            connection=connection,
            kind=kind,
            source_locale=asked.source,
            target_locale=asked.target,
            attributes=list(asked.attributes),
            scopes=list(asked.scopes),
            identifiers=list(asked.identifiers),
            only=asked.only.value,
            pim_catalog_id=asked.pim_catalog_id,
            catalog_name=catalog_name,
            digest=digest,
            asked_by=by[:255],
        )
        _forget(mine.exclude(state=_State.WORKING).order_by("-pk")[MOST_KEPT:])
        _wake(order)
    return order


def asked_of(order: TranslationOrder) -> Asked:
    """Return what an order asks for."""
    return Asked(
        order.source_locale,
        order.target_locale,
        attributes=tuple(order.attributes),
        scopes=tuple(order.scopes),
        only=Only(order.only),
        pim_catalog_id=order.pim_catalog_id,
        identifiers=tuple(order.identifiers),
    )


def confirm(order: TranslationOrder, *, by: str) -> bool:
    """Have sent to the service what was counted, and no more; False where that was decided before.

    Raises ConfigurationError, with the way out, where nothing may be sent at present.
    """
    refuse_unless_on(order.connection)
    with transaction.atomic():
        take_turn(Turn.ASKING_FOR_TRANSLATIONS, order.connection_id)
        row = TranslationOrder.objects.get(pk=order.pk)
        if row.state != _State.COUNTED:
            return False
        if _is_out_of_date(row):
            raise ConfigurationError(
                gettext("The number is more than a day old. Have it counted again.")
            )
        at_it = TranslationOrder.objects.being_sent().filter(connection=row.connection_id)
        if at_it.exists() or _is_serving_requests(row.connection_id):  # each text is sent once
            raise ConfigurationError(
                gettext("Other texts are being translated just now. Confirm these afterwards.")
            )
        now = timezone.now()
        confirmed = TranslationOrder.objects.filter(pk=row.pk, state=_State.COUNTED).update(
            state=_State.WORKING,
            read=0,
            confirmed_by=by[:255],
            confirmed_at=now,
            updated_at=now,
        )
        if confirmed:
            _wake(row)
    return bool(confirmed)


def stop(order: TranslationOrder) -> bool:
    """Have nothing more made of an order; False where it had ended before."""
    with transaction.atomic():
        row = TranslationOrder.objects.select_for_update().get(pk=order.pk)
        if row.state not in TranslationOrder.UNDER_WAY:
            return False
        _end(row, "Somebody stopped it.")
    return True


def forget_old_orders() -> int:
    """Forget orders that ended long ago, with their files; return how many."""
    old = TranslationOrder.objects.exclude(state=_State.WORKING)
    with transaction.atomic():
        return _forget(old.filter(updated_at__lt=timezone.now() - KEEP)[:1000])


def _is_serving_requests(connection_id: int) -> bool:
    """Whether a look at requests from Akeneo is under way; it waits for orders as well."""
    sources = Source.objects.filter(connection=connection_id, kind=Source.Kind.TRANSLATIONS)
    return any(not is_free(one) for one in sources)


def _end(row: TranslationOrder, problem: str) -> None:
    row.state, row.problem, row.owner = _State.STOPPED, problem, ""
    row.not_before, row.finished_at = None, timezone.now()
    row.save()


def _is_out_of_date(order: TranslationOrder) -> bool:
    counted = order.state == _State.COUNTED
    return counted and order.updated_at < timezone.now() - COUNT_HOLDS


def _forget(rows: Iterable[TranslationOrder]) -> int:
    """Within a transaction: the files go once it is committed."""
    gone = list(rows)
    TranslationOrder.objects.filter(pk__in=[row.pk for row in gone]).delete()
    files = [row.file for row in gone if row.file is not None]
    transaction.on_commit(partial(remove_files, files), robust=True)
    return len(gone)


def _wake(order: TranslationOrder) -> None:
    from enrichment.tasks import work_on_translation_order

    transaction.on_commit(lambda: work_on_translation_order.delay(order.pk))


def _digest(kind: TranslationOrder.Kind, asked: Asked) -> str:
    written = msgspec.json.encode([kind.value, msgspec.to_builtins(asked)])
    return hashlib.blake2b(written, digest_size=16).hexdigest()
