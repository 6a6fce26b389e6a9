"""The pages of translations: files for translators, what they bring back, texts for a service."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from connections.abilities import wanted_scopes
from connections.enriching import switch_on
from connections.models import PimUser
from enrichment.kept_files import new_file
from enrichment.models import Offer, TranslationOrder
from enrichment.translations.orders import COUNT_HOLDS
from pages.uploads import MOST_OF_VALUES
from tests.factories import make_connection, make_offer, make_order, make_pim_user
from tests.pages.conftest import browser_of, messages_of, page_of, text_of
from tests.queued import waiting
from tests.world import make_world  # noqa: F401  # a fixture

PAGE = "/enrichment/translations"
FILE, SERVICE, UPLOAD = (f"{PAGE}/{name}" for name in ("file", "service", "upload"))
FIELDS = {"source": "en_US", "target": "fr_FR", "products": "all", "only": "missing"}
State = TranslationOrder.State
Role = PimUser.Role


@pytest.fixture
def world(make_world):  # noqa: F811
    """A PIM that lets the app write."""
    world = make_world(6)
    grant(world.connection)
    return world


@pytest.fixture
def mary(world):
    return browser_of(make_pim_user(world.connection))


@pytest.fixture
def kept(settings, tmp_path):
    settings.STATE_FOLDER = tmp_path / "state"
    return tmp_path / "state" / "uploads"


@pytest.fixture
def with_service(settings):
    settings.DEEPL_API_KEY = "planted-key:fx"


def grant(connection):
    switch_on(connection)
    connection.scopes = sorted(wanted_scopes(connection))
    connection.save()
    return connection


@pytest.fixture
def enriched(connection):
    return grant(connection)


def counted(connection, **values):
    defaults = {"kind": "service", "texts": 1200, "characters": 45_000, "remembered": 3}
    return make_order(connection, state=State.COUNTED, **{**defaults, **values})


def wrong(answer):
    assert answer.status_code == 422
    return text_of(page_of(answer).main)


def send(browser, content=b"<xliff/>", **values):
    file = SimpleUploadedFile("texts.xlf", content)
    return browser.post(UPLOAD, {"file": file, **values}, follow=True)


@pytest.mark.parametrize("path", [PAGE, FILE, SERVICE])
def test_where_nothing_may_be_written_it_says_what_to_do(browser, connection, path, with_service):
    seen = browser.see(path)

    assert "Switch it on" in text_of(seen.main)
    assert [one["href"] for one in seen.main.select("a.primary")] == ["/enrichment"]
    assert seen.main.select_one("form") is None


def test_without_a_service_it_says_what_staff_must_do(browser, enriched, settings):
    settings.DEEPL_API_KEY = ""

    overview, form = browser.see(PAGE), browser.see(SERVICE)

    for seen in (overview, form):
        assert "DEEPL_API_KEY" in text_of(seen.main)
    assert overview.main.select_one(f"a[href='{SERVICE}']") is None
    assert form.main.select_one("form") is None


def test_the_page_enrichment_leads_there(browser, enriched):
    assert browser.see("/enrichment").main.select_one(f"a[href='{PAGE}']") is not None


def test_what_there_is_to_choose_is_what_the_pim_has(mary):
    form = mary.see(FILE).select_one("form.narrow")

    languages = [one.string for one in form.select("[name=target] option")]
    assert languages[0] == "Choose a language"
    assert "French (fr_FR)" in languages
    assert form.select_one("[name=source] option[selected]")["value"] == "en_US"
    assert form.select_one("[name=only][checked]")["value"] == "missing"
    assert {"name", "description"} <= {one["value"] for one in form.select("[name=attributes]")}
    assert "ecommerce" in {one["value"] for one in form.select("[name=scopes]")}
    assert "price" not in {one["value"] for one in form.select("[name=attributes]")}


def test_a_file_is_asked_for_and_its_page_is_there_at_once(mary, world, queue):
    asked = {**FIELDS, "attributes": ["name"], "scopes": ["ecommerce"]}
    answer = mary.post(FILE, asked, follow=True)

    order = TranslationOrder.objects.get()
    assert (order.kind, order.connection, order.state) == (
        *("file", world.connection),
        State.WORKING,
    )
    assert (order.attributes, order.scopes, order.only) == (
        ["name"],
        ["ecommerce"],
        "missing",
    )
    assert waiting(queue) == [("enrichment.tasks.work_on_translation_order", [order.pk])]
    seen = page_of(answer)
    assert "French (fr_FR)" in text_of(seen.h1)
    assert seen.select_one(".strip")["hx-get"].endswith("/strip")


def test_a_catalog_is_chosen_by_its_name(mary, world):
    mary.post(FILE, {**FIELDS, "products": "catalog", "catalog": str(world.catalog.uuid)})

    order = TranslationOrder.objects.get()
    assert order.pim_catalog_id == world.catalog.pim_catalog_id
    assert order.catalog_name == world.catalog.name


def test_a_list_has_one_identifier_a_line(mary):
    mary.post(FILE, {**FIELDS, "products": "list", "identifiers": " A 1 \r\n\r\nB,2\r\nA 1\r\n"})

    assert TranslationOrder.objects.get().identifiers == ["A 1", "B,2"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"target": ""}, "Choose one of those that are offered."),
        ({"target": "xx_XX"}, "This is not offered."),
        ({"target": "en_US"}, "Choose another language than the one it is from."),
        ({"products": "catalog"}, "Choose the catalog."),
        ({"products": "catalog", "catalog": str(uuid4())}, "This is not offered."),
        ({"products": "list", "identifiers": "\n \n"}, "Enter at least one identifier."),
        ({"products": "list", "identifiers": "\n".join(map(str, range(1001)))}, "1001 lines"),
        ({"products": "list", "identifiers": "x" * 256}, "longer than any identifier"),
        ({"attributes": ["price"]}, "This is not offered."),
        ({"scopes": ["nowhere"]}, "This is not offered."),
        ({"only": "some"}, "This is not offered."),
        ({"source": "\0"}, "This is not offered."),
    ],
)
def test_what_cannot_be_is_said_where_it_stands(mary, values, said):
    assert said in wrong(mary.post(FILE, {**FIELDS, **values}))
    assert not TranslationOrder.objects.exists()


def test_another_pims_catalog_is_none(mary, catalog):
    answer = mary.post(FILE, {**FIELDS, "products": "catalog", "catalog": str(catalog.uuid)})

    assert "This is not offered." in wrong(answer)


def test_when_akeneo_does_not_answer_the_page_says_so(browser, enriched, pim):
    answer = browser.get(FILE)

    assert answer.status_code == 502
    assert "Akeneo does not tell what there is to choose." in text_of(page_of(answer).main)


def test_when_enough_is_under_way_it_says_so(mary, world):
    for _ in range(3):
        make_order(world.connection)

    assert "under way already" in wrong(mary.post(FILE, FIELDS))


def test_texts_for_a_service_are_counted_first(mary, with_service):
    answer = mary.post(SERVICE, FIELDS, follow=True)

    assert TranslationOrder.objects.get().kind == "service"
    assert TranslationOrder.objects.get().confirmed_at is None
    assert "Texts counted so far" in text_of(page_of(answer))


def test_it_asks_with_the_numbers_before_anything_is_sent(
    browser, enriched, queue, django_capture_on_commit_callbacks
):
    order = counted(enriched)

    seen = browser.see(order.get_absolute_url())
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(f"{order.get_absolute_url()}/send", follow=True)

    said = text_of(seen.main)
    assert "Send 1,200 texts with 45,000 characters to DeepL?" in said
    assert "3 more texts were translated before" in said
    assert seen.main.select_one("button.primary").string == "Send them to DeepL"
    order.refresh_from_db()
    assert (order.state, order.confirmed_by) == (State.WORKING, "Mary Smith")
    assert waiting(queue) == [("enrichment.tasks.work_on_translation_order", [order.pk])]
    assert answer.status_code == 200


def test_sent_twice_it_is_decided_once(browser, enriched):
    path = f"{counted(enriched).get_absolute_url()}/send"
    browser.post(path)

    assert "decided already" in messages_of(browser.post(path, follow=True))[0]


def test_an_old_number_is_not_agreed_to(browser, enriched):
    order = counted(enriched)
    old = timezone.now() - COUNT_HOLDS - timedelta(minutes=1)
    TranslationOrder.objects.update(updated_at=old)

    answer = browser.post(f"{order.get_absolute_url()}/send", follow=True)

    order.refresh_from_db()
    assert "more than a day old" in messages_of(answer)[0]
    assert order.state == State.COUNTED


@pytest.mark.parametrize(
    ("role", "file", "upload", "service", "send_it", "end"),
    [
        (Role.VIEWER, 403, 403, 403, 403, 403),
        (Role.EDITOR, 200, 302, 403, 403, 302),
        (Role.MANAGER, 200, 302, 200, 302, 302),
    ],
)
def test_who_may_do_what(world, kept, with_service, role, file, upload, service, send_it, end):
    other = browser_of(make_pim_user(world.connection, role=role))
    order = counted(world.connection)
    path = order.get_absolute_url()
    content = SimpleUploadedFile("texts.xlf", b"<xliff/>")

    answers = [
        other.get(FILE),
        other.post(UPLOAD, {"file": content}),
        other.get(SERVICE),
        other.post(f"{path}/send"),
        other.post(f"{path}/stop"),
    ]

    assert [one.status_code for one in answers] == [file, upload, service, send_it, end]
    assert other.get(PAGE).status_code == other.get(path).status_code == 200


def test_viewers_are_shown_no_button_that_does_nothing(enriched):
    viewer = browser_of(make_pim_user(enriched, role=Role.VIEWER))

    for path in (PAGE, counted(enriched).get_absolute_url()):
        assert viewer.see(path).main.select("form") == []


def test_an_editor_is_told_who_confirms(enriched):
    editor = browser_of(make_pim_user(enriched, role=Role.EDITOR))

    seen = editor.see(counted(enriched).get_absolute_url())

    assert "managers confirm what is sent" in text_of(seen.main)
    assert [one["action"].rpartition("/")[2] for one in seen.main.select("form")] == ["stop"]


def test_the_file_is_downloaded_under_a_name_that_says_what_it_is(browser, enriched, kept):
    uuid = uuid4()
    with new_file(uuid) as file:
        file.write(b"<xliff/>")
    order = make_order(enriched, state=State.DONE, file=uuid, texts=7, size=8)

    seen = browser.see(order.get_absolute_url())
    answer = browser.get(seen.main.select_one("a.primary")["href"])

    assert "7 texts are in the file" in text_of(seen.main)
    assert b"".join(answer.streaming_content) == b"<xliff/>"
    assert answer["Content-Type"] == "application/xliff+xml"
    assert f'filename="texts-en_US-fr_FR-{order.pk}.xlf"' in answer["Content-Disposition"]


def test_a_file_that_is_too_large_to_come_back_says_so(browser, enriched):
    order = make_order(enriched, state=State.DONE, file=uuid4(), size=MOST_OF_VALUES + 1)

    seen = text_of(browser.see(order.get_absolute_url()).main)

    assert "larger than the 100 MB that can be uploaded" in seen


@pytest.mark.parametrize("file", [None, uuid4()])
def test_a_file_that_is_not_there_says_what_to_do(browser, enriched, kept, file):
    order = make_order(enriched, state=State.DONE, file=file)

    answer = browser.get(f"{order.get_absolute_url()}/file", follow=True)

    [said] = messages_of(answer)
    assert ("VAR_FOLDER" in said) == (file is not None)


def test_its_strip_reloads_the_page_at_the_end(browser, enriched):
    order = make_order(enriched, read=12_345)
    path = f"{order.get_absolute_url()}/strip"
    under_way = browser.htmx("get", path)
    TranslationOrder.objects.update(state=State.DONE)
    ended = browser.htmx("get", path)

    assert "Texts read so far: 12,345" in text_of(page_of(under_way))
    assert "HX-Refresh" not in under_way
    assert ended["HX-Refresh"] == "true"


def test_its_strip_leads_home_when_it_is_gone(browser, enriched):
    order = make_order(enriched)
    path = f"{order.get_absolute_url()}/strip"
    order.delete()

    assert browser.htmx("get", path)["HX-Redirect"] == "/"


def test_it_is_stopped(browser, enriched):
    order = make_order(enriched)

    answer = browser.post(f"{order.get_absolute_url()}/stop", follow=True)

    order.refresh_from_db()
    assert order.state == State.STOPPED
    assert messages_of(answer) == ["It was stopped. Ask for it again whenever you like."]


def test_what_was_translated_is_a_link_to_its_offer(browser, enriched):
    offer = make_offer(enriched, kind="translations", state=Offer.State.WAITING)
    order = make_order(enriched, kind="service", state=State.DONE, texts=1, offer=offer)

    seen = browser.see(order.get_absolute_url())

    assert seen.main.select_one("a.primary")["href"] == offer.get_absolute_url()


def test_a_translated_file_becomes_an_offer_that_a_worker_reads(
    browser, enriched, kept, queue, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        send(browser)

    offer = Offer.objects.get()
    assert (offer.kind, offer.name, offer.state) == ("translations", "texts.xlf", "reading")
    assert (offer.source, offer.offered_by) == (None, "Mary Smith")
    assert len(list(kept.iterdir())) == 1
    assert waiting(queue) == [("enrichment.tasks.read_upload_of", [offer.pk])]


def test_what_cannot_be_taken_is_said_and_nothing_is_kept(browser, connection, kept, monkeypatch):
    off = messages_of(send(browser))
    grant(connection)
    empty = messages_of(send(browser, b""))
    none = messages_of(browser.post(UPLOAD, follow=True))
    monkeypatch.setattr("pages.uploads.MOST_OF_VALUES", 10)
    large = messages_of(send(browser, b"x" * 300_000))

    assert "switched off" in off[0]
    assert "empty" in empty[0]
    assert "Choose a file first" in none[0]
    assert "larger than" in large[0]
    assert not Offer.objects.exists()
    assert not kept.exists()


def test_the_latest_orders_stand_there(browser, enriched):
    make_order(make_connection(), state=State.DONE)
    order = make_order(enriched, state=State.DONE, texts=3100)

    [row] = browser.see(PAGE).select("#orders tbody tr")

    assert row.select_one("a")["href"] == order.get_absolute_url()
    assert row.select_one(".number").string == "3,100"
