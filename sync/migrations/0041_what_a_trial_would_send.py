"""Tell of earlier dry runs what they told so far: what differed from before."""

from django.db import migrations, models
from django.db.models import F


def keep_what_was_told(apps, schema_editor):
    Run = apps.get_model("sync", "Run")
    Run.objects.filter(dry_run=True).update(to_send=F("changed"))


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0040_notice_of_webhook"),
    ]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="to_send",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Listings that waited when sending began. Of a dry run: that would be sent.",
            ),
        ),
        migrations.RunPython(keep_what_was_told, migrations.RunPython.noop),
    ]
