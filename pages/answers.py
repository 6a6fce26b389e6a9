"""Why a product is, or is not, on a channel: one plain sentence, and what to do next."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogs.timetables import closing_of
from catalogs.wording import on_the_clock
from pages.overview import Standing
from pages.wording import State, Tone
from sync.models import Listing
from sync.whereabouts import Place, WaitsFor, place_of, waits_for

BADGES = {
    Place.IN_STEP: State(gettext_lazy("In step"), Tone.GOOD),
    Place.EARLIER: State(gettext_lazy("Earlier version"), Tone.QUIET),
    Place.CHANGED: State(gettext_lazy("A change waits"), Tone.BUSY),
    Place.NEW: State(gettext_lazy("Waits to be sent"), Tone.BUSY),
    Place.LEAVING: State(gettext_lazy("Waits to be withdrawn"), Tone.BUSY),
    Place.SENDING: State(gettext_lazy("Being sent"), Tone.BUSY),
    Place.PARKED: State(gettext_lazy("Needs attention"), Tone.WARN),
    Place.HELD: State(gettext_lazy("Waits for your decision"), Tone.WARN),
    Place.CARRIED: State(gettext_lazy("Carried by another catalog"), Tone.QUIET),
    Place.KEPT: State(gettext_lazy("Left, kept on the channel"), Tone.QUIET),
    Place.HIDDEN: State(gettext_lazy("Left, hidden on the channel"), Tone.QUIET),
    Place.INCOMPLETE: State(gettext_lazy("Not complete"), Tone.WARN),
    Place.TAKEN_OFF: State(gettext_lazy("Taken off by a person"), Tone.QUIET),
    Place.LEFT: State(gettext_lazy("Not on the channel"), Tone.QUIET),
}
_LEFT = {
    Listing.Left.DISABLED: gettext_lazy(
        "It was disabled in Akeneo. Enable it there to bring it back."
    ),
    Listing.Left.ABSENT: gettext_lazy(
        "It was deleted in Akeneo, or this app is not permitted to see it any more."
    ),
    Listing.Left.DESELECTED: gettext_lazy(
        "The catalog does not select it any more. Akeneo does not tell apps how a catalog selects: "
        "look at its selection there."
    ),
    Listing.Left.INCOMPLETE: gettext_lazy(
        "It is not complete in Akeneo, and this catalog carries complete products only. Fill in "
        "what it lacks."
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Where a listing stands in words: the sentence first, then why and what to do."""

    state: State
    sentence: str
    hints: list[str]
    link: str = ""
    action: str = ""
    in_pim: bool = False


def badge_of(listing: Listing) -> State:
    return BADGES[place_of(listing)]


def answer_of(listing: Listing, standing: Standing) -> Answer:
    """Return the answer for one listing, given how its catalog stands. No query."""
    place = place_of(listing)
    zone = timezone.get_current_timezone()
    names = {
        "channel": listing.channel.name,
        "catalog": listing.catalog.name,
        "moment": on_the_clock(listing.sent_at, zone) if listing.sent_at else "",
    }
    hints = [str(hint) for hint in _hints(listing, place, standing) if hint]
    sentence = _SENTENCES[place](listing) % names
    return Answer(BADGES[place], sentence, hints, *_way_out(listing, place, standing))


def _in_step(listing: Listing) -> str:
    if listing.sent_at is None:
        return _("It is on %(channel)s exactly as Akeneo has it.")
    return _("It is on %(channel)s exactly as Akeneo has it, since %(moment)s.")


def _earlier(listing: Listing) -> str:
    if listing.set_aside == Listing.ABSENT:
        return _("It is on %(channel)s, although it left “%(catalog)s”.")
    return _("It is on %(channel)s with an earlier version than Akeneo's.")


def _parked(listing: Listing) -> str:
    if listing.sent_id is not None:
        return _("%(channel)s still shows the version before: it refused the new one.")
    return _("It is not on %(channel)s: the channel refused it.")


def _held(listing: Listing) -> str:
    match listing.held_because:
        case Listing.Held.EMPTIED:
            return _(
                "%(channel)s still shows the version before: it would lose a value, together with "
                "suspiciously many others."
            )
        case Listing.Held.GREW:
            return _(
                "It is not on %(channel)s yet: it is new, together with suspiciously many others."
            )
    return _(
        "It is still on %(channel)s: it left “%(catalog)s” together with suspiciously many others."
    )


def _kept(listing: Listing) -> str:
    if listing.set_aside == Listing.ABSENT:
        return _("It is still on %(channel)s, although it left “%(catalog)s”.")
    return _("It is still on %(channel)s: it left “%(catalog)s”, whose settings keep it there.")


_SENTENCES: dict[Place, Callable[[Listing], str]] = {
    Place.IN_STEP: _in_step,
    Place.EARLIER: _earlier,
    Place.PARKED: _parked,
    Place.HELD: _held,
    Place.KEPT: _kept,
    Place.CHANGED: lambda one: _(
        "It is on %(channel)s, but not yet as Akeneo has it now: a change waits."
    ),
    Place.NEW: lambda one: _("It is not on %(channel)s yet: it waits to be sent."),
    Place.LEAVING: lambda one: _(
        "It is still on %(channel)s: it left “%(catalog)s” and waits to be withdrawn."
    ),
    Place.SENDING: lambda one: _("It is on its way to %(channel)s right now."),
    Place.CARRIED: lambda one: _(
        "It is in “%(catalog)s” too, but another catalog of %(channel)s carries it."
    ),
    Place.HIDDEN: lambda one: _("It is hidden on %(channel)s: it left “%(catalog)s”."),
    Place.INCOMPLETE: lambda one: _("It is not on %(channel)s: it is not complete in Akeneo."),
    Place.TAKEN_OFF: lambda one: _("It is not on %(channel)s: a manager took it off."),
    Place.LEFT: lambda one: _("It is not on %(channel)s: it left “%(catalog)s”."),
}


def _hints(listing: Listing, place: Place, standing: Standing) -> list[object]:
    hints: list[object] = []
    if place in (Place.LEFT, Place.LEAVING, Place.KEPT, Place.HIDDEN, Place.INCOMPLETE):
        hints.append(_LEFT.get(Listing.Left(listing.left_because)) if listing.left_because else "")
    if place is Place.HELD:
        hints.append(_("Nothing changes on the channel until a manager decides."))
    if place is Place.PARKED:
        hints.append(
            _(
                "Correct it in Akeneo and sync this product. If the reason lay with the channel, "
                "try it again as it is."
            )
        )
    if listing.set_aside == Listing.ABSENT:
        hints.append(
            _(
                "It left the catalog, but a manager brought it back or kept it. That stays so "
                "until something about it changes in Akeneo."
            )
        )
    elif listing.set_aside:
        hints.append(
            _(
                "A manager set aside what Akeneo says now. That stays so until something about it "
                "changes in Akeneo."
            )
        )
    hints.append(_wait(listing, standing))
    return hints


def _wait(listing: Listing, standing: Standing) -> str:
    closing = closing_of(listing.channel)
    match waits_for(listing, standing.code, closing):
        case WaitsFor.HOURS if closing is not None:
            return closing.sentence
        case WaitsFor.CHANNEL_PAUSED:
            return _("The channel is paused. It is sent once somebody resumes it.")
        case WaitsFor.CATALOG_PAUSED:
            return _("The catalog is paused. It is sent once somebody resumes it.")
        case WaitsFor.ENABLING:
            return _("The catalog is disabled in Akeneo. It is sent once it is enabled there.")
        case WaitsFor.RUNNING:
            return _("A run is under way and takes it along.")
        case WaitsFor.ANOTHER_TRY:
            moment = on_the_clock(listing.next_attempt_at, timezone.get_current_timezone())
            return _("The last try did not get through. The next one: %(moment)s.") % {
                "moment": moment
            }
        case WaitsFor.PERSON:
            return _("Nothing is sent for this catalog at present; its page says why.")
        case WaitsFor.NEXT_RUN if standing.next_run_at is not None:
            moment = on_the_clock(standing.next_run_at, timezone.get_current_timezone())
            return _("The next run sends it: %(moment)s.") % {"moment": moment}
        case WaitsFor.NEXT_RUN:
            return _("The next run sends it; that one starts when somebody asks.")
    return ""


def _way_out(listing: Listing, place: Place, standing: Standing) -> tuple[str, str, bool]:
    """Return the address of the page where the reason is solved, and what its link says."""
    catalog = listing.catalog
    left = place in (Place.LEFT, Place.LEAVING, Place.KEPT, Place.HIDDEN)
    if waits_for(listing, standing.code, None) is WaitsFor.ENABLING or left:
        return catalog.configure_url, _("Open the catalog in Akeneo"), True
    if place is Place.HELD:
        return reverse("pages:held", args=[catalog.uuid]), _("Look and decide"), False
    return "", "", False
