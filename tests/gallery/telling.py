"""Situations of notices, alerts and events of the PIM."""

from typing import Any

from django.utils import timezone

from connections.abilities import ABILITIES, named
from sync.alerts import links
from sync.models import AlertSettings, AlertWebhook, EventSubscription, Notice, ReceivedEvent
from tests.factories import make_catalog, make_pim_user
from tests.gallery.catalogs import in_step
from tests.gallery.place import Place, Situation, moment

OF_CONNECTION = (
    *(Notice.Kind.DISCONNECTED, Notice.Kind.SCOPES_MISSING, Notice.Kind.OFFER_STOPPED),
    *(Notice.Kind.VALUES_WAIT, Notice.Kind.VALUES_REFUSED, Notice.Kind.VALUES_EDITED),
    *(Notice.Kind.SOURCE_TROUBLE, Notice.Kind.CHANNEL_REFUSED, Notice.Kind.EVENTS_STOPPED),
    Notice.Kind.WEBHOOK_FAILING,
)

OF_INSTALLATION = (
    *(Notice.Kind.WORKER_SILENT, Notice.Kind.SCHEDULER_SILENT, Notice.Kind.QUEUE_OLD),
    *(Notice.Kind.DISK_SHORT, Notice.Kind.MAIL_DOWN),
)


def events_standing(**values: Any) -> Situation:
    """Events that are wanted, and stand so; some have arrived."""

    def situation(place: Place) -> None:
        in_step(place)
        wanted = {"is_wanted": True, "looked_at": moment(minutes=-7), "subscription_id": "here"}
        events = EventSubscription.objects.create(
            connection=place.world.connection, since=moment(days=-3), **(wanted | values)
        )
        for number, kind in enumerate(ReceivedEvent.Entity):
            ReceivedEvent.objects.create(
                subscription=events, event_id=kind, entity=kind, received_at=moment(hours=-number)
            )

    return situation


def with_notices(place: Place) -> None:
    """Something of each kind is not well, and some of it is over."""
    in_step(place)
    for number, kind in enumerate(one for one in Notice.Kind if one not in OF_INSTALLATION):
        of_catalog = {} if kind in OF_CONNECTION else {"catalog": place.catalog}
        about = {"connection": place.world.connection, "kind": kind, "number": 3, **of_catalog}
        if kind == Notice.Kind.CHANNEL_REFUSED:
            about["channel"] = place.channel
        missing = kind == Notice.Kind.SCOPES_MISSING
        said = named(ABILITIES[1:3]) if missing else "The channel does not answer."
        if kind != Notice.Kind.FIRST_SYNC:
            times = {"opened_at": moment(hours=-number), "changed_at": moment(minutes=1)}  # news
            Notice.objects.create(said=said, **times, **about)
        if number % 2:
            over = {"opened_at": moment(days=-number), "ended_at": moment(days=-number, hours=5)}
            Notice.objects.create(said=said, changed_at=over["ended_at"], **over, **about)


def told_by_mail(place: Place) -> None:
    """Mary is told of two catalogs, and of one not."""
    in_step(place)
    make_catalog(place.channel, name="Outlet", position=1)
    place.more["reader"] = _reader(place, confirmed_at=moment(days=-3))


def address_unconfirmed(place: Place) -> None:
    in_step(place)
    _reader(place, confirming="nonce")


def address_refused(place: Place) -> None:
    told_by_mail(place)
    problem = "The mail server refused this address: 550 No such person"
    AlertSettings.objects.update(problem=problem)


def link_to_confirm(place: Place) -> None:
    place.more["token"] = links.confirm_url(_reader(place, confirming="nonce")).rpartition("/")[2]


def link_to_stop(place: Place) -> None:
    reader = _reader(place, confirmed_at=timezone.now())
    place.more["token"] = links.stop_url(reader).rpartition("/")[2]


def with_alert_webhook(place: Place) -> None:
    in_step(place)
    AlertWebhook.objects.create(
        connection=place.world.connection,
        url="https://hooks.example.com/ferry",
        secret="between-us",
        problem="It answered 404 where a status from 200 to 299 is expected.",
    )


def _reader(place: Place, **values: Any) -> AlertSettings:
    """Settings of whoever looks at the page, who is made last."""
    mary = make_pim_user(place.world.connection)
    place.more["who"] = mary
    return AlertSettings.objects.create(user=mary, address="mary@acme.example.com", **values)
