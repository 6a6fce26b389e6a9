import pytest

from channels.base import ConfigurationError, TransientError
from outbound.errors import AddressRefused
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from tests.channels.shopify.server import TOKEN, Fault
from tests.channels.shopify.stage import adapter_for, product, push


def test_the_budget_of_points_is_never_overdrawn(adapter, shop):
    shop.bucket.maximum = shop.bucket.left = 1000.0
    shop.bucket.rate = 50.0

    results = push(adapter, *(product(str(n)) for n in range(40)))

    assert all(one.accepted for one in results)
    assert shop.throttled == 0
    assert sum(shop.clock.slept) > 0
    assert len(shop.products) == 40


def test_throttled_is_waited_for(stand_in, shop, adapter):
    shop.bucket.left = 1.0

    assert push(adapter, product("a"))[0].accepted
    assert shop.throttled >= 1


def test_throttled_for_long_is_put_off_until_there_is_budget(stand_in, adapter):
    cost = {
        "requestedQueryCost": 500,
        "throttleStatus": {
            "maximumAvailable": 1000.0,
            "currentlyAvailable": 100,
            "restoreRate": 50.0,
        },
    }
    stand_in.always = Fault(
        "",
        body={
            "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
            "extensions": {"cost": cost},
        },
    )

    with pytest.raises(TransientError, match="too many calls") as caught:
        adapter.check()

    assert caught.value.retry_after == 8.0


def fails_with(stand_in, adapter, status=200, body=None, headers=None):
    stand_in.always = Fault("", status=status, body=body, headers=headers or {})
    with pytest.raises((TransientError, ConfigurationError)) as caught:
        push(adapter, product("a"))
    return caught.value


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (301, "the shop's own address"),
        (401, "access token"),
        (402, "frozen"),
        (403, "access token"),
        (404, "no shop"),
        (423, "locked"),
    ],
)
def test_what_needs_a_person_is_told_in_words(stand_in, adapter, status, told):
    error = fails_with(stand_in, adapter, status, {"errors": TOKEN})

    assert isinstance(error, ConfigurationError)
    assert told in error.message
    assert TOKEN not in f"{error.message} {error.detail} {error!r}"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_passes_is_transient(stand_in, adapter, status):
    error = fails_with(stand_in, adapter, status, {"errors": "Busy"}, {"Retry-After": "7"})

    assert isinstance(error, TransientError)
    assert error.retry_after == 7


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", {}, {"data": None}, {"data": []}, b"\xff\xfe", b"[" * 99_999]
)
def test_an_answer_that_says_nothing_is_transient(stand_in, adapter, body):
    assert isinstance(fails_with(stand_in, adapter, 200, body), TransientError)


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("ACCESS_DENIED", ConfigurationError, "lacks a permission"),
        ("SHOP_INACTIVE", ConfigurationError, "not active"),
        ("INTERNAL_SERVER_ERROR", TransientError, "Shopify failed"),
        ("undefinedField", ConfigurationError, "refused a call"),
    ],
)
def test_errors_inside_of_an_answer_are_told(stand_in, adapter, code, kind, told):
    error = {"message": f"Something about {TOKEN}", "extensions": {"code": code}}

    caught = fails_with(stand_in, adapter, 200, {"errors": [error]})

    assert isinstance(caught, kind)
    assert told in caught.message
    assert TOKEN not in f"{caught.message} {caught.detail}"


def test_the_check_names_the_scopes_that_are_missing(adapter, shop):
    shop.scopes -= {"write_files", "read_locales"}

    with pytest.raises(ConfigurationError, match="lacks write_files, read_locales"):
        adapter.check()


def test_a_scope_that_was_taken_away_is_told(adapter, shop):
    shop.scopes -= {"write_publications", "read_publications"}

    with pytest.raises(ConfigurationError, match="Access denied for publications"):
        push(adapter, product("a"))


def test_a_shop_in_the_private_network_is_refused(stand_in):
    adapter = adapter_for(stand_in, session=GuardedSession(AddressPolicy(hosts=None)))

    with pytest.raises(AddressRefused):
        adapter.check()


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ("acme.myshopify.com", "acme.myshopify.com"),
        ("ACME", "acme.myshopify.com"),
        ("https://acme.myshopify.com/admin", "acme.myshopify.com"),
        ("http://127.0.0.1:80/", "http://127.0.0.1:80"),
    ],
)
def test_a_shop_is_known_by_its_own_address(adapter, entered, kept):
    cleaned = type(adapter).clean({"shop": entered, "access_token": "x"})

    assert cleaned["shop"] == kept


@pytest.mark.parametrize(
    "entered",
    [
        "shop.example.com",
        "https://shop.example.com",
        "acme.myshopify.com.evil.example",
        "acme/../evil",
        "a@evil.example",
        "https://acme.myshopify.com@evil.example/",
        "ftp://acme.myshopify.com",
        "-acme",
    ],
)
def test_a_token_goes_to_no_other_host(adapter, entered):
    with pytest.raises(ConfigurationError, match=r"such as acme\.myshopify\.com"):
        type(adapter).clean({"shop": entered, "access_token": "x"})


@pytest.mark.parametrize(
    "told",
    [
        {"currentlyAvailable": 0, "maximumAvailable": 1e300, "restoreRate": 1e-300},
        {"currentlyAvailable": -1e300, "maximumAvailable": 1000, "restoreRate": 50},
    ],
)
def test_no_shop_can_put_a_worker_to_sleep_for_ever(adapter, stand_in, shop, told):
    cost = {"requestedQueryCost": 10, "throttleStatus": told}
    locales = {"shopLocales": [{"locale": "en", "primary": True}]}
    body = {"data": locales, "extensions": {"cost": cost}}
    stand_in.faults.append(Fault("Languages", body=body))
    adapter.read_languages()
    before = shop.clock.now()

    adapter.check()

    assert shop.clock.now() - before <= 60
