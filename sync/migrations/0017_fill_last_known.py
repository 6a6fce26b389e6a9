"""Take from history what channels held of listings whose `sent` does not tell it."""

from django.db import migrations
from django.db.models import OuterRef, Subquery

_SLICE = 500


def fill(apps, schema_editor):
    listings = apps.get_model("sync", "Listing").objects
    changes = apps.get_model("sync", "Change").objects
    accepted = changes.filter(
        listing__channel=OuterRef("channel"),
        listing__key=OuterRef("key"),
        action="push",
        outcome="accepted",
        after__isnull=False,
    )
    unclear = listings.filter(sent__digest__in=["unknown", "hidden"], last_known=None)
    last = 0
    while pks := list(
        unclear.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_SLICE]
    ):
        last = pks[-1]
        found = listings.filter(pk__in=pks).annotate(
            held=Subquery(accepted.order_by("-pk").values("after")[:1])
        )
        for pk, held in found.exclude(held=None).values_list("pk", "held"):
            listings.filter(pk=pk).update(last_known=held)


def forget(apps, schema_editor):
    apps.get_model("sync", "Listing").objects.exclude(last_known=None).update(last_known=None)


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0016_last_known"),
    ]

    operations = [migrations.RunPython(fill, forget)]
