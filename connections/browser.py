"""The browser session: what binds an authorization to a browser, and who is signed in."""

import secrets

from django.http import HttpRequest

from connections.models import PimUser

_BROWSER = "browser"
_PIM_USER = "pim_user"


def browser_secret(request: HttpRequest) -> str:
    """Return this browser session's secret, made when first asked for."""
    if _BROWSER not in request.session:
        request.session[_BROWSER] = secrets.token_urlsafe(32)
    secret: str = request.session[_BROWSER]
    return secret


def known_browser_secret(request: HttpRequest) -> str:
    """Return this browser session's secret, "" if it has none; stores nothing."""
    secret: str = request.session.get(_BROWSER, "")
    return secret


def sign_in(request: HttpRequest, user: PimUser) -> None:
    """Remember who this is, under a new session key (against session fixation).

    The session's content stays: other authorizations of this browser may be under way. So does
    the key of who is signed in already: requests of theirs may be under way.
    """
    if request.session.get(_PIM_USER) != user.pk:
        request.session.cycle_key()
    request.session[_PIM_USER] = user.pk


def sign_out(request: HttpRequest) -> None:
    request.session.pop(_PIM_USER, None)
    request.session.cycle_key()


def signed_in_user(request: HttpRequest) -> PimUser | None:
    """Return the PIM user of this session, or None. One query."""
    pk = request.session.get(_PIM_USER)
    if pk is None:
        return None
    return PimUser.objects.select_related("connection").filter(pk=pk).first()
