"""Catalogs in admin: how their sync stands, and what sets it going."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from catalogs.admin.catalog_admin import CatalogAdmin as CatalogAdminBelow
from catalogs.models import Catalog
from catalogs.pauses import paused_in_words
from catalogs.timetables import closing_of
from catalogs.wording import counted
from connections.admin_base import (
    Table,
    changelist_url,
    link,
    moment,
    once,
    register_anew,
)
from outbound.errors import ConfigurationError
from sync.admin.parts import may, may_retry, name_of, run_status_label
from sync.admin.removal import RemovalAdmin
from sync.attention import not_in_pim, stuck, with_last_run, with_waiting_for_people
from sync.forms import RemovalForm
from sync.listings import retry_parked
from sync.models import Listing, Run
from sync.ordering import reorder
from sync.removal import remove_catalog
from sync.runs import AlreadyRunning, push_what_waits, start_run
from sync.setting_up import refuse_setting_up
from sync.status import Counts, counts_of, notes_of
from sync.steps import to_do
from sync.urgent import refuse_while_resting

_RUNS_SHOWN = 5
_Status = Listing.Status


class AttentionFilter(admin.SimpleListFilter):
    title = "trouble"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("stuck", "Last run stopped or failed"),
            ("pim", "Not enabled, or deleted, in the PIM"),
            ("held", "Products wait for a decision"),
            ("parked", "Products were refused"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "stuck":
                return stuck(queryset)
            case "pim":
                return not_in_pim(queryset)
            case "held":
                return queryset.filter(held__gt=0)
            case "parked":
                return queryset.filter(parked__gt=0)
        return queryset


@register_anew(Catalog)
class CatalogAdmin(RemovalAdmin, CatalogAdminBelow):
    list_display: Any = (*CatalogAdminBelow.list_display, "last_run", "needs")
    list_filter: ClassVar[Any] = (AttentionFilter, *CatalogAdminBelow.list_filter)
    actions: Any = (
        "sync_now",
        "full_sync",
        "dry_run",
        "retry_parked_products",
        "move_up",
        "move_down",
        *CatalogAdminBelow.actions,
    )
    object_actions: ClassVar[Any] = (
        "sync_now",
        "full_sync",
        "dry_run",
        "retry_parked_products",
        "move_up",
        "move_down",
        *CatalogAdminBelow.object_actions,
    )

    standing_fields: ClassVar[Any] = (
        *CatalogAdminBelow.standing_fields,
        "last_run",
        "problem",
        "notes",
    )
    readonly_fields: ClassVar[Any] = (
        *CatalogAdminBelow.readonly_fields,
        "last_run",
        "problem",
        "notes",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Catalog]:
        return with_waiting_for_people(with_last_run(super().get_queryset(request)))

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return may(request, "sync.add_run")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return may_retry(request)

    def get_object_actions(self, request: HttpRequest, row: Any) -> list[str]:
        if not row.is_active:
            return []
        useless = set() if row.parked else {"retry_parked_products"}
        if not row.is_started:
            useless |= {"sync_now", "full_sync"}
        if row.channel.catalogs.count() == 1:
            useless |= {"move_up", "move_down"}
        return [name for name in self.object_actions if name not in useless]

    def get_tables(self, request: HttpRequest, row: Any) -> list[Table]:
        return [self._products(row), self._runs(row)]

    def catalogs_of(self, row: Catalog) -> list[Catalog]:
        return [row]

    def removal_form(self, row: Catalog, data: Any) -> RemovalForm:
        return RemovalForm.of_catalog(row, data)

    def remove(
        self, row: Catalog, on_shop: Catalog.OnShop, in_pim: Catalog.InPim, *, by: str
    ) -> None:
        remove_catalog(row, on_shop=on_shop, in_pim=in_pim, by=by)

    @admin.action(description="Sync now", permissions=["sync"])
    def sync_now(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        self._start(request, queryset, None)

    @admin.action(description="Sync everything now", permissions=["sync"])
    def full_sync(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        self._start(request, queryset, Run.Mode.FULL)

    @admin.action(description="Try without sending", permissions=["sync"])
    def dry_run(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        self._start(request, queryset, Run.Mode.FULL, dry_run=True)

    @admin.action(description="Send refused products again", permissions=["retry"])
    def retry_parked_products(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        retried = 0
        for catalog in queryset:
            if not catalog.is_active:
                continue
            try:
                refuse_while_resting(catalog)
            except ConfigurationError as error:
                self.message_user(request, f"{catalog}: {error.message}", messages.WARNING)
                continue
            if number := retry_parked(catalog):
                retried += number
                push_what_waits(catalog, by=name_of(request))
        sentence = ngettext("%d product is sent again.", "%d products are sent again.", retried)
        level = messages.SUCCESS if retried else messages.INFO
        self.message_user(request, sentence % retried, level)

    @admin.action(description="Move up on its channel", permissions=["change"])
    def move_up(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        self._move(request, list(queryset.order_by("position", "pk")), -1)

    @admin.action(description="Move down on its channel", permissions=["change"])
    def move_down(self, request: HttpRequest, queryset: QuerySet[Catalog]) -> None:
        self._move(request, list(queryset.order_by("-position", "-pk")), 1)

    def _move(self, request: HttpRequest, catalogs: list[Catalog], steps: int) -> None:
        moved = 0
        for catalog in catalogs:
            siblings = catalog.channel.catalogs.order_by("position", "pk")
            order = list(siblings.values_list("uuid", flat=True))
            here = order.index(catalog.uuid)
            there = here + steps
            if not 0 <= there < len(order):
                continue
            order[here], order[there] = order[there], order[here]
            try:
                reorder(catalog.channel, order, by=name_of(request))
            except ConfigurationError as error:
                self.message_user(request, error.message, messages.ERROR)
                return
            moved += 1
        sentence = ngettext("%d catalog was moved.", "%d catalogs were moved.", moved)
        level = messages.SUCCESS if moved else messages.INFO
        self.message_user(request, sentence % moved, level)

    def _start(
        self,
        request: HttpRequest,
        catalogs: QuerySet[Catalog],
        mode: Run.Mode | None,
        *,
        dry_run: bool = False,
    ) -> None:
        started = busy = resting = 0
        for catalog in catalogs:
            if not catalog.is_active:
                resting += 1
                continue
            try:
                if not dry_run:
                    refuse_setting_up(catalog)
            except ConfigurationError as error:
                self.message_user(request, error.message, messages.WARNING)
                continue
            if catalog.is_paused:
                said = f"{catalog} is {paused_in_words(catalog)} Resume it to sync it."
                self.message_user(request, said, messages.WARNING)
                continue
            try:
                by = name_of(request)
                start_run(catalog, Run.Trigger.MANUAL, mode=mode, dry_run=dry_run, started_by=by)
                started += 1
            except AlreadyRunning:
                busy += 1
        if started:
            sentence = ngettext("%d run was started.", "%d runs were started.", started)
            self.message_user(request, sentence % started, messages.SUCCESS)
        if busy:
            sentence = ngettext(
                "%d catalog has a run under way already.",
                "%d catalogs have a run under way already.",
                busy,
            )
            self.message_user(request, sentence % busy, messages.INFO)
        if resting:
            sentence = ngettext(
                "%d catalog is archived or being removed, so it is not synced.",
                "%d catalogs are archived or being removed, so they are not synced.",
                resting,
            )
            self.message_user(request, sentence % resting, messages.WARNING)

    @admin.display(description="last run", ordering="last_run_status")
    def last_run(self, row: Any) -> SafeString | str:
        if row.last_run_id is None:
            return "None yet"
        url = reverse("admin:sync_run_change", args=[row.last_run_id])
        return format_html('<a href="{}">{}</a>', url, run_status_label(row.last_run_status))

    @admin.display(description="its problem")
    @once
    def problem(self, row: Any) -> str:
        last = self._last(row)
        return last.problem if last else ""

    @admin.display(description="when it syncs")
    @once
    def notes(self, row: Any) -> str:
        last = self._last(row)
        notes = notes_of(row, self._counts(row), last, closing_of(row.channel))
        if not row.is_started:
            notes.insert(0, to_do(row, last))
        return " ".join(notes) or "As its schedule says."

    @admin.display(description="needs a person")
    def needs(self, row: Any) -> SafeString | str:
        found = [(row.held, "held", _Status.HELD), (row.parked, "refused", _Status.PARKED)]
        links = [
            link(_listings(row, status), f"{number:,} {word}")
            for number, word, status in found
            if number
        ]
        return format_html(" · ".join("{}" for _ in links), *links) if links else ""

    @once
    def _last(self, row: Any) -> Run | None:
        return Run.objects.filter(pk=row.last_run_id).first()

    @once
    def _counts(self, row: Catalog) -> Counts:
        return counts_of([row])[row.pk]

    def _products(self, row: Catalog) -> Table:
        counts = self._counts(row)
        found = [
            ("On the channel", counts.listed, _Status.LISTED),
            ("Wait to be sent", counts.waiting, _Status.WAITING),
            ("Carried by another catalog", counts.carried, _Status.CARRIED),
            ("Refused, need attention", counts.parked, _Status.PARKED),
            ("Held, wait for a decision", counts.held, _Status.HELD),
            ("Left the catalog, kept on the channel", counts.kept, _Status.KEPT),
        ]
        rows = [
            (what, link(_listings(row, status), f"{number:,}"))
            for what, number, status in found
            if number
        ]
        return Table("Products", ("Where they stand", "How many"), rows)

    def _runs(self, row: Catalog) -> Table:
        runs = Run.objects.filter(catalog=row).defer("note")[:_RUNS_SHOWN]
        rows = [
            (
                link(reverse("admin:sync_run_change", args=[run.pk]), moment(run.created_at)),
                run_status_label(run.status),
                run.get_mode_display(),
                counted(run.pushed, "product"),
                run.problem,
            )
            for run in runs
        ]
        more = link(changelist_url(Run, catalog__id__exact=row.pk), "All its runs")
        return Table("Runs", ("Started", "Status", "What", "Sent", "Problem"), rows, more)


def _listings(catalog: Catalog, status: Listing.Status) -> str:
    return changelist_url(Listing, catalog__id__exact=catalog.pk, status__exact=status)
