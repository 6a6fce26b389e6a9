"""The addresses under which anybody can fetch a file from this app, and nothing else.

An address is made of the file's digest and name alone, so that it is the same for ever and may be
cached for ever. The signature keeps others from asking which files there are.
"""

import base64
import re

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "catalogs.media.addresses"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100
_SIGNATURE_BYTES = 16


def address_of(digest: str, name: str) -> str:
    """The address of a file, with a name in it that is safe everywhere."""
    name = safe_name(name)
    path = reverse("media", args=[_signature(digest, name, _keys()[-1]), digest, name])
    return f"{settings.BASE_URL}{path}"


def is_signed(signature: str, digest: str, name: str) -> bool:
    """Whether this app gave that address out."""
    return any(constant_time_compare(signature, _signature(digest, name, key)) for key in _keys())


def safe_name(name: str) -> str:
    """The name in ASCII without anything that means something elsewhere; its ending stays."""
    safe = _UNSAFE.sub("-", name).strip("-.") or "file"
    stem, dot, ending = safe.rpartition(".")
    if len(safe) > _LONGEST and dot and len(ending) < 10:
        return f"{stem[: _LONGEST - 1 - len(ending)]}.{ending}"
    return safe[:_LONGEST]


def _keys() -> list[str]:
    """Newest first. The oldest signs: shops keep addresses, which must not change by a new key."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _signature(digest: str, name: str, key: str) -> str:
    mac = salted_hmac(_SALT, f"{digest}/{name}", secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(mac[:_SIGNATURE_BYTES]).decode().rstrip("=")
