"""The key by which a PIM signs ID tokens (pim-contract.md 1.8)."""

import datetime as dt
import threading
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey

KeyFormat = Literal["certificate", "spki", "missing"]

# How the public key is published -> what that is called on the control page.
KEY_FORMATS: dict[KeyFormat, str] = {
    "certificate": "Certificate",
    "spki": "Bare key",
    "missing": "Missing",
}

_FOREVER = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)


class SigningKeys:
    """The key pair of the moment, made on first use; safe for threads.

    `format` is how the public half is published: Akeneo gives a certificate, other libraries a
    bare key ("spki"), and "missing" is a PIM that never made one.
    """

    def __init__(self) -> None:
        self.format: KeyFormat = "certificate"
        self._lock = threading.Lock()
        self._key: rsa.RSAPrivateKey | None = None

    def rotate(self) -> None:
        """Sign with a new key from now on; tokens signed before no longer verify."""
        with self._lock:
            self._key = _new_key()

    def public_pem(self) -> str | None:
        """The public key as PEM, or None if it is missing."""
        match self.format:
            case "missing":
                return None
            case "spki":
                public = self._current().public_key()
                return public.public_bytes(
                    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
                ).decode()
            case "certificate":
                certificate = _self_signed(self._current())
                return certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, claims: dict[str, object]) -> str:
        """A JWT by RS256, whose header names no key."""
        key = self._current()
        header = {"typ": "JWT", "alg": "RS256"}
        return jwt.encode(header, claims, RSAKey(key, key), ["RS256"])

    def _current(self) -> rsa.RSAPrivateKey:
        with self._lock:
            if self._key is None:
                self._key = _new_key()
            return self._key


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _self_signed(key: rsa.RSAPrivateKey) -> x509.Certificate:
    """A certificate as the PIM makes it: by Akeneo for Akeneo, valid to the end of year 9999."""
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Akeneo")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(_FOREVER)
        .sign(key, hashes.SHA256())
    )
