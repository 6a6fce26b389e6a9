import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from joserfc import jwe, jws, jwt
from joserfc.jwk import RSAKey

from outbound.retry import Retrier
from pim.identity import (
    Identity,
    InvalidIdToken,
    PublicKeyUnavailable,
    SignatureMismatch,
    fetch_public_key,
    verify_id_token,
)
from tests.id_tokens import certificate, signed, spki
from tests.pim.conftest import PIM

URL = f"{PIM}/connect/apps/v1/openid/public-key"
NOW = 1_772_366_400.0
SUB = "9d8a1c1e-5f6b-4f27-8b36-0ddc0ffee000"
CLAIMS = {
    "iss": PIM,
    "aud": "app-1",
    "sub": SUB,
    "jti": "6c1f3f6e-0b6c-4a6e-9b53-3d4f0e3a8a11",
    "iat": NOW - 1.123456,
    "exp": NOW + 3598.876544,
}
NAMES = {"firstname": "Julia", "lastname": "Stark", "email": "julia@example.com"}


def verify(token, key, **changes):
    options: dict[str, Any] = {
        "pem": spki(key),
        "pim_url": PIM,
        "client_id": "app-1",
        "now": NOW,
    } | changes
    return verify_id_token(token, **options)


@pytest.mark.parametrize("pem", [spki, certificate])
def test_it_tells_who_the_user_is(private_key, pem):
    token = signed(private_key, CLAIMS | NAMES)

    identity = verify(token, private_key, pem=pem(private_key))

    assert identity == Identity(PIM, SUB, "Julia", "Stark", "julia@example.com")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": f"{PIM}/"},
        {"iss": "HTTPS://ACME.cloud.akeneo.com:443"},
        {"aud": ["other", "app-1"]},
        {"exp": NOW - 59.5},
        {"iat": NOW + 59},
        {"exp": int(NOW) + 1, "iat": int(NOW)},
        {"nbf": NOW},
        {"firstname": None, "email": 5},
    ],
)
def test_it_accepts_what_pims_write_differently(private_key, changes):
    identity = verify(signed(private_key, CLAIMS | changes), private_key)

    assert (identity.iss, identity.sub, identity.firstname) == (PIM, SUB, "")


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"iss": "https://evil.cloud.akeneo.com"}, "another PIM"),
        ({"iss": "https://acme.cloud.akeneo.com/other"}, "another PIM"),
        ({"iss": "http://acme.cloud.akeneo.com"}, "another PIM"),
        ({"iss": "acme"}, "not a PIM's address"),
        ({"iss": 5}, "no issuer"),
        ({"iss": None}, "no issuer"),
        ({"aud": "app-2"}, "another app"),
        ({"aud": ["app-2"]}, "another app"),
        ({"aud": []}, "another app"),
        ({"aud": None}, "another app"),
        ({"aud": {"app-1": 1}}, "another app"),
        ({"exp": NOW - 60}, "expired"),
        ({"exp": "tomorrow"}, "no usable exp"),
        ({"exp": None}, "no usable exp"),
        ({"exp": True}, "no usable exp"),
        ({"exp": float("inf")}, "no usable exp"),
        ({"exp": float("nan")}, "no usable exp"),
        ({"exp": 10**4000}, "no usable exp"),
        ({"iat": -(10**4000)}, "no usable iat"),
        ({"iat": NOW + 61}, "iat is in the future"),
        ({"iat": "now"}, "no usable iat"),
        ({"nbf": NOW + 61}, "nbf is in the future"),
        ({"sub": ""}, "no usable sub"),
        ({"sub": None}, "no usable sub"),
        ({"sub": 42}, "no usable sub"),
        ({"sub": "x" * 256}, "no usable sub"),
        ({"sub": "a\x00"}, "no usable sub"),
        ({"sub": "a\ud800"}, "no usable sub"),
    ],
)
def test_it_refuses_claims_that_prove_nothing(private_key, changes, check):
    token = signed(private_key, CLAIMS | changes)

    with pytest.raises(InvalidIdToken) as refused:
        verify(token, private_key)

    assert check in refused.value.detail
    assert "Open the app from the PIM again" in refused.value.message


@pytest.mark.parametrize(
    "payload", [b"", b"[1]", b'"text"', b"{", b"\xff", b"[" * 5000 + b"]" * 5000]
)
def test_it_refuses_a_payload_that_holds_no_claims(private_key, payload):
    token = jws.serialize_compact(
        {"alg": "RS256"}, payload, RSAKey.import_key(private_key), ["RS256"]
    )

    with pytest.raises(InvalidIdToken):
        verify(token, private_key)


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp"])
def test_it_refuses_a_token_without_a_claim(private_key, missing):
    claims = {name: value for name, value in CLAIMS.items() if name != missing}

    with pytest.raises(InvalidIdToken):
        verify(signed(private_key, claims), private_key)


def test_an_empty_client_id_matches_no_audience(private_key):
    with pytest.raises(InvalidIdToken):
        verify(signed(private_key, CLAIMS | {"aud": ""}), private_key, client_id="")


def test_another_key_is_a_mismatch(private_key, other_key):
    with pytest.raises(SignatureMismatch):
        verify(signed(other_key, CLAIMS), private_key)


def test_a_changed_payload_is_a_mismatch(private_key):
    header, _, signature = signed(private_key, CLAIMS).split(".")
    _, payload, _ = signed(private_key, CLAIMS | {"sub": "somebody-else"}).split(".")

    with pytest.raises(SignatureMismatch):
        verify(f"{header}.{payload}.{signature}", private_key)


@pytest.mark.parametrize(
    "token",
    ["", "a", "a.b", "a.b.c", "....", "é.é.é", "x" * 20_000, "e30.e30.", '{"alg":"RS256"}'],
)
def test_it_refuses_what_is_no_token(private_key, token):
    with pytest.raises(InvalidIdToken):
        verify(token, private_key)


def test_it_refuses_alg_none_and_the_public_key_as_a_shared_secret(private_key):
    payload = signed(private_key, CLAIMS).split(".")[1]
    unsigned = f"eyJhbGciOiJub25lIn0.{payload}."
    shared = f"eyJhbGciOiJIUzI1NiJ9.{payload}"
    mac = hmac.digest(spki(private_key).encode(), shared.encode(), "sha256")
    forged = f"{shared}.{urlsafe_b64encode(mac).decode().rstrip('=')}"

    for token in (forged, unsigned):
        with pytest.raises(InvalidIdToken) as refused:
            verify(token, private_key)
        assert not isinstance(refused.value, SignatureMismatch)


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_it_accepts_rs256_only(private_key, algorithm):
    key = RSAKey.import_key(private_key)
    token = jwt.encode({"alg": algorithm}, CLAIMS, key, [algorithm])

    with pytest.raises(InvalidIdToken):
        verify(token, private_key)


def by_hand(header, key):
    """A token signed by RSA with SHA-256, whatever its header says."""
    parts = [json.dumps(part).encode() for part in (header, CLAIMS)]
    text = ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"alg": None},
        {"alg": ["RS256"]},
        {"alg": "rs256"},
        {"alg": "None"},
        {"alg": "RS256", "crit": ["exp"], "exp": 1},
        {"alg": "RS256", "crit": ["b64"], "b64": False},
        {"alg": "RS256", "zip": "DEF"},
        {"alg": "RS256", "kid": 5},
    ],
    ids=str,
)
def test_it_refuses_a_header_that_asks_for_something_else(private_key, header):
    with pytest.raises(InvalidIdToken) as refused:
        verify(by_hand(header, private_key), private_key)

    assert not isinstance(refused.value, SignatureMismatch)


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"kid": "../../evil"},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/key.pem"},
        {"x5c": ["bm8="]},
        {"jwk": {"kty": "oct", "k": "ZXZpbA"}},
    ],
    ids=str,
)
def test_no_header_names_another_key(private_key, other_key, names):
    header = {"alg": "RS256", **names}

    assert verify(by_hand(header, private_key), private_key).sub == SUB
    with pytest.raises(SignatureMismatch):
        verify(by_hand(header, other_key), private_key)


def test_it_refuses_what_anybody_can_encrypt_for_the_pim(private_key):
    public = RSAKey.import_key(spki(private_key))
    algorithms = {"alg": "RSA-OAEP", "enc": "A128GCM"}
    claims = json.dumps(CLAIMS).encode()
    token = jwe.encrypt_compact(algorithms, claims, public, algorithms=list(algorithms.values()))

    with pytest.raises(InvalidIdToken):
        verify(token, private_key)


@pytest.mark.parametrize("pem", [spki, certificate])
def test_it_fetches_the_key(http, session, private_key, pem):
    http.get(URL, json={"public_key": pem(private_key)})

    assert fetch_public_key(PIM, session) == pem(private_key)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "json": "Public key not found"},
        {"status": 404},
        {"body": "<html>"},
        {"json": {}},
        {"json": {"public_key": None}},
        {"json": {"public_key": ""}},
        {"json": {"public_key": "-----BEGIN PUBLIC KEY-----\nnonsense"}},
        {"json": {"public_key": "-----BEGIN CERTIFICATE-----\nnonsense"}},
        {"json": {"public_key": spki(ec.generate_private_key(ec.SECP256R1()))}},
        {"json": {"public_key": spki(rsa.generate_private_key(65537, 1024))}},  # noqa: S505
    ],
)
def test_a_pim_without_a_usable_key_is_asked_twice(http, session, answer):
    http.get(URL, **answer)
    retrier = Retrier(max_tries=2, sleep=lambda seconds: None)

    with pytest.raises(PublicKeyUnavailable, match=r"acme\.cloud\.akeneo\.com did not give"):
        fetch_public_key(PIM, session, retrier=retrier)

    assert len(http.calls) == 2
