"""Orders for translations: a file for translators, or texts for a service, made by a worker."""

import os
import shutil
import signal
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections.enriching import switch_off
from enrichment import source_ownership
from enrichment.kept_files import KEPT_FREE, LEFTOVER_AGE, path_of, remove_leftovers
from enrichment.models import Offer, Proposal, ServiceTranslation, Source, TranslationOrder
from enrichment.tasks import (
    take_up_translation_orders,
    take_up_unfinished_offers,
    work_on_translation_order,
)
from enrichment.translations.by_attributes.setting_up import set_up
from enrichment.translations.by_attributes.steering import Steering
from enrichment.translations.choosing import Asked, Only
from enrichment.translations.orders import (
    COUNT_HOLDS,
    KEEP,
    MOST_KEPT,
    MOST_UNDER_WAY,
    ask,
    confirm,
    forget_old_orders,
    stop,
)
from enrichment.translations.services.base import Limits
from enrichment.translations.services.deepl import DeepL
from enrichment.translations.working import work_on_order
from enrichment.translations.xliff_reading import XliffReader
from outbound.errors import ConfigurationError
from sandbox.faults import Fault
from sync.privacy.erase import erase_pim
from tests.factories import make_order
from tests.queued import waiting
from tests.sync.processes import at_once, killed, start_child

pytestmark = pytest.mark.whole_runs

FILE, SERVICE = TranslationOrder.Kind
State = TranslationOrder.State
TASK = "enrichment.tasks.work_on_translation_order"
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


def work(order):
    """What a worker does with it; the order as it stands then."""
    work_on_translation_order(order.pk)
    order.refresh_from_db()
    return order


def units_of(order):
    with path_of(order.file).open("rb") as file:
        return {unit.id: unit.source for unit in XliffReader(file)}


def counted(want, **values):
    return work(want(SERVICE, **values))


def test_the_file_has_the_texts_and_nobody_else_may_read_it(want, lamp, queue):
    order = want()
    woken = waiting(queue)

    work(order)

    assert woken == [(TASK, [order.pk])]
    assert (order.state, order.texts, order.asked_by) == (State.DONE, 1, "Mary")
    assert units_of(order) == {lamp.id: "Lamp"}
    assert path_of(order.file).stat().st_mode & 0o777 == 0o600
    assert order.size == path_of(order.file).stat().st_size


def test_who_asks_twice_gets_one(want, queue):
    first = want()

    assert want() == first
    assert want(only=Only.ALL) != first
    assert len(waiting(queue)) == 2


@pytest.mark.slow
def test_two_who_ask_at_once_get_one_and_two_workers_make_one_file(want, kept):
    at_once(want, want)
    order = TranslationOrder.objects.get()

    at_once(*[lambda: work_on_translation_order(order.pk)] * 2)

    order.refresh_from_db()
    assert order.state == State.DONE
    assert [path.name for path in kept.iterdir()] == [str(order.file)]


def test_what_has_ended_may_be_asked_for_again(want):
    first = work(want())

    assert want() != first


def test_a_task_that_comes_twice_makes_one_file(want, kept):
    order = work(want())
    file = order.file

    work(order)

    assert order.file == file
    assert len(list(kept.iterdir())) == 1


def test_where_nothing_is_to_translate_there_is_no_file(want, kept, lamp, enrichment):
    enrichment.pim.edit_product(lamp.key, "name", "Lampe", "fr_FR")

    order = work(want())

    assert (order.state, order.file, order.texts) == (State.DONE, None, 0)
    assert list(kept.iterdir()) == []


def test_a_list_names_products_and_models_and_what_is_unknown_is_said(want, enrichment, lamp):
    lamps = enrichment.found(lamp.key).identifier
    code = next(iter(enrichment.pim.assortment.models))

    order = work(want(identifiers=(lamps, code, "no-such-thing"), only=Only.ALL))

    keys = {unit.split(".")[1] for unit in units_of(order)}
    assert lamp.key in keys
    assert "no-such-thing" in order.problem
    assert lamps not in order.problem
    assert code not in order.problem


def test_a_language_that_is_gone_stops_it_with_the_reason(enrichment, kept):
    order = ask(enrichment.connection, FILE, Asked("en_US", "xx_XX"))

    work(order)

    assert order.state == State.STOPPED
    assert "no active language" in order.problem
    assert list(kept.iterdir()) == []


def test_switched_off_nothing_is_asked_for_and_nothing_made(want, enrichment):
    order = want()
    switch_off(enrichment.connection)

    work(order)

    assert order.state == State.STOPPED
    assert "on the page Enrichment" in order.problem
    with pytest.raises(ConfigurationError, match="switched off"):
        want()


def test_while_the_pim_is_unwell_it_is_put_off(want, world, queue, kept):
    order = want()
    fault = Fault("500", path="products-uuid", times=8)
    world.pim.faults.add(fault)
    work_on_order(order, sleep=world.sleep)
    fault.times = 0
    waiting(queue)
    order.refresh_from_db()
    first = (order.state, order.owner, order.not_before > timezone.now())

    take_up_translation_orders()
    early = waiting(queue)
    TranslationOrder.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    take_up_translation_orders()
    work(order)

    assert (first, early) == ((State.WORKING, "", True), [])
    assert waiting(queue) == [(TASK, [order.pk])]
    assert (order.state, order.problem) == (State.DONE, "")
    assert len(list(kept.iterdir())) == 1


@pytest.mark.parametrize("noted_every", [0, 60])  # so it is found out on the way, or at the end
def test_one_that_was_stopped_leaves_no_file(want, world, kept, monkeypatch, noted_every):
    monkeypatch.setattr("enrichment.translations.working._NOTED_EVERY", noted_every)
    order = want()
    stopped = []

    def sleep(seconds):
        stopped.append(stop(order))

    world.pim.faults.add(Fault("500", path="products-uuid", times=1))
    work_on_order(order, sleep=sleep)

    order.refresh_from_db()
    assert stopped == [True]
    assert (order.state, order.file) == (State.STOPPED, None)
    assert list(kept.iterdir()) == []
    assert stop(order) is False


@pytest.mark.slow
def test_killed_while_it_is_made_it_is_made_again(want, enrichment, queue, kept):
    order = want()
    with enrichment.world.between.holding(r"/products-uuid\?") as held:
        child = start_child(lambda: work_on_translation_order(order.pk))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)
    [part] = kept.iterdir()
    waiting(queue)

    take_up_translation_orders()
    woken = waiting(queue)
    work(order)

    assert woken == [(TASK, [order.pk])]
    assert (order.state, len(units_of(order))) == (State.DONE, 1)
    long_ago = (timezone.now() - 2 * LEFTOVER_AGE).timestamp()
    for path in kept.iterdir():
        os.utime(path, (long_ago, long_ago))
    assert remove_leftovers() == 1
    assert not part.exists()
    assert units_of(order)


def test_one_by_which_every_worker_dies_is_left_alone(want):
    order = want()
    TranslationOrder.objects.update(tries=3)

    work(order)

    assert order.state == State.STOPPED
    assert "cut off 3 times" in order.problem


def test_only_so_many_are_under_way(want):
    for number in range(MOST_UNDER_WAY):
        want(identifiers=(f"SKU-{number}",))

    with pytest.raises(ConfigurationError, match="under way already"):
        want()


@pytest.mark.parametrize("looks", [0, 1])  # before it is begun, and on the way
def test_a_disk_that_gets_full_ends_it_and_keeps_room_for_the_rest(want, kept, monkeypatch, looks):
    order = want()
    kept.mkdir(parents=True)
    usage = shutil.disk_usage(kept)
    free = iter([2 * KEPT_FREE] * looks)
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: usage._replace(free=next(free, KEPT_FREE - 1))
    )

    work(order)

    assert order.state == State.STOPPED
    assert "There was no room for it" in order.problem
    assert list(kept.iterdir()) == []


def test_files_go_after_some_days_and_what_is_under_way_stays(want, kept, enrichment):
    work(want())
    under_way = want(only=Only.ALL)
    TranslationOrder.objects.update(updated_at=timezone.now() - KEEP - timedelta(hours=1))

    forget_old_orders()

    assert list(TranslationOrder.objects.all()) == [under_way]
    assert list(kept.iterdir()) == []


def test_only_so_many_are_kept(want, kept, enrichment):
    first = work(want())
    for _ in range(MOST_KEPT):
        make_order(enrichment.connection, state=State.DONE)

    want()

    assert not TranslationOrder.objects.filter(pk=first.pk).exists()
    assert list(kept.iterdir()) == []


def test_the_files_go_with_their_pim(want, kept, enrichment):
    work(want())

    erase_pim(enrichment.connection)

    assert list(kept.iterdir()) == []


def test_it_is_counted_first_and_nothing_is_sent(want, stand_in):
    order = counted(want)

    assert (order.state, order.texts, order.characters) == (State.COUNTED, 1, len("Lamp"))
    assert stand_in.calls == 0
    assert not Offer.objects.exists()


def test_confirmed_it_is_translated_and_waits_for_approval(want, stand_in, lamp, queue):
    order = counted(want)
    waiting(queue)

    assert confirm(order, by="Mary") is True
    woken = waiting(queue)
    work(order)

    assert woken == [(TASK, [order.pk])]
    assert stand_in.texts == ["Lamp"]
    assert (order.state, order.offer.state) == (State.DONE, Offer.State.WAITING)
    assert (order.offer.name, order.offer.offered_by) == ("DeepL: en_US → fr_FR", "Mary")
    one = Proposal.objects.get()
    assert (one.key, one.value, one.state) == (lamp.key, "» Lamp", Proposal.State.PROPOSED)


def test_it_is_confirmed_once(want, stand_in):
    order = counted(want)

    assert [confirm(order, by="Mary"), confirm(order, by="Mary")] == [True, False]


def test_what_is_not_confirmed_is_never_sent(want, stand_in):
    order = counted(want)

    work(order)
    take_up_translation_orders()

    assert (order.state, stand_in.calls) == (State.COUNTED, 0)


def test_no_more_is_sent_than_was_agreed_to(want, stand_in, enrichment, lamp, monkeypatch):
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    order = counted(want)
    for uuid in enrichment.uuids[1:]:
        enrichment.pim.edit_product(uuid, "name", f"Zebra {uuid}", "en_US")
        enrichment.pim.edit_product(uuid, "name", None, "fr_FR")
    confirm(order, by="Mary")

    work(order)

    assert stand_in.texts == ["Lamp"]
    assert (order.state, order.offer.state) == (State.DONE, Offer.State.WAITING)
    assert "more to translate by now than was counted" in order.problem


def test_no_more_is_sent_than_was_agreed_to_however_often_it_is_taken_up(
    want, stand_in, enrichment, names, monkeypatch
):
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    order = counted(want)
    agreed = order.characters
    confirm(order, by="Mary")
    order.refresh_from_db()

    def translates_before_the_pim_fails(text):
        enrichment.pim.faults.add(Fault("500", path="product-models", times=8))
        return f"» {text}"

    stand_in.translates = translates_before_the_pim_fails
    work_on_order(order, sleep=enrichment.world.sleep)
    order.refresh_from_db()
    between = (order.state, len(stand_in.texts), order.sent_characters)
    enrichment.pim.faults.clear()
    for uuid in enrichment.uuids:
        enrichment.pim.edit_product(uuid, "name", f"Another {uuid}", "en_US")
    TranslationOrder.objects.update(not_before=None)
    work(order)

    assert between == (State.WORKING, names, agreed)
    assert sum(map(len, stand_in.texts)) == agreed
    assert "more to translate by now" in order.problem


@pytest.mark.parametrize("noted_every", [0, 60])
def test_switched_off_in_the_middle_no_more_is_sent(
    want, stand_in, enrichment, names, monkeypatch, noted_every
):
    monkeypatch.setattr("enrichment.translations.working._NOTED_EVERY", noted_every)
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    order = counted(want)
    confirm(order, by="Mary")

    def translates(text):
        switch_off(enrichment.connection)
        return text.upper()

    stand_in.translates = translates
    work(order)

    assert names > 1
    assert (order.state, len(stand_in.texts)) == (State.STOPPED, 1)
    assert "on the page Enrichment" in order.problem
    assert (Offer.objects.get().state, Proposal.objects.count()) == (Offer.State.STOPPED, 0)


def test_an_old_number_is_counted_anew(want, stand_in):
    order = counted(want)
    TranslationOrder.objects.update(updated_at=timezone.now() - COUNT_HOLDS - timedelta(hours=1))

    with pytest.raises(ConfigurationError, match="more than a day old"):
        confirm(order, by="Mary")
    again = want(SERVICE)

    order.refresh_from_db()
    assert (again != order, order.state) == (True, State.STOPPED)


def test_two_are_not_sent_at_the_same_time(want, stand_in):
    first, second = counted(want), counted(want, only=Only.ALL)
    confirm(first, by="Mary")

    with pytest.raises(ConfigurationError, match="being translated just now"):
        confirm(second, by="Mary")


def test_while_requests_are_served_none_is_sent(want, stand_in, enrichment):
    order = counted(want)
    source = set_up(enrichment.connection, Steering(source_locale="en_US"), approved=False)
    assert source_ownership.claim(source)

    with pytest.raises(ConfigurationError, match="being translated just now"):
        confirm(order, by="Mary")

    Source.objects.update(owner="")
    assert confirm(order, by="Mary")


def test_a_wrong_key_stops_it_without_an_offer(want, stand_in, settings):
    order = counted(want)
    confirm(order, by="Mary")
    settings.DEEPL_API_KEY = "wrong"

    work(order)

    assert order.state == State.STOPPED
    assert "DEEPL_API_KEY" in order.problem
    assert not Offer.objects.exists()


def test_when_the_account_is_used_up_its_offer_says_so(want, stand_in):
    order = counted(want)
    confirm(order, by="Mary")
    stand_in.limit = 1

    work(order)

    assert (order.state, order.offer.state) == (State.STOPPED, Offer.State.STOPPED)
    assert "used up" in order.problem
    assert "used up" in order.offer.problem


def test_while_the_service_is_unwell_it_is_put_off_and_read_into_the_same_offer(
    want, stand_in, world, lamp
):
    order = counted(want)
    confirm(order, by="Mary")
    order.refresh_from_db()
    stand_in.answers += [(200, {}, b'{"character_count": 0}')] + [(503, {}, b"")] * 6
    work_on_order(order)
    order.refresh_from_db()
    put_off = (order.state, order.not_before is not None, order.offer.state)

    TranslationOrder.objects.update(not_before=None)
    work(order)

    assert put_off == (State.WORKING, True, Offer.State.STOPPED)
    assert (order.state, Offer.objects.count()) == (State.DONE, 1)
    assert Offer.objects.get().state == Offer.State.WAITING
    assert Proposal.objects.get().key == lamp.key


@pytest.mark.slow
def test_killed_while_it_waits_for_the_service_the_rest_alone_is_paid_for(
    want, stand_in, names, monkeypatch, queue
):
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    order = counted(want)
    confirm(order, by="Mary")
    with stand_in.holding() as arrived:
        child = start_child(lambda: work_on_translation_order(order.pk))
        assert arrived.wait(60)
        os.kill(child, signal.SIGKILL)
        assert killed(child)
    waiting(queue)
    first = stand_in.texts
    take_up_unfinished_offers()  # which leaves to the order what is the order's
    assert Offer.objects.get().state == Offer.State.READING
    take_up_translation_orders()
    woken = waiting(queue)

    work(order)

    assert (len(first), woken) == (1, [(TASK, [order.pk])])
    assert len(stand_in.texts) == len(set(stand_in.texts)) == names
    assert ServiceTranslation.objects.count() == names
    assert (order.state, Offer.objects.count()) == (State.DONE, 1)
    assert (order.texts, order.characters) == (names, sum(map(len, stand_in.texts)))
    assert Proposal.objects.open().count() == names


@pytest.mark.parametrize("noted_every", [0, 60])
def test_stopped_while_the_service_answers_nothing_waits_for_approval(
    want, stand_in, monkeypatch, noted_every
):
    monkeypatch.setattr("enrichment.translations.working._NOTED_EVERY", noted_every)
    order = counted(want)
    confirm(order, by="Mary")

    def translates(text):
        stop(order)
        return text.upper()

    stand_in.translates = translates
    work(order)

    assert order.state == State.STOPPED
    assert (Offer.objects.get().state, Proposal.objects.count()) == (Offer.State.STOPPED, 0)
    assert ServiceTranslation.objects.count() == 1
