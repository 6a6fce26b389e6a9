"""What nobody needs any more: ended authorizations, invitations and sessions, old failures."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from connections.models import Authorization, FailedAuthorization, Invitation, Refusal

# For so long the page still says that the link has expired, and admin that there was one.
_INVITATIONS_KEPT = timedelta(days=90)
_REFUSALS_KEPT = timedelta(days=30)
_MOST_REFUSALS = 10_000  # strangers cause them


def forget_old_authorizations() -> int:
    """Delete what expired long ago, and sessions that ended; return how many rows went."""
    before = timezone.now() - timedelta(hours=1)
    authorizations, _ = Authorization.objects.expired(before).delete()
    failures, _ = FailedAuthorization.objects.filter(created_at__lt=before).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    long_ago = timezone.now() - _INVITATIONS_KEPT
    invitations, _ = Invitation.objects.filter(expires_at__lt=long_ago).delete()
    return authorizations + failures + sessions + invitations + _forget_refusals()


def _forget_refusals() -> int:
    old, _ = Refusal.objects.filter(created_at__lt=timezone.now() - _REFUSALS_KEPT).delete()
    newest = Refusal.objects.order_by("-pk").values_list("pk", flat=True)
    last_kept = newest[_MOST_REFUSALS - 1 : _MOST_REFUSALS].first()
    if last_kept is None:
        return old
    surplus, _ = Refusal.objects.filter(pk__lt=last_kept).delete()
    return old + surplus
