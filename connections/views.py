"""The two addresses that the PIM sends browsers to. Plain redirects; a refusal is a page."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from connections import authorization, rate_limit
from connections.browser import (
    browser_secret,
    forget_pim,
    known_browser_secret,
    remember_pim,
    remembered_page,
    sign_in,
    sign_out,
)
from connections.refusals import refused, too_many
from outbound.errors import OutboundError


@never_cache
@require_GET
def activate(request: HttpRequest) -> HttpResponse:
    """*Connect* and *Open app* in the PIM both come here (pim-contract.md 1.1)."""
    if rate_limit.exhausted(request):
        return too_many(request)
    try:
        target = authorization.begin(
            request.GET.get("pim_url", ""),
            browser=partial(browser_secret, request),
            next_path=_local_path(request.GET.get("next", "") or remembered_page(request)),
        )
    except OutboundError as error:
        return refused(request, error, request.GET.get("pim_url", ""))
    return redirect(target)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Where the PIM sends the browser once the authorization succeeded."""
    if rate_limit.exhausted(request):
        return too_many(request)
    try:
        signed_in = authorization.complete(
            request.GET.get("state", ""),
            request.GET.get("code", ""),
            browser=known_browser_secret(request),
        )
    except OutboundError as error:
        pim_url = authorization.pim_of(request.GET.get("state", ""))
        return refused(request, error, pim_url)
    sign_in(request, signed_in.user)
    response = redirect(signed_in.next_path or "pages:home")
    remember_pim(response, signed_in.user.connection.pim_url)
    return response


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    sign_out(request)
    response = redirect("pages:home")
    forget_pim(response)
    return response


def _local_path(candidate: str) -> str:
    """Return the candidate if it is a path of this site that can be stored, otherwise ""."""
    is_local = candidate.startswith("/") and url_has_allowed_host_and_scheme(
        candidate, allowed_hosts=None
    )
    return candidate if is_local and candidate.isprintable() and len(candidate) <= 500 else ""
