"""The two roles see the files that were seen at sources."""

from importlib import import_module

from django.db import migrations

_roles = import_module("sync.migrations.0024_staff_roles")


class Migration(migrations.Migration):
    dependencies = [
        ("enrichment", "0006_files_of_sources"),
        ("sync", "0027_roles_see_enrichment"),
    ]

    operations = [_roles.let_see("enrichment.view_sourcefile")]
