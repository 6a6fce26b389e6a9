"""Which e-mail addresses a mail can be written to."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# Before the @. Quoted ones, which may hold anything, nobody has; and what looks like an encoded
# word of a header is read as another address.
_PLAIN = re.compile(r"(?!.*=\?)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+")


def can_be_written_to(address: str) -> bool:
    """Whether this is an address, and one that a mail's header and envelope can hold."""
    local, _, domain = address.rpartition("@")
    try:
        validate_email(address)
        domain.encode("idna")  # as Django does when it sends
    except (ValidationError, UnicodeError):
        return False
    return _PLAIN.fullmatch(local) is not None
