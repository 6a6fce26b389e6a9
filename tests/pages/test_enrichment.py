"""The page Enrichment: switched on and off by managers, and what was offered lately."""

import pytest

from connections.abilities import wanted_scopes
from connections.enriching import switch_on
from connections.models import Connection, PimUser
from enrichment.models import Offer, Proposal, Source
from tests.factories import make_offer, make_pim_user, make_proposal
from tests.pages.conftest import browser_of, messages_of, target_of, text_of
from tests.staff import queries_of

pytestmark = pytest.mark.django_db

PAGE = "/enrichment"


def test_it_says_that_ferry_only_reads_and_what_switching_it_on_asks_for(browser):
    seen = browser.see(PAGE)

    assert "Ferry only reads acme.cloud.akeneo.com" in text_of(seen)
    assert "Write values into products" in text_of(seen)
    assert seen.select_one("button[value=on]").string == "Switch it on"


@pytest.mark.parametrize("role", [PimUser.Role.VIEWER, PimUser.Role.EDITOR])
def test_only_managers_switch_it(connection, role):
    other = browser_of(make_pim_user(connection, role=role))

    seen = other.see(PAGE)
    answer = other.post(f"{PAGE}/switch", {"to": "on"})

    connection.refresh_from_db()
    assert seen.select_one("button[value=on]") is None
    assert (answer.status_code, connection.enriched_since) == (403, None)


def test_what_is_no_choice_changes_nothing(browser, connection):
    answer = browser.post(f"{PAGE}/switch", {"to": "maybe"}, follow=True)

    connection.refresh_from_db()
    assert "Nothing was changed" in messages_of(answer)[0]
    assert connection.enriched_since is None


def test_switched_on_it_goes_to_the_pim_which_asks(browser, connection):
    Connection.objects.update(state="registered")

    answer = browser.post(f"{PAGE}/switch", {"to": "on", "may_create_attributes": "on"})

    connection.refresh_from_db()
    assert target_of(answer).startswith("/oauth/activate?pim_url=")
    assert "next=%2Fenrichment" in target_of(answer)
    assert (connection.enriched_since is not None, connection.may_create_attributes) == (True, True)


def test_it_is_switched_off_after_asking_with_what_waits_in_view(browser, connection):
    switch_on(connection)
    Source.objects.create(connection=connection, kind="values", name="ERP", location="/srv/erp")
    Source.objects.create(connection=connection, kind="translations", name="Requests")
    offer = make_offer(connection)
    make_proposal(offer)
    make_proposal(offer, state=Proposal.State.APPROVED)

    leads = browser.see(PAGE).select_one("a.destructive")["href"]
    asked = browser.see(leads)
    connection.refresh_from_db()
    before = connection.enriched_since
    answer = browser.post(leads)

    connection.refresh_from_db()
    assert (before is not None, connection.enriched_since) == (True, None)
    assert target_of(answer).startswith("/oauth/activate?pim_url=")
    said = text_of(asked.main)
    assert "1 value is approved and not written yet. Its offer stops" in said
    assert "1 value waits for approval. It stays here" in said
    assert "Sources are not looked at: ERP." in said
    assert "What people flag stays flagged" in said
    assert asked.main.select_one("a.tertiary")["href"] == PAGE


def test_off_already_there_is_nothing_to_ask(browser, connection):
    asked = browser.see(f"{PAGE}/off")

    assert "Enrichment is off already" in text_of(asked.h1)
    assert asked.main.select("form") == []


def test_of_creating_attributes_the_right_is_taken_back_after_asking(browser, connection):
    switch_on(connection, may_create_attributes=True)

    leads = browser.see(PAGE).select_one("a[href*='only=attributes']")["href"]
    asked = browser.see(leads)
    before = Connection.objects.get().may_create_attributes
    browser.post(leads)

    connection.refresh_from_db()
    assert "Let Ferry create no attributes in acme.cloud.akeneo.com?" in text_of(asked.h1)
    assert (before, connection.may_create_attributes) == (True, False)
    assert connection.enriched_since is not None


def test_it_is_not_switched_off_in_passing(browser, connection):
    switch_on(connection)

    browser.post(f"{PAGE}/switch", {"to": "off"})

    connection.refresh_from_db()
    assert connection.enriched_since is not None


@pytest.mark.parametrize("role", [PimUser.Role.VIEWER, PimUser.Role.EDITOR])
def test_only_managers_switch_it_off(connection, role):
    switch_on(connection)

    answer = browser_of(make_pim_user(connection, role=role)).post(f"{PAGE}/off")

    connection.refresh_from_db()
    assert (answer.status_code, connection.enriched_since is None) == (403, False)


def test_switched_on_it_says_what_comes_next(browser, connection):
    off = text_of(browser.see(PAGE).select_one("#offers"))
    switch_on(connection)
    Connection.objects.update(scopes=sorted(wanted_scopes(connection)))

    on = browser.see(PAGE)

    assert "Upload" not in off
    said = text_of(on.select_one("#offers"))
    assert "Akeneo agreed, and nothing was offered yet. Upload a file" in said
    assert on.select_one("main .lead a[href$='help#enrichment']") is not None


def test_the_latest_offers_stand_there_with_their_numbers(browser, connection):
    offer = make_offer(connection, name="spring.csv", state=Offer.State.WAITING, invalid=7)
    make_proposal(offer)
    make_proposal(offer, state=Proposal.State.REFUSED)
    make_proposal(offer, state=Proposal.State.REFUSED)

    row = browser.see(PAGE).select_one("#offers tbody tr")

    assert row.select_one("a")["href"] == offer.get_absolute_url()
    assert [cell.string for cell in row.select(".number")] == ["1", "0", "2", "0", "7"]


def test_answers_to_requests_fill_no_list_unless_something_is_wrong(browser, connection):
    fine, refused, under_way = (
        make_offer(connection, kind=Offer.Kind.ANSWERS, name=name, state=state)
        for name, state in (("fine", "done"), ("refused", "done"), ("under way", "writing"))
    )
    make_proposal(fine, state=Proposal.State.WRITTEN)
    make_proposal(refused, state=Proposal.State.REFUSED)
    make_proposal(under_way, state=Proposal.State.APPROVED)

    names = [link.string for link in browser.see(PAGE).select("#offers tbody th a")]

    assert names == ["under way", "refused"]


def test_what_was_taken_back_is_not_called_done(browser, connection):
    offer = make_offer(connection, state=Offer.State.DONE)
    make_offer(connection, kind=Offer.Kind.UNDO, undoes=offer, state=Offer.State.STOPPED)
    before = text_of(browser.see(offer.get_absolute_url()).select_one("h1"))
    make_offer(connection, kind=Offer.Kind.UNDO, undoes=offer, state=Offer.State.DONE)

    rows = browser.see(PAGE).select("#offers tbody tr")

    assert "Done" in before
    assert [row.select_one(".badge").string for row in rows] == ["Done", "Stopped", "Undone"]
    assert "Undone" in text_of(browser.see(offer.get_absolute_url()).select_one("h1"))


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"read": 3, "invalid": 3}, ("Nothing of it was usable", "bad")),
        ({"read": 0, "invalid": 1}, ("Nothing of it was usable", "bad")),
        ({"read": 3, "invalid": 2, "unchanged": 1}, ("Done", "good")),
        ({"read": 0}, ("Done", "good")),
    ],
)
def test_what_was_of_no_use_at_all_is_not_called_done(browser, connection, numbers, said):
    offer = make_offer(connection, state=Offer.State.DONE, **{"unchanged": 0, **numbers})

    in_list = browser.see(PAGE).select_one("#offers .badge")
    on_page = browser.see(offer.get_absolute_url()).select_one("h1 .badge")

    assert [(one.string, one["class"][1]) for one in (in_list, on_page)] == [said, said]


def test_only_what_is_asked_for_is_told_as_not_granted(browser, connection):
    switch_on(connection)
    without = text_of(browser.see(PAGE))
    switch_on(connection, may_create_attributes=True)

    assert "Create attributes" not in without
    assert "Create attributes" in text_of(browser.see(PAGE))


def test_its_queries_do_not_grow_with_the_offers(browser, connection):
    make_proposal(make_offer(connection))
    few = queries_of(browser, PAGE)
    for _ in range(9):
        make_proposal(make_offer(connection))

    assert queries_of(browser, PAGE) == few


def test_a_file_is_sent_as_from_a_source_of_its_kind_alone(browser, connection):
    switch_on(connection)
    Source.objects.create(connection=connection, kind=Source.Kind.MEDIA, name="Studio")

    seen = browser.see(PAGE)

    assert "Studio" in text_of(seen.select_one("#files_source"))
    assert seen.select_one("#source") is None
