"""Products and models of the whole PIM, found by what a file or a person calls them.

The PIM's search may lag some seconds behind its writing (pim-contract.md 3.3): what was created
right before may not be found yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from pim.calls import SAFE_LIMIT
from pim.client import PimClient
from pim.errors import UnexpectedAnswer
from pim.links import in_addresses
from pim.urls import host_of

# Characters in an address, where servers bear 8,000 and codes are up to 255.
_LONGEST_SEARCH = 4000
_LONGEST_CHOICE = 3000

# attribute -> its values as the PIM gives them: locale, scope, data and more.
Values = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class FoundProduct:
    """A product as it stands in the PIM, with the values that were asked for.

    `values` has what it inherits as well. `updated` is the PIM's own text, and moves with each
    change of the product itself.
    """

    uuid: str
    identifier: str | None
    enabled: bool
    family: str | None
    parent: str | None
    categories: tuple[str, ...]
    updated: str
    values: Values


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A product model as it stands in the PIM, with the values that were asked for."""

    code: str
    family: str | None
    family_variant: str | None
    parent: str | None
    categories: tuple[str, ...]
    updated: str
    values: Values


def products_by_identifier(
    client: PimClient, attribute: str, identifiers: Sequence[str], *, attributes: Sequence[str] = ()
) -> dict[str, FoundProduct]:
    """Return those of up to 100 products that there are, by the identifier that was asked for.

    `attribute` is the code of the PIM's identifier attribute (`structure.identifier_attribute`),
    `attributes` are those whose values come along, up to 800; ValidationFailed if the PIM lacks one
    of them. The PIM does not tell capital letters of identifiers from small ones. One call.
    """
    asked = list(dict.fromkeys(identifiers))
    condition = {attribute: [{"operator": "IN", "value": asked}]}
    found = _products(client, condition, len(asked), attribute, attributes)
    return _as_asked(asked, {str(one.identifier): one for one in found})


def products_by_uuid(
    client: PimClient, attribute: str, uuids: Sequence[str], *, attributes: Sequence[str] = ()
) -> dict[str, FoundProduct]:
    """As `products_by_identifier`, by uuid."""
    asked = list(dict.fromkeys(uuids))
    condition = {"uuid": [{"operator": "IN", "value": asked}]}
    found = _products(client, condition, len(asked), attribute, attributes)
    return _as_asked(asked, {one.uuid: one for one in found})


def models_by_code(
    client: PimClient, codes: Sequence[str], *, attributes: Sequence[str] = ()
) -> dict[str, FoundModel]:
    """Return those of up to 100 models that there are, by code, with the values of all attributes
    if none are named. One call, more for what an address does not hold.
    """
    asked = list(dict.fromkeys(codes))
    _check_count(asked)
    found: dict[str, FoundModel] = {}
    for batch in in_addresses(asked, _LONGEST_SEARCH):
        search = {"identifier": [{"operator": "IN", "value": batch}]}
        for chosen in in_addresses(attributes, _LONGEST_CHOICE) if attributes else [[]]:
            items = client.items(
                "product-models",
                search=msgspec.json.encode(search).decode(),
                pagination_type="search_after",
                limit=SAFE_LIMIT,
                attributes=",".join(chosen) or None,
            )
            for one in (_model(_checked(item, "code", client)) for item in items):
                known = found.get(one.code)
                values = known.values | one.values if known else one.values
                found[one.code] = replace(one, values=values)
    return _as_asked(asked, found)


def all_products(
    client: PimClient,
    attribute: str,
    *,
    search: str = "",
    attributes: Sequence[str] = (),
    locales: Sequence[str] = (),
) -> Iterator[FoundProduct]:
    """All products of the PIM that fit a search, as the PIM writes one (pim-contract.md 3.3).

    Without `attributes` the values of all of them come along; without `locales` those in every
    language. `attribute` is the code of the PIM's identifier attribute. ValidationFailed for a
    search that the PIM does not understand.
    """
    chosen = dict.fromkeys([attribute, *attributes]) if attributes else ()
    asked = _asked(search, list(chosen), locales)
    return (_product(item, attribute) for item in client.items("products-uuid", **asked))


def all_models(
    client: PimClient,
    *,
    search: str = "",
    attributes: Sequence[str] = (),
    locales: Sequence[str] = (),
) -> Iterator[FoundModel]:
    """All models of the PIM that fit a search, with values as `all_products`."""
    return map(_model, client.items("product-models", **_asked(search, attributes, locales)))


def models_below(client: PimClient, codes: Sequence[str], attribute: str) -> Iterator[FoundModel]:
    """The models right below these; of their values that of `attribute` alone."""
    for search in _right_below(codes):
        yield from all_models(client, search=search, attributes=[attribute])


def products_below(
    client: PimClient, codes: Sequence[str], attribute: str
) -> Iterator[FoundProduct]:
    """The variants right below these models; `attribute` is the PIM's identifier attribute."""
    for search in _right_below(codes):
        yield from all_products(client, attribute, search=search, attributes=[attribute])


def _right_below(codes: Sequence[str]) -> Iterator[str]:
    for some in in_addresses(codes, _LONGEST_SEARCH):
        yield msgspec.json.encode({"parent": [{"operator": "IN", "value": some}]}).decode()


def _asked(search: str, attributes: Sequence[str], locales: Sequence[str]) -> dict[str, object]:
    return {
        "search": search or None,
        "attributes": ",".join(attributes) or None,
        "locales": ",".join(locales) or None,
        "pagination_type": "search_after",
        "limit": SAFE_LIMIT,
    }


def _products(
    client: PimClient,
    condition: Mapping[str, Any],
    count: int,
    identifier: str,
    attributes: Sequence[str],
) -> Iterator[FoundProduct]:
    if not count:
        return
    _check_count(range(count))
    body = {
        "search": msgspec.json.encode(condition).decode(),
        "attributes": ",".join(dict.fromkeys([identifier, *attributes])),
    }
    for item in client.search_products(body):
        yield _product(_checked(item, "uuid", client), identifier)


def _checked(item: dict[str, Any], key: str, client: PimClient) -> dict[str, Any]:
    """The item, as far as values are compared with it. Raises UnexpectedAnswer for what is none."""
    names = ("family", "parent", "family_variant")
    if (
        not isinstance(item.get(key), str)
        or not all(isinstance(item.get(name), str | None) for name in names)
        or not isinstance(item.get("categories"), list | None)
    ):
        raise UnexpectedAnswer(
            host_of(client.pim_url), "products with other fields than those of products"
        )
    return item


def _product(item: Mapping[str, Any], identifier: str) -> FoundProduct:
    values = _values(item)
    own = values.get(identifier)
    return FoundProduct(
        uuid=str(item.get("uuid", "")).lower(),
        identifier=str(own[0]["data"]) if own else None,
        enabled=item.get("enabled") is not False,
        family=item.get("family") or None,
        parent=item.get("parent") or None,
        categories=tuple(map(str, item.get("categories") or ())),
        updated=str(item.get("updated", "")),
        values=values,
    )


def _model(item: Mapping[str, Any]) -> FoundModel:
    return FoundModel(
        code=str(item.get("code", "")),
        family=item.get("family") or None,
        family_variant=item.get("family_variant") or None,
        parent=item.get("parent") or None,
        categories=tuple(map(str, item.get("categories") or ())),
        updated=str(item.get("updated", "")),
        values=_values(item),
    )


def _values(item: Mapping[str, Any]) -> Values:
    """The values; a PIM writes none as a list."""
    found = item.get("values")
    if not isinstance(found, dict):
        return {}
    return {
        code: kept
        for code, entries in found.items()
        if isinstance(entries, list)
        and (kept := [each for each in entries if isinstance(each, dict) and "data" in each])
    }


def _as_asked(asked: Sequence[str], found: Mapping[str, Any]) -> dict[str, Any]:
    """What was found by the spelling that was asked for, preferring the same spelling."""
    folded = {key.casefold(): one for key, one in found.items()}
    matched = {key: found.get(key) or folded.get(key.casefold()) for key in asked}
    return {key: one for key, one in matched.items() if one is not None}


def _check_count(asked: Sequence[object]) -> None:
    if len(asked) > SAFE_LIMIT:
        raise ValueError(f"at most {SAFE_LIMIT} are looked for at once")
