"""Read models with their variants, and believe no list of variants that ended early.

The PIM gives the variants of each model at an address of their own, so most calls go there: they
are made by several threads. Nothing here writes to the database.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from catalogs.models import Catalog
from outbound.errors import TransientError
from pim.client import PimClient
from pim.models import with_variants
from pim.values import ProductPage, RawModel, RawProduct
from sync.ahead import together
from sync.keys import listed_among
from sync.model_recording import variants_of
from sync.models import Listing, Run

_SLICE = 20  # models: so many with all their variants are in memory at once, for each thread

_Variants = tuple[RawProduct, ...]


@dataclass(slots=True)
class Found:
    """What became of models that were asked for by their codes."""

    models: list[RawProduct] = field(default_factory=list)
    emptied: set[str] = field(default_factory=set)  # without any variant in the catalog


def model_pages(
    catalog: Catalog,
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None],
    link: str | None = None,
    updated_after: datetime | None = None,
) -> Iterator[ProductPage]:
    """Yield pages of models with their variants in them, in slices.

    Each slice of a page but the last has the page itself as its next link: whoever resumes there
    reads the page again. `go_on` may raise to end the reading.
    """
    pages = client.models(catalog.pim_catalog_id).pages(link=link, updated_after=updated_after)
    for page in pages:
        for start in range(0, max(1, len(page.models)), _SLICE):
            models = page.models[start : start + _SLICE]
            read = _with_variants(catalog, client, models, go_on=go_on, sleep=sleep)
            is_last = start + _SLICE >= len(page.models)
            next_link = page.next_link if is_last else page.link
            yield ProductPage(tuple(read), next_link, page.link)


def read_models(
    catalog: Catalog,
    codes: Collection[str],
    client: PimClient,
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Found:
    """Read single models, the variants first: a model without any is not asked for.

    Raises TransientError for a model that has variants in the catalog and is not there itself.
    """
    reader = client.models(catalog.pim_catalog_id)
    jobs = {code: partial(_one, catalog, code) for code in sorted(codes)}
    found, missing = Found(), dict[str, _Variants]()
    for code, (model, variants) in together(jobs, client, go_on=go_on, sleep=sleep):
        if not variants:
            found.emptied.add(code)
        elif model is None:
            missing[code] = variants
        else:
            found.models.append(with_variants(model, variants))
    for model in reader.search(missing):
        found.models.append(with_variants(model, missing.pop(model.key)))
    if missing:
        raise TransientError(
            f"The PIM gave the variants of the model “{min(missing)}”, and not the model. Nothing "
            "was taken from it; the next run reads it again."
        )
    return found


def confirm_variants(
    catalog: Catalog,
    found: Found,
    client: PimClient,
    *,
    listed_among: Callable[[Collection[str]], Collection[str]] = lambda uuids: uuids,
) -> set[tuple[str, str]]:
    """Raise TransientError if a model lacks a variant that is in the catalog and hangs on it.

    Return what models lost to others, or as simple products, as (code, uuid). `listed_among` tells
    which of some uuids were in the catalog: the others need no look. One query, and no call unless
    a model lost something.
    """
    read = {one.key: one.variants for one in found.models} | dict.fromkeys(found.emptied, ())
    lost = {place for place in variants_of(catalog, read) if place[1] not in read[place[0]]}
    if not lost:
        return lost
    listed = sorted(listed_among({uuid for _, uuid in lost}))
    roots = client.models(catalog.pim_catalog_id).roots(listed, known=lambda codes: read)
    for code, uuid in sorted(lost):
        # It may have left since it was listed: the PIM says so of the product itself.
        if roots.get(uuid) == code and client.product(catalog.pim_catalog_id, uuid, mapped=True):
            raise TransientError(
                f"The PIM's list of variants of the model “{code}” ended early. Nothing was taken "
                "from it; the next run reads it again.",
                detail=f"variant {uuid} was not among {len(read[code])} variants",
            )
    return {(code, uuid) for code, uuid in lost if roots.get(uuid, code) != code}


def confirm_listed(run: Run, found: Found, client: PimClient) -> set[tuple[str, str]]:
    """As `confirm_variants`, by the listing that the run has read."""
    listed = partial(listed_among, run)
    return confirm_variants(run.catalog, found, client, listed_among=listed)


def roots_of(catalog: Catalog, uuids: Sequence[str], client: PimClient) -> dict[str, str | None]:
    """Return the uppermost model above each product that the PIM shows, None of simple ones."""
    listings = Listing.objects.filter(catalog=catalog).in_care()

    def known(codes: Collection[str]) -> set[str]:
        return set(listings.filter(key__in=codes).values_list("key", flat=True))

    return client.models(catalog.pim_catalog_id).roots(uuids, known=known)


def _with_variants(
    catalog: Catalog,
    client: PimClient,
    models: Sequence[RawModel],
    *,
    go_on: Callable[[], None],
    sleep: Callable[[float], None],
) -> list[RawProduct]:
    """Return these models with their variants, in their order; those without any are left out."""
    sent_along = {one.key: one.variants for one in models if one.variants is not None}
    jobs = {
        one.key: partial(_variants, catalog, one.key) for one in models if one.key not in sent_along
    }
    variants = sent_along | dict(together(jobs, client, go_on=go_on, sleep=sleep))
    return [with_variants(one, variants[one.key]) for one in models if variants[one.key]]


def _variants(catalog: Catalog, code: str, client: PimClient) -> _Variants:
    return client.models(catalog.pim_catalog_id).variants(code)


def _one(catalog: Catalog, code: str, client: PimClient) -> tuple[RawModel | None, _Variants]:
    """Return the model, if it was found by its code alone, and its variants."""
    reader = client.models(catalog.pim_catalog_id)
    variants = reader.variants(code)
    model = reader.one(code) if variants else None
    if model is not None and model.variants is not None:
        variants = model.variants
    return model, variants
