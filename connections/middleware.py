from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from connections.browser import signed_in_user


class PimUserMiddleware:
    """Put `request.pim_user` there: the PIM user of this session, or something false."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.pim_user = SimpleLazyObject(lambda: signed_in_user(request))  # type: ignore[attr-defined]  # our own attribute
        return self.get_response(request)
