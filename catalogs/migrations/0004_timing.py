import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone


def keep_pauses(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was paused stays paused, until somebody resumes it."""
    catalogs = apps.get_model("catalogs", "Catalog").objects
    catalogs.filter(paused=True).update(paused_at=timezone.now())


def keep_pauses_backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    catalogs = apps.get_model("catalogs", "Catalog").objects
    catalogs.filter(paused_at__isnull=False).update(paused=True)


def pause_fields(model: str) -> list[migrations.AddField]:
    fields = {
        "paused_at": models.DateTimeField(blank=True, editable=False, null=True),
        "pause_ends_at": models.DateTimeField(
            blank=True, editable=False, help_text="Empty: when somebody resumes it.", null=True
        ),
        "pause_reason": models.CharField(blank=True, editable=False, max_length=200),
        "paused_by": models.CharField(blank=True, editable=False, max_length=255),
    }
    return [migrations.AddField(model, name, field) for name, field in fields.items()]


class Migration(migrations.Migration):
    dependencies = [("catalogs", "0003_reconnection")]

    operations = [
        migrations.RenameField("channel", "paused_until", "left_alone_until"),
        *pause_fields("channel"),
        *pause_fields("catalog"),
        migrations.RunPython(keep_pauses, keep_pauses_backwards),
        migrations.RemoveField("catalog", "paused"),
        migrations.AddField(
            model_name='catalog',
            name='skipped_at',
            field=models.DateTimeField(blank=True, editable=False, help_text="The schedule's last run that was skipped: another was still working.", null=True),
        ),
        migrations.AddField(
            model_name='catalog',
            name='skipped_for',
            field=models.DateTimeField(blank=True, editable=False, help_text='When that other run was started.', null=True),
        ),
        migrations.AddField(
            model_name='catalog',
            name='waits_since',
            field=models.DateTimeField(blank=True, editable=False, help_text='A run could not send then; another does once the channel is open again.', null=True),
        ),
        migrations.CreateModel(
            name='Freeze',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('begins_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='to')),
                ('reason', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='freezes', to='catalogs.channel')),
            ],
            options={
                'ordering': ['begins_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Window',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('allows', models.BooleanField(default=True, verbose_name='sending is allowed')),
                ('days', models.JSONField(help_text='On which it begins: 1 is Monday, 7 is Sunday.')),
                ('begins', models.TimeField(verbose_name='from')),
                ('ends', models.TimeField(help_text='Not later than from: on the day after.', verbose_name='to')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='windows', to='catalogs.channel')),
            ],
            options={
                'ordering': ['-allows', 'begins', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Exemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100)),
                ('asked_by', models.CharField(blank=True, max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('catalog', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exemptions', to='catalogs.catalog')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('catalog', 'key'), name='one_exemption_per_product')],
            },
        ),
    ]
