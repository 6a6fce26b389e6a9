"""Connection, PimUser and what is under way: how they are named and what must hold."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError
from django.utils import timezone

from connections.models import Authorization, Connection, FailedAuthorization, PimUser
from connections.tidying import forget_old_authorizations
from tests.factories import make_connection, make_pim_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("pim_url", "host"),
    [
        ("https://acme.cloud.akeneo.com", "acme.cloud.akeneo.com"),
        ("http://127.0.0.1:8081", "127.0.0.1:8081"),
        ("https://pim.example.com/akeneo", "pim.example.com/akeneo"),
    ],
)
def test_a_connection_is_called_by_its_address(pim_url, host):
    assert str(Connection(pim_url=pim_url)) == host


@pytest.mark.parametrize(
    ("firstname", "lastname", "name"),
    [
        ("Julia", "Stark", "Julia Stark"),
        ("Julia", "", "Julia"),
        ("", "Stark", "Stark"),
        ("", "", "A PIM user"),
    ],
)
def test_a_person_is_called_by_name_as_far_as_it_is_known(firstname, lastname, name):
    assert str(PimUser(firstname=firstname, lastname=lastname)) == name


def test_a_pim_is_there_once():
    make_connection(pim_url="https://acme.cloud.akeneo.com")

    with pytest.raises(IntegrityError):
        make_connection(pim_url="https://acme.cloud.akeneo.com")


def test_a_person_is_there_once():
    person = make_pim_user(sub="one")
    make_pim_user(person.connection, sub="two", email=person.email)

    with pytest.raises(IntegrityError):
        make_pim_user(person.connection, sub="one")


def test_connected_ones_are_those_that_can_be_called():
    connected = make_connection()
    make_connection(state=Connection.State.DISCONNECTED)
    make_connection(state=Connection.State.REGISTERED)

    assert list(Connection.objects.connected()) == [connected]


def make_authorization(number, **values):
    return Authorization.objects.create(
        **{
            "state_digest": str(number),
            "browser_digest": "b",
            "pim_url": "https://acme.cloud.akeneo.com",
            "expires_at": timezone.now() + timedelta(minutes=10),
            **values,
        }
    )


def test_what_never_came_back_is_forgotten_an_hour_after_it_expired():
    now = timezone.now()
    kept = [
        make_authorization(1),
        make_authorization(2, expires_at=now - timedelta(minutes=59), used_at=now),
    ]
    make_authorization(3, expires_at=now - timedelta(minutes=61))
    make_authorization(4, expires_at=now - timedelta(minutes=61), used_at=now)
    recent = FailedAuthorization.objects.create(address="198.51.100.1")
    FailedAuthorization.objects.create(
        address="198.51.100.1", created_at=now - timedelta(minutes=61)
    )

    assert forget_old_authorizations() == 3

    assert set(Authorization.objects.all()) == set(kept)
    assert list(FailedAuthorization.objects.all()) == [recent]


def test_sessions_that_ended_are_forgotten_with_them():
    now = timezone.now()
    for key, ends in (("ended", now - timedelta(seconds=1)), ("open", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)

    assert forget_old_authorizations() == 1

    assert [session.session_key for session in Session.objects.all()] == ["open"]


def test_a_digest_is_not_shown():
    authorization = make_authorization(1, state_digest="planted")

    assert "planted" not in f"{authorization!r} {authorization}"
