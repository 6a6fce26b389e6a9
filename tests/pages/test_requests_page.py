"""The pages of requests from Akeneo: settings, the check-list, files, and what was asked for."""

import pytest
from django.test import Client
from django.urls import reverse

from connections.enriching import switch_off, switch_on
from connections.models import Connection, PimUser
from enrichment.models import RequestedTranslation, Source
from enrichment.translations.by_attributes.setting_up import set_up, source_of
from enrichment.translations.by_attributes.steering import Steering
from tests.enrichment.conftest import Enrichment
from tests.enrichment.translations.by_attributes.conftest import add_to_families
from tests.factories import make_connection, make_offer, make_pim_user
from tests.pages.conftest import browser_of, messages_of, page_of, target_of, text_of
from tests.world import make_world

__all__ = ["make_world"]

PAGE = "/enrichment/translations/requests"
STEERING = Steering(source_locale="en_US")
ENTERED = {
    **{name: value for name, value in STEERING.settings.items() if name != "by_service"},
    **{"by_service": "service", "every": "30"},
}


@pytest.fixture
def enrichment(make_world, queue):
    return Enrichment(make_world(45), queue)


@pytest.fixture(autouse=True)
def key(settings):
    """A service is set up, unless a test takes its key away."""
    settings.DEEPL_API_KEY = "a-key"


@pytest.fixture
def browser(enrichment):
    return browser_of(make_pim_user(enrichment.connection))


def request_of(source, **values):
    made = {"subject": "product", "key": "k", "identifier": "MUG-1", "locale": "fr_FR", **values}
    return RequestedTranslation.objects.create(source=source, **made)


def test_without_settings_it_says_what_to_do(browser):
    page = browser.see(PAGE)

    assert "Nobody can ask in Akeneo yet" in text_of(page)
    assert page.select_one("main a.primary")["href"] == f"{PAGE}/settings"


def test_a_viewer_is_told_who_sets_it_up(enrichment):
    viewer = make_pim_user(enrichment.connection, role=PimUser.Role.VIEWER)

    page = browser_of(viewer).see(PAGE)

    assert page.select_one("main a.primary") is None
    assert "managers set it up" in text_of(page)
    assert browser_of(viewer).get(f"{PAGE}/settings").status_code == 403


def test_what_was_answered_is_found_from_there(browser, enrichment):
    set_up(enrichment.connection, STEERING, approved=False)
    answers = make_offer(enrichment.connection, kind="answers", name="what became of them")

    links = browser.see(PAGE).select("#answers a")

    assert [link["href"] for link in links] == [answers.get_absolute_url()]


def test_settings_are_those_of_akeneos_guide_at_first(browser):
    page = browser.see(f"{PAGE}/settings")

    assert page.select_one("[name=flag]")["value"] == "translationQueued"
    assert page.select_one("[name=status]")["value"] == "translationStatus"
    choices = [option["value"] for option in page.select("[name=source_locale] option")]
    assert choices == ["de_DE", "en_US", "fr_FR"]
    assert page.select_one("[name=source_locale] option[selected]")["value"] == "en_US"


def test_what_is_set_is_stored_and_leads_to_the_check_list(browser, enrichment):
    answer = browser.post(f"{PAGE}/settings", {**ENTERED, "flag": "to_translate"}, follow=True)

    source = source_of(enrichment.connection)
    assert source is not None
    assert Steering.of(source.settings) == Steering(source_locale="en_US", flag="to_translate")
    assert (source.every, source.approved) == (30, [])
    assert source.next_look_at is not None
    assert "Akeneo has no attribute “to_translate”" in text_of(page_of(answer))


def test_without_a_key_translators_come_first_and_the_service_says_why_not(browser, settings):
    settings.DEEPL_API_KEY = ""

    page = browser.see(f"{PAGE}/settings")
    answer = browser.post(f"{PAGE}/settings", ENTERED)

    choices = page.select("[name=by_service]")
    assert [(one["value"], one.has_attr("disabled")) for one in choices] == [
        ("file", False),
        ("service", True),
    ]
    assert [one["value"] for one in choices if one.has_attr("checked")] == ["file"]
    assert "DEEPL_API_KEY" in text_of(choices[1].parent)
    assert answer.status_code == 422
    assert "DEEPL_API_KEY" in text_of(page_of(answer).select_one(".field-error"))
    assert not Source.objects.exists()


def test_with_a_key_the_service_comes_first(browser):
    choices = browser.see(f"{PAGE}/settings").select("[name=by_service]")

    assert [one["value"] for one in choices] == ["service", "file"]
    assert [one["value"] for one in choices if one.has_attr("checked")] == ["service"]
    assert not any(one.has_attr("disabled") for one in choices)


def test_a_service_that_was_chosen_and_lost_its_key_stays_chosen(browser, settings):
    browser.post(f"{PAGE}/settings", ENTERED)
    settings.DEEPL_API_KEY = ""

    page = browser.see(f"{PAGE}/settings")
    browser.post(f"{PAGE}/settings", {**ENTERED, "every": "60"})

    source = Source.objects.get()
    assert (source.settings["by_service"], source.every) == (True, 60)
    chosen = page.select_one("[name=by_service][checked]")
    assert chosen["value"] == "service"
    assert "DEEPL_API_KEY" in text_of(chosen.parent)


def test_set_again_it_stays_one_source(browser):
    browser.post(f"{PAGE}/settings", ENTERED)
    browser.post(
        f"{PAGE}/settings", {**ENTERED, "by_service": "file", "approved": "on"}, follow=True
    )

    source = Source.objects.get()
    assert (source.settings["by_service"], source.approved) == (False, ["*"])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("flag", "a-b", "Enter a code as Akeneo has them"),
        ("flag", "translationStatus", "Each needs an attribute of its own"),
        ("source_locale", "xx_XX", "This is not offered"),
        ("every", "7", "This is not offered"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_stored(browser, name, value, said):
    answer = browser.post(f"{PAGE}/settings", {**ENTERED, name: value})

    assert answer.status_code == 422
    assert said in text_of(page_of(answer))
    assert not Source.objects.exists()


def test_one_button_creates_what_is_missing(browser, enrichment):
    before = browser.see(f"{PAGE}/attributes")

    answer = browser.post(f"{PAGE}/attributes/create", follow=True)

    assert before.select_one("main button.primary").string == "Create them in Akeneo"
    assert len(before.select("h1")) == 1
    assert messages_of(answer) == ["Akeneo has the attributes now. Add them to families there."]
    assert "There, with gaps" in text_of(page_of(answer))
    assert page_of(answer).select_one("main button.primary") is None
    assert "translationQueued" in enrichment.pim.assortment.attributes


def test_where_it_was_not_allowed_there_is_no_button_and_the_way_out(browser, enrichment):
    switch_on(enrichment.connection)

    page = browser.see(f"{PAGE}/attributes")
    answer = browser.post(f"{PAGE}/attributes/create", follow=True)

    assert page.select_one("main button.primary") is None
    assert "may not create attributes" in text_of(page)
    assert "may not create attributes" in messages_of(answer)[0]
    assert "translationQueued" not in enrichment.pim.assortment.attributes
    form = page.select_one("main form")
    asked = {each["name"]: each["value"] for each in form.select("[name]")}
    goes_on = browser.post(form["action"], asked)
    assert "next=%2Fenrichment%2Ftranslations%2Frequests%2Fattributes" in target_of(goes_on)
    assert Connection.objects.get(pk=enrichment.connection.pk).may_create_attributes


def test_where_enrichment_is_off_it_is_not_switched_on_in_passing(browser, enrichment):
    switch_off(enrichment.connection)

    page = browser.see(f"{PAGE}/attributes")

    assert page.select("main form") == []
    assert page.select_one("main section a[href='/enrichment']") is not None


def test_what_is_there_is_not_to_be_created_by_hand(browser, enrichment):
    before = browser.see(f"{PAGE}/attributes")
    browser.post(f"{PAGE}/attributes/create")
    created = browser.see(f"{PAGE}/attributes")
    add_to_families(enrichment.pim)
    complete = browser.see(f"{PAGE}/attributes")

    shown = [[one["id"] for one in page.select("main section[id]")] for page in (before, created)]
    assert shown == [["files", "families"], ["families"]]
    assert "people can ask for translations in Akeneo" in text_of(complete)
    assert complete.select("main section[id]") == []


def test_what_has_to_be_brought_back_says_where(browser, enrichment):
    source = set_up(
        enrichment.connection, Steering(source_locale="en_US", by_service=False), approved=False
    )
    request_of(source)

    waiting = browser.see(PAGE).select_one("#waiting")

    assert "1 request into French (fr_FR)" in text_of(waiting)
    assert waiting.select_one("a[href='/enrichment/translations#upload']") is not None


def test_the_leave_is_taken_back_on_the_page_enrichment(browser, enrichment):
    page = browser.see("/enrichment")
    link = next(one for one in page.select("#granted a") if "no attributes" in text_of(one))

    browser.post(link["href"])

    enrichment.connection.refresh_from_db()
    assert not enrichment.connection.may_create_attributes
    assert enrichment.connection.enriched_since is not None


@pytest.mark.parametrize("name", ["groups", "attributes", "options"])
def test_files_for_akeneos_imports(browser, name):
    answer = browser.get(f"{PAGE}/attributes/{name}.csv")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert f'filename="akeneo-{name}.csv"' in answer["Content-Disposition"]
    assert "code" in answer.content.decode().splitlines()[0].split(";")


def test_no_other_file_is_there(browser):
    assert browser.get(f"{PAGE}/attributes/products.csv").status_code == 404


def test_when_akeneo_does_not_answer_the_pages_open_and_say_so(browser, enrichment):
    enrichment.connection.token = "forged"
    enrichment.connection.save()

    for path in (f"{PAGE}/attributes", f"{PAGE}/settings"):
        assert "Akeneo does not tell" in text_of(browser.see(path))
    assert browser.get(f"{PAGE}/attributes/groups.csv").status_code == 302


def test_what_was_asked_for_stands_there_with_its_reason(browser, enrichment):
    source = set_up(enrichment.connection, STEERING, approved=False)
    request_of(source, state="refused", problem="It has no text in en_US.")
    elsewhere = set_up(make_connection(), STEERING, approved=False)
    request_of(elsewhere, identifier="NOT-MINE")

    page = browser.see(PAGE)

    assert "MUG-1" in text_of(page)
    assert "It has no text in en_US." in text_of(page)
    assert "NOT-MINE" not in text_of(page)


def test_it_is_paused_and_looked_at_from_there(browser, enrichment):
    source = set_up(enrichment.connection, STEERING, approved=False)

    paused = browser.post(f"/enrichment/sources/{source.uuid}/pause", {"to": "paused"})
    page = browser.see(PAGE)
    browser.post(f"/enrichment/sources/{source.uuid}/pause", {"to": "resumed"})
    looked = browser.post(f"/enrichment/sources/{source.uuid}/look", follow=True)

    assert paused["Location"] == PAGE
    assert "Paused" in text_of(page.select_one("h1"))
    assert "is looked at in a moment" in messages_of(looked)[-1]
    assert looked.redirect_chain == [(PAGE, 302)]


def test_texts_for_translators_are_a_file(browser, enrichment):
    uuid = enrichment.uuids[0]
    source = set_up(
        enrichment.connection, Steering(source_locale="en_US", by_service=False), approved=False
    )
    request_of(source, key=uuid, items=[["product", uuid]])
    enrichment.pim.edit_product(uuid, "name", "Lamp", "en_US")

    link = browser.see(PAGE).select_one("#waiting a")["href"]
    answer = browser.get(link)
    body = b"".join(answer.streaming_content).decode()

    assert link == f"{PAGE}/fr_FR.xlf"
    assert "Lamp" in body
    assert 'trgLang="fr-FR"' in body
    assert browser.get(f"{PAGE}/de_DE.xlf").status_code == 404


def test_of_nobody_elses_requests_there_is_a_file(browser, enrichment):
    steering = Steering(source_locale="en_US", by_service=False)
    request_of(set_up(make_connection(), steering, approved=False))

    assert browser.get(f"{PAGE}/fr_FR.xlf").status_code == 404


def test_its_source_is_set_on_its_own_page_alone(browser, enrichment):
    source = set_up(enrichment.connection, STEERING, approved=False)

    listed = browser.see("/enrichment").select_one("#sources")
    answer = browser.get(reverse("pages:source", args=[source.uuid]))

    assert source.name not in text_of(listed)
    assert answer["Location"] == f"{PAGE}/settings"


def test_without_a_key_for_the_service_it_says_who_has_to_do_what(browser, enrichment, settings):
    settings.DEEPL_API_KEY = ""
    set_up(enrichment.connection, STEERING, approved=False)

    assert "DEEPL_API_KEY" in text_of(browser.see(PAGE))
    assert "DEEPL_API_KEY" in text_of(browser.see(f"{PAGE}/settings"))


def test_without_a_key_the_last_look_does_not_say_the_same_again(browser, enrichment, settings):
    settings.DEEPL_API_KEY = ""
    source = set_up(enrichment.connection, STEERING, approved=False)
    Source.objects.filter(pk=source.pk).update(problem="DeepL translates for those with a key.")

    assert "At the last look" not in text_of(browser.see(PAGE))


def test_set_otherwise_it_forgets_what_was_wrong_before(browser, enrichment):
    source = set_up(enrichment.connection, STEERING, approved=False)
    Source.objects.filter(pk=source.pk).update(problem="DeepL translates for those with a key.")

    browser.post(f"{PAGE}/settings", {**ENTERED, "by_service": "file"})

    assert "At the last look" not in text_of(browser.see(PAGE))


@pytest.mark.parametrize("path", ["attributes/groups.csv", "fr_FR.xlf"])
def test_files_are_not_for_everybody(enrichment, path):
    source = set_up(
        enrichment.connection, Steering(source_locale="en_US", by_service=False), approved=False
    )
    request_of(source)
    viewer = make_pim_user(enrichment.connection, role=PimUser.Role.VIEWER)

    assert Client().get(f"{PAGE}/{path}").status_code == 403
    assert browser_of(viewer).get(f"{PAGE}/{path}").status_code == 403
