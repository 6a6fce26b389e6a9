"""The two roles see alerts; operators are told when the installation is not well."""

from importlib import import_module

from django.db import migrations

LOOKED_AT = ("alertmessage", "alertsettings", "alertwebhook")
HEARS = "sync.hear_alertmessage"

_roles = import_module("sync.migrations.0024_staff_roles")
_roles.OF_OUR_OWN[HEARS] = "Can be told when the installation is not well"


def add_permissions(apps, schema_editor):
    views = [f"sync.view_{model}" for model in LOOKED_AT]
    _roles.let(apps, schema_editor, "support", views)
    _roles.let(apps, schema_editor, "operator", [*views, HEARS])


class Migration(migrations.Migration):

    dependencies = [
        ("sync", "0035_alerts"),
    ]

    operations = [
        # Going back leaves the roles: staff may be in them.
        migrations.RunPython(add_permissions, migrations.RunPython.noop),
    ]
