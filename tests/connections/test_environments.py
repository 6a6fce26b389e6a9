"""Production or sandbox: what a PIM's address says, until somebody says otherwise."""

import pytest

from connections.admin_base import change_url
from connections.environments import environment_of, set_environment
from connections.models import AuditRecord
from tests.factories import make_connection
from tests.pages.conftest import text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/connections/connection/"


@pytest.mark.parametrize(
    ("pim_url", "expected"),
    [
        ("https://acme.cloud.akeneo.com", "production"),
        ("https://acme-sandbox.cloud.akeneo.com", "sandbox"),
        ("https://test.acme.cloud.akeneo.com", "sandbox"),
        ("https://acme-preprod2.cloud.akeneo.com", "sandbox"),
        ("http://127.0.0.1:8081", "sandbox"),
        ("http://localhost:8081", "sandbox"),
        ("https://latest-fashion.cloud.akeneo.com", "production"),
        ("https://demolition.cloud.akeneo.com", "production"),
    ],
)
def test_the_address_of_a_pim_says_what_it_is(pim_url, expected):
    assert environment_of(make_connection(pim_url=pim_url)) == expected


def test_what_somebody_says_counts_and_is_recorded_once():
    connection = make_connection(pim_url="https://acme-sandbox.cloud.akeneo.com")

    set_environment(connection, "production")
    set_environment(connection, "production")

    connection.refresh_from_db()
    assert environment_of(connection) == "production"
    [record] = AuditRecord.objects.filter(action="environment_changed")
    assert record.details == {"before": "", "now": "production"}


def test_staff_see_which_pims_are_sandboxes_and_filter_by_it():
    for pim_url, said in (
        ("https://acme.cloud.akeneo.com", ""),
        ("https://acme-sandbox.cloud.akeneo.com", ""),
        ("https://tried.cloud.akeneo.com", "sandbox"),
        ("https://real-test.cloud.akeneo.com", "production"),
    ):
        make_connection(pim_url=pim_url, environment=said)
    browser = browser_of_superuser()

    everything = browser.see(LIST).select("#result_list tbody tr")
    sandboxes, productions = (
        {text_of(cell) for cell in page.select("#result_list .field-host")}
        for page in (browser.see(f"{LIST}?environment={one}") for one in ("sandbox", "production"))
    )

    assert sum("Sandbox" in text_of(row) for row in everything) == 2
    assert sandboxes == {"acme-sandbox.cloud.akeneo.com", "tried.cloud.akeneo.com"}
    assert productions == {"acme.cloud.akeneo.com", "real-test.cloud.akeneo.com"}


def test_staff_say_what_a_pim_is():
    connection = make_connection(pim_url="https://acme-sandbox.cloud.akeneo.com")
    browser = browser_of_superuser()

    page = browser.see(change_url(connection))
    browser.post(change_url(connection), {"which_environment": "production"})
    browser.post(change_url(connection), {"which_environment": "nonsense"})

    options = [text_of(one) for one in page.select("[name=which_environment] option")]
    assert options == ["As its address says (Sandbox)", "Production", "Sandbox"]
    connection.refresh_from_db()
    assert environment_of(connection) == "production"
    assert AuditRecord.objects.get(action="environment_changed").details["now"] == "production"


def test_who_may_only_look_reads_what_a_pim_is():
    connection = make_connection(pim_url="https://acme-sandbox.cloud.akeneo.com")

    page = browser_of_staff(make_staff("connections.view_connection")).see(change_url(connection))

    assert "Sandbox" in text_of(page.select_one("#content"))
    assert not page.select("[name=which_environment]")
