"""What can go wrong with a PIM, each in words for the person who can do something about it."""

from collections.abc import Sequence
from typing import ClassVar

from outbound.errors import ConfigurationError, ProductError, TransientError


class Unauthorized(ConfigurationError):
    """401: the token is not accepted any more. Only a new authorization helps.

    `disconnected` tells that somebody removed the app in the PIM; otherwise the token was replaced
    (a manager approved other scopes) or the PIM was reset (pim-contract.md 1.5, 1.9).
    """

    def __init__(self, host: str, *, disconnected: bool = False, detail: str = "") -> None:
        self.disconnected = disconnected
        if disconnected:
            message = (
                f"The app has been disconnected from {host}. "
                "To go on, connect again from the PIM, under Connect."
            )
        else:
            message = (
                f"{host} no longer accepts this app's authorization. "
                "Connect again: open the app from the PIM, under Connect."
            )
        super().__init__(message, detail=detail)


class Forbidden(ConfigurationError):
    """403: a permission is missing."""

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        super().__init__(
            f"{host} does not allow the app to do this{_quote(said)}. Ask somebody who manages "
            "apps in the PIM to open the app and approve the permissions it asks for.",
            detail=detail,
        )


class NotFound(ConfigurationError):
    """404: it does not exist, or the app may not see it; the PIM does not tell which."""

    sentence: ClassVar[str] = (
        "{host} does not have what was asked for, or the app may not see it{said}. "
        "Check it in the PIM and the app's permissions there."
    )

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        self.said = said
        super().__init__(self.sentence.format(host=host, said=_quote(said)), detail=detail)


class CatalogGone(NotFound):
    """The catalog is another app's, or no longer exists: who reconnects has lost its catalogs."""

    sentence = (
        "The catalog no longer exists in {host}. It is gone after the app was disconnected "
        "or the catalog deleted there: create it again in this app."
    )


class CatalogDisabled(ConfigurationError):
    """200 with an error in place of products: somebody, or the PIM itself, disabled the catalog.

    It says nothing about products: never take it for an empty catalog (pim-contract.md 2.3).
    """

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        super().__init__(
            f"The catalog is not enabled in {host}. "
            "Open it in the PIM, check its selection and mapping, and enable it.",
            detail=detail or said,
        )


class NoMappingSchema(ConfigurationError):
    """Mapped products were asked of a catalog that has no product mapping schema."""

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        super().__init__(
            f"The catalog in {host} has no mapping schema, so it cannot map products. "
            "Create a new catalog in this app and map it in the PIM.",
            detail=detail or said,
        )


class ValidationFailed(ConfigurationError):
    """422: the PIM does not accept what was sent. `errors` are pairs of property and message.

    `limit_reached` tells that the app already has all the catalogs it may have, `schema_too_new`
    that the PIM does not know the version a mapping schema is written in.
    """

    def __init__(
        self,
        host: str,
        said: str = "",
        errors: Sequence[tuple[str, str]] = (),
        *,
        detail: str = "",
    ) -> None:
        self.errors = tuple(errors)
        reasons = " ".join(dict.fromkeys(message for _, message in self.errors)) or said
        # The number differs between PIMs, and so may the words around it (pim-contract.md 2.2).
        # So says a PIM that is older than the meta-schema of a mapping schema (2.5).
        self.schema_too_new = "valid $schema reference" in reasons
        self.limit_reached = "up to" in reasons.lower() and "catalog" in reasons.lower()
        self.said = said
        if self.limit_reached:
            message = (
                f"{host} has as many catalogs for this app as it allows{_quote(reasons)}. "
                "Delete one that is no longer needed, then try again."
            )
        else:
            message = f"{host} did not accept this{_quote(reasons)}. Correct it and try again."
        super().__init__(message, detail=detail)


class RequestRefused(ConfigurationError):
    """Any other 4xx, or a lasting redirection: repeating the call would not help."""

    def __init__(self, host: str, said: str = "", *, status: int, detail: str = "") -> None:
        self.status = status
        super().__init__(
            f"{host} refused a request with status {status}{_quote(said)}. "
            "Check the address of the PIM; if it is right, tell support.",
            detail=detail,
        )


class PayloadTooLarge(ProductError):
    """413, or the 403 that the platform in front of the PIM gives for an oversized body."""

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        super().__init__(
            f"{host} refused this because it is too large{_quote(said)}. Send less at once.",
            detail=detail,
        )


class PimUnavailable(TransientError):
    """408, 425 and 5xx: the PIM cannot answer now."""

    sentence: ClassVar[str] = (
        "{host} cannot answer at the moment (status {status}). Try again in a few minutes."
    )

    def __init__(
        self, host: str, *, status: int, detail: str = "", retry_after: float | None = None
    ) -> None:
        self.status = status
        super().__init__(
            self.sentence.format(host=host, status=status), detail=detail, retry_after=retry_after
        )


class RateLimited(PimUnavailable):
    """429: too many calls. Nothing of the call was carried out."""

    sentence = "{host} asks the app to slow down. Try again in a few minutes."


class UnexpectedAnswer(TransientError):
    """An answer that is not the PIM's: an HTML page, JSON of another shape, a link elsewhere."""

    def __init__(self, host: str, what: str, *, detail: str = "") -> None:
        super().__init__(
            f"{host} gave an unexpected answer: {what}. It may be under maintenance; "
            "if it stays so, check the address of the PIM.",
            detail=detail,
        )


class OutcomeUnknown(TransientError):
    """The call broke off after it may have reached the PIM; doing it again might double it."""

    def __init__(self, host: str, what: str, *, detail: str = "") -> None:
        super().__init__(
            f"{host} did not confirm that {what}. Look in the PIM before trying again.",
            detail=detail,
        )


def _quote(said: str) -> str:
    """What the PIM said, as part of a sentence; cut, since a proxy may say whole pages."""
    text = " ".join(said.split()).rstrip(".")
    if len(text) > 300:
        text = f"{text[:299]}…"
    return f" (“{text}”)" if text else ""
