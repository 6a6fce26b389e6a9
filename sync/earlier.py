"""Send the earlier version of one product: what stood on the channel before a change.

As undoing a run does it: the history knows the version, what the PIM says is set aside until it
says something else, and a person has seen the difference before.
"""

from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from connections import audit
from connections.audit import Action
from connections.installation import refuse_on_wrong_copy
from outbound.errors import ConfigurationError
from sync.carriers import lock_channel, settle_carriers
from sync.models import Change, Document, Listing, Run
from sync.models.listings import LISTING_STATE
from sync.runs import start_run
from sync.urgent import not_sent, refuse_what_is_stopped

_Status = Listing.Status
_REFUSED = {
    _Status.IN_FLIGHT: _("It is being sent right now. Look again in a minute."),
    _Status.CARRIED: _("Another catalog of the channel carries it. Send its version from there."),
    _Status.HELD: _("It is held: decide about it on the catalog's page first."),
    _Status.HIDDEN: _("It left the catalog, and is hidden on the channel."),
}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What would be sent in place of what the channel holds; `seen` names what was looked at."""

    before: Document
    now: Document | None
    seen: str


def has_earlier(change: Change, listing: Listing) -> bool:
    """Whether what stood there before the change may be another version to send. No query.

    The change comes with its `before`.
    """
    return (
        change.outcome == Change.Outcome.ACCEPTED
        and change.before is not None
        and change.before.digest not in Document.MARKERS
        and change.before_id != listing.sent_id
        and listing.status not in _REFUSED
    )


def look_at_earlier(change: Change, listing: Listing) -> Earlier:
    """Return what sending the version before this change would do.

    Raises ConfigurationError, in words, when it cannot be sent now. The listing comes with its
    catalog, channel and connection.
    """
    catalog = listing.catalog
    refuse_on_wrong_copy()
    refuse_what_is_stopped(catalog)
    if not catalog.is_started:
        raise ConfigurationError(
            gettext("The catalog is still being set up, so nothing is sent by hand.")
        )
    if reason := _REFUSED.get(_Status(listing.status)):
        raise ConfigurationError(not_sent(listing, reason))
    before = change.before
    if before is None or change.listing_id != listing.pk or not has_earlier(change, listing):
        raise ConfigurationError(
            gettext(
                "There is no earlier version to send here: the channel holds it already, it is "
                "not known what stood there, or nothing did."
            )
        )
    if _is_carried_elsewhere(listing):
        raise ConfigurationError(not_sent(listing, _REFUSED[_Status.CARRIED]))
    return Earlier(before, listing.sent, _seen(listing))


def send_earlier(change: Change, seen: str, *, by: str = "") -> Run | None:
    """Want again what stood there before the change, and start the run that sends it.

    A person confirmed what `look_at_earlier` said; `seen` is its. None when it is wanted already:
    pressed twice. Raises AlreadyRunning, and ConfigurationError when anything is not as it was
    seen; then nothing is changed.
    """
    with transaction.atomic():
        channel = lock_channel(change.listing.channel_id)
        rows = Listing.objects.select_related("catalog__channel__connection", "wanted", "sent")
        listing = rows.select_for_update(no_key=True, of=("self",)).get(pk=change.listing_id)
        if listing.status == _Status.WAITING and listing.wanted_id == change.before_id:
            return None
        earlier = look_at_earlier(change, listing)
        if earlier.seen != seen:
            raise ConfigurationError(
                gettext(
                    "Something about the product changed meanwhile. Look at the difference again."
                )
            )
        catalog = listing.catalog
        run = start_run(catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH, started_by=by)
        _want(listing, earlier.before)
        settle_carriers(channel, [listing.key], handed_over_by=catalog)
        audit.record(
            Action.EARLIER_SENT,
            catalog.connection,
            listing,
            channel=catalog.channel.name,
            catalog=catalog.name,
            change=change.pk,
        )
    return run


def _want(listing: Listing, before: Document) -> None:
    """Want this document, and set aside what the PIM said last."""
    now = timezone.now()
    said = listing.set_aside or (listing.wanted.digest if listing.wanted else Listing.ABSENT)
    listing.set_aside = "" if said == before.digest else said
    listing.wanted = before
    listing.be_waiting(now)
    listing.let_through = True  # a person saw what it does
    listing.updated_at = now
    listing.save(update_fields=["wanted", "set_aside", "let_through", *LISTING_STATE])


def _is_carried_elsewhere(listing: Listing) -> bool:
    others = Listing.objects.filter(channel=listing.channel_id, key=listing.key, sent__isnull=False)
    return others.exclude(pk=listing.pk).exists()


def _seen(listing: Listing) -> str:
    said = f"{listing.pk} {listing.wanted_id} {listing.sent_id} {listing.status}"
    return sha256(said.encode()).hexdigest()[:16]
