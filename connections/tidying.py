"""What nobody needs any more: authorizations that never came back, old failures, old sessions."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from connections.models import Authorization, FailedAuthorization


def forget_old_authorizations() -> int:
    """Delete what expired an hour ago, and sessions that ended; return how many rows went."""
    before = timezone.now() - timedelta(hours=1)
    authorizations, _ = Authorization.objects.expired(before).delete()
    failures, _ = FailedAuthorization.objects.filter(created_at__lt=before).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return authorizations + failures + sessions
