"""What holds for every page of admin: it opens, it is quick, and it tells no secret."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from connections.admin_base import StaffAdmin, change_url, changelist_url
from connections.models import Connection, Installation
from sync.models import Run
from tests.factories import make_connection, make_run
from tests.pages.conftest import messages_of, page_of, text_of
from tests.staff import (
    SECRET,
    browser_of_staff,
    browser_of_superuser,
    make_everything,
    make_staff,
    make_troubles,
    queries_of,
)

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
# Who may see a page does not come from the database; that each opens is looked at on both.
ON_ONE = pytest.mark.only_on("sqlite")


def test_there_is_a_row_of_everything():
    rows = make_everything()

    assert {type(row) for row in rows} == set(MODELS)


@pytest.mark.only_on("sqlite")  # as many queries on each
def test_a_list_costs_the_same_for_few_rows_and_for_many():
    browser = browser_of_superuser()
    paths = [changelist_url(model) for model in MODELS]
    for _ in range(3):
        make_everything()
    for path in paths:
        browser.get(path)  # content types are remembered from now on

    few = {path: queries_of(browser, path) for path in paths}
    for _ in range(27):
        make_everything()
    many = {path: queries_of(browser, path) for path in paths}

    several = set(MODELS) - {Installation}  # there is only one
    assert all(model._default_manager.count() >= 30 for model in several)
    assert few == many


def test_the_first_page_costs_the_same_for_few_rows_and_for_many():
    browser = browser_of_superuser()
    make_everything()
    browser.get(reverse("admin:index"))

    few = queries_of(browser, reverse("admin:index"))
    for _ in range(5):
        make_everything()

    assert queries_of(browser, reverse("admin:index")) == few


def pages_about(row):
    name = f"admin:{row._meta.label_lower.replace('.', '_')}"
    yield f"{changelist_url(type(row))}?q=planted"
    yield reverse(f"{name}_add")
    for page in ("change", "delete", "history"):
        yield reverse(f"{name}_{page}", args=[row.pk])


def test_every_page_opens_and_none_tells_a_secret():
    browser = browser_of_superuser()
    statuses = {}

    for row in make_everything():
        for path in pages_about(row):
            response = browser.get(path, follow=True)
            statuses[path] = response.status_code
            assert SECRET not in response.content.decode(), path

    refused = {path: status for path, status in statuses.items() if status != 200}
    assert set(refused.values()) == {403}  # rows that the app itself owns
    assert all(path.endswith(("/add/", "/delete/")) for path in refused)


@ON_ONE
def test_each_button_of_a_row_is_one_that_is_carried_out():
    browser = browser_of_superuser()

    for row in make_everything():
        forms = browser.see(change_url(row)).select("form[action*='/act/']")
        offered = {form["action"].rstrip("/").rpartition("/")[2] for form in forms}
        assert offered <= {*getattr(admin.site.get_model_admin(type(row)), "object_actions", ())}


@ON_ONE
def test_a_list_offers_to_show_all_where_something_is_left_out():
    browser = browser_of_superuser()
    make_everything()

    for model in MODELS:
        path = changelist_url(model)
        whole, searched = browser.see(path), browser.see(f"{path}?q=nothing-is-called-like-this")
        assert not whole.find("a", string="Show all"), model
        if admin.site.get_model_admin(model).search_fields:
            (link,) = searched.select("h1 a[href='?']")
            assert not browser.see(path + link["href"]).select("h1 a[href='?']"), model


@ON_ONE
def test_whoever_may_only_look_sees_no_secret_either():
    rows = make_everything()
    views = [f"{row._meta.app_label}.view_{row._meta.model_name}" for row in rows]
    browser = browser_of_staff(make_staff(*views))

    for row in rows:
        response = browser.get(change_url(row))
        assert response.status_code == 200
        assert SECRET not in response.content.decode(), row
        assert not page_of(response).select("#content-main input:not([type=hidden])")


@ON_ONE
def test_staff_without_permissions_finds_nothing():
    browser = browser_of_staff(make_staff())
    statuses = set()

    for row in make_everything():
        for path in pages_about(row):
            statuses.add(browser.get(path).status_code)
    page = browser.see(reverse("admin:index"))

    assert statuses == {403}
    assert not page.select("#nav-sidebar-apps a[href*=connection]")


def test_people_of_the_pim_and_strangers_are_sent_to_the_login(client):
    response = client.get(reverse("admin:sync_run_changelist"))

    assert response.url.startswith(reverse("admin:login"))


def test_the_sidebar_leads_to_everything():
    page = browser_of_superuser().see(reverse("admin:index"))

    links = {link["href"] for link in page.select("#nav-sidebar-apps a")}
    groups = [heading.get_text(strip=True) for heading in page.select("#nav-sidebar-apps h2")]
    assert links == {reverse("admin:index"), *(changelist_url(model) for model in MODELS)}
    assert groups == [
        *("Connections", "Channels and catalogs", "Sync", "Enrichment", "Schedules", "Staff")
    ]


def test_it_says_so_when_nothing_needs_a_person():
    make_connection(state=Connection.State.REGISTERED)  # nobody clicked Connect yet

    page = browser_of_superuser().see(reverse("admin:index"))

    assert "Nothing needs a person at the moment" in text_of(page)
    assert "every PIM is connected" not in text_of(page)


@ON_ONE
def test_whoever_may_not_see_what_needs_a_person_is_not_told_that_nothing_does():
    make_connection(state=Connection.State.DISCONNECTED)

    page = browser_of_staff(make_staff("sync.view_run")).see(reverse("admin:index"))

    assert "Nothing needs a person" not in text_of(page)


def test_the_first_page_says_what_needs_a_person_and_leads_there():
    browser = browser_of_superuser()
    make_troubles()
    make_connection(state=Connection.State.DISCONNECTED)
    make_run(status=Run.Status.RUNNING, heartbeat_at=timezone.now() - timedelta(minutes=5))

    page = browser.see(reverse("admin:index"))
    cards = {text_of(card): card["href"] for card in page.select("#content a.block")}

    assert [text.split(".")[0] for text in cards] == [
        "1 PIM disconnected Somebody has to connect again in Akeneo",
        "1 catalog stuck The last run stopped or failed; it says why",
        "1 run that nobody works on Is a worker running? It takes them up by itself",
        "2 products held More left, came or lost a value than usual: confirm or refuse",
        "3 products refused The channel says what is wrong with each",
        "1 catalog off in the PIM Not enabled there, or deleted",
    ]
    for text, url in cards.items():
        rows = browser.see(url).select("#result_list tbody tr")
        assert len(rows) == int(text.split()[0]), url


@pytest.mark.parametrize("chosen", ["999999", "nonsense", "9" * 40, "1\0"])
def test_an_action_on_what_is_not_there_says_so(chosen):
    browser = browser_of_superuser()
    request = RequestFactory().get("/")
    request.user = User.objects.get(is_superuser=True)
    told = {}

    ours = [model for model in MODELS if isinstance(admin.site.get_model_admin(model), StaffAdmin)]
    for model in ours:
        for action in admin.site.get_model_admin(model).get_actions(request):
            values = {"action": action, "_selected_action": [chosen]}
            answer = browser.post(changelist_url(model), values, follow=True)
            told[model, action] = messages_of(answer)

    assert len(told) > 20
    assert set(map(tuple, told.values())) == {
        ("What you chose is not there any more, so nothing was done.",)
    }
