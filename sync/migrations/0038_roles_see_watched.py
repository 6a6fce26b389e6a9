"""The two roles see when Ferry looked at what products refer to."""

from importlib import import_module

from django.db import migrations

_roles = import_module("sync.migrations.0024_staff_roles")


class Migration(migrations.Migration):

    dependencies = [
        ("sync", "0037_dependencies"),
    ]

    operations = [_roles.let_see("sync.view_watched")]
