import json

import pytest
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog
from connections.models import Connection
from tests.pages.conftest import API, messages_of, page_of, text_of


@pytest.fixture
def path(channel):
    return reverse("pages:new_catalog", args=[channel.uuid])


def filled(**changes):
    return {"name": "Autumn", "every": "60", "content": "mapped", **changes}


def accept(pim):
    pim.post(f"{API}/catalogs", json={"id": "c1", "name": "Autumn", "enabled": False}, status=201)
    pim.put(f"{API}/catalogs/c1/mapping-schemas/product", status=204)


def changes_of(pim):
    """The calls that change something in the PIM: what there is to choose is read before."""
    return [call for call in pim.calls if call.request.method != "GET"]


def test_the_form_explains_mapped_and_raw(browser, path):
    page = browser.see(path)

    assert "which attribute fills which field" in text_of(page)
    assert "exactly as Akeneo stores them" in text_of(page)
    assert page.find("input", {"name": "name"})["value"] == "Web shop products"
    assert page.find("option", selected=True).string == "Every 30 minutes"


def test_without_a_connection_there_is_nothing_to_fill_in(browser, path, connection):
    Connection.objects.update(state=Connection.State.DISCONNECTED)

    page = browser.see(path)

    assert page.select_one("main a.primary").string == "Connect again"
    assert not page.select("main form")


def test_a_mapped_catalog_is_created_on_both_sides(browser, path, channel, pim):
    accept(pim)

    response = browser.post(path, filled())

    catalog = Catalog.objects.get(channel=channel)
    assert response.url == reverse("pages:set_up", args=[catalog.uuid])
    assert not catalog.is_started
    assert (catalog.name, catalog.every, catalog.raw) == ("Autumn", 60, False)
    assert catalog.pim_catalog_id == "c1"
    assert catalog.pim_state == Catalog.PimState.DISABLED
    assert len(changes_of(pim)) == 2


def test_a_raw_catalog_gets_no_schema_and_may_have_no_schedule(browser, path, pim):
    accept(pim)

    browser.post(path, filled(content="raw", every=""))

    catalog = Catalog.objects.get()
    assert (catalog.raw, catalog.every) == (True, None)
    assert len(changes_of(pim)) == 1
    assert not PeriodicTask.objects.filter(name__contains=str(catalog.uuid)).exists()


def test_what_comes_next_is_said(browser, path, pim):
    accept(pim)

    response = browser.post(path, filled(), follow=True)

    assert messages_of(response) == ["“Autumn” is created, here and in Akeneo."]
    page = page_of(response)
    assert page.select_one("main .primary")["href"] == Catalog.objects.get().configure_url
    assert "Choose the products. By family" in text_of(page)


def test_the_limit_of_catalogs_is_told_in_words(browser, path, pim):
    message = "You can create up to 15 catalogs per app"
    errors = [{"property": "", "message": message}]
    body = {"code": 422, "message": "Validation failed.", "errors": errors}
    pim.post(f"{API}/catalogs", json=body, status=422)

    response = browser.post(path, filled())

    assert response.status_code == 422
    assert "no room for another catalog" in text_of(page_of(response))
    assert page_of(response).find("input", {"name": "name"})["value"] == "Autumn"
    assert not Catalog.objects.exists()


def test_a_missing_permission_is_told_in_words(browser, path, pim):
    body = {"code": 403, "message": "Access forbidden. You are not allowed to manage catalogs."}
    pim.post(f"{API}/catalogs", json=body, status=403)

    response = browser.post(path, filled())

    assert response.status_code == 422
    assert "does not allow the app to do this" in text_of(page_of(response))


def test_a_broken_pim_is_told_in_words(browser, path, pim):
    pim.post(f"{API}/catalogs", body="<html>Bad gateway</html>", status=502)

    response = browser.post(path, filled())

    assert response.status_code == 502
    assert "Look in the PIM before trying again." in text_of(page_of(response))
    assert not Catalog.objects.exists()


def test_a_schema_that_is_refused_leaves_nothing_behind(browser, path, pim):
    pim.post(f"{API}/catalogs", json={"id": "c1", "name": "Autumn", "enabled": False}, status=201)
    schema = f"{API}/catalogs/c1/mapping-schemas/product"
    pim.put(schema, json={"code": 422, "message": "Mapping schema is not valid."}, status=422)
    deleted = pim.delete(f"{API}/catalogs/c1", status=204)

    response = browser.post(path, filled())

    assert response.status_code == 422
    assert deleted.call_count == 1
    assert not Catalog.objects.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "Fill this in."),
        ({"name": "x" * 256}, "at most 255"),
        ({"every": "7"}, "This is not offered."),
        ({"content": "nonsense"}, "This is not offered."),
    ],
)
def test_a_wrong_form_is_told_at_its_field(browser, path, changes, says, pim):
    response = browser.post(path, filled(**changes))

    assert response.status_code == 422
    assert says in text_of(page_of(response).select_one(".field-error"))
    assert not changes_of(pim)


def answer_lists(pim, locales, currencies):
    """What the PIM has switched on."""
    for name, codes in (("locales", locales), ("currencies", currencies)):
        items = [{"code": code, "enabled": True} for code in codes]
        body = {"_embedded": {"items": items}, "_links": {}, "items_count": len(codes)}
        pim.get(f"{API}/{name}", json=body)


@pytest.fixture
def of_many_languages(channel):
    """A channel that takes texts in several languages and prices in several currencies."""
    channel.kind, channel.settings = "vendure", {"url": "https://shop.example.com/admin-api"}
    channel.save()


@pytest.mark.usefixtures("of_many_languages")
def test_a_language_and_currencies_are_asked_where_there_are_several(browser, path, pim, channel):
    answer_lists(pim, ["de_DE", "en_US"], ["EUR", "USD"])
    page = browser.see(path)
    assert page.select_one("#id_locale option[selected]")["value"] == "en_US"
    assert [one["value"] for one in page.select("[name=currencies]")] == ["EUR", "USD"]
    accept(pim)

    browser.post(path, filled(locale="de_DE", currencies=["EUR"]))

    catalog = Catalog.objects.get(channel=channel)
    assert (catalog.locale, catalog.currencies) == ("de_DE", ["EUR"])
    made = next(call for call in pim.calls if call.request.method == "POST")
    assert json.loads(made.request.body) == {
        "name": "Autumn",
        "managed_locales": ["de_DE"],
        "managed_currencies": ["EUR"],
    }


@pytest.mark.usefixtures("of_many_languages")
def test_nothing_is_asked_where_there_is_one_of_each(browser, path, pim):
    answer_lists(pim, ["en_US"], ["EUR"])

    page = browser.see(path)

    assert not page.select("[name=locale], [name=currencies]")


@pytest.mark.usefixtures("of_many_languages")
def test_a_pim_that_does_not_tell_stops_nobody(browser, path, pim):
    pim.get(f"{API}/locales", body="<html>", status=503)

    assert not browser.see(path).select("[name=locale]")


def test_the_step_and_the_way_back_are_shown(browser, path, channel):
    page = browser.see(path)

    assert "Step 3 of 7" in text_of(page.select_one(".setup-steps"))
    assert page.find("a", string="Back")["href"] == channel.get_absolute_url()
