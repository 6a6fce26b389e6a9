"""How often a catalog syncs, as schedules of django-celery-beat."""

import json
import re
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from catalogs.models import Catalog
from connections.models import Connection
from outbound.errors import ConfigurationError

TASK = "sync.tasks.start_scheduled_run"
_MINUTES = {"m": 1, "h": 60, "d": 1440}
LONGEST = 31 * 1440


def parse_every(text: str) -> int:
    """Return the minutes that `15m`, `2h` or `1d` stand for. Raises ConfigurationError."""
    match = re.fullmatch(r"([0-9]{1,5})([mhd])", text.strip().lower())
    minutes = int(match[1]) * _MINUTES[match[2]] if match else 0
    if not 1 <= minutes <= LONGEST:
        raise ConfigurationError(
            f"{text!r} is no interval. Write it like 15m, 2h or 1d (31d at most)."
        )
    return minutes


@transaction.atomic
def apply_schedule(catalog: Catalog) -> None:
    """Make beat's schedule say what the catalog says. Doing it again changes nothing."""
    name = _name(catalog)
    if catalog.every is None:
        PeriodicTask.objects.filter(name=name).delete()
        return
    is_on = catalog.is_active and catalog.is_started
    is_on = is_on and not catalog.is_paused and not catalog.is_unconfirmed
    wanted = {
        "task": TASK,
        "interval": _interval(catalog.every),
        "args": json.dumps([catalog.pk]),
        "enabled": is_on and catalog.connection.is_connected,
        "description": f"Sync of the catalog “{catalog.name}”",
        # A run that could not start in time is covered by the next one: never pile up.
        "expire_seconds": catalog.every * 60,
    }
    task = PeriodicTask.objects.filter(name=name).first() or PeriodicTask(name=name)
    if task.pk and all(getattr(task, key) == value for key, value in wanted.items()):
        return
    for key, value in wanted.items():
        setattr(task, key, value)
    task.save()


def begun_anew(catalogs: Collection[Catalog]) -> dict[int, datetime]:
    """Return since when those schedules are on that started nothing yet, by catalog. One query.

    A pause that ends and the first interval ever are such: the first run comes an interval later.
    """
    names = {_name(one): one.pk for one in catalogs}
    rows = PeriodicTask.objects.filter(name__in=names, enabled=True, last_run_at=None)
    return {names[name]: at for name, at in rows.values_list("name", "date_changed")}


def remove_schedule(catalog: Catalog) -> None:
    PeriodicTask.objects.filter(name=_name(catalog)).delete()


def apply_schedules_of(connection: Connection) -> None:
    for catalog in Catalog.objects.filter(channel__connection=connection):
        catalog.channel.connection = connection
        apply_schedule(catalog)


def schedules_of(connection: Connection) -> list[str]:
    """Return the names of the schedules of this PIM's catalogs."""
    return [_name(one) for one in Catalog.objects.filter(channel__connection=connection)]


def _interval(minutes: int) -> IntervalSchedule:
    """Return the row for this interval; nothing keeps two processes from storing the same one."""
    values = {"every": minutes, "period": IntervalSchedule.MINUTES}
    return IntervalSchedule.objects.filter(**values).first() or IntervalSchedule.objects.create(
        **values
    )


def _name(catalog: Catalog) -> str:
    return f"Sync catalog {catalog.uuid}"
