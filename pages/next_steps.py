"""The one thing that a person should do next about a catalog."""

from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalogs.models import Catalog
from pages.wording import Tone
from sync.explaining import disabled
from sync.models import Run
from sync.status import Counts
from sync.steps import to_do


@dataclass(frozen=True, slots=True)
class NextStep:
    sentence: str
    action: str  # what the link says
    url: str
    tone: Tone
    in_pim: bool = False  # the link leads to Akeneo

    @property
    def is_urgent(self) -> bool:
        return self.tone in (Tone.WARN, Tone.BAD)


def next_step(
    catalog: Catalog, state: str, counts: Counts, last_run: Run | None
) -> NextStep | None:
    """Return what to do next, or None when there is nothing to do."""
    match state:
        case "being_removed":
            return _removal(catalog, last_run)
        case "gone":
            return NextStep(
                _(
                    "This catalog was deleted in Akeneo, so nothing is carried any more. "
                    "%(rest)s Delete it here too, and say what becomes of them."
                )
                % {"rest": _stays(catalog, counts)},
                _("Delete it here"),
                reverse("pages:delete_catalog", args=[catalog.uuid]),
                Tone.BAD,
            )
        case "reconnected":
            return NextStep(
                _(
                    "%(host)s was connected again, so nothing goes to %(channel)s until you have "
                    "seen what would change. %(rest)s"
                )
                % {
                    "host": catalog.connection.host,
                    "channel": catalog.channel.name,
                    "rest": _stays(catalog, counts),
                },
                _("Take it up again"),
                reverse("pages:take_up", args=[catalog.uuid]),
                Tone.WARN,
            )
        case "disabled":
            return _enable(catalog, counts, last_run)
        case "stopped" if last_run is not None and _is_enabled_again(catalog, last_run):
            return NextStep(
                _(
                    "This catalog was disabled in Akeneo when it ran last, and is enabled again. "
                    "The next run brings what changed meanwhile; Sync now does it at once."
                ),
                _("See what happened"),
                last_run.get_absolute_url(),
                Tone.QUIET,
            )
        case "stopped" | "failed" if last_run is not None:
            return NextStep(
                last_run.problem or _("The last run did not get to its end."),
                _("See what happened"),
                last_run.get_absolute_url(),
                Tone.QUIET if last_run.was_stopped else Tone.BAD,
            )
        case "put_off" if last_run is not None:
            return NextStep(
                _("%(said)s Nothing is lost, and nobody has to do anything for that.")
                % {"said": last_run.note},
                _("Watch the run"),
                last_run.get_absolute_url(),
                Tone.BUSY,
            )
        case "setting_up":
            return _set_up(catalog, last_run)
        case "held":
            return held_step(catalog, counts)
        case "new":
            return NextStep(
                _("Everything is ready for the first sync."),
                _("Open the catalog and sync it"),
                catalog.get_absolute_url(),
                Tone.QUIET,
            )
        case "archived" | "disconnected" | "copy":
            return None
    return parked_step(catalog, counts) if counts.parked else None


def _set_up(catalog: Catalog, last_run: Run | None) -> NextStep:
    return NextStep(
        to_do(catalog, last_run),
        _("Go on setting up"),
        reverse("pages:set_up", args=[catalog.uuid]),
        Tone.QUIET,
    )


def held_step(catalog: Catalog, counts: Counts) -> NextStep:
    return NextStep(
        ngettext(
            "%(number)s change is held: suspiciously many products left, lost a value or came at "
            "once. Nothing of that reaches %(channel)s until you decide.",
            "%(number)s changes are held: suspiciously many products left, lost a value or came "
            "at once. Nothing of that reaches %(channel)s until you decide.",
            counts.held,
        )
        % {"number": intcomma(counts.held), "channel": catalog.channel.name},
        _("Look and decide"),
        reverse("pages:held", args=[catalog.uuid]),
        Tone.WARN,
    )


def parked_step(catalog: Catalog, counts: Counts) -> NextStep:
    return NextStep(
        ngettext(
            "%(number)s product was refused by %(channel)s. The others went through.",
            "%(number)s products were refused by %(channel)s. The others went through.",
            counts.parked,
        )
        % {"number": intcomma(counts.parked), "channel": catalog.channel.name},
        _("See why"),
        reverse("pages:parked", args=[catalog.uuid]),
        Tone.WARN,
    )


def _removal(catalog: Catalog, last_run: Run | None) -> NextStep | None:
    if last_run is None or last_run.is_live or last_run.status == Run.Status.SUCCEEDED:
        return None
    return NextStep(
        _("%(said)s Until then Ferry tries again by itself.") % {"said": last_run.problem},
        _("Decide again"),
        reverse("pages:delete_catalog", args=[catalog.uuid]),
        Tone.WARN,
    )


def _enable(catalog: Catalog, counts: Counts, last_run: Run | None) -> NextStep:
    if last_run is None:
        sentence = (
            _("Next, open the catalog in Akeneo, choose its products and enable it.")
            if catalog.raw
            else _(
                "Next, open the catalog in Akeneo, choose its products, map its fields and enable "
                "it."
            )
        )
        return NextStep(sentence, _("Configure in Akeneo"), catalog.configure_url, Tone.WARN, True)
    return NextStep(
        _("This catalog is disabled in Akeneo, so nothing is carried. %(rest)s")
        % {"rest": _stays(catalog, counts)},
        _("Enable it in Akeneo"),
        catalog.configure_url,
        Tone.WARN,
        True,
    )


def _is_enabled_again(catalog: Catalog, last_run: Run) -> bool:
    """Whether what stopped the run is over, as far as the PIM was asked since."""
    is_enabled = catalog.pim_state == Catalog.PimState.ENABLED
    return is_enabled and last_run.problem == disabled(catalog).message


def _stays(catalog: Catalog, counts: Counts) -> str:
    """Return a sentence about what is on the channel."""
    if not counts.on_channel:
        return _("Nothing of it stands on %(channel)s.") % {"channel": catalog.channel.name}
    return ngettext(
        "%(number)s product stays on %(channel)s as now.",
        "%(number)s products stay on %(channel)s as now.",
        counts.on_channel,
    ) % {"number": intcomma(counts.on_channel), "channel": catalog.channel.name}
