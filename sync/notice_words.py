"""A notice in the reader's words: what happened, what the shop shows meanwhile, what to do."""

from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections.abilities import renamed
from sync.models import EventSubscription, Notice

Obstacle = EventSubscription.Obstacle
_Kind = Notice.Kind
_ABOUT_VALUES = (
    *(_Kind.VALUES_WAIT, _Kind.VALUES_REFUSED, _Kind.VALUES_EDITED),
    *(_Kind.OFFER_STOPPED, _Kind.SOURCE_TROUBLE),
)
# Of the installation, for its staff, whose pages are in English.
_FOR_STAFF = {
    _Kind.WORKER_SILENT: "No worker is at work. Nothing is synced until one is started.",
    _Kind.SCHEDULER_SILENT: "The scheduler (beat) starts nothing any more. Nothing is synced by "
    "itself until it runs again.",
    _Kind.QUEUE_OLD: "Tasks wait for a worker since more than ten minutes. Start more workers, or "
    "see in their log what keeps them.",
    _Kind.DISK_SHORT: "A disk is nearly full. %(said)s Make room, or Ferry stops.",
    _Kind.MAIL_DOWN: "Mail cannot be sent, so people are not told. %(said)s It is tried again by "
    "itself; check EMAIL_URL and the mail server.",
}


@dataclass(frozen=True, slots=True)
class WayOut:
    """Where it is solved: a page of ours."""

    label: str
    path: str


def sentence_of(notice: Notice) -> str:
    """Say what happened, and what the shop shows meanwhile.

    The notice comes with its connection, its channel, its catalog and the catalog's channel.
    """
    number = intcomma(notice.number)
    if notice.connection is None:
        return _FOR_STAFF[_Kind(notice.kind)] % {"said": notice.said}
    said = renamed(notice.said) if notice.kind == _Kind.SCOPES_MISSING else notice.said
    names = {"host": notice.connection.host, "said": said, "number": number}
    if notice.catalog is not None:
        names |= {"catalog": notice.catalog.name, "channel": notice.catalog.channel.name}
    elif notice.channel is not None:
        names["channel"] = notice.channel.name
    return _sentence(notice) % names


def meanwhile_of(notice: Notice) -> str:
    """Say what the channel shows meanwhile, where the sentence does not: "" otherwise."""
    if notice.kind in (_Kind.STOPPED, _Kind.FAILED) and notice.catalog is not None:
        said = _("What was sent before stays on %(channel)s as it is.")
        return said % {"channel": notice.catalog.channel.name}
    return ""


def _sentence(notice: Notice) -> str:
    match notice.kind:
        case _Kind.DISCONNECTED:
            return _(
                "Ferry is disconnected from %(host)s. Nothing is carried; the products stay on "
                "the channels as they are."
            )
        case _Kind.SCOPES_MISSING:
            return _("%(host)s did not grant everything that Ferry works with. Missing: %(said)s.")
        case _Kind.GONE:
            return _(
                "“%(catalog)s” was deleted in Akeneo. Its products stay on %(channel)s until you "
                "decide."
            )
        case _Kind.RECONNECTED:
            return _(
                "“%(catalog)s” waits since %(host)s was connected again. %(channel)s stays as it "
                "is until a manager has looked."
            )
        case _Kind.DISABLED:
            return _(
                "“%(catalog)s” is disabled in Akeneo. Its products stay on %(channel)s as they are."
            )
        case _Kind.STOPPED:
            return _("The last run of “%(catalog)s” stopped: %(said)s")
        case _Kind.FAILED:
            return _("The last run of “%(catalog)s” failed: %(said)s")
        case _Kind.HELD:
            return ngettext(
                "%(number)s change of “%(catalog)s” is held for your decision. %(channel)s stays "
                "as it is meanwhile.",
                "%(number)s changes of “%(catalog)s” are held for your decision. %(channel)s "
                "stays as it is meanwhile.",
                notice.number,
            )
        case _Kind.PARKED:
            return ngettext(
                "%(number)s product of “%(catalog)s” was refused by %(channel)s. The others went "
                "through.",
                "%(number)s products of “%(catalog)s” were refused by %(channel)s. The others "
                "went through.",
                notice.number,
            )
        case _Kind.VALUES_WAIT:
            return ngettext(
                "%(number)s value for %(host)s waits for approval. Nothing of it is written "
                "meanwhile.",
                "%(number)s values for %(host)s wait for approval. Nothing of them is written "
                "meanwhile.",
                notice.number,
            )
        case _Kind.VALUES_REFUSED:
            return ngettext(
                "%(host)s refused %(number)s value of the last days. The others went through.",
                "%(host)s refused %(number)s values of the last days. The others went through.",
                notice.number,
            )
        case _Kind.VALUES_EDITED:
            return ngettext(
                "%(number)s value, or the text that it translates, was edited in %(host)s after it "
                "had been offered. The edit was kept.",
                "%(number)s values, or the texts that they translate, were edited in %(host)s "
                "after they had been offered. The edits were kept.",
                notice.number,
            )
        case _Kind.OFFER_STOPPED:
            return _("Writing values into %(host)s stopped: %(said)s")
        case _Kind.EVENTS_STOPPED:
            return _of_events(notice.said)
        case _Kind.FIRST_SYNC:
            return ngettext(
                "The first sync of “%(catalog)s” is finished: %(number)s product was sent to "
                "%(channel)s.",
                "The first sync of “%(catalog)s” is finished: %(number)s products were sent to "
                "%(channel)s.",
                notice.number,
            )
        case _Kind.CHANNEL_REFUSED:
            return _(
                "%(channel)s takes nothing from Ferry: %(said)s What was sent before stays there "
                "as it is."
            )
        case _Kind.OVERDUE:
            return _(
                "“%(catalog)s” had no successful run for three times as long as it usually takes "
                "until the next. %(channel)s stays as it is."
            )
        case _Kind.SOURCE_TROUBLE:
            return ngettext(
                "%(number)s source of values for %(host)s cannot be read. %(said)s",
                "%(number)s sources of values for %(host)s cannot be read. %(said)s",
                notice.number,
            )
        case _Kind.FEEDBACK_TROUBLE:
            return _(
                "How the products of “%(catalog)s” stand cannot be written into Akeneo. %(said)s "
                "%(channel)s is kept in step all the same."
            )
        case _Kind.WEBHOOK_FAILING:
            return _(
                "The webhook for alerts of %(host)s does not take them: %(said)s They stand behind "
                "the bell all the same, and mails go out."
            )
    raise ValueError(f"there are no words for {notice.kind}")


def _of_events(said: str) -> str:
    if said == Obstacle.BOX:
        return _(
            "Akeneo does not tell Ferry what changes in %(host)s: a box there is not ticked. "
            "Schedules find the changes meanwhile."
        )
    if said == Obstacle.EDITION:
        return _(
            "%(host)s cannot tell Ferry of changes: it has no Event Platform. Schedules find the "
            "changes."
        )
    return _(
        "Akeneo stopped telling Ferry what changes in %(host)s. Schedules find the changes "
        "meanwhile."
    )


def way_out_of(notice: Notice, *, may_manage: bool = True) -> WayOut:
    """Return the page where it is solved; for whoever may not open that, where it is seen."""
    catalog = notice.catalog
    if notice.connection is None:
        return WayOut("Open admin", reverse("admin:index"))
    if notice.channel is not None:
        if not may_manage:
            return WayOut(_("Open the channel"), notice.channel.get_absolute_url())
        path = reverse("pages:edit_channel", args=[notice.channel.uuid])
        return WayOut(_("Correct its settings"), path)
    if catalog is None:
        if notice.kind in _ABOUT_VALUES:
            return WayOut(_("See the offers"), reverse("pages:enrichment"))
        if notice.kind == _Kind.EVENTS_STOPPED:
            return WayOut(_("See what to do"), reverse("pages:events"))
        if notice.kind == _Kind.WEBHOOK_FAILING:
            return WayOut(_("Correct the webhook"), reverse("pages:alert_webhook"))
        return WayOut(_("Open the connection"), reverse("pages:connection"))
    match notice.kind:
        case _Kind.HELD:
            return WayOut(_("Look and decide"), reverse("pages:held", args=[catalog.uuid]))
        case _Kind.PARKED:
            return WayOut(_("See why"), f"{catalog.get_absolute_url()}#parked")
        case _Kind.RECONNECTED:
            return WayOut(_("Take it up again"), reverse("pages:take_up", args=[catalog.uuid]))
        case _Kind.FEEDBACK_TROUBLE if may_manage:
            path = reverse("pages:catalog_feedback", args=[catalog.uuid])
            return WayOut(_("See what is written"), path)
        case _Kind.GONE if may_manage:
            return WayOut(_("Decide"), reverse("pages:delete_catalog", args=[catalog.uuid]))
    return WayOut(_("Open the catalog"), catalog.get_absolute_url())
