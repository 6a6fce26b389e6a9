"""What the stand-in for a Shopify shop remembers, and the helpers its resolvers share."""

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Node = dict[str, Any]

# Kinds of files by their type of content.
FILE_KINDS = {"IMAGE": "MediaImage", "VIDEO": "Video", "FILE": "GenericFile"}


@dataclass
class FakeClock:
    """Time of the shop and of the adapter that waits for it: sleeping passes it."""

    moment: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += seconds


@dataclass
class Bucket:
    """The budget of points (https://shopify.dev/docs/api/usage/limits)."""

    clock: FakeClock
    maximum: float = 2000
    rate: float = 100
    left: float = 2000
    seen: float = 1000.0

    def fill(self) -> float:
        now = self.clock.now()
        self.left = min(self.maximum, self.left + (now - self.seen) * self.rate)
        self.seen = now
        return self.left

    def status(self) -> Node:
        return {
            "maximumAvailable": self.maximum,
            "currentlyAvailable": int(self.fill()),
            "restoreRate": self.rate,
        }


def _locales() -> list[Node]:
    return [
        {"locale": "en", "primary": True},
        {"locale": "fr", "primary": False},
        {"locale": "de", "primary": False},
    ]


def _publications() -> list[Node]:
    return [
        {"__typename": "Publication", "id": f"gid://shopify/Publication/{n}", "catalog": catalog}
        for n, catalog in (
            (1, {"__typename": "AppCatalog", "title": "Online Store"}),
            (2, {"__typename": "AppCatalog", "title": "Point of Sale"}),
        )
    ]


class Nodes(dict[str, Node]):
    """Everything that has an id, by it; and by its kind, for a shop of thousands of products."""

    def __init__(self) -> None:
        super().__init__()
        self.of_kind: defaultdict[str, dict[str, Node]] = defaultdict(dict)

    def __setitem__(self, id_: str, node: Node) -> None:
        super().__setitem__(id_, node)
        self.of_kind[node["__typename"]][id_] = node

    def __delitem__(self, id_: str) -> None:
        self.pop(id_)

    def pop(self, id_: str, *default: Any) -> Any:
        for some in self.of_kind.values():
            some.pop(id_, None)
        return super().pop(id_, *default)


@dataclass
class Shop:
    """`loud` collects what nobody ever taught the stand-in, which a test must not overlook."""

    token: str
    scopes: set[str]
    url: str = ""
    clock: FakeClock = field(default_factory=FakeClock)
    bucket: Bucket = field(init=False)
    nodes: Nodes = field(default_factory=Nodes)
    definitions: list[Node] = field(default_factory=list)
    locales: list[Node] = field(default_factory=_locales)
    publications: list[Node] = field(default_factory=_publications)
    translations: dict[tuple[str, str, str], Node] = field(default_factory=dict)
    staged: dict[str, Node] = field(default_factory=dict)
    results: dict[str, bytes] = field(default_factory=dict)
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)  # names of operations, in their order
    writes: list[str] = field(default_factory=list)  # and of mutations that ran, in bulk too
    loud: list[str] = field(default_factory=list)
    throttled: int = 0  # calls that came without budget
    leaks: list[str] = field(default_factory=list)  # where the token went besides the API
    bulk_seconds: float = 5.0
    bulk_ends: str = "COMPLETED"
    bulk_lines: int | None = None  # so many are done before it ends
    file_seconds: float = 2.0
    redirects: list[str] = field(default_factory=list)  # handles that old addresses lead to
    refuses: dict[str, str] = field(default_factory=dict)  # title of a product: why
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.bucket = Bucket(self.clock, seen=self.clock.now())
        for one in self.publications:
            self.nodes[one["id"]] = one

    def new_id(self, kind: str) -> str:
        return f"gid://shopify/{kind}/{next(self._numbers)}"

    def add(self, kind: str, **node: Any) -> Node:
        made = {"__typename": kind, "id": self.new_id(kind), **node}
        self.nodes[made["id"]] = made
        return made

    def all(self, kind: str) -> list[Node]:
        return list(self.nodes.of_kind[kind].values())

    @property
    def files(self) -> list[Node]:
        return [one for kind in FILE_KINDS.values() for one in self.all(kind)]

    @property
    def products(self) -> list[Node]:
        return self.all("Product")

    def product(self, title: str) -> Node:
        [found] = [one for one in self.products if one["title"] == title]
        return found

    def define(self, owner: str, full_key: str, type_: str, name: str = "") -> Node:
        """What the shop's people do under Settings, Custom data."""
        namespace, key = full_key.split(".")
        made = self.add(
            "MetafieldDefinition",
            ownerType=owner,
            namespace=namespace,
            key=key,
            type={"name": type_},
            name=name or key,
            description=None,
            capabilities={},
        )
        self.definitions.append(made)
        return made

    def definition(self, owner: str, namespace: str, key: str) -> Node | None:
        for one in self.definitions:
            if (one["ownerType"], one["namespace"], one["key"]) == (owner, namespace, key):
                return one
        return None


Resolver = Callable[[Shop, Node, Node], Any]
RESOLVERS: dict[tuple[str, str], Resolver] = {}


def resolves(type_name: str, field_name: str) -> Callable[[Resolver], Resolver]:
    def register(resolver: Resolver) -> Resolver:
        RESOLVERS[type_name, field_name] = resolver
        return resolver

    return register


def connection(nodes: Iterable[Node], args: Node) -> Node:
    """One page of these; cursors are positions."""
    several = list(nodes)
    first = args.get("first")
    if not isinstance(first, int) or not 1 <= first <= 250:
        raise ValueError("you must provide `first` from 1 to 250")
    start = int(args.get("after") or 0)
    end = start + first
    return {
        "nodes": several[start:end],
        "pageInfo": {"hasNextPage": end < len(several), "endCursor": str(end)},
    }


def error(path: Iterable[Any], message: str, code: str | None = None) -> Node:
    return {"field": [str(part) for part in path], "message": message, "code": code}


def slug(title: str) -> str:
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-") or "product"
