"""Serving files: to whoever has the address, the same for ever, and as nothing that runs."""

import hashlib
from urllib.parse import urlsplit

import pytest
from django.test import Client

from catalogs.media.addresses import address_of, safe_name
from catalogs.media.store import media_store

PICTURE = b"\x89PNG\r\n\x1a\n and so on"
DIGEST = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_STORE = str(tmp_path)
    with media_store().arriving() as arriving:
        arriving.write(PICTURE)
        media_store().keep(arriving)
    return media_store()


def path_of(name="front.png", digest=DIGEST):
    return urlsplit(address_of(digest, name)).path


def get(path, **headers):
    return Client().get(path, headers=headers)


def test_a_file_is_served_to_anybody_and_may_be_kept_for_ever():
    response = get(path_of())

    assert response.status_code == 200
    assert b"".join(response) == PICTURE
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Disposition"] == 'inline; filename="front.png"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "script" not in response["Content-Security-Policy"]
    assert "Set-Cookie" not in response
    assert "Cookie" not in response.get("Vary", "")


def test_it_needs_no_database():
    """A test without the mark may use none: pictures are asked for by thousands."""
    assert get(path_of()).status_code == 200


def test_the_address_is_complete_and_always_the_same(settings):
    settings.BASE_URL = "https://ferry.example.com"

    address = address_of(DIGEST, "front.png")

    assert address.startswith("https://ferry.example.com/media/")
    assert address.endswith(f"/{DIGEST}/front.png")
    assert address_of(DIGEST, "front.png") == address


def test_a_new_secret_key_changes_no_address_while_the_old_one_is_kept(settings):
    before = path_of()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one of fifty letters or more, which nobody knows"
    kept = path_of()
    settings.SECRET_KEY_FALLBACKS = []
    alone = path_of()
    settings.SECRET_KEY_FALLBACKS = ["one that was kept from long ago, of fifty letters or so"]

    assert kept == before != alone
    assert get(alone).status_code == 200
    assert get(before).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_reading_is_possible(method):
    assert getattr(Client(), method)(path_of()).status_code == 405


def test_a_head_says_the_same_without_the_content():
    response = Client().head(path_of())

    assert response["Content-Length"] == str(len(PICTURE))
    assert b"".join(response) == b""


def test_who_has_it_is_told_that_it_has_not_changed():
    etag = get(path_of())["ETag"]

    response = get(path_of(), if_none_match=etag)

    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == etag == f'"{DIGEST}"'
    assert response["Cache-Control"].startswith("public")


@pytest.mark.parametrize("if_range", ["", f'"{DIGEST}"', '"another"'])
def test_a_part_is_answered_by_the_whole_and_nobody_is_told_that_parts_are_possible(if_range):
    response = get(path_of(), range="bytes=2-3", if_range=if_range)

    assert response.status_code == 200
    assert b"".join(response) == PICTURE
    assert response["Accept-Ranges"] == "none"


def test_who_wants_another_content_gets_none():
    response = get(path_of(), if_match='"another"')

    assert (response.status_code, response.content) == (412, b"")


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("front.png", "front.html"),
        lambda path: path.replace(DIGEST, DIGEST[::-1]),
        lambda path: path.replace("/media/", "/media/x"),
        lambda path: f"/media/{'A' * 22}/{DIGEST}/front.png",
        lambda path: f"/media/é/{DIGEST}/front.png",
    ],
)
def test_an_address_that_was_not_given_out_leads_nowhere(change):
    response = get(change(path_of()))

    assert response.status_code == 404
    assert "Cache-Control" not in response


@pytest.mark.django_db
def test_a_file_that_is_gone_and_that_nobody_has_a_use_for_is_not_found(store):
    store.remove(DIGEST)

    assert get(path_of()).status_code == 404


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("drawing.svg", "image/svg+xml"),
        ("page.html", "text/html"),
        ("data.xml", "text/xml"),
        ("script.js", "text/javascript"),
        ("unknown", "application/octet-stream"),
        ("program.exe", "application/octet-stream"),
    ],
)
def test_what_could_run_is_saved_and_not_shown(name, kind):
    response = get(path_of(name))

    assert response["Content-Type"] == kind
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("front view (1).png", "front-view-1-.png"),
        ("für/../x.png", "f-r-..-x.png"),
        ('a"b\r\nSet-Cookie: x=1.png', "a-b-Set-Cookie-x-1.png"),
        ("...", "file"),
        ("", "file"),
        ("正面.png", "png"),
        ("x" * 300 + ".png", "x" * 96 + ".png"),
    ],
)
def test_a_name_in_an_address_means_nothing_elsewhere(name, safe):
    assert safe_name(name) == safe
    assert get(path_of(name)).status_code == 200
