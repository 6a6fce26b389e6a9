"""A picture that waits for approval: who sees it, and what is never shown."""

import pytest

from enrichment.media.keeping import Kept
from enrichment.models import Offer, Proposal
from tests.factories import (
    make_connection,
    make_enriched_connection,
    make_offer,
    make_pim_user,
    make_proposal,
)
from tests.pages.conftest import browser_of, text_of

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def connection(db, settings, tmp_path):
    settings.STATE_FOLDER = tmp_path
    return make_enriched_connection()


@pytest.fixture
def browser(connection):
    return browser_of(make_pim_user(connection))


@pytest.fixture
def offered(connection):
    """Offer a file as an upload does: Ferry keeps it."""

    def offered(name="mug.png", content=PNG):
        offer = make_offer(connection, kind=Offer.Kind.MEDIA, state=Offer.State.WAITING, owner="")
        kept = Kept(offer.uuid)
        with kept.adding(name) as file:
            file.write(content)
        value = kept.read(name).as_value()
        values = {"attribute": "image", "locale": "", "type": "pim_catalog_image", "before": None}
        return make_proposal(offer, value=value, column=name, **values)

    return offered


def address(one):
    return f"/enrichment/offered/{one.pk}/picture"


def test_a_picture_that_ferry_keeps_is_shown_small_with_its_name(browser, offered):
    one = offered()

    row = browser.see(one.offer.get_absolute_url()).select_one("#values tbody tr")
    answer = browser.get(row.select_one("img")["src"])

    assert row.select_one("img")["src"] == address(one)
    assert "mug.png (28 bytes, PNG)" in text_of(row).replace("\xa0", " ")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PNG, "image/png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"].startswith("private")


def test_it_stands_on_the_page_of_the_product_as_well(browser, offered):
    one = offered()

    assert browser.see(f"/products/{one.key}").select_one("#offered img")["src"] == address(one)


@pytest.mark.parametrize(
    ("name", "content"),
    [("mug.svg", SVG), ("mug.png", SVG), ("manual.pdf", b"%PDF-1.7"), ("mug.png", b"<html>")],
)
def test_what_is_no_picture_is_told_by_name_size_and_kind_alone(browser, offered, name, content):
    one = offered(name, content)

    row = browser.see(one.offer.get_absolute_url()).select_one("#values tbody tr")

    assert row.select("img") == []
    assert f"{len(content)} bytes, {name[-3:].upper()}" in text_of(row).replace("\xa0", " ")
    assert browser.get(address(one)).status_code == 404


def test_a_picture_that_is_not_kept_any_more_is_not_shown(browser, offered):
    one = offered()
    Kept(one.offer.uuid).drop(["mug.png"])

    assert browser.see(one.offer.get_absolute_url()).select("#values img") == []
    assert browser.get(address(one)).status_code == 404


def test_what_lies_in_a_folder_of_somebody_else_is_not_shown(browser, offered, tmp_path):
    one = offered()
    (tmp_path / "mug.png").write_bytes(PNG)
    Proposal.objects.update(value={**one.value, "folder": str(tmp_path)})

    assert browser.get(address(one)).status_code == 404


def test_a_large_one_is_not_shown(browser, offered):
    one = offered(content=PNG + bytes(5 * 1024**2))

    assert browser.get(address(one)).status_code == 404


def test_only_people_of_that_pim_see_it(offered, client):
    one = offered()
    outsider = browser_of(make_pim_user(make_connection()))

    assert outsider.get(address(one)).status_code == 404
    assert client.get(address(one)).status_code == 403
