"""What several lists of the sync share: labels, a filter by catalog, counting."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalogs.models import Catalog
from connections.admin_base import label, may_either
from connections.names import searchable
from sync.models import Listing, Run
from sync.search import find_pks

FOUND = 200  # products that a search looks at
_RUN_COLOURS = {
    Run.Status.QUEUED: "info",
    Run.Status.RUNNING: "info",
    Run.Status.SUCCEEDED: "success",
    Run.Status.HELD: "warning",
    Run.Status.STOPPED: "danger",
    Run.Status.FAILED: "danger",
}
_RUN_WORDS = {Run.Status.HELD: "Done, held", Run.Status.STOPPED: "Stopped"}
_LISTING_COLOURS = {
    Listing.Status.WAITING: "info",
    Listing.Status.IN_FLIGHT: "info",
    Listing.Status.LISTED: "success",
    Listing.Status.PARKED: "danger",
    Listing.Status.HELD: "warning",
}


def run_status_words(status: str) -> str:
    state = Run.Status(status)
    return str(_RUN_WORDS.get(state, state.label))


def run_status_label(status: str) -> SafeString:
    return label(run_status_words(status), _RUN_COLOURS[Run.Status(status)])


def listing_status_label(listing: Listing) -> SafeString:
    state = Listing.Status(listing.status)
    return label(state.label, _LISTING_COLOURS.get(state, ""))


def may(request: HttpRequest, permission: str) -> bool:
    return bool(request.user.has_perm(permission))


def number_in(text: str) -> int | None:
    """Return the number that somebody searches for; one of very many digits is no row's."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


@dataclass(frozen=True, slots=True)
class Called:
    """How much is called like what somebody searches for, whatever the filters say."""

    number: int
    there_are_more: bool


def listings_called(request: HttpRequest, text: str) -> list[int]:
    """Return listings of any catalog that are called like that, or have this id on a channel.

    The list's template finds beside the request how many they are: filters look among them alone.
    """
    found = find_pks(Catalog.objects.order_by("pk"), text, FOUND + 1)
    of_channel = Listing.objects.filter(external_id=searchable(text)).exclude(external_id="")
    pks = [*found[:FOUND], *of_channel.values_list("pk", flat=True)[:FOUND]]
    cast(Any, request).called = Called(len(pks), there_are_more=len(found) > FOUND)
    return pks


def may_retry(request: HttpRequest) -> bool:
    """Who may decide about listings may send them again; support may do only that."""
    return may_either(request, "sync.retry_listing", "sync.change_listing")


def name_of(request: HttpRequest) -> str:
    """Return who did it, as people of the PIM read it beside a run."""
    user: Any = request.user
    return str(user.get_full_name() or user.get_username())


class CatalogFilter(admin.RelatedFieldListFilter):
    """By catalog, told apart by channel and PIM: names repeat."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, Any]]:
        rows = Catalog.objects.order_by("name", "pk").values_list(
            "pk", "name", "channel__name", "channel__connection__pim_url"
        )
        return [
            (pk, f"{name} ({channel}, {url.split('://')[-1]})") for pk, name, channel, url in rows
        ]
