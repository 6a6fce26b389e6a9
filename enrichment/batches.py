"""Proposals by product: up to 100 at once, as many as one call to the PIM reads and writes."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from enrichment.models import Proposal
from enrichment.values import Place
from pim.client import PimClient
from pim.errors import UnexpectedAnswer
from pim.finding import FoundModel, FoundProduct, Values, models_by_code, products_by_uuid
from pim.structure import identifier_attribute
from pim.urls import host_of
from pim.writing import MAX_LINES, LineAnswer

_MOST_ATTRIBUTES = 700  # of one search, where the PIM takes 800 (pim-contract.md 3.3)
_READ_AT_ONCE = 1000

Found = Mapping[str, FoundProduct] | Mapping[str, FoundModel]


@dataclass(slots=True)
class Batch:
    """Proposals for up to 100 products, models or assets, and how these stand in the PIM by key.

    `read_at` is when asking the PIM began. `codes`: of files that the PIM has, by the id of the
    proposal that they are for.
    """

    subject: Proposal.Subject
    proposals: list[Proposal]
    found: Found = field(default_factory=dict)
    read_at: datetime = field(default_factory=timezone.now)
    codes: dict[int, str] = field(default_factory=dict)

    @property
    def by_key(self) -> dict[str, list[Proposal]]:
        return {key: list(of) for key, of in groupby(self.proposals, lambda one: one.key)}


def identifier_of(client: PimClient) -> str:
    """Return the code of the PIM's identifier attribute; UnexpectedAnswer if it tells none."""
    found = identifier_attribute(client)
    if found is None:
        raise UnexpectedAnswer(host_of(client.pim_url), "no attribute that holds identifiers")
    return found


def read(client: PimClient, identifier: str, batch: Batch) -> Found:
    """Return how the batch's products stand in the PIM now; one call, more where an address of
    models does not hold all.

    `identifier` is the code of the PIM's identifier attribute.
    """
    batch.read_at = timezone.now()
    keys = list(batch.by_key)
    attributes = sorted({one.attribute for one in batch.proposals if one.type})
    if batch.subject == Proposal.Subject.ASSET:
        return assets_by_key(client, keys)
    if batch.subject == Proposal.Subject.MODEL:
        # Asked for none, the PIM would give the values of all attributes.
        return models_by_code(client, keys, attributes=attributes or [identifier])
    return products_by_uuid(client, identifier, keys, attributes=attributes)


def assets_by_key(client: PimClient, keys: Iterable[str]) -> dict[str, FoundModel]:
    """Return those of up to 100 assets that there are; one call for each of their families.

    Where a value of an asset names a channel, here it has a scope as everything else.
    """
    found: dict[str, FoundModel] = {}
    for family, codes in _by_family(keys).items():
        for code, asset in client.assets().by_code(family, codes).items():
            values = asset.get("values")
            found[f"{family}/{code}"] = FoundModel(
                code, family, None, None, (), str(asset.get("updated", "")), _with_scopes(values)
            )
    return found


def save_assets(client: PimClient, lines: Sequence[dict[str, Any]]) -> list[LineAnswer]:
    """Create or update assets, each by its `key`, and beside it `values`; answers in their order.

    One call for each of their families. Raises what writing raises.
    """
    answers: dict[str, LineAnswer] = {}
    by_key = {line["key"]: line for line in lines}
    for family, codes in _by_family(by_key).items():
        saved = [
            {"code": code, "values": _with_channels(by_key[f"{family}/{code}"]["values"])}
            for code in codes
        ]
        for code, answer in zip(codes, client.assets().save(family, saved), strict=True):
            answers[f"{family}/{code}"] = answer
    return [answers[line["key"]] for line in lines]


def _by_family(keys: Iterable[str]) -> dict[str, list[str]]:
    families: dict[str, list[str]] = {}
    for key in keys:
        family, _, code = key.partition("/")
        families.setdefault(family, []).append(code)
    return families


def _with_scopes(values: Any) -> Values:
    if not isinstance(values, dict):
        return {}
    return {
        name: [
            {"locale": one.get("locale"), "scope": one.get("channel"), "data": one.get("data")}
            for one in entries
            if isinstance(one, dict)
        ]
        for name, entries in values.items()
        if isinstance(entries, list)
    }


def _with_channels(values: Values) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {"locale": one["locale"], "channel": one["scope"], "data": one["data"]}
            for one in entries
        ]
        for name, entries in values.items()
    }


def batches_of(proposals: QuerySet[Proposal]) -> Iterator[Batch]:
    """The proposals in batches of products, or of models, that one call reads or writes.

    The prices of one attribute stay together: they are written as one value.
    """
    batch: list[Proposal] = []
    keys: set[str] = set()
    attributes: set[str] = set()
    for (subject, key, attribute), rows in groupby(
        _rows(proposals), lambda one: (one.subject, one.key, one.attribute)
    ):
        is_full = len(keys | {key}) > MAX_LINES or len(attributes | {attribute}) > _MOST_ATTRIBUTES
        if batch and (is_full or batch[0].subject != subject):
            yield Batch(Proposal.Subject(batch[0].subject), batch)
            batch, keys, attributes = [], set(), set()
        batch.extend(rows)
        keys.add(key)
        attributes.add(attribute)
    if batch:
        yield Batch(Proposal.Subject(batch[0].subject), batch)


def _rows(proposals: QuerySet[Proposal]) -> Iterator[Proposal]:
    """The proposals by product: their keys are listed once, the rows read as they are needed."""
    ordered = proposals.order_by("subject", "key", "attribute", "pk")
    pks = array("q", ordered.values_list("pk", flat=True).iterator(_READ_AT_ONCE))
    for start in range(0, len(pks), _READ_AT_ONCE):
        yield from ordered.filter(pk__in=pks[start : start + _READ_AT_ONCE].tolist())


def place_of(one: Proposal) -> Place:
    return Place(one.attribute, one.locale, one.scope, one.part, one.type)
