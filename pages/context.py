"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from connections.environments import environment_of
from connections.installation import standing
from connections.models import Connection, PimUser
from pages.help import help_for
from sync.models import Notice


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return who is signed in, where help is, the version, and whether this is a copy.

    Lazy where it costs a query: only a template that looks at it pays.
    """
    user = getattr(request, "pim_user", None)
    return {
        "pim_user": user,
        "news": SimpleLazyObject(lambda: _number_of_news(user)),
        "is_sandbox": SimpleLazyObject(lambda: _is_sandbox(user)),
        "help_url": help_for(request),
        "installation": SimpleLazyObject(standing),
        "support_url": settings.SUPPORT_URL,
        "app_version": settings.VERSION,
    }


def _is_sandbox(user: PimUser | None) -> bool:
    if not user:
        return False
    return environment_of(user.connection) == Connection.Environment.SANDBOX


def _number_of_news(user: PimUser | None) -> int:
    if not user:
        return 0
    return Notice.objects.visible_to(user).news_since(user.notices_seen_at).count()
