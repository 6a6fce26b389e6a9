"""Who comes in: what a PIM may sign, what it may not, and what is kept of it."""

import base64
import time

import pytest
import responses

from connections.connections import register
from connections.models import PimUser
from tests import id_tokens
from tests.connections.conftest import PIM, refusal_in, signed_in_as, stored
from tests.visitor import CALLBACK, query_of

APP = f"{PIM}/connect/apps/v1"
SUB = "9d8a1c1e-5f6b-4f27-8b36-0ddc0ffee000"
NAMES = {"firstname": "Julia", "lastname": "Stark", "email": "julia@example.com"}


@pytest.fixture(scope="module")
def key():
    return id_tokens.new_key()


@pytest.fixture(scope="module")
def other_key():
    return id_tokens.new_key()


@pytest.fixture
def away(settings, db, key):
    """A PIM that says what no sandbox does."""
    settings.PIM_HOSTS, settings.PIM_ALLOW_INSECURE = ["*.cloud.akeneo.com"], False
    register(PIM, client_id="app-1", client_secret="secret")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{APP}/openid/public-key", json={"public_key": id_tokens.certificate(key)})
        yield mock


@pytest.fixture
def come_in(away, julia):
    """Come back from the PIM, which gives this ID token; Ferry's answer."""

    def come_in(id_token, pim_url=PIM):
        token = {"access_token": "t", "scope": "openid read_products", "id_token": id_token}
        away.upsert(responses.POST, f"{pim_url}/connect/apps/v1/oauth2/token", json=token)
        state = query_of(julia.activate(pim_url))["state"]
        return julia.ferry.get(CALLBACK, {"code": "c", "state": state})

    return come_in


def claims(**changes):
    now = time.time()
    usual = {"iss": PIM, "aud": "app-1", "sub": SUB, "iat": now - 1.5, "exp": now + 3598.5}
    return usual | NAMES | changes


def unsigned(payload):
    head, body, _ = payload.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"{none}.{body}."


def test_a_token_that_proves_who_it_is_gets_in(come_in, key, julia):
    assert come_in(id_tokens.signed(key, claims())).status_code == 302
    assert signed_in_as(julia) == "Julia Stark"


BAD_CLAIMS = {
    "another app": {"aud": "app-2"},
    "several other apps": {"aud": ["app-2", "app-3"]},
    "no app": {"aud": None},
    "another PIM": {"iss": "https://evil.cloud.akeneo.com"},
    "another path": {"iss": f"{PIM}/other"},
    "plain http": {"iss": PIM.replace("https", "http")},
    "nonsense": {"iss": "nonsense"},
    "no issuer": {"iss": None},
    "expired": {"exp": time.time() - 3600},
    "no end": {"exp": None},
    "an end beyond all numbers": {"exp": 10**4000},
    "of the future": {"iat": time.time() + 3600},
    "nobody": {"sub": ""},
    "no person": {"sub": None},
    "a number": {"sub": 42},
    "a very long person": {"sub": "x" * 256},
    "a person with NUL": {"sub": "a\x00b"},
    "a person with half a character": {"sub": "a\ud800"},
}


@pytest.mark.parametrize("changes", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_claims_that_prove_nothing_get_nobody_in(come_in, key, julia, changes):
    before = stored()

    said = refusal_in(come_in(id_tokens.signed(key, claims(**changes))), 400)

    assert "could not be verified" in said
    assert stored() == before
    assert signed_in_as(julia) == ""


@pytest.mark.parametrize(
    "forge",
    [
        lambda key, other: id_tokens.signed(other, claims()),
        lambda key, other: unsigned(id_tokens.signed(key, claims())),
        lambda key, other: id_tokens.signed(key, claims())[:-8],
        lambda key, other: id_tokens.signed(key, claims()).rpartition(".")[0],
        lambda key, other: "nonsense",
        lambda key, other: "x" * 20_000,
        lambda key, other: "é.é.é",
    ],
    ids=["another key", "alg none", "cut", "two parts", "nonsense", "very long", "not ASCII"],
)
def test_a_token_that_the_pim_did_not_sign_gets_nobody_in(come_in, key, other_key, julia, forge):
    before = stored()

    said = refusal_in(come_in(forge(key, other_key)), 400)

    assert "could not be verified" in said
    assert stored() == before
    assert signed_in_as(julia) == ""


@pytest.mark.parametrize("id_token", [5, ["a.b.c"], {"a": "b"}])
def test_what_is_no_text_is_an_answer_without_a_token(come_in, id_token):
    before = stored()

    refusal_in(come_in(id_token), 502)

    assert stored() == before


def test_a_person_is_known_by_issuer_and_subject(come_in, key):
    come_in(id_tokens.signed(key, claims()))
    person = PimUser.objects.get()

    come_in(id_tokens.signed(key, claims(firstname="Jule", lastname="Stark-Snow", email="j@x.org")))

    again = PimUser.objects.get()
    assert (again.pk, again.uuid, again.sub) == (person.pk, person.uuid, SUB)
    assert (again.firstname, again.lastname, again.email) == ("Jule", "Stark-Snow", "j@x.org")
    assert again.last_seen_at > person.last_seen_at


def test_a_person_who_no_longer_shows_a_name_has_none(come_in, key, julia):
    come_in(id_tokens.signed(key, claims()))

    come_in(id_tokens.signed(key, claims(firstname=None, lastname=None, email=None)))

    person = PimUser.objects.get()
    assert (person.firstname, person.lastname, person.email) == ("", "", "")
    assert signed_in_as(julia) == "A PIM user"


def test_two_people_with_one_name_and_address_are_two(come_in, key):
    come_in(id_tokens.signed(key, claims()))

    come_in(id_tokens.signed(key, claims(sub="another")))

    assert set(PimUser.objects.values_list("sub", "email")) == {
        (SUB, "julia@example.com"),
        ("another", "julia@example.com"),
    }


def test_an_address_of_staff_makes_nobody_staff(come_in, key, julia, admin_user):
    come_in(id_tokens.signed(key, claims(email=admin_user.email)))

    assert julia.ferry.get("/admin/").status_code == 302
    assert signed_in_as(julia) == "Julia Stark"


def test_one_subject_at_two_pims_is_two_people(come_in, key, away):
    other = "https://other.cloud.akeneo.com"
    register(other, client_id="app-1", client_secret="secret")
    away.get(
        f"{other}/connect/apps/v1/openid/public-key",
        json={"public_key": id_tokens.certificate(key)},
    )
    come_in(id_tokens.signed(key, claims()))

    come_in(id_tokens.signed(key, claims(iss=other)), other)

    people = PimUser.objects.select_related("connection")
    assert {(one.iss, one.sub, one.connection.pim_url) for one in people} == {
        (PIM, SUB, PIM),
        (other, SUB, other),
    }


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<b>Julia</b>", "<b>Julia</b>"),
        ("Jü\u200dlia 🛥", "Jü\u200dlia 🛥"),
        ("Ju\x00lia", "Julia"),
        ("Ju\ud800lia", "Julia"),
        ("x" * 300, "x" * 255),
        (5, ""),
        (["Julia"], ""),
    ],
)
def test_a_name_is_kept_as_far_as_it_can_be_shown(come_in, key, julia, given, kept):
    response = come_in(id_tokens.signed(key, claims(firstname=given, lastname="Stark")))

    assert response.status_code == 302
    assert PimUser.objects.get().firstname == kept
    assert signed_in_as(julia) == f"{kept} Stark".strip()
    assert "<b>Julia" not in julia.ferry.get("/").content.decode()


def test_a_renewed_key_is_fetched_once_more(come_in, key, other_key, away, julia):
    come_in(id_tokens.signed(key, claims()))
    away.upsert(
        responses.GET,
        f"{APP}/openid/public-key",
        json={"public_key": id_tokens.certificate(other_key)},
    )

    response = come_in(id_tokens.signed(other_key, claims()))

    assert response.status_code == 302


def test_a_flood_of_forged_tokens_is_no_flood_of_calls_to_the_pim(come_in, key, other_key, away):
    flooded = "https://flooded.cloud.akeneo.com"
    register(flooded, client_id="app-1", client_secret="secret")
    key_url = f"{flooded}/connect/apps/v1/openid/public-key"
    away.get(key_url, json={"public_key": id_tokens.certificate(key)})
    forged = id_tokens.signed(other_key, claims(iss=flooded))

    statuses = {come_in(forged, flooded).status_code for _ in range(25)}

    assert statuses == {400}
    assert sum(call.request.url == key_url for call in away.calls) == 10
    assert come_in(id_tokens.signed(key, claims(iss=flooded)), flooded).status_code == 302
