"""Whether a body is signed by who has the secret (pim-contract.md 4.2)."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping

PRIMARY = "X-Akeneo-Signature-Primary"
SECONDARY = "X-Akeneo-Signature-Secondary"


def is_signed(body: bytes, headers: Mapping[str, str], secrets: Iterable[str]) -> bool:
    """Whether any of the signatures is one by any of our secrets, over exactly these bytes.

    Any by any: while a secret is changed, the platform and we may know different ones as primary.
    How long it takes does not depend on what was right.
    """
    given = [headers.get(name, "").strip().lower().encode() for name in (PRIMARY, SECONDARY)]
    matches = False
    for secret in secrets:
        if not secret:
            continue
        ours = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
        for theirs in given:
            matches |= hmac.compare_digest(ours, theirs)
    return matches
