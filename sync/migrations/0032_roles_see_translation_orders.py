"""The two roles see what people want to have translated."""

from importlib import import_module

from django.db import migrations

_roles = import_module("sync.migrations.0024_staff_roles")


class Migration(migrations.Migration):
    dependencies = [
        ("enrichment", "0009_translation_orders"),
        ("sync", "0031_roles_see_requests"),
    ]

    operations = [_roles.let_see("enrichment.view_translationorder")]
