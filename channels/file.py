"""The `file` channel: a feed of the catalog's products in a folder that somebody fetches."""

import contextlib
import errno
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from channels.base import (
    ChannelAdapter,
    ChannelError,
    ChannelProduct,
    ConfigurationError,
    Outcome,
    PushResult,
    Setting,
    TransientError,
)
from channels.formats import FORMATS, DoesNotFit
from channels.media import MEDIA_SETTING, with_addresses
from channels.targets import SHOP_TARGETS

LEFTOVER_AGE = 3600  # seconds after which nobody can still be writing a temporary file

# Faults of a disk or a network share that may be gone in a minute; all others need a person.
PASSING = {
    errno.EAGAIN,
    errno.EBUSY,
    errno.EINTR,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ESTALE,
    errno.ETIMEDOUT,
}


class FileAdapter(ChannelAdapter):
    """Writes everything the channel holds into one file, which is replaced as a whole."""

    kind = "file"
    label = "File"
    description = "A file with all products, in a folder on the machine where this app runs."
    settings = (
        Setting(
            "destination",
            "Folder",
            "Where the file is written, such as /srv/feeds. It is created if it does not exist.",
            required=True,
            kind="folder",
        ),
        Setting(
            "format",
            "Format",
            "JSON Lines has one product a line with everything in it; CSV has a column a field.",
            default="jsonl",
            kind="choice",
            choices=(("jsonl", "JSON Lines"), ("csv", "CSV")),
        ),
        Setting(
            "name",
            "File name",
            "Without its ending: “products” becomes products.jsonl or products.csv.",
            default="products",
        ),
        MEDIA_SETTING,
    )
    targets = SHOP_TARGETS
    own_fields = "written"
    publishes: ClassVar[bool] = True
    batch_size = 1000  # nothing is sent, so only the size of a transaction counts

    def __init__(self, values: Mapping[str, str], **surroundings: Any) -> None:
        super().__init__(values, **surroundings)
        self._folder = Path(self._values["destination"])
        self._name = self._values["name"]
        self._format = FORMATS[self._values["format"]]
        self.path = self._folder / f"{self._name}.{self._values['format']}"

    @classmethod
    def clean_setting(cls, setting: Setting, value: str) -> str:
        value = value.strip()
        if setting.name == "format" and value in ("xlsx", "google"):
            raise ValueError(f"The format “{value}” comes later. Choose jsonl or csv for now.")
        value = super().clean_setting(setting, value)
        if setting.name == "destination":
            return _clean_folder(value)
        if setting.name == "name" and not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", value):
            raise ValueError(
                "“File name” may have letters without accents, digits, dots, hyphens and "
                "underscores, at most 100, and must not begin with a dot."
            )
        return value

    @classmethod
    def file_of(cls, values: Mapping[str, str]) -> str | None:
        values = {**{setting.name: setting.default for setting in cls.settings}, **values}
        return os.path.join(
            os.path.realpath(values["destination"]), f"{values['name']}.{values['format']}"
        )

    @classmethod
    def wants_media(cls, values: Mapping[str, str]) -> bool:
        return values.get("media") == "ferry"

    def check(self) -> None:
        """Raise ChannelError unless a file can be created in the folder, which is made if need be.

        Tried by creating one: rights alone do not tell about full or read-only disks.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                pass
        except OSError as error:
            raise self._failure(error) from error

    def push(self, products: Sequence[ChannelProduct], *, idempotency_key: str) -> list[PushResult]:
        """Accept what the format can hold; `publish` writes it."""
        self.check()
        return [self._judge(product) for product in products]

    def withdraw(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        """Accept every key; `publish` leaves it out."""
        self.check()
        return [PushResult(key, Outcome.ACCEPTED) for key in keys]

    def publish(self, products: Callable[[], Iterator[ChannelProduct]]) -> None:
        """Put the new file in the place of the old one at once; whatever fails leaves the old."""
        self.check()
        try:
            self._remove_leftovers()
            with self._replacement() as stream:
                self._format.write(stream, lambda: map(with_addresses, products()))
        except OSError as error:
            raise self._failure(error) from error
        except DoesNotFit as error:  # accepted in another format, before the setting changed
            raise ConfigurationError(
                f"{self.path} was not written, because one product does not fit its format: "
                f"{error} Choose another format, or correct the product in the PIM.",
            ) from error

    def needs_publishing(self) -> bool:
        return not os.path.isfile(self.path)  # unlike Path.is_file, quiet about rights

    def _judge(self, product: ChannelProduct) -> PushResult:
        try:
            self._format.check(product)
        except DoesNotFit as error:
            return PushResult(product.key, Outcome.REJECTED, str(error))
        return PushResult(product.key, Outcome.ACCEPTED)

    @contextlib.contextmanager
    def _replacement(self) -> Iterator[BinaryIO]:
        """A file beside the old one that takes its place when the block ends without an error."""
        handle, temporary = tempfile.mkstemp(
            prefix=f".{self._name}.", suffix=".tmp", dir=self._folder
        )
        try:
            with open(handle, "wb") as stream:
                yield stream
                stream.flush()
                os.fchmod(handle, 0o644)  # whoever fetches it is somebody else
                os.fsync(handle)
            os.replace(temporary, self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_folder(self._folder)

    def _remove_leftovers(self) -> None:
        """Remove what writers that were killed left behind."""
        ours = re.compile(rf"\.{re.escape(self._name)}\.[a-z0-9_]{{8}}\.tmp")
        for path in self._folder.iterdir():
            if ours.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):  # another writer was faster
                    if time.time() - path.stat().st_mtime > LEFTOVER_AGE:
                        path.unlink()

    def _failure(self, error: OSError) -> ChannelError:
        reason = os.strerror(error.errno) if error.errno else str(error)
        detail = f"{self.path}: {error!r}"
        if error.errno in PASSING:
            return TransientError(
                f"{self.path} could not be written just now ({reason}).", detail=detail
            )
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "Make room on its disk"
        else:
            advice = "See to it that the app may create files there, or choose another folder"
        return ConfigurationError(
            f"{self.path} could not be written ({reason}). {advice}, then start the sync again.",
            detail=detail,
        )


def _clean_folder(value: str) -> str:
    """The folder's absolute path, so that web and worker mean the same one."""
    if "://" in value:
        scheme = value.partition("://")[0]
        raise ValueError(
            f"“Folder” cannot be an {scheme}:// address yet; that comes later. "
            "Enter a folder on the machine where this app runs, such as /srv/feeds."
        )
    try:
        return str(Path(value).expanduser().absolute())
    except RuntimeError:  # "~somebody" whom this machine does not know
        raise ValueError("“Folder” must be a path on this machine, such as /srv/feeds.") from None


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; some network shares cannot, and need not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
