"""What the rooms below the pages say, to a reader whose browser asks for French."""

import zipfile
from datetime import time, timedelta
from errno import EACCES
from io import BytesIO
from typing import Any

import pytest
import requests
import responses
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from catalogs.mapping import schema_of
from catalogs.models import Catalog, Channel, Freeze, Window
from catalogs.pauses import pause
from catalogs.timetables import add_window
from channels.base import ConfigurationError
from channels.file.destinations import disk_fault
from channels.registry import KINDS, adapter_class
from channels.shopify.api import ShopifyApi
from channels.shopify.clock import Clock
from channels.shopify.shop_address import endpoint
from connections.languages import declared, translated
from connections.models import AuditRecord, Circuit, Refusal
from sync.models import Listing, MissingTarget, Notice, Run
from sync.needs import needed_by
from sync.notices import review_connections
from sync.said import FAULT, empty
from sync.support import support_bundle
from tests.channels.receiver import Answer, running_receiver
from tests.factories import (
    make_catalog,
    make_channel,
    make_circuit,
    make_document,
    make_listing,
    make_run,
)
from tests.pages.conftest import page_of, text_of
from tests.staff import browser_of_superuser

NBSP = "\N{NO-BREAK SPACE}"
FRENCH = {"Accept-Language": "fr"}


def french(browser, path, data=None) -> Any:
    if data is None:
        return page_of(browser.get(path, headers=FRENCH))
    return page_of(browser.post(path, data, headers=FRENCH, follow=True))


def said(page) -> str:
    """The text of a page, with plain spaces."""
    return text_of(page).replace(NBSP, " ")


def to(name, thing, *more):
    return reverse(f"pages:{name}", args=[thing.uuid, *more])


def never_open(channel):
    """Let the channel's hours be others than these."""
    other_day = (timezone.now() + timedelta(days=3)).isoweekday()
    return add_window(channel, days=[other_day], begins=time(6), ends=time(7), allows=True)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_form_of_a_channel_asks_in_french(browser, kind):
    page = french(browser, reverse("pages:new_channel", args=[kind]))

    with translation.override("fr"):
        titles = {declared(one.label) for one in adapter_class(kind).settings}
    labels = [said(label) for label in page.select("form label, form legend")]
    assert all(any(label.startswith(title) for label in labels) for title in titles)


def test_the_choices_and_helps_of_a_channel_are_french(browser):
    page = said(french(browser, reverse("pages:new_channel", args=["file"])))

    assert "Seulement les modifications" in page
    assert "Un dossier qui n’existe pas est créé." in page
    assert "Only changes" not in page


def test_a_setting_that_is_wrong_is_explained_in_french(browser):
    form = {"name": "Shop", "set_endpoint": "nonsense", "set_batch_size": "0"}

    page = said(french(browser, reverse("pages:new_channel", args=["http"]), form))

    assert "« Point d’accès » doit être une adresse web complète" in page
    assert "« Taille des lots » doit être un nombre entier de 1 à 1000." in page
    assert not Channel.objects.exists()


def test_what_a_check_found_is_french(browser, settings):
    settings.PIM_ALLOW_INSECURE = True
    with running_receiver() as receiver:
        receiver.script = Answer(404)
        form = {"name": "Shop", "set_endpoint": receiver.url, "set_batch_size": "1", "check": "1"}
        page = said(french(browser, reverse("pages:new_channel", args=["http"]), form))

    assert "Le canal a répondu HTTP 404 (Not Found)" in page
    assert "Vérifiez le point d’accès." in page


def test_what_a_check_of_vendure_found_is_french(browser, settings):
    settings.PIM_ALLOW_INSECURE = True
    with running_receiver() as receiver:
        receiver.script = Answer(404)
        form = {"name": "Shop", "set_url": receiver.url, "set_api_key": "key", "check": "1"}
        page = said(french(browser, reverse("pages:new_channel", args=["vendure"]), form))

    assert "La boutique a répondu HTTP 404" in page
    assert "Vérifiez l’adresse de l’Admin API." in page


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 401}, "Shopify a répondu HTTP 401 (Unauthorized). Vérifiez le jeton d’accès"),
        (
            {"json": {"errors": [{"message": "Nope", "extensions": {"code": "ACCESS_DENIED"}}]}},
            f"Il manque une permission au jeton d’accès{NBSP}: «{NBSP}Nope{NBSP}». Ajoutez",
        ),
    ],
)
@responses.activate
def test_what_shopify_refused_is_french_around_its_own_words(answer, expected):
    responses.post(endpoint("acme.myshopify.com"), **answer)
    api = ShopifyApi(requests.Session(), "acme.myshopify.com", "shpat_x", Clock())

    with pytest.raises(ConfigurationError) as refused, translation.override("fr"):
        api.call("query { shop { name } }")

    with translation.override("fr"):
        assert translated(refused.value.message).startswith(expected)


def test_what_a_disk_says_is_french_around_its_own_words():
    fault = disk_fault("/srv/feeds/p.csv", "/srv/feeds", PermissionError(EACCES, "no"))

    with translation.override("fr"):
        sentence = translated(fault.message)

    assert sentence.startswith("/srv/feeds/p.csv n’a pas pu être écrit (Permission denied).")


def test_why_nothing_is_sent_is_french_on_the_page_and_english_in_the_command(
    browser, catalog, capsys
):
    never_open(catalog.channel)
    listing = make_listing(catalog, wanted=make_document(), status=Listing.Status.WAITING)

    page = said(french(browser, reverse("pages:product", args=[listing.key])))
    call_command("sync_status", "--json")

    assert "Rien n’est envoyé jusqu’à la reprise (" in page
    assert "1 change waits until " in capsys.readouterr().out


def test_who_paused_a_catalog_is_said_in_french_and_in_english_for_staff(browser, catalog):
    pause(catalog, reason="Stocktaking.")

    page = said(french(browser, catalog.get_absolute_url()))

    assert "mis en pause par " in page
    assert " : Stocktaking." in page


def test_what_a_timetable_says_is_french_and_its_trail_english(browser, channel):
    begins = timezone.now() + timedelta(days=2)
    form = {
        "what": "freeze",
        "reason": "Soldes",
        "begins_at": f"{begins:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begins + timedelta(days=1):%Y-%m-%dT%H:%M}",
    }

    page = said(french(browser, to("timetable", channel), form))

    assert Freeze.objects.count() == 1
    assert "Soldes, du " in page
    trail = AuditRecord.objects.get(action=AuditRecord.Action.TIMETABLE_CHANGED)
    assert trail.details["added"].startswith("Soldes, ")
    assert " to " in trail.details["added"]


def test_hours_are_french_and_their_trail_english(browser, channel):
    form = {"what": "window", "allows": "yes", "days": ["1", "2", "3"]}
    form |= {"begins": "06:00", "ends": "22:00"}

    page = said(french(browser, to("timetable", channel), form))

    assert Window.objects.count() == 1
    assert "Seulement du lundi au mercredi, de 06:00 à 22:00" in page
    trail = AuditRecord.objects.get(action=AuditRecord.Action.TIMETABLE_CHANGED)
    assert trail.details["added"] == "Only Monday to Wednesday, 06:00 to 22:00"


def test_what_becomes_of_products_is_asked_in_french(browser, catalog):
    document = make_document()
    make_listing(catalog, status=Listing.Status.LISTED, wanted=document, sent=document)

    page = said(french(browser, to("delete_catalog", catalog)))

    assert "1 produit y reste tel quel, mais sans plus aucune mise à jour." in page
    assert "Le travail de mapping est perdu pour de bon." in page


def test_what_ferry_itself_says_of_a_product_is_french_and_what_the_channel_says_as_it_was(
    browser, connection
):
    channel = make_channel(connection, kind="vendure", settings={})
    catalog = make_catalog(channel)
    target = needed_by(catalog)[-1]
    lacking = make_listing(catalog, status=Listing.Status.PARKED, problem=empty([target]))
    MissingTarget.objects.create(listing=lacking, target=target.code)
    make_listing(catalog, status=Listing.Status.PARKED, problem=FAULT)
    make_listing(catalog, status=Listing.Status.PARKED, problem="Not in this shop.")

    page = french(browser, to("parked", catalog))

    assert sorted(said(one.h3) for one in page.select(".causes > li")) == [
        "Ferry a échoué sur ce produit. Les personnes qui l’exploitent en trouvent la raison dans "
        "le journal.",
        "Not in this shop.",
        f"« {target.title} » est vide, et le canal ne prend aucun produit sans cela. Renseignez la "
        "valeur dans Akeneo, ou regardez le mapping ; puis synchronisez de nouveau.",
    ]


def test_a_phase_of_a_run_is_french(browser, catalog):
    run = make_run(catalog, status=Run.Status.RUNNING, phase=Run.Phase.FETCHING)

    page = said(french(browser, run.get_absolute_url()))

    assert "Téléchargement des images et autres fichiers" in page


def test_who_does_not_answer_is_named_in_french(browser, catalog):
    make_circuit(catalog.connection, catalog.channel, failures=Circuit.OPEN_AFTER)

    page = said(french(browser, catalog.get_absolute_url()))

    assert "ne répond plus depuis" in page


@pytest.mark.django_db
def test_a_refusal_is_french_on_the_page_and_english_for_staff():
    answer = Client().get(
        reverse("connections:activate"), {"pim_url": "ftp://pim.example.com"}, headers=FRENCH
    )

    assert answer.status_code == 400
    page = said(page_of(answer).select_one(".problem"))
    assert page.startswith("Ce n’est pas l’adresse d’un PIM : elle doit commencer par https://.")
    kept = Refusal.objects.get().message
    assert kept.startswith("This is not the address of a PIM: it must start with https://.")


def test_what_was_not_granted_is_stored_in_english(connection):
    connection.scopes = []
    connection.save()

    with translation.override("fr"):
        review_connections([connection])

    assert "Read the products of its catalogs" in Notice.objects.get().said


def test_the_bundle_for_whoever_helps_is_english(browser, catalog):
    pause(catalog, reason="Stocktaking")

    with translation.override("fr"):
        bundle = zipfile.ZipFile(BytesIO(support_bundle(catalog.connection)))

    status = bundle.read("status.jsonl").decode()
    assert "This catalog is paused by " in status


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("shape", Catalog.Shape.values)
@pytest.mark.django_db
def test_the_schema_that_the_pim_gets_says_the_same_whoever_asks(kind, shape):
    channel = make_channel(kind=kind, settings={})
    english = schema_of(channel, shape)

    with translation.override("fr"):
        assert schema_of(channel, shape) == english


def test_admin_stays_english(catalog):
    page = page_of(
        browser_of_superuser().get(
            f"/admin/catalogs/channel/{catalog.channel.pk}/change/", headers=FRENCH
        )
    )

    assert "The address that receives the products" in text_of(page)


def test_the_language_ends_with_the_request(browser, catalog):
    french(browser, catalog.get_absolute_url())

    assert translation.get_language() == "en"
    assert str(make_catalog().OnShop.LEAVE.label) == "Leave the products on the shop"


def test_why_a_run_that_removes_a_catalog_is_not_stopped_is_said_in_french(browser, catalog):
    run = make_run(catalog, status=Run.Status.RUNNING)
    Catalog.objects.update(removing_since=timezone.now())

    page = french(browser, to("stop_run", run), {})

    assert "Cette exécution supprime le catalogue" in said(page)


def test_what_was_copied_is_said_in_french(browser):
    button = french(browser, "/connection/product-link").select_one("[data-copy]")

    assert button["data-copied"] == "Copié."
    assert button["data-selected"].startswith(f"C’est sélectionné{NBSP}: appuyez sur Ctrl+C")
