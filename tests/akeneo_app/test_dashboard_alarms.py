"""What is wrong with the installation itself stands first on the first page of admin."""

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.models import AlertSettings, Notice
from tests.factories import make_pim_user
from tests.pages.conftest import text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")
CONSOLE = "django.core.mail.backends.console.EmailBackend"
REFUSED = "The mail server refused the name or password in EMAIL_URL."


@pytest.fixture
def mail_down():
    return Notice.objects.create(kind=Notice.Kind.MAIL_DOWN, said=REFUSED)


def alarm(browser):
    return browser.see(HOME).find(id="alarm")


def test_mail_that_is_not_sent_is_said_before_all_else(mail_down):
    page = browser_of_superuser().see(HOME)

    panel = page.find(id="alarm")
    assert panel["role"] == "alert"
    assert "Mail is not sent" in text_of(panel)
    assert f"Mail cannot be sent, so people are not told. {REFUSED}" in text_of(panel)
    assert panel.find_next(id="figures")
    [link] = panel.find_all("a")
    listed = browser_of_superuser().see(link["href"])
    assert len(listed.select("#result_list tbody tr")) == 1


def test_all_that_is_wrong_is_said(mail_down):
    Notice.objects.create(kind=Notice.Kind.WORKER_SILENT)

    said = text_of(alarm(browser_of_superuser()))

    assert "Worker silent" in said
    assert "Mail is not sent" in said


def test_what_is_over_or_of_a_pim_is_no_alarm(mail_down):
    mail_down.ended_at = timezone.now()
    mail_down.save()
    user = make_pim_user()
    Notice.objects.create(connection=user.connection, kind=Notice.Kind.DISCONNECTED)

    assert alarm(browser_of_superuser()) is None


def test_who_may_not_see_notices_sees_no_alarm(mail_down):
    assert alarm(browser_of_staff(make_staff())) is None


def test_where_mail_goes_to_nobody_it_is_said_once_somebody_waits_for_it(settings):
    settings.EMAIL_BACKEND, settings.DEBUG = CONSOLE, False
    browser = browser_of_superuser()
    assert alarm(browser) is None

    AlertSettings.objects.create(user=make_pim_user(), address="mary@acme.example.com")

    said = text_of(alarm(browser))
    assert "Mail is not set up" in said
    assert "1 person entered an address" in said
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert alarm(browser) is None
