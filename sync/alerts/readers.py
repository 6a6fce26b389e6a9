"""A person's address and choices: set, confirmed, stopped."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext

from catalogs.models import Catalog
from connections.models import PimUser
from outbound.errors import ConfigurationError
from sync.alerts import links, messages
from sync.alerts.addresses import can_be_written_to
from sync.alerts.receivers import how_told, next_digest
from sync.models import AlertChoice, AlertMessage, AlertSettings, How
from sync.models.alerts import MOST_OF_ADDRESS

_Kind = AlertMessage.Kind
MOST_AN_HOUR = 5  # of mails that a person has sent by a click: nobody's mailbox is filled with them
_CONSOLE = "django.core.mail.backends.console.EmailBackend"


def settings_of(user: PimUser) -> AlertSettings:
    """Return the person's settings; not stored, with what is sensible, before they chose any.

    Managers are told at once, others once a day.
    """
    known = AlertSettings.objects.filter(user=user).first()
    how = How.NOW if user.may_manage else How.DAILY
    return known or AlertSettings(user=user, how=how)


def mail_is_set_up() -> bool:
    """Whether mail leaves this installation. Where people try things it may go to the console."""
    return settings.DEBUG or settings.EMAIL_BACKEND != _CONSOLE


def set_address(user: PimUser, address: str) -> AlertSettings:
    """Store another address and have its link sent. Nothing else is sent there until it is used.

    The same address sends the link anew, until it is confirmed. Raises ConfigurationError.
    """
    address = address.strip()
    _refuse_bad(address)
    with transaction.atomic():
        _hold_notices(user)
        reader = _held(user)
        if reader.is_confirmed and reader.address == address:
            return reader
        _refuse_too_many(reader)
        if reader.address != address:
            # Links in mails to the former address are not to end those to the new one.
            reader.address, reader.stop_key, reader.problem = address, uuid4(), ""
        reader.confirmed_at = None
        reader.confirming = links.new_secret()
        reader.language = translation.get_language() or reader.language
        reader.save()
        _forget_waiting(reader)
        AlertMessage.objects.create(connection=user.connection, reader=reader, kind=_Kind.CONFIRM)
    return reader


def confirm(reader: AlertSettings) -> None:
    """Have the address confirmed by whoever has its link; a second time changes nothing.

    What is not well already is told in one mail. Raises LinkInvalid when another address, or
    another link, came between.
    """
    now = timezone.now()
    with transaction.atomic():
        _hold_notices(reader.user)
        rows = AlertSettings.objects.select_for_update(of=("self",)).select_related("user")
        held = rows.filter(pk=reader.pk, confirming=reader.confirming).exclude(confirming="")
        mine = held.first()
        if mine is None:
            raise links.LinkInvalid(gettext("This link was used already."))
        if not mine.is_confirmed:
            mine.confirmed_at = now
            mine.save(update_fields=["confirmed_at", "updated_at"])
            messages.tell_reader(mine, now)


def remove_address(reader: AlertSettings) -> None:
    """Forget the address, and what waits to be sent there."""
    if reader.pk is None:
        return
    with transaction.atomic():
        _hold_notices(reader.user)
        AlertSettings.objects.select_for_update().filter(pk=reader.pk).first()
        AlertSettings.objects.filter(pk=reader.pk).update(
            address="",
            confirmed_at=None,
            confirming="",
            problem="",
            stop_key=uuid4(),
            updated_at=timezone.now(),
        )
        _forget_waiting(reader)


def stop(reader: AlertSettings) -> None:
    """Send nothing any more, of no catalog, until the person chooses otherwise.

    Where the address was never confirmed it is forgotten instead: somebody else may read its mails,
    and chooses nothing for the person who mistyped it.
    """
    if not reader.is_confirmed:
        remove_address(reader)
        return
    with transaction.atomic():
        AlertSettings.objects.filter(pk=reader.pk).update(how=How.NEVER, updated_at=timezone.now())
        AlertChoice.objects.filter(reader=reader).delete()
        _forget_waiting(reader)


def choose(
    user: PimUser, *, how: str, hour: int, of_catalogs: Mapping[Catalog, str]
) -> AlertSettings:
    """Store how the person is told; of catalogs with "" like of all the rest.

    What waits for the daily mail comes with the next one at the new hour, or now; what is not
    wanted any more is left out when it would be sent.
    """
    now = timezone.now()
    with transaction.atomic():
        _hold_notices(user)
        reader = _held(user)
        reader.how, reader.hour = how, hour
        reader.language = translation.get_language() or reader.language
        reader.save()
        AlertChoice.objects.filter(reader=reader).delete()
        AlertChoice.objects.bulk_create(
            AlertChoice(reader=reader, catalog=catalog, how=one)
            for catalog, one in of_catalogs.items()
            if one
        )
        _plan_anew(reader, now)
    return reader


def send_test(reader: AlertSettings) -> None:
    """Have a mail sent that says nothing but that it arrived. Raises ConfigurationError."""
    if not reader.is_confirmed:
        raise ConfigurationError(gettext("Confirm your address first, by the link in the mail."))
    with transaction.atomic():
        AlertSettings.objects.select_for_update().filter(pk=reader.pk).first()
        _refuse_too_many(reader)
        AlertMessage.objects.create(
            connection=reader.user.connection, reader=reader, kind=_Kind.TEST
        )


def _hold_notices(user: PimUser) -> None:
    """Whoever touches messages holds notices first: so neither waits for the other for ever."""
    messages.hold_notices(Q(connection=user.connection_id))


def _held(user: PimUser) -> AlertSettings:
    """Within a transaction: the person's stored settings, locked."""
    first = settings_of(user)
    AlertSettings.objects.get_or_create(user=user, defaults={"how": first.how})
    reader = AlertSettings.objects.select_for_update(of=("self",)).select_related("user")
    return reader.get(user=user)


def _plan_anew(reader: AlertSettings, now: datetime) -> None:
    """Let what waits for the daily mail leave when the reader wants it now."""
    waiting = AlertMessage.objects.filter(reader=reader, in_digest=True, due_at__gt=now).unsent()
    due: dict[datetime, list[int]] = defaultdict(list)
    for one in waiting.select_related("notice"):
        if one.notice is not None:
            is_at_once = how_told(reader, one.notice) == How.NOW
            due[now if is_at_once else next_digest(reader, now)].append(one.pk)
    for due_at, pks in due.items():
        waiting.filter(pk__in=pks).update(due_at=due_at, updated_at=now)


def _forget_waiting(reader: AlertSettings) -> None:
    waiting = AlertMessage.objects.filter(reader=reader).unsent()
    waiting.in_nobodys_hands(timezone.now()).delete()


def _refuse_bad(address: str) -> None:
    if not can_be_written_to(address):
        sentence = gettext("This is no e-mail address. Write it like mary@example.com.")
        raise ConfigurationError(sentence)
    if len(address) > MOST_OF_ADDRESS:
        raise ConfigurationError(gettext("This address is too long."))


def _refuse_too_many(reader: AlertSettings) -> None:
    since = timezone.now() - timedelta(hours=1)
    asked_for = AlertMessage.objects.filter(
        reader=reader, kind__in=(_Kind.CONFIRM, _Kind.TEST), created_at__gt=since
    )
    if asked_for.count() >= MOST_AN_HOUR:
        raise ConfigurationError(gettext("That is too many mails within an hour. Try again later."))
