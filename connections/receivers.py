"""What connections do when staff sign in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest


@receiver(user_logged_in)
def keep_session(request: HttpRequest, **kwargs: Any) -> None:
    """A browser that came as a visitor before has a session of minutes: staff need a whole one."""
    request.session.set_expiry(None)
