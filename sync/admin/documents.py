"""Documents in admin, readable and side by side."""

from dataclasses import dataclass
from typing import Any

import msgspec
from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat

from connections.admin_base import ReadOnlyAdmin, Table, link_to
from sync.admin.parts import listing_status_label
from sync.fields import pretty
from sync.models import Document, Listing

_CHARACTERS_SHOWN = 100_000
_LISTINGS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document as a page shows it, under what it is there."""

    title: str
    body: str  # empty: there is none
    is_cut: bool = False


def sheet(title: str, document: Document | None) -> Sheet:
    body = pretty(document.body) if document else ""
    return Sheet(title, body[:_CHARACTERS_SHOWN], len(body) > _CHARACTERS_SHOWN)


def difference(before: Document | None, after: Document | None) -> str:
    """Return a sentence about which parts of two documents differ."""
    if before is None or after is None:
        return ""
    if before.pk == after.pk:
        return "They are equal."
    old, new = (_parts(document.body) for document in (before, after))
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return f"They differ in: {', '.join(differing)}." if differing else "They differ in form only."


def _parts(body: str) -> dict[str, bytes]:
    """Return the values of a JSON object as they are written."""
    try:
        raw = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return {}
    return {name: bytes(value) for name, value in raw.items()}


class SheetsAdmin(ReadOnlyAdmin):
    """Rows whose page shows documents side by side."""

    change_form_outer_after_template = "admin/sync/sheets.html"

    def get_sheets(self, row: Any) -> tuple[list[Sheet], str]:
        """Return the documents, and a sentence about them."""
        raise NotImplementedError  # subclasses do; Django's metaclass excludes ABC

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["sheets"], context["about_sheets"] = self.get_sheets(row)
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Document)
class DocumentAdmin(SheetsAdmin):
    list_display = ("short_digest", "size", "created_at")
    list_filter = ("created_at",)
    search_fields = ("^digest",)
    ordering = ("-pk",)
    fields = ("digest", "size", "created_at")
    readonly_fields = ("size",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        documents: QuerySet[Document] = super().get_queryset(request)
        return documents.defer("body").annotate(length=Length("body"))

    def get_sheets(self, row: Document) -> tuple[list[Sheet], str]:
        return [sheet("Content", row)], ""

    def get_tables(self, request: HttpRequest, row: Document) -> list[Table]:
        return [
            self._listings("Wanted for", Listing.objects.filter(wanted=row)),
            self._listings("On the channel for", Listing.objects.filter(sent=row)),
        ]

    @admin.display(description="digest")
    def short_digest(self, row: Document) -> str:
        return row.digest[:12]

    @admin.display(description="size")
    def size(self, row: Any) -> str:
        return filesizeformat(row.length)

    def _listings(self, title: str, listings: QuerySet[Listing]) -> Table:
        shown = listings.select_related("catalog").order_by("pk")[: _LISTINGS_SHOWN + 1]
        rows = [(link_to(one), one.catalog.name, listing_status_label(one)) for one in shown]
        more = "And more." if len(rows) > _LISTINGS_SHOWN else ""
        return Table(title, ("Product", "Catalog", "Status"), rows[:_LISTINGS_SHOWN], more)
