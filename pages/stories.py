"""What a run does and did, in plain words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext

from catalogs.models import Catalog
from catalogs.wording import counted, on_the_clock, were
from sync.models import Run

_Phase = Run.Phase
_PICKED_UP_WITHIN = timedelta(seconds=15)

# From where to where the bar moves in each phase, in percent.
_READING_RUN = {
    _Phase.STARTING: (0, 2),
    _Phase.LISTING: (2, 15),
    _Phase.READING: (15, 60),
    _Phase.RECONCILING: (60, 62),
    _Phase.FETCHING: (62, 62),
    _Phase.PUSHING: (62, 97),
    _Phase.FINISHING: (97, 99),
}
_PUSH_RUN = {
    **dict.fromkeys(_READING_RUN, (0, 2)),
    _Phase.PUSHING: (2, 97),
    _Phase.FINISHING: (97, 99),
}


@dataclass(frozen=True, slots=True)
class Progress:
    percent: int
    doing: str  # the phase in words
    detail: str  # the phase's numbers
    note: str  # what it waits for, or why nothing moves


@dataclass(frozen=True, slots=True)
class WayOut:
    action: str  # what the link says
    url: str
    in_pim: bool = False


def progress_of(run: Run) -> Progress:
    """Return how far a live run is."""
    if run.is_put_off:
        return Progress(0, "Put off, to go on where it was", "", run.note)
    if run.status == Run.Status.QUEUED:
        return Progress(0, "Waiting to start", "", _queued_note(run))
    phase = _Phase(run.phase)
    begin, end = (_PUSH_RUN if not run.reads else _READING_RUN)[phase]
    percent = round(begin + (end - begin) * _share_done(run, phase))
    return Progress(percent, str(phase.label), _numbers(run, phase), _running_note(run))


def story_of(run: Run) -> list[str]:
    """Return what an ended run did, one sentence each."""
    channel = run.catalog.channel.name
    story = []
    if run.read_at is not None or (run.is_of_products and run.total is not None):
        story.append(_what_was_read(run))
    if run.is_of_products and run.total is not None and run.total > run.pulled:
        missing = counted(run.total - run.pulled, "product is", "products are")
        story.append(f"{missing} not in the catalog.")
    if run.mode == Run.Mode.UNDO:
        story.append(f"{were(run.changed)} put back to what stood on {channel} before.")
    if run.mode == Run.Mode.SAMPLE:
        return [*story, gettext("This was a look at a few products: nothing was sent.")]
    if run.dry_run:
        return [*story, *_what_would_happen(run)]
    if run.files:
        story.append(f"{counted(run.files, 'file was', 'files were')} downloaded from the PIM.")
    if run.pushed:
        story.append(f"{were(run.pushed)} sent to {channel} and accepted.")
    if run.withdrawn:
        story.append(f"{were(run.withdrawn)} withdrawn from {channel}.")
    if run.failed:
        story.append(f"{were(run.failed)} refused by {channel}; see below what it said.")
    if run.note:
        story.append(run.note)
    done = run.status in (Run.Status.SUCCEEDED, Run.Status.HELD)
    if done and not run.note and not (run.pushed or run.withdrawn or run.failed or run.held):
        story.append(f"There was nothing to send: {channel} has everything already.")
    return story


def way_out_of(run: Run) -> WayOut | None:
    """Return where the problem of a run that stopped or failed can be solved."""
    if run.status not in (Run.Status.STOPPED, Run.Status.FAILED):
        return None
    catalog, connection = run.catalog, run.catalog.connection
    if not connection.is_connected:
        query = urlencode({"pim_url": connection.pim_url})
        return WayOut("Connect again", f"{reverse('connections:activate')}?{query}")
    if catalog.removing_since is not None:
        return WayOut("Decide again", reverse("pages:delete_catalog", args=[catalog.uuid]))
    if run.phase in (_Phase.PUSHING, _Phase.FINISHING):
        return WayOut(f"Check {catalog.channel.name}", catalog.channel.get_absolute_url())
    if catalog.pim_state == Catalog.PimState.GONE:
        return WayOut(
            "Delete the catalog here", reverse("pages:delete_catalog", args=[catalog.uuid])
        )
    if catalog.pim_state == Catalog.PimState.DISABLED:
        return WayOut("Enable it in Akeneo", catalog.configure_url, in_pim=True)
    return None


def _share_done(run: Run, phase: Run.Phase) -> float:
    match phase:
        case _Phase.LISTING:
            done, of = run.listed, run.total
        case _Phase.READING:
            if run.mode == Run.Mode.DELTA:
                return 0.5  # the PIM does not say how much changed
            done, of = run.pulled, run.total
        case _Phase.PUSHING:
            done, of = _settled(run), run.to_send
        case _:
            return 0.5
    return min(1.0, done / of) if of else 0.0


def _numbers(run: Run, phase: Run.Phase) -> str:
    match phase:
        case _Phase.LISTING if run.listed:
            return _of(run.listed, run.total)
        case _Phase.LISTING | _Phase.READING if run.mode == Run.Mode.SAMPLE:
            return ""
        case _Phase.READING if run.mode == Run.Mode.DELTA:
            return f"{counted(run.pulled, 'changed product')} so far"
        case _Phase.READING:
            return _of(run.pulled, run.total)
        case _Phase.FETCHING if run.files:
            return f"{counted(run.files, 'file')} so far"
        case _Phase.PUSHING:
            return _of(_settled(run), run.to_send)
    return ""


def _of(done: int, total: int | None) -> str:
    if total is None:
        return counted(done, "product")
    return f"{intcomma(done)} of {counted(total, 'product')}"


def _settled(run: Run) -> int:
    return run.pushed + run.withdrawn + run.failed


def _queued_note(run: Run) -> str:
    if timezone.now() - run.created_at < _PICKED_UP_WITHIN:
        return ""
    return (
        "No worker has taken it up yet. All may be busy; if this lasts for minutes, tell the "
        "people who run Ferry that its worker may be down."
    )


def _running_note(run: Run) -> str:
    if run.heartbeat_at < timezone.now() - Run.STALE_AFTER:
        return (
            "The process that worked on it has gone silent. Another one takes it up by itself, "
            "and nothing is lost."
        )
    return run.note


def _what_was_read(run: Run) -> str:
    if run.mode == Run.Mode.FULL or run.is_of_products:
        read = f"{were(run.pulled)} read from Akeneo"
    else:
        since = f" since {_on_the_clock(run.since)}" if run.since else ""
        read = f"{counted(run.pulled, 'product')} changed in Akeneo{since}"
    if not run.pulled:
        return f"{read}."
    if not run.changed:
        return f"{read}; none of them differs from before."
    return f"{read}; {intcomma(run.changed)} of them {_differ(run.changed)} from before."


def _on_the_clock(moment: datetime) -> str:
    return on_the_clock(moment, timezone.get_current_timezone())


def _differ(number: int) -> str:
    return "differs" if number == 1 else "differ"


def _what_would_happen(run: Run) -> list[str]:
    channel = run.catalog.channel.name
    return [
        "This was a trial: nothing was sent.",
        f"{counted(run.changed, 'product')} would be sent to {channel}, "
        f"{counted(run.leaving, 'product')} withdrawn.",
    ]
