"""Refusal reports as marketplaces write them."""

import pytest

from channels.base import ConfigurationError, Refusal
from channels.file.refusals import MOST_ROWS
from tests.channels.feed_stages import adapter_to


def read(tmp_path, report, **values):
    content = report if isinstance(report, bytes) else report.encode()
    return adapter_to(tmp_path, format="csv", **values).read_refusals(content)


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
