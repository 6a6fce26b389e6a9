"""Deleting in admin: what is asked, and that there is no way around the question."""

import pytest
from django.urls import reverse

from catalogs.models import Catalog, Channel
from sync.models import Listing, Run
from tests.factories import make_catalog, make_channel, make_document, make_listing
from tests.pages.conftest import messages_of, page_of, text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

OnShop, InPim = Catalog.OnShop, Catalog.InPim


def delete(row):
    return reverse(f"admin:catalogs_{row._meta.model_name}_delete", args=[row.pk])


def change(row):
    return reverse(f"admin:catalogs_{row._meta.model_name}_change", args=[row.pk])


def list_products(catalog, number):
    document = make_document()
    for _ in range(number):
        make_listing(catalog, status=Listing.Status.LISTED, wanted=document, sent=document)


@pytest.fixture
def browser():
    return browser_of_superuser()


@pytest.fixture
def catalog():
    catalog = make_catalog(name="Autumn")
    list_products(catalog, 2)
    return catalog


def test_a_catalog_is_asked_about_on_the_shop_and_in_the_pim(browser, catalog):
    page = browser.see(delete(catalog))

    assert "2 products stay there as now" in text_of(page)
    assert "2 products are taken off" in text_of(page)
    assert "The work of mapping is lost for good." in text_of(page)
    assert not page.select("#content input[checked]")


@pytest.mark.parametrize("values", [{}, {"post": "yes"}, {"on_shop": "leave"}, {"in_pim": "keep"}])
def test_nothing_is_decided_by_silence(browser, catalog, values):
    response = browser.post(delete(catalog), values)

    catalog.refresh_from_db()
    assert response.status_code == 422
    assert "Choose what becomes of them." in text_of(page_of(response))
    assert catalog.removing_since is None
    assert Listing.objects.count() == 2


@pytest.mark.parametrize("on_shop", OnShop)
@pytest.mark.parametrize("in_pim", InPim)
def test_a_decision_is_carried_out_by_a_run(browser, catalog, on_shop, in_pim):
    values = {"on_shop": on_shop, "in_pim": in_pim}

    response = browser.post(delete(catalog), values, follow=True)

    catalog.refresh_from_db()
    run = Run.objects.get()
    assert (catalog.on_shop, catalog.in_pim) == (on_shop, in_pim)
    assert (run.mode, run.trigger, run.started_by) == ("push", "manual", "staff0")
    assert messages_of(response)[0].startswith("“Autumn” is being removed.")
    assert response.redirect_chain == [(reverse("admin:catalogs_catalog_changelist"), 302)]
    assert Listing.objects.count() == 2


def test_the_decision_stands_in_the_history_and_may_be_made_again(browser, catalog):
    browser.post(delete(catalog), {"on_shop": "withdraw", "in_pim": "delete"})

    history = browser.see(reverse("admin:catalogs_catalog_history", args=[catalog.pk]))
    page = browser.see(change(catalog))
    browser.post(delete(catalog), {"on_shop": "leave", "in_pim": "keep"})

    catalog.refresh_from_db()
    assert "Withdraw all products from the shop" in text_of(history)
    assert page.find("a", href=delete(catalog))
    assert (catalog.on_shop, catalog.in_pim) == ("leave", "keep")


def test_a_channel_goes_with_its_catalogs(browser, catalog):
    channel = catalog.channel
    list_products(make_catalog(channel, name="Winter"), 1)

    page = browser.see(delete(channel))
    browser.post(delete(channel), {"on_shop": "withdraw", "in_pim": "keep"})

    channel.refresh_from_db()
    assert "Its catalogs and their history here go with it: Autumn, Winter." in text_of(page)
    assert "3 products are taken off" in text_of(page)
    assert channel.removing_since is not None
    assert list(channel.catalogs.values_list("on_shop", "in_pim")) == [("withdraw", "keep")] * 2
    assert Run.objects.filter(mode=Run.Mode.PUSH).count() == 2


def test_a_channel_asks_before_its_catalogs_go(browser, catalog):
    response = browser.post(delete(catalog.channel), {"post": "yes"})

    assert response.status_code == 422
    assert Channel.objects.get().removing_since is None


def test_a_channel_without_catalogs_goes_at_once(browser):
    channel = make_channel()

    page = browser.see(delete(channel))
    response = browser.post(delete(channel), follow=True)

    assert not page.select("#content input[type=radio]")
    assert messages_of(response) == ["“Web shop” is removed."]
    assert not Channel.objects.exists()


@pytest.mark.parametrize("model", [Catalog, Channel])
def test_there_is_no_deletion_in_bulk(browser, catalog, model):
    path = reverse(f"admin:catalogs_{model._meta.model_name}_changelist")
    row = model.objects.get()
    values = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}

    page = browser.see(path)
    browser.post(path, values)

    assert not page.find("option", value="delete_selected")
    assert model.objects.filter(pk=row.pk).exists()
    assert Listing.objects.count() == 2


@pytest.mark.parametrize(
    ("permissions", "kind"),
    [
        (["view_catalog", "change_catalog"], "catalog"),
        (["view_channel", "change_channel", "delete_catalog"], "channel"),
        (["view_channel", "delete_channel"], "channel"),  # its catalogs would go with it
    ],
)
def test_staff_without_permission_cannot_decide(catalog, permissions, kind):
    row = catalog if kind == "catalog" else catalog.channel
    browser = browser_of_staff(make_staff(*(f"catalogs.{one}" for one in permissions)))

    looked = browser.get(delete(row))
    decided = browser.post(delete(row), {"on_shop": "withdraw", "in_pim": "delete"})

    assert (looked.status_code, decided.status_code) == (403, 403)
    assert not Catalog.objects.filter(removing_since__isnull=False).exists()


def test_what_is_gone_is_not_there_to_delete(browser, catalog):
    path = delete(catalog).replace(f"/{catalog.pk}/", "/999/")

    assert browser.get(path).status_code == 404
