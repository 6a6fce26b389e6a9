"""Taking secrets out of text that others wrote, before it is shown or logged."""

from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "•••"


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, plain or percent-encoded. Empty secrets are passed over.

    Without NUL as well: PostgreSQL keeps no text that has one.
    """
    spellings = {
        spelling
        for secret in secrets
        if secret
        for spelling in (secret, quote(secret, safe=""), quote_plus(secret))
    }
    for spelling in sorted(spellings, key=len, reverse=True):  # a secret may contain another one
        text = text.replace(spelling, MASK)
    return text.replace("\0", "")
