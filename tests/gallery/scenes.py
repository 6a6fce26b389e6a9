"""Every page in every state worth seeing: one line each, for all that looks at all pages.

A new page needs a line in `PAGES`: a name (of the picture too), the situation it is seen in, and
its address: the name that pages/urls.py gives it, or a path. What an address names is taken from
the place; a situation puts what is unusual there into `more`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.urls import reverse

from catalogs.models import Catalog
from connections.models import PimUser
from enrichment.models import Offer, Proposal, TranslationOrder
from pages.urls import urlpatterns
from sync.models import EventSubscription
from tests.factories import make_pim_user
from tests.gallery import places
from tests.gallery.places import Place, Situation
from tests.staff import make_staff
from tests.world import World

Role = PimUser.Role
Texts = TranslationOrder.State
Events = EventSubscription.State
COUNTED = {"kind": "service", "texts": 3100, "characters": 214_000, "remembered": 120}
STAFF, NOBODY = "staff", "nobody"


@dataclass(frozen=True)
class Scene:
    name: str
    situation: Situation
    page: str
    who: str = Role.MANAGER
    status: int = 200
    sent: bool = False  # its form is sent as it stands: what the page says of that

    def set_up(self, world: World) -> tuple[str, Any]:
        """Make what the page is about; its path, and who looks at it."""
        place = Place(world, world.channel, world.catalog)
        self.situation(place)
        return self.seen_in(place)

    def seen_in(self, place: Place) -> tuple[str, Any]:
        """The path of the page in a place that is set up, and who looks at it."""
        return _path(self.page, place), self._person(place)

    def _person(self, place: Place) -> Any:
        if self.who == NOBODY:
            return None
        if self.who == STAFF:
            return User.objects.filter(is_superuser=True).first() or make_staff(is_superuser=True)
        return place.more.get("who") or make_pim_user(place.world.connection, role=self.who)


PAGES = [
    # Home
    Scene("home-first-visit", places.as_new, "home"),
    Scene("home-first-visit-viewer", places.as_new, "home", Role.VIEWER),
    Scene("home-no-catalog", places.without_catalogs, "home"),
    Scene("home-not-synced", places.not_synced, "home"),
    Scene("home-in-step", places.in_step, "home"),
    Scene("home-many", places.many, "home"),
    Scene("home-running", places.running, "home"),
    Scene("home-held", places.held, "home"),
    Scene("home-parked", places.parked, "home"),
    Scene("home-parked-viewer", places.parked, "home", Role.VIEWER),
    Scene("home-disabled", places.disabled, "home"),
    Scene("home-failed", places.failed, "home"),
    Scene("home-disconnected", places.disconnected, "home"),
    Scene("home-reconnected", places.reconnected, "home"),
    Scene("home-being-removed", places.channel_being_removed, "home"),
    Scene("home-refused-scopes", places.refused_scopes, "home"),
    Scene("home-on-a-copy", places.a_copy, "home"),
    Scene("home-signed-out", places.not_synced, "home", NOBODY),
    # Channels
    Scene("channel-kinds", places.as_new, "choose_kind"),
    Scene("channel-kinds-editor", places.as_new, "choose_kind", Role.EDITOR, status=403),
    Scene("channel-new-http", places.as_new, "/channels/new/http"),
    Scene("channel-new-file", places.as_new, "/channels/new/file"),
    Scene("channel-new-shopify", places.as_new, "/channels/new/shopify"),
    Scene("channel-new-vendure", places.as_new, "/channels/new/vendure"),
    Scene("channel-new-wrong", places.as_new, "/channels/new/http", status=422, sent=True),
    Scene("channel", places.in_step, "channel"),
    Scene("channel-without-catalogs", places.without_catalogs, "channel"),
    Scene("channel-many", places.many, "channel"),
    Scene("channel-viewer", places.in_step, "channel", Role.VIEWER),
    Scene("channel-editor", places.in_step, "channel", Role.EDITOR),
    Scene("channel-paused", places.channel_paused, "channel"),
    Scene("channel-timed", places.timed, "channel"),
    Scene("channel-unreachable", places.unreachable, "channel"),
    Scene("channel-being-removed", places.channel_being_removed, "channel"),
    Scene("channel-edit", places.in_step, "edit_channel"),
    Scene("channel-another", places.in_step, "another_channel"),
    Scene("channel-delete", places.in_step, "delete_channel"),
    Scene("channel-pause", places.in_step, "pause_channel"),
    Scene("channel-timetable-empty", places.in_step, "timetable"),
    Scene("channel-timetable", places.timed, "timetable"),
    Scene("channel-timetable-remove", places.timed, "remove_from_timetable"),
    Scene("channel-fields-none", places.in_step, "fields"),
    Scene("channel-fields", places.with_fields, "fields"),
    Scene("channel-field", places.with_fields, "field"),
    Scene("feed-none", places.feed, "feed"),
    Scene("feed", places.feed_written, "feed"),
    # Setting up
    Scene("setup-configure", places.to_configure, "set_up"),
    Scene("setup-configure-viewer", places.to_configure, "set_up", Role.VIEWER),
    Scene("setup-configured", places.configured, "set_up"),
    Scene("setup-look", places.to_look_at, "set_up"),
    Scene("setup-looking", places.looking, "set_up"),
    Scene("setup-looked", places.looked_at, "set_up"),
    Scene("setup-looked-viewer", places.looked_at, "set_up", Role.VIEWER),
    Scene("setup-looked-no-product", places.looked_at_nothing, "set_up"),
    Scene("setup-looked-unmapped", places.looked_at_unmapped, "set_up"),
    Scene("setup-first", places.first_to_send, "set_up"),
    Scene("setup-first-sent", places.first_sent, "set_up"),
    Scene("setup-all", places.all_to_send, "set_up"),
    Scene("setup-all-editor", places.all_to_send, "set_up", Role.EDITOR),
    Scene("setup-all-sending", places.sending_all, "set_up"),
    Scene("setup-all-paused", places.sending_all_paused, "set_up"),
    Scene("setup-all-stopped", places.sending_all_stopped, "set_up"),
    Scene("setup-done", places.all_sent, "set_up"),
    # Catalogs
    Scene("catalog-new", places.without_catalogs, "new_catalog"),
    Scene("catalog-not-synced", places.not_synced, "catalog"),
    Scene("catalog-not-enabled", places.not_enabled_yet, "catalog"),
    Scene("catalog", places.in_step, "catalog"),
    Scene("catalog-editor", places.in_step, "catalog", Role.EDITOR),
    Scene("catalog-viewer", places.in_step, "catalog", Role.VIEWER),
    Scene("catalog-many", places.many, "catalog"),
    Scene("catalog-running", places.running, "catalog"),
    Scene("catalog-put-off", places.put_off, "catalog"),
    Scene("catalog-held", places.held, "catalog"),
    Scene("catalog-parked", places.parked, "catalog"),
    Scene("catalog-lacking", places.lacking, "catalog"),
    Scene("catalog-disabled", places.disabled, "catalog"),
    Scene("catalog-gone", places.gone, "catalog"),
    Scene("catalog-failed", places.failed, "catalog"),
    Scene("catalog-paused", places.paused, "catalog"),
    Scene("catalog-channel-paused", places.channel_paused, "catalog"),
    Scene("catalog-timed", places.timed, "catalog"),
    Scene("catalog-archived", places.archived, "catalog"),
    Scene("catalog-being-removed", places.being_removed, "catalog"),
    Scene("catalog-disconnected", places.disconnected, "catalog"),
    Scene("catalog-reconnected", places.reconnected, "catalog"),
    Scene("catalog-unreachable", places.unreachable, "catalog"),
    Scene("catalog-on-a-copy", places.a_copy, "catalog"),
    Scene("catalog-settings", places.in_step, "catalog_settings"),
    Scene("catalog-settings-viewer", places.in_step, "catalog_settings", Role.VIEWER, status=403),
    Scene("catalog-content", places.in_step, "catalog_content"),
    Scene("catalog-feedback", places.in_step, "catalog_feedback"),
    Scene("catalog-feedback-set", places.fed_back, "catalog_feedback"),
    Scene("catalog-pause", places.in_step, "pause"),
    Scene("catalog-delete", places.in_step, "delete_catalog"),
    Scene("catalog-delete-undecided", places.in_step, "delete_catalog", status=422, sent=True),
    Scene("parked-none", places.in_step, "parked"),
    Scene("parked", places.parked, "parked"),
    Scene("parked-many", places.many, "parked"),
    Scene("parked-viewer", places.parked, "parked", Role.VIEWER),
    Scene("catalog-preview", places.in_step, "preview_of_catalog"),
    Scene("catalog-preview-none", places.not_synced, "preview_of_catalog"),
    Scene("held-none", places.in_step, "held"),
    Scene("held", places.held, "held"),
    Scene("held-viewer", places.held, "held", Role.VIEWER),
    Scene("take-up", places.reconnected, "take_up"),
    Scene("take-up-compared", places.compared, "take_up"),
    # Runs
    Scene("run", places.in_step, "run"),
    Scene("run-running", places.running, "run"),
    Scene("run-running-viewer", places.running, "run", Role.VIEWER),
    Scene("run-stop", places.running, "stop_run"),
    Scene("run-put-off", places.put_off, "run"),
    Scene("run-held", places.held, "run"),
    Scene("run-held-viewer", places.held, "run", Role.VIEWER),
    Scene("run-refused", places.parked, "run"),
    Scene("run-lacking", places.lacking, "run"),
    Scene("run-stopped", places.disabled, "run"),
    Scene("run-failed", places.failed, "run"),
    Scene("run-tried", places.compared, "run"),
    Scene("run-undo", places.in_step, "undo"),
    Scene("difference", places.compared, "difference"),
    Scene("difference-none", places.without_difference, "difference"),
    # Products
    Scene("product", places.in_step, "product"),
    Scene("product-viewer", places.in_step, "product", Role.VIEWER),
    Scene("product-parked", places.parked, "product"),
    Scene("product-held", places.held, "product"),
    Scene("product-left", places.left, "product"),
    Scene("products", places.in_step, "/products"),
    Scene("products-found", places.in_step, "/products?q=Product"),
    Scene("products-none", places.in_step, "/products?q=nothing-is-called-so"),
    Scene("product-link", places.in_step, "/connection/product-link"),
    Scene("product-earlier", places.changed_lately, "send_earlier"),
    Scene("product-unknown", places.in_step, "/products/00000000-0000-4000-8000-000000000000"),
    Scene("preview", places.in_step, "preview"),
    Scene("preview-different", places.different, "preview"),
    Scene("preview-nothing", places.left, "preview"),
    # Enrichment
    Scene("enrichment-off", places.in_step, "enrichment"),
    Scene("enrichment-off-viewer", places.in_step, "enrichment", Role.VIEWER),
    Scene("enrichment-not-granted", places.not_granted_to_write, "enrichment"),
    Scene("enrichment-nothing-yet", places.enriched, "enrichment"),
    Scene("enrichment", places.offered, "enrichment"),
    Scene("enrichment-source-new", places.enriched, "new_source"),
    Scene(
        "enrichment-source-wrong",
        places.enriched,
        "/enrichment/sources/new",
        status=422,
        sent=True,
    ),
    Scene("enrichment-source", places.enriched, "source"),
    Scene("enrichment-source-of-files-new", places.enriched, "new_files_source"),
    Scene("enrichment-source-of-files", places.source_of_files, "source"),
    Scene("enrichment-switch-off", places.offered, "enrichment_off"),
    Scene("enrichment-switch-off-none", places.in_step, "enrichment_off"),
    Scene("offer-of-pictures", places.pictures_offered, "offer"),
    Scene("offer-of-translations", places.translations_offered(Proposal.State.PROPOSED), "offer"),
    Scene(
        "offer-of-translations-earlier",
        places.translations_offered(
            Proposal.State.EARLIER,
            "The text that it is a translation of was changed in the PIM after it was offered.",
        ),
        "offer",
    ),
    Scene("enrichment-source-remove", places.enriched, "remove_source"),
    Scene("requests-none", places.enriched, "requests"),
    Scene("requests-none-viewer", places.enriched, "requests", Role.VIEWER),
    Scene("requests", places.asked_for, "requests"),
    Scene("requests-settings", places.enriched, "requests_settings"),
    Scene("requests-settings-no-service", places.without_service, "requests_settings"),
    Scene("requests-attributes", places.enriched, "requests_attributes"),
    Scene("requests-attributes-to-create", places.may_create, "requests_attributes"),
    Scene("offer", places.offered, "offer"),
    Scene("offer-viewer", places.offered, "offer", Role.VIEWER),
    Scene("offer-reading", places.offered_and(Offer.State.READING), "offer"),
    Scene("offer-writing", places.offered_and(Offer.State.WRITING), "offer"),
    Scene("offer-stopped", places.offered_and(Offer.State.STOPPED, "It is off."), "offer"),
    Scene("offer-done", places.offered_and(Offer.State.DONE), "offer"),
    Scene("offer-undo", places.offered_and(Offer.State.DONE), "undo_offer"),
    Scene("offer-undo-nothing", places.offered_and(Offer.State.WRITING), "undo_offer"),
    Scene("product-offered", places.offered, "product"),
    Scene("translations-off", places.in_step, "translations"),
    Scene("translations-nothing-yet", places.without_service, "translations"),
    Scene("translations", places.wanting(Texts.DONE), "translations"),
    Scene("translations-viewer", places.wanting(Texts.DONE), "translations", Role.VIEWER),
    Scene("translations-file", places.wanting(Texts.DONE), "texts_for_translators"),
    Scene(
        "translations-file-wrong",
        places.wanting(Texts.DONE),
        "/enrichment/translations/file",
        status=422,
        sent=True,
    ),
    Scene("translations-service", places.wanting(Texts.DONE), "texts_for_service"),
    Scene("translations-no-service", places.without_service, "texts_for_service"),
    Scene("texts-working", places.wanting(Texts.WORKING), "texts"),
    Scene(
        "texts-made",
        places.wanting(Texts.DONE, texts=3100, size=1_900_000, file=UUID(int=1)),
        "texts",
    ),
    Scene("texts-nothing", places.wanting(Texts.DONE), "texts"),
    Scene("texts-counted", places.wanting(Texts.COUNTED, **COUNTED), "texts"),
    Scene("texts-counted-editor", places.wanting(Texts.COUNTED, **COUNTED), "texts", Role.EDITOR),
    Scene("texts-stopped", places.wanting(Texts.STOPPED, problem="The disk is full."), "texts"),
    # Connection
    Scene("connection", places.several_people, "connection"),
    Scene("connection-viewer", places.several_people, "connection", Role.VIEWER),
    Scene("connection-refused-scopes", places.refused_scopes, "connection"),
    Scene("connection-disconnected", places.disconnected, "connection"),
    Scene("connection-disconnect", places.in_step, "disconnect"),
    Scene("events-off", places.in_step, "events"),
    Scene("events-off-viewer", places.in_step, "events", Role.VIEWER),
    Scene("events", places.events_standing(state=Events.ACTIVE), "events"),
    Scene("events-viewer", places.events_standing(state=Events.ACTIVE), "events", Role.VIEWER),
    Scene("events-no-box", places.events_standing(state=Events.STARTING, obstacle="box"), "events"),
    Scene(
        "events-suspended",
        places.events_standing(
            state=Events.SUSPENDED, obstacle="akeneo", reason="Success rate dropped below 90%"
        ),
        "events",
    ),
    Scene(
        "events-suspended-here",
        places.events_standing(state=Events.SUSPENDED, paused_by="Vera Miller"),
        "events",
    ),
    Scene("events-catalog", places.events_standing(state=Events.ACTIVE), "catalog"),
    Scene("events-switch-off", places.events_standing(state=Events.ACTIVE), "events_off"),
    Scene("connection-credentials", places.in_step, "credentials"),
    Scene("invitation", places.invited, "invitation", NOBODY),
    Scene("invitation-unknown", places.unknown_invitation, "invitation", NOBODY, status=404),
    Scene("connection-new-secret", places.with_own_app, "new_secret", NOBODY),
    # What happened
    Scene("notices", places.with_notices, "notices"),
    Scene("notices-none", places.in_step, "notices"),
    Scene("alerts", places.told_by_mail, "alerts"),
    Scene("alerts-first", places.in_step, "alerts"),
    Scene("alerts-unconfirmed", places.address_unconfirmed, "alerts"),
    Scene("alerts-refused", places.address_refused, "alerts"),
    Scene("alerts-confirm", places.link_to_confirm, "confirm_address", NOBODY),
    Scene("alerts-confirmed", places.link_to_confirm, "confirm_address", NOBODY, sent=True),
    Scene("alerts-stop", places.link_to_stop, "stop_alerts", NOBODY),
    Scene("alerts-stopped", places.link_to_stop, "stop_alerts", NOBODY, sent=True),
    Scene("alerts-link-unknown", places.unknown_invitation, "stop_alerts", NOBODY, status=404),
    Scene("alerts-webhook", places.with_alert_webhook, "alert_webhook"),
    Scene("alerts-webhook-none", places.in_step, "alert_webhook"),
    Scene("home-with-news", places.with_notices, "home"),
    # Help, and what goes wrong
    Scene("help", places.in_step, "help"),
    Scene("help-signed-out", places.not_synced, "help", NOBODY),
    Scene("not-found", places.in_step, "/nowhere", status=404),
    Scene("refused", places.not_synced, "/oauth/activate?pim_url=nonsense", NOBODY, status=400),
    Scene("too-many", places.too_many_failures, "/oauth/activate?pim_url=x", NOBODY, status=429),
    Scene("wrong-broken", places.not_synced, "/wrong/broken", NOBODY, status=500),
    Scene("wrong-nonsense", places.not_synced, "/wrong/nonsense", NOBODY, status=400),
    Scene("wrong-forged", places.not_synced, "/wrong/forged", NOBODY, status=403),
]


def _admin_scenes() -> list[Scene]:
    scenes = [
        Scene("admin-login", places.not_synced, "/admin/login/", NOBODY),
        Scene("admin", places.everything, "/admin/", STAFF),
        Scene("admin-new", places.as_new, "/admin/", STAFF),
        Scene("admin-in-trouble", places.in_trouble, "/admin/", STAFF),
        Scene("admin-on-a-copy", places.a_copy, "/admin/", STAFF),
    ]
    for model in admin.site._registry:
        name = f"admin-{model._meta.app_label}-{model._meta.model_name}"
        scenes += [
            Scene(name, _with_row_of(model, "changelist"), "changelist", STAFF),
            Scene(f"{name}-one", _with_row_of(model, "change"), "change", STAFF),
        ]
    return scenes


def _with_row_of(model: type[Model], view: str) -> Situation:
    def situation(place: Place) -> None:
        places.everything(place)
        row = model._default_manager.last()
        address = f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"
        if row is not None:
            arguments = [row.pk] if view == "change" else []
            place.more["path"] = reverse(address, args=arguments)

    return situation


ADMIN = _admin_scenes()
GALLERY = [*PAGES, *ADMIN]


def situations(scenes: Iterable[Scene]) -> dict[Situation, list[Scene]]:
    """The scenes by what they are about: it takes longer to set up than to look at."""
    found: dict[Situation, list[Scene]] = {}
    for scene in scenes:
        found.setdefault(scene.situation, []).append(scene)
    return found


def _path(page: str, place: Place) -> str:
    if page.startswith("/"):
        return page
    if page in ("changelist", "change"):
        return str(place.more["path"])
    pattern = next(one for one in urlpatterns if one.name == page)
    owner = str(pattern.pattern).partition("/")[0]
    values = {name: _value_of(name, owner, place) for name in pattern.pattern.converters}
    return reverse(f"pages:{page}", kwargs=values, query=place.more.get("query"))


def _value_of(name: str, owner: str, place: Place) -> Any:
    """What the place has for this part of an address that begins with `owner`."""
    if name in place.more:
        return place.more[name]
    if name == "key":
        assert place.listing is not None
        return place.listing.key
    owners: dict[str, Callable[[], Any]] = {
        "channels": lambda: place.channel,
        "catalogs": lambda: place.catalog,
        "listings": lambda: place.listing,
        "runs": lambda: place.run,
    }
    return owners[owner]().uuid


def world_of_gallery(make_world: Callable[[int], World]) -> World:
    """What scenes are set up in: a small PIM, and a mapped catalog that was never synced."""
    world = make_world(6)
    world.catalog.delete()
    world.catalog = world.add_catalog("Web shop products", raw=False)
    world.catalog.pim_state = Catalog.PimState.ENABLED  # as a run or a look at it finds out
    world.catalog.save()
    return world
