"""DeepL, at a server that keeps to its documentation."""

import pytest

from enrichment.translations.services.deepl import (
    FREE,
    PRO,
    DeepL,
    address_for,
    source_language,
    target_language,
)
from outbound.errors import ConfigurationError
from outbound.guard import AddressPolicy
from outbound.retry import Retrier
from outbound.session import GuardedSession
from tests.enrichment.translations.services.conformance import ServiceConformance
from tests.enrichment.translations.services.stand_in import KEY, standing_in


def made(url, key=KEY, waited=None):
    session = GuardedSession(AddressPolicy(hosts=["127.0.0.1"], insecure=True))
    sleep = (lambda seconds: None) if waited is None else waited.append
    return DeepL(key, session, url=url, retrier=Retrier(6, 600, sleep=sleep))


@pytest.fixture
def stand_in():
    with standing_in() as server:
        yield server


@pytest.fixture
def service(stand_in):
    return made(stand_in.url)


class TestDeepL(ServiceConformance):
    key = KEY
    quota_status = 456


def test_a_key_says_where_it_is_good():
    assert (address_for("abc:fx"), address_for("abc")) == (FREE, PRO)


def test_it_waits_as_long_as_it_is_told(stand_in):
    waited: list[float] = []
    stand_in.fail(429, Retry_After="7")

    made(stand_in.url, waited=waited).translate(["One"], source="en", target="fr", html=False)

    assert waited == [7.0]


def test_a_wrong_key_is_refused(stand_in):
    with pytest.raises(ConfigurationError, match="Check DEEPL_API_KEY"):
        made(stand_in.url, key="another").usage()


def test_without_a_key_nothing_is_called(stand_in):
    with pytest.raises(ConfigurationError, match="set DEEPL_API_KEY"):
        made(stand_in.url, key=" ").usage()
    assert stand_in.calls == 0


def test_only_what_has_tags_is_told_to_have_them(service, stand_in):
    service.translate(["3 < 4"], source="en-US", target="pt-BR", html=False)
    service.translate(["<b>3</b>"], source="en-US", target="pt-BR", html=True)

    plain, html = stand_in.received
    assert plain == {
        "text": ["3 < 4"],
        "source_lang": "EN",
        "target_lang": "PT-BR",
        "preserve_formatting": True,
    }
    assert html["tag_handling"] == "html"


@pytest.mark.parametrize(
    ("tag", "source", "target"),
    [
        ("en-US", "EN", "EN-US"),
        ("en-GB", "EN", "EN-GB"),
        ("en-AU", "EN", "EN-GB"),
        ("pt-BR", "PT", "PT-BR"),
        ("pt-PT", "PT", "PT-PT"),
        ("fr-CA", "FR", "FR"),
        ("no-NO", "NB", "NB"),
        ("nb-NO", "NB", "NB"),
        ("zh-CN", "ZH", "ZH-HANS"),
        ("zh-Hant-HK", "ZH", "ZH-HANT"),
        ("de", "DE", "DE"),
    ],
)
def test_languages_are_called_as_deepl_calls_them(tag, source, target):
    assert (source_language(tag), target_language(tag)) == (source, target)
