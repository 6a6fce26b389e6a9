"""Creating and changing channels, and the adapter that speaks to one."""

import pytest
from cryptography.fernet import Fernet
from django.db import connection as database
from django.utils import timezone

from catalogs.channels import adapter_for, change_channel, create_channel
from catalogs.models import Channel
from channels.base import ConfigurationError, InvalidSettings
from channels.registry import UnknownKind
from connections.fields import SecretsUnusable
from connections.models import AuditRecord
from tests.factories import make_channel, make_connection

pytestmark = pytest.mark.django_db

ENDPOINT = "https://shop.example.com/products"
SECRET = "planted-secret-0123456789"
DEFAULTS = {"batch_size": "100", "hides": "no", "media": "pim"}


@pytest.fixture
def pim():
    return make_connection()


def create(pim, *, name="Web shop", kind="http", by_staff=True, **values):
    values = values or {"endpoint": ENDPOINT}
    values = {key.removesuffix("_"): value for key, value in values.items()}
    return create_channel(pim, name=name, kind=kind, values=values, by_staff=by_staff)


def change(channel, *, name="Web shop", by_staff=True, **values):
    change_channel(channel, name=name, values=values, by_staff=by_staff)


def stored(channel):
    return Channel.objects.get(pk=channel.pk)


def raw_row(channel):
    """The row as whoever reads the table sees it."""
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM catalogs_channel WHERE id = %s", [channel.pk])
        return str(cursor.fetchone())


def test_a_channel_is_stored_with_what_its_kind_adds(pim):
    channel = stored(create(pim, name="  Web \t shop ", endpoint=f" {ENDPOINT} "))

    assert (channel.name, channel.kind, channel.connection) == ("Web shop", "http", pim)
    assert channel.settings == {"endpoint": ENDPOINT, **DEFAULTS}
    assert channel.secrets == {}


def test_a_secret_is_kept_apart_and_encrypted(pim):
    channel = create(pim, endpoint=ENDPOINT, secret=SECRET)

    assert stored(channel).settings == {"endpoint": ENDPOINT, **DEFAULTS}
    assert stored(channel).secrets == {"secret": SECRET}
    assert ENDPOINT in raw_row(channel)
    assert SECRET not in raw_row(channel)


def test_a_changed_secret_is_encrypted_too(pim):
    channel = create(pim, endpoint=ENDPOINT, secret="the-one-before")

    change(channel, endpoint=ENDPOINT, secret=SECRET)

    assert stored(channel).secrets == {"secret": SECRET}
    assert SECRET not in raw_row(channel)


@pytest.mark.parametrize("blank", [{}, {"secret": ""}, {"secret": " \t"}])
def test_a_secret_that_is_left_blank_stays(pim, blank):
    channel = create(pim, endpoint=ENDPOINT, secret=SECRET)

    change(channel, name="New name", endpoint=f"{ENDPOINT}/new", **blank)

    assert stored(channel).name == "New name"
    assert stored(channel).settings["endpoint"] == f"{ENDPOINT}/new"
    assert stored(channel).secrets == {"secret": SECRET}


def test_a_secret_whose_key_was_lost_can_be_entered_anew(pim, settings):
    channel = create(pim, endpoint=ENDPOINT, secret="the-one-before")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    before = raw_row(channel)

    with pytest.raises(SecretsUnusable, match="has to be entered"):
        change(stored(channel), name="New name", endpoint=ENDPOINT)
    unchanged = raw_row(channel)
    change(stored(channel), endpoint=ENDPOINT, secret=SECRET)

    assert unchanged == before
    assert stored(channel).secrets == {"secret": SECRET}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"batch_size": "5"}, {"endpoint": "“Endpoint” (endpoint) is missing."}),
        (
            {"endpoint": ENDPOINT, "colour": "red"},
            {"colour": "There is no setting “colour” for a channel of kind “http”."},
        ),
        (
            {"endpoint": "nonsense", "batch_size": "0"},
            {"endpoint": "complete web address", "batch_size": "from 1 to 1000"},
        ),
    ],
)
def test_wrong_settings_are_told_by_name_and_nothing_is_stored(pim, values, says):
    with pytest.raises(InvalidSettings) as failure:
        create(pim, **values)

    assert failure.value.errors.keys() == says.keys()
    assert all(says[name] in sentence for name, sentence in failure.value.errors.items())
    assert not Channel.objects.exists()


def test_wrong_settings_change_nothing(pim):
    channel = create(pim, endpoint=ENDPOINT, secret=SECRET)
    before = raw_row(channel)

    with pytest.raises(InvalidSettings):
        change(channel, name="New name", endpoint="", secret="new")

    assert raw_row(channel) == before
    assert (channel.name, channel.secrets) == ("Web shop", {"secret": SECRET})


@pytest.mark.parametrize(("name", "says"), [("", "needed"), (" \n", "needed"), ("x" * 101, "100")])
def test_a_name_that_cannot_be_is_refused(pim, name, says):
    channel = make_channel(pim)

    with pytest.raises(ConfigurationError, match=says):
        create(pim, name=name)
    with pytest.raises(ConfigurationError, match=says):
        change(channel, name=name, endpoint=ENDPOINT)

    assert Channel.objects.get().name == channel.name


def test_an_unknown_kind_is_told_with_those_there_are(pim):
    with pytest.raises(UnknownKind, match="no kind of channel “ftp”. There are: http, file"):
        create(pim, kind="ftp", host="x")

    assert not Channel.objects.exists()


class TestEndpoint:
    """Which address may be one: told while it is entered, and once more while connecting."""

    @pytest.fixture(autouse=True)
    def in_production(self, settings):
        settings.PIM_ALLOW_INSECURE = False

    @pytest.mark.parametrize(
        ("endpoint", "says"),
        [
            ("https://10.0.0.8/in", "not on the public internet"),
            ("https://127.0.0.1/in", "not on the public internet"),
            ("https://[::1]/in", "not on the public internet"),
            ("https://169.254.169.254/latest", "not on the public internet"),
            ("http://shop.example.com/in", "Only https addresses are allowed"),
            ("http://shop.internal/in", "Only https addresses are allowed"),
        ],
    )
    def test_an_address_that_may_not_be_called_is_refused(self, pim, endpoint, says):
        with pytest.raises(InvalidSettings) as failure:
            create(pim, endpoint=endpoint)

        assert says in failure.value.errors["endpoint"]
        assert not Channel.objects.exists()

    def test_nor_can_it_be_changed_into_one(self, pim):
        channel = create(pim)

        with pytest.raises(InvalidSettings, match="not on the public internet"):
            change(channel, endpoint="https://10.0.0.8/in")

        assert stored(channel).settings["endpoint"] == ENDPOINT

    def test_channel_hosts_may_be_private_and_plain(self, pim, settings):
        settings.CHANNEL_HOSTS = ["10.0.0.8", "*.internal"]

        first = create(pim, endpoint="http://10.0.0.8/in")
        second = create(pim, endpoint="http://shop.internal/in")

        assert stored(first).settings["endpoint"] == "http://10.0.0.8/in"
        assert stored(second).settings["endpoint"] == "http://shop.internal/in"

    def test_insecure_addresses_may_be_admitted(self, pim, settings):
        settings.PIM_ALLOW_INSECURE = True

        channel = create(pim, endpoint="http://127.0.0.1:8081/in")

        assert stored(channel).settings["endpoint"] == "http://127.0.0.1:8081/in"

    def test_the_metadata_service_stays_out_whatever_is_set(self, pim, settings):
        settings.PIM_ALLOW_INSECURE = True
        settings.CHANNEL_HOSTS = ["*"]

        with pytest.raises(InvalidSettings, match="not on the public internet"):
            create(pim, endpoint="http://169.254.169.254/latest")

    def test_an_address_that_was_allowed_earlier_is_refused_when_it_is_called(self, pim):
        channel = make_channel(pim, settings={"endpoint": "https://10.0.0.8/in"})

        with pytest.raises(ConfigurationError, match="not on the public internet"):
            adapter_for(channel).check()


class TestFolder:
    """Where a PIM user may let this server write."""

    @pytest.fixture
    def feeds(self, tmp_path, settings):
        folder = tmp_path / "feeds"
        folder.mkdir()
        settings.FILE_CHANNEL_FOLDERS = [str(folder)]
        return folder

    def test_the_folder_itself_and_those_below_are_fine(self, pim, feeds):
        below = feeds / "shop" / "new"

        create(pim, kind="file", by_staff=False, destination=str(feeds))
        create(pim, kind="file", by_staff=False, destination=str(below))

        destinations = [one.settings["destination"] for one in Channel.objects.order_by("pk")]
        assert destinations == [str(feeds), str(below)]
        assert not below.exists()

    @pytest.mark.parametrize(
        "elsewhere", ["/etc", "/", "..", "../feeds-of-others", "shop/../../x", "~", "~root", "x"]
    )
    def test_any_other_is_refused_and_nothing_is_stored(self, pim, feeds, elsewhere):
        inside = elsewhere if elsewhere[0] in "/~x" else f"{feeds}/{elsewhere}"

        with pytest.raises(InvalidSettings) as failure:
            create(pim, kind="file", by_staff=False, destination=inside)

        assert failure.value.errors == {"destination": f"Choose a folder below {feeds}"}
        assert not Channel.objects.exists()

    def test_a_link_that_leads_out_is_refused(self, pim, feeds, tmp_path):
        (tmp_path / "outside").mkdir()
        (feeds / "link").symlink_to(tmp_path / "outside")

        for destination in (feeds / "link", feeds / "link" / "deeper"):
            with pytest.raises(InvalidSettings, match="Choose a folder below"):
                create(pim, kind="file", by_staff=False, destination=str(destination))

    def test_a_link_that_leads_around_in_a_circle_is_refused(self, pim, feeds):
        (feeds / "one").symlink_to(feeds.parent / "two")
        (feeds.parent / "two").symlink_to(feeds / "one")

        with pytest.raises(InvalidSettings, match="Choose a folder below"):
            create(pim, kind="file", by_staff=False, destination=str(feeds.parent / "two"))

    def test_a_link_to_an_allowed_folder_is_fine(self, pim, feeds, tmp_path, settings):
        (tmp_path / "link").symlink_to(feeds)
        settings.FILE_CHANNEL_FOLDERS = [str(tmp_path / "link")]

        channel = create(pim, kind="file", by_staff=False, destination=str(feeds / "shop"))

        assert stored(channel).settings["destination"] == str(feeds / "shop")

    def test_without_any_folder_people_are_sent_to_staff(self, pim, tmp_path):
        with pytest.raises(InvalidSettings, match="set by staff only. Ask them"):
            create(pim, kind="file", by_staff=False, destination=str(tmp_path))

    def test_staff_may_use_any(self, pim, feeds, tmp_path):
        channel = create(pim, kind="file", destination=str(tmp_path))

        assert stored(channel).settings["destination"] == str(tmp_path)

    def test_a_channel_cannot_be_moved_out(self, pim, feeds, tmp_path):
        channel = create(pim, kind="file", by_staff=False, destination=str(feeds))

        with pytest.raises(InvalidSettings, match="Choose a folder below"):
            change(channel, by_staff=False, destination=str(tmp_path))

        assert stored(channel).settings["destination"] == str(feeds)

    def test_what_staff_made_can_be_renamed_but_its_file_not_changed(self, pim, feeds, tmp_path):
        channel = create(pim, kind="file", destination=str(tmp_path), format="csv")
        as_it_is = channel.settings
        another_file = {**as_it_is, "name": "index"}

        change_channel(channel, name="Feed", values=as_it_is, by_staff=False)
        with pytest.raises(InvalidSettings, match="Choose a folder below"):
            change_channel(channel, name="Other", values=another_file, by_staff=False)

        assert stored(channel).name == "Feed"
        assert as_it_is.items() <= stored(channel).settings.items()

    def test_settings_that_came_after_it_was_made_do_not_keep_it_from_being_renamed(
        self, pim, feeds, tmp_path
    ):
        channel = create(pim, kind="file", destination=str(tmp_path))
        as_it_was = {"destination": str(tmp_path), "format": "jsonl", "name": "products"}
        Channel.objects.filter(pk=channel.pk).update(settings=as_it_was)

        change_channel(stored(channel), name="Feed", values=as_it_was, by_staff=False)

        assert stored(channel).name == "Feed"
        record = AuditRecord.objects.latest("pk")
        assert record.details == {"settings": []}

    def test_a_setting_that_is_younger_than_the_channel_keeps_nobody_from_renaming(
        self, pim, feeds, tmp_path
    ):
        channel = create(pim, kind="file", destination=str(tmp_path))
        old = {name: value for name, value in channel.settings.items() if name != "media"}
        Channel.objects.filter(pk=channel.pk).update(settings=old)

        change_channel(stored(channel), name="Feed", values=old, by_staff=False)

        assert stored(channel).name == "Feed"


def test_the_adapter_gets_settings_and_secrets_and_shows_neither(pim):
    channel = create(pim, endpoint=ENDPOINT, secret=SECRET, batch_size="7")

    adapter = adapter_for(stored(channel))

    assert (adapter.kind, adapter.batch_size) == ("http", 7)
    assert SECRET not in repr(adapter)


def test_settings_that_do_not_suffice_any_more_are_told(pim):
    channel = make_channel(pim, settings={"batch_size": "7"})

    with pytest.raises(InvalidSettings, match="“Endpoint” \\(endpoint\\) is missing"):
        adapter_for(channel)


def test_a_kind_that_is_no_more_is_told(pim):
    with pytest.raises(UnknownKind, match="There are: http, file"):
        adapter_for(make_channel(pim, kind="fax"))


def test_a_channel_that_is_being_removed_cannot_be_changed(pim):
    """What is left to withdraw would go to another address, and be forgotten at the old one."""
    channel = create(pim)
    seen_before = stored(channel)
    Channel.objects.update(removing_since=timezone.now())

    with pytest.raises(ConfigurationError, match="being removed"):
        change(seen_before, endpoint="https://elsewhere.example.com/")

    assert stored(channel).settings["endpoint"] == ENDPOINT


def test_a_kept_secret_goes_to_no_other_host(db):
    values = {"endpoint": "https://shop.example.com/in", "secret": "planted-for-this-host"}
    channel = create_channel(
        make_connection(), name="Shop", kind="http", values=values, by_staff=False
    )

    with pytest.raises(InvalidSettings) as refused:
        change_channel(
            channel,
            name="Shop",
            values={"endpoint": "https://evil.example.com/in", "secret": ""},
            by_staff=False,
        )

    assert refused.value.errors.keys() == {"secret"}
    assert Channel.objects.get().settings["endpoint"] == values["endpoint"]
    for endpoint in ("https://shop.example.com/other", "https://shop.example.com:8443/in"):
        change_channel(
            channel, name="Shop", values={"endpoint": endpoint, "secret": ""}, by_staff=False
        )
    assert Channel.objects.get().secrets == {"secret": "planted-for-this-host"}


@pytest.mark.parametrize(
    ("kind", "setting", "secret", "before", "elsewhere", "same"),
    [
        (
            *("shopify", "shop", "access_token", "acme.myshopify.com"),
            *("evil.myshopify.com", "https://ACME.myshopify.com/"),
        ),
        (
            *("vendure", "url", "api_key", "https://shop.example.com/admin-api"),
            *("https://evil.example.com/admin-api", "https://shop.example.com/api"),
        ),
        (
            *("file", "destination", "password", "sftp://ferry@files.example.com/in"),
            *("sftp://ferry@files.example.com:2222/in", "sftp://ferry@files.example.com:22/out"),
        ),
        (
            *("file", "destination", "password", "sftp://ferry@files.example.com/in"),
            *("sftp://ferry@evil.example.com/in", "sftp://ferry@files.example.com/out"),
        ),
    ],
)
def test_nor_does_one_of_any_other_kind(db, kind, setting, secret, before, elsewhere, same):
    values = {setting: before, secret: "planted-for-this-server"}
    channel = create_channel(make_connection(), name="C", kind=kind, values=values, by_staff=False)

    with pytest.raises(InvalidSettings) as refused:
        change_channel(channel, name="C", values={setting: elsewhere}, by_staff=False)

    assert refused.value.errors.keys() == {secret}
    change_channel(channel, name="C", values={setting: same}, by_staff=False)
    assert Channel.objects.get().secrets == {secret: "planted-for-this-server"}


def test_a_shops_address_is_refused_as_soon_as_it_is_entered(db, settings):
    settings.PIM_ALLOW_INSECURE = False
    settings.CHANNEL_HOSTS = []
    values = {"shop": "http://127.0.0.1:1", "access_token": "planted"}

    with pytest.raises(InvalidSettings) as refused:
        create_channel(make_connection(), name="C", kind="shopify", values=values, by_staff=False)

    assert refused.value.errors.keys() == {"shop"}
