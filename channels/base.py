"""What an adapter to one kind of channel promises, and the values that cross its boundary."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal

import msgspec
import requests

from channels.feeds import Edition, Published, Refusal, Report
from channels.numbers import decimal_or_text
from channels.settings import InvalidSettings, Setting, clean_value
from channels.surroundings import Category, IdMap, MediaFile, MemoryIds
from channels.targets import FILLED_BY_PIM, SHOPS_TARGET, Shape, Target, mapping_schema
from outbound.errors import ConfigurationError, OutboundError, TransientError
from outbound.sentences import Sentence

__all__ = [
    "Category",
    "ChannelAdapter",
    "ChannelError",
    "ChannelProduct",
    "ConfigurationError",
    "Edition",
    "IdMap",
    "InvalidSettings",
    "MediaFile",
    "Outcome",
    "Published",
    "PushResult",
    "Refusal",
    "Report",
    "Setting",
    "Target",
    "TransientError",
]

_documents = msgspec.json.Decoder(float_hook=decimal_or_text)

# What an adapter raises for a failure of the whole call: a TransientError or a ConfigurationError.
ChannelError = OutboundError


@dataclass(frozen=True, slots=True)
class ChannelProduct:
    """One product on its way to a channel; `body` is its document as JSON text, sent untouched.

    `external_id` is the channel's own key as far as it told one, and `is_known` whether the channel
    accepted the product before. `if_empty` are targets that are set only where the channel has
    nothing yet, and `left_alone` those that are missing in the document because the channel keeps
    its own: they are not emptied. `media` are the files behind addresses of the PIM in the
    document, for adapters that want them; `lacking` are those addresses whose file the PIM does not
    have any more.
    """

    key: str
    body: str
    external_id: str = ""
    is_known: bool = False
    if_empty: frozenset[str] = frozenset()
    left_alone: frozenset[str] = frozenset()
    media: Mapping[str, MediaFile] = field(default_factory=dict)
    lacking: frozenset[str] = frozenset()

    @property
    def data(self) -> Any:
        """The document parsed, with Decimal for every number that is not an integer.

        One with more than hundreds of digits is text.
        """
        return _documents.decode(self.body)


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # this product is refused; its neighbours are not
    UNANSWERED = "unanswered"  # the channel answered the call, but said nothing about this product


@dataclass(frozen=True, slots=True)
class PushResult:
    """What the channel made of one product. `message` is safe to show to a product manager.

    With an accepted product it is a remark, such as a picture that could not be had. `awaits` are
    keys of products that this one links to and that are not on the channel yet: it is pushed again
    when one of them arrives. `missing` are the codes of targets that the channel needs and that
    were empty: what many products miss is told apart from them, beside the mapping that fills it.
    """

    key: str
    outcome: Outcome
    message: str = ""
    external_id: str = ""
    awaits: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED


class ChannelAdapter(ABC):
    """Pushes documents to one external channel.

    Adapters know nothing about Django or Akeneo. They raise ChannelError for a failure of the
    whole call; a refusal of one product is a PushResult. `values` are the channel's settings as
    `clean` returned them; `session` is the guarded way out to the network. `fields` are the
    channel's own targets beside those of its kind, and `ids` is what it remembers.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]
    targets: ClassVar[tuple[Target, ...]]
    can_withdraw: ClassVar[bool] = True
    publishes: ClassVar[bool] = False  # a feed: written as a whole by `publish`
    takes_refusals: ClassVar[bool] = False  # its receivers report what they refused
    # How many axes its variants may have; 0: it knows no variants and gets flat products.
    max_axes: ClassVar[int] = 0
    # Where targets beside those of its kind come from: the channel tells them (`read_fields`), or
    # people write them down.
    own_fields: ClassVar[Literal["none", "read", "written"]] = "none"
    navigates: ClassVar[bool] = False  # has a tree of categories: `arrange`
    fills_empty: ClassVar[bool] = False  # heeds `ChannelProduct.if_empty`
    # What it can make of associations, as (its own word, label).
    relations: ClassVar[tuple[tuple[str, str], ...]] = ()
    has_shops: ClassVar[bool] = False  # one channel with several shops in it: `read_shops`

    batch_size: int = 50  # products a call; an adapter may take it from its settings
    concurrency: int = 1  # calls at the same time, from threads; `session` may be shared by them

    def __init__(
        self,
        values: Mapping[str, str],
        *,
        session: requests.Session,
        fields: Sequence[Target] = (),
        ids: IdMap | None = None,
    ) -> None:
        defaults = {setting.name: setting.default for setting in self.settings}
        self._values = {**defaults, **values}  # a setting may be younger than the channel
        self._session = session
        self._fields = tuple(fields)
        self._ids = MemoryIds() if ids is None else ids

    @property
    def can_hide(self) -> bool:
        return self.hides(self._values)

    @property
    def needs(self) -> tuple[Target, ...]:
        return self.needed_of(self._fields)

    @property
    def takes_media(self) -> bool:
        return self.wants_media(self._values)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # no settings: some are secret

    @classmethod
    def clean(cls, values: Mapping[str, str]) -> dict[str, str]:
        """The settings complete and in order, defaults filled in.

        Raises InvalidSettings with a sentence for each setting that is unknown, missing or wrong.
        """
        cleaned: dict[str, str] = {}
        errors: dict[str, str] = {
            name: Sentence(
                "There is no setting “%(name)s” for a channel of kind “%(kind)s”. Its settings: "
                "%(settings)s.",
                name=name,
                kind=cls.kind,
                settings=", ".join(setting.name for setting in cls.settings),
            )
            for name in values
            if name not in {setting.name for setting in cls.settings}
        }
        for setting in cls.settings:
            try:
                cleaned[setting.name] = cls.clean_setting(setting, values.get(setting.name, ""))
            except ValueError as error:
                errors[setting.name] = error.args[0]  # a Sentence, that pages translate
        if errors:
            raise InvalidSettings(errors)
        return cleaned

    @classmethod
    def clean_setting(cls, setting: Setting, value: str) -> str:
        """One setting's value in order; raises ValueError with a sentence. Extend it per kind."""
        return clean_value(setting, value)

    @classmethod
    def file_of(cls, values: Mapping[str, str]) -> str | None:
        """Return the path that a channel with these settings writes alone, if it writes one."""
        return None

    @classmethod
    def place_of(cls, values: Mapping[str, str]) -> str | None:
        """Return what its files have in common, if it has any; no two channels have one place."""
        return None

    @classmethod
    def remove_unfinished(cls, values: Mapping[str, str]) -> int:
        """Remove what killed writers left on this machine: the channel goes, and no later one will.

        What was written to its end stays. Return how many files went. Raises ChannelError.
        """
        return 0

    @classmethod
    def hides(cls, values: Mapping[str, str]) -> bool:
        """Whether `hide` works for a channel with these settings."""
        return False

    @classmethod
    def wants_media(cls, values: Mapping[str, str]) -> bool:
        """Whether `ChannelProduct.media` is to be filled for a channel with these settings."""
        return False

    @classmethod
    def all_targets(cls, fields: Sequence[Target] = ()) -> tuple[Target, ...]:
        """The targets of its kind and the channel's own, one for each code."""
        targets = (*cls.targets, SHOPS_TARGET) if cls.has_shops else cls.targets
        of_kind = {target.code for target in targets}
        return (*targets, *(one for one in fields if one.code not in of_kind))

    @classmethod
    def needed_of(cls, fields: Sequence[Target] = ()) -> tuple[Target, ...]:
        """The targets without which it takes no product, beyond what the PIM fills in itself."""
        targets = cls.all_targets(fields)
        return tuple(one for one in targets if one.is_needed and one.code not in FILLED_BY_PIM)

    @classmethod
    def mapping_schema(
        cls, fields: Sequence[Target] = (), *, shape: Shape = "flat"
    ) -> dict[str, Any]:
        """The product mapping schema that a catalog feeding this kind of channel gets."""
        return mapping_schema(
            cls.all_targets(fields),
            title=cls.label,
            shape=shape,
            with_associations=bool(cls.relations),
        )

    @classmethod
    def titles(cls, fields: Sequence[Target] = ()) -> dict[str, str]:
        """What its targets are called for people, by their codes."""
        return {target.code: target.title for target in cls.all_targets(fields)}

    @abstractmethod
    def check(self) -> None:
        """Raise ChannelError if the channel cannot be reached with this configuration."""

    @abstractmethod
    def push(self, products: Sequence[ChannelProduct], *, idempotency_key: str) -> list[PushResult]:
        """Create or update each product; one result a product, in their order.

        Pushing the same document twice changes nothing on the channel.
        """

    @abstractmethod
    def withdraw(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        """Take products off the channel; an unknown key is a success."""

    def hide(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        """Keep products on the channel, but show them to nobody; an unknown key is a success.

        Only of adapters that say so by `hides`. A push shows the product again.
        """
        # Not abstract: most kinds hide nothing, and nobody calls it of them.
        raise NotImplementedError(f"A channel of kind “{self.kind}” hides nothing.")

    def read_fields(self) -> list[Target]:
        """Ask the channel for targets of its own; only of adapters whose `own_fields` are read.

        The same field has the same code for ever; `required` where the channel insists on it.
        Raises ChannelError.
        """
        # Not abstract: most kinds have no fields to ask for.
        raise NotImplementedError(f"A channel of kind “{self.kind}” tells no fields.")

    def read_languages(self) -> list[str]:
        """Ask the channel for its languages, in its own writing; none if it has no such thing.

        Raises ChannelError.
        """
        return []

    def read_shops(self) -> list[tuple[str, str]]:
        """Ask the channel for the shops in it, as (id, name); only of those with `has_shops`.

        Raises ChannelError.
        """
        return []

    def arrange(self, tree: str, categories: Sequence[Category]) -> None:
        """Make the channel's navigation what these categories say; only of those that navigate.

        Create, rename and move; take away what was made for the same `tree` and is not among them
        any more, and nothing else. Parents come before their children. Doing it twice changes
        nothing. Raises ChannelError.
        """
        # Not abstract: most kinds know no tree, and nobody calls it of them.
        raise NotImplementedError(f"A channel of kind “{self.kind}” has no navigation.")

    def publish(
        self, products: Callable[[], Iterator[ChannelProduct]], edition: Edition | None = None
    ) -> Published:
        """Write the whole feed, or what changed; only of adapters that declare `publishes`.

        Called at the end of a run that changed something. `products` gives everything the channel
        holds, or of a feed that `publishes_changes` what is new or changed. It may be called more
        than once, and is never kept in memory as a whole. The caller lets one process at a time
        publish a channel, or an older state might win. Whatever fails leaves the old feed.
        """
        # Not abstract: only feeds are written as a whole, and nobody calls it of others.
        raise NotImplementedError(f"A channel of kind “{self.kind}” publishes nothing.")

    @classmethod
    def publishes_changes(cls, values: Mapping[str, str]) -> bool:
        """Whether a feed with these settings gets only what changed since its last edition."""
        return False

    @property
    def edition(self) -> str:
        """Up to 64 characters; with others than before, a feed of changes begins anew."""
        return ""

    @classmethod
    def served_file(cls, values: Mapping[str, str], name: str) -> tuple[Path, str] | None:
        """The path and the content type of a file of a feed with these settings, by its name.

        None for a name that is not one of the feed's, and where the feed is on another machine.
        """
        return None

    @classmethod
    def served_names(cls, values: Mapping[str, str]) -> list[str]:
        """The names that `served_file` knows and that stay the same, the most wanted first."""
        return []

    @classmethod
    def address_of(cls, values: Mapping[str, str], external_id: str) -> str:
        """Where people see a product at a channel with these settings; "" if nobody can tell."""
        return ""

    def fetch_refusals(self) -> Report | None:
        """The report that lies ready, if any, of those that take some. Raises ChannelError."""
        return None

    def read_refusals(self, report: bytes) -> list[Refusal]:
        """What a report of refused products says; raises ConfigurationError with the line."""
        # Not abstract: only feeds have a receiver that reports, and nobody calls it of others.
        raise NotImplementedError(f"A channel of kind “{self.kind}” takes no refusal reports.")

    def name_in_report(self, product: ChannelProduct, column: str) -> str:
        """What its feed has of a product in the column that a report calls so; "" for nothing."""
        return ""

    def needs_publishing(self, wrote: Callable[[str, str], bool]) -> bool:
        """Whether the feed must be written although nothing changed, as when it vanished.

        `wrote` says whether a file with that name and mark was announced by this channel.
        """
        return False
