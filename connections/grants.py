"""What a PIM granted, stored: the token, the scopes and the person together or not at all."""

from dataclasses import dataclass, field
from enum import Enum, auto

from django.db import transaction
from django.utils import timezone

from connections import audit
from connections.audit import Action, Actor
from connections.clients import client_of_token
from connections.connections import token_digest
from connections.fields import SecretsUnusable
from connections.installation import record_base_url
from connections.models import Connection, PimUser
from connections.signals import connection_authorized
from outbound.errors import OutboundError, TransientError
from outbound.sentences import Sentence
from pim.errors import Unauthorized
from pim.identity import Identity
from pim.oauth import TokenAnswer

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Grant:
    """An exchanged code. `client_secret`: one that was proved right by it and is to be kept."""

    pim_url: str
    answer: TokenAnswer
    identity: Identity
    client_id: str
    client_secret: str = field(default="", repr=False)


class Fate(Enum):
    """What became of the stored token, now that the PIM gave one."""

    NONE = auto()  # there was none
    SAME = auto()
    REPLACED = auto()  # other scopes were granted
    REVOKED = auto()  # the app was connected anew in the PIM, or another one in its place
    VALID = auto()  # it is the new one that is dead: another authorization was faster


def store_grant(grant: Grant) -> PimUser:
    """Store what was granted, and return the person.

    Two authorizations may overlap, and granting other scopes ends the earlier token
    (pim-contract.md 1.5): so a stored token that differs is tried at the PIM before it is
    replaced, and replaced only if it is still the one that was tried.
    """
    for _ in range(_TRIES):
        held = _token_at(grant.pim_url)
        user = _store(grant, held, _fate_of(held, grant))
        if user is not None:
            return user
    raise TransientError(
        Sentence(
            "Several people authorized the app at the same moment. Open the app from the PIM again."
        ),
        detail="the stored token kept changing",
    )


def _token_at(pim_url: str) -> str:
    connection = Connection.objects.filter(pim_url=pim_url).first()
    return _readable_token(connection) if connection else ""


def _readable_token(connection: Connection) -> str:
    try:
        return str(connection.token)
    except SecretsUnusable:  # its key is lost, and connecting again is the way out
        return ""


def _fate_of(token: str, grant: Grant) -> Fate:
    if not token:
        return Fate.NONE
    if token == grant.answer.access_token:
        return Fate.SAME
    if Connection.objects.filter(
        pim_url=grant.pim_url, forgotten_token=token_digest(token)
    ).exists():
        return Fate.REVOKED
    try:
        client_of_token(grant.pim_url, token).system_information()
    except Unauthorized as error:
        return Fate.REVOKED if error.disconnected else Fate.REPLACED
    except OutboundError:  # not known; the token that was given last is the better guess
        return Fate.REPLACED
    return Fate.VALID


@transaction.atomic
def _store(grant: Grant, held: str, fate: Fate) -> PimUser | None:
    """Store it; None if the stored token is not the one any more whose fate is known."""
    now = timezone.now()
    rows = Connection.objects.select_for_update()
    connection, _ = rows.get_or_create(pim_url=grant.pim_url)
    if _readable_token(connection) != held:
        return None
    State = Connection.State
    was_connected = connection.state == State.CONNECTED
    reconnected = connection.state == State.DISCONNECTED or fate is Fate.REVOKED
    # Where the PIM had forgotten the app, only somebody who manages apps there can have come back
    # with a token that we never had.
    connects = fate is Fate.REVOKED or not (was_connected or _is_forgotten(connection, grant))
    scopes = sorted(grant.answer.scopes)
    before = connection.scopes
    if not was_connected or fate is Fate.REVOKED:
        connection.connected_at = now
    if not (was_connected and fate is Fate.VALID):
        connection.token, connection.scopes = grant.answer.access_token, scopes
    new_secret = grant.client_secret if connection.client_id == grant.client_id else ""
    if new_secret:
        connection.client_secret = new_secret
    connection.state, connection.problem = State.CONNECTED, ""
    connection.disconnected_at, connection.ended_by, connection.forgotten_token = None, "", ""
    connection.save()
    record_base_url()
    user = _person(connection, grant.identity, connects=connects)
    actor = Actor.pim_user(user)
    if new_secret:
        audit.record(Action.CREDENTIALS_CHANGED, connection, by=actor)
    if connects or not was_connected:
        audit.record(Action.CONNECTED, connection, by=actor, scopes=connection.scopes)
    elif connection.scopes != before:
        audit.record(Action.GRANTED, connection, by=actor, before=before, scopes=connection.scopes)
    audit.record(Action.SIGNED_IN, connection, by=actor)
    connection_authorized.send(sender=Connection, connection=connection, reconnected=reconnected)
    return user


def _is_forgotten(connection: Connection, grant: Grant) -> bool:
    """Whether the PIM gave the token that was forgotten here: there the app was never removed."""
    return connection.forgotten_token == token_digest(grant.answer.access_token)


def _person(connection: Connection, identity: Identity, *, connects: bool) -> PimUser:
    """Store who came. Who connects is manager; others start as editors, and keep their role."""
    role = {"role": PimUser.Role.MANAGER} if connects else {}
    known = {
        "connection": connection,
        "firstname": identity.firstname[:255],
        "lastname": identity.lastname[:255],
        "email": identity.email[:320],
        "last_seen_at": timezone.now(),
        **role,
    }
    user, _ = PimUser.objects.update_or_create(iss=identity.iss, sub=identity.sub, defaults=known)
    return user
