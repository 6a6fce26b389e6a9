"""DeepL as a service: https://developers.deepl.com/docs.

Its own library for Python opens connections by itself, past the address guard; what is used here
are two calls.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests

from channels.wording import plain_text
from enrichment.translations.services.base import Limits, TranslationService, Usage, no_key
from outbound.errors import ConfigurationError, FailureKind, TransientError, kind_of_status
from outbound.retry import Retrier, parse_retry_after
from outbound.sentences import Sentence

FREE, PRO = "https://api-free.deepl.com", "https://api.deepl.com"
_FREE_KEY = ":fx"  # what keys of free accounts end with
_QUOTED = 300  # characters of an answer that a message repeats
_MOST_BYTES = 128 * 1024  # of a body
_AROUND = 4 * 1024  # of it, for all that is no text

# A language that it writes in several ways: how by region or script, and how otherwise.
# https://developers.deepl.com/docs/getting-started/supported-languages
_WAYS = {
    "en": ({"us": "EN-US"}, "EN-GB"),
    "pt": ({"br": "PT-BR"}, "PT-PT"),
    "zh": ({"hant": "ZH-HANT", "tw": "ZH-HANT", "hk": "ZH-HANT", "mo": "ZH-HANT"}, "ZH-HANS"),
}
_CALLED = {"no": "NB", "nn": "NB"}

_ADVICE = {
    400: Sentence("Choose other languages, or ask whoever runs Ferry."),
    401: Sentence("Check DEEPL_API_KEY."),
    403: Sentence("Check DEEPL_API_KEY: keys of free accounts end with “:fx”."),
    404: Sentence("Check DEEPL_URL."),
    413: Sentence("The texts are too long for one call."),
    456: Sentence(
        "The characters of the account are used up: wait for its next period, or raise its limit."
    ),
}
_OTHER_ADVICE = Sentence("Try it again later.")


class DeepL(TranslationService):
    """Calls DeepL with a key, at the address that the key is for unless told another.

    May be made without a key, to measure what would be sent. A call whose answer got lost is made
    again, and may be charged twice.
    """

    kind = "deepl"
    label = "DeepL"
    limits = Limits(texts=50, bytes=_MOST_BYTES - _AROUND)

    def __init__(
        self,
        key: str,
        session: requests.Session,
        *,
        url: str = "",
        retrier: Retrier | None = None,
    ) -> None:
        self._key = key.strip()
        self._url = url.rstrip("/") or address_for(self._key)
        self._session = session
        self._retrier = retrier or Retrier(max_tries=6, max_seconds=180)

    def translate(
        self, texts: Sequence[str], *, source: str, target: str, html: bool
    ) -> list[str | None]:
        if not texts:
            return []
        body: dict[str, Any] = {
            "text": list(texts),
            "source_lang": source_language(source),
            "target_lang": target_language(target),
            "preserve_formatting": True,
        }
        if html:
            body["tag_handling"] = "html"
        answer = self._call("POST", "/v2/translate", msgspec.json.encode(body))
        found = answer.get("translations")
        if not isinstance(found, list):
            raise self._makes_no_sense()
        told = [one.get("text") if isinstance(one, dict) else None for one in found]
        if len(told) != len(texts):  # nobody knows which of them are left out
            return [None] * len(texts)
        return [text if isinstance(text, str) else None for text in told]

    def usage(self) -> Usage:
        answer = self._call("GET", "/v2/usage")
        used, limit = answer.get("character_count"), answer.get("character_limit")
        if not isinstance(used, int):
            raise self._makes_no_sense()
        return Usage(used, limit if isinstance(limit, int) else None)

    def size(self, text: str) -> int:
        return len(msgspec.json.encode(text)) + 1  # a comma

    def _call(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        if not self._key:
            raise no_key(self.label, "DEEPL_API_KEY")
        return self._retrier.call(lambda: self._once(method, path, body))

    def _once(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        headers = {"Authorization": f"DeepL-Auth-Key {self._key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        response = self._session.request(method, self._url + path, data=body, headers=headers)
        if response.status_code != 200:
            self._refuse(response)
        try:
            answer = json.loads(response.content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._makes_no_sense()
        return answer

    def _refuse(self, response: requests.Response) -> None:
        """Raise what an answer means other than 200."""
        status = response.status_code
        said = plain_text(_said(response.content), _QUOTED, secret=self._key)
        sentence = Sentence(
            "DeepL answered HTTP %(status)s%(said)s. %(advice)s",
            status=status,
            said=f": “{said}”" if said else "",
            advice=_ADVICE.get(status, _OTHER_ADVICE),
        )
        if status >= 400 and kind_of_status(status) is FailureKind.TRANSIENT:
            wait = parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            raise TransientError(sentence, retry_after=wait)
        raise ConfigurationError(sentence)

    def _makes_no_sense(self) -> ConfigurationError:
        """Not to be tried again: what DeepL answered it has charged."""
        return ConfigurationError(
            Sentence(
                "What %(host)s answered is no translation as DeepL gives it. Check DEEPL_URL.",
                host=urlsplit(self._url).hostname or "DeepL",
            )
        )


def address_for(key: str) -> str:
    return FREE if key.endswith(_FREE_KEY) else PRO


def source_language(tag: str) -> str:
    """Return DeepL's name of a language to translate from: it knows no regions there."""
    language = tag.lower().partition("-")[0]
    return _CALLED.get(language, language.upper())


def target_language(tag: str) -> str:
    """Return DeepL's name of a language to translate into: en-US is EN-US, fr-CA is FR."""
    language, *rest = tag.lower().split("-")
    ways, otherwise = _WAYS.get(language, ({}, _CALLED.get(language, language.upper())))
    return next((ways[part] for part in rest if part in ways), otherwise)


def _said(content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return text
    said = answer.get("message") if isinstance(answer, dict) else None
    return said if isinstance(said, str) else ""
