"""Why a catalog gives no products, in words for the person who can change it."""

from collections.abc import Iterator
from contextlib import contextmanager

from catalogs.catalogs import look_at
from catalogs.models import Catalog
from outbound.errors import ConfigurationError
from pim.client import PimClient
from pim.errors import CatalogDisabled, CatalogGone, NoMappingSchema


@contextmanager
def explained(catalog: Catalog, client: PimClient) -> Iterator[None]:
    """Say of a catalog that stops giving products within the block what is the matter with it."""
    try:
        yield
    except CatalogDisabled as error:
        raise _no_products(catalog, client, error) from error
    except CatalogGone as error:
        catalog.pim_state = Catalog.PimState.GONE
        catalog.save(update_fields=["pim_state", "updated_at"])
        raise gone(catalog) from error
    except NoMappingSchema as error:
        raise _without_schema(catalog, error) from error


def refuse_disabled(catalog: Catalog, client: PimClient) -> None:
    """Ask the PIM about the catalog. Raises ConfigurationError unless it is there and enabled."""
    look_at(catalog, client)
    if catalog.pim_state == Catalog.PimState.GONE:
        raise gone(catalog)
    if catalog.pim_state != Catalog.PimState.ENABLED:
        raise disabled(catalog)


def disabled(catalog: Catalog) -> ConfigurationError:
    return ConfigurationError(
        f"The catalog “{catalog.name}” is disabled in the PIM. The products on the channel stay "
        f"as they are. Enable it there, then sync again: {catalog.configure_url}"
    )


def gone(catalog: Catalog) -> ConfigurationError:
    return ConfigurationError(
        f"The catalog “{catalog.name}” was deleted in the PIM, or belongs to an earlier "
        "connection. Its products on the channel stay as they are. Create a new catalog for the "
        "channel, or remove this one."
    )


def _no_products(catalog: Catalog, client: PimClient, error: CatalogDisabled) -> ConfigurationError:
    look_at(catalog, client)
    if catalog.pim_state == Catalog.PimState.GONE:
        return gone(catalog)
    if catalog.pim_state != Catalog.PimState.ENABLED:
        return disabled(catalog)
    return ConfigurationError(
        f"The PIM gave no products for the catalog “{catalog.name}”, although it is enabled. The "
        "products on the channel stay as they are. Sync again; if it stays so, check the catalog's "
        f"selection in the PIM: {catalog.configure_url}",
        detail=error.detail,
    )


def _without_schema(catalog: Catalog, error: NoMappingSchema) -> ConfigurationError:
    # The next run of whatever mode looks at the schema then, and puts it back.
    catalog.schema_digest = ""
    Catalog.objects.filter(pk=catalog.pk).update(schema_digest="")
    return ConfigurationError(
        f"The catalog “{catalog.name}” has lost its mapping schema in the PIM, and the mapping "
        "with it. Its products on the channel stay as they are. Ferry puts the schema back with "
        "the next run, which stops then: map the fields again in the PIM.",
        detail=error.detail,
    )
