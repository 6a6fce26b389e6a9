"""Setting up a catalog: each step says what to do, shows what came of it, and leads on."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import Connection, PimUser
from pages.views.setting_up import MOST_TRIES
from sync.models import Listing, Look, Run
from tests.factories import make_catalog, make_document, make_listing, make_pim_user, make_run
from tests.pages.conftest import API, browser_of, messages_of, page_of, text_of

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


def enable(catalog):
    Catalog.objects.filter(pk=catalog.pk).update(pim_state=Catalog.PimState.ENABLED)


def make_look(catalog, number=10, **values):
    """What a look found: the catalog is enabled by then."""
    enable(catalog)
    run = make_run(catalog, mode=Mode.SAMPLE, dry_run=True, finished_at=timezone.now())
    products = [
        {"key": f"key-{one}", "identifier": f"SKU-{one}", "label": f"Shoe {one}"}
        for one in range(number)
    ]
    more = {"price": "19.90 EUR", "picture": "", "missing": [], "fields": [["sku", '"S"']]}
    defaults = {
        "total": 1482,
        "sampled": 100,
        "seconds": 2.0,
        "first": products,
        "examples": [{**one, **more} for one in products[:3]],
    }
    return Look.objects.create(run=run, **{**defaults, **values})


def make_first(catalog, **values):
    """The first ten, sent."""
    keys = [f"key-{one}" for one in range(10)]
    defaults = {"mode": Mode.PRODUCT, "keys": keys, "pushed": 10, "finished_at": timezone.now()}
    return make_run(catalog, **{**defaults, **values})


def do(browser, name, catalog, **data):
    return browser.post(reverse(f"pages:{name}", args=[catalog.uuid]), data)


def primary_of(page):
    return page.select_one("main .primary")


def step_of(page):
    return text_of(page.select_one(".setup-steps > p")).partition(" Close")[0]


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
    assert "not enabled in Akeneo yet" in text_of(browser.see(path))


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


def test_ten_are_sent_and_looked_at(browser, path, catalog):
    make_look(catalog)
    page = browser.see(f"{path}?step=6")
    assert text_of(primary_of(page)) == "Send these 10"
    assert "Shoe 3" in text_of(page)

    response = do(browser, "send_first", catalog)
    again = do(browser, "send_first", catalog)

    assert response.url == again.url == f"{path}?step=6"
    run = Run.objects.live().get()
    assert (run.mode, run.keys) == (Mode.PRODUCT, [f"key-{one}" for one in range(10)])
    assert browser.see(f"{path}?step=6").select_one(".strip")


def test_what_became_of_the_ten_is_shown_with_the_way_to_each(browser, path, catalog):
    make_look(catalog)
    make_first(catalog, pushed=9, failed=1)
    sent = make_document()
    make_listing(
        catalog, key="key-0", status="listed", wanted=sent, sent=sent, external_id="P-7", label="A"
    )
    refused = {"status": Listing.Status.PARKED, "problem": "Too dear."}
    make_listing(catalog, key="key-1", wanted=sent, label="B", **refused)

    page = browser.see(path)

    assert step_of(page) == "Step 6 of 7"
    rows = [text_of(row) for row in page.select("tbody tr")]
    assert rows[0].endswith("On the channel Web shop calls it P-7 What was sent")
    assert "Too dear." in rows[1]
    assert page.find("a", href=reverse("pages:product", args=["key-0"]))
    assert "refused 1 product" in text_of(page)
    assert text_of(primary_of(page)) == "Next: send all 1,482"


def test_where_the_shop_has_pages_for_it_the_product_is_one_click_away(browser, channel):
    channel.kind, channel.settings = "shopify", {"shop": "acme.myshopify.com"}
    channel.save()
    catalog = make_catalog(channel, started_at=None)
    make_look(catalog)
    make_first(catalog)
    sent = make_document()
    of_shop = {"external_id": "gid://shopify/Product/77", "status": "listed"}
    make_listing(catalog, key="key-0", wanted=sent, sent=sent, **of_shop)

    page = browser.see(reverse("pages:set_up", args=[catalog.uuid]))

    assert page.find("a", href="https://acme.myshopify.com/admin/products/77")


def test_the_last_step_says_how_long_and_what_follows(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)

    page = browser.see(f"{path}?step=7")

    assert text_of(page.h1) == "Send all 1,482 products to Web shop"
    assert text_of(primary_of(page)) == "Send all 1,482"
    assert "Ferry syncs by itself every 30 minutes. Not before." in text_of(page)


def test_everything_is_sent_by_one_click_and_by_two(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)

    response = do(browser, "send_all", catalog)
    do(browser, "send_all", catalog)

    assert response.url == f"{path}?step=7"
    assert Run.objects.live().get().mode == Mode.FULL
    page = browser.see(path)
    assert page.select_one(".strip")
    assert page.find("form", action=reverse("pages:pause_setup", args=[catalog.uuid]))


def test_time_left_is_told_once_it_can_be(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    began = timezone.now() - timedelta(minutes=10)
    make_run(
        catalog,
        status=Status.RUNNING,
        phase=Run.Phase.PUSHING,
        to_send=100,
        pushed=50,
        started_at=began,
    )

    assert "about 3 minutes left" in text_of(browser.see(path)).replace("\xa0", " ")


def test_a_pause_is_resumed_where_it_was(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    run = make_run(catalog, status=Status.RUNNING)
    do(browser, "pause_setup", catalog)
    Run.objects.filter(pk=run.pk).update(status=Status.STOPPED, problem="The catalog is paused.")

    page = browser.see(path)
    assert text_of(primary_of(page)) == "Resume"
    assert not page.select(".panel.bad")
    do(browser, "send_all", catalog)

    assert not Catalog.objects.get(pk=catalog.pk).is_paused
    assert Run.objects.live().get().mode == Mode.FULL


def test_a_run_that_stopped_says_why_and_goes_on(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    make_run(catalog, status=Status.STOPPED, problem="The folder is full.", phase="pushing")

    page = browser.see(path)

    assert "The folder is full." in text_of(page)
    assert text_of(primary_of(page)) == "Go on"


def test_a_catalog_that_was_disabled_at_the_last_step_leads_back_to_akeneo(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    make_run(catalog, status=Status.STOPPED, problem="It is disabled.")
    Catalog.objects.filter(pk=catalog.pk).update(pim_state=Catalog.PimState.DISABLED)

    page = browser.see(f"{path}?step=7")

    assert step_of(page) == "Step 4 of 7"
    assert "is not enabled in Akeneo any more" in text_of(page)


def test_the_end_says_what_happens_from_now_on(browser, path, catalog):
    make_look(catalog)
    make_run(catalog, finished_at=timezone.now())
    Catalog.objects.filter(pk=catalog.pk).update(started_at=timezone.now())
    sent = make_document()
    make_listing(catalog, status="listed", wanted=sent, sent=sent)

    page = browser.see(path)

    assert step_of(page) == "All 7 steps are done"
    assert text_of(page.h1) == "“New one” is set up"
    assert "1 product is on Web shop." in text_of(page)
    assert "Every 30 minutes Ferry reads in Akeneo what changed" in text_of(page)
    assert primary_of(page)["href"] == catalog.get_absolute_url()


def test_a_tab_that_comes_late_is_told_so(browser, catalog):
    make_look(catalog)
    make_first(catalog)
    Catalog.objects.filter(pk=catalog.pk).update(started_at=timezone.now())

    response = do(browser, "send_all", catalog)

    assert "is set up already" in messages_of(browser.get(response.url))[0]
    assert not Run.objects.live().exists()


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


@pytest.mark.parametrize(("step", "number"), [(4, 8), (5, 9), (6, 9), (7, 10)])
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
