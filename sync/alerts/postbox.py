"""The mail server: one connection for many mails, and what its answers mean."""

import logging
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.core.mail import get_connection

from sync.alerts.addresses import can_be_written_to
from sync.alerts.mail import mail_for
from sync.models import AlertMessage

logger = logging.getLogger(__name__)

_REFUSED_FOR_GOOD = 500  # SMTP: from here on trying again changes nothing (RFC 5321, 4.2.1)

_FAULT = "Something went wrong inside Ferry."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How sending went. `is_final`: this receiver will never take it. `is_down`: nobody would."""

    problem: str = ""
    is_final: bool = False
    is_down: bool = False
    retry_after: float | None = None  # seconds that the receiver asked us to wait

    @property
    def is_sent(self) -> bool:
        return not self.problem


class Postbox:
    """Sends mails by one connection, which is opened with the first."""

    def __init__(self) -> None:
        self._connection: Any = get_connection()

    def send(self, messages: Sequence[AlertMessage]) -> Outcome:
        """Send the one mail that carries these messages."""
        try:
            mail = mail_for(messages)
        except Exception:  # a fault of ours: this mail waits, the others go out
            logger.exception("Alert %s cannot be written", messages[0].pk)
            return Outcome(_FAULT)
        if not all(map(can_be_written_to, mail.to)):
            return Outcome("No mail can be written to this address.", is_final=True)
        mail.connection = self._connection
        try:
            mail.send()
        except ValueError:  # of a header that Django does not take, such as a sender's
            logger.exception("Alert %s cannot be sent", messages[0].pk)
            return Outcome(_FAULT)
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(error)
        except (smtplib.SMTPException, OSError) as error:
            if isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= _REFUSED_FOR_GOOD:
                # Of what is in it, not of who asks: the next mail may be taken. It is tried again
                # all the same, as some servers mean something else by it that passes.
                said = _one_line(error.smtp_error)
                return Outcome(f"The mail server refused this mail: {error.smtp_code} {said}")
            logger.warning("Mail cannot be sent: %s", type(error).__name__)
            return Outcome(_words(error), is_down=True)
        return Outcome()

    def close(self) -> None:
        with suppress(smtplib.SMTPException, OSError):
            self._connection.close()


@contextmanager
def open_postbox() -> Iterator[Postbox]:
    box = Postbox()
    try:
        yield box
    finally:
        box.close()


def _refused(error: smtplib.SMTPRecipientsRefused) -> Outcome:
    code, said = next(iter(error.recipients.values()), (0, b""))
    return Outcome(
        f"The mail server refused this address: {code} {_one_line(said)}",
        is_final=code >= _REFUSED_FOR_GOOD,
    )


def _one_line(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]


def _words(error: Exception) -> str:
    """Say what failed without what the server was told: that may hold a password."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "The mail server refused the name or password in EMAIL_URL."
    if isinstance(error, smtplib.SMTPSenderRefused):
        return "The mail server refused the sender, DEFAULT_FROM_EMAIL."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server answered {error.smtp_code}."
    return "The mail server cannot be reached, or broke off."
