"""Situations of a connection with its channel and catalog, in step or not."""

import json
from datetime import timedelta

from django.utils import timezone

from catalogs.models import Catalog, Channel
from catalogs.pauses import pause
from catalogs.timetables import add_freeze, add_window
from channels.targets import from_json
from connections.abilities import wanted_scopes
from connections.installation import Decision
from connections.models import Installation
from sync.models import (
    Difference,
    Document,
    EmptiedTarget,
    Feed,
    Listing,
    ListingVariant,
    MissingTarget,
    Run,
)
from sync.models.batches import Action
from sync.said import empty
from tests.factories import make_catalog, make_channel, make_circuit, make_document, make_run
from tests.gallery.place import Place, change_catalog, ended, listed, moment
from tests.staff import make_change

Status = Listing.Status

FABRIC = {
    "code": "fabric",
    "type": "string",
    "title": "Fabric",
    "description": "",
    "required": True,
}


def as_new(place: Place) -> None:
    """Connected, and nothing else."""
    place.catalog.delete()
    place.channel.delete()


def without_catalogs(place: Place) -> None:
    place.catalog.delete()


def not_synced(place: Place) -> None:
    pass


def in_step(place: Place) -> None:
    """Everything went well, twice."""
    ended(place, ago=timedelta(days=1), pushed=1482, pulled=1482, changed=1482)
    ended(place, ago=timedelta(minutes=25), pulled=12, changed=3, pushed=3, withdrawn=1)
    document = make_document("Shoe")
    for _ in range(12):
        listing = listed(place, status=Status.LISTED, wanted=document, sent=document)
    place.listing = listing
    make_change(listing, run=place.run, before=make_document("Boot"), after=document)


def different(place: Place) -> None:
    """A product of which the channel has an older version."""
    in_step(place)
    place.listing = listed(
        place, status=Status.WAITING, wanted=make_document("Boot"), sent=make_document("Shoe")
    )


def of_variants(place: Place) -> None:
    """A product with variants at a shop that knows them, of which one changed its price."""
    place.channel = make_channel(
        place.world.connection,
        name="Shop with variants",
        kind="shopify",
        settings={"shop": "shoes.myshopify.com", "token": "planted"},
    )
    place.catalog = make_catalog(
        place.channel, name="Shoes in their sizes", shape=Catalog.Shape.MODELS
    )
    in_step(place)
    wanted = _model("79.90")
    place.listing = listed(
        place,
        key="runner",
        identifier="runner",
        label="Runner",
        status=Status.WAITING,
        wanted=wanted,
        sent=_model("89.90"),
    )
    for variant in json.loads(wanted.body)["variants"]:
        ListingVariant.objects.create(listing=place.listing, uuid=variant["uuid"])


def _model(price: str) -> Document:
    """A model in two sizes; the price is that of the larger one."""
    variants = [
        {
            "uuid": f"00000000-0000-4000-8000-0000000000{size}",
            "sku": f"RUN-BLUE-{size}",
            "price": {"amount": amount, "currency": "EUR"},
            "variation_axes_values": [
                {"code": "color", "value": "blue", "label": "Blue"},
                {"code": "size", "value": size},
            ],
        }
        for size, amount in (("41", "89.90"), ("42", price))
    ]
    body = json.dumps({"code": "runner", "title": "Runner", "variants": variants})
    return Document.objects.create(body=body, digest=f"runner for {price}")


def many(place: Place) -> None:
    """More of everything than stands on one page."""
    in_step(place)
    for number in range(2, 6):
        other = make_catalog(place.channel, name=f"Catalog {number}", position=number)
        make_run(other, finished_at=timezone.now())
    for name in ("Marketplace", "Outlet with a rather long name that does not fit on one line"):
        make_catalog(make_channel(place.world.connection, name=name), name=f"For the {name}")
    for _ in range(45):
        listed(place, status=Status.PARKED, wanted=make_document(), problem="Too dear.")
    for number in range(14):
        ago = timedelta(days=3, hours=-number)
        ended(place, ago=ago, pulled=1482, changed=number, pushed=number)
    ended(place, pulled=1482, pushed=45, failed=45)


def running(place: Place) -> None:
    in_step(place)
    place.run = make_run(
        place.catalog,
        status=Run.Status.RUNNING,
        phase=Run.Phase.PUSHING,
        started_at=timezone.now() - timedelta(minutes=2),
        total=1482,
        pulled=1482,
        to_send=1482,
        pushed=640,
    )


def put_off(place: Place) -> None:
    in_step(place)
    make_circuit(place.world.connection, place.channel)
    place.run = make_run(
        place.catalog,
        status=Run.Status.QUEUED,
        not_before=timezone.now() + timedelta(minutes=3),
        note="Web shop has not answered for 8 minutes.",
    )


def held(place: Place) -> None:
    """Many products left, and some lose a value."""
    in_step(place)
    place.run = ended(place, held=32, status=Run.Status.HELD)
    for _ in range(30):
        left = {"left_because": "deselected", "held_because": "left"}
        listed(place, status=Status.HELD, sent=make_document(), **left)
    for _ in range(2):
        documents = {"wanted": make_document("less"), "sent": make_document()}
        listing = listed(place, status=Status.HELD, held_because="emptied", **documents)
        EmptiedTarget.objects.create(listing=listing, target="description")
    place.listing = listing


def parked(place: Place) -> None:
    in_step(place)
    place.run = ended(place, pushed=10, failed=3)
    for _ in range(3):
        place.listing = listed(
            place, status=Status.PARKED, wanted=make_document(), problem="The price is missing."
        )
        make_change(
            place.listing, run=place.run, outcome="refused", message="The price is missing."
        )


def lacking(place: Place) -> None:
    """Many products lack a target that the channel needs."""
    place.channel.fields = [FABRIC]
    place.channel.save()
    place.run = ended(place, failed=6)
    said = empty(from_json([FABRIC]))
    for _ in range(6):
        listing = listed(place, status=Status.PARKED, wanted=make_document(), problem=said)
        make_change(listing, run=place.run, outcome="refused", message=said)
        MissingTarget.objects.create(listing=listing, target="fabric")


def left(place: Place) -> None:
    """A product that is not in the catalog any more."""
    in_step(place)
    place.listing = listed(place, status=Status.GONE, left_because="disabled")


def disabled(place: Place) -> None:
    in_step(place)
    change_catalog(place, pim_state=Catalog.PimState.DISABLED)
    place.world.pim.catalogs[place.catalog.pim_catalog_id].enabled = False
    place.run = ended(
        place, status=Run.Status.STOPPED, problem="The catalog is not enabled in Akeneo."
    )


def not_enabled_yet(place: Place) -> None:
    change_catalog(place, pim_state=Catalog.PimState.DISABLED)
    place.world.pim.catalogs[place.catalog.pim_catalog_id].enabled = False


def gone(place: Place) -> None:
    in_step(place)
    change_catalog(place, pim_state=Catalog.PimState.GONE)


def failed(place: Place) -> None:
    in_step(place)
    place.run = ended(place, status=Run.Status.FAILED, problem="Something went wrong at our end.")


def paused(place: Place) -> None:
    in_step(place)
    pause(place.catalog, reason="Stock-taking", until=moment(days=3))


def channel_paused(place: Place) -> None:
    different(place)
    pause(place.channel, reason="Stock-taking")


def timed(place: Place) -> None:
    """A channel that is sent to in certain hours only, and not now."""
    different(place)
    hours = {"begins": timezone.now().time(), "ends": (timezone.now() + timedelta(hours=1)).time()}
    window = add_window(place.channel, days=[1, 2, 3, 4, 5, 6, 7], allows=False, **hours)
    add_freeze(
        place.channel, begins_at=moment(days=1), ends_at=moment(days=4), reason="Black Friday"
    )
    place.more |= {"kind": "window", "pk": window.pk}


def archived(place: Place) -> None:
    in_step(place)
    change_catalog(place, archived_at=timezone.now())


def being_removed(place: Place) -> None:
    in_step(place)
    change_catalog(place, removing_since=timezone.now(), on_shop="withdraw", in_pim="keep")


def channel_being_removed(place: Place) -> None:
    being_removed(place)
    Channel.objects.update(removing_since=timezone.now())


def disconnected(place: Place) -> None:
    in_step(place)
    connection = place.world.connection
    connection.state = connection.State.DISCONNECTED
    connection.problem = "Somebody disconnected Ferry in Akeneo."
    connection.token = ""
    connection.save()


def reconnected(place: Place) -> None:
    in_step(place)
    change_catalog(place, unconfirmed_since=timezone.now())


def compared(place: Place) -> None:
    """A dry run that found something."""
    reconnected(place)
    place.run = ended(place, dry_run=True, changed=30, to_send=30, leaving=1)
    for number in range(30):
        Difference.objects.create(
            run=place.run,
            key=f"00000000-0000-4000-8000-{number:012}",
            label=f"Product {number}",
            identifier=f"SKU-{number}",
            action=Action.PUSH if number else Action.WITHDRAW,
            fields=[["name", '"Shoe"', '"Boot"'], ["description", None, '"New"']] if number else [],
        )


def without_difference(place: Place) -> None:
    place.run = ended(place, dry_run=True)


def refused_scopes(place: Place) -> None:
    in_step(place)
    place.world.connection.scopes = sorted(wanted_scopes() - {"read_categories"})
    place.world.connection.save()


def unreachable(place: Place) -> None:
    different(place)
    make_circuit(place.world.connection)
    make_circuit(place.world.connection, place.channel)


def a_copy(place: Place) -> None:
    """As if restored from a backup of another server."""
    in_step(place)
    Installation.objects.update_or_create(
        pk=Installation.ONLY,
        defaults={"base_url": "https://ferry.example.com", "decision": Decision.COPY},
    )


def with_fields(place: Place) -> None:
    place.channel.fields = [FABRIC, {**FABRIC, "code": "stock", "title": "Stock"}]
    place.channel.save()
    place.more["code"] = "stock"


def feed(place: Place) -> None:
    place.channel = make_channel(
        place.world.connection,
        name="Marketplace",
        kind="file",
        settings={"destination": "/srv/feeds"},
    )


def feed_written(place: Place) -> None:
    feed(place)
    Feed.objects.create(
        channel=place.channel,
        published_at=timezone.now(),
        file_name="products.jsonl",
        products=1500,
        size=2048,
        number=12,
    )


def changed_lately(place: Place) -> None:
    """A product that was sent anew, of which the version before can be sent again."""
    in_step(place)
    assert place.listing is not None
    place.more["change"] = place.listing.changes.latest("pk").pk
