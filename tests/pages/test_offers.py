"""The page of an offer: what it shows, who decides, and what a decision covers."""

import csv
import io

import pytest
from django.utils.http import urlencode

from connections.models import AuditRecord, PimUser
from enrichment.models import Offer, OfferProblem, Proposal
from tests.factories import (
    make_connection,
    make_enriched_connection,
    make_offer,
    make_pim_user,
    make_proposal,
)
from tests.pages.conftest import browser_of, messages_of, page_of, text_of
from tests.queued import waiting
from tests.staff import queries_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

State = Proposal.State


@pytest.fixture
def connection(db):
    return make_enriched_connection(pim_url="https://acme.cloud.akeneo.com")


@pytest.fixture
def offer(connection):
    return make_offer(connection, state=Offer.State.WAITING, owner="", read=4)


@pytest.fixture
def editor(connection):
    return browser_of(make_pim_user(connection, role=PimUser.Role.EDITOR))


@pytest.fixture
def viewer(connection):
    return browser_of(make_pim_user(connection, role=PimUser.Role.VIEWER))


def page(browser, offer, **query):
    return browser.see(f"{offer.get_absolute_url()}?{urlencode(query)}")


def identifiers(seen):
    return [link.string for link in seen.select("#values tbody th a")]


def decide(browser, offer, decision, **values):
    path = f"{offer.get_absolute_url()}/decide"
    last = Proposal.objects.latest("pk")
    known = {"decision": decision, "upto": last.pk, **values}
    return browser.post(path, known, follow=True)


def states(offer):
    return list(offer.proposals.order_by("pk").values_list("state", flat=True))


def test_it_shows_first_what_a_person_has_to_decide(editor, offer):
    make_proposal(offer, state=State.WRITTEN, identifier="written")
    make_proposal(offer, identifier="open")
    make_proposal(offer, state=State.REFUSED, identifier="refused", problem="Too long, says it.")

    first = page(editor, offer)
    refused = page(editor, offer, state="refused")

    assert identifiers(first) == ["open"]
    assert identifiers(refused) == ["refused"]
    assert "Too long, says it." in text_of(refused)
    assert "Written (1)" in text_of(first.select_one("nav.tabs-of"))


def test_it_marks_the_words_that_differ(editor, offer):
    make_proposal(offer, before="A red mug of clay", value="A blue mug of clay")

    seen = page(editor, offer)

    assert [mark.string for mark in seen.select("mark")] == ["red", "blue"]


def test_a_translation_stands_beside_its_original(editor, offer):
    values = {"source_locale": "de_DE", "source_text": "Ein roter Becher", "value": "Un mug rouge"}
    make_proposal(offer, locale="fr_FR", **values)

    table = page(editor, offer).select_one("#values table")

    headers = [text_of(one) for one in table.select("thead th")]
    assert headers[:5] == ["Product", "Attribute", "Original", "In Akeneo", "Offered"]
    original = table.select_one("tbody td[data-label=Original]")
    assert text_of(original) == "Ein roter Becher German (de_DE)"
    assert original.span["lang"] == "de-DE"


def test_of_a_long_original_the_rest_is_folded_and_there(editor, offer):
    text = "A word of it: " + "word " * 400 + "end"
    make_proposal(offer, source_locale="en_US", source_text=text)

    original = page(editor, offer).select_one("td[data-label=Original]")

    assert original.details.span.string.strip().startswith("word word")
    assert original.details.span.string.endswith("word end")
    assert original.span.string.endswith("word…")
    assert len(original.span.string) < 700


def test_an_original_that_was_not_kept_is_none_that_is_empty(editor, offer):
    make_proposal(offer, source_locale="en_US", source_text="")

    original = page(editor, offer).select_one("td[data-label=Original]")

    assert text_of(original) == "– English (en_US)"


def test_values_that_are_no_translations_have_no_column_for_originals(editor, offer):
    make_proposal(offer)

    assert page(editor, offer).select("[data-label=Original]") == []


def test_of_names_of_files_it_marks_nothing(editor, offer):
    make_proposal(
        offer,
        type="pim_catalog_image",
        before="0/8/2/8/" + 40 * "a" + "_mug-1-front.png",
        value={"folder": "", "name": "mug-1__image.png", "content": "b" * 64, "size": 105},
    )

    row = page(editor, offer).select_one("#values tbody tr")

    assert "mug-1-front.png" in text_of(row)
    assert "mug-1__image.png" in text_of(row)
    assert row.select("mark") == []


def test_its_strip_leads_home_when_it_is_gone(editor, offer):
    path = f"{offer.get_absolute_url()}/strip"
    offer.delete()

    assert editor.htmx("get", path)["HX-Redirect"] == "/"


def test_its_filters_and_pages_lead_through_all_of_it(editor, offer):
    for number in range(60):
        make_proposal(offer, identifier=f"mug-{number:02}", attribute="name")
    make_proposal(offer, identifier="cup-1", attribute="price", locale="")

    by_name = page(editor, offer, attribute="name")
    second = editor.see(f"{offer.get_absolute_url()}{by_name.select('.pager a')[-1]['href']}")
    third = editor.see(f"{offer.get_absolute_url()}{second.select('.pager a')[-1]['href']}")
    back = editor.see(f"{offer.get_absolute_url()}{third.select('.pager a')[1]['href']}")

    assert identifiers(by_name)[0] == "mug-00"
    assert identifiers(second)[0] == "mug-25"
    assert identifiers(third) == [f"mug-{number}" for number in range(50, 60)]
    assert identifiers(back) == identifiers(second)
    assert identifiers(page(editor, offer, identifier="CUP")) == ["cup-1"]
    assert "Approve all 60" in text_of(by_name)


def test_all_that_the_filter_shows_is_approved_after_asking(editor, offer, queue):
    make_proposal(offer, attribute="name")
    make_proposal(offer, attribute="price")
    make_proposal(offer, attribute="price")

    asked = decide(editor, offer, "approve", attribute="price")
    before = states(offer)
    done = decide(editor, offer, "approve", attribute="price", confirmed="on")

    assert "Approve 2 values?" in text_of(page_of(asked))
    assert before == [State.PROPOSED] * 3
    assert states(offer) == [State.PROPOSED, State.APPROVED, State.APPROVED]
    assert messages_of(done) == ["2 values were approved. They are written in a moment."]
    assert waiting(queue) == [("enrichment.tasks.work_on_offer", [offer.pk])]
    record = AuditRecord.objects.get(action="values_approved")
    assert (record.subject, record.details) == ("prices.csv", {"number": 2})


def test_a_decision_covers_nothing_that_came_after_the_page(editor, offer):
    seen = make_proposal(offer)
    make_proposal(offer)

    decide(editor, offer, "reject", confirmed="on", upto=seen.pk)

    assert states(offer) == [State.REJECTED, State.PROPOSED]


def test_one_value_is_decided_at_once(editor, offer):
    one, other = make_proposal(offer), make_proposal(offer)

    decide(editor, offer, "reject", proposal=other.pk)
    decide(editor, offer, "approve", proposal=one.pk)

    assert states(offer) == [State.APPROVED, State.REJECTED]


def test_with_a_collection_its_new_assets_are_approved_and_it_says_so(editor, offer):
    asset = {"subject": "asset", "key": "pictures/a", "identifier": "a", "creates": True}
    make_proposal(offer, attribute="media", type="", **asset)
    values = {"attribute": "pictures", "type": "pim_catalog_asset_collection", "locale": ""}
    collection = make_proposal(offer, value=["a", "b"], before=["b"], **values)

    seen = page(editor, offer)
    answer = decide(editor, offer, "approve", proposal=collection.pk)

    assert text_of(seen).count("Its new assets are approved with it.") == 1
    assert states(offer) == [State.APPROVED, State.APPROVED]
    assert "The new assets of this collection were approved with it." in messages_of(answer)


def test_an_edit_is_written_over_only_after_asking(editor, offer):
    one = make_proposal(offer, state=State.OUTDATED)

    asked = decide(editor, offer, "anyway", proposal=one.pk)
    before = states(offer)
    decide(editor, offer, "anyway", proposal=one.pk, confirmed="on")

    one.refresh_from_db()
    assert "over what somebody edited" in text_of(page_of(asked))
    assert (before, one.state, one.anyway) == ([State.OUTDATED], State.APPROVED, True)


def test_a_translation_whose_original_has_changed_has_words_of_its_own(editor, offer):
    one = make_proposal(offer, state=State.EARLIER, source_locale="en_US", source_text="Lamp")

    seen = page(editor, offer)
    asked = decide(editor, offer, "earlier", proposal=one.pk)
    before = states(offer)
    decide(editor, offer, "earlier", proposal=one.pk, confirmed="on")

    one.refresh_from_db()
    assert "Original changed since (1)" in text_of(seen.select_one("nav.tabs-of"))
    assert "The original of these was changed" in text_of(seen)
    assert "somebody edited" not in text_of(seen).casefold()
    assert "whose original has changed?" in text_of(page_of(asked).h1)
    assert (before, one.state, one.anyway) == ([State.EARLIER], State.APPROVED, True)


def test_what_translates_an_earlier_text_is_not_written_with_what_was_edited(editor, offer):
    make_proposal(offer, state=State.EARLIER)
    make_proposal(offer, state=State.OUTDATED)

    decide(editor, offer, "anyway", confirmed="on")

    assert states(offer) == [State.EARLIER, State.APPROVED]


def test_nothing_is_approved_where_enrichment_is_off(editor, offer, connection):
    make_proposal(offer)
    connection.enriched_since = None
    connection.save()

    answer = decide(editor, offer, "approve", confirmed="on")

    assert states(offer) == [State.PROPOSED]
    assert "switched off" in messages_of(answer)[0]


def test_a_viewer_sees_it_and_decides_nothing(viewer, offer):
    one = make_proposal(offer)

    seen = page(viewer, offer)
    answer = decide(viewer, offer, "approve", proposal=one.pk)

    assert identifiers(seen) == [one.identifier]
    assert seen.select("main form[method=post]") == []
    assert (answer.status_code, states(offer)) == (403, [State.PROPOSED])


def test_a_value_of_another_pims_offer_is_not_decided(editor, offer):
    make_proposal(offer)
    foreign = make_proposal(make_offer(make_connection(), owner=""))

    decide(editor, offer, "approve", proposal=foreign.pk)

    foreign.refresh_from_db()
    assert foreign.state == State.PROPOSED


@pytest.mark.parametrize(
    "values",
    [{"decision": "burn"}, {"upto": "all"}, {"upto": 10**30}, {"proposal": "x"}],
)
def test_what_is_no_decision_changes_nothing(editor, offer, values):
    make_proposal(offer)

    answer = decide(editor, offer, **{"decision": "approve", "confirmed": "on", **values})

    assert states(offer) == [State.PROPOSED]
    assert "Nothing was changed" in messages_of(answer)[0]


def test_what_was_not_usable_stands_with_its_line(editor, offer):
    said = "“heavy” is no number."
    OfferProblem.objects.create(offer=offer, line=7, column="weight", message=said)

    seen = page(editor, offer)

    assert "7 weight “heavy” is no number." in text_of(seen.select_one("#values tbody"))


def test_what_was_not_usable_of_files_stands_with_the_name_of_the_file(editor, connection):
    offer = make_offer(connection, kind="media", state=Offer.State.DONE, read=1)
    said = "It is empty."
    OfferProblem.objects.create(offer=offer, place="mug-1__image.png", message=said)

    table = page(editor, offer).select_one("#values table")

    assert [text_of(one) for one in table.select("thead th")] == ["File", "What is wrong"]
    assert text_of(table.select_one("tbody")) == "mug-1__image.png It is empty."


def test_of_a_file_that_could_not_be_read_it_says_nothing_of_what_akeneo_has(editor, connection):
    offer = make_offer(connection, state=Offer.State.STOPPED, problem="This is no CSV.", read=0)

    seen = page(editor, offer)

    assert "Nothing of it was compared with Akeneo" in text_of(seen)
    assert "Nothing differs" not in text_of(seen)
    assert seen.select_one("a[href$='results.csv']") is None


def test_the_results_say_of_each_line_what_became_of_it(editor, offer):
    offer.state = Offer.State.DONE
    offer.save()
    OfferProblem.objects.create(offer=offer, line=3, column="weight", message="No number.")
    make_proposal(offer, state=State.WRITTEN, line=2, identifier="mug", before=None, value="=Mug")
    make_proposal(offer, state=State.REFUSED, line=4, problem="It says no.", value={"amount": "1"})

    answer = editor.get(f"{offer.get_absolute_url()}/results.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))

    assert [(row["line"], row["result"], row["said"]) for row in rows] == [
        ("3", "invalid", "No number."),
        ("2", "written", ""),
        ("4", "refused", "It says no."),
    ]
    assert (rows[1]["identifier"], rows[1]["offered"], rows[1]["before"]) == ("mug", "'=Mug", "")
    assert rows[2]["offered"] == '{"amount":"1"}'


def test_a_manager_takes_back_what_was_written_after_asking(connection, browser, editor, queue):
    offer = make_offer(connection, state=Offer.State.DONE, owner="")
    make_proposal(offer, state=State.WRITTEN)
    make_proposal(offer, state=State.WRITTEN, creates=True)
    path = f"{offer.get_absolute_url()}/undo"

    asked = text_of(browser.see(path))
    answer = browser.post(path, follow=True)

    assert "2 values in Akeneo go back" in asked
    assert "Products that it created stay" in asked
    assert "It is being undone" in messages_of(answer)[0]
    undoing = Offer.objects.get(undoes=offer, offered_by="Mary Smith")
    assert waiting(queue) == [("enrichment.tasks.undo_offer", [undoing.pk])]
    assert AuditRecord.objects.filter(action="offer_undone").count() == 1
    assert editor.post(path).status_code == 403


def test_what_was_never_written_cannot_be_taken_back(browser, offer, queue):
    make_proposal(offer)

    answer = browser.post(f"{offer.get_absolute_url()}/undo")

    assert "Nothing to undo" in text_of(page_of(answer))
    assert waiting(queue) == []


def test_how_far_it_is_renews_itself_until_it_is_done(editor, connection):
    offer = make_offer(connection, state=Offer.State.WRITING)
    make_proposal(offer, state=State.WRITTEN)
    make_proposal(offer, state=State.APPROVED)

    seen = page(editor, offer)
    strip = editor.htmx("get", f"{offer.get_absolute_url()}/strip")
    Offer.objects.update(state=Offer.State.DONE)
    last = editor.htmx("get", f"{offer.get_absolute_url()}/strip")

    assert seen.select_one(".strip")["hx-get"] == f"{offer.get_absolute_url()}/strip"
    assert "1 of 2" in text_of(page_of(strip))
    assert "HX-Refresh" not in strip.headers
    assert last["HX-Refresh"] == "true"


def test_what_was_rejected_is_not_told_as_written(editor, connection):
    offer = make_offer(connection, state=Offer.State.WRITING)
    for state in (State.REJECTED, State.REPLACED, State.WRITTEN, State.APPROVED):
        make_proposal(offer, state=state)

    strip = editor.htmx("get", f"{offer.get_absolute_url()}/strip")

    assert "1 of 2" in text_of(page_of(strip))


def test_after_a_decision_about_all_it_shows_what_is_left(editor, offer):
    make_proposal(offer, attribute="name", identifier="left")
    make_proposal(offer, attribute="price")

    filtered = page_of(decide(editor, offer, "reject", attribute="price", confirmed="on"))
    everything = page_of(decide(editor, offer, "reject", confirmed="on"))

    assert identifiers(filtered) == ["left"]
    assert everything.select_one("nav.tabs-of [aria-current]").string == "Rejected (2)"


@pytest.mark.parametrize("decision", ["reject", "approve"])
def test_the_question_about_one_value_is_about_one(editor, offer, decision):
    make_proposal(offer)

    asked = page_of(decide(editor, offer, decision)).select_one("main")

    assert "They are" not in text_of(asked)
    assert asked.select_one("button.primary").string == f"{decision.capitalize()} it"


def test_a_stopped_offer_is_tried_again(editor, offer, queue):
    make_proposal(offer, state=State.APPROVED)
    Offer.objects.update(state=Offer.State.STOPPED, problem="The PIM was away.")

    seen = text_of(page(editor, offer))
    editor.post(f"{offer.get_absolute_url()}/again")

    assert "The PIM was away." in seen
    assert waiting(queue) == [("enrichment.tasks.work_on_offer", [offer.pk])]


def test_its_queries_do_not_grow_with_it(editor, offer):
    make_proposal(offer)
    few = queries_of(editor, offer.get_absolute_url())
    for number in range(30):
        make_proposal(offer, attribute=f"text_{number}", line=number)
        make_proposal(offer, state=State.WRITTEN)

    assert queries_of(editor, offer.get_absolute_url()) == few <= 16


def test_the_page_of_a_product_shows_what_was_offered_for_it(editor, offer):
    original = {"source_locale": "en_US", "source_text": "A red mug"}
    one = make_proposal(offer, state=State.REFUSED, problem="Too long, says it.", **original)
    make_proposal(offer)
    make_proposal(make_offer(make_connection()), key=one.key, problem="Another PIM's.")

    seen = editor.see(f"/products/{one.key}").select_one("#offered")

    assert "Too long, says it." in text_of(seen)
    assert "Translated from A red mug English (en_US)" in text_of(seen)
    assert seen.select_one("tbody a")["href"] == f"{offer.get_absolute_url()}?state=refused"
    assert len(seen.select("tbody tr")) == 1
