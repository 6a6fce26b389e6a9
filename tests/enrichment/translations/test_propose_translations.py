"""Texts given to a service, and offered to the PIM, by the command `propose_translations`."""

import os
import signal

import pytest

from enrichment.deciding import approve, reject
from enrichment.models import Offer, Proposal, ServiceTranslation, TranslatedText
from enrichment.translations.services.base import Limits
from enrichment.translations.services.deepl import DeepL
from enrichment.values import Place
from tests.programs import call
from tests.sync.processes import killed, start_child

_NAME = Place("name", "fr_FR", type="pim_catalog_text")


@pytest.fixture
def propose(enrichment, lamp, stand_in):
    """The command, about names in French."""

    def run(*options, attributes="name", target="fr_FR"):
        chosen = ("--source", "en_US", "--target", target, "--attributes", attributes)
        return call(
            "propose_translations", "--pim", enrichment.world.url, "--json", *chosen, *options
        )

    return run


def test_a_dry_run_counts_and_calls_nothing(propose, stand_in, lamp):
    ended = propose()

    assert ended.status == 0
    told = {name: ended.answer[name] for name in ("proposed", "sent", "characters", "left")}
    assert told == {"proposed": 1, "sent": 1, "characters": len("Lamp"), "left": None}
    assert ended.answer["read"] == ended.answer["unchanged"] + 1
    assert stand_in.calls == 0
    assert not Offer.objects.exists()


def test_a_dry_run_needs_no_key(propose, settings):
    settings.DEEPL_API_KEY = ""

    assert propose().answer["sent"] == 1
    assert propose("--apply").problem.startswith("DeepL translates for those who have a key")
    assert not Offer.objects.exists()


def test_translations_wait_for_approval(propose, stand_in, lamp, enrichment):
    ended = propose("--apply")

    assert ended.status == 0, ended
    assert stand_in.texts == ["Lamp"]
    assert (ended.answer["proposed"], ended.answer["written"]) == (1, 0)
    assert (ended.answer["characters"], ended.answer["left"]) == (4, 500_000 - 4)
    offer = Offer.objects.get()
    assert (offer.state, offer.kind, str(offer)) == (
        Offer.State.WAITING,
        Offer.Kind.TRANSLATIONS,
        "DeepL: en_US → fr_FR",
    )
    one = Proposal.objects.get()
    assert (one.key, one.value, one.state) == (lamp.key, "» Lamp", Proposal.State.PROPOSED)
    assert (one.source_locale, one.source_text) == ("en_US", "Lamp")
    assert enrichment.holds(lamp.key, _NAME) is None


@pytest.mark.parametrize("half", ["\ud83d", "\0"])
def test_an_answer_that_is_no_text_costs_no_other_of_its_call(propose, stand_in, names, half):
    stand_in.translates = lambda text: f"{text}{half}" if text == "Lamp" else f"» {text}"

    ended = propose("--apply")

    assert Proposal.objects.count() == ServiceTranslation.objects.exclude(unanswered__gt=0).count()
    assert Proposal.objects.count() == names - 1
    assert "answered without a translation of it" in ended.answer["problems"][0]["message"]
    assert stand_in.texts.count("Thing 1") == 1


@pytest.mark.parametrize("leaves_out", [False, True])
def test_what_an_answer_lacks_is_asked_for_by_itself(propose, stand_in, names, leaves_out):
    stand_in.silent_about, stand_in.leaves_out = {"Lamp"}, leaves_out

    ended = propose("--apply")

    assert Proposal.objects.count() == names - 1
    assert stand_in.texts.count("Lamp") == 2
    assert stand_in.texts.count("Thing 1") == (2 if leaves_out else 1)
    [problem] = ended.answer["problems"]
    assert "answered without a translation of it" in problem["message"]


def test_what_is_never_answered_is_asked_for_a_few_times_in_all(propose, stand_in, lamp):
    stand_in.silent_about = {"Lamp"}

    ended = [propose("--apply") for _ in range(4)]
    dry = propose()

    assert stand_in.texts == ["Lamp"] * 4
    assert all(one.status == 1 for one in (*ended, dry))
    assert [one.answer["invalid"] for one in (*ended, dry)] == [1] * 5
    assert dry.answer["sent"] == 0


def test_an_answer_that_comes_at_last_counts(propose, stand_in, lamp):
    stand_in.silent_about = {"Lamp"}
    propose("--apply")
    stand_in.silent_about = set()

    ended = propose("--apply")

    assert (ended.status, Proposal.objects.get().value) == (0, "» Lamp")
    assert ServiceTranslation.objects.get().unanswered == 0


def test_a_service_that_answers_to_nothing_is_not_asked_on(propose, stand_in, names, enrichment):
    texts = {"Lamp", "Thing 1"}
    for number, uuid in enumerate(enrichment.uuids):
        texts.add(f"About {number}")
        place = ("description", f"About {number}", "en_US", "ecommerce")
        enrichment.pim.edit_product(uuid, *place)
        enrichment.pim.edit_product(uuid, "description", None, "fr_FR", "ecommerce")
    stand_in.silent_about = texts

    ended = propose("--apply", attributes="name,description")

    assert "answers without translations" in ended.problem
    assert len(stand_in.texts) == len(texts) + 3
    assert not Proposal.objects.exists()


def test_what_is_approved_is_written_and_known_to_be_of_its_text(propose, lamp, enrichment):
    propose("--apply")
    approve(Proposal.objects.all(), by="Mary")

    enrichment.write(Offer.objects.get())

    assert enrichment.holds(lamp.key, _NAME) == "» Lamp"
    assert TranslatedText.objects.filter(key=lamp.key, source_locale="en_US").count() == 1


def test_they_may_be_approved_at_once(propose, lamp, enrichment):
    ended = propose("--apply", "--approve")

    assert ended.status == 0, ended
    assert ended.answer["written"] == 1
    assert enrichment.holds(lamp.key, _NAME) == "» Lamp"


def test_what_waits_is_neither_sent_nor_offered_again(propose, stand_in):
    propose("--apply")

    again = propose("--apply")

    assert (again.answer["proposed"], again.answer["sent"]) == (0, 0)
    assert len(stand_in.texts) == 1
    assert Proposal.objects.count() == 1


def test_what_was_rejected_is_neither_sent_nor_offered_again(propose, stand_in):
    propose("--apply")
    reject(Proposal.objects.all(), by="Mary")

    again = propose("--apply")

    assert (again.answer["proposed"], again.answer["sent"]) == (0, 0)
    assert len(stand_in.texts) == 1


def test_what_was_translated_is_sent_again_once_its_text_changes(
    propose, stand_in, lamp, enrichment
):
    propose("--apply", "--approve")
    assert propose("--apply", "--only", "changed").answer["sent"] == 0

    enrichment.pim.edit_product(lamp.key, "name", "Big lamp", "en_US")

    assert propose("--apply", "--only", "changed", "--approve").answer["written"] == 1
    assert stand_in.texts == ["Lamp", "Big lamp"]
    assert enrichment.holds(lamp.key, _NAME) == "» Big lamp"


def test_what_is_known_to_be_translated_is_not_sent_with_all(propose, stand_in, lamp):
    propose("--apply", "--approve")
    ServiceTranslation.objects.all().delete()  # as after a year

    propose("--apply", "--only", "all")

    assert stand_in.texts.count("Lamp") == 1
    assert Proposal.objects.filter(key=lamp.key).count() == 1


def test_a_text_of_several_products_is_sent_once(propose, stand_in, enrichment, lamp):
    for uuid in enrichment.uuids[1:]:
        enrichment.pim.edit_product(uuid, "name", "Lamp", "en_US")
        enrichment.pim.edit_product(uuid, "name", None, "fr_FR")

    assert propose().answer["sent"] == 1
    ended = propose("--apply")

    assert stand_in.texts == ["Lamp"]
    assert (ended.answer["proposed"], ended.answer["characters"]) == (len(enrichment.uuids), 4)


def test_html_stays_to_the_letter(propose, stand_in, enrichment, lamp):
    enrichment.pim.edit_product(lamp.key, "description", "<P>Red<br/></P>", "en_US", "ecommerce")
    enrichment.pim.edit_product(lamp.key, "description", None, "de_DE", "ecommerce")
    stand_in.translates = lambda text: text.lower().replace("<br/>", "<br>").replace("red", "rot")

    propose("--apply", "--scope", "ecommerce", attributes="description", target="de_DE")

    assert Proposal.objects.get(key=lamp.key).value == "<P>rot<br/></P>"


def test_what_lost_a_placeholder_is_a_problem_and_paid_once(propose, stand_in, enrichment, lamp):
    enrichment.pim.edit_product(lamp.key, "name", "Lamp {size}", "en_US")
    stand_in.translates = lambda text: "Lampe {taille}"

    ended = propose("--apply")
    propose("--apply")

    assert ended.status == 1
    assert ended.answer["invalid"] == 1
    [problem] = ended.answer["problems"]
    assert "“{size}” is not in the translation" in problem["message"]
    assert (problem["column"], problem["line"]) == ("name-fr_FR", 0)
    assert len(stand_in.texts) == 1
    assert not Proposal.objects.exists()


def test_what_is_longer_than_the_attribute_takes_is_a_problem(propose, stand_in):
    stand_in.translates = lambda text: "L" * 256

    ended = propose("--apply")

    assert ended.answer["invalid"] == 1
    assert "256 characters" in ended.answer["problems"][0]["message"]


def test_what_is_too_long_for_a_call_is_a_problem_and_the_rest_goes_on(
    propose, stand_in, enrichment, lamp, monkeypatch
):
    monkeypatch.setattr(DeepL, "limits", Limits(texts=50, bytes=20))
    other = next(uuid for uuid in enrichment.uuids if uuid != lamp.key)
    enrichment.pim.edit_product(other, "name", "L" * 30, "en_US")
    enrichment.pim.edit_product(other, "name", None, "fr_FR")

    ended = propose("--apply")

    assert (ended.answer["invalid"], ended.answer["proposed"]) == (1, 1)
    assert "too long for the service" in ended.answer["problems"][0]["message"]
    assert stand_in.texts == ["Lamp"]


def test_it_says_in_a_sentence_what_it_would_cost_and_what_became_of_it(enrichment, lamp, stand_in):
    about = ("--pim", enrichment.world.url, "--source", "en_US", "--target", "fr_FR")
    command = ("propose_translations", *about, "--attributes", "name")

    dry, applied = call(*command), call(*command, "--apply")

    assert "1 texts with 4 characters would be sent. Nothing was sent" in dry.out
    assert "1 texts with 4 characters were sent" in applied.out
    assert "1 wait for approval" in applied.out


def test_when_the_account_is_used_up_what_was_translated_is_offered(
    propose, stand_in, names, monkeypatch
):
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    stand_in.limit = len("Lamp") + 1  # which stands first in the order of letters

    ended = propose("--apply")

    assert ended.status == 1
    assert "used up" in ended.answer["problem"]
    assert (ended.answer["proposed"], ended.answer["sent"]) == (1, 1)
    assert Offer.objects.get().state == Offer.State.WAITING

    stand_in.limit = 500_000
    propose("--apply")

    assert len(stand_in.texts) == len(set(stand_in.texts)) == names
    assert Proposal.objects.open().count() == names


def test_when_nothing_can_be_translated_the_reason_is_all_that_is_left(propose, stand_in):
    stand_in.limit = 1

    ended = propose("--apply")

    assert (ended.status, Proposal.objects.count()) == (1, 0)
    assert "used up" in ended.problem
    assert "used up" in Offer.objects.get().problem


def test_a_wrong_key_is_known_before_anything_is_read(propose, settings):
    settings.DEEPL_API_KEY = "another"

    ended = propose("--apply")

    assert "Check DEEPL_API_KEY" in ended.problem
    assert not Offer.objects.exists()


@pytest.mark.parametrize("url", ["api.deepl.com", "https://[::1"])
def test_an_address_that_is_none_is_said(propose, settings, url):
    settings.DEEPL_URL = url

    assert "DEEPL_URL is no address" in propose("--apply").problem


def test_a_language_that_the_pim_has_not_is_refused(propose, stand_in):
    ended = propose("--apply", target="xx_XX")

    assert "no active language" in ended.problem
    assert not stand_in.texts


def test_killed_while_it_waits_for_the_service_the_next_one_pays_for_the_rest_alone(
    propose, stand_in, names, monkeypatch
):
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    with stand_in.holding() as arrived:
        child = start_child(lambda: propose("--apply"))
        assert arrived.wait(60)
        os.kill(child, signal.SIGKILL)
        assert killed(child)
        assert ServiceTranslation.objects.count() == 1

        stand_in.received, first = [], stand_in.texts
        stand_in.release()
        ended = propose("--apply")

    assert ended.status == 0, ended
    assert ended.answer["remembered"] == 1
    assert not set(first) & set(stand_in.texts)
    assert Proposal.objects.open().count() == names
