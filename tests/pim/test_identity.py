import base64
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from outbound.retry import Retrier
from pim.identity import (
    Identity,
    InvalidIdToken,
    KeyCache,
    PublicKeyUnavailable,
    SignatureMismatch,
    fetch_public_key,
    verify_id_token,
)
from tests import id_tokens
from tests.id_tokens import certificate, spki
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


@pytest.fixture(scope="session")
def private_key():
    return id_tokens.new_key()


@pytest.fixture(scope="session")
def other_key():
    return id_tokens.new_key()


def signed(key, claims=CLAIMS):
    return id_tokens.signed(key, claims)


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
        verify(signed(other_key), private_key)


def test_a_changed_payload_is_a_mismatch(private_key):
    header, _, signature = signed(private_key).split(".")
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
    payload = signed(private_key).split(".")[1]
    unsigned = f"eyJhbGciOiJub25lIn0.{payload}."
    shared = f"eyJhbGciOiJIUzI1NiJ9.{payload}"
    mac = hmac.digest(spki(private_key).encode(), shared.encode(), "sha256")
    forged = f"{shared}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

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


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def cached(cache, token, session):
    return cache.verify(token, pim_url=PIM, client_id="app-1", session=session, now=NOW)


def test_the_cache_fetches_a_key_once_in_five_minutes(http, session, private_key):
    http.get(URL, json={"public_key": spki(private_key)})
    clock = Clock()
    cache = KeyCache(clock=clock)
    token = signed(private_key)

    cached(cache, token, session)
    clock.now = 299
    cached(cache, token, session)
    assert len(http.calls) == 1
    clock.now = 301
    cached(cache, token, session)

    assert len(http.calls) == 2


def test_the_cache_follows_a_renewed_key(http, session, private_key, other_key):
    http.get(URL, json={"public_key": spki(private_key)})
    http.get(URL, json={"public_key": certificate(other_key)})
    cache = KeyCache()
    cached(cache, signed(private_key), session)

    identity = cached(cache, signed(other_key), session)

    assert identity.sub == SUB
    assert len(http.calls) == 2


def test_the_cache_does_not_fetch_again_what_it_has_just_fetched(
    http, session, private_key, other_key
):
    http.get(URL, json={"public_key": spki(private_key)})

    with pytest.raises(SignatureMismatch):
        cached(KeyCache(), signed(other_key), session)

    assert len(http.calls) == 1
