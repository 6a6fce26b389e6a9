"""The two roles see what is offered to PIMs; operators decide about it."""

from importlib import import_module

from django.db import migrations

LOOKED_AT = ("offer", "offerproblem", "proposal", "source")
CHANGES = ("enrichment.change_offer", "enrichment.change_source")

_roles = import_module("sync.migrations.0024_staff_roles")


def add_permissions(apps, schema_editor):
    views = [f"enrichment.view_{model}" for model in LOOKED_AT]
    _roles.let(apps, schema_editor, "support", views)
    _roles.let(apps, schema_editor, "operator", [*views, *CHANGES])


class Migration(migrations.Migration):
    dependencies = [
        ("enrichment", "0001_enrichment"),
        ("sync", "0026_notices_of_values"),
    ]

    operations = [
        # Going back leaves the roles: staff may be in them.
        migrations.RunPython(add_permissions, migrations.RunPython.noop),
    ]
