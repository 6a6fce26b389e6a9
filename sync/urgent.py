"""One product is sent now, in spite of the timetable of its channel, because a person asked."""

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog, Exemption
from catalogs.pauses import paused_in_words, refuse_while_paused
from connections import audit
from connections.audit import Action
from outbound.errors import ConfigurationError
from sync.listings import try_again
from sync.models import Listing, Run
from sync.runs import push_what_waits

_Status = Listing.Status
_NOTHING_TO_SEND = {
    _Status.LISTED: _("The channel has it already as it is in the PIM."),
    _Status.CARRIED: _("Another catalog of the channel carries it. Send it from there."),
    _Status.HELD: _("It is held: decide about it on the catalog's page."),
    _Status.HIDDEN: _("It left the catalog, and is hidden on the channel."),
    _Status.KEPT: _("It left the catalog, and was kept on the channel."),
    _Status.GONE: _("It left the catalog, and is not on the channel any more."),
}


def send_now(listing: Listing) -> Run:
    """Start a run that sends this product also while the channel's timetable is closed.

    A parked one is tried again. A run that is under way takes it along, or another follows. Pauses
    and a lost connection are stronger: raises ConfigurationError then, and when there is nothing
    to send. The listing comes with its catalog, channel and connection.
    """
    catalog = listing.catalog
    refuse_what_is_stopped(catalog)
    with transaction.atomic():
        try_again(Listing.objects.filter(pk=listing.pk))
        listing.refresh_from_db(fields=["status"])
        if reason := _NOTHING_TO_SEND.get(_Status(listing.status)):
            raise ConfigurationError(not_sent(listing, reason))
        by = audit.present_actor().name
        Exemption.objects.get_or_create(
            catalog=catalog, key=listing.key, defaults={"asked_by": by[:255]}
        )
        audit.record(Action.SENT_NOW, catalog.connection, listing, channel=catalog.channel.name)
    return push_what_waits(catalog, by=by)


def not_sent(listing: Listing, reason: object) -> str:
    """Say that a person cannot have this product sent by itself; the reason is a sentence."""
    names = {"product": listing, "reason": reason}
    return gettext("“%(product)s” is not sent. %(reason)s") % names


def urgent_keys(catalog: Catalog) -> list[str]:
    return list(Exemption.objects.filter(catalog=catalog).values_list("key", flat=True))


def forget_urgent(run: Run) -> None:
    """Forget what this run was there for: it has sent it, or its problem says why not."""
    asked_before = Exemption.objects.filter(created_at__lte=run.created_at)
    asked_before.filter(catalog=run.catalog_id).delete()


def refuse_what_is_stopped(catalog: Catalog) -> None:
    """Raise ConfigurationError while nothing of the catalog may be sent, whoever asks for it."""
    refuse_while_resting(catalog)
    channel = catalog.channel
    if channel.is_paused:
        said = gettext("The channel is %(paused)s Nothing is sent before it goes on.")
        raise ConfigurationError(said % {"paused": paused_in_words(channel)})


def refuse_while_resting(catalog: Catalog) -> None:
    """Raise ConfigurationError while no run of the catalog would get to its channel."""
    if not catalog.connection.is_connected:
        raise ConfigurationError(gettext("The PIM is disconnected. Connect it again."))
    if not catalog.is_active:
        raise ConfigurationError(
            gettext("The catalog is archived or being removed, so nothing is sent.")
        )
    if catalog.is_unconfirmed:
        raise ConfigurationError(
            gettext(
                "The PIM was connected again. Look at what would change before anything is sent."
            )
        )
    refuse_while_paused(catalog)
