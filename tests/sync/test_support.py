"""The support bundle: enough to help, and nothing that opens anything or names anybody."""

import json
import zipfile
from io import BytesIO

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from catalogs.pauses import pause
from connections import audit
from sync.models import Listing, Notice
from sync.support import support_bundle
from tests.factories import (
    make_catalog,
    make_channel,
    make_circuit,
    make_connection,
    make_document,
    make_listing,
    make_pim_user,
    make_run,
)
from tests.secrets_watch import plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection():
    connection = make_connection(token=plant("token-of-the-pim"), client_id="client-1")
    mary = make_pim_user(connection, firstname="Mary", email="mary@example.com")
    channel = make_channel(
        connection,
        settings={"endpoint": "https://u:pass-of-u@shop.example/in?key=key-of-the-shop&x=1"},
        secrets={"secret": plant("secret-of-the-channel")},
    )
    catalog = make_catalog(channel, name="Web shop")
    for number in range(5):
        make_listing(
            catalog,
            identifier=f"sku-{number}",
            wanted=make_document(f"content-{number}"),
            status=Listing.Status.PARKED,
            problem="Too dear.",
        )
    make_run(catalog, problem="The shop is down.", started_by="Mary Smith")
    make_circuit(connection, channel)
    Notice.objects.create(connection=connection, catalog=catalog, kind=Notice.Kind.PARKED)
    with audit.acting_as(lambda: audit.Actor.pim_user(mary)):
        audit.record(audit.Action.CATALOG_CREATED, connection, "Web shop")
        pause(catalog, reason="Stocktaking")
        audit.record(audit.Action.ROLE_CHANGED, connection, "Mary Smith")
    return connection


def read(connection):
    with zipfile.ZipFile(BytesIO(support_bundle(connection))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_it_says_how_everything_stands(connection):
    files = read(connection)

    [problem] = json.loads(files["problems.json"])
    assert (problem["problem"], problem["products"]) == ("Too dear.", 5)
    assert problem["such_as"] == ["sku-0", "sku-4"]
    assert [run["problem"] for run in json.loads(files["runs.json"])] == ["The shop is down."]
    assert [one["name"] for one in json.loads(files["catalogs.json"])] == ["Web shop"]
    assert json.loads(files["about.json"])["people"] == {"manager": 1}
    states = [json.loads(line)["type"] for line in files["status.jsonl"].splitlines()]
    assert states == ["connection", "channel", "catalog"]


def test_it_asks_no_more_for_much_than_for_little(connection, django_assert_num_queries):
    with CaptureQueriesContext(database) as few:
        read(connection)
    catalog = connection.channels.get().catalogs.get()
    for number in range(9):
        make_pim_user(connection)
        make_listing(
            catalog,
            wanted=make_document(f"more-{number}"),
            status=Listing.Status.PARKED,
            problem=f"Cause {number}.",
        )

    with django_assert_num_queries(len(few)):
        files = read(connection)

    assert len(json.loads(files["problems.json"])) == 10


def test_nothing_in_it_opens_anything(connection):
    everything = "".join(read(connection).values())

    assert "shop.example/in" in everything
    for secret in ("token-of", "secret-of", "pass-of", "key-of"):
        assert secret not in everything, secret


def test_it_names_nobody_and_holds_no_products(connection):
    make_run(connection.channels.get().catalogs.get(), problem="It was stopped by Mary Smith.")
    everything = "".join(read(connection).values())

    for what in ("Mary", "mary@", "content-"):
        assert what not in everything, what
    assert "It was stopped by somebody." in everything
    assert "paused by somebody: Stocktaking." in everything


def test_there_is_nothing_of_another_pim_in_it(connection):
    other = make_connection(pim_url="https://other.cloud.akeneo.com")
    make_run(make_catalog(make_channel(other), name="Theirs"), problem="Theirs.")

    everything = "".join(read(connection).values())

    assert "Theirs" not in everything
    assert "other.cloud" not in everything


def test_a_quoted_question_leaves_it_readable(connection):
    said = 'The shop asks: "which size?" and names https://shop.example/?key=key-of-the-shop"'
    make_run(connection.channels.get().catalogs.get(), problem=said)

    files = read(connection)

    problems = [run["problem"] for run in json.loads(files["runs.json"])]
    assert problems[0].startswith('The shop asks: "which size?" and names https://shop.example/?')
    assert "key-of" not in files["runs.json"]
