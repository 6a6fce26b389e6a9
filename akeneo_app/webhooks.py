"""What Akeneo sends goes to its views at once."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

_PREFIX = "/webhooks/akeneo"


class WebhookMiddleware:
    """Hands requests for Akeneo's addresses over, past all that pages need.

    Sessions, languages and redirections would cost as much as storing an event does, and one answer
    that redirects, to https or to an address with a slash, ends the subscription.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_PREFIX):
            return self.get_response(request)
        found = resolve(request.path_info)
        answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
        return answer
