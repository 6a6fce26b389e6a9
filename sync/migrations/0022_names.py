import django.db.models.functions.text
import sync.models.names
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalogs", "0009_media_tries"),
        ("sync", "0021_tally"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='listing',
            name='listing_by_status',
        ),
        migrations.RemoveIndex(
            model_name='listing',
            name='listing_on_channel',
        ),
        migrations.RemoveIndex(
            model_name='listing',
            name='listing_by_identifier',
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(condition=models.Q(('outcome__in', ['refused', 'unanswered'])), fields=['run', 'listing'], name='change_not_accepted'),
        ),
        migrations.AddIndex(
            model_name='difference',
            index=models.Index(models.F('run'), sync.models.names.InByteOrder(django.db.models.functions.text.Lower('identifier')), name='difference_by_identifier'),
        ),
        migrations.AddIndex(
            model_name='difference',
            index=models.Index(models.F('run'), sync.models.names.InByteOrder(django.db.models.functions.text.Lower('label')), name='difference_by_label'),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(fields=['catalog', 'status', 'id'], name='listing_by_status'),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(condition=models.Q(('status__in', ['held', 'parked'])), fields=['status', 'id'], name='listing_for_people'),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(fields=['key', 'channel'], name='listing_by_key'),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(models.F('catalog'), sync.models.names.InByteOrder(django.db.models.functions.text.Lower('identifier')), name='listing_by_identifier'),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(models.F('catalog'), sync.models.names.InByteOrder(django.db.models.functions.text.Lower('label')), name='listing_by_label'),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(condition=models.Q(('external_id', ''), _negated=True), fields=['external_id'], name='listing_by_external_id'),
        ),
    ]
