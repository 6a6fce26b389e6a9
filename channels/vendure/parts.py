"""What the steps of a push share: one shop, what is known of it, and who makes what in it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from channels.base import ChannelProduct
from channels.filled import Filled
from channels.shop_products import ShopProduct
from channels.surroundings import IdMap
from channels.vendure.about import About, read_about
from channels.vendure.assets import Assets
from channels.vendure.changes import Found
from channels.vendure.facets import Facets
from channels.vendure.finding import Finder
from channels.vendure.graphql import AdminApi
from channels.vendure.options import Options
from channels.vendure.standing import Standing, StandingProduct
from channels.vendure.wanted import Reader, WantedProduct


class Parts:
    """One shop. Threads may share it."""

    def __init__(
        self, api: AdminApi, ids: IdMap, codes: Collection[str], titles: Mapping[str, str]
    ) -> None:
        """Ask the shop what it is. `codes` are the channel's own targets. Raises ChannelError."""
        self.api = api
        self.ids = ids
        self.about: About = read_about(api)
        self.finder = Finder(Standing(api, self.about, codes), ids, self.about)
        self.reader = Reader(self.about, codes, titles)
        self.options = Options(api, ids, self.about)
        self.assets = Assets(api, ids, self.about)
        self.facets = Facets(api, ids, self.about)
        self.filled = Filled(ids)


@dataclass(slots=True)
class Item:
    """One product on its way through a push. Once it has a problem nothing more is done with it."""

    product: ChannelProduct
    shop: ShopProduct = field(init=False)
    standing: StandingProduct | None = None
    wanted: WantedProduct = field(init=False)
    found: Found = field(default_factory=Found)
    id: str = ""
    problem: str = ""
    remarks: list[str] = field(default_factory=list)
    before: dict[str, frozenset[str]] = field(default_factory=dict)  # what was filled, by key

    @property
    def key(self) -> str:
        return self.product.key

    def refuse(self, said: str) -> None:
        """The shop did not take it, in its words."""
        self.problem = f"The shop does not take it: “{said}”."


def still_open(items: Collection[Item]) -> list[Item]:
    """Those that had no problem so far."""
    return [item for item in items if not item.problem]
