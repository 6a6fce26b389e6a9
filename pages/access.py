"""Who may see a page: people signed in from a PIM, each only what is their PIM's."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django_htmx.middleware import HtmxDetails

from connections.browser import known_pim, remember_page
from connections.models import Connection, PimUser
from pim.urls import InvalidPimUrl, normalize_pim_url

P = ParamSpec("P")


class PimRequest(HttpRequest):
    """A request whose PIM user is known."""

    pim_user: PimUser
    htmx: HtmxDetails


def pim_user_required(
    view: Callable[Concatenate[PimRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Send a visitor without a session through their PIM and back to this page.

    Which PIM that is says the address (`?pim_url=`), or the browser, where somebody was signed in
    before. Where nobody knows they are told how to open the app from the PIM, with status 403;
    that way leads to this page too.
    """

    @never_cache
    @wraps(view)
    def guarded(request: PimRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        is_page = request.method in ("GET", "HEAD") and not request.htmx
        pim_url = _pim_url_of_address(request) if is_page else ""
        if is_signed_in(request):
            # Nobody sees another PIM's data: who follows a link of that PIM signs in there.
            if pim_url in ("", request.pim_user.connection.pim_url):
                with timezone.override(request.pim_user.zone):
                    return view(request, *args, **kwargs)
        elif is_page:
            pim_url = pim_url or known_pim(request)
        if pim_url:
            query = {"pim_url": pim_url, "next": request.get_full_path()}
            return redirect(f"{reverse('connections:activate')}?{urlencode(query)}")
        response = render(request, "pages/signed_out.html", status=403)
        if request.htmx:
            response["HX-Refresh"] = "true"  # the session ended under an open page
        elif is_page:
            remember_page(response, request.get_full_path())
        return response

    return guarded  # type: ignore[return-value]  # the middlewares make every request a PimRequest


def editor_required(
    view: Callable[Concatenate[PimRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """As `pim_user_required`, for what viewers may not do; status 403 for them."""
    return pim_user_required(_only(PimUser.Role.EDITOR, lambda user: user.may_edit, view))


def manager_required(
    view: Callable[Concatenate[PimRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """As `pim_user_required`, for what only managers may do; status 403 for others."""
    return pim_user_required(_only(PimUser.Role.MANAGER, lambda user: user.may_manage, view))


def _only(
    role: PimUser.Role,
    may: Callable[[PimUser], bool],
    view: Callable[Concatenate[PimRequest, P], HttpResponse],
) -> Callable[Concatenate[PimRequest, P], HttpResponse]:
    @wraps(view)
    def guarded(request: PimRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if may(request.pim_user):
            return view(request, *args, **kwargs)
        managers = PimUser.objects.managers_of(request.pim_user.connection).order_by("pk")
        context = {"role": role.value, "managers": managers}
        return render(request, "pages/not_allowed.html", context, status=403)

    return guarded


def _pim_url_of_address(request: HttpRequest) -> str:
    """Return the registered PIM that the address names, "" if it names none that we know."""
    try:
        pim_url = normalize_pim_url(request.GET.get("pim_url", ""))
    except InvalidPimUrl:
        return ""
    return pim_url if Connection.objects.filter(pim_url=pim_url).exists() else ""


def is_signed_in(request: HttpRequest) -> bool:
    return bool(getattr(request, "pim_user", None))
