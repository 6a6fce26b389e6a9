"""What people should know at present, as causes of notices: looked up for many at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery

from catalogs.models import Catalog, Channel
from connections.abilities import missing_abilities, named
from connections.languages import as_stored
from connections.models import Connection
from enrichment.attention import Attention, attention_for
from enrichment.models import Source
from sync.alerts.attention import attention_to_webhooks
from sync.events.attention import attention_to_events
from sync.models import Feedback, Notice, Run
from sync.past_runs import Past, failed_twice, is_overdue, kept_back_until, pasts_of
from sync.status import Counts, counts_of, state_of

_Kind = Notice.Kind
# The words of sync.status.state_of that call for a person by themselves.
_STATES = {
    "gone": _Kind.GONE,
    "reconnected": _Kind.RECONNECTED,
    "disabled": _Kind.DISABLED,
    "stopped": _Kind.STOPPED,
    "failed": _Kind.FAILED,
}
OF_RUNS = (_Kind.STOPPED, _Kind.FAILED)
# What keeps a catalog from being carried as a whole: one of these is over, and another may begin.
OF_STATE = frozenset({*_STATES.values(), _Kind.OVERDUE})


@dataclass(frozen=True, slots=True)
class Cause:
    """Something to notice. `is_told`: by mail and webhook as well, not by the bell alone.

    `since`: when the run ended that is the cause, if one is.
    """

    connection_id: int | None
    catalog_id: int | None
    kind: str
    number: int = 0
    said: str = ""
    channel_id: int | None = None
    is_told: bool = True
    since: datetime | None = None

    @property
    def key(self) -> tuple[int | None, int | None, int | None, str]:
        return key_of(self.connection_id, self.channel_id, self.catalog_id, self.kind)


@dataclass(slots=True)
class Found:
    """The causes, and of what it is not well again although a cause of it is gone.

    Ids of connections, channels and catalogs that are put aside as a whole: nobody looks there now.
    `unwell`: catalogs that are still not carried, for another reason. `events_on`: connections
    whose PIM tells of its changes. `webhooks_working`: connections whose webhook takes alerts.
    `on_the_way`: catalogs of which something is still to be sent, so that what was refused before
    may be refused again.
    """

    causes: list[Cause] = field(default_factory=list)
    connections_aside: set[int] = field(default_factory=set)
    channels_aside: set[int] = field(default_factory=set)
    catalogs_aside: set[int] = field(default_factory=set)
    unwell: set[int] = field(default_factory=set)
    events_on: set[int] = field(default_factory=set)
    webhooks_working: set[int] = field(default_factory=set)
    on_the_way: set[int] = field(default_factory=set)


def key_of(
    connection_id: int | None, channel_id: int | None, catalog_id: int | None, kind: str
) -> tuple[int | None, int | None, int | None, str]:
    """Return what tells one cause from another. A run that stopped or failed is one cause."""
    same = _Kind.FAILED.value if kind in OF_RUNS else kind
    return connection_id, channel_id, catalog_id, same


def of_connections(connections: Collection[Connection]) -> Found:
    """Look at connections as a whole. Eight queries."""
    found = Found()
    values = attention_for(one.pk for one in connections)
    sources = _sources_in_trouble(connections)
    events = attention_to_events(one.pk for one in connections)
    webhooks = attention_to_webhooks(one.pk for one in connections)
    found.events_on |= events.on
    found.webhooks_working |= webhooks.working
    for one in connections:
        found.causes += _of_values(one.pk, values[one.pk])
        if troubled := sources.get(one.pk):
            kind, first = _Kind.SOURCE_TROUBLE, troubled[0]
            said = f"{first.name}: {first.problem}"
            found.causes.append(Cause(one.pk, None, kind, len(troubled), said))
        if problem := webhooks.failing.get(one.pk):
            found.causes.append(Cause(one.pk, None, _Kind.WEBHOOK_FAILING, said=problem))
        if one.state == Connection.State.DISCONNECTED:
            found.causes.append(Cause(one.pk, None, _Kind.DISCONNECTED, said=one.problem))
        elif one.is_connected and (missing := missing_abilities(one)):
            with as_stored():
                said = named(missing)
            found.causes.append(Cause(one.pk, None, _Kind.SCOPES_MISSING, said=said))
        if not one.is_connected:
            found.connections_aside.add(one.pk)
        elif trouble := events.troubles.get(one.pk):
            found.causes.append(Cause(one.pk, None, _Kind.EVENTS_STOPPED, said=trouble))
    return found


def of_channels(channels: Collection[Channel]) -> Found:
    """Look at which channels take nothing from us: each once, however many catalogs it has."""
    found = Found()
    taken = Q(status__in=Run.ENDED_WELL) & ~Q(mode=Run.Mode.PRODUCT, pushed=0, withdrawn=0)
    newest = Run.objects.filter(taken | Q(is_refused=True), catalog=OuterRef("pk"), dry_run=False)
    of_them = Catalog.objects.active().filter(channel__in=[one.pk for one in channels])
    rows = of_them.order_by("pk").values_list(Subquery(newest.values("pk")[:1]), flat=True)
    refused = Run.objects.filter(pk__in=rows, is_refused=True).order_by("pk")
    by_channel = {run.catalog.channel_id: run for run in refused.select_related("catalog")}
    for one in channels:
        if not one.connection.is_connected or one.removing_since is not None:
            found.channels_aside.add(one.pk)
        elif run := by_channel.get(one.pk):
            kind, problem = _Kind.CHANNEL_REFUSED, run.problem
            cause = Cause(one.connection_id, None, kind, said=problem, channel_id=one.pk)
            found.causes.append(cause)
    return found


def of_catalogs(catalogs: Collection[Catalog]) -> Found:
    """Look at these, which come with their channel and its connection. Nine queries."""
    found = Found()
    counts, pasts, reasons = counts_of(catalogs), pasts_of(catalogs), kept_back_until(catalogs)
    troubles = dict(
        Feedback.objects.filter(catalog__in=[one.pk for one in catalogs])
        .exclude(trouble="")
        .values_list("catalog", "trouble")
    )
    for one in catalogs:
        past = pasts.get(one.pk, Past())  # one that is gone by now has none
        state = state_of(one, counts[one.pk], past.last, None)
        if state in ("archived", "being_removed", "disconnected"):
            found.catalogs_aside.add(one.pk)
            continue
        of_state = _of_state(one, state, past, reasons.get(one.pk))
        is_refused = past.last is not None and past.last.is_refused
        if one.is_paused or is_refused or any(cause.is_told for cause in of_state):
            found.unwell.add(one.pk)
        if not is_refused:  # else it is told of its channel
            found.causes += of_state
        found.causes += _of_listings(one, counts[one.pk], past)
        if counts[one.pk].waiting:
            found.on_the_way.add(one.pk)
        if trouble := troubles.get(one.pk):
            connection_id = one.channel.connection_id
            found.causes.append(Cause(connection_id, one.pk, _Kind.FEEDBACK_TROUBLE, said=trouble))
    return found


def _of_state(
    catalog: Catalog, state: str, past: Past, reason_until: datetime | None
) -> list[Cause]:
    connection_id, last = catalog.channel.connection_id, past.last
    kind = _STATES.get(state)
    if kind == _Kind.DISABLED and last is None:
        kind = None
    causes = []
    if kind in OF_RUNS and last is not None:
        is_told = failed_twice(past, reason_until)
        since = last.finished_at
        causes.append(
            Cause(connection_id, catalog.pk, kind, said=last.problem, is_told=is_told, since=since)
        )
    elif kind:
        causes.append(Cause(connection_id, catalog.pk, kind))
    if not any(one.is_told for one in causes) and is_overdue(catalog, past):
        causes.append(Cause(connection_id, catalog.pk, _Kind.OVERDUE))
    return causes


def _of_listings(catalog: Catalog, counts: Counts, past: Past) -> list[Cause]:
    connection_id, causes = catalog.channel.connection_id, []
    if counts.held:
        causes.append(Cause(connection_id, catalog.pk, _Kind.HELD, counts.held))
    if counts.parked:  # of a run that is under way, more may follow
        is_told = not past.is_worked_on
        causes.append(
            Cause(connection_id, catalog.pk, _Kind.PARKED, counts.parked, is_told=is_told)
        )
    return causes


def _of_values(connection_id: int, values: Attention) -> list[Cause]:
    numbers = {
        _Kind.VALUES_WAIT: values.waiting,
        _Kind.VALUES_REFUSED: values.refused,
        _Kind.VALUES_EDITED: values.edited,
    }
    causes = [Cause(connection_id, None, kind, one) for kind, one in numbers.items() if one]
    if values.stopped:
        kind, said = _Kind.OFFER_STOPPED, values.problem
        causes.append(Cause(connection_id, None, kind, values.stopped, said))
    return causes


def _sources_in_trouble(connections: Iterable[Connection]) -> dict[int, list[Source]]:
    rows = Source.objects.filter(connection__in=[one.pk for one in connections], is_paused=False)
    found: dict[int, list[Source]] = {}
    for one in rows.exclude(problem="").order_by("name", "pk"):
        found.setdefault(one.connection_id, []).append(one)
    return found
