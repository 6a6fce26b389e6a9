"""Failed activations and callbacks per address: 30 a minute are answered, then 429.

Counted in the database, so that the limit holds over every web process and host.
"""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from connections.models import FailedAuthorization

LIMIT = 30
WINDOW_SECONDS = 60


def exhausted(request: HttpRequest) -> bool:
    since = timezone.now() - timedelta(seconds=WINDOW_SECONDS)
    failures = FailedAuthorization.objects.filter(address=_address(request), created_at__gt=since)
    return failures.count() >= LIMIT


def count_failure(request: HttpRequest) -> None:
    FailedAuthorization.objects.create(address=_address(request))


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))[:45]
