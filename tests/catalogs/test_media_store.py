"""The stores of files, a folder and S3: whole files under their digest, and nothing by halves."""

import hashlib
import os
import time
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import time_machine
from moto.server import ThreadedMotoServer

from catalogs.media.s3 import S3Store
from catalogs.media.store import LEFTOVER_AGE, FolderStore
from outbound.errors import ConfigurationError, TransientError

CONTENT = b"A picture, more or less." * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
FOLDER = DIGEST[:2]


@pytest.fixture(scope="module")
def s3():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(s3, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "planted-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret-of-s3")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def bucket(aws):
    name = f"files-{uuid.uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["folder", "s3", "s3-prefix"])
def store(request, tmp_path):
    if request.param == "folder":
        return FolderStore(tmp_path / "media")
    bucket = request.getfixturevalue("bucket")
    return S3Store(f"s3://{bucket}{'/ferry/files' if request.param == 's3-prefix' else ''}")


def keep(store, content=CONTENT):
    with store.arriving() as arriving:
        for start in range(0, len(content), 1000):
            arriving.write(content[start : start + 1000])
        store.keep(arriving)
        return arriving.digest


def content_of(store, digest):
    with store.open(digest) as file:
        return file.read()


def test_a_file_is_kept_under_the_digest_of_its_content(store):
    assert keep(store) == DIGEST
    assert content_of(store, DIGEST) == CONTENT


def test_keeping_it_twice_changes_nothing(store):
    keep(store)
    keep(store)

    assert content_of(store, DIGEST) == CONTENT


def test_what_begins_anew_forgets_what_came_before(store):
    with store.arriving() as arriving:
        arriving.write(b"half of another")
        arriving.begin()
        arriving.write(CONTENT)
        store.keep(arriving)
        assert (arriving.digest, arriving.size) == (DIGEST, len(CONTENT))

    assert content_of(store, DIGEST) == CONTENT


def test_what_is_not_kept_leaves_nothing(store, tmp_path):
    def receive_half():
        with store.arriving() as arriving:
            arriving.write(CONTENT[:10])
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        receive_half()

    with pytest.raises(FileNotFoundError):
        store.open(hashlib.sha256(CONTENT[:10]).hexdigest())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_is_not_there_cannot_be_opened_and_can_be_removed(store):
    with pytest.raises(FileNotFoundError):
        store.open(DIGEST)

    store.remove(DIGEST)
    assert not store.is_old(DIGEST)


def test_a_file_that_is_removed_is_gone(store):
    keep(store)
    store.remove(DIGEST)

    with pytest.raises(FileNotFoundError):
        store.open(DIGEST)


@pytest.mark.parametrize("digest", ["", "..", "../../etc/passwd", DIGEST.upper(), f"{DIGEST}\n"])
def test_nothing_but_a_digest_leads_to_a_file(store, digest):
    with pytest.raises(ValueError, match="digest"):
        store.open(digest)


def test_files_are_old_after_a_day_and_new_again_when_they_are_kept_again(store):
    keep(store)
    now = datetime.now(UTC)
    with time_machine.travel(now + timedelta(seconds=LEFTOVER_AGE - 60)):
        young = list(store.old_files(FOLDER))
    with time_machine.travel(now + timedelta(seconds=LEFTOVER_AGE + 60)):
        old = list(store.old_files(FOLDER))
        elsewhere = list(store.old_files("00" if FOLDER != "00" else "01"))

    assert (young, old, elsewhere) == ([], [DIGEST], [])


def test_halves_of_killed_processes_are_removed_after_a_day(tmp_path):
    store = FolderStore(tmp_path)
    with store.arriving() as arriving:
        young, old = tmp_path / "arriving" / "young", tmp_path / "arriving" / "old"
        for path in (young, old):
            path.write_bytes(b"half")
        long_ago = time.time() - LEFTOVER_AGE - 60
        os.utime(old, (long_ago, long_ago))

        store.tidy_up()

        assert (young.exists(), old.exists()) == (True, False)
        assert os.path.exists(arriving.file.name)


def test_a_folder_that_cannot_be_written_needs_a_person(tmp_path):
    (tmp_path / "media").write_text("a file, and no folder")

    with pytest.raises(ConfigurationError, match="cannot keep files"):
        keep(FolderStore(tmp_path / "media"))


def test_a_bucket_that_refuses_needs_a_person(aws):
    with pytest.raises(ConfigurationError, match="NoSuchBucket") as caught:
        keep(S3Store("s3://there-is-none"))

    assert "planted" not in f"{caught.value.message} {caught.value.detail}"


def test_a_bucket_that_cannot_be_reached_is_tried_again(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    with pytest.raises(TransientError, match="MEDIA_STORE"):
        S3Store(f"s3://{bucket}").open(DIGEST)


@pytest.mark.parametrize("place", ["s3://", "s3:///files", "s3://key:secret@bucket", "s3://b?x=1"])
def test_a_place_that_is_none_is_told_and_not_repeated(place):
    with pytest.raises(ConfigurationError, match="MEDIA_STORE") as caught:
        S3Store(place)

    assert "secret" not in str(caught.value)
