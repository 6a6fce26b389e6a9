"""The mapping schema in the PIM, looked at before a run reads products by it."""

from catalogs.mapping import is_outdated, put_right
from outbound.errors import ConfigurationError
from pim.client import PimClient
from sync.explaining import explained
from sync.models import Run


def keep_mapping(run: Run, client: PimClient) -> None:
    """Send the channel's schema if the PIM has an older one; at a full run compare the two.

    Raises ConfigurationError if somebody has taken targets out of it: what was mapped to them is
    lost, and products read now would empty them on the channel. The catalog is paused then.
    """
    catalog = run.catalog
    if catalog.raw or not (run.mode == Run.Mode.FULL or is_outdated(catalog)):
        return
    with explained(catalog, client):
        lost = put_right(catalog, client)
    if lost:
        raise ConfigurationError(
            f"{lost} Ferry has put it back, but what was mapped to it is lost. The products on "
            f"{catalog.channel.name} stay as they are, and the catalog is paused. Map again in "
            f"Akeneo, try without sending, then resume the catalog: {catalog.configure_url}"
        )
