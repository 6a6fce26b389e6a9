"""Production or sandbox: what a PIM's address says, until somebody says otherwise."""

import pytest

from connections.environments import environment_of, set_environment
from connections.models import AuditRecord
from tests.factories import make_connection

pytestmark = pytest.mark.django_db


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
