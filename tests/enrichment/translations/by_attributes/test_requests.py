"""Requests of the PIM's people: flagged, translated, answered, and never asked for twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connections.enriching import switch_off
from enrichment.deciding import approve, reject
from enrichment.models import Offer, Proposal, RequestedTranslation, Source
from enrichment.tasks import look_at_due_sources, look_at_source
from enrichment.translations.by_attributes.tracking import MOST_TAKEN_AWAY
from enrichment.translations.services.base import Limits
from enrichment.translations.services.deepl import DeepL
from enrichment.values import Place
from sandbox.faults import Fault
from tests.enrichment.translations.by_attributes.conftest import FLAG, LOCALES, STATUS, texts
from tests.enrichment.translations.services.stand_in import KEY
from tests.factories import make_order
from tests.programs import call
from tests.queued import waiting

pytestmark = pytest.mark.whole_runs

NAME = Place("name", "fr_FR", type="pim_catalog_text")


def seconds_until_the_next_look():
    source = Source.objects.get()
    assert source.next_look_at is not None
    assert source.looked_at is not None
    return (source.next_look_at - source.looked_at).total_seconds()


def test_what_is_flagged_is_offered_and_answered(asking, lamp, stand_in):
    asking.set_up()
    asking.ask(lamp, "fr_FR")

    assert asking.look() == ""

    assert stand_in.texts == ["Lamp"]
    [one] = texts()
    assert (one.key, one.locale, one.value, one.state) == (lamp, "fr_FR", "» Lamp", "proposed")
    asking.write()
    assert asking.of(lamp) == {"flag": [False], "fr_FR": "INPROGRESS"}
    assert asking.states() == {(lamp, "fr_FR"): "in_progress"}
    kinds = Offer.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["translations", "answers"]


def test_once_it_is_written_the_status_says_so(asking, lamp):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.write()
    approve(texts(), by="Mary")
    asking.write()

    asking.look()
    asking.write()

    assert asking.enrichment.holds(lamp, NAME) == "» Lamp"
    assert asking.of(lamp) == {"flag": [False], "fr_FR": "TRANSLATED"}
    assert asking.states() == {(lamp, "fr_FR"): "translated"}


def test_what_is_rejected_is_refused_with_a_reason(asking, lamp, stand_in):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.write()
    reject(texts(), by="Mary")

    asking.look()
    asking.write()

    assert asking.of(lamp) == {"flag": [False], "fr_FR": "CANCELLED"}
    assert "One text is not translated" in RequestedTranslation.objects.get().problem
    assert len(stand_in.texts) == 1


def test_a_look_at_nothing_new_proposes_nothing(asking, lamp, stand_in):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.look()
    before = (Offer.objects.count(), Proposal.objects.count(), stand_in.calls)

    asking.look()  # the flag is still to be taken away
    asking.write()
    asking.look()  # it is gone, and the translation waits

    assert (Offer.objects.count(), Proposal.objects.count(), stand_in.calls) == before


def test_what_needs_no_approval_is_written_at_once(asking, lamp):
    asking.set_up(approved=True)
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.write()

    asking.look()
    asking.write()

    assert asking.enrichment.holds(lamp, NAME) == "» Lamp"
    assert asking.of(lamp) == {"flag": [False], "fr_FR": "TRANSLATED"}


def test_each_language_has_a_status_of_its_own(asking, lamp):
    asking.set_up()
    asking.pim.edit_product(lamp, "name", "Lampe", "de_DE")
    asking.ask(lamp, "de_DE", "fr_FR")

    asking.look()
    asking.write()

    assert asking.of(lamp) == {"flag": [False], "de_DE": "TRANSLATED", "fr_FR": "INPROGRESS"}


def test_one_status_for_all_languages_is_that_of_the_last(asking, lamp):
    asking.pim.assortment.attributes[STATUS]["localizable"] = False
    asking.set_up()
    asking.pim.edit_product(lamp, "name", "Lampe", "de_DE")
    asking.ask(lamp, "de_DE", "fr_FR")
    asking.look()
    asking.write()
    first = asking.of(lamp)
    approve(texts(), by="Mary")
    asking.write()

    asking.look()
    asking.write()

    assert first == {"flag": [False], None: "INPROGRESS"}
    assert asking.of(lamp) == {"flag": [False], None: "TRANSLATED"}


def test_it_may_be_asked_for_again_and_again(asking, lamp, stand_in):
    asking.set_up(approved=True)
    for text in ("Lamp", "Big lamp", "Bigger lamp"):
        asking.pim.edit_product(lamp, "name", text, "en_US")
        asking.ask(lamp, "fr_FR")
        asking.look()
        asking.write()
        asking.look()
        asking.write()

        assert asking.enrichment.holds(lamp, NAME) == f"» {text}"
        assert asking.of(lamp) == {"flag": [False], "fr_FR": "TRANSLATED"}

    assert stand_in.texts == ["Lamp", "Big lamp", "Bigger lamp"]


def test_what_nobody_asked_for_is_left_alone(asking, lamp, stand_in):
    asking.set_up()
    asking.pim.edit_product(lamp, LOCALES, ["fr_FR"])
    asking.pim.edit_product(lamp, FLAG, False)

    assert asking.look() == ""

    assert (stand_in.calls, Offer.objects.count()) == (0, 0)


def test_a_flag_without_a_language_is_told_and_stays(asking, lamp, stand_in):
    asking.set_up()
    asking.ask(lamp)

    said = asking.look()

    assert "No language was chosen for" in said
    assert asking.of(lamp)["flag"] == [True]
    assert (stand_in.calls, Offer.objects.count()) == (0, 0)


def test_a_language_that_cannot_be_is_refused_with_a_reason(asking, lamp, stand_in):
    asking.pim.assortment.options[LOCALES]["xx_XX"] = {
        "code": "xx_XX",
        "attribute": LOCALES,
        "sort_order": 9,
        "labels": {},
    }
    asking.set_up()
    asking.ask(lamp, "xx_XX")

    asking.look()
    asking.write()

    assert asking.of(lamp) == {"flag": [False]}
    assert "is no active language" in RequestedTranslation.objects.get().problem
    assert stand_in.calls == 0


def test_a_service_that_does_not_answer_leaves_the_flag(asking, lamp, stand_in, settings):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    settings.DEEPL_API_KEY = ""

    said = asking.look()

    assert "DeepL translates for those who have a key" in said
    assert seconds_until_the_next_look() == 3600
    assert asking.of(lamp)["flag"] == [True]
    assert not Offer.objects.exists()
    settings.DEEPL_API_KEY = KEY

    assert asking.look() == ""
    asking.write()

    assert asking.of(lamp) == {"flag": [False], "fr_FR": "INPROGRESS"}


def test_another_language_chosen_meanwhile_is_seen_to(asking, lamp, stand_in):
    asking.set_up()
    asking.ask(lamp, "fr_FR")

    def translate_while_somebody_edits(text):
        asking.pim.edit_product(lamp, LOCALES, ["de_DE", "fr_FR"])
        return f"» {text}"

    stand_in.translates = translate_while_somebody_edits
    asking.look()
    asking.write()
    between = asking.of(lamp)

    asking.look()
    asking.write()

    assert between == {"flag": [True], "fr_FR": "INPROGRESS"}
    assert asking.of(lamp) == {"flag": [False], "de_DE": "INPROGRESS", "fr_FR": "INPROGRESS"}


def test_a_flag_that_somebody_emptied_meanwhile_stays_so(asking, lamp):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.pim.edit_product(lamp, FLAG, None)

    asking.write()

    assert asking.of(lamp) == {"flag": [], "fr_FR": "INPROGRESS"}


def test_a_flag_that_the_pim_does_not_let_go_is_not_asked_for_for_ever(asking, lamp, stand_in):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.look()
    Proposal.objects.filter(attribute=FLAG).update(state=Proposal.State.REFUSED)
    asking.write()
    asking.look()
    Proposal.objects.filter(attribute=FLAG).update(state=Proposal.State.REFUSED)
    asking.write()
    before = (Offer.objects.count(), stand_in.calls)

    for _ in range(3):
        asking.look()
        asking.write()

    assert asking.of(lamp)["flag"] == [True]
    assert (Offer.objects.count(), stand_in.calls) == before


def test_a_flag_that_something_in_the_pim_sets_anew_is_left_alone_after_some_times(asking, lamp):
    asking.set_up(approved=True)
    for _ in range(MOST_TAKEN_AWAY):
        asking.ask(lamp, "fr_FR")
        assert asking.look() == ""
        asking.write()
    before = (Offer.objects.count(), asking.of(lamp)["flag"])
    asking.ask(lamp, "fr_FR")

    said = asking.look()

    assert before[1] == [False]
    assert "flagged anew each time Ferry takes the flag away" in said
    assert (Offer.objects.count(), asking.of(lamp)["flag"]) == (before[0], [True])
    Proposal.objects.update(written_at=timezone.now() - timedelta(days=2))
    assert asking.look() == ""
    asking.write()
    assert asking.of(lamp)["flag"] == [False]


def test_for_a_file_nothing_is_asked_of_a_service(asking, lamp, stand_in):
    asking.set_up(by_service=False)
    asking.ask(lamp, "fr_FR")

    asking.look()
    asking.write()

    assert stand_in.calls == 0
    assert not texts().exists()
    assert asking.of(lamp) == {"flag": [False], "fr_FR": "INPROGRESS"}


def test_for_a_file_it_ends_once_its_translation_is_written(asking, lamp, enrichment):
    asking.set_up(by_service=False)
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.write()
    asking.look()
    before = asking.states()
    chosen = ("--source", "en_US", "--target", "fr_FR", "--attributes", "name")
    done = call("propose_translations", "--pim", asking.world.url, *chosen, "--apply", "--approve")
    assert done.status == 0, done

    asking.look()
    asking.write()

    assert before == {(lamp, "fr_FR"): "in_progress"}
    assert asking.of(lamp) == {"flag": [False], "fr_FR": "TRANSLATED"}


def test_many_are_taken_up_in_several_looks(asking, stand_in, monkeypatch):
    monkeypatch.setattr("enrichment.translations.by_attributes.looking.MOST_AT_ONCE", 1)
    asking.set_up()
    first, second = asking.uuids[:2]
    for uuid in (first, second):
        asking.pim.edit_product(uuid, "name", f"Lamp {uuid}", "en_US")
        asking.pim.edit_product(uuid, "name", None, "fr_FR")
        asking.ask(uuid, "fr_FR")

    asking.look()
    source = Source.objects.get()
    between = len(asking.states())
    asking.look()
    asking.look()
    asking.write()

    assert (between, source.next_look_at) == (1, source.looked_at)
    assert len(asking.states()) == 2
    assert [asking.of(uuid)["flag"] for uuid in (first, second)] == [[False], [False]]


def test_without_the_attributes_it_says_what_is_missing(asking, lamp, stand_in):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    del asking.pim.assortment.options[STATUS]["TRANSLATED"]

    said = asking.look()

    assert said == f"“{STATUS}” lacks the options TRANSLATED."
    assert (stand_in.calls, Offer.objects.count()) == (0, 0)


def test_switched_off_nothing_is_looked_for(asking, lamp, stand_in):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    switch_off(asking.connection)

    assert "Enrichment is switched off" in asking.look()

    assert stand_in.calls == 0


@pytest.mark.parametrize("how", ["switched off", "paused"])
def test_stopped_in_the_middle_no_more_is_sent_to_the_service(asking, stand_in, monkeypatch, how):
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    asking.set_up()
    for number, uuid in enumerate(asking.uuids):
        asking.pim.edit_product(uuid, "name", f"Lamp {number}", "en_US")
        asking.pim.edit_product(uuid, "name", None, "fr_FR")
        asking.ask(uuid, "fr_FR")

    def translate_while_a_manager_stops_it(text):
        if how == "paused":
            Source.objects.update(is_paused=True)
        else:
            switch_off(asking.connection)
        return f"» {text}"

    stand_in.translates = translate_while_a_manager_stops_it
    said = asking.look()

    assert len(asking.uuids) > 1
    assert len(stand_in.texts) == 1
    assert how in said
    assert not texts().exists()


def test_while_an_order_is_sent_they_wait(asking, lamp, stand_in):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    order = make_order(asking.connection, kind="service", confirmed_at=timezone.now())

    said = asking.look()

    assert "Other texts are being translated" in said
    assert seconds_until_the_next_look() == 60
    assert stand_in.calls == 0
    order.delete()
    assert asking.look() == ""
    assert stand_in.texts == ["Lamp"]


def test_a_name_that_cannot_be_kept_stops_no_other(asking, lamp):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.pim.edit_product(lamp, "sku", "la\0mp")

    assert asking.look() == ""

    assert RequestedTranslation.objects.get().identifier == "lamp"


def test_a_pim_that_is_away_is_asked_again_later(asking, lamp):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.pim.faults.add(Fault("500", times=100))

    said = asking.look()

    assert said
    assert seconds_until_the_next_look() == 300
    assert not Offer.objects.filter(state__in=Offer.UNDER_WAY).exists()


def test_what_is_taken_back_flags_nothing_anew(asking, lamp, enrichment):
    asking.set_up(approved=True)
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.write()
    offer = Offer.objects.get(proposals__in=texts())

    undoing = enrichment.undo(offer)
    asking.write()
    asking.look()

    undoing.refresh_from_db()
    assert enrichment.holds(lamp, NAME) is None
    assert asking.of(lamp)["flag"] == [False]


def test_a_text_that_changed_after_it_was_offered_is_refused(asking, lamp):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.write()
    asking.pim.edit_product(lamp, "name", "Torch", "en_US")
    approve(texts(), by="Mary")
    asking.write()

    asking.look()
    asking.write()

    assert asking.of(lamp) == {"flag": [False], "fr_FR": "CANCELLED"}


def test_what_the_service_makes_unusable_is_refused_and_not_asked_for_again(asking, lamp, stand_in):
    asking.set_up()
    asking.pim.edit_product(lamp, "name", "Lamp of {name}", "en_US")
    stand_in.translates = lambda text: "Lampe"
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.write()
    asking.look()

    assert asking.of(lamp) == {"flag": [False], "fr_FR": "CANCELLED"}
    assert stand_in.texts == ["Lamp of {name}"]
    assert Offer.objects.filter(problems__isnull=False).count() == 1


def test_a_product_that_is_gone_ends_its_request(asking, lamp):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.write()
    reject(texts(), by="Mary")
    asking.pim.delete_product(lamp)

    assert asking.look() == ""

    assert RequestedTranslation.objects.get().problem == "It is not in the PIM any more."


def test_while_the_service_is_away_what_was_offered_comes_to_its_end(
    asking, lamp, stand_in, settings
):
    asking.set_up()
    asking.ask(lamp, "fr_FR")
    asking.look()
    asking.write()
    approve(texts(), by="Mary")
    asking.write()
    asking.pim.edit_product(asking.uuids[1], "name", "Torch", "en_US")
    asking.pim.edit_product(asking.uuids[1], "name", None, "fr_FR")
    asking.ask(asking.uuids[1], "fr_FR")
    settings.DEEPL_API_KEY = ""

    said = asking.look()
    asking.write()

    assert "DeepL translates for those who have a key" in said
    assert asking.of(lamp)["fr_FR"] == "TRANSLATED"
    assert asking.of(asking.uuids[1]) == {"flag": [True]}


def test_the_scheduler_has_it_looked_for(asking, lamp, queue):
    source = asking.set_up()
    asking.ask(lamp, "fr_FR")
    queue.clear()

    look_at_due_sources()

    [(task, arguments)] = waiting(queue)
    assert (task, arguments) == ("enrichment.tasks.look_at_source", [source.pk])
    look_at_source(*arguments)
    assert asking.states() == {(lamp, "fr_FR"): "in_progress"}
    look_at_due_sources()
    assert "enrichment.tasks.look_at_source" not in [name for name, _ in waiting(queue)]


def test_a_status_that_people_may_not_edit_is_written(asking, lamp):
    asking.pim.assortment.attributes[STATUS]["is_read_only"] = True
    asking.set_up()
    asking.ask(lamp, "fr_FR")

    asking.look()
    asking.write()

    assert asking.of(lamp) == {"flag": [False], "fr_FR": "INPROGRESS"}
