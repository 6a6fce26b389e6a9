"""Keys and ID tokens as a PIM makes them."""

import datetime
import json
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import RSAKey


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def spki(key: Any) -> str:
    pem: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode()


def certificate(key: Any) -> str:
    """As the PIM makes it: self-signed, valid to the year 9999."""
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Akeneo")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2022, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )


def signed(key: Any, claims: dict[str, Any]) -> str:
    """A JWT; every character beyond ASCII is escaped, so that claims may hold what UTF-8 cannot."""
    payload = json.dumps(claims).encode()
    token: str = jws.serialize_compact({"alg": "RS256"}, payload, RSAKey.import_key(key), ["RS256"])
    return token
