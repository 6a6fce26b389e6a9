"""The one thing that a person should do next about a catalog."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from catalogs.models import Catalog
from catalogs.wording import counted, were
from pages.wording import Tone
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
                f"This catalog was deleted in Akeneo, so nothing is carried any more. "
                f"{_stays(catalog, counts)} Delete it here too, and say what becomes of them.",
                "Delete it here",
                reverse("pages:delete_catalog", args=[catalog.uuid]),
                Tone.BAD,
            )
        case "reconnected":
            return NextStep(
                f"{catalog.connection.host} was connected again, so nothing goes to "
                f"{catalog.channel.name} until you have seen what would change. "
                f"{_stays(catalog, counts)}",
                "Take it up again",
                reverse("pages:take_up", args=[catalog.uuid]),
                Tone.WARN,
            )
        case "disabled":
            return _enable(catalog, counts, last_run)
        case "stopped" | "failed" if last_run is not None:
            return NextStep(
                last_run.problem or "The last run did not get to its end.",
                "See what happened",
                last_run.get_absolute_url(),
                Tone.BAD,
            )
        case "put_off" if last_run is not None:
            return NextStep(
                f"{last_run.note} Nothing is lost, and nobody has to do anything for that.",
                "Watch the run",
                last_run.get_absolute_url(),
                Tone.BUSY,
            )
        case "setting_up":
            return _set_up(catalog, last_run)
        case "held":
            return held_step(catalog, counts)
        case "new":
            return NextStep(
                "Everything is ready for the first sync.",
                "Open the catalog and sync it",
                catalog.get_absolute_url(),
                Tone.QUIET,
            )
        case "archived" | "disconnected" | "copy":
            return None
    return parked_step(catalog, counts) if counts.parked else None


def _set_up(catalog: Catalog, last_run: Run | None) -> NextStep:
    return NextStep(
        to_do(catalog, last_run),
        gettext("Go on setting up"),
        reverse("pages:set_up", args=[catalog.uuid]),
        Tone.QUIET,
    )


def held_step(catalog: Catalog, counts: Counts) -> NextStep:
    held = counted(counts.held, "change is", "changes are")
    return NextStep(
        f"{held} held: suspiciously many products left, lost a value or came at once. "
        f"Nothing of that reaches {catalog.channel.name} until you decide.",
        "Look and decide",
        reverse("pages:held", args=[catalog.uuid]),
        Tone.WARN,
    )


def parked_step(catalog: Catalog, counts: Counts) -> NextStep:
    return NextStep(
        f"{were(counts.parked)} refused by {catalog.channel.name}. The others went through.",
        "See why",
        reverse("pages:parked", args=[catalog.uuid]),
        Tone.WARN,
    )


def _removal(catalog: Catalog, last_run: Run | None) -> NextStep | None:
    if last_run is None or last_run.is_live or last_run.status == Run.Status.SUCCEEDED:
        return None
    return NextStep(
        f"{last_run.problem} Until then Ferry tries again by itself.",
        "Decide again",
        reverse("pages:delete_catalog", args=[catalog.uuid]),
        Tone.WARN,
    )


def _enable(catalog: Catalog, counts: Counts, last_run: Run | None) -> NextStep:
    if last_run is None:
        what = "choose its products" if catalog.raw else "choose its products, map its fields"
        sentence = f"Next, open the catalog in Akeneo, {what} and enable it."
        return NextStep(sentence, "Configure in Akeneo", catalog.configure_url, Tone.WARN, True)
    return NextStep(
        f"This catalog is disabled in Akeneo, so nothing is carried. {_stays(catalog, counts)}",
        "Enable it in Akeneo",
        catalog.configure_url,
        Tone.WARN,
        True,
    )


def _stays(catalog: Catalog, counts: Counts) -> str:
    if not counts.on_channel:
        return f"Nothing of it stands on {catalog.channel.name}."
    stay = counted(counts.on_channel, "product stays", "products stay")
    return f"{stay} on {catalog.channel.name} as now."
