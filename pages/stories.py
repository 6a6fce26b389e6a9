"""What a run does and did, in plain words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalogs.models import Catalog
from catalogs.wording import on_the_clock
from sync.fuse import would_ask
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
        return Progress(0, _("Put off, to go on where it was"), "", run.note)
    if run.status == Run.Status.QUEUED:
        return Progress(0, _("Waiting to start"), "", _queued_note(run))
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
        missing = run.total - run.pulled
        text = ngettext(
            "%(number)s product is not in the catalog.",
            "%(number)s products are not in the catalog.",
            missing,
        )
        story.append(_filled(text, missing))
    if run.mode == Run.Mode.UNDO:
        text = ngettext(
            "%(number)s product was put back to what stood on %(channel)s before.",
            "%(number)s products were put back to what stood on %(channel)s before.",
            run.changed,
        )
        story.append(_filled(text, run.changed, channel))
    if run.mode == Run.Mode.SAMPLE:
        return [*story, _("This was a look at a few products: nothing was sent.")]
    if run.dry_run:
        return [*story, *_what_would_happen(run)]
    story += _what_was_done(run, channel)
    if run.note:
        story.append(run.note)
    done = run.status in Run.ENDED_WELL
    if done and not run.note and not (run.pushed or run.withdrawn or run.failed or run.held):
        text = _("There was nothing to send: %(channel)s has everything already.")
        story.append(text % {"channel": channel})
    return story


def _what_was_done(run: Run, channel: str) -> list[str]:
    done = [
        (
            run.files,
            ngettext(
                "%(number)s file was downloaded from the PIM.",
                "%(number)s files were downloaded from the PIM.",
                run.files,
            ),
        ),
        (
            run.pushed,
            ngettext(
                "%(number)s product was sent to %(channel)s and accepted.",
                "%(number)s products were sent to %(channel)s and accepted.",
                run.pushed,
            ),
        ),
        (
            run.withdrawn,
            ngettext(
                "%(number)s product was withdrawn from %(channel)s.",
                "%(number)s products were withdrawn from %(channel)s.",
                run.withdrawn,
            ),
        ),
        (
            run.failed,
            ngettext(
                "%(number)s product was refused by %(channel)s; see below what it said.",
                "%(number)s products were refused by %(channel)s; see below what it said.",
                run.failed,
            ),
        ),
    ]
    return [_filled(text, number, channel) for number, text in done if number]


def way_out_of(run: Run) -> WayOut | None:
    """Return where the problem of a run that stopped or failed can be solved."""
    if run.status not in Run.ENDED_BADLY or run.was_stopped:
        return None
    catalog, connection = run.catalog, run.catalog.connection
    if not connection.is_connected:
        query = urlencode({"pim_url": connection.pim_url})
        return WayOut(_("Connect again"), f"{reverse('connections:activate')}?{query}")
    if catalog.removing_since is not None:
        return WayOut(_("Decide again"), reverse("pages:delete_catalog", args=[catalog.uuid]))
    if run.phase in (_Phase.PUSHING, _Phase.FINISHING):
        return WayOut(
            _("Check %(channel)s") % {"channel": catalog.channel.name},
            catalog.channel.get_absolute_url(),
        )
    if catalog.pim_state == Catalog.PimState.GONE:
        return WayOut(
            _("Delete the catalog here"), reverse("pages:delete_catalog", args=[catalog.uuid])
        )
    if catalog.pim_state == Catalog.PimState.DISABLED:
        return WayOut(_("Enable it in Akeneo"), catalog.configure_url, in_pim=True)
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
            text = ngettext(
                "%(number)s changed product so far",
                "%(number)s changed products so far",
                run.pulled,
            )
            return _filled(text, run.pulled)
        case _Phase.READING:
            return _of(run.pulled, run.total)
        case _Phase.FETCHING if run.files:
            text = ngettext("%(number)s file so far", "%(number)s files so far", run.files)
            return _filled(text, run.files)
        case _Phase.PUSHING:
            return _of(_settled(run), run.to_send)
    return ""


def _of(done: int, total: int | None) -> str:
    if total is None:
        return _filled(ngettext("%(number)s product", "%(number)s products", done), done)
    text = ngettext("%(done)s of %(number)s product", "%(done)s of %(number)s products", total)
    return text % {"done": intcomma(done), "number": intcomma(total)}


def _filled(text: str, number: int, channel: str = "") -> str:
    return text % {"number": intcomma(number), "channel": channel}


def _settled(run: Run) -> int:
    return run.pushed + run.withdrawn + run.failed


def _queued_note(run: Run) -> str:
    if timezone.now() - run.created_at < _PICKED_UP_WITHIN:
        return ""
    return _(
        "No worker has taken it up yet. All may be busy; if this lasts for minutes, tell the "
        "people who run Ferry that its worker may be down."
    )


def _running_note(run: Run) -> str:
    if run.heartbeat_at < timezone.now() - Run.STALE_AFTER:
        return _(
            "The process that worked on it has gone silent. Another one takes it up by itself, "
            "and nothing is lost."
        )
    return run.note


def _what_was_read(run: Run) -> str:
    """Return what was read, and in a second sentence how much of it differs."""
    if run.mode == Run.Mode.FULL or run.is_of_products:
        text = ngettext(
            "%(number)s product was read from Akeneo.",
            "%(number)s products were read from Akeneo.",
            run.pulled,
        )
    elif run.since:
        text = ngettext(
            "%(number)s product changed in Akeneo or came into the catalog since %(moment)s.",
            "%(number)s products changed in Akeneo or came into the catalog since %(moment)s.",
            run.pulled,
        )
    else:
        text = ngettext(
            "%(number)s product changed in Akeneo or came into the catalog.",
            "%(number)s products changed in Akeneo or came into the catalog.",
            run.pulled,
        )
    moment = _on_the_clock(run.since) if run.since else ""
    read = text % {"number": intcomma(run.pulled), "moment": moment}
    return f"{read} {_how_many_differ(run.changed)}" if run.pulled else read


def _how_many_differ(number: int) -> str:
    if not number:
        return _("None of them differs from before.")
    text = ngettext(
        "%(number)s of them differs from before.", "%(number)s of them differ from before.", number
    )
    return _filled(text, number)


def _on_the_clock(moment: datetime) -> str:
    return on_the_clock(moment, timezone.get_current_timezone())


def _what_would_happen(run: Run) -> list[str]:
    sent = ngettext(
        "%(number)s product would be sent to %(channel)s.",
        "%(number)s products would be sent to %(channel)s.",
        run.to_send,
    )
    withdrawn = ngettext(
        "%(number)s product would be withdrawn.",
        "%(number)s products would be withdrawn.",
        run.leaving,
    )
    channel = run.catalog.channel.name
    story = [
        _("This was a trial: nothing was sent."),
        f"{_filled(sent, run.to_send, channel)} {_filled(withdrawn, run.leaving)}",
    ]
    if would_ask(run):
        story.append(
            _(
                "So many at once do not leave by themselves: a sync holds them until a person "
                "decides."
            )
        )
    return story
