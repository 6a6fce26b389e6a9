"""Two channels that write one file would replace each other's products, and tell them on."""

import threading

import pytest
from django.db import connection as database
from django.db import transaction

from catalogs.channels import change_channel, check_channel, create_channel
from catalogs.models import Channel
from channels.base import InvalidSettings
from tests.factories import make_channel, make_connection

pytestmark = pytest.mark.django_db

TAKEN = "Another channel writes files of this name into this folder"


def create(destination, **values):
    settings = {"destination": str(destination), **values}
    return create_channel(
        make_connection(), name="Feed", kind="file", values=settings, by_staff=True
    )


def change(channel, **values):
    settings = {**channel.settings, **values}
    change_channel(channel, name="Renamed", values=settings, by_staff=True)


def pair_from_before(folder):
    """Two channels as they could be made while another format was another file."""
    settings = {"destination": str(folder), "name": "products"}
    first = make_channel(kind="file", settings={**settings, "format": "jsonl"})
    return first, make_channel(kind="file", settings={**settings, "format": "csv"})


def test_a_file_that_another_channel_writes_is_refused_to_everybody(tmp_path):
    create(tmp_path / "feeds")
    (tmp_path / "same").symlink_to(tmp_path / "feeds")

    for folder in ("feeds", "same", "feeds/../feeds"):
        with pytest.raises(InvalidSettings, match=TAKEN):
            create(tmp_path / folder)

    assert Channel.objects.count() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"format": "csv"},
        {"format": "google"},
        {"content": "changes"},
        {"name": "Products"},
        {"name": "products.refused", "format": "csv"},
        {"name": "products.removed"},
        {"name": "products-20261128T190710Z-000012", "format": "csv"},
        {"name": "products-20261128T190710Z-000012.removed"},
    ],
)
def test_folder_and_name_are_one_place_whatever_the_ending(tmp_path, values):
    """They would share the manifest and the refusal report, or one be taken for the other's."""
    create(tmp_path)

    with pytest.raises(InvalidSettings) as refused:
        create(tmp_path, **values)

    assert refused.value.errors.keys() == {"name"}
    assert Channel.objects.count() == 1


@pytest.mark.parametrize("values", [{"name": "other"}, {"name": "products-2"}, {"name": "product"}])
def test_another_name_or_folder_is_another_place(tmp_path, values):
    create(tmp_path)

    create(tmp_path, **values)
    create(tmp_path / "below")

    assert Channel.objects.count() == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sftp://ferry@files.example.com/in", "sftp://ferry@files.example.com/in//"),
        ("sftp://ferry@files.example.com/in", "sftp://ferry@FILES.example.com:22/./in"),
        ("s3://bucket/in", "s3://bucket/in/"),
        ("s3://bucket", "s3://bucket/"),
    ],
)
def test_one_place_on_another_machine_is_one_however_it_is_spelled(one, other):
    secrets = {"password": "planted", "access_key": "AKIA", "secret_key": "planted"}
    create(one, **secrets)

    with pytest.raises(InvalidSettings, match=TAKEN):
        create(other, format="csv", **secrets)


def test_a_bucket_of_another_service_is_another_place():
    keys = {"access_key": "AKIA", "secret_key": "planted"}
    create("s3://bucket", endpoint="https://minio.example.com", **keys)

    create("s3://bucket", **keys)
    with pytest.raises(InvalidSettings, match=TAKEN):
        create("s3://bucket", endpoint="https://MINIO.example.com/", **keys)


def test_a_channel_may_keep_its_file_but_not_take_anothers(tmp_path):
    first = create(tmp_path / "one")
    second = create(tmp_path / "two", format="csv")

    change(first)
    with pytest.raises(InvalidSettings, match=TAKEN):
        change(second, destination=str(tmp_path / "one"))

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.name == "Renamed"
    assert second.settings["destination"] == str(tmp_path / "two")


def test_two_that_share_a_place_since_before_go_on_and_are_told(tmp_path):
    first, second = pair_from_before(tmp_path)

    change(second, separator="tab")

    second.refresh_from_db()
    assert second.settings["separator"] == "tab"
    for channel in (first, second):
        assert "Another channel writes files of the same name" in check_channel(channel)


def test_two_that_share_a_place_cannot_come_to_write_the_same_file(tmp_path):
    first, second = pair_from_before(tmp_path)

    with pytest.raises(InvalidSettings, match=TAKEN):
        change(second, format="jsonl")


def test_one_of_two_that_shared_a_place_may_leave_and_not_come_back(tmp_path):
    first, second = pair_from_before(tmp_path)

    change(second, name="other")

    assert check_channel(first) == check_channel(second) == ""
    with pytest.raises(InvalidSettings, match=TAKEN):
        change(second, name="products")


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_take_one_place_at_once_one_is_refused(tmp_path):
    refused = []

    def second():
        try:
            create(tmp_path)
        except InvalidSettings as error:
            refused.append(str(error))
        finally:
            database.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        create(tmp_path)
        thread.start()
        thread.join(0.3)  # it gets no further before this transaction has ended
    thread.join()

    assert len(refused) == Channel.objects.count() == 1
