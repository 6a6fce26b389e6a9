"""Is this the installation that was connected, or a copy of it?

A restored backup or a cloned staging has the tokens and the channels of production, and would
send what it believes to be true. So the database knows the BASE_URL under which it sends. Under
another one, everything that would change a channel or a PIM is paused until staff have decided.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from connections import audit
from connections.audit import Action
from connections.models import Installation
from outbound.errors import ConfigurationError
from outbound.sentences import Sentence

logger = logging.getLogger(__name__)

Decision = Installation.Decision
_DEFAULT_PORTS = {"http": 80, "https": 443}


class State(StrEnum):
    UNRECORDED = "unrecorded"  # no PIM was ever connected
    PRODUCTION = "production"
    UNDECIDED = "undecided"  # under another address, and nobody has said what it is
    COPY = "copy"


class WrongCopy(ConfigurationError):
    """This is not the production that its channels and PIMs belong to."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where this process stands: its own address, and the one that the database knows."""

    state: State
    here: str
    recorded: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        """Whether nothing may be sent, changed in a PIM, or told to anybody."""
        return self.state in (State.UNDECIDED, State.COPY)

    @property
    def is_undecided(self) -> bool:
        return self.state is State.UNDECIDED

    @property
    def copy_of(self) -> str:
        """The address of the production that this is a copy of, "" if it has the same."""
        return self.recorded if self.is_paused and self.recorded != self.here else ""

    @property
    def sentence(self) -> str:
        """What it means, for the person who can do something about it."""
        match self.state:
            case State.UNRECORDED:
                return (
                    "No PIM was ever connected here. The first one makes this production, under "
                    f"{self.here}."
                )
            case State.PRODUCTION:
                return f"This is production, under {self.here}."
            case State.UNDECIDED:
                return Sentence(
                    "This installation was connected as %(recorded)s, and is started as %(here)s "
                    "now. Nothing is sent or changed until its staff say whether this is "
                    "production now or a copy: in admin, or by adopt_installation with "
                    "--production or --copy.",
                    recorded=self.recorded,
                    here=self.here,
                )
            case State.COPY:
                if not self.copy_of:
                    return Sentence(
                        "This is a copy. Nothing is sent or changed, only compared, unless its "
                        "staff say that this is production now: in admin, or by "
                        "adopt_installation --production."
                    )
                return Sentence(
                    "This is a copy of %(origin)s. Nothing is sent or changed, only compared, "
                    "unless its staff say that this is production now: in admin, or by "
                    "adopt_installation --production.",
                    origin=self.copy_of,
                )


def standing() -> Standing:
    """Return where this process stands. One query."""
    return _standing_of(Installation.objects.filter(pk=Installation.ONLY).first())


def _standing_of(row: Installation | None) -> Standing:
    here = normal_base_url(settings.BASE_URL)
    if row is None:
        return Standing(State.UNRECORDED, here)
    state = State.PRODUCTION if row.base_url == here else State.UNDECIDED
    if row.decision == Decision.COPY:
        state = State.COPY
    return Standing(state, here, row.base_url, row.decided_by, row.decided_at)


def copies() -> QuerySet[Installation]:
    """Return the condition for `is_paused`: the row, if this may send nothing."""
    here = normal_base_url(settings.BASE_URL)
    return Installation.objects.filter(~Q(base_url=here) | Q(decision=Decision.COPY))


def is_paused() -> bool:
    """Whether to send nothing, change nothing in a PIM and alert nobody. One query."""
    return standing().is_paused


def refuse_on_wrong_copy() -> None:
    """Raise WrongCopy unless this may send and write. One query.

    Asked before every write to a PIM, before an adapter is handed out, and before each step of a
    run: a decision holds at once, also for what is under way.
    """
    now = standing()
    if now.is_paused:
        raise WrongCopy(now.sentence, detail=f"{now.state}: {now.here}, not {now.recorded}")


def record_base_url() -> None:
    """Within the transaction that connects a PIM: be at home here, unless a place is known."""
    here = normal_base_url(settings.BASE_URL)
    _, is_new = Installation.objects.get_or_create(
        pk=Installation.ONLY, defaults={"base_url": here}
    )
    if is_new:
        logger.info("This installation is %s from now on", here)


@transaction.atomic
def decide(decision: Installation.Decision) -> Standing:
    """Store what staff say this is; return where it stands then. Saying it again changes nothing.

    As production the present BASE_URL is recorded; a copy keeps the one it is a copy of. Raises
    ConfigurationError for a copy of nothing.
    """
    if decision == Decision.PRODUCTION:
        record_base_url()
    row = Installation.objects.select_for_update().filter(pk=Installation.ONLY).first()
    if row is None:
        raise ConfigurationError(
            "No PIM was ever connected here, so this is a copy of nothing: there is nothing that "
            "it could send."
        )
    before = _standing_of(row)
    wanted = State.COPY if decision == Decision.COPY else State.PRODUCTION
    if before.state is wanted:
        return before
    if decision == Decision.PRODUCTION:
        row.base_url = before.here
    row.decision = decision
    row.decided_at, row.decided_by = timezone.now(), audit.present_actor().name[:255]
    row.save()
    was = {"state": before.state.value, "address": before.recorded}
    audit.record(
        Action.INSTALLATION_DECIDED, None, before.here, decision=decision.value, before=was
    )
    logger.warning("%s was declared: %s", before.here, decision)
    return _standing_of(row)


def normal_base_url(url: str) -> str:
    """Return the address without what makes no difference: case, default port, slash at the end."""
    bare = url.strip().rstrip("/")
    try:
        parts = urlsplit(bare)
        port = parts.port
    except ValueError:  # no address at all; the system checks say so
        return bare.lower()
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    return f"{parts.scheme}://{host}{parts.path}"
