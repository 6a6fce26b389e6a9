"""A mail server on loopback: it keeps what it is given, refuses whom it is told to, or hangs up."""

import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend


class Killed(BaseException):
    """What no code of ours catches: as if the process were gone."""


class DyingBackend(EmailBackend):
    """Its process dies right after a mail left, before anything of it is stored."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        super().send_messages(messages)
        raise Killed


@dataclass
class MailServer:
    """`refused`: the answer to RCPT by address. `hangs_up_after`: the word after which it does.

    `disliked`: words of a subject for which it takes no mail.
    """

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    hangs_up_after: str = ""
    disliked: str = ""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        kept: MailServer = self.server.kept  # type: ignore[attr-defined]  # set below
        self._say("220 mail.example.com")
        for line in self.rfile:
            word = line.decode().strip().split(" ")[0].upper()
            if word == "DATA":
                self._say("354 Go on")
                sent = message_from_bytes(self._data())
                if kept.disliked and kept.disliked in str(sent["Subject"]):
                    self._say("554 This looks like spam")
                    continue
                kept.mails.append(sent)
            if word == kept.hangs_up_after:
                return
            self._say(self._answer(kept, word, line.decode()))
            if word == "QUIT":
                return

    def _answer(self, kept: MailServer, word: str, line: str) -> str:
        if word == "RCPT":
            address = line.partition("<")[2].partition(">")[0]
            return kept.refused.get(address, "250 OK")
        return {"QUIT": "221 Bye"}.get(word, "250 OK")

    def _data(self) -> bytes:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        kept = server.kept = MailServer(port=server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
