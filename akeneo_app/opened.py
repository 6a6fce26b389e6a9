"""Pages whose address only takes what a form sends, opened by hand."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

_PAGES = "pages"


class OpenedMiddleware:
    """Leads whoever opens such an address to the page above it.

    It is in the browser's address line after a mistake in a form, so that a choice of language, a
    bookmark or the history opens it. Programs, and what a page loads by itself, hear 405.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and _is_opened(request):
            return redirect(_above(request.path_info))
        return response


def _is_opened(request: HttpRequest) -> bool:
    match = request.resolver_match
    is_page = match is not None and match.app_name == _PAGES
    is_seen = "text/html" in request.headers.get("Accept", "")  # no program asks for it by name
    by_itself = "HX-Request" in request.headers
    return is_page and is_seen and not by_itself and request.method == "GET"


def _above(path: str) -> str:
    """Return the next address above that is a page. It is shorter, so that this comes to an end."""
    while path := path.rpartition("/")[0]:
        try:
            if resolve(path).app_name == _PAGES:
                return path
        except Resolver404:
            continue
    return "/"
