"""The page on which a manager says what products carry, with a real sandbox PIM behind it."""

import pytest
from django.urls import reverse

from catalogs.content import set_content
from catalogs.models import Catalog
from channels.base import TransientError
from connections.models import AuditRecord
from tests.factories import make_catalog, make_pim_user
from tests.pages.conftest import browser_of, messages_of, page_of, text_of
from tests.sync.content.able_world import make_able, shop
from tests.world import make_world

__all__ = ["make_world", "shop"]


@pytest.fixture
def world(make_world, shop):
    return make_able(make_world, 3)


@pytest.fixture
def browser(world):
    return browser_of(make_pim_user(world.connection))


@pytest.fixture
def address(world):
    return reverse("pages:catalog_content", args=[world.catalog.uuid])


def choices(page, name):
    return [option["value"] for option in page.select(f'[name="{name}"] option')]


def test_everything_is_chosen_from_what_the_pim_and_the_shop_have(browser, address):
    page = browser.see(address)

    assert choices(page, "locale") == ["", "de_DE", "en_US", "fr_FR"]
    assert choices(page, "language:de_DE") == ["", "de", "en", "fr"]
    cell = page.find(attrs={"name": "language:de_DE"}).find_parent("td")
    assert cell["data-label"] == "On Able"  # a narrow screen has no head of the table
    assert [box["value"] for box in page.select("[name=currencies]")] == ["EUR", "USD"]
    assert choices(page, "complete_for") == ["", "ecommerce", "print"]
    assert choices(page, "category_root")[:3] == ["", "master", "clothing"]
    assert choices(page, "relation:UPSELL") == ["", "related", "accessory"]
    assert choices(page, "shop:0") == ["", "1", "2"]
    assert choices(page, "owner:name") == ["always", "new", "empty"]
    assert not page.select('[name="owner:uuid"]')
    assert len(page.select("h1")) == len(page.select("form button.primary")) == 1


def test_what_is_chosen_is_stored_told_to_the_pim_and_recorded(browser, address, world):
    sent = {
        "locale": "en_US",
        "language:en_US": "en",
        "language:fr_FR": "fr",
        "language:de_DE": "",
        "missing:fr_FR": "keep",
        "currencies": ["EUR"],
        "currencies:shown": "1",
        "complete_for": "print",
        "when_incomplete": "leave",
        "category_root": "master",
        "relation:UPSELL": "related",
        "relation:PACK": "",
        "shop_value:0": "main",
        "shop:0": "1",
        "shop_value:1": "",
        "owner:name": "new",
        "owner:sku": "always",
    }

    response = browser.post(address, sent)

    catalog = world.again()
    there = world.pim.catalogs[catalog.pim_catalog_id]
    assert response.url == catalog.get_absolute_url()
    assert messages_of(browser.get(response.url)) == ["Saved. The next run reads everything."]
    assert (catalog.locale, catalog.locales) == ("en_US", {"en_US": "en", "fr_FR": "fr"})
    assert (catalog.when_missing, catalog.currencies) == ({"fr": "keep"}, ["EUR"])
    assert (catalog.complete_for, catalog.when_incomplete) == ("print", "leave")
    assert (catalog.category_root, catalog.relations) == ("master", {"UPSELL": "related"})
    assert (catalog.shops, catalog.set_when) == ({"main": "1"}, {"name": "new"})
    assert (there.managed_locales, there.managed_currencies) == (["en_US", "fr_FR"], ["EUR"])
    record = AuditRecord.objects.filter(action="catalog_changed").latest("pk")
    assert record.details["category_root"] == "master"


def test_what_only_concerns_sending_makes_no_run_read_everything(browser, address, world):
    response = browser.post(address, {"owner:name": "new"})

    assert messages_of(browser.get(response.url)) == ["Saved."]
    assert world.again().content_changed_at is None


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"language:en_US": "en", "language:fr_FR": "en"}, "cannot become the same one"),
        ({"language:fr_FR": "fr", "missing:fr_FR": "default"}, "Choose the default language"),
        ({"currencies": ["EURO"], "currencies:shown": "1"}, "is no currency"),
        ({"relation:UPSELL": "made-up"}, "has no such links"),
        ({"owner:uuid": "new"}, "no field “uuid”"),
    ],
)
def test_what_cannot_be_is_told_and_stores_nothing(browser, address, world, sent, sentence):
    before = world.again().updated_at

    response = browser.post(address, sent)

    assert response.status_code == 422
    assert sentence in text_of(page_of(response))
    assert world.again().updated_at == before


def test_the_page_opens_and_keeps_what_is_set_when_nobody_can_be_asked(
    browser, address, world, shop
):
    set_content(world.again(), locales={"en_US": "en"}, currencies=["EUR"])
    shop.fault = TransientError("The shop is down.")
    world.between.edit(r"/api/rest/v1/", lambda body: b"<html>maintenance</html>", times=999)

    page = browser.see(address)

    assert "Akeneo does not tell what there is to choose." in text_of(page)
    assert "Able does not tell its languages and shops. The shop is down." in text_of(page)
    assert page.select_one('[name="language:en_US"]')["value"] == "en"
    assert page.select_one("[name=currencies]").has_attr("checked")


def test_a_pim_that_cannot_be_told_keeps_everything_as_it_was(browser, address, world):
    world.between.edit(r"/catalogs/[^/]+\?$", lambda body: b"oops", times=999)

    response = browser.post(address, {"language:en_US": "en"})

    assert response.status_code == 502
    assert world.again().locales == {}


def test_a_catalog_of_raw_products_has_nothing_to_choose(browser, world):
    raw = make_catalog(world.channel, raw=True)

    page = browser.see(reverse("pages:catalog_content", args=[raw.uuid]))

    assert "there is nothing to choose here" in text_of(page)
    assert not page.main.select("form")


def test_shops_that_nobody_has_assigned_are_named_on_the_catalogs_page(browser, world):
    set_content(world.again(), shops={"b2b": "", "main": "1"})

    page = browser.see(world.catalog.get_absolute_url())

    assert "left out: b2b." in text_of(page)


def test_only_managers_may_set_it(world, address):
    viewer = browser_of(make_pim_user(world.connection, role="viewer"))

    assert viewer.get(address).status_code == 403
    assert viewer.post(address, {"locale": "en_US"}).status_code == 403
    assert world.again().locale == ""


@pytest.mark.parametrize(
    "sent",
    [
        {"locale": "en\0US"},
        {"language:en\0US": "en"},
        {"language:en_US": "e\0n"},
        {"complete_for": "\0"},
        {"category_root": "m\0aster"},
        {"relation:\0": "related"},
        {"shop_value:0": "\0", "shop:0": "1"},
        {"currencies": ["E\0R"], "currencies:shown": "1"},
        {"when_incomplete": "sell"},
        {"when_incomplete": "hide"},  # the shop cannot
        {"category_root": "x" * 101},
        {f"shop_value:{n}": f"v{n}" for n in range(301)},
    ],
)
def test_what_no_form_of_ours_sends_is_refused_and_stores_nothing(browser, address, world, sent):
    before = world.again().updated_at

    response = browser.post(address, sent)

    assert response.status_code == 422
    assert world.again().updated_at == before


def test_nothing_but_content_is_set_by_this_page(browser, address, world):
    other = make_catalog(world.channel, name="Another")
    foreign = make_catalog(name="Of another PIM")
    was = dict(Catalog.objects.values().get(pk=world.catalog.pk))
    sent = {
        **{"id": other.pk, "pk": foreign.pk, "uuid": str(foreign.uuid), "catalog": foreign.pk},
        **{"channel": foreign.channel.pk, "pim_catalog_id": foreign.pim_catalog_id, "raw": "on"},
        **{"name": "Taken over", "shape": "models", "every": "1", "position": "9"},
        **{"fuse_count": "999", "on_shop": "withdraw", "when_absent": "leave", "owner:name": "new"},
    }

    assert browser.post(address, sent).status_code == 302

    now = dict(Catalog.objects.values().get(pk=world.catalog.pk))
    assert {name for name in now if now[name] != was[name]} == {"set_when", "updated_at"}
    for one in (other, foreign):
        one.refresh_from_db()
        assert one.set_when == {}


def test_the_fields_that_are_always_set_are_folded(browser, world, address):
    set_content(world.catalog, set_when={"name": "new"})

    page = browser.see(address)

    folded = {one["name"] for one in page.select("details select[name^='owner:']")}
    assert len(folded) > 6
    assert "owner:name" not in folded
    assert page.find("select", {"name": "owner:name"})


class TestManyCategories:
    """More than anybody looks through: trees are named, and a code is typed."""

    @pytest.fixture(autouse=True)
    def many(self, world):
        known = world.pim.assortment.categories
        for number in range(500):
            known[f"shelf_{number}"] = {**known["clothing"], "code": f"shelf_{number}"}

    def test_trees_are_named_and_a_code_is_typed(self, browser, address, world):
        page = browser.see(address)

        assert page.select_one("input[name=category_root]")
        assert "Type the code of one, for instance of a tree: All products (master)" in text_of(
            page
        )
        assert "shelf_1" not in text_of(page)

        response = browser.post(address, {"category_root": "shelf_499"})

        assert messages_of(browser.get(response.url)) == ["Saved. The next run reads everything."]
        assert world.again().category_root == "shelf_499"

    def test_they_are_not_all_read(self, browser, address, world):
        answers: list[bytes] = []

        def counted(body: bytes) -> bytes:
            answers.append(body)
            return body

        world.between.edit(r"/categories\b", counted, times=999)

        browser.see(address)

        assert len(answers) == 2


def test_a_category_that_akeneo_does_not_have_is_refused(browser, address, world):
    response = browser.post(address, {"category_root": "mastre"})

    assert response.status_code == 422
    assert "Akeneo has no category with the code “mastre”." in text_of(page_of(response))
    assert world.again().category_root == ""


def test_a_category_is_taken_when_akeneo_cannot_be_asked(browser, address, world):
    world.between.edit(r"/categories\b", lambda body: b"oops", times=999)

    response = browser.post(address, {"category_root": "master"})

    assert response.status_code == 302
    assert world.again().category_root == "master"
