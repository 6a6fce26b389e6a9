"""The two roles see when Ferry looked at what products refer to."""

from importlib import import_module

from django.db import migrations

LOOKED_AT = ("watched",)

_made = import_module("sync.migrations.0024_staff_roles")


def add_permissions(apps, schema_editor):
    database = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(database)
    views = [f"sync.view_{model}" for model in LOOKED_AT]
    for name in ("support", "operator"):
        # One that sees no runs is somebody's own, of the same name.
        sees_runs = {
            "permissions__codename": "view_run",
            "permissions__content_type__app_label": "sync",
        }
        for group in groups.filter(name=name, **sees_runs):
            group.permissions.add(*(_made._permission(apps, database, one) for one in views))


class Migration(migrations.Migration):

    dependencies = [
        ("sync", "0035_dependencies"),
    ]

    operations = [
        # Going back leaves the roles: staff may be in them.
        migrations.RunPython(add_permissions, migrations.RunPython.noop),
    ]
