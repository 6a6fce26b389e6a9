"""What is recorded of channels, catalogs and decisions; never a secret."""

import json

import pytest

from catalogs.catalogs import set_every
from catalogs.channels import change_channel, create_channel
from catalogs.models import Catalog
from catalogs.pauses import pause
from connections.audit import Actor, acting_as
from connections.models import AuditRecord
from sync.listings import confirm_held, refuse_held
from sync.models import Listing
from sync.ordering import archive, restore
from sync.removal import remove_channel
from tests.factories import make_catalog, make_channel, make_document, make_listing, make_pim_user

pytestmark = pytest.mark.django_db

SECRET = "planted-in-the-channel"


@pytest.fixture
def mary():
    person = make_pim_user()
    with acting_as(lambda: Actor.pim_user(person)):
        yield person


def recorded():
    rows = AuditRecord.objects.order_by("pk")
    return [(row.action, row.subject, row.details) for row in rows]


def test_a_channel_is_recorded_with_the_names_of_its_settings(mary):
    values = {"endpoint": "https://shop.example.com/in", "secret": SECRET}
    channel = create_channel(
        mary.connection, name="Shop", kind="http", values=values, by_staff=False
    )
    changed = {"endpoint": "https://shop.example.com/new", "secret": f"{SECRET}-2"}
    change_channel(channel, name="Shop", values=changed, by_staff=False)
    change_channel(channel, name="Our shop", values={**changed, "secret": ""}, by_staff=False)

    assert recorded() == [
        ("channel_created", "Shop", {"kind": "http"}),
        ("channel_changed", "Shop", {"settings": ["endpoint", "secret"]}),
        ("channel_changed", "Our shop", {"settings": []}),
    ]
    assert set(AuditRecord.objects.values_list("actor", "pim_url")) == {
        ("Mary Smith", mary.connection.pim_url)
    }
    assert SECRET not in json.dumps(recorded())


def test_changes_of_a_catalog_are_recorded_and_what_changes_nothing_is_not(mary):
    catalog = make_catalog(make_channel(mary.connection), name="Web shop", every=30)

    set_every(catalog, 30)
    set_every(catalog, 60)
    pause(catalog)
    pause(catalog)
    archive(catalog)
    restore(catalog)

    assert recorded() == [
        ("catalog_changed", "Web shop", {"every": 60}),
        ("paused", "Web shop", {"what": "catalog", "reason": "", "until": None}),
        ("catalog_changed", "Web shop", {"archived": True}),
        ("catalog_changed", "Web shop", {"archived": False}),
    ]


def test_a_decision_about_held_products_names_them(mary):
    catalog = make_catalog(make_channel(mary.connection), name="Web shop")
    held = [
        make_listing(catalog, label=name, status=Listing.Status.HELD, sent=make_document())
        for name in ("Boot", "Cap", "Mug")
    ]

    confirm_held(catalog, [one.pk for one in held[:2]])
    refuse_held(catalog, [one.pk for one in held])
    refuse_held(catalog, [one.pk for one in held])

    which = {"catalog": str(catalog.uuid)}
    assert recorded() == [
        ("withdrawal_confirmed", "Web shop", {**which, "number": 2, "products": ["Boot", "Cap"]}),
        ("withdrawal_refused", "Web shop", {**which, "number": 1, "products": ["Mug"]}),
    ]


def test_removing_a_channel_is_recorded_with_what_was_decided(mary):
    channel = make_channel(mary.connection, name="Shop")
    make_catalog(channel, name="Web shop")

    remove_channel(channel, on_shop=Catalog.OnShop.LEAVE, in_pim=Catalog.InPim.KEEP)

    assert recorded() == [
        ("channel_removed", "Shop", {"kind": "http"}),
        (
            "catalog_removed",
            "Web shop",
            {"channel": "Shop", "on_shop": "leave", "in_pim": "keep"},
        ),
    ]
