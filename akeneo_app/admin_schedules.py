"""Celery beat's schedules in admin, in words: what starts by itself, how often, and when next."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from catalogs.schedules import TASK
from catalogs.wording import interval
from connections.admin_base import ReadOnlyAdmin, label, link, moment, register_anew

for schedule in (ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule):
    admin.site.unregister(schedule)  # parts of a task: nobody looks for them alone

_IN_WORDS = {
    "sync.tasks.take_up_unfinished_runs": gettext_lazy(
        "Takes up runs that were put off, or whose process is gone, and removals that are not done"
    ),
    "enrichment.tasks.take_up_unfinished_offers": gettext_lazy(
        "Takes up values to be written that were put off, or whose process is gone"
    ),
    "enrichment.tasks.take_up_translation_orders": gettext_lazy(
        "Takes up files for translators and translations that were put off, or whose process is "
        "gone"
    ),
    "enrichment.tasks.forget_translations_of_gone_products": gettext_lazy(
        "Forgets from which texts translations were made whose products are gone from the PIM"
    ),
    "enrichment.tasks.look_at_due_sources": gettext_lazy(
        "Looks for new files at the sources whose time has come"
    ),
    "sync.tasks.feed_back_where_due": gettext_lazy(
        "Writes into the PIM how products stand on their channels, where a catalog does so"
    ),
    "sync.tasks.take_up_events": gettext_lazy(
        "Has catalogs read what their PIM said has changed, where nobody did yet"
    ),
    "sync.tasks.keep_subscriptions": gettext_lazy(
        "Asks Akeneo whether it still tells of changes, and asks for it again where it does not"
    ),
    "sync.tasks.look_at_the_clock": gettext_lazy(
        "Ends pauses whose date has come, and sends what waited for the hours of its channel"
    ),
    "catalogs.tasks.take_up_catalogs": gettext_lazy(
        "Finds, or makes again, the catalogs of PIMs that were connected again"
    ),
    "sync.tasks.review_notices": gettext_lazy(
        "Looks for what people should know, and for what is over, for the bell on their pages"
    ),
    "sync.tasks.show_that_tasks_are_worked_on": gettext_lazy(
        "Shows that tasks do not wait for long; staff is told when it stays away"
    ),
    "sync.tasks.send_alerts": gettext_lazy(
        "Sends the mails and calls the webhooks by which people hear what they should know"
    ),
    "sync.tasks.tidy_up": gettext_lazy("Forgets history and files that nobody needs any more"),
    "celery.backend_cleanup": gettext_lazy(
        "Celery's own: forgets answers of tasks, of which Ferry keeps none"
    ),
}
_LATE = timedelta(minutes=10)  # beat stores every three minutes when it last started what


@register_anew(PeriodicTask)
class PeriodicTaskAdmin(ReadOnlyAdmin):
    """What the scheduler starts, and when it last did.

    Each follows a catalog or the settings, so a change here would be undone.
    """

    list_display = ("what", "how_often", "standing", "last_run_at", "next_start", "total_run_count")
    list_filter = ("enabled", "task")
    search_fields = ("name", "task", "description")
    search_help_text = gettext_lazy("Name of a catalog, or of the task.")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    ordering = ("name",)
    fields = (
        "what",
        "how_often",
        "standing",
        "catalog",
        "last_run_at",
        "next_start",
        "total_run_count",
        "name",
        "task",
        "args",
        "expire_seconds",
        "date_changed",
    )
    readonly_fields = ("what", "how_often", "standing", "catalog", "next_start")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        is_of_catalog = obj is not None and obj.task == TASK
        return [name for name in self.fields if name != "catalog" or is_of_catalog]

    @admin.display(description=gettext_lazy("what it does"), ordering="name")
    def what(self, row: Any) -> str:
        return str(_IN_WORDS.get(row.task) or row.description or row.name)

    @admin.display(description=gettext_lazy("how often"))
    def how_often(self, row: Any) -> str:
        return capfirst(_how_often(row))

    @admin.display(description=gettext_lazy("state"), ordering="enabled")
    def standing(self, row: Any) -> SafeString:
        if not row.enabled:
            return label(gettext("Off: its catalog is paused, or its PIM disconnected"), "warning")
        due = _due(row)
        if due is not None and due < timezone.now() - _LATE:
            return label(gettext("Late: is beat running?"), "danger")
        return label(gettext("On"), "success")

    @admin.display(description=gettext_lazy("next"))
    def next_start(self, row: Any) -> str:
        due = _due(row)
        if not row.enabled:
            return ""
        return moment(due) if due is not None else gettext("Once the scheduler has seen it")

    @admin.display(description=gettext_lazy("catalog"))
    def catalog(self, row: Any) -> SafeString:
        (pk,) = json.loads(row.args)
        return link(reverse("admin:catalogs_catalog_change", args=[pk]), gettext("Its catalog"))


def _how_often(row: Any) -> str:
    if row.interval is not None:
        seconds = timedelta(**{row.interval.period: row.interval.every}).total_seconds()
        if seconds % 60 == 0:
            return interval(int(seconds) // 60)
        return gettext("every %(seconds)g seconds") % {"seconds": seconds}
    if row.crontab is not None:
        return str(row.crontab.human_readable)
    return str(row.scheduler)


def _due(row: Any) -> datetime | None:
    """When it starts next, as far as its last start is stored."""
    if row.last_run_at is None:
        return None
    remaining: timedelta = row.schedule.remaining_estimate(row.last_run_at)
    return timezone.now() + remaining
