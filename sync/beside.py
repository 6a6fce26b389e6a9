"""What the PIM says of products beside their mapped form: one more call for each page of them.

Asked only for catalogs whose settings need it, in the threads that read.
"""

from collections.abc import Sequence
from dataclasses import replace

from outbound.errors import TransientError
from pim.client import PimClient
from pim.errors import Forbidden
from pim.structure import facts_of, identifier_attribute
from pim.values import ProductFacts, ProductPage, RawProduct
from sync.assembly import Assembly, assembly_of, needs_assembly, uuids_of
from sync.navigation import Navigation

_A_CALL = 100  # uuids (pim-contract.md 3.3)


def assembly_for(navigation: Navigation, client: PimClient) -> Assembly:
    """Return what becomes of the catalog's products, with what the PIM has to be asked for first.

    Nothing is asked for a catalog without such settings. Raises OutboundError.
    """
    catalog = navigation.catalog
    if not needs_assembly(catalog):
        return assembly_of(catalog)
    tree = navigation.codes(client)
    slim_by = None
    if catalog.complete_for or catalog.category_root:
        slim_by = _slim_by(client)
    return assembly_of(catalog, tree=tree, slim_by=slim_by)


def with_beside(page: ProductPage, client: PimClient, assembly: Assembly) -> ProductPage:
    """Return the page with what the PIM says beside of its products. Raises OutboundError."""
    if not assembly.asks_beside:
        return page
    products = tuple(add_beside(page.products, client, assembly))
    return replace(page, products=products)


def add_beside(
    products: Sequence[RawProduct], client: PimClient, assembly: Assembly
) -> Sequence[RawProduct]:
    """Return the products with what the PIM says beside of each.

    It stays empty of one of which the PIM does not say everything: its search lags behind, say.
    Raises OutboundError; a PIM that says nothing of any product is taken for one that is unwell.
    """
    if not assembly.asks_beside or not products:
        return products
    wanted = {product.key: uuids_of(product) for product in products}
    uuids = list(dict.fromkeys(uuid for each in wanted.values() for uuid in each))
    facts: dict[str, ProductFacts] = {}
    for start in range(0, len(uuids), _A_CALL):
        facts |= facts_of(
            client,
            uuids[start : start + _A_CALL],
            completeness=bool(assembly.complete_for),
            attribute=assembly.slim_by,
        )
    if uuids and not facts:
        raise TransientError(
            "The PIM did not say which categories its products are in, nor how complete they are.",
            detail=f"nothing about {len(uuids)} products",
        )
    return [
        replace(one, beside=assembly.beside_of({uuid: facts[uuid] for uuid in wanted[one.key]}))
        if all(uuid in facts for uuid in wanted[one.key])
        else one
        for one in products
    ]


def _slim_by(client: PimClient) -> str | None:
    """Return the attribute that is asked for: with none named, the PIM sends all their values."""
    try:
        return identifier_attribute(client)
    except Forbidden:
        return None
