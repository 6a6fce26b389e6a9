"""The ID tokens that the PIM signs (pim-contract.md 1.8)."""

import uuid
from collections.abc import Collection

from sandbox.state import App, Person, Pim

TOKEN_LIFETIME = 3600.0  # seconds


def id_token(pim: Pim, app: App, person: Person, consents: Collection[str]) -> str:
    """Who the person is, for one app; `consents` are the OpenID scopes they agreed to."""
    issued_at = round(pim.clock(), 6)
    claims: dict[str, object] = {
        "iss": pim.base_url,
        "jti": str(uuid.uuid4()),
        "sub": subject(app, person),
        "aud": app.client_id,
        "iat": issued_at,
        "exp": round(issued_at + TOKEN_LIFETIME, 6),
    }
    if "profile" in consents:
        claims |= {"firstname": person.firstname, "lastname": person.lastname}
    if "email" in consents:
        claims |= {"email": person.email, "email_verified": False}
    return pim.signing_keys.sign(claims)


def subject(app: App, person: Person) -> str:
    """The person's id for this app alone: the same at every log-in, another one in other apps."""
    return app.subs.setdefault(person.username, str(uuid.uuid4()))
