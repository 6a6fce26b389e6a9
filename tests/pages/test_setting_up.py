"""Setting up a catalog: each step says what to do, shows what came of it, and leads on."""

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import Connection, PimUser
from pages.views.setting_up import MOST_TRIES
from sync.models import Run
from tests.factories import make_catalog, make_document, make_listing, make_pim_user, make_run
from tests.pages.conftest import API, browser_of, page_of, text_of
from tests.pages.setting_up import do, enable, make_first, make_look, primary_of, step_of

Mode, Status = Run.Mode, Run.Status


@pytest.fixture
def catalog(channel):
    return make_catalog(
        channel, name="New one", started_at=None, pim_state=Catalog.PimState.DISABLED
    )


@pytest.fixture
def path(catalog):
    return reverse("pages:set_up", args=[catalog.uuid])


@pytest.fixture
def editor(connection):
    return make_pim_user(connection, firstname="Ed", role=PimUser.Role.EDITOR)


@pytest.fixture
def viewer(connection):
    return make_pim_user(connection, firstname="Vera", role=PimUser.Role.VIEWER)


def test_it_begins_with_akeneo(browser, path, catalog):
    page = browser.see(path)

    assert step_of(page) == "Step 4 of 7"
    assert primary_of(page)["href"] == catalog.configure_url
    assert primary_of(page)["target"] == "_blank"
    assert [text_of(one) for one in page.select(".setup-steps .done .name")] == [
        "Connect Akeneo (done)",
        "Create a channel (done)",
        "Name the catalog (done)",
    ]
    assert text_of(page.select_one("[aria-current=step] .name")) == "Configure in Akeneo"


def test_back_and_close_are_at_hand_at_every_step(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    for number in (4, 5, 6, 7):
        page = browser.see(f"{path}?step={number}")

        assert step_of(page) == f"Step {number} of 7"
        links = {text_of(link): link["href"] for link in page.select("main a")}
        assert links["Close, and go on later"] == "/"
        assert links["Back"]


def test_the_page_notices_that_the_catalog_is_enabled_and_looks(browser, catalog, pim):
    there = {"id": catalog.pim_catalog_id, "name": "New one", "enabled": True}
    pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", json=there)

    response = browser.htmx("post", reverse("pages:notice_enabled", args=[catalog.uuid]))

    assert response["HX-Refresh"] == "true"
    run = Run.objects.get()
    assert (run.mode, run.dry_run, run.status) == (Mode.SAMPLE, True, Status.QUEUED)
    page = browser.see(reverse("pages:set_up", args=[catalog.uuid]))
    assert step_of(page) == "Step 5 of 7"
    assert page.select_one(".strip")["hx-get"] == reverse("pages:run_strip", args=[run.uuid])


def test_without_javascript_a_button_asks(browser, catalog, path, pim):
    there = {"id": catalog.pim_catalog_id, "name": "New one", "enabled": False}
    pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", json=there)
    assert page_of(browser.get(path)).select_one("#noticing form button")

    response = do(browser, "notice_enabled", catalog)

    assert response.url == path
    assert not Run.objects.exists()
    assert "The catalog is not enabled in Akeneo." in text_of(browser.see(path))


def test_a_catalog_that_was_looked_at_and_disabled_again_is_not_called_new(browser, catalog, path):
    make_look(catalog)
    Catalog.objects.filter(pk=catalog.pk).update(pim_state=Catalog.PimState.DISABLED)

    text = text_of(browser.see(path))

    assert "is not enabled in Akeneo any more. Nothing was sent" in text
    assert "enabled yet" not in text


def test_the_page_does_not_ask_for_ever(browser, catalog, pim):
    there = {"id": catalog.pim_catalog_id, "name": "New one", "enabled": False}
    pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", json=there)
    address = reverse("pages:notice_enabled", args=[catalog.uuid])

    asked = page_of(browser.htmx("post", address, {"tries": "3"})).find(id="noticing")
    last = page_of(browser.htmx("post", address, {"tries": str(MOST_TRIES - 1)}))

    assert asked["hx-vals"] == '{"tries": "4"}'
    assert "hx-post" not in last.find(id="noticing").attrs
    assert "has stopped looking" in text_of(last)


def test_a_pim_that_is_gone_is_told_in_words(browser, catalog, pim):
    pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", body="<html>", status=503)

    response = browser.htmx("post", reverse("pages:notice_enabled", args=[catalog.uuid]))

    assert response.status_code == 200
    assert page_of(response).select_one(".problem")
    assert page_of(response).find(id="noticing")["hx-post"], "it goes on looking: that may pass"


def test_a_pim_that_refuses_is_not_asked_again_by_itself(browser, catalog, pim):
    pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", json={"message": "No."}, status=403)

    response = browser.htmx("post", reverse("pages:notice_enabled", args=[catalog.uuid]))

    assert page_of(response).select_one(".problem")
    assert "hx-post" not in page_of(response).find(id="noticing").attrs


def test_a_catalog_that_was_deleted_meanwhile_leads_to_its_end(browser, catalog, path):
    Catalog.objects.filter(pk=catalog.pk).update(pim_state=Catalog.PimState.GONE)

    response = browser.get(path, follow=True)

    assert "This catalog was deleted in Akeneo" in text_of(page_of(response))
    assert primary_of(page_of(response))["href"] == reverse(
        "pages:delete_catalog", args=[catalog.uuid]
    )


def test_the_look_shows_numbers_examples_and_what_is_missing(browser, path, catalog):
    example = {
        **{"key": "k", "identifier": "SKU-1", "label": "Running shoe", "price": "19.90 EUR"},
        "picture": "https://ferry.example.com/media/x/y/shoe.png",
        "missing": ["image"],
        "fields": [["name", '"Running shoe"'], ["price", "19.9"]],
    }
    make_look(catalog, examples=[example], missing={"image": 12})

    page = browser.see(path)

    tiles = [text_of(one) for one in page.select(".tiles > div")]
    assert tiles[:2] == ["Products in the catalog 1,482", "Looked at 100"]
    assert tiles[2].startswith("Sending all will take")
    card = page.select_one(".examples li")
    assert card.img["src"] == "/media/x/y/shoe.png"
    assert "Running shoe SKU-1 19.90 EUR" in text_of(card)
    assert "Empty, and needed: Main image" in text_of(card)
    assert "“Main image” in 12 of 100 products" in text_of(page)
    mapping = page.find("a", string=lambda text: text and "Open the mapping" in text)
    assert page.select_one(f'a.secondary[href="{catalog.configure_url}"]') or mapping
    assert primary_of(page)["href"] == f"{path}?step=6"


def test_the_look_names_variants_as_people_do(browser, path, catalog):
    fields = [["variants.uuid-1.sku", '"A-1"'], ["variants.uuid-2.sku", '"A-2"']]
    example = {
        **{"key": "k", "identifier": "", "label": "Mug", "price": "", "picture": ""},
        **{"missing": [], "fields": fields, "variants": {"uuid-1": "A-1 (Blue)"}},
    }
    make_look(catalog, examples=[example])

    said = text_of(browser.see(path).select_one(".examples li"))

    assert "SKU of variant A-1 (Blue)" in said
    assert "SKU of variant uuid-2" in said


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"is_mapped": False}, "no field is mapped"),
        ({"sampled": 0, "total": 0, "first": [], "examples": []}, "holds no product"),
    ],
)
def test_what_cannot_be_sent_leads_back_to_akeneo(browser, path, catalog, found, words):
    make_look(catalog, **found)

    page = browser.see(f"{path}?step=6")

    assert step_of(page) == "Step 5 of 7"
    assert words in text_of(page)
    assert text_of(primary_of(page)) == "Look again"


def test_a_look_that_failed_says_why(browser, path, catalog):
    enable(catalog)
    make_run(catalog, mode=Mode.SAMPLE, dry_run=True, status=Status.FAILED, problem="It is down.")

    page = browser.see(path)

    assert "It is down." in text_of(page)
    assert text_of(primary_of(page)) == "Look at a few products"


def test_looking_again_is_one_click(browser, catalog, path):
    make_look(catalog)

    response = do(browser, "look_first", catalog)

    assert response.url == f"{path}?step=5"
    assert Run.objects.live().get().mode == Mode.SAMPLE


def test_a_catalog_of_the_command_has_no_such_steps(browser, channel):
    catalog = make_catalog(channel)

    response = browser.get(reverse("pages:set_up", args=[catalog.uuid]))

    assert response.url == catalog.get_absolute_url()


def test_a_reconnected_catalog_is_taken_up_first(browser, catalog, path):
    Catalog.objects.filter(pk=catalog.pk).update(unconfirmed_since=timezone.now())

    assert browser.get(path).url == reverse("pages:take_up", args=[catalog.uuid])


def test_a_lost_connection_is_explained(browser, connection, catalog, path):
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.DISCONNECTED)

    page = browser.see(path)

    assert text_of(primary_of(page)) == "Connect again"


@pytest.mark.parametrize("step", [5, 6, 7])
def test_a_viewer_sees_everything_and_who_can_go_on(viewer, manager, path, catalog, step):
    make_look(catalog)
    make_first(catalog)

    page = browser_of(viewer).see(f"{path}?step={step}")

    assert "Mary Smith" in text_of(page)
    assert not page.select("main form")


def test_an_editor_sends_the_first_and_not_everything(editor, path, catalog):
    make_look(catalog)
    make_first(catalog)
    browser = browser_of(editor)

    assert do(browser, "look_first", catalog).status_code == 302
    assert do(browser, "send_all", catalog).status_code == 403
    assert do(browser, "pause_setup", catalog).status_code == 403
    page = browser.see(f"{path}?step=7")
    assert "A manager sends everything for the first time" in text_of(page)
    assert primary_of(page) is None


@pytest.mark.parametrize("name", ["look_first", "send_first", "send_all", "pause_setup"])
def test_a_viewer_changes_nothing(name, viewer, catalog):
    make_look(catalog)

    assert do(browser_of(viewer), name, catalog).status_code == 403


def test_sync_now_elsewhere_leads_here(browser, catalog, path):
    enable(catalog)
    page = browser.see(catalog.get_absolute_url())
    assert primary_of(page)["href"] == path
    assert "Sync now" not in text_of(page)

    assert do(browser, "sync", catalog).url == path
    assert not Run.objects.exists()


def test_home_leads_on(browser, catalog, path):
    page = browser.see("/")

    assert primary_of(page)["href"] == path
    assert "Being set up" in text_of(page.select_one(".card"))
    assert "Step 4 of 7: configure it in Akeneo and enable it there." in text_of(page)


@pytest.mark.parametrize("step", [4, 5, 6, 7])
def test_every_step_has_one_heading_one_primary_action_and_no_inline_code(
    browser, path, catalog, step
):
    make_look(catalog)
    make_first(catalog)

    page = browser.see(f"{path}?step={step}")

    assert len(page.find_all("h1")) == 1
    assert len(page.select(".primary")) == 1
    assert page.find("nav", {"aria-label": "Breadcrumb"})
    assert not page.find("style")
    assert not page.select("[style]")


@pytest.mark.parametrize(("step", "number"), [(4, 9), (5, 10), (6, 10), (7, 11)])
def test_a_step_costs_the_same_however_much_there_is(
    browser, path, catalog, step, number, django_assert_num_queries
):
    make_look(catalog)
    make_first(catalog)
    with django_assert_num_queries(number):
        browser.get(f"{path}?step={step}")
    for one in range(10):
        make_listing(catalog, key=f"key-{one}", wanted=make_document())

    with django_assert_num_queries(number):
        browser.get(f"{path}?step={step}")
