"""The two roles see what catalogs write into the PIM about their channels."""

from importlib import import_module

from django.db import migrations

_roles = import_module("sync.migrations.0024_staff_roles")


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0029_feedback"),
    ]

    operations = [_roles.let_see("sync.view_feedback")]
