"""How long the key of a PIM is believed, when it is fetched anew, and how often at most."""

import pytest

from outbound import retry
from pim.identity import InvalidIdToken, KeyCache, PublicKeyUnavailable, SignatureMismatch
from tests.id_tokens import certificate, signed, spki
from tests.pim.conftest import PIM
from tests.pim.test_identity import CLAIMS, NOW, SUB, URL


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(clock):
    return KeyCache(clock=clock)


def cached(cache, token, session):
    return cache.verify(token, pim_url=PIM, client_id="app-1", session=session, now=NOW)


def test_the_cache_fetches_a_key_once_in_five_minutes(http, session, private_key, cache, clock):
    http.get(URL, json={"public_key": spki(private_key)})
    token = signed(private_key, CLAIMS)

    cached(cache, token, session)
    clock.now = 299
    cached(cache, token, session)
    assert len(http.calls) == 1
    clock.now = 301
    cached(cache, token, session)

    assert len(http.calls) == 2


def test_the_cache_follows_a_renewed_key(http, session, private_key, other_key, cache):
    http.get(URL, json={"public_key": spki(private_key)})
    http.get(URL, json={"public_key": certificate(other_key)})
    cached(cache, signed(private_key, CLAIMS), session)

    identity = cached(cache, signed(other_key, CLAIMS), session)

    assert identity.sub == SUB
    assert len(http.calls) == 2


def test_a_key_that_was_renewed_is_not_good_any_more(http, session, private_key, other_key, cache):
    http.get(URL, json={"public_key": spki(private_key)})
    http.get(URL, json={"public_key": spki(other_key)})
    cached(cache, signed(private_key, CLAIMS), session)
    cached(cache, signed(other_key, CLAIMS), session)

    with pytest.raises(SignatureMismatch):
        cached(cache, signed(private_key, CLAIMS), session)


def test_each_process_follows_a_renewed_key_by_itself(http, session, private_key, other_key):
    http.get(URL, json={"public_key": spki(private_key)})
    processes = [KeyCache(), KeyCache()]
    for cache in processes:
        cached(cache, signed(private_key, CLAIMS), session)
    http.upsert("GET", URL, json={"public_key": spki(other_key)})

    people = [cached(cache, signed(other_key, CLAIMS), session).sub for cache in processes]

    assert people == [SUB, SUB]
    assert len(http.calls) == 4


def test_the_cache_does_not_fetch_again_what_it_has_just_fetched(
    http, session, private_key, other_key, cache
):
    http.get(URL, json={"public_key": spki(private_key)})

    with pytest.raises(SignatureMismatch):
        cached(cache, signed(other_key, CLAIMS), session)

    assert len(http.calls) == 1


def test_a_flood_of_forged_tokens_is_no_flood_of_calls(
    http, session, private_key, other_key, cache, clock
):
    http.get(URL, json={"public_key": spki(private_key)})
    cached(cache, signed(private_key, CLAIMS), session)
    forged = signed(other_key, CLAIMS)

    for second in range(50):
        clock.now = second
        with pytest.raises(SignatureMismatch):
            cached(cache, forged, session)

    assert len(http.calls) == 11
    assert cached(cache, signed(private_key, CLAIMS), session).sub == SUB


def test_after_such_a_flood_a_renewed_key_is_found_within_a_minute(
    http, session, private_key, other_key, cache, clock
):
    http.get(URL, json={"public_key": spki(private_key)})
    for _ in range(50):
        with pytest.raises(SignatureMismatch):
            cached(cache, signed(other_key, CLAIMS), session)
    http.upsert("GET", URL, json={"public_key": spki(other_key)})

    clock.now = 61

    assert cached(cache, signed(other_key, CLAIMS), session).sub == SUB


def test_a_pim_may_renew_its_key_as_often_as_it_likes(http, session, private_key, other_key, cache):
    for _ in range(20):
        for key in (private_key, other_key):
            http.upsert("GET", URL, json={"public_key": spki(key)})

            assert cached(cache, signed(key, CLAIMS), session).sub == SUB


def test_a_pim_without_a_key_is_not_flooded_either(
    http, session, private_key, cache, clock, monkeypatch
):
    monkeypatch.setattr(retry, "BASE_SECONDS", 0.0)
    http.get(URL, status=500)
    token = signed(private_key, CLAIMS)

    for _ in range(50):
        with pytest.raises(PublicKeyUnavailable):
            cached(cache, token, session)

    assert len(http.calls) == 20  # each of ten tries twice
    http.upsert("GET", URL, json={"public_key": spki(private_key)})
    clock.now = 61
    assert cached(cache, token, session).sub == SUB


def test_a_flood_at_one_pim_hinders_nobody_at_another(http, session, private_key, other_key, cache):
    elsewhere = "https://other.cloud.akeneo.com"
    http.get(URL, json={"public_key": spki(private_key)})
    http.get(URL.replace(PIM, elsewhere), json={"public_key": spki(other_key)})
    for _ in range(50):
        with pytest.raises(SignatureMismatch):
            cached(cache, signed(other_key, CLAIMS), session)

    token = signed(other_key, CLAIMS | {"iss": elsewhere})
    identity = cache.verify(token, pim_url=elsewhere, client_id="app-1", session=session, now=NOW)

    assert identity.iss == elsewhere


@pytest.mark.parametrize("changes", [{"exp": NOW - 3600}, {"aud": "app-2"}])
def test_a_wrong_claim_under_a_right_signature_is_no_flood(
    http, session, private_key, other_key, changes
):
    http.get(URL, json={"public_key": spki(private_key)})
    cache = KeyCache(ttl=0)

    for _ in range(50):
        with pytest.raises(InvalidIdToken):
            cached(cache, signed(private_key, CLAIMS | changes), session)

    http.upsert("GET", URL, json={"public_key": spki(other_key)})
    assert cached(cache, signed(other_key, CLAIMS), session).sub == SUB


@pytest.mark.parametrize("no_token", ["a.b.c", "", "x" * 20_000, "a.b", "\ud800", "e30.e30."])
def test_what_is_no_token_fetches_no_key(http, session, cache, no_token):
    with pytest.raises(InvalidIdToken):
        cached(cache, no_token, session)

    assert len(http.calls) == 0
