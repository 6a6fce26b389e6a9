"""Media files of a PIM: what counts as an address of one, and what arrives when it is asked for."""

import io

import pytest
from responses import matchers

from outbound.errors import AnswerTooLarge, TransientError
from pim.errors import Forbidden, NotFound, UnexpectedAnswer
from pim.media import media_path
from tests.pim.conftest import API, PIM, TOKEN

PATH = "/api/rest/v1/media-files/8/7/5/4/8754_front.png/download"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100


class Sink:
    def __init__(self):
        self.file = io.BytesIO()

    def begin(self):
        self.file = io.BytesIO()

    def write(self, chunk):
        self.file.write(chunk)

    @property
    def content(self):
        return self.file.getvalue()


@pytest.fixture
def sink():
    return Sink()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"{PIM}{PATH}", PATH),
        (f"http://acme.cloud.akeneo.com{PATH}", PATH),  # behind a proxy that ends TLS
        (f"{PIM.upper()}{PATH}".replace("HTTPS", "https"), PATH),
        (f"{API}/asset-media-files/a/b/c.jpg", "/api/rest/v1/asset-media-files/a/b/c.jpg"),
        (
            f"{API}/reference-entities-media-files/a/%C3%BC.jpg",
            "/api/rest/v1/reference-entities-media-files/a/%C3%BC.jpg",
        ),
    ],
)
def test_an_address_of_a_file_is_one(text, path):
    assert media_path(PIM, text) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        PATH,
        f"see {PIM}{PATH}",
        f"https://evil.example.com{PATH}",
        f"https://acme.cloud.akeneo.com.evil.example.com{PATH}",
        f"https://acme.cloud.akeneo.com@evil.example.com{PATH}",
        f"https://evil@acme.cloud.akeneo.com{PATH}",
        f"https://acme.cloud.akeneo.com:8443{PATH}",
        f"https://acme.cloud.akeneo.com\\@evil.example.com{PATH}",
        f"ftp://acme.cloud.akeneo.com{PATH}",
        f"//acme.cloud.akeneo.com{PATH}",
        f"{PIM}{PATH}?to=elsewhere",
        f"{PIM}{PATH}?",
        f"{PIM}{PATH}#part",
        f"{PIM}{PATH}\n",
        f"{PIM}{PATH}/..",
        f"{API}/media-files/a.png",
        f"{API}/media-files//download",
        f"{API}/media-files/../products/download",
        f"{API}/media-files/%2e%2e/products/download",
        f"{API}/media-files/%2E./products/download",
        f"{API}/media-files/a%2F..%2F..%2Fproducts/download",
        f"{API}/media-files/a%5C..%5Cproducts/download",
        f"{API}/media-files/a%00/download",
        f"{API}/media-files/a%zz/download",
        f"{API}/products/media-files/a/download",
        f"{API}/asset-media-files/",
        f"{PIM}/elsewhere{PATH}",
        f"{PIM}/api/rest/v1/catalogs/media-files/a/download",
    ],
)
def test_anything_else_is_not(text):
    assert media_path(PIM, text) is None


def test_a_pim_below_a_path_has_its_files_there():
    pim = "https://pims.example.com/acme"

    assert media_path(pim, f"{pim}{PATH}") == f"/acme{PATH}"
    assert media_path(pim, f"https://pims.example.com{PATH}") is None


def test_no_call_is_made_for_what_is_no_address(client, http, sink):
    with pytest.raises(ValueError, match="media file"):
        client.download("/api/rest/v1/products", sink)

    assert len(http.calls) == 0


def test_the_bytes_arrive_with_what_the_pim_calls_them(client, http, sink):
    http.get(
        f"{PIM}{PATH}",
        PNG,
        content_type="image/png",
        headers={"Content-Disposition": 'attachment; filename="Front view.png"'},
        match=[matchers.header_matcher({"Authorization": f"Bearer {TOKEN}"})],
    )

    found = client.download(PATH, sink)

    assert (found.name, found.mime_type, sink.content) == ("Front view.png", "image/png", PNG)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("", "front.png"),
        ('attachment; filename="../../etc/passwd"', "_.._etc_passwd.png"),
        ("attachment; filename*=UTF-8''f%C3%BCr.png", "für.png"),
        ('attachment; filename="a\x00b.png"', "a_b.png"),
        ('attachment; filename=""', "front.png"),
        (f'attachment; filename="{"x" * 300}.png"', f"{'x' * 251}.png"),
    ],
)
def test_a_name_is_a_name_and_no_path(client, http, sink, said, name):
    http.get(f"{PIM}{PATH}", PNG, content_type="image/png", headers={"Content-Disposition": said})

    found = client.download(PATH, sink)

    assert found.name == name


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image/webp", "image/webp"),
        ("IMAGE/PNG; charset=utf-8", "image/png"),
        ("application/octet-stream", "image/png"),
        ("nonsense", "image/png"),
        ("image/png\x00<script>", "image/png"),
    ],
)
def test_a_type_is_a_type_or_follows_the_name(client, http, sink, kind, expected):
    http.get(f"{PIM}{PATH}", PNG, content_type=kind)

    assert client.download(PATH, sink).mime_type == expected


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>Maintenance</html>", "text/html; charset=utf-8"),
        (b"\n <!DOCTYPE html><title>Log in</title>", "image/png"),
        (b'{"error": "The catalog is disabled."}', "application/json"),
    ],
)
def test_a_page_or_a_message_is_no_picture(client, http, sink, waits, body, kind):
    http.get(f"{PIM}{PATH}", body, content_type=kind)

    with pytest.raises(UnexpectedAnswer, match="in place of a file"):
        client.download(PATH, sink)

    assert len(waits) == 7
    assert sink.content == b""


def test_a_file_that_is_a_page_is_a_page(client, http, sink):
    path = PATH.replace("front.png", "size-guide.html")
    http.get(f"{PIM}{path}", b"<html>Sizes</html>", content_type="text/html")

    assert client.download(path, sink).mime_type == "text/html"


def test_a_failure_in_the_middle_begins_anew(client, http, sink, waits):
    http.get(f"{PIM}{PATH}", PNG[:100], headers={"Content-Length": str(len(PNG))})
    http.get(f"{PIM}{PATH}", status=503)
    http.get(f"{PIM}{PATH}", PNG, content_type="image/png")

    client.download(PATH, sink)

    assert (sink.content, len(waits)) == (PNG, 2)


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (403, Forbidden)])
def test_what_the_pim_does_not_give_is_told(client, http, sink, waits, status, error):
    http.get(f"{PIM}{PATH}", json={"message": "No."}, status=status)

    with pytest.raises(error):
        client.download(PATH, sink)

    assert waits == []


def test_a_file_beyond_the_bound_is_left(client, http, sink):
    http.get(f"{PIM}{PATH}", PNG, content_type="image/png")

    with pytest.raises(AnswerTooLarge):
        client.download(PATH, sink, max_bytes=1000)


def test_a_redirect_is_not_followed(client, http, sink):
    http.get(f"{PIM}{PATH}", status=302, headers={"Location": "https://evil.example.com/"})

    with pytest.raises(TransientError):
        client.download(PATH, sink)

    assert all(call.request.url == f"{PIM}{PATH}" for call in http.calls)
