"""The two roles see what people of PIMs asked to have translated."""

from importlib import import_module

from django.db import migrations

_roles = import_module("sync.migrations.0024_staff_roles")


class Migration(migrations.Migration):
    dependencies = [
        ("enrichment", "0008_requested_translations"),
        ("sync", "0030_roles_see_feedback"),
    ]

    operations = [_roles.let_see("enrichment.view_requestedtranslation")]
