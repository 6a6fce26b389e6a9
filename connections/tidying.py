"""What nobody needs any more: authorizations that never came back, old failures."""

from datetime import timedelta

from django.utils import timezone

from connections.models import Authorization, FailedAuthorization


def forget_old_authorizations() -> int:
    """Delete what expired more than an hour ago; return how many rows went."""
    before = timezone.now() - timedelta(hours=1)
    authorizations, _ = Authorization.objects.expired(before).delete()
    failures, _ = FailedAuthorization.objects.filter(created_at__lt=before).delete()
    return authorizations + failures
