"""Situations of enrichment: what is offered to the PIM, and what waits."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from connections.abilities import wanted_scopes
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
from sync.models import Feedback
from tests.factories import make_offer, make_order, make_proposal
from tests.gallery.catalogs import in_step
from tests.gallery.place import Place, Situation


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
