"""Another shop like this one: what is asked, what is made, and what people are told to do."""

from uuid import uuid4

import pytest
from django.urls import reverse

from catalogs.mapping import digest_for, schema_of
from catalogs.models import Catalog, Channel
from tests.channels.receiver import running_receiver
from tests.factories import make_catalog, make_channel
from tests.pages.conftest import API, messages_of, page_of, text_of

SECRET = "planted-secret-0123456789"


@pytest.fixture
def channel(connection):
    return make_channel(connection, secrets={"secret": SECRET})


@pytest.fixture
def path(channel):
    return reverse("pages:another_channel", args=[channel.uuid])


def filled(**changes):
    values = {"name": "Outlet", "set_endpoint": "https://outlet.example.com/in", "set_secret": ""}
    return {**values, "set_batch_size": "100", **changes}


def test_settings_are_offered_but_no_secret(browser, channel, path):
    make_catalog(channel, name="Summer")

    response = browser.get(path)

    page = page_of(response)
    assert page.find("input", {"name": "set_endpoint"})["value"].startswith("https://shop.example")
    assert page.find("input", {"name": "name"}).get("value", "") == ""
    assert "Leave this empty to keep it" not in text_of(page)
    assert "Secrets are not taken over" in text_of(page)
    assert "Summer" in text_of(page)
    assert SECRET not in response.content.decode()


def test_a_shop_without_catalogs_is_made_at_once(browser, connection, path, channel):
    response = browser.post(path, filled(), follow=True)

    made = Channel.objects.exclude(pk=channel.pk).get()
    assert (made.connection, made.name, made.secrets) == (connection, "Outlet", {})
    assert messages_of(response) == ["“Outlet” is created, without any catalog."]


def test_catalogs_are_copied_and_people_told_to_enable_them(browser, channel, path, pim):
    catalog = make_catalog(channel, name="Web shop products", schema_digest=digest_for(channel))
    there = f"{API}/catalogs/{catalog.pim_catalog_id}"
    copy = {"id": str(uuid4()), "name": "Outlet products", "enabled": False}
    pim.get(there, json={"id": catalog.pim_catalog_id, "name": catalog.name, "enabled": True})
    asked = pim.post(f"{there}/duplicate", json=copy, status=201)
    pim.get(f"{API}/catalogs/{copy['id']}/mapping-schemas/product", json=schema_of(channel))

    response = browser.post(path, filled(), follow=True)

    assert b'"name":"Outlet products"' in asked.calls[0].request.body
    assert Catalog.objects.get(pim_catalog_id=copy["id"]).channel.name == "Outlet"
    assert messages_of(response) == [
        "“Outlet” is created, with 1 catalog.",
        "Nothing is sent yet: Akeneo leaves copies disabled. Open each catalog there, look at its "
        "selection and mapping, and enable it.",
    ]


def test_what_akeneo_refuses_is_told_and_nothing_stays(browser, channel, path, pim):
    catalog = make_catalog(channel)
    pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", json={"message": "no"}, status=403)

    response = browser.post(path, filled())

    assert response.status_code == 422
    assert "does not allow the app to do this" in text_of(page_of(response))
    assert Channel.objects.get() == channel


def test_the_same_shop_once_more_is_told(browser, channel, path):
    same = filled(set_endpoint=channel.settings["endpoint"], set_secret=SECRET)
    Channel.objects.update(settings={**channel.settings, "hides": "no"})

    response = browser.post(path, same)

    assert response.status_code == 422
    assert "both would feed the same shop" in text_of(page_of(response))


def test_a_check_reaches_the_other_shop_and_makes_nothing(browser, channel, path, settings):
    settings.PIM_ALLOW_INSECURE = True
    make_catalog(channel)
    with running_receiver() as receiver:
        values = filled(set_endpoint=receiver.url, name="", check="1")
        response = browser.htmx("post", path, values)

    assert "can be reached" in text_of(page_of(response))
    assert Channel.objects.get() == channel


def test_the_channels_page_leads_here(browser, channel, path):
    page = browser.see(channel.get_absolute_url())

    assert page.find("a", href=path).string == "Add another shop like this one"
