"""Whoever confirms an address hears of what is not well already, in one mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from time_machine import travel

from connections.models import PimUser
from sync.alerts.readers import confirm, set_address
from sync.alerts.sending import send_mails
from sync.models import AlertChoice, AlertMessage, AlertSettings, How, Listing, Notice, Run
from sync.notices import review_everything
from tests.factories import make_catalog, make_channel, make_pim_user
from tests.sync.alerts.conftest import delivered, ended, let_wait_for_a_decision

pytestmark = pytest.mark.django_db

MINE = "mary@acme.example.com"


@pytest.fixture
def held(catalog):
    """Two catalogs in which something waits for a decision."""
    let_wait_for_a_decision(catalog, make_catalog(catalog.channel, position=1, name="Outlet"))
    return catalog


@pytest.fixture
def user(connection):
    return make_pim_user(connection, role=PimUser.Role.MANAGER)


def enter(user, address=MINE, how=How.NOW):
    reader = set_address(user, address)
    AlertSettings.objects.filter(pk=reader.pk).update(how=how)
    reader.refresh_from_db()
    delivered()
    return reader


def test_one_mail_says_what_is_not_well_already(held, user, olga):
    reader = enter(user)
    confirm(reader)
    send_mails()

    [sent] = mail.outbox
    assert sent.to == [MINE]
    assert sent.subject == "[Ferry] Not well already: 2 things to look at"
    for name in ("Web shop", "Outlet"):
        assert f"31 changes of “{name}” are held for your decision." in sent.body
    review_everything()
    mail.outbox.clear()
    assert delivered() == []


def test_where_all_is_well_nothing_is_sent(catalog, user):
    confirm(enter(user))

    assert delivered() == []


def test_it_comes_with_the_daily_mail_of_whoever_wants_that(held, user):
    confirm(enter(user, how=How.DAILY))
    assert delivered() == []

    with travel(timezone.now() + timedelta(hours=24), tick=False):
        assert [subject for _, subject in delivered()] == ["[Ferry] Your day: 2 things to look at"]


def test_what_they_do_not_want_to_hear_of_is_left_out(held, user):
    reader = enter(user)
    AlertChoice.objects.create(reader=reader, catalog=held, how=How.NEVER)
    confirm(reader)

    subjects = [subject for _, subject in delivered()]
    assert subjects == ["[Ferry] Not well already: 1 thing to look at"]


def test_what_nobody_was_told_of_yet_is_told_when_it_is_time(connection, catalog, user):
    ended(catalog, Run.Status.FAILED)
    review_everything()
    assert Notice.objects.open().get().told_at is None
    confirm(enter(user))
    assert delivered() == []

    ended(catalog, Run.Status.FAILED)
    review_everything()
    assert delivered() == [(MINE, "[Ferry] Run failed: Web shop")]


def test_a_new_reader_hears_when_all_is_well_again(held, user):
    confirm(enter(user))
    delivered()
    Listing.objects.all().delete()
    review_everything()

    assert len(delivered()) == 2


def test_whoever_changes_their_address_is_not_told_the_same_again(held, user):
    confirm(enter(user))
    assert len(delivered()) == 1

    confirm(enter(user, "mary@elsewhere.example.com"))

    assert delivered() == []


def test_what_the_former_address_never_took_is_told_to_the_new_one(held, user):
    confirm(enter(user))
    AlertMessage.objects.unsent().update(given_up_at=timezone.now(), problem="550 No such person")

    confirm(enter(user, "mary@elsewhere.example.com"))

    assert delivered() == [
        ("mary@elsewhere.example.com", "[Ferry] Not well already: 2 things to look at")
    ]


def test_a_link_that_is_used_twice_tells_once(held, user):
    reader = enter(user)
    confirm(reader)
    at = AlertSettings.objects.get().confirmed_at
    confirm(reader)

    assert AlertSettings.objects.get().confirmed_at == at
    assert AlertMessage.objects.filter(kind="opened").count() == 2
    assert len(delivered()) == 1


def test_nothing_of_another_pim_is_told(held, olga):
    other = make_catalog(make_channel())
    user = make_pim_user(other.connection, role=PimUser.Role.MANAGER)
    confirm(enter(user, "zoe@other.example.com"))

    assert delivered() == []
