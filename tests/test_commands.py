"""What every command keeps to, tried as real processes: how it answers, and how it fails."""

import pytest

from catalogs.models import Catalog, Channel
from tests.factories import make_channel, make_connection
from tests.programs import call, manage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PIM = "https://acme.cloud.akeneo.com"
ADD_CHANNEL = ("add_channel", "Web shop", "--pim", PIM, "--kind", "http")
SECRET = "planted-secret-0123456789"


def test_with_json_each_prints_one_object_and_nothing_else(world):
    new_channel = (
        *("add_channel", "Second shop", "--pim", world.url, "--kind", "http"),
        *("--set", f"endpoint={world.url}/shop/ingest", "--set", f"secret={SECRET}"),
    )

    channel = manage(*new_channel, "--json")
    catalog = manage(
        *("add_catalog", "Second", "--pim", world.url, "--channel", channel.answer["id"]), "--json"
    )
    run = manage("sync_catalog", world.catalog.pk, "--json")

    added, created = Channel.objects.get(name="Second shop"), Catalog.objects.get(name="Second")
    assert channel.answer == {"id": added.pk, "name": "Second shop", "kind": "http"}
    assert catalog.answer == {
        "id": created.pk,
        "pim_catalog_id": created.pim_catalog_id,
        "configure_url": created.configure_url,
    }
    assert run.answer["status"] == "succeeded"
    assert [one.status for one in (channel, catalog, run)] == [0, 0, 0]
    assert [one.err for one in (channel, catalog, run)] == ["", "", ""]
    assert SECRET not in channel.out


def test_without_json_each_says_a_sentence(world):
    new_channel = (
        *("add_channel", "Second shop", "--pim", world.url, "--kind", "http"),
        *("--set", f"endpoint={world.url}/shop/ingest", "--set", f"secret={SECRET}"),
    )

    channel = manage(*new_channel)
    catalog = manage("add_catalog", "Second", "--pim", world.url, "--channel", world.channel.pk)
    run = manage("sync_catalog", world.catalog.pk)

    added, created = Channel.objects.get(name="Second shop"), Catalog.objects.get(name="Second")
    assert channel.out == f"Channel {added.pk} “Second shop” (http) is there.\n"
    assert catalog.out == (
        f"Catalog {created.pk} “Second” was created in the PIM. "
        f"Enable and map it there: {created.configure_url}\n"
    )
    assert run.out.startswith(f"Succeeded: read {len(world.listed())} products, ")
    assert run.out.count("\n") == 1
    assert [one.err for one in (channel, catalog, run)] == ["", "", ""]


def test_a_list_is_one_object_a_line(world):
    lines = manage("sync_status", "--json")
    sentences = manage("sync_status")

    assert [line["type"] for line in lines.answers] == ["connection", "channel", "catalog"]
    assert [line.split(" ")[0] for line in sentences.out.splitlines()] == [
        *("connection", "channel", "catalog")
    ]
    assert (lines.err, sentences.err) == ("", "")


def test_a_log_line_goes_to_the_log_whatever_its_level(world):
    world.pim.catalogs[world.catalog.pim_catalog_id].enabled = False

    ended = manage("sync_catalog", world.catalog.pk, "--json", LOG_LEVEL="DEBUG")

    assert ended.answer["status"] == "stopped"
    assert "is disabled in the PIM" in ended.problem


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add_channel", "A", "--pim", PIM, "--kind", "f\noo"), "no kind of channel “f oo”"),
        ((*ADD_CHANNEL[:1], "A\udcff", *ADD_CHANNEL[2:]), "not valid text"),
        ((*ADD_CHANNEL, "--set", f"endpoint=x\udcff{SECRET}"), "not valid text"),
        (("add_catalog", " ", "--pim", PIM, "--channel", "{channel}"), "A name is needed."),
        (("sync_catalog", "99999999999999999999999"), "There is no catalog"),
    ],
)
def test_a_failure_is_one_line_and_nothing_on_standard_output(arguments, says):
    channel = make_channel(make_connection(pim_url=PIM))

    ended = manage(*(str(one).format(channel=channel.pk) for one in arguments), "--json")

    assert ended.status == 1
    assert ended.out == ""
    assert says in ended.problem
    assert SECRET not in ended.err
    assert Channel.objects.get() == channel
    assert not Catalog.objects.exists()


@pytest.mark.only_on("sqlite")
def test_a_pim_that_cannot_be_reached_is_one_line():
    channel = make_channel(make_connection(pim_url="http://127.0.0.1:1"))

    ended = manage(
        *("add_catalog", "A", "--pim", "http://127.0.0.1:1", "--channel", channel.pk), "--json"
    )

    assert (ended.status, ended.out) == (1, "")
    assert "127.0.0.1 could not be reached." in ended.problem
    assert not Catalog.objects.exists()


@pytest.mark.only_on("sqlite")
def test_what_argparse_refuses_may_have_its_usage_before_the_line():
    ended = manage("sync_catalog", "first", "--json")

    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("usage: manage.py sync_catalog")
    assert ended.err.splitlines()[-1].endswith("argument ID: invalid int value: 'first'")


def test_locks_that_cannot_be_made_are_one_line(settings, tmp_path, world):
    settings.REDIS_URL = ""  # with one, the locks are there
    settings.STATE_FOLDER = tmp_path / "file"
    settings.STATE_FOLDER.touch()

    ended = call("add_catalog", "Autumn", "--pim", world.url, "--channel", world.channel.pk)

    assert (ended.status, ended.out) == (1, "")
    assert ended.problem.startswith(f"{tmp_path}/file/locks/")
    assert ended.problem.endswith("cannot be used: Not a directory. See VAR_FOLDER.")
    assert Catalog.objects.get() == world.catalog
