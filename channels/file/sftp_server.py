"""An SFTP server whose host key is known: reaching it, signing in, and what goes wrong in words."""

import contextlib
import io
import re
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import paramiko

from channels.base import ChannelError, ConfigurationError, TransientError
from channels.file.destinations import SftpAddress
from channels.file.host_keys import read_pins
from channels.file.sftp_names import AnyNames
from channels.wording import plain_text
from outbound.errors import NotSent, TimedOut
from outbound.guard import AddressPolicy
from outbound.sentences import Sentence
from outbound.sockets import open_socket

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 30.0
SLOWEST = 50_000  # bytes a second; a transfer that is slower is given up

_KEYS: tuple[type[paramiko.PKey], ...] = (
    paramiko.Ed25519Key,
    paramiko.ECDSAKey,
    paramiko.RSAKey,
)
_FULL = re.compile(r"space|quota|full", re.IGNORECASE)


class SftpServer(ABC):
    """Each connection is checked anew; nothing is sent before the host key is known."""

    _denied: ClassVar[Sentence]  # what the server does not permit

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

    def _path(self, name: str) -> str:
        return f"{self._address.path.rstrip('/')}/{name}"

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
            raise self._unusable(self._denied, error) from error
        except FileNotFoundError as error:
            raise self._unusable(Sentence("the server has no such folder"), error) from error
        except (OSError, EOFError, UnicodeError, paramiko.SSHException) as error:
            raise self._fault(error) from error

    @abstractmethod
    def _needs_a_person(self, why: Sentence) -> Sentence:
        """What somebody has to do at the server, and why."""

    def _unusable(self, why: Sentence, error: Exception) -> ConfigurationError:
        return ConfigurationError(
            self._needs_a_person(why), detail=f"{self._address.host}: {self._said(error)}"
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
