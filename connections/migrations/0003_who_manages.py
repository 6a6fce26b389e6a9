"""Whoever came first from a PIM manages its connection; what was lost was lost in the PIM."""

from django.db import migrations


def forwards(apps, schema_editor):
    Connection = apps.get_model("connections", "Connection")
    PimUser = apps.get_model("connections", "PimUser")
    Connection.objects.filter(state="disconnected").update(ended_by="pim")
    for connection in Connection.objects.all():
        first = PimUser.objects.filter(connection=connection).order_by("created_at", "pk").first()
        if first is not None:
            PimUser.objects.filter(pk=first.pk).update(role="manager")


class Migration(migrations.Migration):

    dependencies = [
        ("connections", "0002_roles_invitations_audit"),
    ]

    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
