"""An installation whose ENCRYPTION_KEYS no longer read what is stored."""

import pytest
from cryptography.fernet import Fernet

from connections.clients import client_for
from connections.connections import register
from connections.fields import SecretsUnusable
from tests.connections.conftest import app_of, connection_to, refusal_in, signed_in_as, under_way
from tests.visitor import ACTIVATE


@pytest.fixture
def lose_key(settings):
    def lose():
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    return lose


def test_opening_the_app_says_what_staff_must_do(pim, julia, lose_key):
    lose_key()

    said = refusal_in(julia.ferry.get(ACTIVATE, {"pim_url": pim.base_url}), 400)

    assert "put the earlier key back" in said
    assert under_way() == 0


def test_without_any_key_nothing_is_stored(settings, pim, julia):
    callback = julia.agree(julia.activate(pim.base_url))
    settings.ENCRYPTION_KEYS = []

    said = refusal_in(julia.ferry.get(callback), 400)

    assert "ENCRYPTION_KEYS is not set" in said
    assert not connection_to(pim).is_connected


def test_who_is_signed_in_can_go_on_looking(pim, julia, lose_key):
    julia.open_app(pim.base_url)
    lose_key()

    assert signed_in_as(julia) == "Julia Stark"
    assert julia.ferry.get("/connection").status_code == 200


def test_a_call_to_the_pim_says_what_is_missing(pim, julia, lose_key):
    julia.open_app(pim.base_url)
    lose_key()

    with pytest.raises(SecretsUnusable, match="put the earlier key back"):
        client_for(connection_to(pim))


def test_putting_the_key_back_heals_everything(settings, pim, julia, lose_key):
    julia.open_app(pim.base_url)
    earlier = settings.ENCRYPTION_KEYS
    lose_key()

    settings.ENCRYPTION_KEYS = [*settings.ENCRYPTION_KEYS, *earlier]

    assert connection_to(pim).token == app_of(pim).token
    julia.open_app(pim.base_url)


def test_a_custom_app_is_registered_and_opened_once_more(pim, julia, lose_key):
    julia.open_app(pim.base_url)
    app = app_of(pim)
    lose_key()

    register(pim.base_url, client_id=app.client_id, client_secret=app.client_secret)
    julia.open_app(pim.base_url)

    assert connection_to(pim).token == app.token
    assert under_way() == 2


def test_a_published_app_is_only_opened_once_more(settings, pim, julia, lose_key):
    app = app_of(pim)
    settings.AKENEO_CLIENT_ID, settings.AKENEO_CLIENT_SECRET = app.client_id, app.client_secret
    register(pim.base_url)
    julia.open_app(pim.base_url)
    lose_key()

    julia.open_app(pim.base_url)

    assert connection_to(pim).token == app.token
