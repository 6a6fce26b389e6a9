"""The two roles that a migration makes: support looks and tries again, operators change, none of
them sees a secret, and none makes itself more than it is."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.urls import reverse

from connections.admin_base import change_url, changelist_url
from connections.models import Authorization, Connection, Invitation
from sync.models import AlertSettings, Listing, Run
from tests.factories import make_catalog, make_connection, make_listing, make_pim_user, make_run
from tests.pages.conftest import page_of
from tests.staff import (
    SECRET,
    browser_of_staff,
    browser_of_superuser,
    make_everything,
    make_staff,
    park,
)

pytestmark = pytest.mark.django_db

ROLES = ("support", "operator")
OF_STAFF = {"user", "group", "accessattempt", "accesslog"}  # of who uses this admin
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
# What a role sees does not come from the database; test_admin_site.py opens each page on both.
ON_ONE = pytest.mark.only_on("sqlite")


@pytest.fixture(autouse=True)
def roles():
    """As migrated: tests that empty the database take the groups away."""
    migration = import_module("sync.migrations.0024_staff_roles")
    migration.create_roles(apps, connection.schema_editor())
    enrichment = import_module("sync.migrations.0027_roles_see_enrichment")
    enrichment.add_permissions(apps, connection.schema_editor())


def make_member(role):
    staff = make_staff()
    staff.groups.add(Group.objects.get(name=role))
    return staff


def member(role):
    return browser_of_staff(make_member(role))


def permissions_of(role):
    rows = Permission.objects.filter(group__name=role)
    return {f"{one.content_type.app_label}.{one.codename}" for one in rows}


def act(browser, row, action):
    name = f"admin:{row._meta.label_lower.replace('.', '_')}_act"
    return browser.post(reverse(name, args=[row.pk, action]))


def buttons_of(browser, row):
    page = browser.see(change_url(row))
    forms = page.select("form[action*='/act/']")
    names = [form["action"].rstrip("/").rpartition("/")[2] for form in forms]
    assert len(set(names)) == len(names)  # none is there twice
    return set(names)


@ON_ONE
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_look_at_everything_but_who_uses_this_admin(role):
    browser = member(role)

    for model in MODELS:
        seen = browser.get(changelist_url(model)).status_code
        assert seen == (403 if model._meta.model_name in OF_STAFF else 200), model


@ON_ONE
@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_no_secret_on_any_page(role):
    browser = member(role)

    for row in make_everything():
        response = browser.get(change_url(row))
        assert SECRET not in response.content.decode(), row


@ON_ONE
@pytest.mark.parametrize("role", ROLES)
def test_a_role_finds_no_secret_out_by_what_a_list_finds(role):
    browser = member(role)
    make_everything()
    hidden = {
        AlertSettings: ("stop_key__gte", str(AlertSettings.objects.get().stop_key)),
        Authorization: ("state_digest__startswith", "0"),
        Connection: ("forgotten_token__startswith", ""),
        Invitation: ("token_digest__startswith", "0"),
    }

    for model, (lookup, value) in hidden.items():
        asked = browser.get(f"{changelist_url(model)}?{lookup}={value}")
        assert asked.status_code == 400, lookup


def test_a_role_has_no_permission_that_django_does_not_know():
    made_by_django = set(
        Permission.objects.exclude(name="").values_list("content_type__app_label", "codename")
    )

    for role in ROLES:
        for label in permissions_of(role):
            app, codename = label.split(".")
            assert (app, codename) in made_by_django
            model = apps.get_model(app, codename.split("_", 1)[1])
            own = dict(model._meta.permissions)
            default = {f"{one}_{model._meta.model_name}" for one in model._meta.default_permissions}
            assert codename in default | own.keys()


def test_operators_may_do_all_that_support_may():
    assert permissions_of("support") < permissions_of("operator")


def test_support_changes_nothing():
    looks = ("view_", "check_", "retry_")
    more = {one for one in permissions_of("support") if not one.split(".")[1].startswith(looks)}

    assert more == {"sync.add_run"}  # to sync now, and to have runs taken up


def test_a_group_of_that_name_that_was_there_before_stays_as_it_is():
    Group.objects.filter(name="support").delete()
    own = Group.objects.create(name="support")
    migration = import_module("sync.migrations.0024_staff_roles")
    enrichment = import_module("sync.migrations.0027_roles_see_enrichment")

    migration.create_roles(apps, connection.schema_editor())
    enrichment.add_permissions(apps, connection.schema_editor())

    assert not own.permissions.exists()


def test_support_tries_a_refused_product_again_and_decides_nothing():
    catalog = make_catalog()
    park(catalog)
    parked = Listing.objects.get()
    held = make_listing(catalog, status="held", sent=parked.wanted)
    browser = member("support")

    offered = buttons_of(browser, parked), buttons_of(browser, held)
    answers = [act(browser, held, one).status_code for one in ("withdraw_held", "keep_held")]
    decided = browser.post(reverse("admin:sync_listing_decide"), {}).status_code
    act(browser, parked, "retry_listings")

    assert offered == ({"sync_products", "retry_listings"}, {"sync_products"})
    assert (answers, decided) == ([403, 403], 403)
    parked.refresh_from_db()
    assert parked.status == Listing.Status.WAITING


def test_support_syncs_and_takes_up_and_leaves_stopping_to_operators():
    run = make_run(status=Run.Status.QUEUED)
    support, operator = member("support"), member("operator")

    offered = buttons_of(support, run), buttons_of(operator, run)
    refused = act(support, run, "stop").status_code
    by_list = support.post(changelist_url(Run), {"action": "stop", "_selected_action": [run.pk]})
    run.refresh_from_db()
    still = run.status
    act(operator, run, "stop")

    assert offered == ({"take_up"}, {"take_up", "stop"})
    assert refused == 403
    assert by_list.status_code == 302
    assert still == Run.Status.QUEUED
    run.refresh_from_db()
    assert run.status == Run.Status.STOPPED


def test_support_asks_pim_and_channel_how_they_are_and_pauses_neither():
    catalog = make_catalog()
    browser = member("support")

    of_catalog, of_channel = buttons_of(browser, catalog), buttons_of(browser, catalog.channel)
    page = page_of(browser.get(changelist_url(type(catalog.channel))))
    actions = {one["value"] for one in page.select("select[name=action] option") if one["value"]}

    assert of_catalog == {"sync_now", "full_sync", "dry_run", "look_at_catalogs"}
    assert of_channel == actions == {"check_channels"}
    assert act(browser, catalog.channel, "check_channels").status_code == 302


def test_exporting_erasing_inviting_and_appointing_are_for_operators():
    connection = make_connection()
    person = make_pim_user(connection)
    support, operator = member("support"), member("operator")

    assert buttons_of(support, connection) == set()
    assert buttons_of(operator, connection) == {
        *("invite", "announce", "enrich", "export_everything", "erase_everything")
    }
    assert act(support, person, "make_viewer").status_code == 403
    assert act(operator, person, "make_editor").status_code == 302
    for action in ("invite", "announce", "enrich", "export_everything", "erase_everything"):
        assert act(support, connection, action).status_code == 403
    assert Connection.objects.filter(pk=connection.pk).exists()


@pytest.mark.parametrize("role", ROLES)
def test_no_role_touches_users_groups_or_what_workers_own(role):
    mine = make_member(role)
    browser = browser_of_staff(mine)
    values = {"username": mine.username, "is_superuser": "on", "is_staff": "on"}
    rows = make_everything()

    for row in rows:
        name = f"admin:{row._meta.label_lower.replace('.', '_')}"
        may_change = row._meta.model_name in ("connection", "catalog", "channel")
        if role == "operator" and may_change:
            continue
        posted = browser.post(reverse(f"{name}_change", args=[row.pk]), {**values, "name": "x"})
        assert posted.status_code == 403, row
    password = reverse("admin:auth_user_password_change", args=[mine.pk])
    assert browser.post(password, {"password1": "x", "password2": "x"}).status_code == 403

    mine.refresh_from_db()
    assert not mine.is_superuser


def test_only_superusers_give_permissions_even_to_those_who_may_change_users():
    mary = make_staff(
        *(f"auth.{may}_{what}" for may in ("view", "add", "change") for what in ("user", "group"))
    )
    browser = browser_of_staff(mary)
    values = {"username": mary.username, "is_superuser": "on"}

    answers = [
        browser.post(reverse("admin:auth_user_change", args=[mary.pk]), values).status_code,
        browser.post(reverse("admin:auth_user_add"), values).status_code,
        browser.post(reverse("admin:auth_group_add"), {"name": "all"}).status_code,
    ]
    seen = browser.get(reverse("admin:auth_user_changelist")).status_code

    mary.refresh_from_db()
    assert answers == [403, 403, 403]
    assert (seen, mary.is_superuser) == (200, False)


def test_the_list_of_users_says_which_role_each_has():
    make_member("support")
    page = browser_of_superuser().see(reverse("admin:auth_user_changelist"))

    roles = [cell.get_text(strip=True) for cell in page.select("td.field-roles")]
    assert sorted(roles) == ["Superuser, may do everything", "support"]
    assert User.objects.count() == 2
