"""Who may see a page: people signed in from a PIM, each only what is their PIM's."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django_htmx.middleware import HtmxDetails

from connections.models import PimUser

P = ParamSpec("P")


class PimRequest(HttpRequest):
    """A request whose PIM user is known."""

    pim_user: PimUser
    htmx: HtmxDetails


def pim_user_required(
    view: Callable[Concatenate[PimRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Tell a visitor without a session how to open the app from the PIM; status 403.

    They cannot be sent to the PIM: without a session nobody knows which one is theirs.
    """

    @never_cache
    @wraps(view)
    def guarded(request: PimRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_signed_in(request):
            response = render(request, "pages/signed_out.html", status=403)
            if request.htmx:
                response["HX-Refresh"] = "true"  # the session ended under an open page
            return response
        return view(request, *args, **kwargs)

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


def is_signed_in(request: HttpRequest) -> bool:
    return bool(getattr(request, "pim_user", None))
