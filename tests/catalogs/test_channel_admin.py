"""Channels in admin: their settings, their secrets, checking them."""

import pytest
from django.db.models import Value
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Channel
from channels.registry import KINDS
from tests.channels.receiver import Answer, running_receiver
from tests.factories import make_catalog, make_channel, make_connection
from tests.pages.conftest import messages_of, page_of, text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff, queries_of

pytestmark = pytest.mark.django_db

LIST = "/admin/catalogs/channel/"
ADD = reverse("admin:catalogs_channel_add")
CHECK = "check_channels"


def change(channel):
    return reverse("admin:catalogs_channel_change", args=[channel.pk])


def button(channel, action):
    return reverse("admin:catalogs_channel_act", args=[channel.pk, action])


def filled(at, **changes):
    return {
        "connection": at.pk,
        "name": "Web shop",
        "set_endpoint": "https://shop.example.com/in",
        "set_secret": "planted",
        "set_batch_size": "50",
        **changes,
    }


@pytest.fixture
def browser():
    return browser_of_superuser()


def test_the_kind_is_chosen_first(browser):
    page = browser.see(f"{ADD}?connection=7")

    links = [link["href"] for link in page.select("#content a") if "kind=" in link["href"]]
    assert links == [f"{ADD}?connection=7&kind={kind}" for kind in KINDS]


def test_a_channel_is_created_through_the_form_of_its_kind(browser):
    connection = make_connection()

    page = browser.see(f"{ADD}?kind=http&connection={connection.pk}")
    response = browser.post(f"{ADD}?kind=http", filled(connection))

    channel = Channel.objects.get()
    assert page.find("option", selected=True)["value"] == str(connection.pk)
    assert response.url == LIST
    assert (channel.connection, channel.name, channel.kind) == (connection, "Web shop", "http")
    assert channel.settings == {
        "endpoint": "https://shop.example.com/in",
        "batch_size": "50",
        "hides": "no",
        "media": "pim",
    }
    assert channel.secrets == {"secret": "planted"}


def test_superusers_may_put_a_file_anywhere(browser, tmp_path):
    values = {
        "connection": make_connection().pk,
        "name": "Feed",
        "set_destination": str(tmp_path),
        "set_format": "csv",
        "set_name": "products",
    }

    browser.post(f"{ADD}?kind=file", values)

    assert Channel.objects.get().settings["destination"] == str(tmp_path)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "   "}, "name", "required"),
        ({"name": "x" * 101}, "name", "at most 100"),
        ({"connection": ""}, "connection", "required"),
        ({"connection": "999"}, "connection", "Select a valid choice"),
        ({"set_endpoint": ""}, "set_endpoint", "is missing"),
        ({"set_endpoint": "shop"}, "set_endpoint", "complete web address"),
        ({"set_batch_size": "0"}, "set_batch_size", "whole number"),
    ],
)
def test_bad_input_is_told_at_its_field_and_stores_nothing(browser, changes, field, says):
    response = browser.post(f"{ADD}?kind=http", filled(make_connection(), **changes))

    row = page_of(response).find(id=f"id_{field}").find_parent(class_="field-line")
    assert says in text_of(row)
    assert "planted" not in response.content.decode()
    assert not Channel.objects.exists()


@pytest.mark.parametrize(("entered", "stored"), [("", "kept"), ("new", "new")])
def test_settings_change_and_a_blank_secret_stays(browser, entered, stored):
    channel = make_channel(secrets={"secret": "kept"})
    values = filled(channel.connection, name=" New  name ", set_secret=entered)

    page = browser.see(change(channel))
    response = browser.post(change(channel), values)

    channel.refresh_from_db()
    assert page.find("input", {"name": "set_secret"}).get("value") is None
    assert "One is stored and never shown" in text_of(page)
    assert response.status_code == 302
    assert (channel.name, channel.secrets) == ("New name", {"secret": stored})
    assert channel.settings["endpoint"] == "https://shop.example.com/in"


def test_a_secret_whose_key_is_gone_has_to_be_entered_once_more(browser):
    channel = make_channel()
    Channel.objects.update(secrets=Value("gAAAAABwritten-with-another-key"))
    blank = filled(channel.connection, name="Other", set_secret="")

    page = browser.see(change(channel))
    refused = browser.post(change(channel), blank)
    response = browser.post(change(channel), {**blank, "set_secret": "anew"})

    channel.refresh_from_db()
    assert page.find("input", {"name": "set_endpoint"})["value"].startswith("https://shop")
    assert "the secret has to be entered" in text_of(page_of(refused))
    assert response.status_code == 302
    assert (channel.name, channel.secrets) == ("Other", {"secret": "anew"})


def test_a_wrong_change_stores_nothing(browser):
    channel = make_channel()
    before = channel.settings

    response = browser.post(change(channel), filled(channel.connection, set_endpoint="ftp://a"))

    channel.refresh_from_db()
    assert "complete web address" in text_of(page_of(response))
    assert (channel.name, channel.settings) == ("Web shop", before)


def test_a_channel_being_removed_can_only_be_looked_at(browser):
    channel = make_channel(removing_since=timezone.now(), secrets={"secret": "planted"})

    page = browser.see(change(channel))
    response = browser.post(change(channel), filled(channel.connection))

    assert "Secret: stored, never shown" in text_of(page)
    assert response.status_code == 403


def test_checking_says_of_each_whether_it_can_be_reached(browser):
    with running_receiver() as good, running_receiver(script=Answer(status=401)) as bad:
        channels = [
            make_channel(name=name, settings={"endpoint": url, "batch_size": "10"})
            for name, url in (("A", good.url), ("B", good.url), ("C", bad.url))
        ]
        values = {"action": CHECK, "_selected_action": [one.pk for one in channels]}

        response = browser.post(LIST, values, follow=True)

    refused, reached = messages_of(response)
    assert refused.startswith("C: ")
    assert "401" in refused
    assert reached == "2 channels can be reached and accept this app."


def test_one_channel_is_checked_from_its_own_page(browser):
    with running_receiver() as receiver:
        channel = make_channel(settings={"endpoint": receiver.url, "batch_size": "10"})

        page = browser.see(change(channel))
        response = browser.post(button(channel, CHECK), follow=True)

    assert page.find("form", action=button(channel, CHECK))
    assert messages_of(response) == ["1 channel can be reached and accepts this app."]
    assert response.redirect_chain == [(change(channel), 302)]


def test_a_button_does_nothing_by_a_mere_look(browser):
    channel = make_channel()

    assert browser.get(button(channel, CHECK)).status_code == 405
    assert browser.post(button(channel, "delete_selected")).status_code == 404


def test_a_page_costs_the_same_with_many_catalogs(browser):
    channel = make_channel()
    make_catalog(channel)
    browser.see(change(channel))

    few = queries_of(browser, change(channel))
    for _ in range(10):
        make_catalog(channel)

    assert queries_of(browser, change(channel)) == few


@pytest.mark.parametrize("permission", ["view_channel", "delete_channel"])
def test_staff_may_do_no_more_than_they_are_permitted(permission):
    channel = make_channel()
    browser = browser_of_staff(make_staff(f"catalogs.{permission}", "catalogs.view_channel"))

    changed = browser.post(change(channel), filled(channel.connection, name="Other"))
    added = browser.post(f"{ADD}?kind=http", filled(channel.connection))
    checked = browser.post(button(channel, CHECK))

    assert {changed.status_code, added.status_code, checked.status_code} == {403}
    assert Channel.objects.get().name == "Web shop"


def test_its_own_fields_are_shown_with_what_they_hold(browser):
    stock = {"code": "stock", "type": "number", "title": "Stock", "description": ""}
    channel = make_channel(fields=[{**stock, "is_gone": True}])

    page = text_of(browser.see(change(channel)))

    assert "Its own fields" in page
    assert "Stock stock Number no longer at the channel" in page
    assert "Its own fields" not in text_of(browser.see(change(make_channel())))


def test_only_superusers_choose_any_folder_of_this_server(settings, tmp_path):
    settings.FILE_CHANNEL_FOLDERS = [str(tmp_path / "feeds")]
    may = ("view_channel", "add_channel", "change_channel")
    operator = browser_of_staff(make_staff(*(f"catalogs.{one}" for one in may)))
    connection = make_connection()

    def create(folder):
        values = {
            "connection": connection.pk,
            "name": folder,
            "set_destination": str(tmp_path / folder),
            "set_format": "csv",
            "set_name": folder,
        }
        return operator.post(f"{ADD}?kind=file", values)

    refused = page_of(create("elsewhere"))
    create("feeds")

    assert "Choose a folder below" in text_of(refused)
    assert [one.name for one in Channel.objects.all()] == ["feeds"]


def test_channels_that_are_being_removed_are_filtered(browser):
    make_channel(name="Web shop")
    make_channel(name="Going", removing_since=timezone.now())

    page = browser.see(LIST)
    texts = {}
    for link in page.select("a[href*=removing_since__isempty]"):
        rows = browser.see(LIST + link["href"]).select("th[class*=field-name]")
        texts[link["href"]] = [text_of(row) for row in rows]

    assert texts == {
        "?removing_since__isempty=1": ["Web shop"],
        "?removing_since__isempty=0": ["Going"],
    }
