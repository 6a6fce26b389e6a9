"""What every service keeps of the contract, whoever runs it."""

from typing import Any

import pytest

from enrichment.translations.services.base import TranslationService
from enrichment.translations.services.batching import batches, fits
from outbound.errors import ConfigurationError, OutboundError, TransientError

_INTO_FRENCH: Any = {"source": "en-US", "target": "fr-FR", "html": False}


class ServiceConformance:
    """Inherit it, and offer two fixtures: `stand_in`, and `service`, which calls it.

    `stand_in` is a server as `stand_in.StandIn` is: it translates each text by `translates`, holds
    the service's own limits, keeps what it `received` as `texts`, and can be told to `fail`. The
    service does not sleep. `key` and `quota` are what the test of one service says of it.
    """

    key: str
    quota_status: int

    def test_texts_come_back_one_by_one_in_their_order(self, service, stand_in):
        told = service.translate(["One", "Two", "One", "Trois €"], **_INTO_FRENCH)

        assert told == [stand_in.translates(text) for text in ("One", "Two", "One", "Trois €")]

    def test_no_text_is_no_call(self, service, stand_in):
        assert service.translate([], **_INTO_FRENCH) == []
        assert stand_in.calls == 0

    def test_tags_go_along(self, service, stand_in):
        text = '<p class="x">Red<br/></p>'

        assert service.translate([text], source="en-US", target="de-DE", html=True) == [text]
        assert stand_in.texts == [text]

    @pytest.mark.parametrize("text", ["€" * 500, '"\\\n' * 700, "\x01" * 400, "a"])
    def test_as_much_as_it_says_fits_into_a_call(self, service: TranslationService, text):
        texts = [f"{text}{number}" for number in range(3 * service.limits.texts)]

        for _, batch in batches(service, texts):
            assert len(service.translate(batch, **_INTO_FRENCH)) == len(batch)

    def test_one_text_that_just_fits_does(self, service: TranslationService):
        text = "€" * (service.limits.bytes // 3)
        while not fits(service, text):
            text = text[:-1]

        assert len(service.translate([text], **_INTO_FRENCH)) == 1

    @pytest.mark.parametrize("status", [429, 500, 503, 529])
    def test_what_passes_is_tried_again(self, service, stand_in, status):
        stand_in.fail(status, times=2)

        assert len(service.translate(["One"], **_INTO_FRENCH)) == 1
        assert stand_in.calls == 3

    def test_what_does_not_pass_ends_it(self, service, stand_in):
        stand_in.fail(503, times=100)

        with pytest.raises(TransientError, match="503"):
            service.translate(["One"], **_INTO_FRENCH)

    @pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413])
    def test_what_a_person_must_mend_is_not_tried_again(self, service, stand_in, status):
        stand_in.fail(status)

        with pytest.raises(ConfigurationError, match="planted words"):
            service.translate(["One"], **_INTO_FRENCH)
        assert stand_in.calls == 1

    def test_used_up_is_said_in_words(self, service, stand_in):
        stand_in.fail(self.quota_status)

        with pytest.raises(ConfigurationError, match="used up"):
            service.translate(["One"], **_INTO_FRENCH)

    @pytest.mark.parametrize("status", [401, 403, 500])
    def test_the_key_is_in_no_message(self, service, stand_in, status):
        stand_in.answers += [(status, {}, f"Who is {self.key}?".encode())] * 100

        with pytest.raises(OutboundError) as failed:
            service.translate(["One"], **_INTO_FRENCH)
        assert self.key not in f"{failed.value} {failed.value.message} {failed.value.detail}"

    @pytest.mark.parametrize(
        "body",
        [b"", b"<p>", b"[]", b"{}", b"[" * 100_000],
        ids=["nothing", "a page", "a list", "empty", "deep"],
    )
    def test_an_answer_that_makes_no_sense_is_an_error_and_not_asked_for_again(
        self, service, stand_in, body: Any
    ):
        stand_in.answers.append((200, {}, body))

        with pytest.raises(ConfigurationError):
            service.translate(["One", "Two"], **_INTO_FRENCH)
        assert stand_in.calls == 1

    def test_what_it_leaves_out_is_none_and_never_another_text(self, service, stand_in):
        stand_in.silent_about = {"Two"}
        in_place = service.translate(["One", "Two", "Six"], **_INTO_FRENCH)
        stand_in.leaves_out = True
        fewer = service.translate(["One", "Two", "Six"], **_INTO_FRENCH)

        assert in_place == [stand_in.translates("One"), None, stand_in.translates("Six")]
        assert fewer == [None, None, None]
        assert stand_in.calls == 2

    def test_it_tells_what_is_used(self, service, stand_in):
        stand_in.used, stand_in.limit = 700, 1000

        assert (service.usage().used, service.usage().left) == (700, 300)
