"""The webhook of a connection: set up by a manager, called with signed JSON."""

import hashlib
import hmac
import json
import logging
import secrets
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from catalogs.channels import address_policy
from connections import audit
from connections.audit import Action
from connections.languages import as_stored
from connections.models import Connection
from outbound.errors import ConfigurationError, OutboundError
from outbound.retry import parse_retry_after
from outbound.session import GuardedSession
from sync.alerts import links
from sync.alerts.attention import IN_VAIN
from sync.alerts.messages import hold_notices, tell_webhook
from sync.alerts.postbox import Outcome
from sync.models import AlertMessage, AlertWebhook
from sync.notice_words import meanwhile_of, sentence_of, way_out_of
from sync.notices import review_connections

logger = logging.getLogger(__name__)

SIGNATURE = "X-Ferry-Signature"
_WAITS = (60, 120, 300, 900, 1800, 3600)  # seconds, after one failure, two, …
_LONGEST_WAIT = 6 * 3600  # however long it asks us to wait
_OF_THE_BODY = (400, 409, 413, 415, 422)  # what is posted is refused, and not who posts it
_LONGEST_URL = 500
_Kind = AlertMessage.Kind


def set_webhook(connection: Connection, url: str) -> str:
    """Have alerts posted to this address; return the secret to verify them by, "" if it stays.

    Another address gets another secret, and is told of what is not well already. Raises
    ConfigurationError.
    """
    url = url.strip()
    if len(url) > _LONGEST_URL:
        raise ConfigurationError(gettext("This address is too long."))
    address_policy().check_url(url)
    with transaction.atomic():
        AlertWebhook.objects.get_or_create(connection=connection)
        # Whoever holds notices may make messages to it meanwhile, and waits for nothing here.
        rows = AlertWebhook.objects.select_for_update(no_key=True)
        webhook = rows.get(connection=connection)
        if webhook.url == url:
            return ""
        secret = _new_secret()
        webhook.url, webhook.secret, webhook.problem = url, secret, ""
        webhook.not_before = webhook.answered_at = None
        webhook.save()
        tell_webhook(webhook, timezone.now())
        review_connections([connection])
        audit.record(Action.WEBHOOK_CHANGED, connection)
    return secret


def renew_secret(webhook: AlertWebhook) -> str:
    """Sign with another secret from now on; return it."""
    secret = _new_secret()
    with transaction.atomic():
        webhook.secret = secret
        webhook.save(update_fields=["secret", "updated_at"])
        audit.record(Action.WEBHOOK_CHANGED, webhook.connection)
    return secret


def remove_webhook(webhook: AlertWebhook) -> None:
    with transaction.atomic():
        hold_notices(Q(connection=webhook.connection))  # messages about them go with it
        webhook.delete()
        review_connections([webhook.connection])
        audit.record(Action.WEBHOOK_REMOVED, webhook.connection)


def send_test(webhook: AlertWebhook) -> None:
    """Have a message posted that says nothing but that it arrived, also if others wait.

    One that failed is tried again now, and not when it would be by itself.
    """
    with transaction.atomic():
        AlertWebhook.objects.filter(pk=webhook.pk).update(not_before=None)
        waiting = AlertMessage.objects.filter(webhook=webhook, kind=_Kind.TEST).unsent()
        if not waiting.update(not_before=None):
            AlertMessage.objects.create(
                connection=webhook.connection, webhook=webhook, kind=_Kind.TEST
            )


def post(webhook: AlertWebhook, message: AlertMessage) -> Outcome:
    """Post one message. The answer's body is not read: its status says all."""
    try:
        body = body_of(message)
        headers = {
            "Content-Type": "application/json",
            SIGNATURE: f"sha256={signature(webhook.secret, body)}",
        }
        with _session() as session:
            response = session.post(webhook.url, data=body, headers=headers, stream=True)
            response.close()
    except OutboundError as error:  # SecretsUnusable is one
        return Outcome(error.message, is_down=True)
    if 200 <= response.status_code < 300:
        return Outcome()
    return Outcome(
        f"It answered {response.status_code} where a status from 200 to 299 is expected."
        + (" Redirects are not followed." if 300 <= response.status_code < 400 else ""),
        is_down=response.status_code not in _OF_THE_BODY,
        retry_after=parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC)),
    )


def note(webhook: AlertWebhook, outcome: Outcome, message: AlertMessage) -> None:
    """Store how the last call went, and when to call again after one in vain.

    People hear, in the same transaction, that it keeps failing, or works again. That it refuses one
    message, and takes others meanwhile, is no fault of it.
    """
    now, tries = timezone.now(), message.tries
    took_others = webhook.answered_at is not None and webhook.answered_at > message.due_at
    if took_others and not outcome.is_sent and not outcome.is_down:
        return
    values: dict[str, object] = {"problem": outcome.problem, "updated_at": now}
    if outcome.is_sent:
        values |= {"answered_at": now, "not_before": None}
    elif outcome.is_down:
        seconds = outcome.retry_after or _WAITS[min(max(tries, 1), len(_WAITS)) - 1]
        values["not_before"] = now + timedelta(seconds=min(seconds, _LONGEST_WAIT))
    with transaction.atomic():
        AlertWebhook.objects.filter(pk=webhook.pk, url=webhook.url).update(**values)
        if webhook.problem if outcome.is_sent else tries >= IN_VAIN:
            review_connections([webhook.connection])


def body_of(message: AlertMessage) -> bytes:
    """Return the JSON that is posted: the same at each try, but for `sent_at`."""
    notice = message.notice
    content: dict[str, object] = {
        "id": str(message.uuid),
        "event": "test",
        "state": "test",
        "at": message.created_at.isoformat(),
        "sent_at": timezone.now().isoformat(),
        "connection": message.connection.pim_url if message.connection else "",
        "catalog": None,
        "message": "This is a test.",
        "url": links.absolute("/notices"),
    }
    if notice is not None and notice.connection is not None:
        with as_stored():
            sentences = (sentence_of(notice), meanwhile_of(notice))
            path = way_out_of(notice).path
        moments = {_Kind.OPENED: notice.opened_at, _Kind.OVER: notice.ended_at}
        at = moments.get(_Kind(message.kind)) or message.created_at
        catalog = notice.catalog
        content |= {
            "event": notice.kind,
            "state": message.kind,
            "at": at.isoformat(),
            "catalog": {"id": str(catalog.uuid), "name": catalog.name} if catalog else None,
            "message": " ".join(filter(None, sentences)),
            "url": links.absolute(path, notice.connection.pim_url),
        }
    return json.dumps(content, ensure_ascii=False).encode()


def signature(secret: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of the body, in hexadecimal digits."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _session() -> GuardedSession:
    return GuardedSession(
        address_policy(), connect_timeout=5, read_timeout=10, total_seconds=15, pool_size=1
    )


def _new_secret() -> str:
    return secrets.token_urlsafe(32)
