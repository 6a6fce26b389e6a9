"""The page Your alerts, the links in mails, and the webhook's page."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from time_machine import travel

from connections.models import PimUser
from sync.alerts.links import stop_url
from sync.alerts.readers import MOST_AN_HOUR
from sync.alerts.sending import send_mails
from sync.models import AlertChoice, AlertMessage, AlertSettings, AlertWebhook, How
from tests.factories import make_catalog, make_pim_user
from tests.pages.conftest import browser_of, messages_of, page_of, text_of
from tests.secrets_watch import shown_once
from tests.sync.alerts.conftest import link_in, parts_of

pytestmark = pytest.mark.django_db

MARY = "mary@acme.example.com"


def enter(browser, address=MARY):
    return browser.post("/alerts/address", {"address": address}, follow=True)


def link_to_confirm():
    mail.outbox.clear()
    send_mails()
    [sent] = mail.outbox
    return link_in(sent.body, "/alerts/confirm/")


def test_an_address_counts_once_its_link_was_used(browser, manager):
    page = page_of(enter(browser))
    assert "is not confirmed yet" in text_of(page)
    link = link_to_confirm()
    stranger = Client()  # mail is read wherever it is read
    assert "Send alerts to mary@acme.example.com?" in text_of(page_of(stranger.get(link)))
    assert not AlertSettings.objects.get().is_confirmed  # programs look at links as well

    answer = stranger.post(link)

    assert "Your address is confirmed" in text_of(page_of(answer))
    assert AlertSettings.objects.get(user=manager).is_confirmed
    assert "Confirmed" in text_of(browser.see("/alerts"))


def test_a_second_click_or_a_reload_shows_that_it_is_done(browser):
    enter(browser)
    link = link_to_confirm()
    Client().post(link)
    at = AlertSettings.objects.get().confirmed_at

    for again in (Client().post(link), Client().get(link)):
        assert "Your address is confirmed" in text_of(page_of(again))
    assert AlertSettings.objects.get().confirmed_at == at


def test_a_link_confirms_no_address_that_was_taken_back(browser):
    enter(browser)
    link = link_to_confirm()
    Client().post(link)
    browser.post("/alerts/address/remove")

    assert Client().post(link).status_code == 404
    enter(browser)
    assert Client().post(link).status_code == 404
    assert not AlertSettings.objects.get().is_confirmed


def test_a_link_is_good_for_three_days(browser):
    enter(browser)
    link = link_to_confirm()
    with travel(timezone.now() + timedelta(days=3, minutes=1), tick=False):
        response = Client().post(link)

    assert response.status_code == 410
    assert "older than three days" in text_of(page_of(response))
    assert not AlertSettings.objects.get().is_confirmed


def test_the_page_says_when_the_link_is_too_old(browser):
    enter(browser)
    said = text_of(browser.see("/alerts"))
    assert "it is good for three days" in said
    AlertMessage.objects.update(created_at=timezone.now() - timedelta(days=4))

    said = text_of(browser.see("/alerts"))

    assert "was sent more than three days ago and does not work any more" in said
    assert "it is good for three days" not in said


def test_a_forged_link_confirms_nothing(browser):
    enter(browser)
    link = link_to_confirm()
    head, _, signature = link.rpartition(":")
    stop = stop_url(AlertSettings.objects.get()).rpartition("/")[2]
    forged = signature[:-1] + ("A" if signature[-1] != "A" else "B")

    for wrong in (f"{head}:{forged}", "/alerts/confirm/x", f"/alerts/confirm/{stop}"):
        assert Client().post(wrong).status_code == 404
    assert not AlertSettings.objects.get().is_confirmed


def test_an_address_in_letters_of_any_language_is_one(browser):
    assert "is not confirmed yet" in text_of(page_of(enter(browser, "o'neil+x@bücher.example")))
    assert link_to_confirm()


def test_another_address_starts_anew_and_ends_earlier_links(browser):
    enter(browser)
    first = link_to_confirm()
    enter(browser, "mary@elsewhere.example.com")

    assert Client().post(first).status_code == 404
    Client().post(link_to_confirm())
    reader = AlertSettings.objects.get()
    assert (reader.address, reader.is_confirmed) == ("mary@elsewhere.example.com", True)

    enter(browser)
    assert not AlertSettings.objects.get().is_confirmed


@pytest.mark.parametrize(
    "address",
    [
        *("mary", "mary@", "a@b.example\r\nBcc: c@d.example", "x" * 400),
        *("mary@xn--ü.example.com", f"mary@{'ü' * 60}.example.com", "mary@א1.example.com"),
        *('"a,b"@example.com', "=?utf-8?q?x?=@example.com", "ſ@example.com"),
    ],
)
def test_what_is_no_address_is_told_and_changes_nothing(address, browser):
    response = browser.post("/alerts/address", {"address": address})

    assert response.status_code == 422
    assert not AlertMessage.objects.exists()


def test_nobodys_mailbox_is_filled_with_links(browser):
    for _ in range(MOST_AN_HOUR):
        enter(browser)
        send_mails()

    response = browser.post("/alerts/address", {"address": MARY})

    assert response.status_code == 422
    assert "many mails within an hour" in text_of(page_of(response))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Dr. Mary O'Neil-Smith", "Dr. Mary O'Neil-Smith"),
        ("Pay at https://evil.example/x", "Somebody"),
        ("Call evil.example", "Somebody"),
        ("Mary\n\nYour account ends today", "Mary Your account ends today"),
        ("x" * 100, "Somebody"),
    ],
)
def test_a_name_is_no_message_to_whoever_has_the_address(name, shown, browser, manager):
    """People of a PIM write their names themselves, and may enter any address."""
    PimUser.objects.filter(pk=manager.pk).update(firstname=name, lastname="")
    enter(browser)
    send_mails()

    text, html = parts_of(mail.outbox[-1])
    assert f"{shown} at {manager.connection.host} asked Ferry to send alerts" in text
    assert "evil.example" not in text + html


@pytest.fixture
def reader(manager):
    return AlertSettings.objects.create(user=manager, address=MARY, confirmed_at=timezone.now())


def test_choices_are_stored_for_everything_and_for_catalogs(browser, reader, catalog):
    other = make_catalog(catalog.channel, position=1)
    response = browser.post(
        "/alerts/choices",
        {
            "how": "daily",
            "hour": "17",
            f"catalog-{catalog.uuid}": "now",
            f"catalog-{other.uuid}": "",
        },
        follow=True,
    )

    assert messages_of(response) == ["Saved. You are told like that from now on."]
    reader.refresh_from_db()
    assert (reader.how, reader.hour, reader.language) == (How.DAILY, 17, "en")
    assert list(AlertChoice.objects.values_list("catalog", "how")) == [(catalog.pk, "now")]


def test_without_an_address_choices_are_said_to_count_later(browser):
    response = browser.post("/alerts/choices", {"how": "now", "hour": "7"}, follow=True)

    assert messages_of(response) == [
        "Saved. It counts once you have confirmed an address: until then no mail is sent to you."
    ]


@pytest.mark.parametrize("wrong", [{"how": "often"}, {"hour": "24"}, {"hour": "-1"}])
def test_wrong_choices_change_nothing(wrong, browser, reader):
    response = browser.post("/alerts/choices", {"how": "daily", "hour": "7", **wrong})

    assert response.status_code == 422
    reader.refresh_from_db()
    assert reader.how == How.NOW


def test_the_language_of_the_mails_is_that_in_which_it_was_chosen(browser, reader):
    browser.post("/alerts/choices", {"how": "now", "hour": "8"}, headers={"Accept-Language": "fr"})
    reader.refresh_from_db()

    assert reader.language == "fr"


def test_a_test_is_sent_to_a_confirmed_address_only(browser, manager):
    enter(browser)
    browser.post("/alerts/test")
    assert not AlertMessage.objects.filter(kind="test").exists()

    AlertSettings.objects.update(confirmed_at=timezone.now())
    browser.post("/alerts/test")
    send_mails()

    assert mail.outbox[-1].subject == "[Ferry] A test: alerts reach you"


def test_whoever_reads_the_mails_ends_them_without_a_session(reader):
    path = link_in(stop_url(reader), "/alerts/stop/")
    assert "Get no more of these mails?" in text_of(page_of(Client().get(path)))
    reader.refresh_from_db()
    assert reader.how == How.NOW

    checking = Client(enforce_csrf_checks=True)  # mail programs have no token
    response = checking.post(path, {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    reader.refresh_from_db()
    assert reader.how == How.NEVER


def test_a_link_to_stop_ends_only_the_mails_of_its_own_reader(reader):
    other = AlertSettings.objects.create(user=make_pim_user(), address="olga@other.example.com")
    path = link_in(stop_url(other), "/alerts/stop/")
    Client().post(path)

    reader.refresh_from_db()
    assert reader.how == How.NOW
    assert Client().post(path[:-2] + "xx").status_code == 404


def test_a_forgotten_address_gets_nothing_more(browser, reader):
    path = link_in(stop_url(reader), "/alerts/stop/")
    browser.post("/alerts/address/remove")

    reader.refresh_from_db()
    assert (reader.address, reader.confirmed_at) == ("", None)
    assert Client().get(path).status_code == 404


def test_what_the_mail_server_refused_is_told_on_the_page(browser, reader):
    AlertSettings.objects.update(problem="The mail server refused this address: 550 No")

    said = text_of(browser.see("/alerts"))

    assert "The last mail to mary@acme.example.com did not get there." in said


def test_where_mail_is_not_set_up_the_page_says_so(browser, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.DEBUG = False

    assert "cannot send mails here yet" in text_of(browser.see("/alerts"))


def test_a_manager_sees_the_secret_of_a_webhook_once(browser, connection):
    with shown_once():
        response = browser.post("/alerts/webhook/address", {"url": "https://hooks.example.com/x"})
    secret = page_of(response).find(id="secret")["value"]

    assert AlertWebhook.objects.get(connection=connection).secret == secret
    assert secret not in browser.get("/alerts/webhook").content.decode()


def test_whoever_clicked_twice_is_told_how_to_get_a_secret_all_the_same(browser):
    sent = {"url": "https://hooks.example.com/x"}
    with shown_once():
        browser.post("/alerts/webhook/address", sent)

    response = browser.post("/alerts/webhook/address", sent, follow=True)

    [said] = messages_of(response)
    assert said.startswith("Nothing was changed: this is the address already.")
    assert "make another one below" in said


@pytest.mark.parametrize("url", ["http://hooks.example.com/x", "https://127.0.0.1/", "nonsense"])
def test_a_webhook_at_an_address_that_is_not_allowed_is_refused(url, browser, settings):
    settings.PIM_ALLOW_INSECURE = False
    response = browser.post("/alerts/webhook/address", {"url": url})

    assert response.status_code == 422
    assert not AlertWebhook.objects.exists()


def test_a_webhook_is_removed_only_after_a_tick(browser, connection):
    AlertWebhook.objects.create(connection=connection, url="https://x.example.com", secret="old")
    for action in ("remove", "secret"):
        browser.post("/alerts/webhook/change", {"action": action})
    assert AlertWebhook.objects.get().secret == "old"

    with shown_once():
        response = browser.post("/alerts/webhook/change", {"action": "secret", "sure": "yes"})
    assert page_of(response).find(id="secret")["value"] == AlertWebhook.objects.get().secret
    browser.post("/alerts/webhook/change", {"action": "remove", "sure": "yes"})
    assert not AlertWebhook.objects.exists()


@pytest.mark.parametrize("role", [PimUser.Role.VIEWER, PimUser.Role.EDITOR])
def test_only_managers_touch_the_webhook(role, connection):
    AlertWebhook.objects.create(connection=connection, url="https://x.example.com", secret="old")
    browser = browser_of(make_pim_user(connection, role=role))

    assert browser.get("/alerts/webhook").status_code == 403
    for path in ("/alerts/webhook/address", "/alerts/webhook/change"):
        sent = {"url": "https://evil.example.com", "action": "remove", "sure": "yes"}
        assert browser.post(path, sent).status_code == 403
    assert AlertWebhook.objects.get().url == "https://x.example.com"
    assert browser.get("/alerts").status_code == 200
