"""Catalogs that were there before are started, and since they were made."""

from django.db import migrations
from django.db.models import F


def start(apps, schema_editor):
    apps.get_model("catalogs", "Catalog").objects.update(started_at=F("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("catalogs", "0011_being_set_up"),
    ]

    operations = [
        migrations.RunPython(start, migrations.RunPython.noop),
    ]
