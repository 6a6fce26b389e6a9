"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from connections.environments import environment_of
from connections.installation import standing
from connections.models import Connection, PimUser
from pages.help import help_for


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return who is signed in, where help is, the version, and whether this is a copy.

    `pim_user` and `installation` are lazy: only a template that looks at them costs a query.
    """
    user = getattr(request, "pim_user", None)
    return {
        "pim_user": user,
        "is_sandbox": SimpleLazyObject(lambda: _is_sandbox(user)),
        "help_url": help_for(request),
        "installation": SimpleLazyObject(standing),
        "support_url": settings.SUPPORT_URL,
        "app_version": settings.VERSION,
    }


def _is_sandbox(user: PimUser | None) -> bool:
    return bool(user) and environment_of(user.connection) == Connection.Environment.SANDBOX
