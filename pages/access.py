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


def is_signed_in(request: HttpRequest) -> bool:
    return bool(getattr(request, "pim_user", None))
