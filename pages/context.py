"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from connections.installation import standing


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return who is signed in, where help is, the version, and whether this is a copy.

    `pim_user` and `installation` are lazy: only a template that looks at them costs a query.
    """
    return {
        "pim_user": getattr(request, "pim_user", None),
        "installation": SimpleLazyObject(standing),
        "support_url": settings.SUPPORT_URL,
        "app_version": settings.VERSION,
    }
