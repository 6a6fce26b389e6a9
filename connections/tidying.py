"""What nobody needs any more: ended authorizations, invitations and sessions, old failures."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from connections.models import Authorization, FailedAuthorization, Invitation

# For so long the page still says that the link has expired, and admin that there was one.
_INVITATIONS_KEPT = timedelta(days=90)


def forget_old_authorizations() -> int:
    """Delete what expired long ago, and sessions that ended; return how many rows went."""
    before = timezone.now() - timedelta(hours=1)
    authorizations, _ = Authorization.objects.expired(before).delete()
    failures, _ = FailedAuthorization.objects.filter(created_at__lt=before).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    long_ago = timezone.now() - _INVITATIONS_KEPT
    invitations, _ = Invitation.objects.filter(expires_at__lt=long_ago).delete()
    return authorizations + failures + sessions + invitations
