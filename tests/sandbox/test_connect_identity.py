"""ID tokens and the key that proves them (pim-contract.md 1.8)."""

import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import RSAKey

from sandbox.identity import subject
from sandbox.signing import SigningKeys
from sandbox.state import CLIENT_ID, App
from tests.sandbox.visits import BASE_URL, Visit

PUBLIC_KEY = "/connect/apps/v1/openid/public-key"


@pytest.fixture
def visit():
    return Visit().log_in()


def key_of(visit):
    pem = visit.browser.get(PUBLIC_KEY).json["public_key"].encode()
    key: object
    if b"BEGIN CERTIFICATE" in pem:
        key = x509.load_pem_x509_certificate(pem).public_key()
    else:
        key = load_pem_public_key(pem)
    assert isinstance(key, RSAPublicKey)
    return RSAKey.import_key(key)


def test_the_claims_are_those_of_the_pim(visit):
    token = visit.connected("openid profile email")["id_token"]

    decoded = jwt.decode(token, key_of(visit), ["RS256"])

    assert decoded.header == {"typ": "JWT", "alg": "RS256"}
    claims = decoded.claims
    uuid.UUID(claims.pop("jti"))
    uuid.UUID(claims.pop("sub"))
    assert claims == {
        "iss": BASE_URL,
        "aud": CLIENT_ID,
        "iat": 1_700_000_000.123456,
        "exp": 1_700_003_600.123456,
        "firstname": "Julia",
        "lastname": "Stark",
        "email": "julia@example.com",
        "email_verified": False,
    }


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        ("openid", set()),
        ("openid profile", {"firstname", "lastname"}),
        ("openid email", {"email", "email_verified"}),
    ],
)
def test_only_what_was_consented_to_is_shown(visit, scope, shown):
    token = visit.connected(scope)["id_token"]

    claims = jwt.decode(token, key_of(visit), ["RS256"]).claims

    assert claims.keys() - {"iss", "aud", "iat", "exp", "jti", "sub"} == shown


def test_the_subject_stays_for_person_and_app_and_differs_otherwise(visit):
    other = App("99999999-2222-4333-8444-555555555555", "s", "Other", "http://a/x", "http://a/y")
    julia, peter = visit.pim.people["julia"], visit.pim.people["peter"]

    subjects = {subject(app, person) for app in (visit.ferry, other) for person in (julia, peter)}

    assert len(subjects) == 4
    assert subject(visit.ferry, julia) == subject(visit.ferry, julia)


def test_after_a_rotation_old_tokens_no_longer_verify(visit):
    token = visit.connected("openid")["id_token"]

    visit.browser.post("/sandbox/rotate-key")

    with pytest.raises(BadSignatureError):
        jwt.decode(token, key_of(visit), ["RS256"])
    jwt.decode(visit.connected("openid")["id_token"], key_of(visit), ["RS256"])


def test_the_key_is_published_as_a_certificate_of_akeneo(visit):
    pem = visit.browser.get(PUBLIC_KEY).json["public_key"]

    certificate = x509.load_pem_x509_certificate(pem.encode())

    assert certificate.subject.rfc4514_string() == "O=Akeneo"
    assert certificate.issuer == certificate.subject
    assert certificate.not_valid_after_utc.year == 9999
    certificate.verify_directly_issued_by(certificate)
    assert key_of(visit).raw_value.key_size == 2048


def test_the_key_can_be_published_bare(visit):
    token = visit.connected("openid")["id_token"]

    visit.browser.post("/sandbox/key-format", json={"format": "spki"})

    assert visit.browser.get(PUBLIC_KEY).json["public_key"].startswith("-----BEGIN PUBLIC KEY")
    jwt.decode(token, key_of(visit), ["RS256"])


def test_a_missing_key_is_an_error_of_the_pim(visit):
    visit.browser.post("/sandbox/key-format", json={"format": "missing"})

    answer = visit.browser.get(PUBLIC_KEY)

    assert answer.status_code == 500
    assert isinstance(answer.json, str)


def test_the_published_key_stays_the_same_until_it_is_rotated():
    keys = SigningKeys()

    first, again = keys.public_pem(), keys.public_pem()
    keys.rotate()

    assert first == again
    assert keys.public_pem() != first
