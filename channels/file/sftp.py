"""Feeds on an SFTP server whose host key is known."""

import contextlib
import io
import secrets
import time
from collections.abc import Iterator
from typing import BinaryIO

import paramiko

from channels.base import ConfigurationError, Report
from channels.file.destinations import Destination, age_of, local_file
from channels.file.places import begun_as
from channels.file.sftp_server import ANSWER_SECONDS, SLOWEST, SftpServer
from outbound.sentences import Sentence

LEFTOVER_AGE = 86_400  # seconds; the server's clock may be another one

_PIECE = 256 * 1024


class Sftp(SftpServer, Destination):
    """Each operation is a connection of its own."""

    _denied = Sentence("the server does not permit to write there")

    def where(self, name: str) -> str:
        return f"{str(self._address).rstrip('/')}/{name}"

    def check(self, name: str) -> None:
        """Make the folder if need be, create a file there and remove it."""
        with self._connected() as client:
            self._make_folder(client)
            temporary = self._temporary(name)
            client.file(temporary, "wb").close()
            client.remove(temporary)

    @contextlib.contextmanager
    def replacement(self, name: str, content_type: str) -> Iterator[BinaryIO]:
        with local_file() as stream:
            yield stream
            size = stream.seek(0, io.SEEK_END)
            stream.seek(0)
            with self._connected() as client:
                self._make_folder(client)
                self._remove_leftovers(client, name)
                self._put(client, stream, size, name)

    def read(self, name: str, limit: int) -> Report | None:
        with self._connected() as client:
            try:
                with client.file(self._path(name), "rb") as stream:
                    changed = stream.stat().st_mtime
                    content = self._read(stream, limit)
            except FileNotFoundError:
                return None
            now = self._clock(client, name)
        return Report(content, 0 if changed is None or now is None else age_of(now, changed))

    def _read(self, stream: paramiko.SFTPFile, limit: int) -> bytes:
        """At most so many bytes, from a server that may be in no hurry to give them."""
        deadline = time.monotonic() + ANSWER_SECONDS + limit / SLOWEST
        pieces, size = [], 0
        while size < limit and (piece := stream.read(min(_PIECE, limit - size))):
            pieces.append(piece)
            size += len(piece)
            if time.monotonic() > deadline:
                raise TimeoutError("the download took too long")
        return b"".join(pieces)

    def _clock(self, client: paramiko.SFTPClient, name: str) -> float | None:
        """What time the server believes it is: its clock dates the files there."""
        temporary = self._temporary(name)
        with client.file(temporary, "wb") as stream:
            now = stream.stat().st_mtime
        client.remove(temporary)
        return now

    def _put(self, client: paramiko.SFTPClient, stream: BinaryIO, size: int, name: str) -> None:
        temporary = self._temporary(name)
        deadline = time.monotonic() + ANSWER_SECONDS + size / SLOWEST

        def look_at_the_clock(sent: int, of: int) -> None:
            if time.monotonic() > deadline:
                raise TimeoutError("the upload took too long")

        try:
            try:
                client.putfo(stream, temporary, size, look_at_the_clock)
            except OSError as error:
                if "size mismatch" in str(error):
                    _ask_why(client, temporary)
                raise
            self._rename(client, temporary, self._path(name))
        except BaseException:
            # A connection that is gone removes nothing; the next writer does.
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                client.remove(temporary)
            raise

    def _rename(self, client: paramiko.SFTPClient, old: str, new: str) -> None:
        try:
            client.posix_rename(old, new)
        except (FileNotFoundError, PermissionError):
            raise
        except OSError as error:
            if "unsupported" not in str(error).lower():
                raise
            self._rename_plainly(client, old, new)

    def _rename_plainly(self, client: paramiko.SFTPClient, old: str, new: str) -> None:
        """For servers without OpenSSH's extension: they cannot put a file in another's place."""
        with contextlib.suppress(FileNotFoundError):
            client.stat(new)
            raise ConfigurationError(
                Sentence(
                    "%(host)s cannot replace a file in one step (posix-rename), so the old one "
                    "stays. Choose “Only changes”, which writes new files, or another server.",
                    host=self._address.host,
                )
            )
        client.rename(old, new)

    def _remove_leftovers(self, client: paramiko.SFTPClient, name: str) -> None:
        """Remove what writers that were killed left behind, as far as that is allowed."""
        ours = begun_as(name, r"\.[0-9a-f]{8}\.tmp")
        before = time.time() - LEFTOVER_AGE
        with contextlib.suppress(PermissionError):
            # Not listdir_iter: it loses answers when something is asked in between.
            for entry in client.listdir_attr(self._address.path):
                if ours.fullmatch(entry.filename) and (entry.st_mtime or before) < before:
                    with contextlib.suppress(FileNotFoundError):
                        client.remove(self._path(entry.filename))

    def _make_folder(self, client: paramiko.SFTPClient) -> None:
        try:
            client.stat(self._address.path)
        except FileNotFoundError:
            path = ""
            for part in self._address.path.strip("/").split("/"):
                path = f"{path}/{part}"
                try:
                    client.stat(path)
                except FileNotFoundError:
                    client.mkdir(path)

    def _temporary(self, name: str) -> str:
        return self._path(f".{name}.{secrets.token_hex(4)}.tmp")

    def _needs_a_person(self, why: Sentence) -> Sentence:
        return Sentence(
            "%(address)s cannot be used: %(why)s. See to it that “%(user)s” may create, rename "
            "and remove files in that folder, then start the sync again.",
            address=str(self._address),
            why=why,
            user=self._address.user,
        )


def _ask_why(client: paramiko.SFTPClient, path: str) -> None:
    """Write a little more: what a server says about one of many writes under way gets lost.

    Raises what it says, if it says it again.
    """
    with client.file(path, "ab") as stream:
        stream.write(b"\0" * 32_768)
