"""Prices in all currencies: in the shop's own, and in the price lists of its markets."""

import pytest

from channels.base import Outcome
from channels.surroundings import MemoryIds
from tests.channels.shopify.markets import add_price_list
from tests.channels.shopify.server import Fault
from tests.channels.shopify.stage import adapter_for, axis, product, push, variant


def prices(**currencies):
    return [{"amount": amount, "currency": currency} for currency, amount in currencies.items()]


def shown(shop, price_list):
    """What stands in a price list, by the title of the product, or by SKU of its variants."""
    names = {
        one["id"]: one["sku"] or there["title"]
        for there in shop.products
        for one in there["variants"]
    }
    return {names.get(id_, id_): price for id_, price in price_list["fixed"].items()}


@pytest.fixture
def dollars(shop):
    return add_price_list(shop, "USD")


@pytest.fixture
def francs(shop):
    return add_price_list(shop, "CHF")


def test_each_currency_goes_where_the_shop_has_it(adapter, shop, dollars, francs):
    [result] = push(
        adapter,
        product("a", prices=prices(EUR=19.9, USD=21.5, CHF=20), compare_at_prices=prices(USD=25)),
    )

    assert (result.outcome, result.message) == (Outcome.ACCEPTED, "")
    assert shop.product("Product a")["variants"][0]["price"] == "19.90"
    assert shown(shop, dollars) == {"Product a": ("21.5", "25")}
    assert shown(shop, francs) == {"Product a": ("20", None)}


def test_every_variant_has_its_own(adapter, shop, dollars):
    variants = [
        variant(number, {"color": color}, sku=color, prices=prices(USD=amount))
        for number, color, amount in (("1", "red", 10), ("2", "blue", 12))
    ]

    for _ in range(2):
        push(adapter, product("a", variation_axes=[axis("color")], variants=variants))

    assert shown(shop, dollars) == {"red": ("10", None), "blue": ("12", None)}


def test_a_price_that_is_mapped_by_itself_wins_in_the_shops_currency(adapter, shop):
    push(adapter, product("a", price=18, prices=prices(EUR=19.9)))

    assert shop.product("Product a")["variants"][0]["price"] == "18.00"


def test_a_currency_without_a_market_is_told_in_words(adapter, shop, dollars):
    [result] = push(adapter, product("a", prices=prices(USD=21.5, CHF=20, GBP=18)))

    assert result.accepted
    assert "Its prices in CHF, GBP are not in the shop" in result.message
    assert shown(shop, dollars) == {"Product a": ("21.5", None)}


def test_price_lists_for_companies_are_left_to_the_shops_people(adapter, shop):
    companies = add_price_list(shop, "USD", kind="CompanyLocationCatalog")
    unused = add_price_list(shop, "USD", kind="")

    [result] = push(adapter, product("a", prices=prices(USD=21.5)))

    assert companies["fixed"] == unused["fixed"] == {}
    assert "no market of the shop has a price list in USD" in result.message


def test_every_market_with_the_currency_gets_the_price(adapter, shop, dollars):
    other = add_price_list(shop, "USD", "Latin America")

    push(adapter, product("a", prices=prices(USD=21.5)))

    assert shown(shop, dollars) == shown(shop, other) == {"Product a": ("21.5", None)}


def test_a_price_that_changes_or_goes_does_so_in_the_market(adapter, shop, dollars, francs):
    push(adapter, product("a", prices=prices(EUR=19.9, USD=21.5, CHF=20)))

    push(adapter, product("a", prices=prices(EUR=19.9, USD=22)))
    assert shown(shop, dollars) == {"Product a": ("22", None)}
    assert shown(shop, francs) == {}

    push(adapter, product("a"))
    assert shown(shop, dollars) == {}


def test_only_prices_that_this_app_set_are_taken_away(adapter, shop, dollars):
    variants = [
        variant("1", {"color": "red"}, sku="red", prices=prices(USD=10)),
        variant("2", {"color": "blue"}, sku="blue"),
    ]
    document = {"variation_axes": [axis("color")], "variants": variants}
    push(adapter, product("a", **document))
    [_, blue] = shop.product("Product a")["variants"]
    dollars["fixed"][blue["id"]] = ("99", None)

    variants[0].pop("prices")
    push(adapter, product("a", **document))

    assert shown(shop, dollars) == {"blue": ("99", None)}


def test_prices_that_the_channel_keeps_are_not_touched(adapter, shop, dollars):
    push(adapter, product("a", prices=prices(EUR=19.9, USD=21.5), compare_at_prices=prices(EUR=25)))
    both = frozenset({"prices", "compare_at_prices"})

    push(adapter, product("a", sent={"left_alone": both}))
    push(adapter, product("a", prices=prices(EUR=1, USD=1), sent={"if_empty": both}))

    [only] = shop.product("Product a")["variants"]
    assert (only["price"], only["compareAtPrice"]) == ("19.90", "25.00")
    assert shown(shop, dollars) == {"Product a": ("21.5", None)}


def test_what_people_took_out_of_a_market_already_is_no_mistake(adapter, shop, dollars):
    push(adapter, product("a", prices=prices(USD=21.5)))
    dollars["fixed"].clear()

    [result] = push(adapter, product("a"))

    assert result.accepted


def test_a_price_that_shopify_refuses_parks_that_product_alone(adapter, shop, dollars):
    refused, accepted = push(
        adapter,
        product("a", prices=prices(USD=-1)),
        product("b", prices=prices(USD=21.5)),
    )

    assert refused.outcome is Outcome.REJECTED
    assert "Shopify refused a price for “Prices in USD”" in refused.message
    assert accepted.accepted
    assert shown(shop, dollars) == {"Product b": ("21.5", None)}


def test_what_is_no_number_is_refused_by_the_title_of_its_target(adapter, shop, dollars):
    [result] = push(adapter, product("a", prices=[{"amount": "much", "currency": "USD"}]))

    assert result.outcome is Outcome.REJECTED
    assert result.message == "“Prices”: “much” is not a number."
    assert shop.products == []


def test_a_lost_answer_leaves_no_price_that_is_nobodys(stand_in, shop, dollars):
    ids = MemoryIds()
    stand_in.faults.append(Fault("AddPrices", how="lost"))
    with pytest.raises(Exception, match="Shopify|connection|answer"):
        push(adapter_for(stand_in, ids=ids), product("a", prices=prices(USD=21.5)))

    push(adapter_for(stand_in, ids=ids), product("a"))

    assert dollars["fixed"] == {}


def test_many_products_are_priced_in_few_calls(adapter, shop, dollars):
    several = [product(f"p{n}", sku=f"s{n}", prices=prices(EUR=1, USD=n + 1)) for n in range(120)]

    results = push(adapter, *several)

    assert all(one.accepted for one in results)
    assert shown(shop, dollars) == {f"s{n}": (str(n + 1), None) for n in range(120)}
    assert shop.calls.count("AddPrices") == 1
    assert shop.calls.count("VariantIds") <= 2


def test_a_product_without_prices_in_currencies_costs_no_call(adapter, shop, dollars):
    push(adapter, product("a", price=19.9))

    assert not {"Shop", "PriceLists", "AddPrices", "VariantIds"} & set(shop.calls)


def test_hundreds_of_variants_are_priced(adapter, shop, dollars):
    variants = [
        variant(str(n), {"size": f"S{n}"}, sku=f"s{n}", prices=prices(USD=n + 1))
        for n in range(300)
    ]

    [result] = push(adapter, product("a", variation_axes=[axis("size")], variants=variants))

    assert result.accepted
    assert len(dollars["fixed"]) == 300
