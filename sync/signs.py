"""What may end a run before its next step, looked for in one query.

Each has its own home, which says it in words: a person who stops it, a copy of the installation, a
decision to remove the catalog, a reconnection, a pause. Hardly ever is any of them there, and runs
ask all the time.
"""

from django.db.models import Exists

from catalogs.models import Catalog
from connections.installation import copies
from connections.models import Connection
from sync.models import Run


def something_is_up(run: Run) -> bool:
    """Return whether one of them might have something to say about this run. One query."""
    known = run.catalog
    return (
        not Catalog.objects.not_paused()
        .filter(
            ~Exists(copies()),
            ~Exists(Run.objects.filter(pk=run.pk, stop_asked_at__isnull=False)),
            pk=known.pk,
            removing_since=known.removing_since,
            on_shop=known.on_shop,
            in_pim=known.in_pim,
            unconfirmed_since=None,
        )
        .exclude(channel__connection__state=Connection.State.DISCONNECTED)
        .exists()
    )
