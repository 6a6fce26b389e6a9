"""What people decide while a run works, and that ends it."""

from catalogs.models import Catalog, pause_holds
from catalogs.pauses import refuse_while_paused
from connections.installation import refuse_on_wrong_copy
from sync.models import Run
from sync.reconnection import refuse_while_put_down
from sync.removal import notice_decision
from sync.unfinished import notice_stop


def notice_people(run: Run) -> None:
    """Raise what ends the run because of what people decided meanwhile."""
    notice_stop(run)
    if not run.dry_run:
        refuse_on_wrong_copy()
    notice_decision(run)
    if run.catalog.removing_since is None:
        refuse_while_put_down(run)
        _notice_pause(run)


def _notice_pause(run: Run) -> None:
    """Raise Paused if somebody paused the run's catalog meanwhile; a dry run sends nothing."""
    paused = Catalog.objects.filter(pause_holds(), pk=run.catalog_id)
    if not run.dry_run and (catalog := paused.select_related("channel__connection").first()):
        refuse_while_paused(catalog)
