"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return who is signed in, where help is, and the version. Asks nothing of the database.

    `pim_user` is lazy: only a template that looks at it costs a query, so admin pages do not.
    """
    return {
        "pim_user": getattr(request, "pim_user", None),
        "support_url": settings.SUPPORT_URL,
        "app_version": settings.VERSION,
    }
