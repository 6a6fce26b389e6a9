"""Feeds on an SFTP server whose host key is known."""

import contextlib
import io
import re
import secrets
import socket
import time
from collections.abc import Iterator
from typing import BinaryIO

import paramiko

from channels.base import ChannelError, ConfigurationError, Report, TransientError
from channels.file.destinations import Destination, SftpAddress, age_of, local_file
from channels.file.host_keys import read_pins
from channels.file.places import begun_as
from channels.file.sftp_names import AnyNames
from channels.wording import plain_text
from outbound.errors import NotSent, TimedOut
from outbound.guard import AddressPolicy
from outbound.sentences import Sentence
from outbound.sockets import open_socket

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 30.0
SLOWEST = 50_000  # bytes a second; an upload that is slower is given up
LEFTOVER_AGE = 86_400  # seconds; the server's clock may be another one

_PIECE = 256 * 1024

_KEYS: tuple[type[paramiko.PKey], ...] = (
    paramiko.Ed25519Key,
    paramiko.ECDSAKey,
    paramiko.RSAKey,
)
_FULL = re.compile(r"space|quota|full", re.IGNORECASE)


class Sftp(Destination):
    """Each operation is a connection of its own; nothing is sent before the host key is known."""

    def __init__(
        self,
        address: SftpAddress,
        *,
        policy: AddressPolicy,
        host_key: str,
        password: str,
        private_key: str,
    ) -> None:
        self._address = address
        self._policy = policy
        self._pins = read_pins(host_key)
        self._password = password
        self._private_key = private_key

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

    def _path(self, name: str) -> str:
        return f"{self._address.path.rstrip('/')}/{name}"

    def _temporary(self, name: str) -> str:
        return self._path(f".{name}.{secrets.token_hex(4)}.tmp")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[paramiko.SFTPClient]:
        with self._told(), contextlib.closing(self._transport()) as transport:
            transport.start_client(timeout=CONNECT_SECONDS)
            self._compare(transport.get_remote_server_key())
            self._authenticate(transport)
            client = AnyNames.from_transport(transport)
            if client is None:
                raise EOFError
            channel = client.get_channel()
            if channel is not None:
                channel.settimeout(ANSWER_SECONDS)
            yield client

    def _transport(self) -> paramiko.Transport:
        """A connection to an address that the guard allows, on which nothing was said yet."""
        host, port = self._address.host, self._address.port
        self._policy.check_host("sftp", host, port)
        try:
            connection = open_socket(self._policy, host, port, timeout=CONNECT_SECONDS)
        except socket.gaierror:
            raise NotSent(
                f"The host name {host} could not be found. Check its spelling; if it is right, the "
                "network is at fault and it will be tried again."
            ) from None
        except OSError as error:
            raise NotSent(
                f"{host} could not be reached at port {port}.", detail=f"{host}: {error!r}"
            ) from error
        transport = paramiko.Transport(connection)
        transport.banner_timeout = transport.handshake_timeout = CONNECT_SECONDS
        transport.auth_timeout = transport.channel_timeout = ANSWER_SECONDS
        _prefer(transport, [pin.key_type for pin in self._pins if pin.key_type])
        return transport

    def _compare(self, key: paramiko.PKey) -> None:
        """Raise ConfigurationError unless it is the server that a person has looked at."""
        shown = f"{key.fingerprint} ({key.get_name()})"
        if not self._pins:
            raise ConfigurationError(
                Sentence(
                    "%(host)s shows the host key %(key)s. Ask whoever runs the server whether it "
                    "is theirs, then enter it as “Host key”. Nothing was sent.",
                    host=self._address.host,
                    key=shown,
                )
            )
        if key.fingerprint not in [pin.fingerprint for pin in self._pins]:
            raise ConfigurationError(
                Sentence(
                    "%(host)s shows another host key than the one that is set: %(key)s. Somebody "
                    "may be in between, so nothing was sent. Ask whoever runs the server, and "
                    "enter the new key as “Host key” only if it is theirs.",
                    host=self._address.host,
                    key=shown,
                )
            )

    def _authenticate(self, transport: paramiko.Transport) -> None:
        user = self._address.user
        try:
            if self._private_key:
                transport.auth_publickey(user, read_private_key(self._private_key, self._password))
            else:
                transport.auth_password(user, self._password)
        except paramiko.AuthenticationException as error:
            if type(error) is paramiko.AuthenticationException and "failed." not in str(error):
                raise paramiko.SSHException(str(error)) from error  # cut off, or too slow
            raise ConfigurationError(
                self._not_accepted(user),
                detail=f"{self._address.host}: {type(error).__name__}",
            ) from None
        if not transport.is_authenticated():
            raise ConfigurationError(
                Sentence(
                    "%(host)s wants more than a password or a key of “%(user)s”. This app can sign "
                    "in with one of them only.",
                    host=self._address.host,
                    user=user,
                )
            )

    def _not_accepted(self, user: str) -> Sentence:
        if self._private_key:
            return Sentence(
                "%(host)s does not accept the user “%(user)s” with this private key. Check both, "
                "and whether the server takes this way to sign in.",
                host=self._address.host,
                user=user,
            )
        return Sentence(
            "%(host)s does not accept the user “%(user)s” with this password. Check both, and "
            "whether the server takes this way to sign in.",
            host=self._address.host,
            user=user,
        )

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Say in words what the server and the network say."""
        try:
            yield
        except ChannelError:
            raise
        except TimeoutError as error:
            raise TimedOut(
                Sentence("%(host)s did not answer in time.", host=self._address.host)
            ) from error
        except PermissionError as error:
            why = Sentence("the server does not permit to write there")
            raise self._needs_a_person(why, error) from error
        except FileNotFoundError as error:
            why = Sentence("the server has no such folder")
            raise self._needs_a_person(why, error) from error
        except (OSError, EOFError, UnicodeError, paramiko.SSHException) as error:
            raise self._fault(error) from error

    def _needs_a_person(self, why: Sentence, error: Exception) -> ConfigurationError:
        return ConfigurationError(
            Sentence(
                "%(address)s cannot be used: %(why)s. See to it that “%(user)s” may create, rename "
                "and remove files in that folder, then start the sync again.",
                address=str(self._address),
                why=why,
                user=self._address.user,
            ),
            detail=f"{self._address.host}: {self._said(error)}",
        )

    def _fault(self, error: Exception) -> ChannelError:
        said = self._said(error)
        if isinstance(error, OSError) and _FULL.search(said):
            return ConfigurationError(
                Sentence(
                    "%(host)s has no room for the file (%(said)s). Make room there, then start the "
                    "sync again.",
                    host=self._address.host,
                    said=said,
                )
            )
        in_brackets = f" ({said})" if said else ""
        return TransientError(
            Sentence(
                "The connection to %(host)s broke, or it refused for now%(said)s.",
                host=self._address.host,
                said=in_brackets,
            ),
            detail=f"{self._address.host}: {type(error).__name__}",
        )

    def _said(self, error: Exception) -> str:
        return plain_text(str(error), 200, secret=self._password)


def _ask_why(client: paramiko.SFTPClient, path: str) -> None:
    """Write a little more: what a server says about one of many writes under way gets lost.

    Raises what it says, if it says it again.
    """
    with client.file(path, "ab") as stream:
        stream.write(b"\0" * 32_768)


def _prefer(transport: paramiko.Transport, types: list[str]) -> None:
    """Ask for a key of a type that is known, where the server has several."""
    options = transport.get_security_options()
    offered = tuple(options.key_types)
    if "ssh-rsa" in types:
        types = [*types, "rsa-sha2-512", "rsa-sha2-256"]
    known = [one for one in offered if one in types]
    options.key_types = (*known, *(one for one in offered if one not in known))


def read_private_key(entered: str, passphrase: str) -> paramiko.PKey:
    """Read a private key in one of the formats of OpenSSH. Raises ConfigurationError."""
    for kind in _KEYS:
        try:
            return kind.from_private_key(io.StringIO(entered), password=passphrase or None)
        except paramiko.PasswordRequiredException:
            raise ConfigurationError(
                Sentence("The private key is locked with a passphrase. Enter it as “Password”.")
            ) from None
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            continue  # a key of another kind, or none
    raise ConfigurationError(
        Sentence(
            "The private key cannot be read: it must be an Ed25519, ECDSA or RSA key as OpenSSH "
            "writes them, complete, and “Password” its passphrase if it has one."
        )
    )
