"""Runs and checkpoints in admin: looked at only, the workers own them."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from catalogs.wording import counted
from connections.admin_base import (
    ReadOnlyAdmin,
    Table,
    change_url,
    changelist_url,
    label,
    link,
    link_to,
    moment,
)
from connections.downloads import download
from connections.paging import MOST
from outbound.errors import ConfigurationError
from sync.admin.parts import CatalogFilter, may, name_of, number_in, run_status_label
from sync.differences import as_csv, as_json_lines
from sync.fields import in_words
from sync.models import Batch, Change, Checkpoint, Difference, Run
from sync.models.batches import Action
from sync.models.differences import DifferenceQuerySet
from sync.models.runs import RunQuerySet
from sync.runs import AlreadyRunning
from sync.undo import may_be_undone, outlook, undo_run

_BATCHES_SHOWN = 10
_FIELDS_SHOWN = 100
_RUNS_SEARCHED = 200
_CHARACTERS_SHOWN = 500


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
        "created_at",
    )
    search_fields = ("=id", "catalog__name", "catalog__channel__name", "started_by", "problem")
    ordering = ("-created_at", "-pk")
    list_select_related = ("catalog",)
    readonly_fields = ("catalog_link", "status_label", "worker", "took", "products", "undone_link")
    actions = ("undo",)
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
            {"fields": ("worker", "heartbeat_at", "phase", "note", "not_before", "setbacks")},
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

    def get_object_actions(self, request: HttpRequest, row: Run) -> list[str]:
        return ["undo"] if may_be_undone(row) else []

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
        if row.dry_run:
            return [self._differences(row)]
        return [self._sums(row), self._batches(row), *self._checkpoints(row)]

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

    @admin.display(description="worker")
    def worker(self, row: Run) -> str:
        if row.is_put_off:
            return "None until its time has come"
        if not row.owner:
            return "None has taken it up yet"
        host, pid, *_ = row.owner.split("|")
        return f"Process {pid} on {host}"

    def _sums(self, row: Run) -> Table:
        """What the channel made of its products, from the history if that is not very long."""
        changes = Change.objects.filter(run=row).order_by("action", "outcome")
        sums: Any = changes.values_list("action", "outcome").annotate(number=Count("pk"))
        if row.pushed + row.withdrawn + row.failed > MOST:
            accepted, refused = Change.Outcome.ACCEPTED.value, Change.Outcome.REFUSED.value
            counted_by_run = [
                (Action.PUSH.value, accepted, row.pushed),
                (Action.WITHDRAW.value, accepted, row.withdrawn),
                (Action.PUSH.value, refused, row.failed),
            ]
            sums = [one for one in counted_by_run if one[2]]
        rows = [
            (
                Change(action=action).get_action_display(),
                Change(outcome=outcome).get_outcome_display(),
                link(
                    changelist_url(
                        Change, run__id__exact=row.pk, action__exact=action, outcome__exact=outcome
                    ),
                    f"{number:,}",
                ),
            )
            for action, outcome, number in sums
        ]
        return Table("What became of its products", ("What", "Outcome", "Products"), rows)

    def _differences(self, row: Run) -> Table:
        """What a dry run would have done, by what it is."""
        differences = Difference.objects.filter(run=row).order_by("action")
        sums = differences.values_list("action").annotate(number=Count("pk"))
        rows = [
            (
                {"push": "Would be sent", "withdraw": "Would be withdrawn"}[action],
                link(
                    changelist_url(Difference, run__id__exact=row.pk, action__exact=action),
                    f"{number:,}",
                ),
            )
            for action, number in sums
        ]
        return Table("What would change on the channel", ("What", "Products"), rows)

    def _batches(self, row: Run) -> Table:
        batches = Batch.objects.filter(run=row)
        sums = batches.aggregate(number=Count("pk"), tries=Sum("tries"))
        shown = batches.defer("items", "digest").order_by("-pk")[:_BATCHES_SHOWN]
        rows = [
            (
                link(change_url(one), str(one.key)[:8]),
                one.get_action_display(),
                one.get_state_display(),
                one.tries,
                one.problem,
            )
            for one in shown
        ]
        more = link(
            changelist_url(Batch, run__id__exact=row.pk),
            f"All {counted(sums['number'], 'batch', 'batches')}, "
            f"{counted(sums['tries'] or 0, 'call')} in all",
        )
        headers = ("Batch", "What", "State", "Tries", "Problem")
        return Table("Its last batches", headers, rows, more if rows else "")

    def _checkpoints(self, row: Run) -> list[Table]:
        rows = [
            (one.get_part_display(), one.pages, "Yes" if one.is_done else "No")
            for one in row.checkpoints.all()
        ]
        return [Table("Where it goes on reading", ("Part", "Pages", "Done"), rows)] if rows else []


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ("run", "part", "pages", "is_done", "updated_at")
    list_filter = ("part", "is_done")
    search_fields = ("=run__id", "run__catalog__name")
    list_select_related = ("run__catalog",)
    ordering = ("-pk",)
    fields = ("run", "part", "pages", "is_done", "link", "created_at", "updated_at")


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    list_display = ("product", "identifier", "action", "number", "run")
    list_filter = ("action", ("run__catalog", CatalogFilter), "created_at")
    search_fields = ("key",)  # for the field to be there: get_search_results() looks
    search_help_text = (
        "Key of the product, the beginning of its identifier or label, or the number of the run."
    )
    list_select_related = ("run__catalog",)
    ordering = ("-pk",)
    exclude = ("fields",)
    actions = ("export_csv", "export_json_lines")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Difference], search_term: str
    ) -> tuple[QuerySet[Difference], bool]:
        differences = cast(DifferenceQuerySet, queryset)
        if (number := number_in(search_term)) is not None:
            of_run = differences.filter(run=number)
            if of_run.exists():
                return of_run, False
        dry_runs = Run.objects.filter(dry_run=True).values_list("pk", flat=True)
        # By name, so that the index of names in a run serves it.
        return differences.filter(run__in=list(dry_runs[:_RUNS_SEARCHED])).about(search_term), False

    def get_tables(self, request: HttpRequest, row: Difference) -> list[Table]:
        rows = [
            (
                field,
                *(Truncator(in_words(text)).chars(_CHARACTERS_SHOWN) for text in (before, after)),
            )
            for field, before, after in row.fields[:_FIELDS_SHOWN]
        ]
        more = "And more, in the export." if len(row.fields) > _FIELDS_SHOWN else ""
        return [Table("Fields", ("Field", "On the channel", "Would be sent"), rows, more)]

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[Difference]
    ) -> StreamingHttpResponse:
        lines = as_csv(cast(DifferenceQuerySet, queryset))
        return download(lines, "text/csv", "difference.csv")

    @admin.action(description="Export as JSON Lines", permissions=["view"])
    def export_json_lines(
        self, request: HttpRequest, queryset: QuerySet[Difference]
    ) -> StreamingHttpResponse:
        lines = as_json_lines(cast(DifferenceQuerySet, queryset))
        return download(lines, "application/jsonl", "difference.jsonl")

    @admin.display(description="product", ordering="label")
    def product(self, row: Difference) -> str:
        return Truncator(str(row)).chars(60)

    @admin.display(description="fields")
    def number(self, row: Difference) -> int:
        return len(row.fields)
