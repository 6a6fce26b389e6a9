"""Products in several Vendure channels: put where they are to be sold, and taken out again."""

from channels.vendure import memory
from channels.vendure.about import read_shops
from channels.vendure.graphql import Refused
from channels.vendure.parts import Item, Parts

_ASSIGN = """mutation Assign($input: AssignProductsToChannelInput!) {
  assignProductsToChannel(input: $input) { id }
}"""
_REMOVE = """mutation Remove($input: RemoveProductsFromChannelInput!) {
  removeProductsFromChannel(input: $input) { id }
}"""


def put_into_shops(parts: Parts, items: list[Item]) -> None:
    """Let each product be in the Vendure channels that its document names. Raises ChannelError.

    It is taken out only of those that we put it into, and never out of the connection's own.
    """
    assigned: dict[str, list[Item]] = {}
    removed: dict[str, list[Item]] = {}
    told = [item for item in items if item.wanted.shops is not None]
    # Vendure forbids what it does not know, which would look like a missing permission.
    known = {id_ for id_, _ in read_shops(parts.api)} if any(i.wanted.shops for i in told) else ()
    for item in told:
        wanted = item.wanted.shops or ()
        there = item.standing.channels if item.standing else frozenset()
        for shop in wanted:
            if shop not in known:
                item.remarks.append(f"The shop has no channel with the id {shop} to put it into.")
            elif shop not in there and shop != parts.about.channel_id:
                assigned.setdefault(shop, []).append(item)
        surplus = there - {*wanted, parts.about.channel_id}
        for name in parts.ids.get(memory.SHOP, [f"{item.key}/{shop}" for shop in surplus]):
            removed.setdefault(name.rpartition("/")[2], []).append(item)
    for shop, some in assigned.items():
        parts.ids.put(memory.SHOP, {f"{item.key}/{shop}": shop for item in some})
        _send(parts, _ASSIGN, shop, some)
    for shop, some in removed.items():
        _send(parts, _REMOVE, shop, some)
        parts.ids.forget(memory.SHOP, [f"{item.key}/{shop}" for item in some])


def _send(parts: Parts, document: str, shop: str, items: list[Item]) -> None:
    given = {"productIds": [item.id for item in items], "channelId": shop}
    try:
        parts.api.change(document, {"input": given})
    except Refused as refused:
        for item in items:
            item.remarks.append(
                f"The shop with the id {shop} in Vendure did not follow: “{refused.message}”."
            )
