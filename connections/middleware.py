from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from connections.audit import FERRY, Actor, acting_as
from connections.browser import signed_in_user


class PimUserMiddleware:
    """Put `request.pim_user` there: the PIM user of this session, or something false.

    What the request does is recorded as theirs, or as the staff member's within admin.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.pim_user = SimpleLazyObject(lambda: signed_in_user(request))  # type: ignore[attr-defined]  # our own attribute
        with acting_as(lambda: _actor_of(request)):
            return self.get_response(request)


def _actor_of(request: HttpRequest) -> Actor:
    match = request.resolver_match
    if match is not None and match.app_name == "admin":
        user = request.user
        return Actor.staff(user.get_username(), user.get_full_name()) if user.pk else FERRY
    person = getattr(request, "pim_user", None)
    return Actor.pim_user(person) if person else FERRY
