"""Channels: their kinds, their forms, their checks, the order of their catalogs."""

import pytest
from cryptography.fernet import Fernet
from django.urls import reverse

from catalogs.models import Channel
from sync.models import Listing, Run
from tests.channels.receiver import Answer, running_receiver
from tests.factories import make_catalog, make_channel, make_circuit, make_document, make_listing
from tests.pages.conftest import messages_of, page_of, text_of

NEW_HTTP = "/channels/new/http"
SECRET = "planted-secret-0123456789"
NAME = "Outlet"


@pytest.fixture
def receiver(settings):
    settings.PIM_ALLOW_INSECURE = True
    with running_receiver() as receiver:
        yield receiver


def filled(**changes):
    """A form as a person fills it."""
    values = {"name": "Web shop", "set_endpoint": "https://shop.example.com/in", "set_secret": ""}
    return {**values, "set_batch_size": "100", **changes}


def test_kinds_are_offered_with_what_they_are(browser):
    page = browser.see("/channels/new")

    assert "Any service that takes products as JSON" in text_of(page)
    assert page.find("a", href="/channels/new/file")


def test_all_that_is_wrong_is_marked_at_once(browser):
    response = browser.post(NEW_HTTP, filled(name="", set_endpoint="nonsense"))

    page = page_of(response)
    marked = {field["name"] for field in page.select("[aria-invalid=true]")}
    assert (response.status_code, marked) == (422, {"name", "set_endpoint"})
    assert not Channel.objects.exists()


def test_two_channels_of_a_pim_are_not_called_alike(browser, channel):
    make_channel(name=NAME)  # of another PIM

    assert browser.post(NEW_HTTP, filled(name=NAME)).status_code == 302
    response = browser.post(NEW_HTTP, filled(name=NAME))
    renamed = browser.post(
        reverse("pages:edit_channel", args=[channel.uuid]), filled(name=NAME, set_secret=SECRET)
    )

    for refused in (response, renamed):
        assert refused.status_code == 422
        assert f"There is a channel “{NAME}” already." in text_of(page_of(refused))
    assert Channel.objects.filter(name=NAME).count() == 2


def test_a_kind_that_is_not_there_is_nothing(browser):
    assert browser.get("/channels/new/ftp").status_code == 404


def test_the_form_asks_for_what_the_kind_declares(browser):
    page = browser.see(NEW_HTTP)

    endpoint = page.find("input", {"name": "set_endpoint"})
    assert endpoint["type"] == "url"
    assert endpoint.has_attr("required")
    assert "receives the products" in page.find(id=endpoint["aria-describedby"]).string
    assert page.find("input", {"name": "set_secret"})["type"] == "password"
    assert page.find("input", {"name": "set_batch_size"})["max"] == "1000"


def test_a_setting_may_be_called_name(browser):
    """The file's own name is not the channel's."""
    page = browser.see("/channels/new/file")

    assert page.find("input", {"name": "name"}).get("value") is None
    assert page.find("input", {"name": "set_name"})["value"] == "products"
    assert page.find("select", {"name": "set_format"})


def test_a_channel_is_created(browser, connection):
    response = browser.post(NEW_HTTP, filled(set_secret=SECRET))

    channel = Channel.objects.get(connection=connection)
    assert response.url == reverse("pages:new_catalog", args=[channel.uuid])
    assert channel.settings == {
        "endpoint": "https://shop.example.com/in",
        "batch_size": "100",
        "hides": "no",
        "media": "pim",
    }
    assert channel.secrets == {"secret": SECRET}


def test_wrong_settings_are_told_at_their_field(browser):
    response = browser.post(NEW_HTTP, filled(set_endpoint="nonsense", set_batch_size="0"))

    page = page_of(response)
    assert response.status_code == 422
    assert "complete web address" in page.find(id="id_set_endpoint_error").get_text()
    assert "from 1 to 1000" in page.find(id="id_set_batch_size_error").get_text()
    assert page.find("input", {"name": "set_endpoint"})["value"] == "nonsense"
    assert not Channel.objects.exists()


def test_a_folder_that_is_not_for_pim_users_is_refused(browser):
    values = {"name": "Feed", "set_destination": "/etc", "set_format": "jsonl", "set_name": "p"}

    response = browser.post("/channels/new/file", values)

    assert response.status_code == 422
    assert "set by staff only" in text_of(page_of(response))
    assert not Channel.objects.exists()


def test_a_folder_is_not_even_tried_out_if_it_is_not_for_pim_users(browser, tmp_path):
    folder = tmp_path / "feeds"
    values = {"set_destination": str(folder), "set_format": "jsonl", "set_name": "p", "check": "1"}

    response = browser.post("/channels/new/file", values)

    assert response.status_code == 422
    assert not folder.exists()


def test_a_check_reaches_the_channel_and_stores_nothing(browser, receiver):
    values = filled(set_endpoint=receiver.url, name="", check="1")

    response = browser.htmx("post", NEW_HTTP, values)

    assert "can be reached" in text_of(page_of(response))
    assert "<html" not in response.content.decode()
    assert len(receiver.received) == 1
    assert not Channel.objects.exists()


def test_a_check_tells_what_is_wrong(browser, receiver):
    receiver.script = Answer(401)

    response = browser.htmx("post", NEW_HTTP, filled(set_endpoint=receiver.url, check="1"))

    assert "Check the secret, on both sides." in text_of(page_of(response))


def test_a_check_of_a_form_that_is_wrong_names_the_fields(browser):
    response = browser.htmx("post", NEW_HTTP, filled(set_endpoint="", check="1"))

    assert response.status_code == 422
    assert "“Endpoint” is missing." in text_of(page_of(response))


def test_a_check_works_without_javascript_and_never_shows_a_secret(browser, receiver):
    values = filled(set_endpoint=receiver.url, set_secret=SECRET, check="1")

    response = browser.post(NEW_HTTP, values)

    page = page_of(response)
    assert page.find("button", {"name": "check"}).has_attr("formnovalidate")
    assert "can be reached" in text_of(page.find(id="check"))
    assert page.find("input", {"name": "set_endpoint"})["value"] == receiver.url
    assert SECRET not in response.content.decode()


def test_a_channel_shows_its_settings_but_no_secret(browser, connection):
    channel = make_channel(connection, secrets={"secret": SECRET})

    response = browser.get(channel.get_absolute_url())

    assert "https://shop.example.com/products" in text_of(page_of(response))
    assert "Stored, never shown" in text_of(page_of(response))
    assert SECRET not in response.content.decode()


def test_an_empty_channel_says_what_to_do(browser, channel):
    page = browser.see(channel.get_absolute_url())

    assert "Nothing is carried to Web shop yet" in text_of(page)
    assert page.select_one(".primary").string == "Create a catalog"


def test_settings_are_changed_and_a_blank_secret_stays(browser, connection):
    channel = make_channel(connection, secrets={"secret": SECRET})
    path = reverse("pages:edit_channel", args=[channel.uuid])

    shown = browser.get(path)
    response = browser.post(path, filled(name="New shop", set_batch_size="5"))

    channel.refresh_from_db()
    assert response.url == channel.get_absolute_url()
    assert channel.name == "New shop"
    assert channel.settings["batch_size"] == "5"
    assert channel.secrets == {"secret": SECRET}
    assert SECRET not in shown.content.decode()
    assert "Leave this empty to keep it" in text_of(page_of(shown))


def test_a_secret_whose_key_was_lost_can_be_entered_anew(browser, connection, settings):
    channel = make_channel(connection, secrets={"secret": "the-one-before"})
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    path = reverse("pages:edit_channel", args=[channel.uuid])

    shown = browser.see(channel.get_absolute_url())
    blank = browser.post(path, filled())
    browser.post(path, filled(set_secret=SECRET))

    assert "Cannot be read any more" in text_of(shown)
    assert browser.get(path).status_code == 200
    assert blank.status_code == 422
    assert "has to be entered" in text_of(page_of(blank))
    assert Channel.objects.get().secrets == {"secret": SECRET}


def test_a_check_of_changed_settings_stores_nothing(browser, connection, receiver):
    receiver.secret = SECRET
    channel = make_channel(connection, secrets={"secret": SECRET})
    path = reverse("pages:edit_channel", args=[channel.uuid])

    response = browser.htmx(
        "post", path, filled(set_endpoint=receiver.url, set_secret=SECRET, check="1")
    )

    assert "can be reached" in text_of(page_of(response))
    channel.refresh_from_db()
    assert channel.settings["endpoint"] == "https://shop.example.com/products"


def test_a_stored_channel_is_checked(browser, connection, receiver):
    channel = make_channel(connection, settings={"endpoint": receiver.url})
    path = reverse("pages:check_channel", args=[channel.uuid])

    fragment = browser.htmx("post", path)
    response = browser.post(path, follow=True)

    assert "can be reached" in text_of(page_of(fragment))
    assert messages_of(response) == ["The channel can be reached and accepts this app."]


def test_catalogs_stand_in_their_order(browser, channel):
    make_catalog(channel, name="Second", position=2)
    make_catalog(channel, name="First", position=1)

    names = [row.a.string for row in browser.see(channel.get_absolute_url()).select("tbody th")]

    assert names == ["First", "Second"]


def test_a_catalog_moves_up_and_takes_over(browser, channel):
    first = make_catalog(channel, name="First", position=0)
    second = make_catalog(channel, name="Second", position=1)
    old, new = make_document(), make_document()
    key = "00000000-0000-0000-0000-0000000000aa"
    make_listing(first, key=key, wanted=old, sent=old, status=Listing.Status.LISTED)
    make_listing(second, key=key, wanted=new, status=Listing.Status.CARRIED)
    path = reverse("pages:move_catalog", args=[channel.uuid])

    response = browser.post(path, {"catalog": str(second.uuid), "move": "up"}, follow=True)

    assert messages_of(response) == ["“Second” is now number 1."]
    assert list(channel.catalogs.order_by("position")) == [second, first]
    assert Run.objects.get().catalog == second


def test_the_first_catalog_cannot_move_further_up(browser, channel):
    first = make_catalog(channel, position=0)
    make_catalog(channel, position=1)
    path = reverse("pages:move_catalog", args=[channel.uuid])

    response = browser.post(path, {"catalog": str(first.uuid), "move": "up"})

    assert response.status_code == 302
    assert channel.catalogs.order_by("position").first() == first


def test_only_catalogs_of_the_channel_move(browser, channel, connection):
    elsewhere = make_catalog(make_channel(connection))
    path = reverse("pages:move_catalog", args=[channel.uuid])

    assert browser.post(path, {"catalog": str(elsewhere.uuid), "move": "up"}).status_code == 404


def test_many_catalogs_cost_no_more_queries_than_one(browser, channel, django_assert_num_queries):
    for _ in range(12):
        make_listing(make_catalog(channel), wanted=make_document())

    with django_assert_num_queries(15):
        browser.get(channel.get_absolute_url())


def test_a_channel_says_what_each_catalog_waits_for_and_leads_there(browser, catalog):
    make_listing(catalog, status=Listing.Status.HELD, sent=make_document())

    row = browser.see(catalog.channel.get_absolute_url()).select_one("main tbody tr")

    assert "Nothing of that reaches Web shop until you decide." in text_of(row)
    assert row.find("a", href=reverse("pages:held", args=[catalog.uuid]))


def test_a_channel_that_does_not_answer_says_so(browser, channel):
    make_circuit(channel.connection, channel)

    page = browser.see(channel.get_absolute_url())

    assert "It is tried again by itself." in text_of(page.select_one(".panel.warn"))


def test_a_feeds_settings_stand_under_headings_and_what_few_need_is_folded(browser):
    page = browser.see("/channels/new/file")

    headings = [legend.get_text(strip=True) for legend in page.select("fieldset.group > legend")]
    folded = {part.summary.get_text(strip=True): part for part in page.select("details.group")}
    assert headings == ["Where it goes", "The file"]
    assert not any(part.has_attr("open") for part in folded.values())
    for_sftp = folded["For an SFTP server: how to log in"]
    assert [field["name"] for field in for_sftp.select("[name]")] == [
        "set_host_key",
        "set_password",
        "set_private_key",
    ]
    assert not page.select("details.group [required]")  # a browser could not point at it


def test_a_folded_part_opens_where_something_is_wrong(browser):
    values = {"name": "Feed", "set_destination": "sftp://me@files.example.com/in"}

    page = page_of(browser.post("/channels/new/file", values))

    wrong = page.find(id="id_set_password_error")
    assert "wants a password" in wrong.get_text()
    assert wrong.find_parent("details").has_attr("open")
    assert not page.find("input", {"name": "set_region"}).find_parent("details").has_attr("open")


def test_what_is_in_use_is_open_and_shown_and_nothing_else(browser, connection):
    plain = {"destination": "s3://bucket/in", "access_key": "AKIA0", "format": "csv"}
    channel = make_channel(connection, kind="file", settings=plain, secrets={"secret_key": SECRET})

    form = browser.see(f"/channels/{channel.uuid}/edit")
    facts = text_of(browser.see(channel.get_absolute_url()))

    opened = [part.summary.get_text(strip=True) for part in form.select("details.group[open]")]
    assert opened == ["For a bucket of S3: how to log in"]
    assert "AKIA0" in facts
    assert "Stored, never shown" in facts
    assert "Host key" not in facts
    assert "Decimal sign" not in facts


def test_what_only_some_need_is_not_called_optional(browser):
    """An SFTP server wants a password, or a key: who needs that part needs to read on."""
    page = browser.see("/channels/new/file")

    assert "Password" in text_of(page)
    assert not [part for part in page.select("details.group") if "optional" in part.get_text()]


def test_a_check_tells_that_another_channel_writes_under_the_same_name(
    browser, connection, tmp_path
):
    settings = {"destination": str(tmp_path), "name": "products"}
    make_channel(kind="file", settings={**settings, "format": "csv"})
    channel = make_channel(connection, kind="file", settings=settings)

    response = browser.post(f"/channels/{channel.uuid}/check", follow=True)

    [told] = messages_of(response)
    assert told.startswith("The channel can be reached and accepts this app. Another channel")
    assert told.endswith("Give one of them another name.")
