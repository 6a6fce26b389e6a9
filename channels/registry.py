"""The kinds of channel there are."""

from channels.base import ChannelAdapter, ConfigurationError
from channels.file import FileAdapter
from channels.http import HttpAdapter
from channels.shopify import ShopifyAdapter
from channels.vendure import VendureAdapter

KINDS: dict[str, type[ChannelAdapter]] = {
    adapter.kind: adapter for adapter in (HttpAdapter, FileAdapter, ShopifyAdapter, VendureAdapter)
}


class UnknownKind(ConfigurationError):
    """No adapter has this kind; the text names those there are."""


def adapter_class(kind: str) -> type[ChannelAdapter]:
    """The adapter for a kind of channel; raises UnknownKind."""
    try:
        return KINDS[kind]
    except KeyError:
        raise UnknownKind(
            f"There is no kind of channel “{kind}”. There are: {', '.join(KINDS)}."
        ) from None


def kinds() -> list[tuple[str, str]]:
    """The kinds as (kind, label), in the order to offer them."""
    return [(kind, adapter.label) for kind, adapter in KINDS.items()]
