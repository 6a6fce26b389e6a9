"""`/metrics`: what Prometheus asks for, and staff may look at (docs/operating.md)."""

import logging
import secrets

from django.conf import settings
from django.contrib import admin
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from akeneo_app.environment import is_token
from akeneo_app.measures import Measured, measure

logger = logging.getLogger(__name__)


class _Collector(Collector):
    """Gives what was measured for one answer. No registry of the process knows of it."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def collect(self) -> Measured:
        return self._measured


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer staff, and whoever has METRICS_TOKEN; 503 while the database does not answer.

    All others are told nothing but that a token is wanted, whether they had none, had a wrong one,
    or there is none to be had; and that the database is away, as by /healthz, if they name a
    session that would have to be looked up.
    """
    try:
        if not (_has_token(request) or admin.site.has_permission(request)):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        measured = measure()
    except Error:
        logger.exception("The database does not answer")
        return HttpResponse("The database does not answer.\n", "text/plain", status=503)
    return _written(measured, request.headers.get("Accept", ""))


def _has_token(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_token(token):
        return False
    return secrets.compare_digest(given.strip().encode(), token.encode())


def _written(measured: Measured, accept: str) -> HttpResponse:
    """Return the answer in the form that was asked for; without a word, Prometheus's own text."""
    try:
        encode, content_type = choose_encoder(accept)
    except TypeError:  # raised for a version that is no number
        encode, content_type = choose_encoder("")
    registry = CollectorRegistry()
    registry.register(_Collector(measured))
    return HttpResponse(encode(registry), content_type)
