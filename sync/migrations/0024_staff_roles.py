"""Two roles for staff: support may look and try again, operators may change; none sees a secret.

Neither may touch users, groups or what the workers own. A group of that name that is there already
is somebody's own, and stays as it is.
"""

from django.db import migrations

LOOKED_AT = {
    "connections": (
        *("auditrecord", "authorization", "circuit", "connection", "installation", "invitation"),
        *("pimuser", "refusal"),
    ),
    "catalogs": ("catalog", "channel", "freeze", "mediafile", "window"),
    "sync": (
        *("batch", "change", "checkpoint", "difference", "document", "feed", "listing"),
        *("notice", "run"),
    ),
    "django_celery_beat": ("periodictask",),
}
TRIES_AGAIN = (
    "catalogs.check_catalog",
    "catalogs.check_channel",
    "sync.add_run",
    "sync.retry_listing",
)
CHANGES = (
    *(f"connections.{may}_connection" for may in ("add", "change", "delete", "export")),
    "connections.change_installation",
    "connections.change_pimuser",
    "connections.delete_pimuser",
    "connections.delete_invitation",
    *(f"catalogs.{may}_{what}" for what in ("catalog", "channel") for may in ("add", "change")),
    *(f"catalogs.delete_{what}" for what in ("catalog", "channel")),
    *(f"catalogs.{may}_{what}" for what in ("freeze", "window") for may in ("add", "delete")),
    "sync.change_listing",
    "sync.change_run",
)
# As Django names the permissions of a model; those of our own say more.
OF_OUR_OWN = {
    "connections.export_connection": "Can export everything of a connection",
    "catalogs.check_catalog": "Can ask the PIM whether a catalog is enabled",
    "catalogs.check_channel": "Can check that a channel can be reached",
    "sync.retry_listing": "Can send refused products again",
}


def create_roles(apps, schema_editor):
    database = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(database)
    views = [f"{app}.view_{model}" for app, models in LOOKED_AT.items() for model in models]
    for name, permissions in (
        ("support", [*views, *TRIES_AGAIN]),
        ("operator", [*views, *TRIES_AGAIN, *CHANGES]),
    ):
        group, is_new = groups.get_or_create(name=name)
        if is_new:
            group.permissions.add(*(_permission(apps, database, one) for one in permissions))


def _permission(apps, database, label):
    """Return the row, made here if Django has yet to make it, which is after all migrations."""
    app, codename = label.split(".")
    action, model = codename.split("_", 1)
    name = apps.get_model(app, model)._meta.verbose_name
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(database)
    content_type, _ = content_types.get_or_create(app_label=app, model=model)
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    permission, _ = permissions.get_or_create(
        content_type=content_type,
        codename=codename,
        defaults={"name": OF_OUR_OWN.get(label, f"Can {action} {name}")},
    )
    return permission


def let_see(*labels):
    """The operation of a later migration that gives both roles what has come since."""

    def add_permissions(apps, schema_editor):
        let(apps, schema_editor, "support", labels)
        let(apps, schema_editor, "operator", labels)

    # Going back leaves the roles: staff may be in them.
    return migrations.RunPython(add_permissions, migrations.RunPython.noop)


def let(apps, schema_editor, name, labels):
    """Give more permissions to a role that is ours.

    One that sees no runs is somebody's own, of the same name.
    """
    database = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(database)
    sees_runs = {
        "permissions__codename": "view_run",
        "permissions__content_type__app_label": "sync",
    }
    for group in groups.filter(name=name, **sees_runs):
        group.permissions.add(*(_permission(apps, database, one) for one in labels))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("connections", "0014_refusal"),
        ("catalogs", "0013_check_permissions"),
        ("django_celery_beat", "0001_initial"),
        ("sync", "0023_stop_asked"),
    ]

    operations = [
        # Going back leaves the roles: staff may be in them.
        migrations.RunPython(create_roles, migrations.RunPython.noop),
    ]
