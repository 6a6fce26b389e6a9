"""The browser session: what binds an authorization to a browser, and who is signed in."""

import secrets
import time
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from connections.models import PimUser

IDLE = timedelta(hours=2)  # without opening a page
LIFETIME = timedelta(hours=12)  # whatever they do; then the PIM says again who they are

_BROWSER = "browser"
_PIM_USER = "pim_user"
_SIGNED_IN_AT = "pim_user_signed_in_at"
_SEEN_AT = "pim_user_seen_at"
_PIM_COOKIE = "ferry_pim"
_PAGE_COOKIE = "ferry_page"
_PIM_DAYS = 30
_VISITOR_SECONDS = 15 * 60  # a little more than an authorization lives
_SEEN_EVERY = 60  # seconds: not each page costs a write


def browser_secret(request: HttpRequest) -> str:
    """Return this browser session's secret, made when first asked for."""
    if request.session.session_key is None and request.session.is_empty():
        request.session.set_expiry(_VISITOR_SECONDS)  # until somebody signs in
    if _BROWSER not in request.session:
        request.session[_BROWSER] = secrets.token_urlsafe(32)
    secret: str = request.session[_BROWSER]
    return secret


def keep_visitor(request: HttpRequest) -> None:
    """Let this browser's session live as long as those of people who are signed in."""
    request.session.set_expiry(None)


def known_browser_secret(request: HttpRequest) -> str:
    """Return this browser session's secret, "" if it has none; stores nothing."""
    secret: str = request.session.get(_BROWSER, "")
    return secret


def sign_in(request: HttpRequest, user: PimUser) -> None:
    """Remember who this is, under a new session key (against session fixation).

    The session's content stays: other authorizations of this browser may be under way. So does
    the key of who is signed in already: requests of theirs may be under way.
    """
    if signed_in_user(request) != user:
        request.session.cycle_key()
    request.session.set_expiry(None)
    now = time.time()
    request.session.update({_PIM_USER: user.pk, _SIGNED_IN_AT: now, _SEEN_AT: now})


def sign_out(request: HttpRequest) -> None:
    _forget(request)
    request.session.cycle_key()


def signed_in_user(request: HttpRequest) -> PimUser | None:
    """Return the PIM user of this session, or None. One query.

    None as well once they opened no page for IDLE, or signed in LIFETIME ago, or were signed out
    everywhere since.
    """
    pk = request.session.get(_PIM_USER)
    if pk is None:
        return None
    signed_in_at = float(request.session.get(_SIGNED_IN_AT, 0))
    seen_at = float(request.session.get(_SEEN_AT, 0))
    now = time.time()
    user = PimUser.objects.select_related("connection").filter(pk=pk).first()
    if (
        user is None
        or now - seen_at > IDLE.total_seconds()
        or now - signed_in_at > LIFETIME.total_seconds()
        or (user.sessions_ended_at and signed_in_at <= user.sessions_ended_at.timestamp())
    ):
        _forget(request)
        return None
    # What a page fetches by itself, such as the progress of a run, is nobody's doing.
    if now - seen_at > _SEEN_EVERY and "HX-Request" not in request.headers:
        request.session[_SEEN_AT] = now
    return user


def known_pim(request: HttpRequest) -> str:
    """Return the PIM of whoever was signed in in this browser last, "" if nobody was."""
    return str(request.get_signed_cookie(_PIM_COOKIE, default="", max_age=_PIM_DAYS * 86400))


def remember_pim(response: HttpResponse, pim_url: str) -> None:
    """Remember where to send this browser once its session has ended; it opens nothing."""
    _set_cookie(response, _PIM_COOKIE, pim_url, seconds=_PIM_DAYS * 86400)
    response.delete_cookie(_PAGE_COOKIE, samesite="Lax")


def forget_pim(response: HttpResponse) -> None:
    for name in (_PIM_COOKIE, _PAGE_COOKIE):
        response.delete_cookie(name, samesite="Lax")


def remembered_page(request: HttpRequest) -> str:
    """Return the page that was asked for in vain in this browser within ten minutes, or ""."""
    return str(request.get_signed_cookie(_PAGE_COOKIE, default="", max_age=600))


def remember_page(response: HttpResponse, path: str) -> None:
    """Remember a page that was asked for without a session; opening the app leads there."""
    if len(path) <= 500:
        _set_cookie(response, _PAGE_COOKIE, path, seconds=600)


def _set_cookie(response: HttpResponse, name: str, value: str, *, seconds: int) -> None:
    response.set_signed_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _forget(request: HttpRequest) -> None:
    for name in (_PIM_USER, _SIGNED_IN_AT, _SEEN_AT):
        request.session.pop(name, None)
