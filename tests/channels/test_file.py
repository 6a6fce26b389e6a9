import csv
import os
import resource
import signal
import stat
import tracemalloc
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from channels.base import (
    ChannelProduct,
    ConfigurationError,
    Edition,
    InvalidSettings,
    Outcome,
    TransientError,
)
from channels.file import FileAdapter
from channels.file.adapter import MOST_MISFITS
from channels.file.folder import LEFTOVER_AGE, Folder
from tests.channels.conformance import product


def adapter_for(folder, **values):
    return FileAdapter(
        FileAdapter.clean({"destination": str(folder), **values}), session=requests.Session()
    )


def path_of(adapter):
    return Path(adapter.where)


def publish(adapter, *products):
    return adapter.publish(lambda: iter(products))


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def test_json_lines_keep_key_order_and_every_digit(folder):
    adapter = adapter_for(folder)

    publish(adapter, ChannelProduct("b", '{\n "uuid": "b",\n "price": 19.90, "a": 1e3 }'))

    assert path_of(adapter).read_bytes() == b'{"uuid":"b","price":19.90,"a":1e3}\n'


def test_csv_has_uuid_first_known_targets_in_their_order_then_the_rest_as_met(folder):
    adapter = adapter_for(folder, format="csv")

    publish(
        adapter,
        product("a", zeal="1", brand="Acme", alpha="2"),
        product("b", sku="B-1", beta="3"),
    )

    lines = path_of(adapter).read_bytes().split(b"\r\n")
    assert lines == [
        b"uuid,sku,name,brand,zeal,alpha,beta",
        b"a,,Product a,Acme,1,2,",
        b"b,B-1,Product b,,,,3",
        b"",
    ]


@pytest.mark.parametrize(
    ("document", "row"),
    [
        (
            '{"price": {"amount": 19.90, "currency": "EUR"}}',
            {"price.amount": "19.90", "price.currency": "EUR"},
        ),
        (
            '{"weight": 1e3, "stock": -0.50, "id": 12345678901234567890}',
            {"weight": "1e3", "stock": "-0.50", "id": "12345678901234567890"},
        ),
        (
            '{"available": true, "sale": false, "brand": null}',
            {"available": "true", "sale": "false", "brand": ""},
        ),
        ('{"keywords": ["red", 2, true]}', {"keywords": "red,2,true"}),
        ('{"keywords": []}', {"keywords": ""}),
        ('{"keywords": ["red, dark", "blue"]}', {"keywords": '["red, dark","blue"]'}),
        ('{"prices": [ {"amount": 1.50} ]}', {"prices": '[{"amount":1.50}]'}),
        ('{"values": {"name": [{"data": "x"}]}}', {"values.name": '[{"data":"x"}]'}),
        ('{"name": "say \\"hi\\",\\nthen go; = 1"}', {"name": 'say "hi",\nthen go; = 1'}),
        ('{"name": "caf\\u00e9 \\ud83c\\udf6e"}', {"name": "café 🍮"}),
    ],
)
def test_csv_cells_say_what_the_document_says(folder, document, row):
    adapter = adapter_for(folder, format="csv")

    publish(adapter, ChannelProduct("a", document))

    with path_of(adapter).open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == [{"uuid": "a", **row}]


@pytest.mark.parametrize(("format_", "content"), [("jsonl", b""), ("csv", b"uuid\r\n")])
def test_an_empty_catalog_gives_an_empty_file(folder, format_, content):
    adapter = adapter_for(folder, format=format_)

    publish(adapter)

    assert path_of(adapter).read_bytes() == content


@pytest.mark.parametrize(
    "document",
    [
        "[1, 2]",
        '{"a": NaN}',
        '{"a": "\\ud800"}',
        '{"a":' * 5000 + "1" + "}" * 5000,
        '{"price": {"amount": 1}, "price.amount": 2}',
    ],
)
def test_a_document_that_csv_cannot_hold_is_refused(folder, document):
    adapter = adapter_for(folder, format="csv")

    [result] = adapter.push([ChannelProduct("a", document)], idempotency_key="1")

    assert result.outcome is Outcome.REJECTED
    assert result.message.endswith(".")


def test_a_product_accepted_in_another_format_is_left_out_and_told(folder):
    adapter = adapter_for(folder, format="csv")

    published = publish(
        adapter, product("b"), ChannelProduct("c", '{"x": {"y": 1}, "x.y": 2}'), product("d")
    )

    assert published.products == 2
    assert published.refused == {"c": "Two fields of the product would share the column “x.y”."}
    assert [line[:1] for line in path_of(adapter).read_text().splitlines()] == ["u", "b", "d"]


def test_very_many_products_that_do_not_fit_stop_the_file_and_leave_the_old(folder):
    adapter = adapter_for(folder, format="csv")
    publish(adapter, product("a"))
    before = path_of(adapter).read_bytes()
    misfits = [ChannelProduct(f"p{n}", "no JSON") for n in range(MOST_MISFITS + 1)]

    with pytest.raises(ConfigurationError, match="more than 1,000 products do not fit"):
        publish(adapter, *misfits)

    assert path_of(adapter).read_bytes() == before
    assert set(os.listdir(folder)) == {"products.csv", "products.manifest.json"}


@pytest.mark.parametrize("format_", ["jsonl", "csv", "xlsx"])
def test_a_disk_that_fills_up_midway_leaves_the_old_file(folder, format_):
    adapter = adapter_for(folder, format=format_)
    publish(adapter, product("a"))
    before = path_of(adapter).read_bytes()

    with file_size_limit(100_000), pytest.raises(ConfigurationError, match="could not be written"):
        publish(adapter, *(product(f"p{number}", text="x" * 1000) for number in range(200)))

    assert path_of(adapter).read_bytes() == before
    assert set(os.listdir(folder)) == {path_of(adapter).name, "products.manifest.json"}


def test_a_reader_that_has_the_old_file_open_reads_it_to_its_end(folder):
    adapter = adapter_for(folder)
    publish(adapter, product("a"))

    with path_of(adapter).open() as reader:
        publish(adapter, product("b"))

        assert '"a"' in reader.read()
    assert '"b"' in path_of(adapter).read_text()


def test_a_failure_of_the_source_leaves_the_old_file_and_no_other(folder):
    adapter = adapter_for(folder)
    publish(adapter, product("a"))

    def products():
        yield product("b")
        raise LookupError("the database went away")

    with pytest.raises(LookupError):
        adapter.publish(products)

    assert set(os.listdir(folder)) == {"products.jsonl", "products.manifest.json"}
    assert '"a"' in path_of(adapter).read_text()


def test_what_killed_writers_left_is_removed_after_an_hour_and_nothing_else(folder):
    adapter = adapter_for(folder)
    old, fresh = ".products.jsonl.abcd1234.tmp", ".products.jsonl.wxyz_789.tmp"
    others = [".orders.jsonl.abcd1234.tmp", "products.tmp", ".products.x.jsonl.abcd1234.tmp"]
    for name in (old, fresh, *others):
        (folder / name).touch()
    for name in (old, *others):
        an_hour_ago = (folder / name).stat().st_mtime - LEFTOVER_AGE - 1
        os.utime(folder / name, (an_hour_ago, an_hour_ago))

    publish(adapter, product("a"))

    assert set(os.listdir(folder)) == {
        *(fresh, *others),
        *("products.jsonl", "products.manifest.json"),
    }


def test_what_was_begun_of_another_edition_is_removed_and_not_what_it_is_about(folder):
    """The next edition of a feed of changes has another name: nobody writes the old one again."""
    old = ".products-20260601T090000Z-000001.jsonl.abcd1234.tmp"
    others = [
        ".products.jsonl.abcd1234.tmp",
        ".products-20260601T090000Z-000001.removed.jsonl.abcd1234.tmp",
        ".products-2026-000001.jsonl.abcd1234.tmp",
    ]
    for name in (old, *others):
        (folder / name).touch()
        os.utime(folder / name, (0, 0))

    with Folder(folder).replacement("products-20260602T090000Z-000002.jsonl", "text/plain"):
        pass

    assert set(os.listdir(folder)) == {"products-20260602T090000Z-000002.jsonl", *others}


def test_a_writer_that_is_killed_midway_leaves_the_old_file(folder):
    adapter = adapter_for(folder)
    publish(adapter, product("a"))
    reading, writing = os.pipe()

    def products():
        yield product("b", text="x" * 100_000)
        os.write(writing, b"!")
        signal.pause()

    if not (child := os.fork()):
        try:
            adapter.publish(products)
        finally:
            os._exit(1)  # never back into the tests
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert '"a"' in path_of(adapter).read_text()
    publish(adapter, product("c"))
    assert '"c"' in path_of(adapter).read_text()


@pytest.mark.parametrize("format_", ["jsonl", "csv", "xlsx"])
def test_memory_does_not_grow_with_the_catalog(folder, format_):
    adapter = adapter_for(folder, format=format_)
    tracemalloc.start()
    try:
        # What a spreadsheet cannot pack.
        adapter.publish(
            lambda: (product(f"p{i}", text=os.urandom(1000).hex()) for i in range(3000))
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert path_of(adapter).stat().st_size > 3_000_000
    assert peak < 1_000_000


def test_the_file_may_be_read_by_everybody(folder):
    adapter = adapter_for(folder)

    publish(adapter, product("a"))

    assert stat.S_IMODE(path_of(adapter).stat().st_mode) == 0o644


def test_it_needs_publishing_when_the_file_vanished_or_is_somebody_elses(folder):
    adapter = adapter_for(folder)
    announced = []
    edition = Edition(1, announce=lambda name, mark: announced.append((name, mark)))
    adapter.publish(lambda: iter([product("a")]), edition)

    def needed():
        return adapter.needs_publishing(lambda name, mark: (name, mark) in announced)

    assert not needed()
    path_of(adapter).write_text("of others")
    assert needed()
    path_of(adapter).unlink()
    assert needed()


def test_a_file_is_announced_before_it_takes_its_place_and_an_objection_keeps_the_old(folder):
    adapter = adapter_for(folder)
    publish(adapter, product("a"))
    before = path_of(adapter).read_bytes()

    def object_to(name, mark):
        raise TransientError("Another run has begun to write this feed.")

    with pytest.raises(TransientError):
        adapter.publish(lambda: iter([product("b")]), Edition(2, announce=object_to))

    assert path_of(adapter).read_bytes() == before
    assert set(os.listdir(folder)) == {"products.jsonl", "products.manifest.json"}


def test_products_that_change_between_the_passes_are_tried_again(folder):
    adapter = adapter_for(folder, format="csv")
    passes = iter([[product("a")], [product("a", color="red")]])

    with pytest.raises(TransientError, match="changed while the file was being written"):
        adapter.publish(lambda: iter(next(passes)))

    assert os.listdir(folder) == []


@pytest.mark.parametrize(
    ("values", "setting", "told"),
    [
        ({"destination": "ftp://me@files.example.com"}, "destination", "begins with ftp://"),
        ({"destination": "sftp://me@files.example.com/in"}, "password", "wants a password"),
        (
            {"destination": "sftp://me:pw@a.example/in"},
            "destination",
            "must not contain a password",
        ),
        ({"destination": "sftp://files.example.com/in"}, "destination", "must name a user"),
        ({"destination": "sftp://me@1.2/in"}, "destination", "host that cannot be used"),
        ({"destination": "sftp://me@a.example/../in"}, "destination", "must not contain “..”"),
        ({"destination": "s3://"}, "destination", "must be a bucket"),
        ({"host_key": "nonsense"}, "host_key", "must be a fingerprint"),
        ({"host_key": "ssh-rsa AAAA!"}, "host_key", "was cut off"),
        ({"endpoint": "minio"}, "endpoint", "complete web address"),
        ({"format": "google", "content": "changes"}, "content", "whole feeds only"),
        ({"columns": "=name"}, "columns", "Line 1 of “Columns”"),
        ({"columns": "Title=name\nTitle=sku"}, "columns", "“Title” twice"),
        ({"categories": "Shoes"}, "categories", "Line 1 of “Category codes”"),
        ({"categories": "Shoes=1\nShoes=2"}, "categories", "two codes for “Shoes”"),
        ({"currency": "Euro"}, "currency", "three letters"),
        ({"refusal_columns": "sku"}, "refusal_columns", "two headers"),
        ({"destination": "~nobody-of-that-name/in"}, "destination", "a path on this machine"),
        ({"format": "pdf"}, "format", "Choose one of: jsonl, csv, xlsx, google."),
        ({"name": "../etc/passwd"}, "name", "must not begin with a dot"),
        ({"name": "a/b"}, "name", "letters without accents"),
        ({"name": "prix été"}, "name", "letters without accents"),
        ({"name": ".hidden"}, "name", "must not begin with a dot"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_in_words(values, setting, told):
    with pytest.raises(InvalidSettings) as caught:
        FileAdapter.clean({"destination": "/srv/feeds", **values})

    assert caught.value.errors.keys() == {setting}
    assert told in caught.value.errors[setting]


def test_a_relative_folder_is_kept_with_its_full_path(folder, monkeypatch):
    monkeypatch.chdir(folder)

    assert FileAdapter.clean({"destination": "feeds"})["destination"] == str(folder / "feeds")


@contextmanager
def file_size_limit(size):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
