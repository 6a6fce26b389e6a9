"""The two roles see alerts; operators are told when the installation is not well."""

from importlib import import_module

from django.db import migrations

LOOKED_AT = ("alertmessage", "alertsettings", "alertwebhook")
HEARS = "sync.hear_alertmessage"

_made = import_module("sync.migrations.0024_staff_roles")
_made.OF_OUR_OWN[HEARS] = "Can be told when the installation is not well"


def add_permissions(apps, schema_editor):
    database = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(database)
    views = [f"sync.view_{model}" for model in LOOKED_AT]
    for name, permissions in (("support", views), ("operator", [*views, HEARS])):
        # One that sees no runs is somebody's own, of the same name.
        sees_runs = {
            "permissions__codename": "view_run",
            "permissions__content_type__app_label": "sync",
        }
        for group in groups.filter(name=name, **sees_runs):
            group.permissions.add(*(_made._permission(apps, database, one) for one in permissions))


class Migration(migrations.Migration):

    dependencies = [
        ("sync", "0031_alerts"),
    ]

    operations = [
        # Going back leaves the roles: staff may be in them.
        migrations.RunPython(add_permissions, migrations.RunPython.noop),
    ]
