"""The steps of setting up a catalog, and about which one it is at."""

from enum import IntEnum

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog
from sync.models import Run


class Step(IntEnum):
    """From the connection to the first sync of everything, in their order."""

    CONNECT = 1
    CHANNEL = 2
    CATALOG = 3
    CONFIGURE = 4
    LOOK = 5
    FIRST = 6
    ALL = 7


TITLES = {
    Step.CONNECT: _("Connect Akeneo"),
    Step.CHANNEL: _("Create a channel"),
    Step.CATALOG: _("Name the catalog"),
    Step.CONFIGURE: _("Configure in Akeneo"),
    Step.LOOK: _("Look first"),
    Step.FIRST: _("Send the first 10"),
    Step.ALL: _("Send everything"),
}

_TO_DO = {
    Step.CONFIGURE: _("configure it in Akeneo and enable it there"),
    Step.LOOK: _("look at a few products as the channel will get them"),
    Step.FIRST: _("send the first 10 and look at them on the channel"),
    Step.ALL: _("send everything for the first time"),
}


def rough_step(catalog: Catalog, last_run: Run | None) -> Step:
    """Return about how far it is, for lists: no query. `last_run`: dry ones aside."""
    if catalog.pim_state != Catalog.PimState.ENABLED:
        return Step.CONFIGURE
    if last_run is None:
        return Step.LOOK
    return Step.ALL if last_run.mode == Run.Mode.FULL else Step.FIRST


def to_do(catalog: Catalog, last_run: Run | None) -> str:
    """Return: Step 4 of 7: configure it in Akeneo and enable it there."""
    step = rough_step(catalog, last_run)
    what = _TO_DO[step]
    if step == Step.FIRST and last_run is not None and last_run.status in Run.ENDED_WELL:
        what = _("look at the first products on the channel, then send everything")
    return gettext("Step %(number)d of %(steps)d: %(what)s.") % {
        "number": step,
        "steps": len(Step),
        "what": what,
    }
