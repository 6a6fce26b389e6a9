"""The adapter of the `file` channel: judges products one by one, writes them all at once."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from channels.base import (
    ChannelAdapter,
    ChannelProduct,
    ConfigurationError,
    Edition,
    Outcome,
    Published,
    PushResult,
    Refusal,
    Report,
    Setting,
)
from channels.file import places, settings
from channels.file.cells import DoesNotFit
from channels.file.destinations import (
    Address,
    BucketAddress,
    Destination,
    SftpAddress,
    counted,
    read_address,
)
from channels.file.folder import Folder
from channels.file.formats import FeedFormat, JsonLines
from channels.file.google import Google
from channels.file.manifest import WrittenFile, manifest
from channels.file.refusals import MOST_BYTES, read_refusals
from channels.file.tables import CHARSETS, Csv, Xlsx
from channels.media import with_addresses
from channels.targets import SHOP_TARGETS
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession

FORMATS: dict[str, type[FeedFormat[Any]]] = {
    "jsonl": JsonLines,
    "csv": Csv,
    "xlsx": Xlsx,
    "google": Google,
}
MOST_MISFITS = 1000  # products of one edition that are left out; more mean that a setting is wrong

# What another value of changes nothing about what the receiver has.
_NOT_OF_EDITIONS = {"refusals", "refusal_columns", "host_key", "access_key"}


class FileAdapter(ChannelAdapter):
    """Writes everything the channel holds into one file, or what changed into one file each."""

    kind = "file"
    label = "File"
    description = (
        "A file with your products, in a folder, on an SFTP server or in S3: JSON Lines, CSV, "
        "Excel, or a feed for Google Merchant Center."
    )
    settings = settings.SETTINGS
    targets = SHOP_TARGETS
    own_fields = "written"
    publishes: ClassVar[bool] = True
    takes_refusals: ClassVar[bool] = True
    batch_size = 1000  # nothing is sent, so only the size of a transaction counts

    def __init__(self, values: Mapping[str, str], **surroundings: Any) -> None:
        super().__init__(values, **surroundings)
        self._name = self._values["name"]
        self._format = FORMATS[self._values["format"]](self._values, self.titles(self._fields))
        self._destination = self._destination_of(read_address(self._values["destination"]))

    @classmethod
    def clean(cls, values: Mapping[str, str]) -> dict[str, str]:
        cleaned = super().clean(values)
        settings.refuse_what_does_not_go_together(cleaned)
        return cleaned

    @classmethod
    def clean_setting(cls, setting: Setting, value: str) -> str:
        return settings.clean(setting.name, super().clean_setting(setting, value))

    @classmethod
    def file_of(cls, values: Mapping[str, str]) -> str | None:
        values = cls._complete(values)
        ending = FORMATS[values["format"]].ending
        return places.file_of(read_address(values["destination"]), values, ending)

    @classmethod
    def place_of(cls, values: Mapping[str, str]) -> str | None:
        values = cls._complete(values)
        return places.place_of(read_address(values["destination"]), values)

    @classmethod
    def remove_unfinished(cls, values: Mapping[str, str]) -> int:
        values = cls._complete(values)
        address = read_address(values["destination"])
        if not isinstance(address, Path):
            return 0
        return Folder(address).remove_unfinished(values["name"], places.all_names(values))

    @classmethod
    def served_file(cls, values: Mapping[str, str], name: str) -> tuple[Path, str] | None:
        values = cls._complete(values)
        address = read_address(values["destination"])
        if not isinstance(address, Path):
            return None
        format_ = FORMATS[values["format"]]
        if name == manifest_name(values["name"]):
            return address / name, "application/json"
        if not _names(values, format_.ending).fullmatch(name):
            return None
        charset = f"; charset={CHARSETS[values['encoding']]}" if format_ is Csv else ""
        return address / name, f"{format_.content_type}{charset}"

    @classmethod
    def served_names(cls, values: Mapping[str, str]) -> list[str]:
        values = cls._complete(values)
        if not isinstance(read_address(values["destination"]), Path):
            return []
        manifest_ = manifest_name(values["name"])
        if cls.publishes_changes(values):
            return [manifest_]
        return [f"{values['name']}.{FORMATS[values['format']].ending}", manifest_]

    @classmethod
    def wants_media(cls, values: Mapping[str, str]) -> bool:
        return values.get("media") == "ferry"

    @classmethod
    def publishes_changes(cls, values: Mapping[str, str]) -> bool:
        return values.get("content") == settings.CHANGES

    @property
    def edition(self) -> str:
        secret = {setting.name for setting in self.settings if setting.secret}
        told = {
            name: value
            for name, value in sorted(self._values.items())
            if name not in secret and name not in _NOT_OF_EDITIONS
        }
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @property
    def where(self) -> str:
        """The address of the file with all products, for people."""
        return self._destination.where(self._file_name)

    @property
    def _file_name(self) -> str:
        return f"{self._name}.{self._format.ending}"

    def check(self) -> None:
        """Raise ChannelError unless a file can be created at the destination."""
        self._destination.check(self._file_name)

    def push(self, products: Sequence[ChannelProduct], *, idempotency_key: str) -> list[PushResult]:
        """Accept what the format can hold; `publish` writes it."""
        self.check()
        return [self._judge(product) for product in products]

    def withdraw(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        """Accept every key; `publish` leaves it out."""
        self.check()
        return [PushResult(key, Outcome.ACCEPTED) for key in keys]

    def publish(
        self, products: Callable[[], Iterator[ChannelProduct]], edition: Edition | None = None
    ) -> Published:
        """Put the new file in the place of the old one at once; whatever fails leaves the old."""
        edition = edition or Edition()
        misfits = _Misfits()
        now = datetime.now(UTC)
        stem = self._name if edition.removed is None else self._stem(edition, now)
        written = []
        if edition.removed is not None and _has_any(edition.removed):
            # First, so that whoever waits for products finds the removed ones there already.
            removed = f"{stem}.removed"
            written += [self._write(removed, edition, edition.removed, _ignore, "removed")]
        if edition.removed is None or _has_any(products) or not written:
            written += [self._write(stem, edition, products, misfits.add, "products")]
        name = manifest_name(self._name)
        with self._destination.replacement(name, "application/json") as stream:
            stream.write(
                manifest(
                    feed=self._name,
                    number=edition.number,
                    at=now,
                    content=self._values["content"],
                    format_=self._values["format"],
                    files=written,
                )
            )
            edition.announce(name, self._destination.mark(stream))
        last = written[-1]
        return Published(last.name, last.products, last.size, misfits.messages)

    def needs_publishing(self, wrote: Callable[[str, str], bool]) -> bool:
        if self.publishes_changes(self._values):
            return False  # whoever fetched a file may have taken it away
        return not self._destination.is_there(self._file_name, wrote)

    def fetch_refusals(self) -> Report | None:
        if self._values["refusals"] != "beside":
            return None
        return self._destination.read(f"{self._name}.refused.csv", MOST_BYTES + 1)

    def read_refusals(self, report: bytes) -> list[Refusal]:
        return read_refusals(report, self._values)

    def name_in_report(self, product: ChannelProduct, column: str) -> str:
        try:
            return self._format.named(product, column).strip()
        except DoesNotFit:
            return ""

    def _judge(self, product: ChannelProduct) -> PushResult:
        try:
            self._format.render(with_addresses(product))
        except DoesNotFit as error:
            return PushResult(product.key, Outcome.REJECTED, str(error))
        return PushResult(product.key, Outcome.ACCEPTED)

    def _write(
        self,
        stem: str,
        edition: Edition,
        products: Callable[[], Iterator[ChannelProduct]],
        refuse: Callable[[str, str], None],
        holds: str,
    ) -> WrittenFile:
        name = f"{stem}.{self._format.ending}"
        with self._destination.replacement(name, self._format.content_type) as stream:
            count = self._format.write(stream, lambda: map(with_addresses, products()), refuse)
            file = counted(stream)
            edition.announce(name, self._destination.mark(stream))
        return WrittenFile(name, holds, count, file.size, file.sha256)

    def _stem(self, edition: Edition, now: datetime) -> str:
        return f"{self._name}-{now:%Y%m%dT%H%M%SZ}-{edition.number:06d}"

    @classmethod
    def _complete(cls, values: Mapping[str, str]) -> dict[str, str]:
        return {**{setting.name: setting.default for setting in cls.settings}, **values}

    def _destination_of(self, address: Address) -> Destination:
        # Imported where they are needed: each costs every process of the app 20 MB and more.
        if isinstance(address, SftpAddress):
            from channels.file.sftp import Sftp

            return Sftp(
                address,
                policy=self._policy,
                host_key=self._values["host_key"],
                password=self._values["password"],
                private_key=self._values["private_key"],
            )
        if isinstance(address, BucketAddress):
            from channels.file.s3 import S3

            return S3(
                address,
                session=self._session,
                access_key=self._values["access_key"],
                secret_key=self._values["secret_key"],
                region=self._values["region"],
                endpoint=self._values["endpoint"],
            )
        return Folder(address)

    @property
    def _policy(self) -> AddressPolicy:
        session = self._session
        if isinstance(session, GuardedSession):
            return session.policy
        return AddressPolicy(hosts=None)


class _Misfits:
    """Products that were accepted once and fit no more, as after another format was chosen."""

    def __init__(self) -> None:
        self.messages: dict[str, str] = {}

    def add(self, key: str, message: str) -> None:
        self.messages[key] = message
        if len(self.messages) > MOST_MISFITS:
            raise ConfigurationError(
                f"The file was not written: more than {MOST_MISFITS:,} products do not fit, such "
                f"as one for this reason: {message} Correct the channel's settings, or what is "
                "mapped in the PIM."
            )


def manifest_name(name: str) -> str:
    return f"{name}.manifest.json"


def _has_any(products: Callable[[], Iterator[ChannelProduct]]) -> bool:
    return next(products(), None) is not None


def _ignore(key: str, message: str) -> None:
    """What was removed may be left out where it does not fit: it is not there either way."""


def _names(values: Mapping[str, str], ending: str) -> re.Pattern[str]:
    """Which names files of this feed have."""
    name, ending = re.escape(values["name"]), re.escape(ending)
    if values["content"] == settings.CHANGES:
        return re.compile(rf"{name}-[0-9]{{8}}T[0-9]{{6}}Z-[0-9]{{6,}}(\.removed)?\.{ending}")
    return re.compile(rf"{name}\.{ending}")
