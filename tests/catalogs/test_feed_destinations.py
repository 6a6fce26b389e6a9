"""Destinations of feeds on other machines: where a stored secret may go, and where nothing may."""

import pytest

from catalogs.channels import change_channel, create_channel
from catalogs.models import Channel
from channels.base import InvalidSettings
from tests.factories import make_connection

pytestmark = pytest.mark.django_db

SECRET = "planted-secret-0123456789"
SFTP = "sftp://ferry@files.example.com/in"


@pytest.fixture(autouse=True)
def from_the_start(settings):
    settings.PIM_ALLOW_INSECURE = False
    settings.CHANNEL_HOSTS = []


def create(destination, **values):
    settings = {"destination": destination, "password": SECRET, **values}
    return create_channel(
        make_connection(), name="Feed", kind="file", values=settings, by_staff=False
    )


def change(channel, destination, **values):
    settings = {"destination": destination, **values}
    change_channel(channel, name="Feed", values=settings, by_staff=False)


@pytest.mark.parametrize(
    "destination",
    [
        "sftp://ferry@127.0.0.1/in",
        "sftp://ferry@localhost/in",
        "sftp://ferry@[::1]/in",
        "sftp://ferry@169.254.169.254/in",
        "sftp://ferry@10.0.0.5:2222/in",
        "sftp://ferry@2130706433/in",
    ],
)
def test_a_private_host_is_not_even_stored(destination):
    with pytest.raises(InvalidSettings) as refused:
        create(destination)

    assert refused.value.errors.keys() == {"destination"}
    assert not Channel.objects.exists()


def test_a_private_host_that_staff_admitted_is_stored(settings):
    settings.CHANNEL_HOSTS = ["files.internal", "10.0.0.5"]

    assert create("sftp://ferry@10.0.0.5/in").pk
    assert create("sftp://ferry@files.internal/in").pk


def test_a_private_endpoint_is_not_stored():
    keys = {"access_key": "AKIA", "secret_key": SECRET}

    with pytest.raises(InvalidSettings) as refused:
        create("s3://bucket/in", endpoint="http://169.254.169.254", **keys)

    assert refused.value.errors.keys() == {"endpoint"}


@pytest.mark.parametrize("elsewhere", ["sftp://ferry@evil.example/in", "/srv/feeds"])
def test_a_stored_password_goes_to_no_other_host(settings, elsewhere):
    settings.FILE_CHANNEL_FOLDERS = ["/srv/feeds"]
    channel = create(SFTP)

    with pytest.raises(InvalidSettings, match="has to be entered once more"):
        change(channel, elsewhere)

    channel.refresh_from_db()
    assert channel.settings["destination"] == SFTP


def test_another_folder_on_the_same_server_keeps_the_password():
    channel = create(SFTP)

    change(channel, "sftp://ferry@files.example.com/out")

    channel.refresh_from_db()
    assert channel.secrets == {"password": SECRET}


def test_two_channels_cannot_write_one_file_on_a_server():
    create(SFTP)

    with pytest.raises(InvalidSettings, match="Another channel writes files of this name"):
        create(f"{SFTP}/")


def test_a_private_key_of_several_lines_is_kept_as_it_is():
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\r\nAAAA\r\nBBBB\r\n-----END OPENSSH PRIVATE KEY-----"

    channel = create(SFTP, private_key=key)

    channel.refresh_from_db()
    assert channel.secrets["private_key"] == key.replace("\r\n", "\n")
