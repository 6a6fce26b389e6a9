"""The situations in which pages are looked at: rows in the database, and a PIM behind them.

Each takes a world that is connected and has one mapped catalog that was never synced.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from catalogs.models import Catalog, Channel
from catalogs.pauses import pause
from catalogs.timetables import add_freeze, add_window
from channels.targets import from_json
from connections.abilities import ABILITIES, named, wanted_scopes
from connections.installation import Decision
from connections.invitations import invite
from connections.models import FailedAuthorization, Installation, PimUser
from connections.rate_limit import LIMIT
from enrichment.media.keeping import Kept
from enrichment.models import (
    Offer,
    OfferProblem,
    Proposal,
    RequestedTranslation,
    Source,
    TranslationOrder,
)
from enrichment.translations.by_attributes.setting_up import set_up
from enrichment.translations.by_attributes.steering import Steering
from sandbox.drawing import picture
from sync.alerts import links
from sync.models import (
    AlertSettings,
    AlertWebhook,
    Difference,
    EmptiedTarget,
    EventSubscription,
    Feed,
    Feedback,
    Listing,
    MissingTarget,
    Notice,
    ReceivedEvent,
    Run,
)
from sync.models.batches import Action
from sync.said import empty
from sync.steps import Step
from tests.factories import (
    make_catalog,
    make_channel,
    make_circuit,
    make_document,
    make_listing,
    make_offer,
    make_order,
    make_pim_user,
    make_proposal,
    make_run,
)
from tests.pages.setting_up import make_first, make_look
from tests.staff import make_change, make_everything, make_troubles
from tests.world import World

Status = Listing.Status
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
FABRIC = {
    "code": "fabric",
    "type": "string",
    "title": "Fabric",
    "description": "",
    "required": True,
}


@dataclass
class Place:
    """A world, and what of it a page is about. `more` has what else an address names."""

    world: World
    channel: Channel
    catalog: Catalog
    listing: Listing | None = None
    run: Run | None = None
    more: dict[str, Any] = field(default_factory=dict)


Situation = Callable[[Place], None]


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
    _ended(place, ago=timedelta(days=1), pushed=1482, pulled=1482, changed=1482)
    _ended(place, ago=timedelta(minutes=25), pulled=12, changed=3, pushed=3, withdrawn=1)
    document = make_document("Shoe")
    for _ in range(12):
        listing = _listing(place, status=Status.LISTED, wanted=document, sent=document)
    place.listing = listing
    make_change(listing, run=place.run, before=make_document("Boot"), after=document)


def different(place: Place) -> None:
    """A product of which the channel has an older version."""
    in_step(place)
    place.listing = _listing(
        place, status=Status.WAITING, wanted=make_document("Boot"), sent=make_document("Shoe")
    )


def many(place: Place) -> None:
    """More of everything than stands on one page."""
    in_step(place)
    for number in range(2, 6):
        other = make_catalog(place.channel, name=f"Catalog {number}", position=number)
        make_run(other, finished_at=timezone.now())
    for name in ("Marketplace", "Outlet with a rather long name that does not fit on one line"):
        make_catalog(make_channel(place.world.connection, name=name), name=f"For the {name}")
    for _ in range(45):
        _listing(place, status=Status.PARKED, wanted=make_document(), problem="Too dear.")
    for number in range(14):
        ago = timedelta(days=3, hours=-number)
        _ended(place, ago=ago, pulled=1482, changed=number, pushed=number)
    _ended(place, pulled=1482, pushed=45, failed=45)


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
    place.run = _ended(place, held=32, status=Run.Status.HELD)
    for _ in range(30):
        left = {"left_because": "deselected", "held_because": "left"}
        _listing(place, status=Status.HELD, sent=make_document(), **left)
    for _ in range(2):
        documents = {"wanted": make_document("less"), "sent": make_document()}
        listing = _listing(place, status=Status.HELD, held_because="emptied", **documents)
        EmptiedTarget.objects.create(listing=listing, target="description")
    place.listing = listing


def parked(place: Place) -> None:
    in_step(place)
    place.run = _ended(place, pushed=10, failed=3)
    for _ in range(3):
        place.listing = _listing(
            place, status=Status.PARKED, wanted=make_document(), problem="The price is missing."
        )
        make_change(
            place.listing, run=place.run, outcome="refused", message="The price is missing."
        )


def lacking(place: Place) -> None:
    """Many products lack a target that the channel needs."""
    place.channel.fields = [FABRIC]
    place.channel.save()
    place.run = _ended(place, failed=6)
    said = empty(from_json([FABRIC]))
    for _ in range(6):
        listing = _listing(place, status=Status.PARKED, wanted=make_document(), problem=said)
        make_change(listing, run=place.run, outcome="refused", message=said)
        MissingTarget.objects.create(listing=listing, target="fabric")


def left(place: Place) -> None:
    """A product that is not in the catalog any more."""
    in_step(place)
    place.listing = _listing(place, status=Status.GONE, left_because="disabled")


def disabled(place: Place) -> None:
    in_step(place)
    _change_catalog(place, pim_state=Catalog.PimState.DISABLED)
    place.world.pim.catalogs[place.catalog.pim_catalog_id].enabled = False
    place.run = _ended(
        place, status=Run.Status.STOPPED, problem="The catalog is not enabled in Akeneo."
    )


def not_enabled_yet(place: Place) -> None:
    _change_catalog(place, pim_state=Catalog.PimState.DISABLED)
    place.world.pim.catalogs[place.catalog.pim_catalog_id].enabled = False


def gone(place: Place) -> None:
    in_step(place)
    _change_catalog(place, pim_state=Catalog.PimState.GONE)


def failed(place: Place) -> None:
    in_step(place)
    place.run = _ended(place, status=Run.Status.FAILED, problem="Something went wrong at our end.")


def paused(place: Place) -> None:
    in_step(place)
    pause(place.catalog, reason="Stock-taking", until=_in(days=3))


def channel_paused(place: Place) -> None:
    different(place)
    pause(place.channel, reason="Stock-taking")


def timed(place: Place) -> None:
    """A channel that is sent to in certain hours only, and not now."""
    different(place)
    hours = {"begins": timezone.now().time(), "ends": (timezone.now() + timedelta(hours=1)).time()}
    window = add_window(place.channel, days=[1, 2, 3, 4, 5, 6, 7], allows=False, **hours)
    add_freeze(place.channel, begins_at=_in(days=1), ends_at=_in(days=4), reason="Black Friday")
    place.more |= {"kind": "window", "pk": window.pk}


def archived(place: Place) -> None:
    in_step(place)
    _change_catalog(place, archived_at=timezone.now())


def being_removed(place: Place) -> None:
    in_step(place)
    _change_catalog(place, removing_since=timezone.now(), on_shop="withdraw", in_pim="keep")


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
    _change_catalog(place, unconfirmed_since=timezone.now())


def compared(place: Place) -> None:
    """A dry run that found something."""
    reconnected(place)
    place.run = _ended(place, dry_run=True, changed=30, leaving=1)
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
    place.run = _ended(place, dry_run=True)


def refused_scopes(place: Place) -> None:
    in_step(place)
    place.world.connection.scopes = sorted(wanted_scopes() - {"read_categories"})
    place.world.connection.save()


def fed_back(place: Place) -> None:
    """The catalog says in Akeneo how its products stand; some have no place for it."""
    enriched(place)
    del place.more["uuid"]  # of a source: the page is the catalog's
    Feedback.objects.create(
        catalog=place.world.catalog,
        status="shop_status",
        problem="shop_problem",
        told_until=timezone.now(),
        without_place={"shop_status": 3, "shop_problem": 0},
    )


def enriched(place: Place) -> None:
    """Values may be written into the PIM; a source is there, and nothing was offered yet."""
    in_step(place)
    connection = place.world.connection
    connection.enriched_since = timezone.now()
    connection.save()
    connection.scopes = sorted(wanted_scopes(connection))
    connection.save()
    source = Source.objects.create(
        connection=connection, kind="values", name="ERP prices", approved=["price"]
    )
    Source.objects.create(
        connection=connection,
        kind="values",
        name="Data pool",
        location="/srv/pool",
        every=60,
        looked_at=timezone.now(),
        next_look_at=timezone.now() + timedelta(hours=1),
        problem="texts.csv: The file is empty.",
    )
    Source.objects.create(
        connection=connection,
        kind="media",
        name="Photo studio",
        location="sftp://ferry@studio.example.com/out",
        settings={"pattern": "{sku}__{attribute}.{ext}"},
        every=30,
        looked_at=timezone.now(),
        next_look_at=timezone.now() + timedelta(minutes=30),
        problem="MUG-7.png: Its name does not have the form {sku}__{attribute}.{ext}.",
    )
    place.more["uuid"] = source.uuid


def asked_for(place: Place) -> None:
    """People asked for translations, which go out to translators."""
    enriched(place)
    source = set_up(
        place.world.connection, Steering(source_locale="en_US", by_service=False), approved=False
    )
    source.looked_at = timezone.now() - timedelta(minutes=4)
    source.next_look_at = timezone.now() + timedelta(minutes=11)
    source.problem = (
        "No language was chosen for “MUG-00003-GREEN”: choose it in the PIM, beside the flag."
    )
    source.save()
    states = list(RequestedTranslation.State)
    for number in range(40):
        state = states[number % 3]
        refused = "It has no text in en_US that could be translated."
        RequestedTranslation.objects.create(
            source=source,
            subject="product",
            key=f"product-{number}",
            identifier=f"MUG-{number:05}-GREEN",
            locale=("fr_FR", "de_DE")[number % 2],
            state=state,
            problem=refused if state == "refused" else "",
        )


def may_create(place: Place) -> None:
    """Ferry may create the attributes that Akeneo lacks."""
    enriched(place)
    connection = place.world.connection
    connection.may_create_attributes = True
    connection.scopes = sorted(wanted_scopes(connection))
    connection.save()


def source_of_files(place: Place) -> None:
    enriched(place)
    place.more["uuid"] = Source.objects.get(kind="media").uuid


def pictures_offered(place: Place) -> None:
    """Pictures of a studio wait for approval: new ones, and others in place of what is there."""
    enriched(place)
    source = Source.objects.get(kind="media")
    offer = make_offer(
        place.world.connection,
        kind=Offer.Kind.MEDIA,
        name=source.name,
        source=source,
        state=Offer.State.WAITING,
        read=5,
        unchanged=1,
        invalid=1,
    )
    former = "7/1/9/c/719c0d1b0ce4b0c8f5e8f4e1f9a3a0d1c2b3a4f5_MUG-1__image.png"
    kept = Kept(offer.uuid)
    for number, before in enumerate((None, former, None)):
        name = f"MUG-{number}__image.png"
        with kept.adding(name) as file:
            file.write(picture("mugs", ("blue", "red", "green")[number], f"MUG-{number}"))
        content = kept.read(name).as_value()
        make_proposal(
            offer,
            identifier=f"MUG-{number}",
            attribute="image",
            locale="",
            type="pim_catalog_image",
            value=content,
            before=before,
            column=name,
        )
    OfferProblem.objects.create(
        offer=offer, place="MUG-7.png", message="Its name does not have the form that was set."
    )
    place.more["uuid"] = offer.uuid


def translations_offered(state: Proposal.State, problem: str = "") -> Situation:
    """What a service translated, beside the texts that it was made from."""

    def prepare(place: Place) -> None:
        enriched(place)
        kind, name = Offer.Kind.TRANSLATIONS, "DeepL: en_US → fr_FR"
        connection = place.world.connection
        offer = make_offer(connection, kind=kind, name=name, state=Offer.State.WAITING, read=9)
        long = "A mug of blue clay, glazed by hand and dishwasher safe. " * 14
        french = "Un mug en argile bleue, émaillé à la main et lavable au lave-vaisselle. " * 5
        texts = {"name": ("Mug, blue", "Mug, bleu", None), "description": (long, french, "Un mug.")}
        for number in range(6):
            attribute, (original, value, before) = list(texts.items())[number % 2]
            make_proposal(
                offer,
                identifier=f"MUG-{number:05}-BLUE",
                attribute=attribute,
                locale="fr_FR",
                source_locale="en_US",
                source_text=original,
                value=value,
                before=before,
                state=state,
                problem=problem,
            )
        place.more["uuid"] = offer.uuid

    return prepare


def not_granted_to_write(place: Place) -> None:
    enriched(place)
    place.world.connection.scopes = sorted(wanted_scopes())
    place.world.connection.save()


def offered(place: Place) -> None:
    """A file was compared: values of every state, and lines that could not be used."""
    enriched(place)
    assert place.listing is not None
    offer = make_offer(
        place.world.connection,
        name="spring-prices.csv",
        state=Offer.State.WAITING,
        owner="",
        offered_by="Julia Stark",
        read=60,
        unchanged=12,
        invalid=2,
    )
    clay = "A mug of %s clay, glazed by hand and dishwasher safe. " * 6
    before, after = (clay % ((colour,) * 6) for colour in ("red", "blue"))
    words = {
        "description": (before, after),
        "name": ("Mug", "Mug, blue"),
        "price": ("9.90", "10.50"),
    }
    for number in range(40):
        attribute, (old, new) = list(words.items())[number % 3]
        identifier = f"MUG-{number:05}-GREEN"
        words_of = {"attribute": attribute, "before": old, "value": new}
        make_proposal(offer, identifier=identifier, line=number + 2, **words_of)
    make_proposal(offer, key=place.listing.key, identifier=place.listing.identifier, before=None)
    make_proposal(
        offer,
        state=Proposal.State.OUTDATED,
        problem="Somebody edited it in the PIM after it was offered. The edit was kept.",
    )
    make_proposal(offer, state=Proposal.State.REFUSED, problem="The name is too long.", line=17)
    make_proposal(offer, state=Proposal.State.WRITTEN, decided_by="Julia Stark")
    for line, column in ((31, "weight"), (44, "color")):
        OfferProblem.objects.create(
            offer=offer, line=line, column=column, message="“heavy” is no number."
        )
    place.more["uuid"] = offer.uuid


def offered_and(state: Offer.State, problem: str = "") -> Situation:
    """The same, where the offer stands otherwise."""

    def situation(place: Place) -> None:
        offered(place)
        offers = Offer.objects.filter(uuid=place.more["uuid"])
        offers.update(state=state, problem=problem)
        if state == Offer.State.DONE:
            Proposal.objects.filter(state=Proposal.State.PROPOSED).update(
                state=Proposal.State.WRITTEN
            )
        if state == Offer.State.WRITING:
            some = Proposal.objects.filter(state=Proposal.State.PROPOSED)[:30]
            Proposal.objects.filter(pk__in=[one.pk for one in some]).update(
                state=Proposal.State.APPROVED
            )

    return situation


def wanting(state: TranslationOrder.State, **values: Any) -> Situation:
    """Somebody asked for texts; the order stands so. Of all others there is one as well."""

    def situation(place: Place) -> None:
        enriched(place)
        for other in TranslationOrder.State:
            make_order(place.world.connection, state=other, asked_by="Julia Stark")
        defaults = {"asked_by": "Julia Stark", "read": 4200}
        order = make_order(place.world.connection, state=state, **{**defaults, **values})
        place.more["uuid"] = order.uuid

    return situation


def without_service(place: Place) -> None:
    enriched(place)
    settings.DEEPL_API_KEY = ""  # until the end of the test: its world has one


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


def to_configure(place: Place) -> None:
    """Created a minute ago: nobody has enabled it in the PIM."""
    _change_catalog(place, started_at=None)
    not_enabled_yet(place)


def configured(place: Place) -> None:
    to_look_at(place)
    _at_step(place, Step.CONFIGURE)


def to_look_at(place: Place) -> None:
    _change_catalog(place, started_at=None)


def looking(place: Place) -> None:
    to_look_at(place)
    looking = {"mode": Run.Mode.SAMPLE, "dry_run": True, "phase": Run.Phase.READING}
    make_run(place.catalog, status=Run.Status.RUNNING, started_at=timezone.now(), **looking)


def looked_at(place: Place) -> None:
    """As a channel with needed fields would have it: one of three examples lacks one."""
    to_look_at(place)
    look = make_look(place.catalog, missing={"name": 7}, incomplete=2)
    look.examples[1] |= {"missing": ["name"], "price": ""}
    look.save()


def looked_at_nothing(place: Place) -> None:
    to_look_at(place)
    make_look(place.catalog, 0, total=0, sampled=0)


def looked_at_unmapped(place: Place) -> None:
    to_look_at(place)
    make_look(place.catalog, is_mapped=False)


def first_to_send(place: Place) -> None:
    to_look_at(place)
    make_look(place.catalog)
    _at_step(place, Step.FIRST)


def first_sent(place: Place) -> None:
    """Nine went well, and the channel refused one."""
    to_look_at(place)
    make_look(place.catalog)
    make_first(place.catalog, pushed=9, failed=1)
    sent = make_document()
    names = {number: {"key": f"key-{number}", "label": f"Shoe {number}"} for number in range(10)}
    for number in range(9):
        there = {"status": Status.LISTED, "sent": sent, "external_id": f"P-{number}"}
        _listing(place, wanted=sent, **names[number], **there)
    _listing(place, wanted=sent, status=Status.PARKED, problem="Too dear.", **names[9])


def all_to_send(place: Place) -> None:
    first_sent(place)
    _at_step(place, Step.ALL)


def sending_all(place: Place) -> None:
    first_sent(place)
    begun = {"phase": Run.Phase.PUSHING, "started_at": timezone.now() - timedelta(minutes=10)}
    progress = {"total": 1482, "pulled": 1482, "to_send": 1482, "pushed": 640}
    make_run(place.catalog, status=Run.Status.RUNNING, **begun, **progress)


def sending_all_paused(place: Place) -> None:
    first_sent(place)
    make_run(place.catalog, status=Run.Status.STOPPED, problem="The catalog is paused.")
    pause(place.catalog)


def sending_all_stopped(place: Place) -> None:
    first_sent(place)
    make_run(place.catalog, status=Run.Status.STOPPED, problem="The folder is full.")


def all_sent(place: Place) -> None:
    first_sent(place)
    _ended(place, pushed=1481, pulled=1482, changed=1482, failed=1)
    _change_catalog(place, started_at=timezone.now())


def events_standing(**values: Any) -> Situation:
    """Events that are wanted, and stand so; some have arrived."""

    def situation(place: Place) -> None:
        in_step(place)
        wanted = {"is_wanted": True, "looked_at": _in(minutes=-7), "subscription_id": "here"}
        events = EventSubscription.objects.create(
            connection=place.world.connection, since=_in(days=-3), **(wanted | values)
        )
        for number, kind in enumerate(ReceivedEvent.Entity):
            ReceivedEvent.objects.create(
                subscription=events, event_id=kind, entity=kind, received_at=_in(hours=-number)
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
            times = {"opened_at": _in(hours=-number), "changed_at": _in(minutes=1)}  # news
            Notice.objects.create(said=said, **times, **about)
        if number % 2:
            over = {"opened_at": _in(days=-number), "ended_at": _in(days=-number, hours=5)}
            Notice.objects.create(said=said, changed_at=over["ended_at"], **over, **about)


def told_by_mail(place: Place) -> None:
    """Mary is told of two catalogs, and of one not."""
    in_step(place)
    make_catalog(place.channel, name="Outlet", position=1)
    place.more["reader"] = _reader(place, confirmed_at=_in(days=-3))


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


def changed_lately(place: Place) -> None:
    """A product that was sent anew, of which the version before can be sent again."""
    in_step(place)
    assert place.listing is not None
    place.more["change"] = place.listing.changes.latest("pk").pk


def with_own_app(place: Place) -> None:
    """The PIM has forgotten the secret of its custom app, and somebody has a new one."""
    disconnected(place)
    place.more["query"] = {"pim_url": place.world.url}


def several_people(place: Place) -> None:
    in_step(place)
    names = ("Vera", "Emil", "Anna-Magdalena")
    for name, role in zip(names, PimUser.Role, strict=True):
        make_pim_user(place.world.connection, firstname=name, lastname="Miller", role=role)


def invited(place: Place) -> None:
    place.more["token"] = invite("Stan")[1].rpartition("/")[2]


def unknown_invitation(place: Place) -> None:
    place.more["token"] = "nobody-knows-it"


def too_many_failures(place: Place) -> None:
    FailedAuthorization.objects.bulk_create(
        FailedAuthorization(address="127.0.0.1") for _ in range(LIMIT)
    )


def in_trouble(place: Place) -> None:
    """A catalog for each way to need a person, and an installation that is not well."""
    make_troubles()
    Notice.objects.create(
        kind=Notice.Kind.MAIL_DOWN,
        said="The mail server refused the name or password in EMAIL_URL.",
    )


def everything(place: Place) -> None:
    """One row of everything that admin shows, on the server that it was made on."""
    make_everything()
    Installation.objects.update(base_url=settings.BASE_URL)


def _ended(place: Place, *, ago: timedelta = timedelta(minutes=2), **values: Any) -> Run:
    """A run that ended so long ago."""
    end = timezone.now() - ago
    begin = end - timedelta(seconds=95)
    defaults = {"started_at": begin, "finished_at": end, "read_at": end, "pulled": 1482}
    place.run = make_run(place.catalog, **{**defaults, **values})
    Run.objects.filter(pk=place.run.pk).update(created_at=begin)
    place.run.refresh_from_db()
    return place.run


def _listing(place: Place, **values: Any) -> Listing:
    return make_listing(place.catalog, **values)


def _at_step(place: Place, step: Step) -> None:
    place.more["query"] = {"step": step.value}


def _change_catalog(place: Place, **values: Any) -> None:
    Catalog.objects.filter(pk=place.catalog.pk).update(**values)
    place.catalog.refresh_from_db()


def _in(**span: int) -> Any:
    return timezone.now() + timedelta(**span)
