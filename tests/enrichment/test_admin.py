"""Enrichment in admin: lists at a steady price, and the same decisions as on the pages."""

import pytest
from django.urls import reverse

from connections.admin_base import change_url, changelist_url
from connections.models import AuditRecord
from enrichment.models import (
    Offer,
    OfferProblem,
    Proposal,
    Source,
    SourceFile,
    TranslationOrder,
)
from tests.factories import (
    make_connection,
    make_enriched_connection,
    make_offer,
    make_order,
    make_proposal,
)
from tests.pages.conftest import messages_of, text_of
from tests.queued import waiting
from tests.staff import browser_of_staff, browser_of_superuser, make_staff, queries_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

State = Proposal.State


@pytest.fixture
def browser():
    return browser_of_superuser()


@pytest.fixture
def offer(db):
    return make_offer(make_enriched_connection(), state=Offer.State.WAITING, owner="")


def do(browser, action, *rows):
    values = {"action": action, "_selected_action": [row.pk for row in rows]}
    return messages_of(browser.post(changelist_url(type(rows[0])), values, follow=True))


def states(offer):
    return list(offer.proposals.order_by("pk").values_list("state", flat=True))


def make_source(connection, name):
    return Source.objects.create(connection=connection, kind="values", name=name)


@pytest.mark.parametrize(
    "model", [Offer, Proposal, OfferProblem, Source, SourceFile, TranslationOrder]
)
def test_a_list_costs_the_same_however_long_it_is(browser, model):
    def add():
        offer = make_offer()
        make_proposal(offer)
        OfferProblem.objects.create(offer=offer, line=2, message="No number.")
        make_order(offer.connection)
        source = make_source(offer.connection, f"ERP {offer.pk}")
        SourceFile.objects.create(source=source, name="1.csv", size=1, modified=1)

    add()
    few = queries_of(browser, changelist_url(model))
    for _ in range(5):
        add()

    assert queries_of(browser, changelist_url(model)) == few


def test_all_that_waits_of_an_offer_is_approved(browser, offer, queue):
    make_proposal(offer)
    make_proposal(offer, state=State.REFUSED)

    said = do(browser, "approve", offer)

    assert said == ["1 value was approved."]
    assert states(offer) == [State.APPROVED, State.REFUSED]
    assert waiting(queue) == [("enrichment.tasks.work_on_offer", [offer.pk])]
    assert AuditRecord.objects.get(action="values_approved").actor_kind == "staff"


def test_where_it_is_off_staff_approve_nothing_but_may_reject(browser, offer):
    make_proposal(offer)
    off = make_offer(make_connection(), state=Offer.State.WAITING, owner="")
    make_proposal(off)

    said = do(browser, "approve", off)
    rejected = do(browser, "reject", offer, off)

    assert "switched off" in said[0]
    assert rejected == ["2 values were rejected."]
    assert (states(offer), states(off)) == ([State.REJECTED], [State.REJECTED])


def test_values_are_decided_one_by_one(browser, offer):
    one, other, edited = (
        make_proposal(offer),
        make_proposal(offer),
        make_proposal(offer, state=State.OUTDATED),
    )

    do(browser, "approve", one)
    do(browser, "reject", other)
    do(browser, "write_anyway", edited)

    assert states(offer) == [State.APPROVED, State.REJECTED, State.APPROVED]


def test_what_translates_an_earlier_text_is_written_anyway(browser, offer):
    one = make_proposal(offer, state=State.EARLIER)

    do(browser, "write_anyway", one)

    assert states(offer) == [State.APPROVED]


def test_a_translation_is_shown_with_its_original(browser, offer):
    one = make_proposal(offer, source_locale="en_US", source_text="A red mug")

    assert "en_US: A red mug" in text_of(browser.see(change_url(one)))


def test_an_offer_of_which_nothing_was_usable_is_not_called_done(browser, offer):
    Offer.objects.update(state=Offer.State.DONE, read=2, invalid=2)

    row = browser.see(changelist_url(Offer)).select_one("#result_list tbody tr")

    assert "Nothing of it was usable" in text_of(row)


def test_an_offer_goes_on_and_is_taken_back(browser, offer, queue):
    make_proposal(offer, state=State.APPROVED)
    Offer.objects.update(state=Offer.State.STOPPED)
    do(browser, "go_on", offer)
    tried = waiting(queue)
    Proposal.objects.update(state=State.WRITTEN)
    Offer.objects.update(state=Offer.State.DONE)

    do(browser, "undo", offer)

    undoing = Offer.objects.get(undoes=offer)
    assert tried == [("enrichment.tasks.work_on_offer", [offer.pk])]
    assert waiting(queue) == [("enrichment.tasks.undo_offer", [undoing.pk])]


def test_a_source_is_paused_and_resumed(browser, offer):
    source = make_source(offer.connection, "ERP")

    do(browser, "pause", source)
    source.refresh_from_db()
    paused = source.is_paused
    do(browser, "resume", source)
    source.refresh_from_db()

    assert (paused, source.is_paused) == (True, False)


def test_a_source_is_looked_at_now_unless_it_is_paused(browser, offer, queue):
    source = make_source(offer.connection, "ERP")
    Source.objects.update(location="/srv/erp")

    looked = do(browser, "look", source)
    Source.objects.update(is_paused=True)
    paused = do(browser, "look", source)

    assert looked == ["“ERP” is looked at in a moment."]
    assert paused == ["“ERP” is not looked at. It is paused."]
    [(task, [pk, by])] = waiting(queue)
    assert (task, pk, by != "") == ("enrichment.tasks.look_at_source", source.pk, True)


def test_a_value_is_found_by_its_product(browser, offer):
    mug = make_proposal(offer, identifier="Mug-red")
    make_proposal(offer, identifier="cup")

    for term in ("mug", mug.key):
        seen = browser.see(changelist_url(Proposal, q=term))
        assert [link.string for link in seen.select("#result_list tbody th a")] == ["Mug-red"]


def test_whoever_may_only_look_decides_nothing(offer):
    make_proposal(offer)
    looks = browser_of_staff(make_staff("enrichment.view_offer", "enrichment.view_proposal"))

    seen = looks.see(change_url(offer))
    do(looks, "approve", offer)

    assert seen.select("form[action*='/act/']") == []
    assert "To be written" not in text_of(seen)
    assert states(offer) == [State.PROPOSED]


def test_an_order_is_stopped_on_its_page_and_once(browser):
    order = make_order(make_enriched_connection())
    url = reverse("admin:enrichment_translationorder_act", args=[order.pk, "stop"])

    told = [messages_of(browser.post(url, follow=True)) for _ in range(2)]

    order.refresh_from_db()
    assert order.state == TranslationOrder.State.STOPPED
    assert told == [["1 order was stopped."], ["0 orders were stopped."]]
