"""Look at what products refer to, and have those read that it concerns.

One look serves all catalogs of a PIM for some minutes. What was seen is remembered in the
transaction that notes what is to be read because of it, kind by kind: a crash loses nothing, and
whoever looks next begins where that one stood.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property, partial

from django.utils import timezone

from catalogs.models import Catalog
from outbound.errors import OutboundError, TransientError
from pim import attributes, changes
from pim.attributes import PimAttribute, PimOption
from pim.client import PimClient
from pim.scopes import missing
from sync.ahead import together
from sync.dependencies.kinds import Asking, Look
from sync.dependencies.naming import REFUSALS, NotNamed, name_products
from sync.dependencies.remembering import answers_for, new_row, remember, remember_refusal
from sync.models import Run, Watched
from sync.runs import OVERLAP
from sync.to_read import catalogs_of

logger = logging.getLogger(__name__)

FRESH = timedelta(minutes=5)  # so long one look serves the scheduled runs of all catalogs
UNKNOWN = timedelta(days=1)  # after which a PIM is asked again for what its edition lacked
MOST_LISTS = 300  # of options, for one look: the others come in the next ones
_MOST_FAILURES = 2  # of a PIM that is unwell: the run itself finds out about that

_Kind = Watched.Kind
_Ask = Callable[[Watched], Look]

# What must be granted to look. Models, and links as far as the PIM follows them, come with the
# products; and what attributes refer to is known from the structure.
_SCOPES = {
    _Kind.OPTIONS: {"read_attribute_options", "read_catalog_structure"},
    _Kind.CATEGORIES: {"read_categories"},
    _Kind.ASSETS: {"read_assets", "read_catalog_structure"},
    _Kind.RECORDS: {"read_reference_entity_records", "read_catalog_structure"},
}
_COMPARED = (_Kind.OPTIONS, _Kind.CATEGORIES)  # with what they were, of all that there are
_TYPES = (*changes.SELECTS, changes.ASSETS, *changes.RECORDS, changes.IDENTIFIER)


def look_at_dependencies(
    run: Run,
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None],
) -> None:
    """Note in all catalogs of the run's PIM what is to be read, unless somebody just did.

    A run that a person started, or an event, looks in any case. A kind that the PIM refuses, or
    cannot tell now, is left out: its changes wait for the next look, or for the nightly full run.
    Raises RunLost, Unauthorized, and whatever `go_on` and `sleep` raise.
    """
    _Looking(run, client, go_on, sleep).look()


class _Looking:
    def __init__(
        self,
        run: Run,
        client: PimClient,
        go_on: Callable[[], None],
        sleep: Callable[[float], None],
    ) -> None:
        self._run = run
        self._client = client
        self._go_on = go_on
        self._sleep = sleep
        self._connection = run.catalog.connection
        self._rows = Watched.objects.filter(connection=self._connection)
        self._begun_here = timezone.now()
        is_by_clock = run.trigger == Run.Trigger.SCHEDULE
        self._fresh_since = run.created_at - (FRESH if is_by_clock else timedelta())
        self._asking = Asking(client, self._begun, self._locales_by_channel)
        self._failures = 0

    def look(self) -> None:
        # Models are the last that is looked at: once they are fresh, so is all else.
        last = self._rows.filter(kind=_Kind.MODELS).defer("packed").first()
        if last is not None and self._is_fresh(last):
            return
        if any(not catalog.raw for catalog in self._catalogs):
            self._look_at(_Kind.CATEGORIES, "", self._categories)
            self._look_at(_Kind.LINKED, "", self._linked)
            with self._bearing("what attributes refer to"):
                self._look_behind_attributes()
        self._look_at(_Kind.MODELS, "", self._models)

    def _models(self, row: Watched) -> Look:
        return self._asking.models(row.seen, row.watermark - OVERLAP)

    def _categories(self, row: Watched) -> Look:
        return self._asking.categories(row.seen_before, row.watermark - OVERLAP)

    def _linked(self, row: Watched) -> Look:
        return self._asking.linked(row.watermark - OVERLAP, slim_by=self._slim_by)

    def _entities(self, holders: list[PimAttribute], row: Watched) -> Look:
        ask = self._asking.assets if row.kind == _Kind.ASSETS else self._asking.records
        return ask(row.of, holders, row.seen, row.watermark - OVERLAP)

    def _options(self, told: Mapping[str, PimOption] | OutboundError, row: Watched) -> Look:
        if isinstance(told, OutboundError):
            raise told
        return self._asking.options(self._attributes[row.of], told, row.seen_before)

    def _look_behind_attributes(self) -> None:
        if not any(self._is_granted(kind) for kind in (_Kind.OPTIONS, _Kind.ASSETS, _Kind.RECORDS)):
            return
        holders = _holders(self._attributes.values())
        for (kind, of), theirs in holders.items():
            if kind != _Kind.OPTIONS:
                self._look_at(kind, of, partial(self._entities, theirs))
        self._look_at_options([of for kind, of in holders if kind == _Kind.OPTIONS])
        self._forget_all_but(set(holders))

    def _look_at_options(self, codes: list[str]) -> None:
        """The lists are read in threads, those first that were not looked at for longest."""
        if not self._is_granted(_Kind.OPTIONS):
            return
        known = {row.of: row for row in self._rows.filter(kind=_Kind.OPTIONS).defer("packed")}
        new = [code for code in codes if code not in known]
        due = [code for code in codes if code in known and self._is_due(known[code])]
        due.sort(key=lambda code: known[code].looked_at)
        jobs = {code: partial(_told_options, code) for code in [*new, *due][:MOST_LISTS]}
        for code, told in together(jobs, self._client, go_on=self._go_on, sleep=self._sleep):
            self._look_at(_Kind.OPTIONS, code, partial(self._options, told))

    def _look_at(self, kind: Watched.Kind, of: str, ask: _Ask) -> None:
        """Look at one thing, if it is due and allowed, and remember what came of it."""
        self._go_on()
        row = self._rows.filter(kind=kind, of=of).first()
        if not self._is_granted(kind) or self._failures >= _MOST_FAILURES:
            return
        if row is None:
            row = new_row(self._connection, kind, of, self._first_watermark())
            if self._run.since is None and kind not in _COMPARED:
                # Nothing was looked at before, and the run reads everything.
                remember(self._run, row, Look(self._begun(), {}), [], None)
                return
        elif not self._is_due(row):
            return
        with self._bearing(f"{kind} {of}", row):
            look = ask(row)
            catalogs = self._catalogs if kind == _Kind.MODELS else self._mapped
            others = [one for one in catalogs if not answers_for(self._run, one)]
            named = None
            if look.found_something and others:
                logger.info("%s %s of connection %s changed", kind, of, self._connection.pk)
                with _if_named():
                    named = name_products(
                        self._client,
                        look,
                        slim_by=self._slim_by,
                        by_models_alone=all(one.has_models for one in others),
                    )
            remember(self._run, row, look, catalogs, named)

    @contextmanager
    def _bearing(self, what: str, row: Watched | None = None) -> Iterator[None]:
        """Leave out what the PIM refuses or cannot tell now: the run goes on without it."""
        try:
            yield
        except REFUSALS as error:
            logger.info("Run %s cannot look at %s: %s", self._run.pk, what, error.detail)
            if row is not None:
                remember_refusal(self._run, row, error.message)
        except TransientError as error:
            logger.warning("Run %s did not look at %s: %s", self._run.pk, what, error.detail)
            self._failures += 1

    def _forget_all_but(self, named: set[tuple[Watched.Kind, str]]) -> None:
        """Forget what no attribute refers to any more."""
        kinds = (_Kind.OPTIONS, _Kind.ASSETS, _Kind.RECORDS)
        for pk, kind, of in self._rows.filter(kind__in=kinds).values_list("pk", "kind", "of"):
            if (kind, of) not in named:
                Watched.objects.filter(pk=pk).delete()

    def _is_granted(self, kind: Watched.Kind) -> bool:
        return not missing(_SCOPES.get(kind, ()), self._connection.scopes)

    def _is_due(self, row: Watched) -> bool:
        if row.problem and row.kind == _Kind.LINKED:
            return not timezone.now() - UNKNOWN <= row.looked_at <= timezone.now()
        return not self._is_fresh(row)

    def _is_fresh(self, row: Watched) -> bool:
        """What was looked at by a clock that ran ahead was not."""
        return self._fresh_since <= row.looked_at <= timezone.now()

    def _begun(self) -> datetime:
        """When the look began, by the PIM's clock or ours, whichever is earlier."""
        server_time = self._client.server_time
        if server_time is None:
            return self._begun_here
        return self._begun_here - max(timedelta(), timezone.now() - server_time)

    def _first_watermark(self) -> datetime:
        """Where a kind begins that was never looked at: where the run's own reading does."""
        return self._begun_here if self._run.since is None else self._run.since + OVERLAP

    @cached_property
    def _catalogs(self) -> list[Catalog]:
        return catalogs_of(self._connection)

    @cached_property
    def _mapped(self) -> list[Catalog]:
        return [catalog for catalog in self._catalogs if not catalog.raw]

    @cached_property
    def _attributes(self) -> dict[str, PimAttribute]:
        return attributes.attributes(self._client, types=_TYPES)

    @cached_property
    def _slim_by(self) -> str | None:
        """The attribute that comes along with products: with none named, all their values do."""
        if missing({"read_catalog_structure"}, self._connection.scopes):
            return None
        try:
            found = [one for one in self._attributes.values() if one.type == changes.IDENTIFIER]
        except (*REFUSALS, TransientError):
            return None
        found.sort(key=lambda one: not one.is_main_identifier)
        return found[0].code if found else None

    def _locales_by_channel(self) -> dict[str, frozenset[str]]:
        return {code: one.locales for code, one in attributes.channels(self._client).items()}


@contextmanager
def _if_named() -> Iterator[None]:
    try:
        yield
    except NotNamed as error:
        logger.info("It concerns products that are not named: %s", error.__cause__ or "too many")


def _told_options(code: str, client: PimClient) -> dict[str, PimOption] | OutboundError:
    """Return the options, or why the PIM refuses them: the other attributes may go well."""
    try:
        return attributes.options(client, code)
    except REFUSALS as error:
        return error


def _holders(
    found: Iterable[PimAttribute],
) -> dict[tuple[Watched.Kind, str], list[PimAttribute]]:
    """Return what attributes refer to, each with those that do: options to one alone."""
    holders: dict[tuple[Watched.Kind, str], list[PimAttribute]] = {}
    for one in found:
        named = one.reference_data_name
        if one.type in changes.SELECTS:
            holders[_Kind.OPTIONS, one.code] = [one]
        elif one.type == changes.ASSETS and named:
            holders.setdefault((_Kind.ASSETS, named), []).append(one)
        elif one.type in changes.RECORDS and named:
            holders.setdefault((_Kind.RECORDS, named), []).append(one)
    return holders
