"""A look at a few products of a catalog, before any of them is sent.

One page of each kind, assembled as a run would, and nothing stored but what was found.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction

from channels.base import ChannelProduct
from channels.registry import adapter_class
from outbound.errors import OutboundError
from pim.client import PimClient
from pim.values import RawProduct
from sync import ownership
from sync.assembly import Incomplete
from sync.beside import add_beside, assembly_for
from sync.documents import ReadDocument, filled_targets
from sync.downloads import Downloads
from sync.explaining import explained, refuse_disabled
from sync.fields import differing
from sync.model_reading import model_pages
from sync.models import Look, Run
from sync.navigation import Navigation
from sync.needs import missing_targets
from sync.runs import enter
from sync.showing import picture_path, price_in, variant_names_in

logger = logging.getLogger(__name__)

EXAMPLES = 3
FIRST = 10  # products that are sent before all others
_SAMPLE = 100
_MODEL_SLICES = 1  # of twenty models, each with all its variants
_FIELDS, _CHARACTERS = 60, 500  # of an example that are kept
# What the PIM fills in by itself: it says nothing about the mapping.
_UNMAPPED = frozenset({"uuid", "code", "variation_axes", "variants", "variation_axes_values"})
_UNMAPPED |= {"variant_axes_values", "pim_associations", "pim_categories"}


@dataclass(frozen=True, slots=True)
class _Sampled:
    """A product as the channel would get it, and what speaks for showing it first."""

    document: ReadDocument
    is_model: bool
    missing: tuple[str, ...]
    price: str
    picture: str  # its path in the PIM

    @property
    def worth(self) -> tuple[bool, ...]:
        named = bool(self.document.label)
        return (not self.missing, bool(self.picture), bool(self.price), named)


def look_first(run: Run, client: PimClient, *, go_on: Callable[[], None]) -> None:
    """Count the catalog's products and look at up to a hundred. Raises OutboundError and RunLost.

    A run that was taken up looks again: there is nothing half-done to go on from.
    """
    catalog = run.catalog
    with explained(catalog, client):
        refuse_disabled(catalog, client)
        enter(run, Run.Phase.LISTING)
        total = _count(run, client)
        go_on()
        enter(run, Run.Phase.READING)
        began = time.monotonic()
        products = _read(run, client, go_on)
        assembly = assembly_for(Navigation(catalog), client)
        read_in_all = sum(len(one.variants) or 1 for one in products)
        products = list(add_beside(products[:_SAMPLE], client, assembly))
        seconds = time.monotonic() - began
    read, incomplete = [], 0
    for product in products:
        try:
            read.append((assembly.read(product), bool(product.variants)))
        except Incomplete:
            incomplete += 1
    sampled = [_judged(run, document, is_model) for document, is_model in read]
    chosen = _best(sampled)
    pictures = _pictures(run, client, chosen[:EXAMPLES], go_on)
    look = Look(
        run=run,
        total=total,
        sampled=len(products),
        seconds=seconds * len(products) / max(1, read_in_all),
        is_mapped=catalog.raw or not sampled or any(map(_says_something, sampled)),
        missing=_counts(sampled),
        incomplete=incomplete,
        examples=[_example(one, pictures.get(one.picture, "")) for one in chosen[:EXAMPLES]],
        first=[_named(one.document) for one in chosen[:FIRST]],
    )
    _store(look)


@transaction.atomic
def _store(look: Look) -> None:
    run = look.run
    ownership.update(run, total=look.total, pulled=look.sampled)
    Look.objects.filter(run__catalog=run.catalog_id).delete()
    look.save()


def _count(run: Run, client: PimClient) -> int | None:
    """Return how many products the catalog has, as its first page of uuids tells."""
    page = next(client.uuid_pages(run.catalog.pim_catalog_id), None)
    if page is None:
        return 0
    return len(page.uuids) if page.next_link is None else page.total


def _read(run: Run, client: PimClient, go_on: Callable[[], None]) -> list[RawProduct]:
    """Return products of the first page of each kind, models before simple products."""
    catalog = run.catalog
    products: list[RawProduct] = []
    if catalog.has_models:
        models = model_pages(catalog, client, go_on=go_on, sleep=time.sleep)
        products += [one for page in islice(models, _MODEL_SLICES) for one in page.products]
    pages = client.product_pages(catalog.pim_catalog_id, mapped=not catalog.raw)
    products += [one for page in islice(pages, 1) for one in page.products]
    return products


def _judged(run: Run, document: ReadDocument, is_model: bool) -> _Sampled:
    channel = run.catalog.channel
    adapter = adapter_class(channel.kind)
    content = _content_of(document)
    needs = () if run.catalog.raw else adapter.needed_of(channel.targets)
    missing = missing_targets(needs, content)
    return _Sampled(
        document,
        is_model,
        tuple(target.code for target in missing),
        price_in(content, adapter.all_targets(channel.targets)),
        picture_path(document.body, run.catalog.connection.pim_url),
    )


def _content_of(document: ReadDocument) -> Any:
    try:
        return ChannelProduct(document.key, document.body).data
    except (ValueError, RecursionError):  # what no adapter could read either
        return None


def _best(sampled: Sequence[_Sampled]) -> list[_Sampled]:
    """Return them with the most telling first: complete, with a picture, a price and a name.

    Sorting keeps the PIM's order among equals, so that looking again finds the same.
    """
    best = sorted(sampled, key=lambda one: one.worth, reverse=True)
    models = [one for one in best if one.is_model]
    simple = [one for one in best if not one.is_model]
    # Of both kinds some, where there are both.
    mixed = [one for pair in zip(models, simple, strict=False) for one in pair]
    rest = models[len(simple) :] + simple[len(models) :]
    return mixed + rest


def _says_something(one: _Sampled) -> bool:
    return bool(filled_targets(one.document.body) - _UNMAPPED)


def _counts(sampled: Sequence[_Sampled]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for code in (code for one in sampled for code in one.missing):
        counts[code] = counts.get(code, 0) + 1
    return counts


def _pictures(
    run: Run, client: PimClient, chosen: Sequence[_Sampled], go_on: Callable[[], None]
) -> dict[str, str]:
    """Return where this app serves the pictures, by their paths; without any, nobody is stopped."""
    paths = {one.picture for one in chosen if one.picture}
    if not paths:
        return {}
    downloads = Downloads(run, lambda work: work(client), go_on, time.sleep)
    try:
        return downloads.addresses_of(paths)
    except OutboundError as error:
        logger.info("Run %s looks without pictures: %s", run.pk, error.detail or error.message)
        return {}


def _example(one: _Sampled, picture: str) -> dict[str, Any]:
    return {
        **_named(one.document),
        "price": one.price,
        "picture": picture,
        "missing": list(one.missing),
        "fields": list(_fields(one.document.body)),
        "variants": variant_names_in(one.document.body),
    }


def _named(document: ReadDocument) -> dict[str, str]:
    return {name: getattr(document, name) for name in ("key", "identifier", "label")}


def _fields(body: str) -> Iterator[tuple[str, str]]:
    for change in differing(None, body)[:_FIELDS]:
        yield change.field, (change.after or "")[:_CHARACTERS]
