"""Where this database is at home.

An installation that has had a PIM records the BASE_URL that it is upgraded under: decision 12.
"""

from django.conf import settings
from django.db import migrations, models


def record_where_it_is(apps, schema_editor):
    from connections.installation import normal_base_url

    if apps.get_model("connections", "Connection").objects.exclude(connected_at=None).exists():
        Installation = apps.get_model("connections", "Installation")
        Installation.objects.create(pk=1, base_url=normal_base_url(settings.BASE_URL))


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0004_time_zone'),
    ]

    operations = [
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('base_url', models.CharField(help_text='BASE_URL of the production that this is, or was.', max_length=500, verbose_name='address')),
                ('decision', models.CharField(blank=True, choices=[('production', 'This is production'), ('copy', 'This is a copy')], help_text='Empty: nobody had to decide yet.', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.CharField(blank=True, max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name_plural': 'installation',
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='only_one_installation', violation_error_message='A database belongs to one installation.')],
            },
        ),
        migrations.RunPython(record_where_it_is, migrations.RunPython.noop),
    ]
