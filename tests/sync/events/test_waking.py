"""Events wake: what they name is read and sent by a run, and by nobody's word alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.models import Catalog
from catalogs.pauses import pause
from sandbox.faults import Fault
from sandbox.state import CLIENT_ID
from sync import ownership
from sync.events.waking import gather, unfinished
from sync.execution import execute_run
from sync.listings import confirm_held
from sync.models import ChangedKey, Listing, ReceivedEvent, Run
from sync.runs import create_run
from sync.tasks import take_up_events, work_on_events
from sync.tidying import KEEP_EVENTS, forget_old_history
from tests.queued import waiting
from tests.sync.events.telling import event_body, signed

pytestmark = pytest.mark.whole_runs


@pytest.fixture
def synced(told, events):
    """Everything is in the shop, and the platform tells of what changes from now on."""
    told.world.sync(full=True)
    Catalog.objects.update(started_at=timezone.now())
    return told


def work(told):
    """What workers do when they are called, until nothing is left to do."""
    told.deliver()
    for _ in range(5):
        work_on_events(told.world.connection.event_subscription.pk)
        for run in Run.objects.live():
            assert ownership.claim(run)
            execute_run(told_run(run), sleep=told.world.sleep)


def told_run(run):
    return Run.objects.select_related("catalog__channel__connection").get(pk=run.pk)


def runs():
    rows = Run.objects.filter(trigger=Run.Trigger.EVENT).order_by("pk")
    return list(rows.values_list("mode", "keys"))


def some(told, number=0):
    return sorted(told.world.listed())[number]


def test_an_edit_reaches_the_shop_by_itself(synced):
    uuid = some(synced)
    synced.pim.edit_product(uuid, "sku", "NEW-SKU")

    work(synced)

    assert runs() == [("product", [uuid])]
    assert synced.world.documents_on_shop() == synced.world.documents_in_pim()
    assert not ChangedKey.objects.exists()
    assert not ReceivedEvent.objects.waiting().exists()


def test_many_events_of_one_product_are_one_run(synced):
    uuid = some(synced)
    for number in range(10):
        synced.pim.edit_product(uuid, "sku", f"SKU-{number}")

    work(synced)

    assert runs() == [("product", [uuid])]


def test_a_product_that_left_is_withdrawn(synced):
    uuid = some(synced)
    synced.pim.delete_product(uuid)

    work(synced)

    assert uuid not in synced.world.on_shop()
    assert uuid in synced.world.withdrawn()


def test_products_that_leave_in_pieces_are_held_as_if_they_left_at_once(synced):
    uuids = sorted(synced.world.listed())
    for start in (0, 12):
        for uuid in uuids[start : start + 12]:
            synced.pim.delete_product(uuid)
        work(synced)

    assert [mode for mode, _ in runs()] == ["product", "product"]
    assert synced.world.withdrawn() == set(uuids[:12])
    assert synced.world.statuses()["held"] == 12


def test_after_a_run_that_read_all_that_changed_pieces_are_counted_anew(synced):
    uuids = sorted(synced.world.listed())
    for start in (0, 12):
        for uuid in uuids[start : start + 12]:
            synced.pim.delete_product(uuid)
        work(synced)
        synced.world.sync()

    assert synced.world.withdrawn() == set(uuids[:24])


def delete(told, uuids):
    for uuid in uuids:
        told.pim.delete_product(uuid)
    work(told)


def held(world):
    return Listing.objects.filter(catalog=world.catalog).held()


def confirm_all(told):
    confirm_held(told.world.catalog, list(held(told.world).values_list("pk", flat=True)))


def test_a_delta_holds_what_leaves_with_pieces_that_events_took_off_before(synced):
    uuids = sorted(synced.world.listed())
    delete(synced, uuids[:12])
    for uuid in uuids[12:24]:
        synced.pim.delete_product(uuid)

    synced.world.sync()

    assert synced.world.withdrawn() == set(uuids[:12])
    assert held(synced.world).count() == 12


def test_after_a_persons_yes_pieces_are_counted_anew(synced):
    uuids = sorted(synced.world.listed())
    delete(synced, uuids[:20])
    delete(synced, uuids[20:22])
    confirm_all(synced)

    delete(synced, uuids[22:23])

    assert not held(synced.world).exists()
    assert uuids[22] in synced.world.withdrawn()


def test_what_waits_to_be_taken_off_counts_with_the_pieces_after_it(synced):
    pause(synced.world.catalog.channel)
    uuids = sorted(synced.world.listed())
    delete(synced, uuids[:12])
    delete(synced, uuids[12:24])

    assert set(held(synced.world).values_list("key", flat=True)) == set(uuids[12:24])


def test_what_came_back_did_not_leave(synced):
    uuids = sorted(synced.world.listed())[:12]
    for _ in range(2):
        for uuid in uuids:
            synced.pim.disable_product(uuid)
        work(synced)
        for uuid in uuids:
            synced.pim.enable_product(uuid)
        work(synced)

    assert not Run.objects.filter(held__gt=0).exists()
    assert synced.world.withdrawn() == set(uuids)
    assert synced.world.statuses() == {"listed": len(synced.world.listed())}


def test_values_that_many_would_lose_are_held(synced):
    for uuid in sorted(synced.world.listed())[:30]:
        synced.pim.edit_product(uuid, "brand", None)
    before = synced.world.documents_on_shop()

    work(synced)

    [(mode, keys)] = runs()
    assert (mode, len(keys)) == ("product", 30)
    assert synced.world.statuses()["held"] == 30
    assert synced.world.documents_on_shop() == before


def empty(told, uuids):
    for uuid in uuids:
        told.pim.edit_product(uuid, "brand", None)


@pytest.mark.parametrize("finds", [work, lambda told: told.world.sync()])
def test_values_that_many_would_lose_in_pieces_are_held(finds, synced):
    uuids = sorted(synced.world.listed())
    empty(synced, uuids[:15])
    work(synced)
    empty(synced, uuids[15:30])

    finds(synced)

    assert set(held(synced.world).values_list("key", flat=True)) == set(uuids[15:30])


@pytest.mark.parametrize("begins_anew", [confirm_all, lambda told: told.world.sync()])
def test_values_that_products_lose_after_that_are_counted_anew(begins_anew, synced):
    uuids = sorted(synced.world.listed())
    empty(synced, uuids[:20])
    work(synced)
    if begins_anew is confirm_all:
        empty(synced, uuids[20:22])
        work(synced)
        assert held(synced.world).count() == 2
    begins_anew(synced)
    empty(synced, uuids[22:23])

    work(synced)

    assert not held(synced.world).exists()


def test_a_new_product_is_sent(synced):
    product = synced.pim.add_product("brand-new", "mugs")

    work(synced)

    assert product.uuid in synced.world.on_shop()


def test_what_the_catalog_does_not_hold_changes_nothing(synced):
    synced.world.select(synced.world.catalog, "lamps")
    synced.world.sync(full=True)
    before = synced.world.on_shop()
    other = synced.pim.add_product("brand-new", "mugs")

    work(synced)

    assert synced.world.on_shop() == before
    assert not Listing.objects.filter(key=other.uuid).exists()


def test_an_edited_model_sends_its_variants(synced):
    code, model = next(iter(synced.pim.assortment.models.items()))
    synced.pim.edit_model(code, "name", "Another name", "en_US")

    work(synced)

    ((mode, keys),) = runs()
    assert mode == "product"
    below = {each.uuid for each in synced.pim.assortment.variants_below(code)}
    assert below <= set(keys)
    assert synced.world.documents_on_shop() == synced.world.documents_in_pim()
    assert model.code == code


def test_a_deleted_model_is_no_reason_to_wait(synced):
    uuid = some(synced)
    synced.pim.edit_product(uuid, "sku", "NEW-SKU")
    synced.deliver()
    ChangedKey.objects.create(catalog=synced.world.catalog, is_model=True, key="no-such-model")

    work(synced)

    assert runs() == [("product", [uuid])]
    assert not ChangedKey.objects.exists()


def test_our_own_writing_wakes_nothing(synced):
    uuid = some(synced)
    product = {"uuid": uuid}
    body = event_body(data={"product": product, "author": {"identifier": CLIENT_ID, "type": "api"}})
    events = synced.world.connection.event_subscription
    answer = synced.browser.post(
        f"/webhooks/akeneo/{events.key}",
        body,
        content_type="application/json",
        headers=signed(events.primary_secret, body),
    )

    work(synced)

    assert answer.status_code == 204
    assert runs() == []
    assert not ReceivedEvent.objects.waiting().exists()


def test_events_in_any_order_end_at_what_the_pim_has(synced):
    uuid = some(synced)
    synced.pim.disable_product(uuid)
    synced.pim.enable_product(uuid)
    synced.pim.edit_product(uuid, "sku", "LAST")
    synced.pim.events.waiting.reverse()

    work(synced)

    assert synced.world.documents_on_shop() == synced.world.documents_in_pim()


def test_while_another_run_works_they_wait(synced, queue):
    uuid = some(synced)
    other = create_run(synced.world.again(), Run.Trigger.SCHEDULE)
    synced.pim.edit_product(uuid, "sku", "NEW-SKU")
    synced.deliver()
    waiting(queue)

    work_on_events(synced.world.connection.event_subscription.pk)

    assert runs() == []
    assert list(ChangedKey.objects.values_list("key", flat=True)) == [uuid]
    pk = synced.world.connection.event_subscription.pk
    other.delete()
    take_up_events()
    assert waiting(queue) == [("sync.tasks.work_on_events", [pk])]
    work(synced)
    assert runs() == [("product", [uuid])]


def test_whoever_dies_between_noting_and_starting_loses_nothing(synced):
    synced.pim.edit_product(some(synced), "sku", "NEW-SKU")
    synced.deliver()
    assert gather(synced.world.connection.event_subscription) == 1

    assert synced.world.connection.event_subscription in unfinished()
    work(synced)

    assert synced.world.documents_on_shop() == synced.world.documents_in_pim()


def test_more_than_are_read_one_by_one_are_a_delta(synced, monkeypatch):
    monkeypatch.setattr("sync.events.waking.ONE_BY_ONE", 3)
    for number in range(5):
        synced.pim.edit_product(some(synced, number), "sku", f"SKU-{number}")

    work(synced)

    assert runs() == [("delta", [])]
    assert synced.world.documents_on_shop() == synced.world.documents_in_pim()
    assert not ChangedKey.objects.exists()


def test_many_variants_of_a_model_are_what_changed(synced, monkeypatch):
    monkeypatch.setattr("sync.events.waking.ONE_BY_ONE", 1)
    code = next(
        code
        for code in synced.pim.assortment.models
        if len(list(synced.pim.assortment.variants_below(code))) > 1
    )
    synced.pim.edit_model(code, "name", "Another name", "en_US")

    work(synced)

    assert runs() == [("delta", [])]
    assert synced.world.documents_on_shop() == synced.world.documents_in_pim()


@pytest.mark.parametrize(
    "state",
    [
        {"started_at": None},
        {"archived_at": "2026-01-01T00:00Z"},
        {"unconfirmed_since": "2026-01-01T00:00Z"},
        {"paused_at": "2026-01-01T00:00Z"},
    ],
)
def test_a_catalog_that_stands_still_is_not_woken(synced, state):
    Catalog.objects.update(**state)
    synced.pim.edit_product(some(synced), "sku", "NEW-SKU")

    work(synced)

    assert runs() == []
    assert not ChangedKey.objects.exists()


def test_each_catalog_reads_for_itself(synced):
    second = synced.world.add_catalog("Second")
    Catalog.objects.update(started_at=timezone.now())
    synced.world.sync(second, full=True)
    uuid = some(synced)
    synced.pim.edit_product(uuid, "sku", "NEW-SKU")

    work(synced)

    assert runs() == [("product", [uuid])] * 2


def test_a_pim_that_does_not_answer_is_asked_again_later(synced, queue):
    code = next(iter(synced.pim.assortment.models))
    synced.pim.edit_model(code, "name", "Another name", "en_US")
    synced.deliver()
    waiting(queue)
    synced.pim.faults.add(Fault("500", "products-uuid", times=9))

    work_on_events(synced.world.connection.event_subscription.pk)

    assert ChangedKey.objects.filter(key=code).exists()
    assert waiting(queue) == []  # every half minute is often enough
    synced.pim.faults.clear()
    work(synced)
    assert synced.world.documents_on_shop() == synced.world.documents_in_pim()


def test_old_events_are_forgotten_and_come_again_as_new(synced):
    synced.pim.edit_product(some(synced), "sku", "NEW-SKU")
    synced.deliver()
    ReceivedEvent.objects.update(received_at=timezone.now() - KEEP_EVENTS - timedelta(hours=1))
    synced.pim.edit_product(some(synced, 1), "sku", "NEWER-SKU")
    synced.deliver()

    forget_old_history()

    assert synced.received() == [("product.updated", some(synced, 1))]
