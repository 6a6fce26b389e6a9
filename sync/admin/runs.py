"""Runs and checkpoints in admin: looked at only, the workers own them."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy, ngettext

from connections.admin_base import (
    ReadOnlyAdmin,
    Table,
    change_url,
    label,
    link_to,
    moment,
)
from outbound.errors import ConfigurationError
from sync.admin.parts import CatalogFilter, may, name_of, run_status_label
from sync.admin.run_tables import tables_of
from sync.models import Checkpoint, Run
from sync.models.runs import RunQuerySet
from sync.runs import AlreadyRunning
from sync.undo import may_be_undone, outlook, undo_run
from sync.unfinished import may_be_taken_up, stop_run, take_up


class WorkerFilter(admin.SimpleListFilter):
    title = "worker"
    parameter_name = "worker"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "Under way"), ("silent", "Nobody works on it")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        runs = cast(RunQuerySet, queryset)
        match self.value():
            case "live":
                return runs.live()
            case "silent":
                return runs.unfinished_and_silent()
        return runs


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = (
        "started",
        "catalog",
        "status_label",
        "mode",
        "trigger",
        "took",
        "products",
        "short_problem",
    )
    list_filter = (
        "status",
        "mode",
        "trigger",
        WorkerFilter,
        "dry_run",
        ("catalog", CatalogFilter),
        "catalog__channel__connection",
        "created_at",
    )
    date_hierarchy = "created_at"
    search_fields = ("=id", "catalog__name", "catalog__channel__name", "started_by", "problem")
    search_help_text = gettext_lazy(
        "Number of the run, catalog, channel, who started it, or words of its problem."
    )
    ordering = ("-created_at", "-pk")
    list_select_related = ("catalog",)
    readonly_fields = (
        "catalog_link",
        "status_label",
        "worker",
        "took",
        "products",
        "undone_link",
        "to_be_stopped",
    )
    actions = ("stop", "take_up", "undo")
    object_actions = actions
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "catalog_link",
                    "status_label",
                    "problem",
                    "mode",
                    "trigger",
                    "started_by",
                    "dry_run",
                    "products",
                    "undone_link",
                )
            },
        ),
        (
            "Who works on it",
            {
                "fields": (
                    "worker",
                    "heartbeat_at",
                    "phase",
                    "note",
                    "not_before",
                    "setbacks",
                    "to_be_stopped",
                )
            },
        ),
        (
            "Times",
            {
                "fields": (
                    "created_at",
                    "started_at",
                    "read_at",
                    "finished_at",
                    "took",
                    "since",
                    "watermark",
                )
            },
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.confirm_undo)
        return [path("undo/<int:pk>/", view, name="sync_run_undo"), *super().get_urls()]

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return may(request, "sync.add_run") and may(request, "sync.change_listing")

    def has_stop_permission(self, request: HttpRequest) -> bool:
        """Runs cannot be edited, so this is what the permission to change them is for."""
        return may(request, "sync.change_run")

    def has_take_up_permission(self, request: HttpRequest) -> bool:
        return may(request, "sync.add_run")

    def get_object_actions(self, request: HttpRequest, row: Run) -> list[str]:
        if row.is_live:
            return ["take_up", "stop"] if may_be_taken_up(row) else ["stop"]
        return ["undo"] if may_be_undone(row) else []

    @admin.action(description=gettext_lazy("Stop"), permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        """End these runs; what a channel has accepted stays known, and the next run goes on."""
        asked = ended = 0
        for run in queryset.select_related("catalog"):
            try:
                has_ended = stop_run(run, by=name_of(request))
            except ConfigurationError as error:
                self.message_user(request, f"{run}: {error.message}", messages.WARNING)
            else:
                ended += has_ended
                asked += not has_ended
        if ended:
            said = ngettext("%d run was stopped.", "%d runs were stopped.", ended)
            self.message_user(request, said % ended, messages.SUCCESS)
        if asked:
            said = ngettext(
                "%d run ends at its next step, within seconds if its worker is there.",
                "%d runs end at their next step, within seconds if their workers are there.",
                asked,
            )
            self.message_user(request, said % asked, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Take up now"), permissions=["take_up"])
    def take_up(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        """Give runs that nobody works on to the workers, before the scheduler finds them."""
        taken = sum(take_up(run) for run in queryset)
        if taken:
            said = ngettext(
                "%d run was given to the workers. If it does not move, no worker is running.",
                "%d runs were given to the workers. If they do not move, no worker is running.",
                taken,
            )
            self.message_user(request, said % taken, messages.SUCCESS)
        else:
            said = gettext("None of these waits: a process works on each, or it has ended.")
            self.message_user(request, said, messages.INFO)

    @admin.action(description="Undo this run", permissions=["undo"])
    def undo(self, request: HttpRequest, queryset: QuerySet[Run]) -> HttpResponse | None:
        """Ask for a confirmation, with the numbers in view."""
        runs = list(queryset.select_related("catalog__channel__connection")[:2])
        if len(runs) != 1:
            sentence = "Choose one run. Several are undone one after the other, the last first."
            self.message_user(request, sentence, messages.WARNING)
            return None
        (run,) = runs
        expected = outlook(run) if may_be_undone(run) else None
        if expected is None or not expected.going_back:
            sentence = "Nothing of this run can be put back, now or any more."
            self.message_user(request, sentence, messages.INFO)
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": run,
            "title": f"Undo {run}",
            "outlook": expected,
            "channel": run.catalog.channel,
            "url": reverse("admin:sync_run_undo", args=[run.pk]),
            "back": change_url(run),
        }
        return TemplateResponse(request, "admin/sync/run/undo.html", context)

    def confirm_undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_undo_permission(request):
            raise PermissionDenied
        runs = Run.objects.select_related("catalog__channel__connection")
        run = get_object_or_404(runs, pk=pk)
        try:
            undoing = undo_run(run, by=name_of(request))
        except AlreadyRunning:
            sentence = "A run of the catalog is under way. Undo this one when it has ended."
            self.message_user(request, sentence, messages.WARNING)
            return redirect(change_url(run))
        except ConfigurationError as error:
            self.message_user(request, error.message, messages.ERROR)
            return redirect(change_url(run))
        self.message_user(request, "The run that undoes it was started.", messages.SUCCESS)
        return redirect(change_url(undoing))

    @admin.display(description="undoes")
    def undone_link(self, row: Run) -> SafeString | str:
        return link_to(row.undoes)

    def get_tables(self, request: HttpRequest, row: Run) -> list[Table]:
        return tables_of(row)

    @admin.display(description="started", ordering="created_at")
    def started(self, row: Run) -> str:
        return moment(row.created_at)

    @admin.display(description="catalog")
    def catalog_link(self, row: Run) -> SafeString | str:
        return link_to(row.catalog)

    @admin.display(description="status", ordering="status")
    def status_label(self, row: Run) -> SafeString:
        if row.is_put_off:
            return label("Put off", "warning")
        if row.is_live and row.heartbeat_at < timezone.now() - Run.STALE_AFTER:
            return label("Nobody works on it", "warning")
        return run_status_label(row.status)

    @admin.display(description="took")
    def took(self, row: Run) -> str:
        if row.started_at is None:
            return ""
        minutes, seconds = divmod(round(row.seconds), 60)
        return f"{minutes:,} min {seconds} s" if minutes else f"{seconds} s"

    @admin.display(description="products")
    def products(self, row: Run) -> str:
        counts = [
            (row.listed, "listed"),
            (row.pulled, "read"),
            (row.changed, "changed"),
            (row.pushed, "sent"),
            (row.withdrawn, "withdrawn"),
            (row.leaving, "would be withdrawn"),
            (row.failed, "refused"),
            (row.held, "held"),
        ]
        return ", ".join(f"{number:,} {what}" for number, what in counts if number) or "None"

    @admin.display(description="problem")
    def short_problem(self, row: Run) -> str:
        return Truncator(row.problem).chars(80)

    @admin.display(description=gettext_lazy("asked to stop"))
    def to_be_stopped(self, row: Run) -> str:
        if row.stop_asked_at is None:
            return gettext("No")
        by = row.stop_asked_by or gettext("staff")
        return gettext("By %(by)s, %(at)s") % {"by": by, "at": moment(row.stop_asked_at)}

    @admin.display(description="worker")
    def worker(self, row: Run) -> str:
        if row.is_put_off:
            return "None until its time has come"
        if not row.owner:
            return "None has taken it up yet"
        host, pid, *_ = row.owner.split("|")
        return f"Process {pid} on {host}"


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ("run", "part", "pages", "is_done", "updated_at")
    list_filter = ("part", "is_done")
    search_fields = ("=run__id", "run__catalog__name")
    list_select_related = ("run__catalog",)
    ordering = ("-pk",)
    fields = ("run", "part", "pages", "is_done", "link", "created_at", "updated_at")
