"""What happens to the people of a PIM: their roles, and the end of their sessions."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from connections import audit
from connections.audit import Action
from connections.models import Connection, PimUser
from outbound.errors import ConfigurationError


@transaction.atomic
def change_role(user: PimUser, role: PimUser.Role, *, may_leave_none: bool = False) -> None:
    """Give a person another role. The last manager stays one, unless staff say otherwise.

    Raises ConfigurationError.
    """
    # All changes of one connection's roles queue here, or two managers could demote each other.
    connection = Connection.objects.select_for_update().get(pk=user.connection_id)
    user.refresh_from_db(fields=["role"])
    before = user.role
    if before == role:
        return
    others = PimUser.objects.managers_of(connection).exclude(pk=user.pk)
    if before == PimUser.Role.MANAGER and not (may_leave_none or others.exists()):
        raise ConfigurationError(
            gettext("%(name)s is the only manager. Make somebody else a manager first.")
            % {"name": user.name}
        )
    user.role = role
    user.save(update_fields=["role", "updated_at"])
    audit.record(Action.ROLE_CHANGED, connection, user.name, before=before, role=role.value)


def set_own_time_zone(user: PimUser, name: str) -> None:
    """Show this person the times of this zone; "": those of the connection's."""
    user.time_zone = name
    user.save(update_fields=["time_zone", "updated_at"])


def saw_notices(user: PimUser) -> None:
    """What happened so far is no news to this person any more."""
    user.notices_seen_at = timezone.now()
    user.save(update_fields=["notices_seen_at", "updated_at"])


@transaction.atomic
def end_sessions(user: PimUser) -> None:
    """Sign a person out in every browser. Opening the app from the PIM signs them in again."""
    user.sessions_ended_at = timezone.now()
    user.save(update_fields=["sessions_ended_at", "updated_at"])
    audit.record(Action.SESSIONS_ENDED, user.connection, user.name)
