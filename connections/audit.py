"""The audit trail: who acts at present, and the record of what they did.

The actor is set once for a request or a command, not passed through every function: whatever is
done below is theirs. Without one it is Ferry itself, such as a worker that finds a PIM gone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from connections.models import AuditRecord, Connection, PimUser

Action = AuditRecord.Action
_Kind = AuditRecord.ActorKind


@dataclass(frozen=True, slots=True)
class Actor:
    kind: AuditRecord.ActorKind
    name: str
    key: str = ""

    @classmethod
    def pim_user(cls, user: PimUser) -> "Actor":
        return cls(_Kind.PIM_USER, user.name, str(user.uuid))

    @classmethod
    def staff(cls, username: str, name: str = "") -> "Actor":
        return cls(_Kind.STAFF, name or username, username)

    @classmethod
    def command(cls, name: str) -> "Actor":
        return cls(_Kind.COMMAND, name)


FERRY = Actor(_Kind.FERRY, "Ferry")

# Asked only when something is recorded: most requests record nothing, and who it is costs a query.
_present: ContextVar[Callable[[], Actor]] = ContextVar("actor", default=lambda: FERRY)


@contextmanager
def acting_as(actor: Callable[[], Actor]) -> Iterator[None]:
    token = _present.set(actor)
    try:
        yield
    finally:
        _present.reset(token)


def present_actor() -> Actor:
    return _present.get()()


def record(
    action: AuditRecord.Action,
    connection: Connection | None,
    subject: object = "",
    *,
    by: Actor | None = None,
    **details: Any,
) -> AuditRecord:
    """Record an act in the transaction it happens in. `details` is JSON and holds no secret."""
    actor = by or present_actor()
    return AuditRecord.objects.create(
        action=action,
        pim_url=connection.pim_url if connection else "",
        subject=str(subject)[:255],
        actor_kind=actor.kind,
        actor=actor.name[:255],
        actor_key=actor.key[:255],
        details=details,
    )
