"""CSV and XLSX: columns, headers, separators, encodings and codes as people choose them."""

import io
import json
from typing import Any

import openpyxl
import pytest

from channels.base import ChannelProduct, Outcome
from tests.channels.conformance import product
from tests.channels.feed_stages import adapter_to


def written(adapter, *products):
    """The file, after these products."""
    adapter.publish(lambda: iter(products))
    with open(adapter.where, "rb") as stream:
        return stream.read()


def judged(adapter, document):
    [result] = adapter.push([ChannelProduct("a", json.dumps(document))], idempotency_key="1")
    return result


def sheet(content):
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


@pytest.mark.parametrize(
    ("columns", "header", "row"),
    [
        ("sku,name", "sku,name", "S-1,Mug"),
        ("name\nsku", "name,sku", "Mug,S-1"),
        ("Title=name\nArticle no.=sku", "Title,Article no.", "Mug,S-1"),
        ('Title=name\nCondition="New"', "Title,Condition", "Mug,New"),
        ("Amount=cost.amount", "Amount", "1.50"),
        ("Text=texts.de_DE\nEuro=prices.EUR", "Text,Euro", "Becher,19.90"),
        ("sku\nNothing=nobody", "sku,Nothing", "S-1,"),
    ],
)
def test_columns_are_those_that_were_chosen_in_their_order(tmp_path, columns, header, row):
    adapter = adapter_to(tmp_path, format="csv", columns=columns)
    document = (
        '{"sku": "S-1", "name": "Mug", "cost": {"amount": 1.50},'
        ' "texts": [{"locale": "de_DE", "value": "Becher"}, {"locale": "fr_FR", "value": "Tasse"}],'
        ' "prices": [{"currency": "EUR", "amount": 19.90}]}'
    )

    content = written(adapter, ChannelProduct("a", document)).decode()

    assert content == f"{header}\r\n{row}\r\n"


@pytest.mark.parametrize(
    ("separator", "row"),
    [("comma", "a,x;y"), ("semicolon", 'a;"x;y"'), ("tab", "a\tx;y")],
)
def test_columns_are_separated_as_chosen(tmp_path, separator, row):
    adapter = adapter_to(tmp_path, format="csv", columns="uuid,name", separator=separator)

    content = written(adapter, product("a", name="x;y")).decode()

    assert content.splitlines()[1] == row


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", "name\r\nCafé €\r\n".encode()),
        ("utf-8-sig", b"\xef\xbb\xbf" + "name\r\nCafé €\r\n".encode()),
        ("cp1252", b"name\r\nCaf\xe9 \x80\r\n"),
    ],
)
def test_letters_are_stored_in_the_chosen_encoding(tmp_path, encoding, content):
    adapter = adapter_to(tmp_path, format="csv", columns="name", encoding=encoding)

    assert written(adapter, product("a", name="Café €")) == content


def test_a_character_that_the_encoding_does_not_have_is_refused_and_not_garbled(tmp_path):
    adapter = adapter_to(tmp_path, format="csv", encoding="latin-1")

    refused = judged(adapter, {"name": "Only 5 €"})

    assert refused.outcome is Outcome.REJECTED
    assert refused.message.startswith("“Name” has the character “€”, which a file in Latin-1")


def test_a_column_that_was_not_chosen_refuses_nothing(tmp_path):
    adapter = adapter_to(tmp_path, format="csv", encoding="latin-1", columns="sku")

    assert judged(adapter, {"sku": "S-1", "name": "Only 5 €"}).accepted


def test_a_decimal_comma_is_for_numbers_alone(tmp_path):
    adapter = adapter_to(
        tmp_path, format="csv", columns="price,name", decimal="comma", separator="semicolon"
    )

    content = written(adapter, ChannelProduct("a", '{"price": 19.90, "name": "v1.5"}'))

    assert content == b"price;name\r\n19,90;v1.5\r\n"


@pytest.mark.parametrize(
    ("categories", "code"),
    [
        ("Shoes", "100"),
        ("Bags,Shoes", "200,100"),
        (["Bags", "Hats"], "200"),
        ("Hats, Caps", "300"),
        ("", ""),
    ],
)
def test_categories_become_the_codes_of_the_marketplace(tmp_path, categories, code):
    adapter = adapter_to(
        tmp_path,
        format="csv",
        columns="uuid\nCode=categories",
        categories="Shoes=100\nBags=200\nHats, Caps=300",
        separator="semicolon",
    )

    content = written(adapter, product("a", categories=categories)).decode()

    assert content.splitlines()[1] == f"a;{code}"


def test_a_category_without_a_code_is_refused_unless_there_is_one_for_all_others(tmp_path):
    codes: dict[str, Any] = {"format": "csv", "columns": "uuid\nCode=categories"}
    strict = adapter_to(tmp_path, categories="Shoes=100", **codes)
    lenient = adapter_to(tmp_path, categories="Shoes=100\n*=999", **codes)

    refused = judged(strict, {"categories": "Hats"})

    assert "The category “Hats” has no code of the marketplace" in refused.message
    assert written(lenient, product("a", categories="Hats")) == b"uuid,Code\r\na,999\r\n"


def test_no_cell_of_a_spreadsheet_is_a_formula_or_a_link(tmp_path):
    adapter = adapter_to(tmp_path, format="xlsx")
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "https://evil.example", "{=A1}"]

    content = written(adapter, *(product(str(n), name=text) for n, text in enumerate(texts)))

    cells = list(sheet(content)["B"])[1:]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in texts]
    assert all(cell.hyperlink is None for cell in cells)


def test_a_spreadsheet_has_numbers_as_numbers_unless_it_would_lose_digits(tmp_path):
    adapter = adapter_to(tmp_path, format="xlsx", columns="price,ean,long,available")
    document = (
        '{"price": 19.90, "ean": "04006381333931", "long": 12345678901234567890, "available": true}'
    )

    content = written(adapter, ChannelProduct("a", document))

    row = next(sheet(content).iter_rows(min_row=2, values_only=True))
    assert row == (19.9, "04006381333931", "12345678901234567890", True)


def test_a_text_that_no_cell_holds_is_refused(tmp_path):
    adapter = adapter_to(tmp_path, format="xlsx")

    assert judged(adapter, {"description": "x" * 32_767}).accepted
    refused = judged(adapter, {"description": "x" * 32_768})

    assert "“Description” is longer than the 32,767 characters" in refused.message
