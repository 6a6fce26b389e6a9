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
from tests.gallery import catalogs, enriching, first_steps, people, telling
from tests.gallery.place import Place, Situation
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
    Scene("home-first-visit", catalogs.as_new, "home"),
    Scene("home-first-visit-viewer", catalogs.as_new, "home", Role.VIEWER),
    Scene("home-no-catalog", catalogs.without_catalogs, "home"),
    Scene("home-not-synced", catalogs.not_synced, "home"),
    Scene("home-in-step", catalogs.in_step, "home"),
    Scene("home-many", catalogs.many, "home"),
    Scene("home-running", catalogs.running, "home"),
    Scene("home-held", catalogs.held, "home"),
    Scene("home-parked", catalogs.parked, "home"),
    Scene("home-parked-viewer", catalogs.parked, "home", Role.VIEWER),
    Scene("home-disabled", catalogs.disabled, "home"),
    Scene("home-failed", catalogs.failed, "home"),
    Scene("home-disconnected", catalogs.disconnected, "home"),
    Scene("home-reconnected", catalogs.reconnected, "home"),
    Scene("home-being-removed", catalogs.channel_being_removed, "home"),
    Scene("home-refused-scopes", catalogs.refused_scopes, "home"),
    Scene("home-on-a-copy", catalogs.a_copy, "home"),
    Scene("home-signed-out", catalogs.not_synced, "home", NOBODY),
    # Channels
    Scene("channel-kinds", catalogs.as_new, "choose_kind"),
    Scene("channel-kinds-editor", catalogs.as_new, "choose_kind", Role.EDITOR, status=403),
    Scene("channel-new-http", catalogs.as_new, "/channels/new/http"),
    Scene("channel-new-file", catalogs.as_new, "/channels/new/file"),
    Scene("channel-new-shopify", catalogs.as_new, "/channels/new/shopify"),
    Scene("channel-new-vendure", catalogs.as_new, "/channels/new/vendure"),
    Scene("channel-new-wrong", catalogs.as_new, "/channels/new/http", status=422, sent=True),
    Scene("channel", catalogs.in_step, "channel"),
    Scene("channel-without-catalogs", catalogs.without_catalogs, "channel"),
    Scene("channel-many", catalogs.many, "channel"),
    Scene("channel-viewer", catalogs.in_step, "channel", Role.VIEWER),
    Scene("channel-editor", catalogs.in_step, "channel", Role.EDITOR),
    Scene("channel-paused", catalogs.channel_paused, "channel"),
    Scene("channel-timed", catalogs.timed, "channel"),
    Scene("channel-unreachable", catalogs.unreachable, "channel"),
    Scene("channel-being-removed", catalogs.channel_being_removed, "channel"),
    Scene("channel-edit", catalogs.in_step, "edit_channel"),
    Scene("channel-another", catalogs.in_step, "another_channel"),
    Scene("channel-delete", catalogs.in_step, "delete_channel"),
    Scene("channel-pause", catalogs.in_step, "pause_channel"),
    Scene("channel-timetable-empty", catalogs.in_step, "timetable"),
    Scene("channel-timetable", catalogs.timed, "timetable"),
    Scene("channel-timetable-remove", catalogs.timed, "remove_from_timetable"),
    Scene("channel-fields-none", catalogs.in_step, "fields"),
    Scene("channel-fields", catalogs.with_fields, "fields"),
    Scene("channel-field", catalogs.with_fields, "field"),
    Scene("feed-none", catalogs.feed, "feed"),
    Scene("feed", catalogs.feed_written, "feed"),
    # Setting up
    Scene("setup-configure", first_steps.to_configure, "set_up"),
    Scene("setup-configure-viewer", first_steps.to_configure, "set_up", Role.VIEWER),
    Scene("setup-configured", first_steps.configured, "set_up"),
    Scene("setup-look", first_steps.to_look_at, "set_up"),
    Scene("setup-looking", first_steps.looking, "set_up"),
    Scene("setup-looked", first_steps.looked_at, "set_up"),
    Scene("setup-looked-viewer", first_steps.looked_at, "set_up", Role.VIEWER),
    Scene("setup-looked-no-product", first_steps.looked_at_nothing, "set_up"),
    Scene("setup-looked-unmapped", first_steps.looked_at_unmapped, "set_up"),
    Scene("setup-first", first_steps.first_to_send, "set_up"),
    Scene("setup-first-sent", first_steps.first_sent, "set_up"),
    Scene("setup-all", first_steps.all_to_send, "set_up"),
    Scene("setup-all-editor", first_steps.all_to_send, "set_up", Role.EDITOR),
    Scene("setup-all-sending", first_steps.sending_all, "set_up"),
    Scene("setup-all-paused", first_steps.sending_all_paused, "set_up"),
    Scene("setup-all-stopped", first_steps.sending_all_stopped, "set_up"),
    Scene("setup-done", first_steps.all_sent, "set_up"),
    # Catalogs
    Scene("catalog-new", catalogs.without_catalogs, "new_catalog"),
    Scene("catalog-not-synced", catalogs.not_synced, "catalog"),
    Scene("catalog-not-enabled", catalogs.not_enabled_yet, "catalog"),
    Scene("catalog", catalogs.in_step, "catalog"),
    Scene("catalog-editor", catalogs.in_step, "catalog", Role.EDITOR),
    Scene("catalog-viewer", catalogs.in_step, "catalog", Role.VIEWER),
    Scene("catalog-many", catalogs.many, "catalog"),
    Scene("catalog-running", catalogs.running, "catalog"),
    Scene("catalog-put-off", catalogs.put_off, "catalog"),
    Scene("catalog-held", catalogs.held, "catalog"),
    Scene("catalog-parked", catalogs.parked, "catalog"),
    Scene("catalog-lacking", catalogs.lacking, "catalog"),
    Scene("catalog-disabled", catalogs.disabled, "catalog"),
    Scene("catalog-gone", catalogs.gone, "catalog"),
    Scene("catalog-failed", catalogs.failed, "catalog"),
    Scene("catalog-paused", catalogs.paused, "catalog"),
    Scene("catalog-channel-paused", catalogs.channel_paused, "catalog"),
    Scene("catalog-timed", catalogs.timed, "catalog"),
    Scene("catalog-archived", catalogs.archived, "catalog"),
    Scene("catalog-being-removed", catalogs.being_removed, "catalog"),
    Scene("catalog-disconnected", catalogs.disconnected, "catalog"),
    Scene("catalog-reconnected", catalogs.reconnected, "catalog"),
    Scene("catalog-unreachable", catalogs.unreachable, "catalog"),
    Scene("catalog-on-a-copy", catalogs.a_copy, "catalog"),
    Scene("catalog-settings", catalogs.in_step, "catalog_settings"),
    Scene("catalog-settings-viewer", catalogs.in_step, "catalog_settings", Role.VIEWER, status=403),
    Scene("catalog-content", catalogs.in_step, "catalog_content"),
    Scene("catalog-feedback", catalogs.in_step, "catalog_feedback"),
    Scene("catalog-feedback-set", enriching.fed_back, "catalog_feedback"),
    Scene("catalog-pause", catalogs.in_step, "pause"),
    Scene("catalog-delete", catalogs.in_step, "delete_catalog"),
    Scene("catalog-delete-undecided", catalogs.in_step, "delete_catalog", status=422, sent=True),
    Scene("parked-none", catalogs.in_step, "parked"),
    Scene("parked", catalogs.parked, "parked"),
    Scene("parked-many", catalogs.many, "parked"),
    Scene("parked-viewer", catalogs.parked, "parked", Role.VIEWER),
    Scene("catalog-preview", catalogs.in_step, "preview_of_catalog"),
    Scene("catalog-preview-none", catalogs.not_synced, "preview_of_catalog"),
    Scene("held-none", catalogs.in_step, "held"),
    Scene("held", catalogs.held, "held"),
    Scene("held-viewer", catalogs.held, "held", Role.VIEWER),
    Scene("take-up", catalogs.reconnected, "take_up"),
    Scene("take-up-compared", catalogs.compared, "take_up"),
    # Runs
    Scene("run", catalogs.in_step, "run"),
    Scene("run-running", catalogs.running, "run"),
    Scene("run-running-viewer", catalogs.running, "run", Role.VIEWER),
    Scene("run-stop", catalogs.running, "stop_run"),
    Scene("run-put-off", catalogs.put_off, "run"),
    Scene("run-held", catalogs.held, "run"),
    Scene("run-held-viewer", catalogs.held, "run", Role.VIEWER),
    Scene("run-refused", catalogs.parked, "run"),
    Scene("run-lacking", catalogs.lacking, "run"),
    Scene("run-stopped", catalogs.disabled, "run"),
    Scene("run-failed", catalogs.failed, "run"),
    Scene("run-tried", catalogs.compared, "run"),
    Scene("run-undo", catalogs.in_step, "undo"),
    Scene("difference", catalogs.compared, "difference"),
    Scene("difference-none", catalogs.without_difference, "difference"),
    # Products
    Scene("product", catalogs.in_step, "product"),
    Scene("product-viewer", catalogs.in_step, "product", Role.VIEWER),
    Scene("product-parked", catalogs.parked, "product"),
    Scene("product-held", catalogs.held, "product"),
    Scene("product-left", catalogs.left, "product"),
    Scene("product-of-variants", catalogs.of_variants, "product"),
    Scene("products", catalogs.in_step, "/products"),
    Scene("products-found", catalogs.in_step, "/products?q=Product"),
    Scene("products-none", catalogs.in_step, "/products?q=nothing-is-called-so"),
    Scene("product-link", catalogs.in_step, "/connection/product-link"),
    Scene("product-earlier", catalogs.changed_lately, "send_earlier"),
    Scene("product-unknown", catalogs.in_step, "/products/00000000-0000-4000-8000-000000000000"),
    Scene("preview", catalogs.in_step, "preview"),
    Scene("preview-different", catalogs.different, "preview"),
    Scene("preview-nothing", catalogs.left, "preview"),
    Scene("preview-of-variants", catalogs.of_variants, "preview"),
    # Enrichment
    Scene("enrichment-off", catalogs.in_step, "enrichment"),
    Scene("enrichment-off-viewer", catalogs.in_step, "enrichment", Role.VIEWER),
    Scene("enrichment-not-granted", enriching.not_granted_to_write, "enrichment"),
    Scene("enrichment-nothing-yet", enriching.enriched, "enrichment"),
    Scene("enrichment", enriching.offered, "enrichment"),
    Scene("enrichment-source-new", enriching.enriched, "new_source"),
    Scene(
        "enrichment-source-wrong",
        enriching.enriched,
        "/enrichment/sources/new",
        status=422,
        sent=True,
    ),
    Scene("enrichment-source", enriching.enriched, "source"),
    Scene("enrichment-source-of-files-new", enriching.enriched, "new_files_source"),
    Scene("enrichment-source-of-files", enriching.source_of_files, "source"),
    Scene("enrichment-switch-off", enriching.offered, "enrichment_off"),
    Scene("enrichment-switch-off-none", catalogs.in_step, "enrichment_off"),
    Scene("offer-of-pictures", enriching.pictures_offered, "offer"),
    Scene(
        "offer-of-translations", enriching.translations_offered(Proposal.State.PROPOSED), "offer"
    ),
    Scene(
        "offer-of-translations-earlier",
        enriching.translations_offered(
            Proposal.State.EARLIER,
            "The text that it is a translation of was changed in the PIM after it was offered.",
        ),
        "offer",
    ),
    Scene("enrichment-source-remove", enriching.enriched, "remove_source"),
    Scene("requests-none", enriching.enriched, "requests"),
    Scene("requests-none-viewer", enriching.enriched, "requests", Role.VIEWER),
    Scene("requests", enriching.asked_for, "requests"),
    Scene("requests-settings", enriching.enriched, "requests_settings"),
    Scene("requests-settings-no-service", enriching.without_service, "requests_settings"),
    Scene("requests-attributes", enriching.enriched, "requests_attributes"),
    Scene("requests-attributes-to-create", enriching.may_create, "requests_attributes"),
    Scene("offer", enriching.offered, "offer"),
    Scene("offer-viewer", enriching.offered, "offer", Role.VIEWER),
    Scene("offer-reading", enriching.offered_and(Offer.State.READING), "offer"),
    Scene("offer-writing", enriching.offered_and(Offer.State.WRITING), "offer"),
    Scene("offer-stopped", enriching.offered_and(Offer.State.STOPPED, "It is off."), "offer"),
    Scene("offer-done", enriching.offered_and(Offer.State.DONE), "offer"),
    Scene("offer-undo", enriching.offered_and(Offer.State.DONE), "undo_offer"),
    Scene("offer-undo-nothing", enriching.offered_and(Offer.State.WRITING), "undo_offer"),
    Scene("product-offered", enriching.offered, "product"),
    Scene("translations-off", catalogs.in_step, "translations"),
    Scene("translations-nothing-yet", enriching.without_service, "translations"),
    Scene("translations", enriching.wanting(Texts.DONE), "translations"),
    Scene("translations-viewer", enriching.wanting(Texts.DONE), "translations", Role.VIEWER),
    Scene("translations-file", enriching.wanting(Texts.DONE), "texts_for_translators"),
    Scene(
        "translations-file-wrong",
        enriching.wanting(Texts.DONE),
        "/enrichment/translations/file",
        status=422,
        sent=True,
    ),
    Scene("translations-service", enriching.wanting(Texts.DONE), "texts_for_service"),
    Scene("translations-no-service", enriching.without_service, "texts_for_service"),
    Scene("texts-working", enriching.wanting(Texts.WORKING), "texts"),
    Scene(
        "texts-made",
        enriching.wanting(Texts.DONE, texts=3100, size=1_900_000, file=UUID(int=1)),
        "texts",
    ),
    Scene("texts-nothing", enriching.wanting(Texts.DONE), "texts"),
    Scene("texts-counted", enriching.wanting(Texts.COUNTED, **COUNTED), "texts"),
    Scene(
        "texts-counted-editor", enriching.wanting(Texts.COUNTED, **COUNTED), "texts", Role.EDITOR
    ),
    Scene("texts-stopped", enriching.wanting(Texts.STOPPED, problem="The disk is full."), "texts"),
    # Connection
    Scene("connection", people.several_people, "connection"),
    Scene("connection-viewer", people.several_people, "connection", Role.VIEWER),
    Scene("connection-refused-scopes", catalogs.refused_scopes, "connection"),
    Scene("connection-disconnected", catalogs.disconnected, "connection"),
    Scene("connection-disconnect", catalogs.in_step, "disconnect"),
    Scene("events-off", catalogs.in_step, "events"),
    Scene("events-off-viewer", catalogs.in_step, "events", Role.VIEWER),
    Scene("events", telling.events_standing(state=Events.ACTIVE), "events"),
    Scene("events-viewer", telling.events_standing(state=Events.ACTIVE), "events", Role.VIEWER),
    Scene(
        "events-no-box", telling.events_standing(state=Events.STARTING, obstacle="box"), "events"
    ),
    Scene(
        "events-suspended",
        telling.events_standing(
            state=Events.SUSPENDED, obstacle="akeneo", reason="Success rate dropped below 90%"
        ),
        "events",
    ),
    Scene(
        "events-suspended-here",
        telling.events_standing(state=Events.SUSPENDED, paused_by="Vera Miller"),
        "events",
    ),
    Scene("events-catalog", telling.events_standing(state=Events.ACTIVE), "catalog"),
    Scene("events-switch-off", telling.events_standing(state=Events.ACTIVE), "events_off"),
    Scene("connection-credentials", catalogs.in_step, "credentials"),
    Scene("invitation", people.invited, "invitation", NOBODY),
    Scene("invitation-unknown", people.unknown_invitation, "invitation", NOBODY, status=404),
    Scene("connection-new-secret", people.with_own_app, "new_secret", NOBODY),
    # What happened
    Scene("notices", telling.with_notices, "notices"),
    Scene("notices-none", catalogs.in_step, "notices"),
    Scene("alerts", telling.told_by_mail, "alerts"),
    Scene("alerts-first", catalogs.in_step, "alerts"),
    Scene("alerts-unconfirmed", telling.address_unconfirmed, "alerts"),
    Scene("alerts-refused", telling.address_refused, "alerts"),
    Scene("alerts-confirm", telling.link_to_confirm, "confirm_address", NOBODY),
    Scene("alerts-confirmed", telling.link_to_confirm, "confirm_address", NOBODY, sent=True),
    Scene("alerts-stop", telling.link_to_stop, "stop_alerts", NOBODY),
    Scene("alerts-stopped", telling.link_to_stop, "stop_alerts", NOBODY, sent=True),
    Scene("alerts-link-unknown", people.unknown_invitation, "stop_alerts", NOBODY, status=404),
    Scene("alerts-webhook", telling.with_alert_webhook, "alert_webhook"),
    Scene("alerts-webhook-none", catalogs.in_step, "alert_webhook"),
    Scene("home-with-news", telling.with_notices, "home"),
    # Help, and what goes wrong
    Scene("help", catalogs.in_step, "help"),
    Scene("help-signed-out", catalogs.not_synced, "help", NOBODY),
    Scene("not-found", catalogs.in_step, "/nowhere", status=404),
    Scene("refused", catalogs.not_synced, "/oauth/activate?pim_url=nonsense", NOBODY, status=400),
    Scene("too-many", people.too_many_failures, "/oauth/activate?pim_url=x", NOBODY, status=429),
    Scene("wrong-broken", catalogs.not_synced, "/wrong/broken", NOBODY, status=500),
    Scene("wrong-nonsense", catalogs.not_synced, "/wrong/nonsense", NOBODY, status=400),
    Scene("wrong-forged", catalogs.not_synced, "/wrong/forged", NOBODY, status=403),
]


def _admin_scenes() -> list[Scene]:
    scenes = [
        Scene("admin-login", catalogs.not_synced, "/admin/login/", NOBODY),
        Scene("admin", people.everything, "/admin/", STAFF),
        Scene("admin-new", catalogs.as_new, "/admin/", STAFF),
        Scene("admin-in-trouble", people.in_trouble, "/admin/", STAFF),
        Scene("admin-on-a-copy", catalogs.a_copy, "/admin/", STAFF),
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
        people.everything(place)
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
