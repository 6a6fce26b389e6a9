"""Invitations: a PIM administrator enters the credentials of the custom app they just created.

Whoever has the link need not be known to Ferry, so it does as little as possible: once, for one
PIM, in one browser, for a week. What it stores opens nothing until the PIM has proved it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from connections import audit
from connections.audit import Action, Actor
from connections.connections import register
from connections.models import AuditRecord, Connection, Invitation, PimUser
from outbound.errors import ConfigurationError
from pim.urls import normalize_pim_url

LIFETIME = timedelta(days=7)


class InvitationUnknown(ConfigurationError):
    """There is no such link, or staff took it back."""


class InvitationClosed(ConfigurationError):
    """The link has expired, or somebody used it in another browser."""


class PimKnown(ConfigurationError):
    """The PIM has credentials already, and this invitation was not made for it."""


def invite(by: str, pim_url: str = "") -> tuple[Invitation, str]:
    """Make an invitation, for one PIM or for any. Return it and its link, of which only a digest
    is kept.

    A PIM that is not known yet is registered. Raises what `register` does.
    """
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        connection = _known_or_registered(pim_url) if pim_url else None
        invitation = Invitation.objects.create(
            token_digest=_digest(token),
            pim_url=connection.pim_url if connection else "",
            created_by=by[:255],
            expires_at=timezone.now() + LIFETIME,
        )
        audit.record(Action.INVITED, connection, invitation=invitation.pk)
    return invitation, f"{settings.BASE_URL}{reverse('pages:invitation', args=[token])}"


def look_up(token: str, *, browser: str) -> Invitation:
    """Return the invitation that this link stands for, if this browser may open it.

    Raises InvitationUnknown and InvitationClosed.
    """
    return _opened(Invitation.objects.filter(token_digest=_digest(token)).first(), browser)


def use(
    invitation: Invitation,
    *,
    browser: Callable[[], str],
    pim_url: str,
    client_id: str,
    client_secret: str,
) -> Connection:
    """Store the credentials of one PIM, and bind the invitation to this browser.

    The same browser may correct what it entered until the PIM is connected. `pim_url` counts only
    while the address is not settled. Raises InvitationUnknown, InvitationClosed, PimKnown, and
    what `register` does; nothing is stored then.
    """
    actor = Actor(AuditRecord.ActorKind.PIM_USER, "An invited administrator")
    with transaction.atomic(), audit.acting_as(lambda: actor):
        # Of two browsers that use one link at once, one waits here and finds it used.
        locked = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
        invitation = _opened(locked, browser())
        if is_done(invitation):
            said = gettext("The PIM is connected, so this link has done its work.")
            raise InvitationClosed(said)
        if is_for_one_pim(invitation):
            pim_url = invitation.pim_url
        pim_url = normalize_pim_url(pim_url)
        if pim_url != invitation.pim_url:
            _move_to(pim_url, invitation)
        if invitation.used_at is None:
            invitation.used_at = timezone.now()
            invitation.browser_digest = _digest(browser())
        invitation.pim_url = pim_url
        invitation.save()
        connection = register(pim_url, client_id=client_id, client_secret=client_secret)
        audit.record(Action.INVITATION_USED, connection, invitation=invitation.pk)
    return connection


def is_for_one_pim(invitation: Invitation) -> bool:
    """Whether the address is settled: staff chose it, or the PIM was known before.

    An address that the invitation itself added may be corrected until the PIM is connected.
    """
    return bool(invitation.pim_url) and _added_by(invitation) is None


def is_done(invitation: Invitation) -> bool:
    """Whether somebody came from the PIM since: then what was entered is proved right."""
    return (
        invitation.used_at is not None
        and PimUser.objects.filter(
            connection__pim_url=invitation.pim_url, last_seen_at__gt=invitation.used_at
        ).exists()
    )


def _known_or_registered(pim_url: str) -> Connection:
    pim_url = normalize_pim_url(pim_url)
    known = Connection.objects.filter(pim_url=pim_url).first()
    return known or register(pim_url)


def _added_by(invitation: Invitation) -> Connection | None:
    """The PIM that nobody knew before this invitation was used, while it was never connected."""
    if invitation.used_at is None:
        return None
    return Connection.objects.filter(
        pim_url=invitation.pim_url,
        state=Connection.State.REGISTERED,
        created_at__gte=invitation.used_at,
    ).first()


def _opened(invitation: Invitation | None, browser: str) -> Invitation:
    if invitation is None:
        raise InvitationUnknown(
            gettext(
                "This is not a link of Ferry, or it was taken back. Check that you copied all of "
                "it. Ask whoever sent you the link for a new one."
            )
        )
    if invitation.used_at is not None and not _is_of(invitation, browser):
        raise InvitationClosed(
            gettext(
                "This link was used already, in another browser. Ask whoever sent you the link "
                "for a new one."
            )
        )
    if invitation.expires_at < timezone.now():
        raise InvitationClosed(
            gettext(
                "This link has expired: it was good for a week. Ask whoever sent you the link for "
                "a new one."
            )
        )
    return invitation


def _move_to(pim_url: str, invitation: Invitation) -> None:
    """See that the address may be entered, and forget one that was mistyped before."""
    known = Connection.objects.filter(pim_url=pim_url)
    if known.exclude(state=Connection.State.REGISTERED, client_id="").exists():
        raise PimKnown(
            gettext(
                "This PIM is known to Ferry already. Ask whoever sent you the link for one that "
                "is made for this PIM."
            )
        )
    mistyped = _added_by(invitation)
    if mistyped is not None:
        mistyped.delete()  # one invitation, one PIM


def _is_of(invitation: Invitation, browser: str) -> bool:
    return bool(browser) and hmac.compare_digest(invitation.browser_digest, _digest(browser))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
