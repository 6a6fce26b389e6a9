"""Feeds in a real S3 server: in one piece and in parts, and what goes wrong in the middle."""

import os
from typing import Any

import pytest
import requests

from channels.base import ConfigurationError, TransientError
from channels.file import FileAdapter
from channels.file.s3 import PART
from outbound.errors import AddressRefused
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from tests.channels.conformance import SECRET, product
from tests.channels.feed_stages import adapter_to
from tests.channels.s3_server import ACCESS_KEY, BUCKET, running_s3
from tests.secrets_watch import plant


@pytest.fixture(scope="module")
def server():
    with running_s3() as server:
        yield server


@pytest.fixture
def s3(server):
    plant(SECRET)
    yield server
    client = server.client()
    for key in server.objects():
        client.delete_object(Bucket=BUCKET, Key=key)
    for left in client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        client.abort_multipart_upload(Bucket=BUCKET, Key=left["Key"], UploadId=left["UploadId"])


def adapter_for(s3, destination=f"s3://{BUCKET}/daily", **values: Any):
    keys: dict[str, Any] = {"access_key": ACCESS_KEY, "secret_key": SECRET}
    return adapter_to(destination, endpoint=s3.url, **keys, **values)


def publish(adapter, *products):
    return adapter.publish(lambda: iter(products))


def large():
    """More than one part of an upload."""
    return (product(f"p{n}", text=os.urandom(500_000).hex()) for n in range(2 * PART // 1_000_000))


def test_the_feed_has_its_type_and_its_manifest_beside_it(s3):
    publish(adapter_for(s3, format="csv"), product("a"))

    head = s3.client().head_object(Bucket=BUCKET, Key="daily/products.csv")
    assert head["ContentType"] == "text/csv"
    assert s3.objects().keys() == {"daily/products.csv", "daily/products.manifest.json"}


@pytest.mark.parametrize("prefix", ["", "/", "/a/b%20c/"])
def test_the_prefix_is_what_was_entered(s3, prefix):
    publish(adapter_for(s3, f"s3://{BUCKET}{prefix}"), product("a"))

    folder = prefix.strip("/").replace("%20", " ")
    assert f"{folder}/products.jsonl".lstrip("/") in s3.objects()


def test_a_large_feed_goes_up_in_parts(s3):
    published = publish(adapter_for(s3), *large())

    assert published.size > PART
    assert len(s3.objects()["daily/products.jsonl"]) == published.size


@pytest.mark.parametrize("calls", [1, 2])
def test_a_fault_in_the_middle_of_an_upload_leaves_the_old_feed(s3, calls):
    publish(adapter_for(s3), product("a"))
    before = s3.objects()

    with s3.failing(503, "SlowDown", after=calls), pytest.raises(TransientError):
        publish(adapter_for(s3), *large())

    assert s3.objects() == before


def test_check_leaves_nothing_behind(s3):
    adapter_for(s3).check()

    assert s3.objects() == {}
    assert "Uploads" not in s3.client().list_multipart_uploads(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, "InvalidAccessKeyId", "Check “Access key” and “Secret key”"),
        (403, "SignatureDoesNotMatch", "Check “Access key” and “Secret key”"),
        (403, "AccessDenied", "may put, get and list objects there"),
        (404, "NoSuchBucket", "Check the name of the bucket"),
        (400, "InvalidRequest", "Check the bucket, “Region” and “Endpoint”"),
    ],
)
def test_what_needs_a_person_says_what_to_do(s3, status, code, told):
    with s3.failing(status, code), pytest.raises(ConfigurationError, match=told):
        adapter_for(s3).check()


def test_a_bucket_that_is_not_there_is_told(s3):
    with pytest.raises(ConfigurationError, match="Check the name of the bucket"):
        adapter_for(s3, "s3://no-such-bucket/in").check()


def test_a_report_beside_the_feed_is_found(s3):
    adapter = adapter_for(s3, refusals="beside")
    missing = adapter.fetch_refusals()
    s3.client().put_object(Bucket=BUCKET, Key="daily/products.refused.csv", Body=b"sku;message\n")

    assert missing is None
    found = adapter.fetch_refusals()
    assert found.content == b"sku;message\n"
    assert found.age < 60


def test_an_empty_report_is_empty(s3):
    s3.client().put_object(Bucket=BUCKET, Key="daily/products.refused.csv", Body=b"")

    assert adapter_for(s3, refusals="beside").fetch_refusals().content == b""


def test_every_call_passes_the_address_guard(s3):
    s3.calls.clear()
    keys = {"access_key": ACCESS_KEY, "secret_key": SECRET, "endpoint": s3.url}
    cleaned = FileAdapter.clean({"destination": f"s3://{BUCKET}/daily", **keys})
    adapter = FileAdapter(cleaned, session=GuardedSession(AddressPolicy(hosts=None)))

    with pytest.raises(AddressRefused):
        adapter.check()

    assert s3.calls == []


def test_the_keys_of_the_machine_are_never_used(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-machine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-machine")

    with pytest.raises(ConfigurationError, match="“Access key” is missing"):
        FileAdapter.clean({"destination": "s3://bucket/in"})


def test_the_environment_sends_it_nowhere_else(s3, monkeypatch):
    with monkeypatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        environment.setenv("HTTP_PROXY", "http://127.0.0.1:1")

        publish(adapter_for(s3), product("a"))

    assert "daily/products.jsonl" in s3.objects()


def test_amazons_own_is_called_by_its_name(monkeypatch):
    called = []

    class Session(requests.Session):
        def send(self, request, **kwargs):
            called.append(request.url)
            raise TransientError("Enough.")

    keys = {"access_key": ACCESS_KEY, "secret_key": SECRET, "region": "eu-central-1"}
    cleaned = FileAdapter.clean({"destination": "s3://my-feeds/in", **keys})

    with pytest.raises(TransientError, match="Enough"):
        FileAdapter(cleaned, session=Session()).check()

    assert called == ["https://my-feeds.s3.eu-central-1.amazonaws.com/in/products.jsonl?uploads"]
