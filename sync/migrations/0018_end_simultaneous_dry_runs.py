"""Of dry runs of one catalog that are under way at the same time, let the newest go on."""

from django.db import migrations
from django.utils import timezone


def end_older_ones(apps, schema_editor):
    Run = apps.get_model("sync", "Run")
    seen = set()
    live = Run.objects.filter(dry_run=True, status__in=["queued", "running"]).order_by("-pk")
    for run in live.only("pk", "catalog_id"):
        if run.catalog_id in seen:
            now = timezone.now()
            Run.objects.filter(pk=run.pk).update(
                status="stopped",
                problem="A newer dry run of the catalog is under way.",
                owner="",
                finished_at=now,
                updated_at=now,
            )
        seen.add(run.catalog_id)


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0017_fill_last_known"),
    ]

    operations = [migrations.RunPython(end_older_ones, migrations.RunPython.noop)]
