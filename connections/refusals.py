"""Refusals as pages: what happened, the way out, and the right status."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from connections import rate_limit
from connections.authorization import AuthorizationRefused, SecretRefused
from connections.languages import translated
from connections.models import Refusal
from outbound.errors import (
    AnswerTooLarge,
    CertificateInvalid,
    FailureKind,
    OutboundError,
    TimedOut,
)
from pim.urls import InvalidPimUrl, normalize_pim_url

logger = logging.getLogger(__name__)

_PIM_AT_FAULT = (AnswerTooLarge, CertificateInvalid)  # though trying again does not help


def refused(request: HttpRequest, error: OutboundError, pim_url: str) -> HttpResponse:
    """Answer with what happened and the way out; 4xx, or 502 to 504 when the PIM is at fault.

    `pim_url`: the PIM that it is about, as far as that is known.
    """
    if rate_limit.count_failure(request):
        return too_many(request)
    logger.warning("Authorization refused: %s (%s)", error.message, error.detail)
    _tell_staff(pim_url, error)
    # What is kept for staff is in English, as `_tell_staff` got it.
    context = {
        "problem": translated(error.message),
        "new_secret_url": _where_to_enter_it(request, error),
    }
    return render(request, "connections/refused.html", context, status=_status_of(error))


def too_many(request: HttpRequest) -> HttpResponse:
    response = render(request, "connections/too_many.html", status=429)
    response["Retry-After"] = str(rate_limit.WINDOW_SECONDS)
    return response


def _tell_staff(pim_url: str, error: OutboundError) -> None:
    """Keep what the page says, for staff who are asked about it and see no log."""
    Refusal.objects.create(
        pim_url=_one_line(_one_spelling(pim_url), 500),
        message=_one_line(error.message, 1000),
        detail=_one_line(error.detail, 1000),
    )


def _one_spelling(pim_url: str) -> str:
    try:
        return normalize_pim_url(pim_url)
    except InvalidPimUrl:
        return pim_url


def _one_line(text: str, limit: int) -> str:
    """Return what a stranger may have written as something that every database stores."""
    return "".join(one if one.isprintable() else " " for one in text[:limit])


def _where_to_enter_it(request: HttpRequest, error: OutboundError) -> str:
    """Return where this person enters the new secret, "" if nobody but staff can mend it."""
    if not isinstance(error, SecretRefused):
        return ""
    user = getattr(request, "pim_user", None)
    if user and user.may_manage and user.connection.pim_url == error.pim_url:
        return reverse("pages:credentials")
    return f"{reverse('pages:new_secret')}?{urlencode({'pim_url': error.pim_url})}"


def _status_of(error: OutboundError) -> int:
    if isinstance(error, TimedOut):
        return 504
    if error.kind is FailureKind.TRANSIENT or isinstance(error, _PIM_AT_FAULT):
        return 502
    return 403 if isinstance(error, AuthorizationRefused) else 400
