import csv
import json
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
    InvalidSettings,
    Outcome,
    TransientError,
)
from channels.file import LEFTOVER_AGE, FileAdapter
from tests.channels.conformance import AdapterConformance, Stage, product


def adapter_for(folder, **values):
    return FileAdapter(
        FileAdapter.clean({"destination": str(folder), **values}), session=requests.Session()
    )


def publish(adapter, *products):
    adapter.publish(lambda: iter(products))


class FileStage(Stage):
    adapter: FileAdapter

    def __init__(self, folder: Path, format_: str) -> None:
        self.adapter = adapter_for(folder / "feeds", format=format_)
        self.folder = folder

    def refused_product(self, key):
        return ChannelProduct(key, '{"uuid": "cut off')

    @contextmanager
    def unavailable(self):
        """The process has as many files open as it may."""
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    @contextmanager
    def misconfigured(self):
        """Something else is where the folder should be."""
        (self.folder / "feeds").write_text("not a folder")
        yield


class JsonLinesStage(FileStage):
    def holds(self):
        lines = self.adapter.path.read_bytes().splitlines() if self.adapter.path.exists() else []
        return {document["uuid"]: document for document in map(json.loads, lines)}


class CsvStage(FileStage):
    def holds(self):
        if not self.adapter.path.exists():
            return {}
        with self.adapter.path.open(encoding="utf-8", newline="") as stream:
            return {row["uuid"]: row for row in csv.DictReader(stream)}


class TestJsonLines(AdapterConformance):
    @pytest.fixture
    def stage(self, tmp_path):
        return JsonLinesStage(tmp_path, "jsonl")


class TestCsv(AdapterConformance):
    @pytest.fixture
    def stage(self, tmp_path):
        return CsvStage(tmp_path, "csv")


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def test_json_lines_keep_key_order_and_every_digit(folder):
    adapter = adapter_for(folder)

    publish(adapter, ChannelProduct("b", '{\n "uuid": "b",\n "price": 19.90, "a": 1e3 }'))

    assert adapter.path.read_bytes() == b'{"uuid":"b","price":19.90,"a":1e3}\n'


def test_csv_has_uuid_first_known_targets_in_their_order_then_the_rest_as_met(folder):
    adapter = adapter_for(folder, format="csv")

    publish(
        adapter,
        product("a", zeal="1", brand="Acme", alpha="2"),
        product("b", sku="B-1", beta="3"),
    )

    lines = adapter.path.read_bytes().split(b"\r\n")
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

    with adapter.path.open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == [{"uuid": "a", **row}]


@pytest.mark.parametrize(("format_", "content"), [("jsonl", b""), ("csv", b"uuid\r\n")])
def test_an_empty_catalog_gives_an_empty_file(folder, format_, content):
    adapter = adapter_for(folder, format=format_)

    publish(adapter)

    assert adapter.path.read_bytes() == content


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


def test_a_product_accepted_in_another_format_stops_the_file_and_leaves_the_old(folder):
    adapter = adapter_for(folder, format="csv")
    publish(adapter, product("a"))
    before = adapter.path.read_bytes()

    with pytest.raises(ConfigurationError, match="share the column “x.y”"):
        publish(adapter, product("b"), ChannelProduct("c", '{"x": {"y": 1}, "x.y": 2}'))

    assert adapter.path.read_bytes() == before
    assert os.listdir(folder) == ["products.csv"]


@pytest.mark.parametrize("format_", ["jsonl", "csv"])
def test_a_disk_that_fills_up_midway_leaves_the_old_file(folder, format_):
    adapter = adapter_for(folder, format=format_)
    publish(adapter, product("a"))
    before = adapter.path.read_bytes()

    with file_size_limit(100_000), pytest.raises(ConfigurationError, match="could not be written"):
        publish(adapter, *(product(f"p{number}", text="x" * 1000) for number in range(200)))

    assert adapter.path.read_bytes() == before
    assert os.listdir(folder) == [adapter.path.name]


def test_a_reader_that_has_the_old_file_open_reads_it_to_its_end(folder):
    adapter = adapter_for(folder)
    publish(adapter, product("a"))

    with adapter.path.open() as reader:
        publish(adapter, product("b"))

        assert '"a"' in reader.read()
    assert '"b"' in adapter.path.read_text()


def test_a_failure_of_the_source_leaves_the_old_file_and_no_other(folder):
    adapter = adapter_for(folder)
    publish(adapter, product("a"))

    def products():
        yield product("b")
        raise LookupError("the database went away")

    with pytest.raises(LookupError):
        adapter.publish(products)

    assert os.listdir(folder) == ["products.jsonl"]
    assert '"a"' in adapter.path.read_text()


def test_what_killed_writers_left_is_removed_after_an_hour_and_nothing_else(folder):
    adapter = adapter_for(folder)
    old, fresh = ".products.abcd1234.tmp", ".products.wxyz_789.tmp"
    others = [".orders.abcd1234.tmp", "products.tmp", ".products.x.abcd1234.tmp"]
    for name in (old, fresh, *others):
        (folder / name).touch()
    for name in (old, *others):
        an_hour_ago = (folder / name).stat().st_mtime - LEFTOVER_AGE - 1
        os.utime(folder / name, (an_hour_ago, an_hour_ago))

    publish(adapter, product("a"))

    assert set(os.listdir(folder)) == {fresh, *others, "products.jsonl"}


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

    assert '"a"' in adapter.path.read_text()
    publish(adapter, product("c"))
    assert '"c"' in adapter.path.read_text()


@pytest.mark.parametrize("format_", ["jsonl", "csv"])
def test_memory_does_not_grow_with_the_catalog(folder, format_):
    adapter = adapter_for(folder, format=format_)
    tracemalloc.start()
    try:
        adapter.publish(lambda: (product(f"p{i}", text="x" * 1000) for i in range(3000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert adapter.path.stat().st_size > 3_000_000
    assert peak < 500_000


def test_the_file_may_be_read_by_everybody(folder):
    adapter = adapter_for(folder)

    publish(adapter, product("a"))

    assert stat.S_IMODE(adapter.path.stat().st_mode) == 0o644


def test_it_needs_publishing_when_the_file_vanished(folder):
    adapter = adapter_for(folder)
    publish(adapter, product("a"))
    assert not adapter.needs_publishing()

    adapter.path.unlink()

    assert adapter.needs_publishing()


def test_products_that_change_between_the_passes_are_tried_again(folder):
    adapter = adapter_for(folder, format="csv")
    passes = iter([[product("a")], [product("a", color="red")]])

    with pytest.raises(TransientError, match="changed while the file was being written"):
        adapter.publish(lambda: iter(next(passes)))

    assert os.listdir(folder) == []


@pytest.mark.parametrize(
    ("values", "setting", "told"),
    [
        ({"destination": "sftp://me@files.example.com/in"}, "destination", "sftp:// address yet"),
        ({"destination": "s3://bucket/in"}, "destination", "s3:// address yet"),
        ({"destination": "~nobody-of-that-name/in"}, "destination", "a path on this machine"),
        ({"format": "xlsx"}, "format", "“xlsx” comes later"),
        ({"format": "google"}, "format", "“google” comes later"),
        ({"format": "pdf"}, "format", "Choose one of: jsonl, csv."),
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
