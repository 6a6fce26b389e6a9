"""The content policy: as strict in admin as its interface allows."""

import pytest

from tests.staff import browser_of_superuser

pytestmark = pytest.mark.django_db


def policy_of(response):
    directives = response["Content-Security-Policy"].split("; ")
    return {name: values for name, *values in (each.split() for each in directives)}


def test_pages_load_nothing_but_our_own_files(client):
    policy = policy_of(client.get("/help"))

    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == ["'self'"]


@pytest.mark.parametrize("path", ["", "login/", "connections/connection/", "auth/user/add/"])
def test_admin_runs_no_inline_script_and_is_framed_nowhere(client, path):
    browser = client if path == "login/" else browser_of_superuser()

    policy = policy_of(browser.get(f"/admin/{path}"))

    assert policy["script-src"] == ["'self'", "'unsafe-eval'"]
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
