"""Numbers from outside: a few characters must not become a gigabyte."""

from decimal import Decimal

import pytest

from channels.base import ChannelProduct
from channels.file.google_rules import price
from channels.numbers import decimal_or_text, read_decimal
from channels.shopify.values import number, whole_number
from channels.vendure import graphql, values

BOMBS = ["1e999999999", "-1E+999999999", "1e-999999999", "0e999999999", "1e401"]


@pytest.mark.parametrize("written", ["19.90", "-0.5", "1e308", "5E-324", "0", "1" * 300])
def test_a_number_is_read_to_the_letter(written):
    assert str(read_decimal(written)) == str(Decimal(written))


@pytest.mark.parametrize("written", [*BOMBS, "NaN", "Infinity", "", "x"])
def test_what_cannot_be_written_out_is_no_number(written):
    with pytest.raises(ValueError, match="not a number"):
        read_decimal(written)
    assert decimal_or_text(written) == written


@pytest.mark.parametrize("written", BOMBS)
def test_a_document_has_it_as_text(written):
    assert ChannelProduct("k", f'{{"price": {written}}}').data == {"price": written}


@pytest.mark.parametrize("written", BOMBS)
def test_shopify_is_sent_none_of_them(written):
    with pytest.raises(ValueError, match="is not a number"):
        number(written)
    with pytest.raises(ValueError, match="is not a number"):
        whole_number(written)


@pytest.mark.parametrize("written", BOMBS)
def test_vendure_is_sent_none_of_them(written):
    sent = ChannelProduct("k", f'{{"price": {written}}}').data["price"]

    with pytest.raises(values.Unusable, match="is no number"):
        values.minor_units(sent, 2)


def test_vendures_own_answers_have_none_either():
    assert graphql._answer(b'{"data": 1e999999999}') == {"data": "1e999999999"}


@pytest.mark.parametrize("written", [*BOMBS, "1E+50", "1E+27"])
def test_google_is_sent_none_of_them_and_the_product_is_refused_in_words(written):
    with pytest.raises(ValueError, match="which is no amount"):
        price("EUR")({"currency": "EUR", "amount": written})
