"""A real SFTP server on loopback, whose files and faults a test decides about."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER = "ferry"


@dataclass
class SftpServer:
    """`faults`: what it does wrong at present; `password` is what it accepts."""

    root: Path
    password: str
    host_key: asyncssh.SSHKey
    client_key: asyncssh.SSHKey
    port: int = 0
    faults: set[str] = field(default_factory=set)
    signed_in: int = 0
    clock: float | None = None  # what it dates new files by, if not by the machine's
    asked_to_sign_in: int = 0
    loop: asyncio.AbstractEventLoop | None = None
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    def hang_up(self) -> None:
        """End all connections, as a server does with those that are quiet for long."""
        assert self.loop is not None
        for one in self.connections:
            self.loop.call_soon_threadsafe(one.abort)

    @property
    def fingerprint(self) -> str:
        return self.host_key.get_fingerprint()

    @property
    def public_key(self) -> str:
        return self.host_key.export_public_key().decode().strip()

    def address(self, path: str = "/feeds") -> str:
        return f"sftp://{USER}@127.0.0.1:{self.port}{path}"


def _login(server: SftpServer) -> type[asyncssh.SSHServer]:
    class Login(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            server.connections.append(conn)
            if "closed" in server.faults:
                conn.abort()

        def begin_auth(self, username: str) -> bool:
            server.asked_to_sign_in += 1
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return username == USER and password == server.password

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            wanted = server.client_key.public_data
            return username == USER and key.public_data == wanted

        def auth_completed(self) -> None:
            server.signed_in += 1

    return Login


def _files(server: SftpServer) -> type[asyncssh.SFTPServer]:
    class Files(asyncssh.SFTPServer):
        def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
            super().__init__(chan, chroot=str(server.root).encode())

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
            if "forbidden" in server.faults and pflags & asyncssh.FXF_WRITE:
                raise asyncssh.SFTPPermissionDenied("not here")
            if "secret" in server.faults and pflags & asyncssh.FXF_READ:
                raise asyncssh.SFTPPermissionDenied("not yours")
            return super().open(path, pflags, attrs)

        def fstat(self, file_obj: Any) -> Any:
            if server.clock is not None and file_obj.writable():
                os.utime(file_obj.fileno(), (server.clock, server.clock))
            return super().fstat(file_obj)

        def write(self, file_obj: object, offset: int, data: bytes) -> Any:
            if "cut" in server.faults:
                self.channel.get_connection().abort()
            if "full" in server.faults:
                raise asyncssh.SFTPFailure("No space left on device")
            return super().write(file_obj, offset, data)

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
            if "cut-at-renaming" in server.faults:
                self.channel.get_connection().abort()
                raise asyncssh.SFTPConnectionLost("gone")
            if "no-posix-rename" in server.faults:
                raise asyncssh.SFTPOpUnsupported("Operation unsupported")
            return super().posix_rename(oldpath, newpath)

    return Files


@contextlib.contextmanager
def running_sftp(
    root: Path, *, password: str, key_type: str = "ssh-ed25519"
) -> Iterator[SftpServer]:
    """A server that shows `root` as its own root folder."""
    server = SftpServer(
        root,
        password,
        asyncssh.generate_private_key(key_type),
        asyncssh.generate_private_key("ssh-ed25519"),
    )
    loop = server.loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            _login(server),
            "127.0.0.1",
            0,
            server_host_keys=[server.host_key],
            sftp_factory=_files(server),
        )

    async def close(acceptor: asyncssh.SSHAcceptor) -> None:
        acceptor.close()
        await acceptor.wait_closed()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    server.port = acceptor.get_port()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(close(acceptor), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
