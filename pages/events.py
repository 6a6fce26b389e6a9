"""Events of a PIM in the reader's words: how they stand, and what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from connections.models import Connection
from pages.wording import State, Tone
from sync.models import EventSubscription, ReceivedEvent

_State = EventSubscription.State
_Obstacle = EventSubscription.Obstacle

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """How the events of a PIM stand. `todo`: what somebody has to do, "" if there is nothing.

    `needs_box` and `can_resume` say which help and which button belong to it.
    """

    badge: State
    sentence: str
    todo: str = ""
    needs_box: bool = False
    can_resume: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came lately; of numbers above MOST_COUNTED only that they are above."""

    last_at: datetime | None
    last_hour: int
    last_day: int


def events_of(connection: Connection) -> EventSubscription | None:
    """Return what is subscribed to, or was."""
    return EventSubscription.objects.filter(connection=connection).first()


def is_told() -> Exists:
    """Of a catalog: whether its PIM tells of its changes at present."""
    theirs = EventSubscription.objects.filter(connection=OuterRef("channel__connection"))
    return Exists(
        theirs.filter(is_wanted=True, paused_by="", state=_State.ACTIVE, silent_since=None)
    )


def arrived(events: EventSubscription) -> Arrived:
    """Three queries, each of which looks at no more than MOST_COUNTED events."""
    rows = ReceivedEvent.objects.filter(subscription=events).order_by("-received_at")
    now = timezone.now()
    return Arrived(
        rows.values_list("received_at", flat=True).first(),
        rows.since(now - timedelta(hours=1))[: MOST_COUNTED + 1].count(),
        rows.since(now - timedelta(days=1))[: MOST_COUNTED + 1].count(),
    )


def standing_of(events: EventSubscription | None) -> Standing:
    """Say how it stands."""
    if events is None or not events.is_wanted:
        return Standing(
            State(_("Off"), Tone.QUIET),
            _("Akeneo tells Ferry nothing. Changes are found when the schedules come round."),
        )
    if events.state == _State.REVOKED:
        return Standing(
            State(_("Ended"), Tone.WARN),
            _("Ferry was disconnected from Akeneo, and that ended it."),
            _("Connect again: then it is switched on by itself."),
        )
    if events.is_paused:
        return Standing(
            State(_("Suspended"), Tone.QUIET),
            _(
                "%(name)s suspended it. Changes are found when the schedules come round, and what "
                "changed meanwhile is read when it goes on."
            )
            % {"name": events.paused_by},
            can_resume=True,
        )
    match events.state:
        case _State.ACTIVE if events.silent_since is not None:
            return Standing(
                State(_("On, but silent"), Tone.WARN),
                _(
                    "A run by the schedule found changes that Akeneo did not tell Ferry of. "
                    "Nothing was lost: the schedules go on."
                ),
                _(
                    "If it stays so, look in Akeneo whether the box for the Event Platform is "
                    "ticked, and ask the people who run Ferry whether Akeneo can reach it."
                ),
            )
        case _State.ACTIVE:
            return Standing(
                State(_("On"), Tone.GOOD),
                _("What changes in Akeneo is read and sent within seconds."),
            )
    return _of_obstacle(events)


def _of_obstacle(events: EventSubscription) -> Standing:
    match events.obstacle:
        case _Obstacle.BOX:
            return Standing(
                State(_("Waits for a box in Akeneo"), Tone.WARN),
                _("Akeneo does not let Ferry hear of changes as long as a box is not ticked."),
                _("Tick it, then try again here. Ferry looks every 15 minutes as well."),
                needs_box=True,
                can_resume=True,
            )
        case _Obstacle.EDITION:
            return Standing(
                State(_("Not possible with this PIM"), Tone.QUIET),
                _(
                    "Akeneo has no Event Platform for this PIM: it comes with Akeneo’s cloud, in "
                    "the Enterprise and Growth editions. Nothing is lost without it: the schedules "
                    "find what changes."
                ),
                _("Switch it off, so that Ferry stops trying."),
            )
        case _Obstacle.AKENEO if events.reason:
            why = _("Akeneo suspended it, and says why: “%(reason)s”.") % {"reason": events.reason}
        case _Obstacle.AKENEO:
            why = _("Akeneo suspended it, and does not say why.")
        case _Obstacle.OTHER:
            why = _("It cannot be switched on: %(reason)s") % {"reason": events.reason}
        case _:
            return Standing(
                State(_("Being switched on"), Tone.BUSY),
                _("Akeneo did not confirm it yet. Ferry tries again every 15 minutes."),
                can_resume=True,
            )
    return Standing(
        State(_("Suspended by Akeneo"), Tone.BAD)
        if events.state == _State.SUSPENDED
        else State(_("Cannot be switched on"), Tone.BAD),
        why,
        _(
            "Try again. If it is suspended again, ask the people who run Ferry whether Akeneo can "
            "reach it. What changed meanwhile is read at once then."
        ),
        can_resume=True,
    )
