"""The two roles see what PIMs tell of their changes."""

from importlib import import_module

from django.db import migrations

_roles = import_module("sync.migrations.0024_staff_roles")


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0033_events"),
    ]

    operations = [
        _roles.let_see(
            "sync.view_eventsubscription", "sync.view_receivedevent", "sync.view_changedkey"
        )
    ]
