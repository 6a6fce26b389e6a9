"""Every page that there is to look at, and the main lists of admin, by what they are called."""

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.http import urlencode

from bench.pages.fill import Filled
from catalogs.models import Catalog, Channel
from connections.models import Connection
from connections.names import folded
from enrichment.models import Offer
from sync.models import AlertMessage, Change, Difference, Listing, Notice, ReceivedEvent, Run
from sync.search import Place
from tests.pages.test_access import OPEN, OWN, PAGES

_ON_DISK = ("texts_file",)  # as it lies there: nothing to measure


def pages_of(filled: Filled) -> Iterator[tuple[str, str]]:
    """Yield each page that anybody of the PIM may open; a test of theirs knows them all."""
    for name in (*OPEN, *OWN, *PAGES):
        if name in _ON_DISK:
            continue
        yield name, reverse(f"pages:{name}", args=_arguments(name, filled))
    catalog, dry_run = filled.catalog, filled.dry_run
    held = Listing.objects.filter(catalog=catalog).held()
    last_held, last_difference = held.latest("pk").pk, dry_run.differences.latest("pk").pk
    far = held.filter(held_because="left").order_by("pk")[1000].pk
    variants = {
        "parked, last page": (_page("parked", catalog.uuid), f"before={filled.parked.pk}"),
        "catalog, old runs": (catalog.get_absolute_url(), f"runs_after={_old_run(catalog).pk}"),
        "products, searched": (reverse("pages:products"), "q=sku-00"),
        "products, searched by name": (reverse("pages:products"), "q=product"),
        "products, page 5,000": (reverse("pages:products"), f"q=sku&{_far_in()}"),
        "products, by uuid": (reverse("pages:products"), f"q={filled.parked.key[:6]}"),
        "products, nothing found": (reverse("pages:products"), "q=zzz"),
        "held, another kind": (_page("held", catalog.uuid), "kind=emptied"),
        "held, next page": (_page("held", catalog.uuid), f"kind=left&after={far}"),
        "held, last page": (_page("held", catalog.uuid), f"kind=left&before={last_held}"),
        "difference, last page": (_page("difference", dry_run.uuid), f"before={last_difference}"),
        "difference, searched": (_page("difference", dry_run.uuid), "q=sku-00"),
        "difference, nothing found": (_page("difference", dry_run.uuid), "q=zzz"),
    } | _of_offer(filled.offer)
    for name, (address, query) in variants.items():
        yield name, f"{address}?{query}"


def admin_pages_of(filled: Filled) -> Iterator[tuple[str, str]]:
    """Yield the first page, every list of ours, its last row, and what support searches for."""
    yield "admin", reverse("admin:index")
    for model in admin.site._registry:
        if model._meta.app_label in ("connections", "catalogs", "enrichment", "sync"):
            yield f"admin: {model._meta.verbose_name_plural}", _list(model)
            row = _last_of(model, filled)
            if row is not None:
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
                yield (
                    f"admin: one of {model._meta.verbose_name_plural}",
                    reverse(name, args=[row.pk]),
                )
    sku, catalog = filled.parked.identifier, filled.catalog.pk
    for what, model, query in (
        ("parked", Listing, "status__exact=parked"),
        ("held", Listing, "status__exact=held"),
        (
            "of a status and a catalog",
            Listing,
            f"status__exact=listed&catalog__id__exact={catalog}",
        ),
        ("by identifier", Listing, f"q={sku}"),
        ("by name", Listing, "q=Product"),
        ("nothing found", Listing, "q=zzz"),
        ("by key", Listing, f"q={filled.parked.key}"),
        ("last page", Listing, "p=200"),
        ("of a run", Change, f"run__id__exact={filled.run.pk}"),
        ("refused", Change, "outcome__exact=refused"),
        ("by identifier", Change, f"q={sku}"),
        ("of a run", Difference, f"run__id__exact={filled.dry_run.pk}"),
        ("by identifier", Difference, f"q={sku}"),
        ("that wait", ReceivedEvent, "worked_at__isempty=1"),
        ("of models", ReceivedEvent, "entity__exact=model"),
        ("by key", ReceivedEvent, f"q={filled.parked.key}"),
        ("last page", ReceivedEvent, "p=200"),
        ("given up", AlertMessage, "state=given_up"),
        ("that wait", AlertMessage, "state=waits"),
        ("by address", AlertMessage, "q=reader7@"),
        ("that are open", Notice, "ended_at__isempty=1"),
        ("of a catalog", Run, f"catalog__id__exact={catalog}"),
        ("failed", Run, "status__exact=failed"),
    ):
        yield f"admin: {model._meta.verbose_name_plural}, {what}", f"{_list(model)}?{query}"


def _arguments(name: str, filled: Filled) -> list[object]:
    of_channel = ("channel", "edit_channel", "delete_channel", "new_catalog", "fields")
    if name in (*of_channel, "another_channel", "pause_channel", "timetable"):
        return [filled.channel.uuid]
    if name in ("run", "run_strip", "undo"):
        return [filled.run.uuid]
    special: dict[str, list[object]] = {
        "stop_run": [filled.live.uuid],
        "set_up": [filled.new.uuid],
        "new_channel": ["http"],
        "product": [filled.parked.key],
        "preview": [filled.parked.uuid],
        "send_earlier": [filled.earlier.listing.uuid, filled.earlier.pk],
        "difference": [filled.dry_run.uuid],
        "difference_file": [filled.dry_run.uuid, "csv"],
        "remove_from_timetable": [filled.channel.uuid, "window", filled.window.pk],
        "field": [filled.channel.uuid, "stock"],
        "feed": [filled.feeds.uuid],
        "source": [filled.source.uuid],
        "remove_source": [filled.source.uuid],
        **dict.fromkeys(("texts", "texts_strip"), [filled.texts.uuid]),
        **dict.fromkeys(
            ("offer", "offer_strip", "offer_results", "undo_offer"), [filled.offer.uuid]
        ),
    }
    return special.get(name, [] if name in (*OPEN, *OWN) else [filled.catalog.uuid])


def _of_offer(offer: Offer) -> dict[str, tuple[str, str]]:
    queries = {
        "last page": f"state=proposed&before={2**60}",
        "one attribute": "state=proposed&attribute=text_7&locale=fr_FR",
        "beginning of the identifier": "state=proposed&identifier=sku-0003",
        "nothing found": "state=proposed&identifier=zzz",
        "written": "state=written",
        "problems, last page": "state=problems&page=200",
    }
    return {f"offer, {name}": (offer.get_absolute_url(), one) for name, one in queries.items()}


def _old_run(catalog: Catalog) -> Run:
    return Run.objects.filter(catalog=catalog).order_by("pk")[10]


def _far_in() -> str:
    """Return the query of page 5,000 of all that has an identifier, or of one near the end."""
    found = Listing.objects.annotate(word=folded("identifier")).order_by("word", "pk")
    number = min(250_000, found.count() - 60)
    word, pk = found.values_list("word", "pk")[number]
    return urlencode({"after": str(Place(1, word, pk))})


def _last_of(model: type[Model], filled: Filled) -> Model | None:
    known = {
        Catalog: filled.catalog,
        Channel: filled.channel,
        Connection: filled.manager.connection,
        Listing: filled.parked,
        Run: filled.run,
    }
    row: Model | None = known.get(model) or model._default_manager.order_by("-pk").first()
    return row


def _list(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _page(name: str, uuid: object) -> str:
    return reverse(f"pages:{name}", args=[uuid])
