"""The kinds of failure, decided in one place (the table "Failures" of the design).

Every error carries two texts: `message`, one or two sentences for the person who will fix it,
safe to show; and `detail` for the log. Neither may ever hold a secret.
"""

from enum import StrEnum
from typing import ClassVar


class FailureKind(StrEnum):
    TRANSIENT = "transient"  # try again, later
    CONFIGURATION = "configuration"  # a person must act before anything else is tried
    PRODUCT = "product"  # this one product is refused; its neighbours go on
    INTERNAL = "internal"  # our fault


class OutboundError(Exception):
    """A call to the outside failed. Raise one of the subclasses."""

    kind: ClassVar[FailureKind] = FailureKind.INTERNAL

    def __init__(self, message: str, *, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.retry_after = retry_after  # seconds the other side asked us to wait


class TransientError(OutboundError):
    kind = FailureKind.TRANSIENT


class NotSent(TransientError):
    """The call failed before anything of it was sent: trying again cannot double anything."""


class TimedOut(TransientError):
    """The other side was reached and did not answer in time; it may have done what was asked."""


class ConfigurationError(OutboundError):
    kind = FailureKind.CONFIGURATION
    # Whether the other side said so, and will of every call until somebody acts: known to whoever
    # called it. None: nobody has said.
    is_refusal: bool | None = None


class AddressRefused(ConfigurationError):
    """The address guard does not allow this URL, or what its host resolves to."""


class CertificateInvalid(ConfigurationError):
    """The other side does not prove that it is the host that was called."""


class AnswerTooLarge(ConfigurationError):
    """The answer is bigger than the session accepts; reading stopped there."""


class ProductError(OutboundError):
    kind = FailureKind.PRODUCT


def kind_of_status(status: int) -> FailureKind:
    """What an HTTP status of 400 and above means for a call about several products."""
    if status in (408, 425, 429) or status >= 500:
        return FailureKind.TRANSIENT
    return FailureKind.CONFIGURATION
