"""Refusal reports as marketplaces write them."""

import contextlib
import os
import tracemalloc

import pytest

from channels.base import ConfigurationError, Refusal
from channels.file.refusals import MOST_ROWS
from tests.channels.conformance import product
from tests.channels.feed_stages import adapter_to


def read(tmp_path, report, **values):
    content = report if isinstance(report, bytes) else report.encode()
    refusals = adapter_to(tmp_path, format="csv", **values).read_refusals(content)
    return [Refusal(one.key, one.message) for one in refusals]


@pytest.mark.parametrize(
    "report",
    [
        "sku,message\r\nA,No brand\r\n",
        "SKU;Error-Message\nA;No brand\n",
        "\ufeffArtikelnummer\tGrund\nA\tNo brand",
        'line,uuid,reason\n1,A,"No brand"\n',
        "seller sku;x;description\n\nA;;No brand\n\n",
    ],
)
def test_the_usual_headers_and_separators_are_found(tmp_path, report):
    assert read(tmp_path, report) == [Refusal("A", "No brand")]


def test_the_channels_own_headers_are_found(tmp_path):
    found = read(tmp_path, "Offer;sku;Error\nA;ignored;No brand\n", columns="Offer=sku\nTitle=name")

    assert found == [Refusal("A", "No brand")]


def test_the_columns_can_be_chosen(tmp_path):
    found = read(tmp_path, "a,b,c\n1,No brand,X\n", refusal_columns="C, b")

    assert found == [Refusal("X", "No brand")]


def test_several_messages_for_one_product_are_joined(tmp_path):
    report = "sku,message\nA,No brand.\nB,\nA,Blurred image.\nA,No brand.\n,nobody\n"

    assert read(tmp_path, report) == [
        Refusal("A", "No brand. Blurred image."),
        Refusal("B", "The marketplace refused it without a reason."),
    ]


def test_a_report_in_the_feeds_own_encoding_is_read(tmp_path):
    report = "sku;message\nA;Größe fehlt\n".encode("cp1252")

    assert read(tmp_path, report, encoding="cp1252") == [Refusal("A", "Größe fehlt")]


def test_a_message_is_one_line_without_markup_and_not_endless(tmp_path):
    report = f'sku,message\nA,"<b>Bad</b>\n<script>x</script>"\nB,{"x" * 5000}\n'

    first, second = read(tmp_path, report)

    assert first.message == "Bad"
    assert len(second.message) == 1000


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ("", "is empty: not even a header"),
        ("sku\nA\n", "no column that is known as the message; it has sku."),
        ("message\nA\n", "no column that is known as the key"),
        ("sku,message\nA,x\nB\n", "Line 3 of the refusal report has 1 columns"),
        ('sku,message\nA,"x\ny"\nB,"z"z\n', "Line 4 of the refusal report cannot be read as CSV"),
        (b"sku,message\nA,Gr\xf6\xdfe\n", "Line 2 of the refusal report is not UTF-8"),
        ("sku,message\n" + "A,x\n" * (MOST_ROWS + 1), "more than 100,000 rows"),
        ("sku,message\nA," + "x" * 200_000, "Line 2 of the refusal report cannot be read as CSV"),
    ],
)
def test_a_report_that_cannot_be_read_is_refused_with_its_line(tmp_path, report, told):
    with pytest.raises(ConfigurationError, match=told):
        read(tmp_path, report)


def test_a_chosen_column_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="has no column “offer”; it has sku, message"):
        read(tmp_path, "sku,message\n", refusal_columns="offer, message")


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (",".join("a" * 1500) + "\n", "Line 1 of the refusal report has more than 1,000 columns"),
        ("sku,message\n" + "," * 2_000_000, "Line 2 of the refusal report is longer than 1,000,0"),
        ("sku,message\nA\nB,x,y,z\n", "Line 2 of the refusal report has 1 columns"),
        (b"sku,message\n" + "é".encode() * 100_000 + b"\n\xff", "Line 3 .* is not UTF-8"),
        ("sku,message\nA,x\n".encode("utf-16"), "Line 1 of the refusal report is not UTF-8"),
        ("\0" * 100_000, "no column that is known as the key"),
    ],
)
def test_a_report_that_is_no_report_is_refused_with_its_line(tmp_path, report, told):
    with pytest.raises(ConfigurationError, match=told):
        read(tmp_path, report)


def test_a_character_that_is_cut_by_a_piece_is_read(tmp_path):
    report = "sku,message\n" + "A,€\n" * 40_000

    assert read(tmp_path, report) == [Refusal("A", "€")]


@pytest.mark.parametrize(
    "report",
    [
        "sku,message\n" + "\U0001f36e" * 2_600_000,
        "sku,message\n" + "A,<a <a <a <a\n" * 50_000,
        "sku,message\n" + "".join(f"A,{n}\n" for n in range(50_000)),
        "," * 10_000_000,
        "\n" * 10_000_000,
        '"' * 10_000_000,
    ],
)
def test_a_report_made_to_be_large_takes_little_memory(tmp_path, report):
    adapter = adapter_to(tmp_path, format="csv")
    content = report.encode()
    tracemalloc.start()
    try:
        with contextlib.suppress(ConfigurationError):
            adapter.read_refusals(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 32 * 1024 * 1024


@pytest.mark.parametrize(
    ("values", "column", "named"),
    [
        ({"format": "jsonl"}, "sku", "S-1"),
        ({"format": "csv"}, "code", "M 7"),
        ({"format": "csv", "columns": "Offer ID=code\nTitle=name"}, "offer_id", "M 7"),
        ({"format": "xlsx", "columns": "sku=code"}, "sku", "M 7"),
        ({"format": "csv", "columns": "Title=name"}, "sku", ""),
        ({"format": "google"}, "item_id", "G-1"),
        ({"format": "google"}, "mpn", "MPN-1"),
        ({"format": "csv", "categories": "Shoes=1"}, "sku", ""),
    ],
)
def test_a_product_is_called_what_the_feed_has_in_the_column_of_the_report(
    tmp_path, values, column, named
):
    adapter = adapter_to(tmp_path, **values)
    known = product("a", sku="S-1", code="M 7", id="G-1", mpn="MPN-1", categories="Hats")

    assert adapter.name_in_report(known, column) == named


def test_a_pipe_in_the_place_of_the_report_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "products.refused.csv")

    assert adapter_to(tmp_path, refusals="beside").fetch_refusals() is None
