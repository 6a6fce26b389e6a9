"""Addresses in mails: of our pages, and signed links that work without a session."""

import secrets
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.http import urlencode

from outbound.errors import ConfigurationError
from outbound.sentences import Sentence
from sync.models import AlertSettings

CONFIRMED_WITHIN = timedelta(days=3)
_CONFIRM, _STOP = "ferry.alerts.confirm", "ferry.alerts.stop"


class LinkInvalid(ConfigurationError):
    """A link that we never made, or that was used or replaced since."""


class LinkExpired(LinkInvalid):
    """A link that is too old."""


def absolute(path: str, pim_url: str = "") -> str:
    """Return the address of a page of ours; with the PIM to sign in through."""
    parts = urlsplit(f"{settings.BASE_URL}{path}")
    query = urlencode({"pim_url": pim_url}) if pim_url else parts.query
    return urlunsplit(parts._replace(query=query))


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def confirm_url(reader: AlertSettings) -> str:
    """Return the link that proves who reads the mails of this address."""
    token = signing.dumps([reader.pk, reader.confirming], salt=_CONFIRM)
    return absolute(reverse("pages:confirm_address", args=[token]))


def reader_to_confirm(token: str) -> AlertSettings:
    """Return whose address the link confirms, or has confirmed.

    Raises LinkInvalid, LinkExpired among them.
    """
    try:
        pk, confirming = signing.loads(token, salt=_CONFIRM, max_age=CONFIRMED_WITHIN)
    except signing.SignatureExpired:
        raise LinkExpired(
            Sentence(
                "This link is older than three days. Open Ferry from Akeneo and have another mail "
                "sent, on the page Your alerts."
            )
        ) from None
    except (signing.BadSignature, TypeError, ValueError):
        raise _invalid() from None
    rows = AlertSettings.objects.select_related("user__connection")
    reader = rows.filter(pk=pk, confirming=confirming).exclude(confirming="").first()
    if reader is None:
        raise _invalid()
    return reader


def stop_url(reader: AlertSettings) -> str:
    """Return the link by which whoever reads the mails ends them, for good."""
    token = signing.dumps(str(reader.stop_key), salt=_STOP)
    return absolute(reverse("pages:stop_alerts", args=[token]))


def reader_to_stop(token: str) -> AlertSettings:
    """Return whose mails the link ends. Raises LinkInvalid."""
    try:
        key = UUID(signing.loads(token, salt=_STOP))
    except (signing.BadSignature, TypeError, ValueError, AttributeError):
        raise _invalid() from None
    reader = AlertSettings.objects.select_related("user__connection").filter(stop_key=key).first()
    if reader is None:
        raise _invalid()
    return reader


def _invalid() -> LinkInvalid:
    return LinkInvalid(
        Sentence(
            "This link was used already, or is no longer valid. Open Ferry from Akeneo: the page "
            "Your alerts says how it stands."
        )
    )
