from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("connections", "0011_notices_seen"),
    ]

    operations = [
        migrations.AddIndex(
            model_name='auditrecord',
            index=models.Index(fields=['-at', '-id'], name='audit_by_time'),
        ),
    ]
