"""What can go wrong with a PIM, each in words for the person who can do something about it."""

from collections.abc import Sequence

from outbound.errors import ConfigurationError, ProductError, TransientError
from outbound.sentences import Sentence


class Unauthorized(ConfigurationError):
    """401: the token is not accepted any more. Only a new authorization helps.

    `disconnected` tells that somebody removed the app in the PIM; otherwise the token was replaced
    (a manager approved other scopes) or the PIM was reset (pim-contract.md 1.5, 1.9).
    """

    def __init__(self, host: str, *, disconnected: bool = False, detail: str = "") -> None:
        self.disconnected = disconnected
        if disconnected:
            message = Sentence(
                "The app has been disconnected from %(host)s. To go on, connect again from the "
                "PIM, under Connect.",
                host=host,
            )
        else:
            message = Sentence(
                "%(host)s no longer accepts this app's authorization. Connect again: open the app "
                "from the PIM, under Connect.",
                host=host,
            )
        super().__init__(message, detail=detail)


class Forbidden(ConfigurationError):
    """403: a permission is missing."""

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        super().__init__(
            Sentence(
                "%(host)s does not allow the app to do this%(said)s. Ask somebody who manages apps "
                "in the PIM to open the app and approve the permissions it asks for.",
                host=host,
                said=_quote(said),
            ),
            detail=detail,
        )


class EventsNotAllowed(ConfigurationError):
    """The app may not use the Event Platform: its box in the PIM (pim-contract.md 4.2) is empty."""

    def __init__(self, pim_host: str, *, detail: str = "") -> None:
        super().__init__(
            Sentence(
                "Akeneo does not let the app hear of changes in %(host)s yet. In the PIM, open "
                "Connect, then Connected apps, then the settings of this app, tick the box for the "
                "Event Platform, and save. Then try again here.",
                host=pim_host,
            ),
            detail=detail,
        )


class EventsUnavailable(ConfigurationError):
    """The Event Platform does not know the PIM: it is for some editions only (4.2)."""

    def __init__(self, pim_host: str, *, detail: str = "") -> None:
        super().__init__(
            Sentence(
                "Akeneo has no Event Platform for %(host)s: it comes with Akeneo’s cloud, in the "
                "Enterprise and Growth editions. Nothing is lost without it: the schedules of the "
                "catalogs find what changes.",
                host=pim_host,
            ),
            detail=detail,
        )


class NotFound(ConfigurationError):
    """404: it does not exist, or the app may not see it; the PIM does not tell which."""

    @staticmethod
    def sentence(host: str, said: str) -> Sentence:
        return Sentence(
            "%(host)s does not have what was asked for, or the app may not see it%(said)s. Check "
            "it in the PIM and the app's permissions there.",
            host=host,
            said=said,
        )

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        self.said = said
        super().__init__(self.sentence(host, _quote(said)), detail=detail)


class TooMany(Exception):
    """A list has more items than its reader takes; nothing is wrong with it."""

    def __init__(self, path: str, most: int) -> None:
        super().__init__(f"{path} has more than {most} items")


class CatalogGone(NotFound):
    """The catalog is another app's, or no longer exists: who reconnects has lost its catalogs."""

    @staticmethod
    def sentence(host: str, said: str) -> Sentence:
        return Sentence(
            "The catalog no longer exists in %(host)s. It is gone after the app was disconnected "
            "or the catalog deleted there: create it again in this app.",
            host=host,
        )


class CatalogDisabled(ConfigurationError):
    """200 with an error in place of products: somebody, or the PIM itself, disabled the catalog.

    It says nothing about products: never take it for an empty catalog (pim-contract.md 2.3).
    """

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        super().__init__(
            Sentence(
                "The catalog is not enabled in %(host)s. Open it in the PIM, check its selection "
                "and mapping, and enable it.",
                host=host,
            ),
            detail=detail or said,
        )


class NoMappingSchema(ConfigurationError):
    """Mapped products were asked of a catalog that has no product mapping schema."""

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        super().__init__(
            Sentence(
                "The catalog in %(host)s has no mapping schema, so it cannot map products. Create "
                "a new catalog in this app and map it in the PIM.",
                host=host,
            ),
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
            message = Sentence(
                "%(host)s has as many catalogs for this app as it allows%(said)s. Delete one that "
                "is no longer needed, then try again.",
                host=host,
                said=_quote(reasons),
            )
        else:
            message = Sentence(
                "%(host)s did not accept this%(said)s. Correct it and try again.",
                host=host,
                said=_quote(reasons),
            )
        super().__init__(message, detail=detail)


class RequestRefused(ConfigurationError):
    """Any other 4xx, or a lasting redirection: repeating the call would not help."""

    def __init__(self, host: str, said: str = "", *, status: int, detail: str = "") -> None:
        self.status = status
        super().__init__(
            Sentence(
                "%(host)s refused a request with status %(status)s%(said)s. Check the address of "
                "the PIM; if it is right, tell support.",
                host=host,
                status=status,
                said=_quote(said),
            ),
            detail=detail,
        )


class PayloadTooLarge(ProductError):
    """413, or the 403 that the platform in front of the PIM gives for an oversized body."""

    def __init__(self, host: str, said: str = "", *, detail: str = "") -> None:
        super().__init__(
            Sentence(
                "%(host)s refused this because it is too large%(said)s. Send less at once.",
                host=host,
                said=_quote(said),
            ),
            detail=detail,
        )


class PimUnavailable(TransientError):
    """408, 425 and 5xx: the PIM cannot answer now."""

    @staticmethod
    def sentence(host: str, status: int) -> Sentence:
        return Sentence(
            "%(host)s cannot answer at the moment (status %(status)s). Try again in a few minutes.",
            host=host,
            status=status,
        )

    def __init__(
        self, host: str, *, status: int, detail: str = "", retry_after: float | None = None
    ) -> None:
        self.status = status
        super().__init__(self.sentence(host, status), detail=detail, retry_after=retry_after)


class RateLimited(PimUnavailable):
    """429: too many calls. Nothing of the call was carried out."""

    @staticmethod
    def sentence(host: str, status: int) -> Sentence:
        return Sentence(
            "%(host)s asks the app to slow down. Try again in a few minutes.", host=host
        )


class UnexpectedAnswer(TransientError):
    """An answer that is not the PIM's: an HTML page, JSON of another shape, a link elsewhere."""

    def __init__(self, host: str, what: str, *, detail: str = "") -> None:
        super().__init__(
            Sentence(
                "%(host)s gave an unexpected answer: %(what)s. It may be under maintenance; if it "
                "stays so, check the address of the PIM.",
                host=host,
                what=what,
            ),
            detail=detail,
        )


class OutcomeUnknown(TransientError):
    """The call broke off after it may have reached the PIM; doing it again might double it."""

    def __init__(self, host: str, what: str, *, detail: str = "") -> None:
        super().__init__(
            Sentence(
                "%(host)s did not confirm that %(what)s. Look in the PIM before trying again.",
                host=host,
                what=what,
            ),
            detail=detail,
        )


def _quote(said: str) -> str:
    """What the PIM said, as part of a sentence; cut, since a proxy may say whole pages."""
    text = " ".join(said.split()).rstrip(".")
    if len(text) > 300:
        text = f"{text[:299]}…"
    return f" (“{text}”)" if text else ""
