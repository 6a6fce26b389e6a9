"""Signs of life: what parts of the installation write about themselves, and how old it is."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Max
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from connections.workers import host_name
from sync.models import SignOfLife

SILENT_AFTER = timedelta(minutes=10)  # beat stores every three minutes when it last started what
_GIB = 1024**3
_SHORT = 5 * _GIB  # of a large disk; of a smaller one 5 %
_Part = SignOfLife.Part


@dataclass(frozen=True, slots=True)
class Life:
    """When each part was last seen; None: never."""

    worker: datetime | None
    scheduler: datetime | None
    queue: datetime | None

    def is_silent(self, seen_at: datetime | None, now: datetime) -> bool:
        return seen_at is None or seen_at < now - SILENT_AFTER


def show_life(part: SignOfLife.Part) -> None:
    """Note that this part is at work."""
    SignOfLife.objects.update_or_create(part=part, host="", defaults={"seen_at": timezone.now()})


def read_life() -> Life:
    """Return when each part was last seen. Two queries."""
    seen = dict(SignOfLife.objects.filter(host="").values_list("part", "seen_at"))
    beat = PeriodicTask.objects.aggregate(last=Max("last_run_at"))["last"]
    return Life(seen.get(_Part.WORKER), beat, seen.get(_Part.QUEUE))


def has_just_begun() -> bool:
    """Whether all was switched off until a moment ago, or the scheduler starts nothing. One query.

    It stores only after minutes that it starts things again.
    """
    beat = PeriodicTask.objects.aggregate(last=Max("last_run_at"))["last"]
    return beat is not None and beat < timezone.now() - SILENT_AFTER


def look_at_disks() -> None:
    """Note which disks of this host are nearly full, for whoever tells staff."""
    short = [said for folder in _folders() if (said := _said_if_short(folder))]
    host = host_name()
    if short:
        now = {"said": " ".join(short), "seen_at": timezone.now()}
        SignOfLife.objects.update_or_create(part=_Part.DISK, host=host, defaults=now)
    else:
        SignOfLife.objects.filter(part=_Part.DISK, host=host).delete()
    long_ago = timezone.now() - timedelta(days=1)  # of hosts that are no more
    SignOfLife.objects.filter(part=_Part.DISK, seen_at__lt=long_ago).delete()


def short_disks(now: datetime) -> list[str]:
    """Return what is said of disks that are nearly full, of the hosts that were seen lately."""
    rows = SignOfLife.objects.filter(part=_Part.DISK, seen_at__gt=now - SILENT_AFTER)
    return list(rows.values_list("said", flat=True))


def _folders() -> list[Path]:
    store = settings.MEDIA_STORE
    found = [
        settings.STATE_FOLDER.absolute(),
        *([] if "://" in store else [Path(store).absolute()]),
    ]
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and Path(database["NAME"]).is_file():
        found.append(Path(database["NAME"]).absolute())
    # What was not made yet will be, on the disk of what is there.
    return sorted({next(one for one in (path, *path.parents) if one.is_dir()) for path in found})


def _said_if_short(folder: Path) -> str:
    usage = shutil.disk_usage(folder)
    if usage.free >= min(usage.total // 20, _SHORT):
        return ""
    free = filesizeformat(usage.free).replace("\xa0", " ")
    return f"{folder} on {host_name()} has {free} left."
