"""Failed activations and callbacks per address: 30 a minute are answered, then 429.

Counted in the database, so that the limit holds over every web process and host.
"""

from datetime import timedelta
from ipaddress import ip_network

from django.http import HttpRequest
from django.utils import timezone

from connections.models import FailedAuthorization

LIMIT = 30
WINDOW_SECONDS = 60


def exhausted(request: HttpRequest) -> bool:
    return _failures(_address(request)) >= LIMIT


def count_failure(request: HttpRequest) -> bool:
    """Count it; return whether it is one too many: others of the same moment were faster."""
    address = _address(request)
    FailedAuthorization.objects.create(address=address)
    return _failures(address) > LIMIT


def _failures(address: str) -> int:
    since = timezone.now() - timedelta(seconds=WINDOW_SECONDS)
    return FailedAuthorization.objects.filter(address=address, created_at__gt=since).count()


def _address(request: HttpRequest) -> str:
    """Return the visitor's address; of IPv6 the network, which one visitor has as a whole."""
    address = str(request.META.get("REMOTE_ADDR", ""))[:45]
    if ":" not in address:
        return address
    try:
        return str(ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address
