import django.db.models.deletion
from django.db import migrations, models


def remove_triggers(apps, schema_editor):
    """They are installed after migrating: sync.tallying.install."""
    from sync.tallying import remove

    remove(using=schema_editor.connection.alias)


class Migration(migrations.Migration):

    dependencies = [
        ("catalogs", "0009_media_tries"),
        ("sync", "0020_looks"),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('waiting', 'Waiting to be sent'), ('in_flight', 'Being sent'), ('listed', 'On the channel'), ('carried', 'Carried by another catalog'), ('parked', 'Needs attention'), ('held', 'Waiting for a confirmation'), ('kept', 'Left the catalog, kept on the channel'), ('hidden', 'Left the catalog, hidden on the channel'), ('gone', 'Not on the channel any more')], max_length=10)),
                ('held_because', models.CharField(blank=True, choices=[('left', 'Left the catalog with many others'), ('emptied', 'Loses a value that many others lose too'), ('grew', 'New, with more than the catalog had')], max_length=7)),
                ('is_sent', models.BooleanField(help_text='The channel has it.')),
                ('is_in_care', models.BooleanField(help_text='As ListingQuerySet.in_care().')),
                ('number', models.BigIntegerField(help_text='May be less than nothing: a difference.')),
                ('catalog', models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogs.catalog')),
            ],
            options={
                'verbose_name_plural': 'tallies',
                'ordering': ['pk'],
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, remove_triggers),
    ]
