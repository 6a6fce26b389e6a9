"""Files that people send are bounded before they reach the disk, on every page."""

import tempfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from pages.uploads import MOST_BYTES, was_too_large
from tests.factories import make_channel
from tests.pages.conftest import messages_of

MB = 1024 * 1024


class Endless:
    """A body whose sender never stops; `read` is how much of it was taken."""

    def __init__(self, head):
        self.head = head
        self.taken = 0

    def read(self, size=64 * 1024):
        piece, self.head = self.head[:size], self.head[size:]
        piece += b"x" * (size - len(piece))
        self.taken += len(piece)
        return piece


def file_of(size):
    return SimpleUploadedFile("refused.csv", b"x" * size, "text/csv")


def posted(size, *, files=1):
    """A request as it reaches a view."""
    data = {"first": "kept", **{f"report{number}": file_of(size) for number in range(files)}}
    body = encode_multipart(BOUNDARY, data)
    return RequestFactory().generic("POST", "/", body, MULTIPART_CONTENT)


@pytest.fixture
def no_disk(monkeypatch, tmp_path):
    """Where a test sees what is written aside."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_file_of_the_size_that_is_allowed_comes_whole():
    request = posted(MOST_BYTES)

    assert request.FILES["report0"].size == MOST_BYTES
    assert not was_too_large(request)


@pytest.mark.parametrize(("size", "files"), [(MOST_BYTES + 1, 1), (MB, 11)])
def test_larger_files_are_dropped_and_the_rest_of_the_form_stays(no_disk, size, files):
    request = posted(size, files=files)

    assert request.POST["first"] == "kept"
    assert was_too_large(request)
    assert sum(file.size for file in request.FILES.values()) <= MOST_BYTES


def test_of_what_is_announced_as_too_large_nothing_reaches_the_disk(no_disk):
    request = posted(MOST_BYTES + MB)

    assert not request.FILES
    assert was_too_large(request)
    assert list(no_disk.iterdir()) == []


def test_a_body_without_an_end_is_not_heard_out():
    head = encode_multipart(BOUNDARY, {"report": file_of(0)}).partition(b"\r\n\r\n")
    body = Endless(head[0] + head[1])
    request = RequestFactory().generic("POST", "/", b"x", MULTIPART_CONTENT)
    request.META["CONTENT_LENGTH"] = str(10**12)
    vars(request)["_stream"] = body

    assert not request.FILES
    assert was_too_large(request)
    assert body.taken < MB


@pytest.mark.django_db
def test_a_report_that_is_too_large_is_told_and_not_read(browser, connection, tmp_path):
    channel = make_channel(connection, kind="file", settings={"destination": str(tmp_path)})

    response = browser.post(
        f"/channels/{channel.uuid}/feed/refusals",
        {"report": file_of(MOST_BYTES + 1)},
        follow=True,
    )

    assert messages_of(response) == [
        "The report is larger than 10 MB, so it was not read. Send it in parts."
    ]
