"""Setting up a catalog step by step: how far it is, and what each step does.

Everything follows from what is stored, so that it goes on where it was left, in any browser. The
catalog syncs by itself once all of it was sent (`runs.finish`).
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from catalogs.models import Catalog
from catalogs.pauses import pause, resume
from outbound.errors import ConfigurationError
from sync.models import Look, Run
from sync.runs import AlreadyRunning, start_run
from sync.single import sync_products
from sync.steps import Step


@dataclass(frozen=True, slots=True)
class Setup:
    """What is known of a catalog that is being set up; each run the newest of its kind."""

    catalog: Catalog
    looking: Run | None
    look: Look | None
    first: Run | None  # of the few that are sent first
    everything: Run | None

    @property
    def is_enabled(self) -> bool:
        return self.catalog.pim_state == Catalog.PimState.ENABLED

    @property
    def may_send(self) -> bool:
        """Whether the look found products that are worth sending."""
        return self.look is not None and self.look.is_mapped and bool(self.look.first)

    @property
    def keys(self) -> list[str]:
        """The products that are sent first: once they were sent, always the same."""
        if self.first is not None:
            return list(self.first.keys)
        return [one["key"] for one in self.look.first] if self.look is not None else []

    @property
    def reachable(self) -> Step:
        """The furthest step that can be taken now."""
        if self.catalog.is_started or _is_live(self.everything):
            return Step.ALL
        if not self.is_enabled:
            return Step.CONFIGURE
        if not self.may_send:
            return Step.LOOK
        return Step.ALL if _ended_well(self.first) else Step.FIRST

    @property
    def step(self) -> Step:
        """The step that it was left at."""
        left_at = Step.LOOK
        if self.first is not None:
            left_at = Step.FIRST
        if self.everything is not None or self.catalog.is_started:
            left_at = Step.ALL
        return min(left_at, self.reachable)


def setup_of(catalog: Catalog) -> Setup:
    """Return how far the catalog is. Four queries."""
    runs = Run.objects.filter(catalog=catalog)
    sent = runs.filter(dry_run=False)
    return Setup(
        catalog,
        runs.filter(mode=Run.Mode.SAMPLE).first(),
        Look.objects.filter(run__catalog=catalog).first(),
        sent.filter(mode=Run.Mode.PRODUCT).first(),
        sent.filter(mode=Run.Mode.FULL).first(),
    )


@transaction.atomic
def start_look(catalog: Catalog, *, by: str = "") -> Run:
    """Start a look at a few products, in a worker; return the one that is under way."""
    _lock(catalog)
    live = Run.objects.live().filter(catalog=catalog, mode=Run.Mode.SAMPLE).first()
    return live or start_run(
        catalog, Run.Trigger.MANUAL, mode=Run.Mode.SAMPLE, dry_run=True, started_by=by
    )


@transaction.atomic
def send_first(catalog: Catalog, *, again: bool = False, by: str = "") -> Run:
    """Send the few products that were looked at; asked twice, no others, and not twice.

    `again`: although it went well. A pause ends with that, for the pages of setting up have no
    other way out of one. Raises ConfigurationError where this is not the next step.
    """
    _lock(catalog)
    setup = setup_of(catalog)
    _refuse_started(catalog)
    if setup.first is not None and (
        setup.first.is_live or (_ended_well(setup.first) and not again)
    ):
        return setup.first
    if setup.reachable < Step.FIRST:
        raise ConfigurationError(gettext("Look at a few products first; then send them."))
    try:
        run = sync_products(catalog, setup.keys, by=by)
    except AlreadyRunning as busy:
        return busy.run
    resume(catalog)
    return run


@transaction.atomic
def send_all(catalog: Catalog, *, by: str = "") -> Run:
    """Send all products for the first time, and go on after a pause or a failure.

    Raises ConfigurationError where this is not the next step.
    """
    _lock(catalog)
    setup = setup_of(catalog)
    _refuse_started(catalog)
    if setup.everything is not None and setup.everything.is_live:
        return setup.everything
    if setup.reachable < Step.ALL:
        raise ConfigurationError(
            gettext("Not everything is ready for that. Go through the steps before, then send all.")
        )
    resume(catalog)
    try:
        return start_run(catalog, Run.Trigger.MANUAL, mode=Run.Mode.FULL, started_by=by)
    except AlreadyRunning as busy:
        return busy.run


def pause_sending(catalog: Catalog) -> None:
    """Stop the first sync; what was sent stays, and `send_all` goes on."""
    if not catalog.is_started:
        pause(catalog)


def refuse_setting_up(catalog: Catalog) -> None:
    """Raise ConfigurationError for a catalog that is still being set up: it is not synced yet."""
    if not catalog.is_started:
        raise ConfigurationError(
            gettext(
                "“%(name)s” is still being set up. Go on there; it syncs once all of it was sent "
                "for the first time."
            )
            % {"name": catalog.name}
        )


def _refuse_started(catalog: Catalog) -> None:
    if catalog.is_started:
        said = gettext("“%(name)s” is set up already, and syncs by itself.")
        raise ConfigurationError(said % {"name": catalog.name})


def _lock(catalog: Catalog) -> None:
    """Let two who click at once be one after the other, and know what the first has done."""
    Catalog.objects.select_for_update(no_key=True).get(pk=catalog.pk)
    catalog.refresh_from_db(fields=["started_at", "pim_state", "archived_at", "removing_since"])
    if not catalog.is_active:
        raise ConfigurationError(
            gettext("This catalog is archived or being removed: nothing is sent.")
        )


def _is_live(run: Run | None) -> bool:
    return run is not None and run.is_live


def _ended_well(run: Run | None) -> bool:
    return run is not None and run.status in Run.ENDED_WELL
