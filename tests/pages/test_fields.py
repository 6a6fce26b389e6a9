"""The fields of a channel: looked at, added, changed, refreshed from it, sent to Akeneo."""

import json

import pytest
import responses
from django.urls import reverse

from catalogs.mapping import digest_for, schema_of
from catalogs.models import Catalog, Channel
from channels.registry import KINDS
from channels.targets import Target
from connections.models import PimUser
from outbound.errors import TransientError
from tests.channels.memory import SHOPS, Shop
from tests.channels.memory_fields import FIELDS, FieldsAdapter
from tests.factories import make_catalog, make_channel, make_pim_user
from tests.pages.conftest import API, browser_of, messages_of, page_of, text_of

MATERIAL = Target("material", "string", "Material", "What it is made of.")


def address(name, channel, *more):
    return reverse(f"pages:{name}", args=[channel.uuid, *more])


def filled(**changes):
    values = {"what": "field", "title": "Stock", "code": "stock", "type": "number"}
    return {**values, "description": "How many.", **changes}


def stored(channel):
    return Channel.objects.get(pk=channel.pk).targets


@pytest.fixture
def reading(connection, monkeypatch):
    """A channel that tells its own fields."""
    monkeypatch.setitem(KINDS, "fields", FieldsAdapter)
    monkeypatch.setitem(SHOPS, "shop", Shop())
    monkeypatch.setitem(FIELDS, "shop", [MATERIAL])
    return make_channel(connection, kind="fields", settings={"shop": "shop"})


@pytest.fixture
def mapped(channel):
    """A catalog that has its channel's fields in Akeneo."""
    return make_catalog(channel, name="Summer", schema_digest=digest_for(channel))


def schema_url(catalog):
    return f"{API}/catalogs/{catalog.pim_catalog_id}/mapping-schemas/product"


def answering(pim, catalog, status=200):
    """A PIM that has the catalog's schema of now, and answers a new one with this status."""
    pim.get(schema_url(catalog), json=schema_of(catalog.channel))
    return pim.put(schema_url(catalog), json={}, status=status)


def test_the_page_says_what_the_kind_has_and_why_types_stay(browser, channel):
    page = browser.see(address("fields", channel))

    assert "keeps its code and its type for ever" in text_of(page)
    assert "Main image" in text_of(page.find(id="of-kind"))
    assert "Web address or picture" in text_of(page.find(id="of-kind"))
    assert "uuid" not in text_of(page.find(id="of-kind"))
    assert [one.string for one in page.select(".primary")] == ["Add this field"]


def test_a_field_is_added_and_sent_to_akeneo(browser, channel, mapped, pim):
    put = answering(pim, mapped)

    response = browser.post(address("fields", channel), filled(), follow=True)

    assert stored(channel) == (Target("stock", "number", "Stock", "How many."),)
    assert messages_of(response) == [
        "“Stock” is added.",
        "1 catalog has these fields in Akeneo now.",
    ]
    body = json.loads(put.calls[0].request.body)
    assert body["properties"]["stock"]["title"] == "Stock"
    assert "Stock" in text_of(page_of(response).find(id="own"))


def test_what_is_wrong_is_told_and_what_was_entered_stays(browser, channel):
    response = browser.post(address("fields", channel), filled(code="sku"))

    page = page_of(response)
    assert response.status_code == 422
    assert "There is a field with the code “sku” already." in text_of(page)
    assert page.find("input", {"name": "title"})["value"] == "Stock"
    assert stored(channel) == ()


def test_a_field_that_akeneo_did_not_get_is_told_and_can_be_sent_again(
    browser, channel, mapped, pim
):
    answering(pim, mapped, status=422)

    response = browser.post(address("fields", channel), filled(), follow=True)
    page = page_of(response)

    assert "“Summer”" in messages_of(response)[1]
    assert "Send them now" in text_of(page)
    assert page.find("form", action=address("send_fields", channel))

    pim.replace(responses.PUT, schema_url(mapped), json={}, status=200)
    again = browser.post(address("send_fields", channel), follow=True)
    assert messages_of(again) == ["1 catalog has these fields in Akeneo now."]
    assert "Send them now" not in text_of(page_of(again))


def test_what_is_sent_already_is_not_sent_again(browser, channel, mapped):
    response = browser.post(address("send_fields", channel), follow=True)

    assert messages_of(response) == ["Every catalog in Akeneo has these fields already."]


def test_a_list_to_start_from_is_added(browser, channel):
    response = browser.post(
        address("fields", channel), {"what": "template", "template": "google"}, follow=True
    )

    assert "google_product_category" in [one.code for one in stored(channel)]
    assert "fields are added." in messages_of(response)[0]


def test_a_field_is_described_anew_but_neither_renamed_nor_retyped(browser, channel):
    browser.post(address("fields", channel), filled())
    path = address("field", channel, "stock")

    page = browser.see(path)
    values = {"title": "In stock", "required": "on", "code": "other", "type": "text"}
    response = browser.post(path, values)

    assert "Both stay as they are" in text_of(page)
    assert not page.find(attrs={"name": "code"})
    assert not page.find(attrs={"name": "type"})
    assert response.url == address("fields", channel)
    assert stored(channel) == (Target("stock", "number", "In stock", "", required=True),)


def test_a_field_is_marked_as_gone_and_used_again(browser, channel):
    browser.post(address("fields", channel), filled())
    path = address("field", channel, "stock")

    browser.post(path, {"is_gone": "yes"})
    marked = browser.see(address("fields", channel))
    browser.post(path, {"is_gone": "no"})

    assert "No longer at the channel" in text_of(marked.find(id="own"))
    assert not stored(channel)[0].is_gone


def test_nothing_but_fields_is_set_by_these_pages(browser, channel):
    foreign = make_channel(name="Of another PIM")
    was = dict(Channel.objects.values().get(pk=channel.pk))
    sent = {
        **{"id": foreign.pk, "uuid": str(foreign.uuid), "channel": foreign.pk, "kind": "file"},
        **{"name": "Taken over", "settings": "{}", "fields": "[]", "connection": foreign.pk},
        **{"of_variant": "on", "format": "uri", "items": "object", "is_gone": "yes"},
    }

    browser.post(address("fields", channel), filled(**sent))
    browser.post(address("field", channel, "stock"), {"title": "In stock", **sent, "is_gone": ""})

    now = dict(Channel.objects.values().get(pk=channel.pk))
    assert {name for name in now if now[name] != was[name]} == {"fields"}
    assert stored(channel) == (Target("stock", "number", "Stock", "How many."),)
    assert stored(foreign) == ()


@pytest.mark.parametrize(
    "changes",
    [{"title": "S\0"}, {"description": "\0"}, {"code": "st\0ck"}, {"type": "integer"}],
)
def test_what_no_form_of_ours_sends_is_refused_and_stores_nothing(browser, channel, changes):
    response = browser.post(address("fields", channel), filled(**changes))

    assert response.status_code == 422
    assert stored(channel) == ()


@pytest.mark.parametrize("code", ["sku", "nothing"])
def test_only_own_fields_have_a_page(browser, channel, code):
    assert browser.get(address("field", channel, code)).status_code == 404


@pytest.mark.parametrize("role", [PimUser.Role.VIEWER, PimUser.Role.EDITOR])
@pytest.mark.parametrize("name", ["fields", "refresh_fields", "send_fields", "another_channel"])
def test_fields_and_copies_are_for_managers(connection, channel, role, name):
    browser = browser_of(make_pim_user(connection, role=role))

    assert browser.post(address(name, channel), filled()).status_code == 403
    assert stored(channel) == ()


class TestRefresh:
    def test_nothing_is_written_down_where_the_channel_tells(self, browser, reading):
        assert browser.post(address("fields", reading), filled()).status_code == 404
        page = browser.see(address("fields", reading))
        assert [one.string for one in page.select(".primary")] == ["Refresh fields"]
        assert "has not asked Web shop for its own fields yet" in text_of(page)

    def test_what_would_be_added_is_shown_first_and_nothing_is_stored(self, browser, reading):
        response = browser.post(address("refresh_fields", reading))

        page = page_of(response)
        assert "New: 1 field" in text_of(page)
        assert "Material" in text_of(page)
        assert "Nothing is stored yet" in text_of(page)
        assert stored(reading) == ()

    def test_what_was_seen_is_stored_and_sent(self, browser, reading, pim):
        mapped = make_catalog(reading, schema_digest=digest_for(reading))
        put = answering(pim, mapped)

        response = self.confirm(browser, reading)

        assert stored(reading) == (MATERIAL,)
        assert messages_of(response) == [
            "The fields of Web shop are stored.",
            "1 catalog has these fields in Akeneo now.",
        ]
        assert "material" in json.loads(put.calls[0].request.body)["properties"]
        assert Catalog.objects.get().schema_digest == digest_for(Channel.objects.get())

    def test_what_changed_since_it_was_seen_is_shown_again(self, browser, reading):
        seen = self.seen(browser, reading)
        FIELDS["shop"].append(Target("stock", "number", "Stock", "How many."))

        response = browser.post(address("refresh_fields", reading), {"seen": seen})

        assert "have changed since you looked" in text_of(page_of(response))
        assert "New: 2 fields" in text_of(page_of(response))
        assert stored(reading) == ()

    def test_what_vanished_and_what_changed_its_type_is_told(self, browser, reading):
        self.confirm(browser, reading)
        FIELDS["shop"] = [Target("material", "number", "Material", "")]
        retyped = text_of(page_of(browser.post(address("refresh_fields", reading))))
        FIELDS["shop"] = []
        vanished = text_of(page_of(browser.post(address("refresh_fields", reading))))

        assert "“Material” holds here: Text. At the channel now: Number." in retyped
        assert "Nothing has changed" in retyped
        assert "No longer at the channel: 1 field" in vanished

    def test_what_becomes_needed_is_warned_about(self, browser, reading):
        self.confirm(browser, reading)
        FIELDS["shop"] = [Target("material", "string", "Material", "", required=True)]

        page = text_of(page_of(browser.post(address("refresh_fields", reading))))

        assert "Needed from now on: 1 field" in page
        assert "products that lack one are not sent" in page

    def test_too_many_fields_are_refused_with_a_sentence(self, browser, reading):
        FIELDS["shop"] = [Target(f"f{n}", "string", "F", "") for n in range(600)]

        response = browser.post(address("refresh_fields", reading), follow=True)

        assert "Akeneo takes 600" in messages_of(response)[0]
        assert stored(reading) == ()

    def test_many_fields_are_warned_about(self, browser, reading):
        FIELDS["shop"] = [Target(f"f{n}", "string", "F", "") for n in range(200)]

        page = text_of(page_of(browser.post(address("refresh_fields", reading))))

        assert "the mapping screen in Akeneo becomes slow" in page

    def test_a_channel_that_does_not_answer_is_told(self, browser, reading):
        SHOPS["shop"].fault = TransientError("The shop is closed.")

        response = browser.post(address("refresh_fields", reading), follow=True)

        assert messages_of(response) == ["The shop is closed."]

    def seen(self, browser, channel):
        page = page_of(browser.post(address("refresh_fields", channel)))
        return page.find("input", {"name": "seen"})["value"]

    def confirm(self, browser, channel):
        values = {"seen": self.seen(browser, channel)}
        return browser.post(address("refresh_fields", channel), values, follow=True)
