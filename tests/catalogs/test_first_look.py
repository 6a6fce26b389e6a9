"""A channel that tells its own fields is asked for them when it is created, wherever that is."""

import pytest
from django.db import connection as database
from django.urls import reverse

from catalogs.models import Channel
from channels.registry import KINDS
from channels.targets import Target
from outbound.errors import TransientError
from tests.channels.memory import SHOPS, Shop
from tests.channels.memory_fields import FIELDS, FieldsAdapter
from tests.factories import make_connection, make_pim_user
from tests.pages.conftest import browser_of, messages_of
from tests.programs import call
from tests.staff import browser_of_superuser

pytestmark = pytest.mark.django_db(transaction=True)

PIM = "https://acme.cloud.akeneo.com"
MATERIAL = Target("material", "string", "Material", "What it is made of.")
CLOSED = "Its own fields could not be read: The shop is closed."


class LookedAtAdapter(FieldsAdapter):
    """Fails where it is asked within a transaction."""

    def read_fields(self):
        assert not database.in_atomic_block
        return super().read_fields()


class LiarsAdapter(FieldsAdapter):
    """Its shop's answer lacks what is documented."""

    def check(self):
        raise KeyError("data")


@pytest.fixture
def shop(monkeypatch):
    monkeypatch.setitem(KINDS, "fields", LookedAtAdapter)
    monkeypatch.setitem(SHOPS, "shop", Shop())
    monkeypatch.setitem(FIELDS, "shop", [MATERIAL])
    return SHOPS["shop"]


@pytest.fixture
def liar(shop, monkeypatch):
    monkeypatch.setitem(KINDS, "fields", LiarsAdapter)


@pytest.fixture
def pim():
    return make_connection(pim_url=PIM)


def by_page(pim):
    browser = browser_of(make_pim_user(pim))
    values = {"name": "Shop", "set_shop": "shop"}
    response = browser.post("/channels/new/fields", values, follow=True)
    return messages_of(response)


def by_admin(pim):
    values = {"connection": pim.pk, "name": "Shop", "set_shop": "shop"}
    address = f"{reverse('admin:catalogs_channel_add')}?kind=fields"
    return messages_of(browser_of_superuser().post(address, values, follow=True))


def by_command(pim):
    added = ("add_channel", "Shop", "--pim", pim.pim_url, "--kind", "fields", "--set", "shop=shop")
    ended = call(*added)
    assert (ended.status, ended.err) == (0, "")
    return [ended.out]


WAYS = pytest.mark.parametrize("way", [by_page, by_admin, by_command])


@WAYS
def test_it_is_asked_outside_of_any_transaction_and_its_fields_are_stored(pim, shop, way):
    said = way(pim)

    assert Channel.objects.get().targets == (MATERIAL,)
    assert "could not be read" not in " ".join(said)


@WAYS
def test_a_channel_that_cannot_be_asked_is_created_all_the_same(pim, shop, way):
    shop.fault = TransientError("The shop is closed.")

    said = way(pim)

    assert Channel.objects.get().targets == ()
    assert CLOSED in " ".join(said)


@WAYS
def test_an_answer_that_nobody_understands_is_a_remark(pim, liar, way):
    said = way(pim)

    assert Channel.objects.get().targets == ()
    assert "Shop answered in a way that this app does not understand." in " ".join(said)


def test_too_many_fields_are_a_remark(pim, shop):
    FIELDS["shop"] = [Target(f"f{n}", "string", "F", "") for n in range(600)]

    said = by_page(pim)

    assert Channel.objects.get().targets == ()
    assert "Akeneo takes 600" in " ".join(said)


def test_the_page_says_how_many_there_are(pim, shop):
    assert by_page(pim) == [
        "“Shop” is stored.",
        "1 field of its own can be mapped in Akeneo.",
    ]


def test_the_command_tells_their_number_as_json(pim, shop):
    added = ("add_channel", "Shop", "--pim", PIM, "--kind", "fields", "--set", "shop=shop")

    ended = call(*added, "--json")
    shop.fault = TransientError("The shop is closed.")
    closed = call(*added, "--json")

    assert ended.answer == {
        "id": Channel.objects.earliest("pk").pk,
        "name": "Shop",
        "kind": "fields",
        "fields": 1,
    }
    assert closed.answer["fields"] == 0
    assert closed.answer["remark"].startswith(CLOSED)


def test_trying_a_form_out_asks_for_no_fields(pim, shop):
    FIELDS["shop"] = []
    values = {"name": "Shop", "set_shop": "shop", "check": "1"}

    response = browser_of(make_pim_user(pim)).post("/channels/new/fields", values)

    assert response.status_code == 200
    assert not Channel.objects.exists()


def test_a_check_of_a_channel_that_nobody_understands_is_told(pim, liar):
    values = {"name": "Shop", "set_shop": "shop", "check": "1"}

    response = browser_of(make_pim_user(pim)).post("/channels/new/fields", values)

    assert "does not understand" in response.content.decode()
