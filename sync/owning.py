"""Targets that belong to the channel once a product is there: what of a document is not sent.

By the catalog's settings a target is set always, only while the product is new, or only where the
channel has nothing. What a shop's people maintain is not overwritten then.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

import msgspec

from catalogs.models import Catalog
from channels.base import ChannelProduct
from sync.members import VARIANTS, Members, list_of, members_of

_When = Catalog.SetWhen


def owned_by_channel(set_when: Mapping[str, str]) -> frozenset[str]:
    """Return the targets that are sent only while a product is new."""
    return frozenset(target for target, when in set_when.items() if when == _When.NEW)


def as_set(
    product: ChannelProduct, set_when: Mapping[str, str], sent: str | None
) -> ChannelProduct:
    """Return the product as it goes out by these settings; `sent` is what the channel holds.

    A variant that is not among what it holds is new, whatever its model is.
    """
    empty = frozenset(target for target, when in set_when.items() if when == _When.EMPTY)
    owned = owned_by_channel(set_when)
    if not owned or not product.is_known:
        return replace(product, if_empty=empty)
    body = _without(product.body, owned, _variants_in(sent))
    return replace(product, body=body, if_empty=empty, left_alone=owned)


def _without(body: str, owned: Collection[str], known: Collection[str] | None) -> str:
    """Return the document without these targets, all else to the letter.

    Of variants, those of the `known` ones; None: all are.
    """
    try:
        members = members_of(body)
        kept: dict[str, object] = {
            name: value for name, value in members.items() if name not in owned
        }
        if VARIANTS in members:
            kept[VARIANTS] = [
                {name: value for name, value in one.items() if name not in owned}
                if known is None or _uuid(one) in known
                else one
                for one in list_of(members[VARIANTS])
            ]
    except (msgspec.DecodeError, RecursionError):
        return body
    return msgspec.json.encode(kept).decode()


def _variants_in(sent: str | None) -> set[str] | None:
    """Return the variants in what the channel holds; None where that is not known."""
    try:
        members = members_of(sent or "null")
        return {_uuid(one) for one in list_of(members.get(VARIANTS, b"[]"))}
    except (msgspec.DecodeError, RecursionError):
        return None


def _uuid(variant: Members) -> str:
    return str(msgspec.json.decode(variant.get("uuid", b"null")))
