"""Where feeds go: what every destination does, and which one an address means."""

import contextlib
import errno
import hashlib
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import SplitResult, unquote, urlsplit

from channels.base import ChannelError, ConfigurationError, Report, TransientError
from outbound.hosts import canonical_host, written_host
from outbound.sentences import Sentence

SFTP_PORT = 22

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


SLACK = 1.0  # seconds; many clocks of files know whole ones only


def age_of(now: float, changed: float) -> float:
    """How old a file is at least."""
    return max(0.0, now - changed - SLACK)


class Destination(ABC):
    """A place for files. Its methods raise ChannelError and nothing else of their own."""

    @abstractmethod
    def where(self, name: str) -> str:
        """The address of a file, for people."""

    @abstractmethod
    def check(self, name: str) -> None:
        """Raise ChannelError unless files such as `name` can be made; leave nothing behind."""

    @abstractmethod
    def replacement(self, name: str, content_type: str) -> AbstractContextManager[BinaryIO]:
        """A file to write that takes the place of `name` when the block ends without an error.

        Whatever fails leaves the old one whole.
        """

    @abstractmethod
    def read(self, name: str, limit: int) -> Report | None:
        """The first `limit` bytes of a file, and its age; None if there is none."""

    def mark(self, stream: BinaryIO) -> str:
        """The mark that a file will have which is written and has not taken its place yet.

        Only of files on this machine.
        """
        return ""

    def is_there(self, name: str, wrote: Callable[[str, str], bool]) -> bool:
        """Whether a file is there that this channel `wrote`.

        As far as that can be told without asking another machine: whoever fetches from there may
        take the file away, and is right to.
        """
        return True


@dataclass(frozen=True, slots=True)
class SftpAddress:
    user: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        port = "" if self.port == SFTP_PORT else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"sftp://{self.user}@{host}{port}{self.path}"


@dataclass(frozen=True, slots=True)
class BucketAddress:
    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


Address = Path | SftpAddress | BucketAddress


def read_address(entered: str) -> Address:
    """What a destination means; raises ValueError with a sentence that repeats no password."""
    scheme, there_is_one, _ = entered.partition("://")
    if not there_is_one:
        return _read_folder(entered)
    if scheme not in ("sftp", "s3"):
        raise ValueError(
            Sentence(
                "“Destination” cannot be an address that begins with %(scheme)s://. "
                "Enter a folder such as /srv/feeds, an address such as "
                "sftp://user@files.example.com/in, or s3://bucket/prefix.",
                scheme=scheme[:20],
            )
        )
    try:
        parts = urlsplit(entered)
        return _read_sftp(parts) if scheme == "sftp" else _read_bucket(parts)
    except _Wrong as wrong:
        raise ValueError(wrong.args[0]) from None
    except ValueError:
        raise ValueError(Sentence("“Destination” is not an address that can be read.")) from None


class _Wrong(Exception):
    """The end of a sentence that begins with the setting's label."""


def _read_folder(entered: str) -> Path:
    """The folder's absolute path, so that web and worker mean the same one."""
    try:
        return Path(entered).expanduser().absolute()
    except RuntimeError:  # "~somebody" whom this machine does not know
        raise ValueError(
            Sentence("“Destination” must be a path on this machine, such as /srv/feeds.")
        ) from None


def _read_sftp(parts: SplitResult) -> SftpAddress:
    if parts.password is not None:
        raise _Wrong(
            Sentence("“Destination” must not contain a password: it is a setting of its own.")
        )
    if not parts.username or not parts.hostname:
        raise _Wrong(
            Sentence(
                "“Destination” must name a user and a host, such as "
                "sftp://user@files.example.com/in."
            )
        )
    if parts.query or parts.fragment or parts.port == 0:
        raise _Wrong(Sentence("“Destination” must not contain “?” or “#”, or port 0."))
    written = written_host(parts).rpartition("@")[2]
    try:
        host = canonical_host(written)
    except ValueError as error:
        raise _Wrong(
            Sentence(
                "“Destination” has a host that cannot be used: %(reason)s.", reason=error.args[0]
            )
        ) from None
    path = unquote(parts.path).rstrip("/") or "/"
    if "\0" in path or ".." in path.split("/"):
        raise _Wrong(Sentence("“Destination” must not contain “..”."))
    return SftpAddress(unquote(parts.username), host, parts.port or SFTP_PORT, path)


def _read_bucket(parts: SplitResult) -> BucketAddress:
    if parts.query or parts.fragment or not parts.netloc or "@" in parts.netloc:
        raise _Wrong(
            Sentence("“Destination” must be a bucket and a prefix, such as s3://bucket/feeds.")
        )
    prefix = unquote(parts.path).strip("/")
    if not prefix.isascii() or ".." in prefix.split("/"):
        raise _Wrong(
            Sentence(
                "“Destination” has a prefix that cannot be used: letters without accents, please."
            )
        )
    return BucketAddress(parts.netloc, f"{prefix}/" if prefix else "")


@contextlib.contextmanager
def local_file() -> Iterator[BinaryIO]:
    """A file on this machine for what is then sent to another; it has no name and goes away."""
    what, place = Sentence("The feed"), Sentence("the folder for temporary files")
    with disk_faults(what, place), tempfile.TemporaryFile() as it:
        yield it


@contextlib.contextmanager
def disk_faults(what: str, place: str) -> Iterator[None]:
    """Say in words what the disk says."""
    try:
        yield
    except OSError as error:
        raise disk_fault(what, place, error) from error


def disk_fault(what: str, place: str, error: OSError) -> ChannelError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    detail = f"{what}: {error!r}"
    if error.errno in PASSING:
        said = Sentence(
            "%(what)s could not be written just now (%(reason)s).", what=what, reason=reason
        )
        return TransientError(said, detail=detail)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        said = Sentence(
            "%(what)s could not be written (%(reason)s). Make room on its disk, then start the "
            "sync again.",
            what=what,
            reason=reason,
        )
    else:
        said = Sentence(
            "%(what)s could not be written (%(reason)s). See to it that the app may create files "
            "in %(place)s, or choose another folder, then start the sync again.",
            what=what,
            reason=reason,
            place=place,
        )
    return ConfigurationError(said, detail=detail)


@dataclass(slots=True)
class Counted:
    """What a file turned out to be."""

    size: int
    sha256: str


def counted(stream: BinaryIO) -> Counted:
    """Read a file that was written, from its beginning; leaves it at its end."""
    stream.flush()
    stream.seek(0)
    digest = hashlib.sha256()
    while piece := stream.read(64 * 1024):
        digest.update(piece)
    return Counted(stream.tell(), digest.hexdigest())
