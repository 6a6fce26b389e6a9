"""The pages that say no."""

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, permission_denied, server_error

from connections.models import FailedAuthorization
from connections.rate_limit import LIMIT
from pages.context import frame
from tests.pages.conftest import page_of, text_of

pytestmark = pytest.mark.django_db


def test_a_refused_authorization_says_what_to_do():
    response = Client().get("/oauth/activate?pim_url=https://shop.example.com")

    page = page_of(response)
    assert response.status_code == 400
    assert "shop.example.com is not on the list of allowed hosts" in text_of(page)
    assert "Connected apps" in text_of(page)


def test_too_many_failed_attempts_are_told_to_wait():
    FailedAuthorization.objects.bulk_create(
        FailedAuthorization(address="127.0.0.1") for _ in range(LIMIT)
    )

    response = Client().get("/oauth/activate?pim_url=https://shop.example.com")

    assert response.status_code == 429
    assert "Wait a minute" in text_of(page_of(response))


def test_what_is_not_there_is_told_within_the_frame(browser):
    response = browser.get("/catalogs/nonsense")

    assert response.status_code == 404
    assert page_of(response).find("a", string="Go to the home page")


def test_a_failure_of_ours_is_told_without_any_context():
    request = RequestFactory().get("/")

    assert "Nothing was lost" in text_of(page_of(server_error(request)))
    assert "does not understand" in text_of(page_of(bad_request(request, Exception())))


def test_a_refusal_is_told_without_a_session():
    response = permission_denied(RequestFactory().get("/"), Exception())

    assert response.status_code == 403
    assert "You may not do this" in text_of(page_of(response))


def test_the_frame_asks_nothing_of_the_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert frame(RequestFactory().get("/admin/"))["pim_user"] is None
