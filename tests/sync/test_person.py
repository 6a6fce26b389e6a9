"""One person of a PIM asks what is known of them, or to be forgotten; the PIM stays connected."""

import json

import pytest
from django.urls import reverse

from catalogs.models import Channel
from catalogs.pauses import pause
from connections.audit import Actor, acting_as
from connections.models import AuditRecord, PimUser
from connections.people import change_role
from enrichment.models import TranslationOrder
from outbound.errors import ConfigurationError
from sync.models import EventSubscription
from sync.privacy.person import NOBODY, erase_person, export_person
from tests.factories import (
    make_catalog,
    make_channel,
    make_connection,
    make_order,
    make_pim_user,
    make_run,
)
from tests.staff import browser_of_staff, make_staff

pytestmark = pytest.mark.django_db

LOOKS = "connections.view_pimuser"


@pytest.fixture
def connection():
    return make_connection(token="planted-token")


@pytest.fixture
def mary(connection):
    """A manager who paused a channel, started a run and made somebody a manager."""
    mary = make_pim_user(
        connection, firstname="Mary", lastname="Miller", email="mary@acme.example.com"
    )
    eve = make_pim_user(connection, firstname="Eve", lastname="Evans", role="editor")
    channel = make_channel(connection)
    make_run(make_catalog(channel), started_by=mary.name)
    EventSubscription.objects.create(connection=connection, paused_by=mary.name)
    make_order(connection, asked_by=mary.name, confirmed_by=mary.name)
    with acting_as(lambda: Actor.pim_user(mary)):
        pause(channel)
        change_role(eve, PimUser.Role.MANAGER)
    with acting_as(lambda: Actor.pim_user(eve)):
        change_role(mary, PimUser.Role.EDITOR)
    return mary


def everything_told():
    rows = [
        *PimUser.objects.values(),
        *AuditRecord.objects.values(),
        *Channel.objects.values("paused_by"),
        *TranslationOrder.objects.values(),
        *EventSubscription.objects.values("paused_by"),
    ]
    return json.dumps(rows, default=str)


def act(browser, person, action, values=None):
    return browser.post(
        reverse("admin:connections_pimuser_act", args=[person.pk, action]), values or {}
    )


def test_an_export_says_who_it_is_what_they_did_and_what_was_done_to_them(mary):
    told = export_person(mary)

    assert told["person"]["email"] == "mary@acme.example.com"
    assert [one["action"] for one in told["audit"]] == [
        *("paused", "role_changed", "role_changed", "person_exported")
    ]
    assert len(told["runs"]) == len(told["texts_to_translate"]) == 1
    assert "planted" not in json.dumps(told, default=str)


def test_somebody_who_is_erased_is_named_nowhere_and_what_was_done_stays(mary):
    acts = AuditRecord.objects.count()

    erase_person(mary)

    assert "Mary" not in everything_told()
    assert str(mary.uuid) not in everything_told()
    assert "Eve Evans" in everything_told()
    assert AuditRecord.objects.count() == acts + 1
    assert Channel.objects.get().paused_by == NOBODY


def test_people_of_the_same_name_keep_theirs(mary, connection):
    make_pim_user(connection, firstname="Mary", lastname="Miller", sub="another")

    erase_person(mary)

    assert PimUser.objects.filter(lastname="Miller").count() == 1
    assert Channel.objects.get().paused_by == "Mary Miller"


def test_the_only_manager_is_not_erased(connection):
    only = make_pim_user(connection, role=PimUser.Role.MANAGER)

    with pytest.raises(ConfigurationError, match="only manager"):
        erase_person(only)

    assert PimUser.objects.filter(pk=only.pk).exists()


def test_another_pim_is_not_touched(mary):
    other = make_pim_user(make_connection(), firstname="Mary", lastname="Miller", sub="other")
    make_run(make_catalog(make_channel(other.connection)), started_by=other.name)

    erase_person(mary)

    assert PimUser.objects.get(lastname="Miller") == other
    assert other.connection.channels.get().catalogs.get().runs.get().started_by == other.name


def test_staff_are_asked_before_a_person_is_erased(mary):
    browser = browser_of_staff(make_staff(LOOKS, "connections.delete_pimuser"))

    asked = act(browser, mary, "erase_person").content.decode()
    still = PimUser.objects.filter(pk=mary.pk).exists()
    act(browser, mary, "erase_person", {"sure": "yes"})

    assert "It cannot be undone" in asked
    assert still
    assert not PimUser.objects.filter(pk=mary.pk).exists()


def test_staff_download_what_is_known_of_a_person(mary):
    browser = browser_of_staff(make_staff(LOOKS, "connections.export_connection"))

    response = act(browser, mary, "export_person")

    assert response["Content-Disposition"].startswith("attachment")
    assert response.json()["person"]["firstname"] == "Mary"


def test_whoever_may_only_look_exports_and_erases_nobody(mary):
    browser = browser_of_staff(make_staff(LOOKS))

    for action in ("export_person", "erase_person"):
        assert act(browser, mary, action, {"sure": "yes"}).status_code == 403
    assert PimUser.objects.filter(pk=mary.pk).exists()
