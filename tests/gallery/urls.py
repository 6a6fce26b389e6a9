"""Ferry's addresses, and some that go wrong."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.csrf import csrf_failure


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def nonsense(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


urlpatterns = [
    path("wrong/broken", broken),
    path("wrong/nonsense", nonsense),
    path("wrong/forged", csrf_failure),
    path("", include("akeneo_app.urls")),
]
