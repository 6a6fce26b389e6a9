"""The formats a feed can be written in, and JSON Lines, the plainest of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, ClassVar, Generic, TypeVar

import msgspec

from channels.base import ChannelProduct
from channels.file.cells import UNREADABLE, DoesNotFit, Row, cells
from channels.file.columns import plain_header

Rendered = TypeVar("Rendered")
Products = Callable[[], Iterator[ChannelProduct]]
Refuse = Callable[[str, str], None]  # a product's key, and why

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


class FeedFormat(ABC, Generic[Rendered]):
    """How a feed is written. `titles` are what the fields are called for people."""

    ending: ClassVar[str]
    content_type: ClassVar[str]

    def __init__(self, values: Mapping[str, str], titles: Mapping[str, str]) -> None:
        self.values = values
        self.titles = titles

    @abstractmethod
    def render(self, product: ChannelProduct) -> Rendered:
        """One product as the format has it; raises DoesNotFit for one that it cannot hold."""

    @abstractmethod
    def write(self, stream: BinaryIO, products: Products, refuse: Refuse) -> int:
        """Stream the products, which may be asked for more than once; return how many there are.

        What does not fit is left out and told to `refuse`, at every pass.
        """

    def rendered(self, products: Products, refuse: Refuse) -> Iterator[Rendered]:
        for product in products():
            try:
                yield self.render(product)
            except DoesNotFit as error:
                refuse(product.key, str(error))

    def named(self, product: ChannelProduct, header: str) -> str:
        """What the feed has of a product under this `plain_header`. Raises DoesNotFit."""
        return under(cells(product), header)

    def title(self, field: str) -> str:
        return self.titles.get(field) or self.titles.get(field.partition(".")[0]) or field


def under(row: Row, header: str) -> str:
    """What a row has under this `plain_header`."""
    return next((cell.text for name, cell in row.items() if plain_header(name) == header), "")


class JsonLines(FeedFormat[bytes]):
    ending = "jsonl"
    content_type = "application/jsonl"

    def render(self, product: ChannelProduct) -> bytes:
        """The document on one line, keys in their order and numbers to the letter."""
        try:
            _members.decode(product.body)
            return msgspec.json.format(product.body.encode(), indent=-1) + b"\n"
        except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
            raise DoesNotFit(UNREADABLE) from None

    def write(self, stream: BinaryIO, products: Products, refuse: Refuse) -> int:
        count = 0
        for line in self.rendered(products, refuse):
            stream.write(line)
            count += 1
        return count
