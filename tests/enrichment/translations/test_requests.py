"""Requests for translations: a file for translators, or texts for a service, made by a worker."""

import os
import signal
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections.enriching import switch_off
from enrichment.kept_files import LEFTOVER_AGE, path_of, remove_leftovers
from enrichment.models import Offer, Proposal, ServiceTranslation, TranslationRequest
from enrichment.tasks import (
    take_up_translation_requests,
    take_up_unfinished_offers,
    work_on_translation_request,
)
from enrichment.translations.choosing import Asked, Only
from enrichment.translations.requests import (
    COUNT_HOLDS,
    KEEP,
    MOST_KEPT,
    MOST_UNDER_WAY,
    ask,
    confirm,
    forget_old_requests,
    stop,
)
from enrichment.translations.services.base import Limits
from enrichment.translations.services.deepl import DeepL
from enrichment.translations.working import work_on_request
from enrichment.translations.xliff_reading import XliffReader
from outbound.errors import ConfigurationError
from sandbox.faults import Fault
from sync.privacy.erase import erase_pim
from tests.factories import make_request
from tests.queued import waiting
from tests.sync.processes import at_once, killed, start_child

FILE, SERVICE = TranslationRequest.Kind
State = TranslationRequest.State
TASK = "enrichment.tasks.work_on_translation_request"
NAMES: dict[str, Any] = {"attributes": ("name",), "only": Only.MISSING}


@pytest.fixture
def kept(settings, tmp_path):
    """The folder of files."""
    settings.STATE_FOLDER = tmp_path / "state"
    return tmp_path / "state" / "uploads"


@pytest.fixture
def want(enrichment, kept, lamp):
    """Ask for the names that have no French one: of the lamp alone."""

    def want(kind=FILE, **values):
        asked = Asked("en_US", "fr_FR", **{**NAMES, **values})
        return ask(enrichment.connection, kind, asked, by="Mary")

    return want


def work(request):
    """What a worker does with it; the request as it stands then."""
    work_on_translation_request(request.pk)
    request.refresh_from_db()
    return request


def units_of(request):
    with path_of(request.file).open("rb") as file:
        return {unit.id: unit.source for unit in XliffReader(file)}


def counted(want, **values):
    return work(want(SERVICE, **values))


def test_the_file_has_the_texts_and_nobody_else_may_read_it(want, lamp, queue):
    request = want()
    woken = waiting(queue)

    work(request)

    assert woken == [(TASK, [request.pk])]
    assert (request.state, request.texts, request.asked_by) == (State.DONE, 1, "Mary")
    assert units_of(request) == {lamp.id: "Lamp"}
    assert path_of(request.file).stat().st_mode & 0o777 == 0o600
    assert request.size == path_of(request.file).stat().st_size


def test_who_asks_twice_gets_one(want, queue):
    first = want()

    assert want() == first
    assert want(only=Only.ALL) != first
    assert len(waiting(queue)) == 2


@pytest.mark.slow
def test_two_who_ask_at_once_get_one_and_two_workers_make_one_file(want, kept):
    at_once(want, want)
    request = TranslationRequest.objects.get()

    at_once(*[lambda: work_on_translation_request(request.pk)] * 2)

    request.refresh_from_db()
    assert request.state == State.DONE
    assert [path.name for path in kept.iterdir()] == [str(request.file)]


def test_what_has_ended_may_be_asked_for_again(want):
    first = work(want())

    assert want() != first


def test_a_task_that_comes_twice_makes_one_file(want, kept):
    request = work(want())
    file = request.file

    work(request)

    assert request.file == file
    assert len(list(kept.iterdir())) == 1


def test_where_nothing_is_to_translate_there_is_no_file(want, kept, lamp, enrichment):
    enrichment.pim.edit_product(lamp.key, "name", "Lampe", "fr_FR")

    request = work(want())

    assert (request.state, request.file, request.texts) == (State.DONE, None, 0)
    assert list(kept.iterdir()) == []


def test_a_list_names_products_and_models_and_what_is_unknown_is_said(want, enrichment, lamp):
    lamps = enrichment.found(lamp.key).identifier
    code = next(iter(enrichment.pim.assortment.models))

    request = work(want(identifiers=(lamps, code, "no-such-thing"), only=Only.ALL))

    keys = {unit.split(".")[1] for unit in units_of(request)}
    assert lamp.key in keys
    assert "no-such-thing" in request.problem
    assert lamps not in request.problem
    assert code not in request.problem


def test_a_language_that_is_gone_stops_it_with_the_reason(enrichment, kept):
    request = ask(enrichment.connection, FILE, Asked("en_US", "xx_XX"))

    work(request)

    assert request.state == State.STOPPED
    assert "no active language" in request.problem
    assert list(kept.iterdir()) == []


def test_switched_off_nothing_is_asked_for_and_nothing_made(want, enrichment):
    request = want()
    switch_off(enrichment.connection)

    work(request)

    assert request.state == State.STOPPED
    assert "on the page Enrichment" in request.problem
    with pytest.raises(ConfigurationError, match="switched off"):
        want()


def test_while_the_pim_is_unwell_it_is_put_off(want, world, queue, kept):
    request = want()
    fault = Fault("500", path="products-uuid", times=8)
    world.pim.faults.add(fault)
    work_on_request(request, sleep=world.sleep)
    fault.times = 0
    waiting(queue)
    request.refresh_from_db()
    first = (request.state, request.owner, request.not_before > timezone.now())

    take_up_translation_requests()
    early = waiting(queue)
    TranslationRequest.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    take_up_translation_requests()
    work(request)

    assert (first, early) == ((State.WORKING, "", True), [])
    assert waiting(queue) == [(TASK, [request.pk])]
    assert (request.state, request.problem) == (State.DONE, "")
    assert len(list(kept.iterdir())) == 1


@pytest.mark.parametrize("noted_every", [0, 60])  # so it is found out on the way, or at the end
def test_one_that_was_stopped_leaves_no_file(want, world, kept, monkeypatch, noted_every):
    monkeypatch.setattr("enrichment.translations.working._NOTED_EVERY", noted_every)
    request = want()
    stopped = []

    def sleep(seconds):
        stopped.append(stop(request))

    world.pim.faults.add(Fault("500", path="products-uuid", times=1))
    work_on_request(request, sleep=sleep)

    request.refresh_from_db()
    assert stopped == [True]
    assert (request.state, request.file) == (State.STOPPED, None)
    assert list(kept.iterdir()) == []
    assert stop(request) is False


@pytest.mark.slow
def test_killed_while_it_is_made_it_is_made_again(want, enrichment, queue, kept):
    request = want()
    with enrichment.world.between.holding(r"/products-uuid\?") as held:
        child = start_child(lambda: work_on_translation_request(request.pk))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)
    [part] = kept.iterdir()
    waiting(queue)

    take_up_translation_requests()
    woken = waiting(queue)
    work(request)

    assert woken == [(TASK, [request.pk])]
    assert (request.state, len(units_of(request))) == (State.DONE, 1)
    long_ago = (timezone.now() - 2 * LEFTOVER_AGE).timestamp()
    for path in kept.iterdir():
        os.utime(path, (long_ago, long_ago))
    assert remove_leftovers() == 1
    assert not part.exists()
    assert units_of(request)


def test_one_by_which_every_worker_dies_is_left_alone(want):
    request = want()
    TranslationRequest.objects.update(tries=3)

    work(request)

    assert request.state == State.STOPPED
    assert "cut off 3 times" in request.problem


def test_only_so_many_are_under_way(want):
    for number in range(MOST_UNDER_WAY):
        want(identifiers=(f"SKU-{number}",))

    with pytest.raises(ConfigurationError, match="under way already"):
        want()


def test_files_go_after_some_days_and_what_is_under_way_stays(want, kept, enrichment):
    work(want())
    under_way = want(only=Only.ALL)
    TranslationRequest.objects.update(updated_at=timezone.now() - KEEP - timedelta(hours=1))

    forget_old_requests()

    assert list(TranslationRequest.objects.all()) == [under_way]
    assert list(kept.iterdir()) == []


def test_only_so_many_are_kept(want, kept, enrichment):
    first = work(want())
    for _ in range(MOST_KEPT):
        make_request(enrichment.connection, state=State.DONE)

    want()

    assert not TranslationRequest.objects.filter(pk=first.pk).exists()
    assert list(kept.iterdir()) == []


def test_the_files_go_with_their_pim(want, kept, enrichment):
    work(want())

    erase_pim(enrichment.connection)

    assert list(kept.iterdir()) == []


def test_it_is_counted_first_and_nothing_is_sent(want, stand_in):
    request = counted(want)

    assert (request.state, request.texts, request.characters) == (State.COUNTED, 1, len("Lamp"))
    assert stand_in.calls == 0
    assert not Offer.objects.exists()


def test_confirmed_it_is_translated_and_waits_for_approval(want, stand_in, lamp, queue):
    request = counted(want)
    waiting(queue)

    assert confirm(request, by="Mary") is True
    woken = waiting(queue)
    work(request)

    assert woken == [(TASK, [request.pk])]
    assert stand_in.texts == ["Lamp"]
    assert (request.state, request.offer.state) == (State.DONE, Offer.State.WAITING)
    assert (request.offer.name, request.offer.offered_by) == ("DeepL: en_US → fr_FR", "Mary")
    one = Proposal.objects.get()
    assert (one.key, one.value, one.state) == (lamp.key, "» Lamp", Proposal.State.PROPOSED)


def test_it_is_confirmed_once(want, stand_in):
    request = counted(want)

    assert [confirm(request, by="Mary"), confirm(request, by="Mary")] == [True, False]


def test_what_is_not_confirmed_is_never_sent(want, stand_in):
    request = counted(want)

    work(request)
    take_up_translation_requests()

    assert (request.state, stand_in.calls) == (State.COUNTED, 0)


def test_no_more_is_sent_than_was_agreed_to(want, stand_in, enrichment, lamp, monkeypatch):
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    request = counted(want)
    for uuid in enrichment.uuids[1:]:
        enrichment.pim.edit_product(uuid, "name", f"Zebra {uuid}", "en_US")
        enrichment.pim.edit_product(uuid, "name", None, "fr_FR")
    confirm(request, by="Mary")

    work(request)

    assert stand_in.texts == ["Lamp"]
    assert (request.state, request.offer.state) == (State.DONE, Offer.State.WAITING)
    assert "more to translate by now than was counted" in request.problem


def test_an_old_number_is_counted_anew(want, stand_in):
    request = counted(want)
    TranslationRequest.objects.update(updated_at=timezone.now() - COUNT_HOLDS - timedelta(hours=1))

    with pytest.raises(ConfigurationError, match="more than a day old"):
        confirm(request, by="Mary")
    again = want(SERVICE)

    request.refresh_from_db()
    assert (again != request, request.state) == (True, State.STOPPED)


def test_two_are_not_sent_at_the_same_time(want, stand_in):
    first, second = counted(want), counted(want, only=Only.ALL)
    confirm(first, by="Mary")

    with pytest.raises(ConfigurationError, match="being translated just now"):
        confirm(second, by="Mary")


def test_a_wrong_key_stops_it_without_an_offer(want, stand_in, settings):
    request = counted(want)
    confirm(request, by="Mary")
    settings.DEEPL_API_KEY = "wrong"

    work(request)

    assert request.state == State.STOPPED
    assert "DEEPL_API_KEY" in request.problem
    assert not Offer.objects.exists()


def test_when_the_account_is_used_up_its_offer_says_so(want, stand_in):
    request = counted(want)
    confirm(request, by="Mary")
    stand_in.limit = 1

    work(request)

    assert (request.state, request.offer.state) == (State.STOPPED, Offer.State.STOPPED)
    assert "used up" in request.problem
    assert "used up" in request.offer.problem


def test_while_the_service_is_unwell_it_is_put_off_and_read_into_the_same_offer(
    want, stand_in, world, lamp
):
    request = counted(want)
    confirm(request, by="Mary")
    request.refresh_from_db()
    stand_in.answers += [(200, {}, b'{"character_count": 0}')] + [(503, {}, b"")] * 6
    work_on_request(request)
    request.refresh_from_db()
    put_off = (request.state, request.not_before is not None, request.offer.state)

    TranslationRequest.objects.update(not_before=None)
    work(request)

    assert put_off == (State.WORKING, True, Offer.State.STOPPED)
    assert (request.state, Offer.objects.count()) == (State.DONE, 1)
    assert Offer.objects.get().state == Offer.State.WAITING
    assert Proposal.objects.get().key == lamp.key


@pytest.mark.slow
def test_killed_while_it_waits_for_the_service_the_rest_alone_is_paid_for(
    want, stand_in, names, monkeypatch, queue
):
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    request = counted(want)
    confirm(request, by="Mary")
    with stand_in.holding() as arrived:
        child = start_child(lambda: work_on_translation_request(request.pk))
        assert arrived.wait(60)
        os.kill(child, signal.SIGKILL)
        assert killed(child)
    waiting(queue)
    first = stand_in.texts
    take_up_unfinished_offers()  # which leaves to the request what is the request's
    assert Offer.objects.get().state == Offer.State.READING
    take_up_translation_requests()
    woken = waiting(queue)

    work(request)

    assert (len(first), woken) == (1, [(TASK, [request.pk])])
    assert len(stand_in.texts) == len(set(stand_in.texts)) == names
    assert ServiceTranslation.objects.count() == names
    assert (request.state, Offer.objects.count()) == (State.DONE, 1)
    assert Proposal.objects.open().count() == names


@pytest.mark.parametrize("noted_every", [0, 60])
def test_stopped_while_the_service_answers_nothing_waits_for_approval(
    want, stand_in, monkeypatch, noted_every
):
    monkeypatch.setattr("enrichment.translations.working._NOTED_EVERY", noted_every)
    request = counted(want)
    confirm(request, by="Mary")

    def translates(text):
        stop(request)
        return text.upper()

    stand_in.translates = translates
    work(request)

    assert request.state == State.STOPPED
    assert (Offer.objects.get().state, Proposal.objects.count()) == (Offer.State.STOPPED, 0)
    assert ServiceTranslation.objects.count() == 1
