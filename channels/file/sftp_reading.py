"""Files that are fetched from an SFTP server whose host key is known."""

import contextlib
import itertools
import time
from collections.abc import Iterator
from typing import BinaryIO

import paramiko

from channels.file.sftp_server import ANSWER_SECONDS, SLOWEST, SftpServer
from outbound.sentences import Sentence

_AT_A_TIME = 256 * 1024
# More requests at once are no faster, and some servers cut the connection.
_ANSWERS_AHEAD = 64


class SftpReading(SftpServer):
    """Lists and fetches. Like a destination it raises ChannelError and nothing else of its own."""

    _denied = Sentence("the server does not permit to read there")
    _stack: contextlib.ExitStack | None = None  # of the connection that is held open
    _client: paramiko.SFTPClient | None = None

    @contextlib.contextmanager
    def held_open(self) -> Iterator[None]:
        """Let what is done meanwhile share a connection; one that breaks is followed by another."""
        with contextlib.ExitStack() as self._stack:
            try:
                yield
            finally:
                self._client = None
        self._stack = None

    @contextlib.contextmanager
    def _connected(self) -> Iterator[paramiko.SFTPClient]:
        if self._stack is None:
            with super()._connected() as client:
                yield client
            return
        with self._told():
            if self._client is None:
                self._client = self._stack.enter_context(super()._connected())
            try:
                yield self._client
            except BaseException:
                self._client = None
                self._stack.close()
                raise

    def listed(self, limit: int) -> list[tuple[str, int, int]]:
        """Name, bytes and date (nanoseconds since 1970) of each plain file; links are left out.

        Ends after so many entries of the folder, of whatever kind.
        """
        with self._connected() as client:
            entries = itertools.islice(client.listdir_iter(self._address.path), limit)
            return [
                (one.filename, one.st_size or 0, (one.st_mtime or 0) * 10**9)
                for one in entries
                if _is_plain(one.st_mode)
            ]

    def fetch(self, name: str, into: BinaryIO, most: int) -> tuple[int, int] | None:
        """Copy a file, up to so many bytes; return its size and date, None if it is gone."""
        with self._connected() as client:
            try:
                with client.file(self._path(name), "rb") as stream:
                    found = stream.stat()
                    size = min(found.st_size or 0, most)
                    stream.prefetch(size, _ANSWERS_AHEAD)
                    for piece in _pieces(stream, size):
                        into.write(piece)
            except FileNotFoundError:
                return None
            now = client.stat(self._path(name))
        return now.st_size or 0, (now.st_mtime or 0) * 10**9

    def _needs_a_person(self, why: Sentence) -> Sentence:
        return Sentence(
            "%(address)s cannot be read: %(why)s. See to it that “%(user)s” may list that folder "
            "and read its files.",
            address=str(self._address),
            why=why,
            user=self._address.user,
        )


def _is_plain(mode: int | None) -> bool:
    """Servers that tell nothing of what a name is are believed to have files."""
    return mode is None or mode & 0o170000 in (0, 0o100000)


def _pieces(stream: paramiko.SFTPFile, size: int) -> Iterator[bytes]:
    deadline = time.monotonic() + ANSWER_SECONDS + size / SLOWEST
    left = size
    while left and (piece := stream.read(min(_AT_A_TIME, left))):
        yield piece
        left -= len(piece)
        if time.monotonic() > deadline:
            raise TimeoutError("the download took too long")
