"""Values from files, offered by the command `propose_values`: what it counts, writes and says."""

import io
import os
from datetime import date

import openpyxl
import pytest

from enrichment.models import Offer, OfferProblem, Proposal
from tests.enrichment.offering import counts, problems, the_problem
from tests.programs import call

APPLY = ("--apply",)


@pytest.fixture
def skus(enrichment):
    """Identifiers of products that are no variants, by uuid order."""
    products = (enrichment.pim.assortment.product(uuid) for uuid in enrichment.all)
    return [product.identifier for product in products if product.parent is None]


def value(enrichment, sku, attribute, locale=None, scope=None):
    product = enrichment.pim.assortment.identified(sku)
    found = enrichment.pim.assortment.values_of(product).get(attribute, [])
    return next(
        (one["data"] for one in found if (one["locale"], one["scope"]) == (locale, scope)), None
    )


def test_a_dry_run_counts_what_would_change_and_remembers_nothing(enrichment, offering, skus):
    before = value(enrichment, skus[0], "name", "en_US")

    ended = offering.table(["sku", "name-en_US"], [skus[0], "Lamp"], [skus[1], "Desk"])

    assert ended.status == 0
    assert counts(ended) == {"read": 2, "proposed": 2}
    assert ended.answer["problems"] == []
    assert not Offer.objects.exists()
    assert value(enrichment, skus[0], "name", "en_US") == before


def test_every_kind_of_value_reaches_the_pim(enrichment, offering, skus):
    header = [
        *("sku", "name-en_US", "description-fr_FR-ecommerce", "price-EUR", "weight", "weight-unit"),
        *("materials", "brand", "is_new", "release_date", "delivery_days", "enabled", "categories"),
    ]
    options = sorted(enrichment.pim.assortment.options["materials"])[:2]
    brand = min(enrichment.pim.assortment.options["brand"])
    row = [
        *(skus[0], "Lamp; “bright”\nand small", "<p>Une lampe</p>", "12.5", "1.25", "KILOGRAM"),
        *(",".join(options), brand, "1", "2026-11-29", "7", "0", "mugs"),
    ]

    ended = offering.table(header, row, options=APPLY)
    again = offering.table(header, row, options=APPLY)

    assert (ended.status, problems(ended)) == (0, [])
    assert counts(ended)["read"] == 11
    assert counts(again) == {"read": 11, "unchanged": 11}
    assert value(enrichment, skus[0], "name", "en_US") == "Lamp; “bright”\nand small"
    assert value(enrichment, skus[0], "weight")["unit"] == "KILOGRAM"
    assert value(enrichment, skus[0], "materials") == options
    assert value(enrichment, skus[0], "release_date").startswith("2026-11-29")
    product = enrichment.pim.assortment.identified(skus[0])
    assert (product.enabled, product.categories) == (False, ("mugs",))


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("nmae-en_US", "The PIM has no attribute “nmae”. Did you mean “name”?"),
        ("name", "“name” has a value for each language: call the column as in “name-de_DE”."),
        ("brand-en_US", "one value for all languages and channels: call the column “brand”"),
        ("name-es_ES", "“es_ES” is no active language"),
        ("description-fr_FR-print", "The channel “print” does not have the language “fr_FR”."),
        ("description-en_US-prnt", "“prnt” is no channel of the PIM. Did you mean “print”?"),
        ("description-ecommerce-en_US", "call the column as in “description-de_DE-ecommerce”"),
        ("price", "“price” has a value for each currency"),
        ("price-GBP", "“GBP” is no active currency"),
        ("weight-unit", "There is no column “weight” for it."),
        ("image", "Images and files are not written from a table"),
        ("X_SELL-products", "Groups and associations are not written"),
        ("family_variant", "There is no such thing in products."),
        ("", "Column 2 has no name."),
    ],
)
def test_a_bad_column_is_told_once_and_left_out(enrichment, offering, skus, column, says):
    header = ["sku", column, "name-en_US"]

    ended = offering.table(header, [skus[0], "1", "Lamp"], [skus[1], "2", "Desk"], options=APPLY)

    assert ended.status == 1
    assert counts(ended) == {"read": 3, "proposed": 2, "invalid": 1, "written": 2}
    line, name, message = the_problem(ended)
    assert (line, name) == (1, column)
    assert says in message
    assert value(enrichment, skus[1], "name", "en_US") == "Desk"


def test_a_column_that_stands_twice_is_read_neither_time(enrichment, offering, skus):
    ended = offering.table(["sku", "name-en_US", "name-en_US"], [skus[0], "Lamp", "Desk"])

    assert counts(ended) == {"read": 1, "invalid": 1}
    assert "more than once" in the_problem(ended)[2]


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("delivery_days", "soon", "“soon” is no number."),
        ("delivery_days", "1.5", "“delivery_days” has whole numbers"),
        ("delivery_days", "-1", "less than 0"),
        ("price-EUR", "1.250,00", "with a decimal point"),
        ("price-EUR", "NaN", "“NaN” is no number."),
        ("is_new", "yes", "neither 1 for yes nor 0 for no"),
        ("enabled", "true", "neither 1 for yes nor 0 for no"),
        ("release_date", "29/11/2026", "Write it as year-month-day"),
        ("release_date", "2026-02-30", "is no date"),
        ("weight", "12", "“12” has no unit, such as GRAM"),
        ("weight", "12 KILO", "“KILO” is no unit of “Weight”. Did you mean “KILOGRAM”?"),
        ("brand", "nobody", "“nobody” is no option of “brand”."),
        ("materials", "oak,okk", "“okk” is no option of “materials”. Did you mean “oak”?"),
        ("name-en_US", "x" * 256, "has 256 characters; 255 are possible"),
        ("name-en_US", "a\0b", "characters that belong to no text"),
        ("categories", "mugs,mgus", "“mgus” is no category of the PIM. Did you mean “mugs”?"),
        ("family", "mug", "“mug” is no family of the PIM. Did you mean “mugs”?"),
        ("parent", "nothing", "The PIM has no product model “nothing”."),
    ],
)
def test_a_bad_cell_is_not_written_and_its_row_goes_on(
    enrichment, offering, skus, column, cell, says
):
    header = ["sku", column, "slogan-en_US"]

    ended = offering.table(header, [skus[0], cell, "Bright"], options=APPLY)

    assert ended.status == 1
    assert counts(ended) == {"read": 2, "proposed": 1, "invalid": 1, "written": 1}
    line, name, message = the_problem(ended)
    assert (line, name) == (2, column)
    assert says in message
    assert value(enrichment, skus[0], "slogan", "en_US") == "Bright"


def test_a_unit_that_does_not_fit_is_told_of_its_own_column(offering, skus):
    ended = offering.table(["sku", "weight", "weight-unit"], [skus[0], "2", "METER"])

    assert counts(ended) == {"read": 1, "invalid": 1}
    assert the_problem(ended)[:2] == (2, "weight-unit")


def test_limits_of_attributes_hold(enrichment, offering, skus):
    attributes = enrichment.pim.assortment.attributes
    attributes["delivery_days"] |= {"number_min": "2", "number_max": "30"}
    attributes["release_date"] |= {"date_min": "2026-01-01", "date_max": "2026-12-31"}
    attributes["ean"] |= {"validation_rule": "regexp", "validation_regexp": r"/^\d{13}$/"}
    header = ["sku", "delivery_days", "release_date", "ean"]

    ended = offering.table(
        header, [skus[0], "1", "2025-12-31", "12"], [skus[1], "31", "2027-01-01", "12345678901234"]
    )
    fitting = offering.table(header, [skus[0], "2", "2026-12-31", "1234567890123"])

    assert counts(ended) == {"read": 6, "invalid": 6}
    assert "less than 2" in problems(ended)[0][2]
    assert counts(fitting)["read"] == 3
    assert not fitting.answer["invalid"]


def test_an_expression_that_never_ends_is_left_to_the_pim(enrichment, offering, skus):
    rule = {"validation_rule": "regexp", "validation_regexp": "/^(a|aa)+$/"}
    enrichment.pim.assortment.attributes["ean"] |= rule

    ended = offering.table(["sku", "ean"], [skus[0], "a" * 60 + "b"])

    assert counts(ended) == {"read": 1, "proposed": 1}


def test_rows_of_the_wrong_width_and_without_a_product_write_nothing(offering, skus):
    text = (
        "sku;name-en_US;slogan-en_US\n"
        f"{skus[0]};Lamp\n"
        f"{skus[0]};Lamp;Bright;and small\n"
        "nobody-1;Lamp;Bright\n"
        ";Lamp;Bright\n"
        ";;\n"
        "\n"
        f"{skus[0]};Lamp;Bright\n"
    )

    ended = offering.file(text)

    assert ended.status == 1
    assert counts(ended) == {"read": 9, "proposed": 2, "invalid": 7}
    assert [line for line, _, _ in problems(ended)] == [2, 3, 4, 5]
    told = [message for _, _, message in problems(ended)]
    assert "has 2 cells where the header has 3 columns" in told[0]
    assert "The PIM has no product “nobody-1”." in told[2]
    assert "does not say which product" in told[3]


def test_of_two_rows_for_one_value_the_last_wins(enrichment, offering, skus):
    header = ["sku", "name-en_US", "slogan-en_US"]
    rows = [skus[0], "Lamp", ""], [skus[1], "Desk", ""], [skus[0].lower(), "Torch", "Bright"]

    ended = offering.table(header, *rows, options=APPLY)

    assert counts(ended) == {"read": 4, "proposed": 3, "invalid": 1, "written": 3}
    assert the_problem(ended)[:2] == (2, "name-en_US")
    assert "Line 4 has another value" in the_problem(ended)[2]
    assert value(enrichment, skus[0], "name", "en_US") == "Torch"
    assert value(enrichment, skus[0], "slogan", "en_US") == "Bright"


def test_lines_are_counted_as_an_editor_counts_them(offering, skus):
    text = (
        "sku,name-en_US,slogan-en_US\r\n"
        f'{skus[0]},"Lamp\nbright\r\nand small","x"\r\n'
        f"{skus[1]},Desk\r\n"
    )

    ended = offering.file("\ufeff" + text)

    assert counts(ended) == {"read": 3, "proposed": 2, "invalid": 1}
    assert the_problem(ended)[0] == 5


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("sku;name-en_US\nx;Écharpe\n".encode("latin-1"), "The file is not UTF-8: line 2"),
        ("sku;name-en_US\n".encode("utf-16"), "The file is UTF-16"),
        (b"", "The file is empty."),
        (b"\n\n", "The first row must name the columns"),
        (b"sku\tname-en_US\n", "separated by tabs"),
        (b"name-en_US;slogan-en_US\n", "No column says which product"),
        (b"PK\x03\x04broken", "This is no workbook that can be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel, or one with a password"),
        (b"\0" * 20_000_000, "it never ends"),
    ],
)
def test_a_file_of_which_nothing_can_be_used_is_refused_with_a_way_out(offering, content, says):
    ended = offering.file(content, "--apply")

    assert ended.status == 1
    assert counts(ended) == {"invalid": 1}
    assert says in the_problem(ended)[2]
    assert says in ended.problem
    assert not Proposal.objects.exists()


def test_quotes_that_do_not_fit_cost_their_row_alone(enrichment, offering, skus):
    text = (
        "sku;name-en_US\n"
        f'{skus[0]};"Lamp" bright\n'
        f'{skus[0]};Lamp 5"\n'
        f'{skus[1]};"Desk\n'
        f"{skus[0]};Chair\n"
    )

    ended = offering.file(text, *APPLY)

    assert counts(ended) == {"read": 3, "proposed": 1, "invalid": 2, "written": 1}
    assert [line for line, _, _ in problems(ended)] == [2, 4]
    assert "never closed" in problems(ended)[1][2]
    assert value(enrichment, skus[0], "name", "en_US") == 'Lamp 5"'


def test_an_empty_cell_leaves_the_value_alone_unless_it_erases(enrichment, offering, skus):
    offering.table(["sku", "slogan-en_US"], [skus[0], "Bright"], options=APPLY)
    header, row = ["sku", "slogan-en_US", "enabled"], [skus[0], "", ""]

    left_alone = offering.table(header, row, options=APPLY)
    erased = offering.table(header, row, options=(*APPLY, "--empty-erases"))

    assert counts(left_alone) == {}
    assert counts(erased) == {"read": 1, "proposed": 1, "written": 1}
    assert value(enrichment, skus[0], "slogan", "en_US") is None


@pytest.mark.parametrize(
    "cell", [" ", "\t \u00a0", ["", " "], [None]], ids=["blank", "blanks", "empty texts", "null"]
)
def test_blanks_alone_are_an_empty_cell(enrichment, offering, skus, cell):
    columns = ["name-en_US", "materials", "categories", "price-EUR", "brand", "parent", "enabled"]
    offering.lines({"sku": skus[0], "materials": ["oak"], "categories": ["mugs"]}, options=APPLY)

    ended = offering.lines({"sku": skus[0]} | dict.fromkeys(columns, cell), options=APPLY)

    assert (ended.status, counts(ended)) == (0, {})
    assert value(enrichment, skus[0], "materials") == ["oak"]
    assert enrichment.pim.assortment.identified(skus[0]).categories == ("mugs",)


@pytest.mark.parametrize("column", ["materials", "categories"])
def test_a_cell_that_names_none_of_several_codes_empties_nothing(
    enrichment, offering, skus, column
):
    ended = offering.table(["sku", column], [skus[0], " , "], options=(*APPLY, "--empty-erases"))

    assert counts(ended) == {"read": 1, "invalid": 1}
    assert the_problem(ended) == (2, column, "“ , ” has no code between its commas.")


def test_one_currency_changes_alone(enrichment, offering, skus):
    offering.table(["sku", "price-EUR", "price-USD"], [skus[0], "10", "11"], options=APPLY)

    ended = offering.table(["sku", "price-EUR"], [skus[0], "12.50"], options=APPLY)

    assert counts(ended) == {"read": 1, "proposed": 1, "written": 1}
    assert value(enrichment, skus[0], "price") == [
        {"amount": "12.50", "currency": "EUR"},
        {"amount": "11.00", "currency": "USD"},
    ]


def test_what_equals_after_normalisation_is_never_sent(enrichment, offering, skus):
    header = ["sku", "price-EUR", "weight", "weight-unit", "materials", "release_date"]
    offering.table(
        header, [skus[0], "12.5", "1", "KILOGRAM", "oak,steel", "2026-11-29"], options=APPLY
    )
    enrichment.pim.traffic.reset()

    ended = offering.lines(
        {
            "sku": skus[0].lower(),
            "price-EUR": 12.5000,
            "weight": {"amount": "1.000", "unit": "KILOGRAM"},
            "materials": ["steel", "oak"],
            "release_date": "2026-11-29T00:00:00+00:00",
        },
        options=APPLY,
    )

    assert (ended.status, counts(ended)) == (0, {"read": 4, "unchanged": 4})
    requests = enrichment.pim.traffic.as_json()["requests"]
    assert not [each for each in requests if each.startswith("PATCH")]


def test_an_edit_of_what_was_written_is_kept_when_the_same_is_offered_again(
    enrichment, offering, skus
):
    offering.table(["sku", "name-en_US"], [skus[0], "Lamp"], options=APPLY)
    uuid = enrichment.pim.assortment.identified(skus[0]).uuid
    enrichment.pim.edit_product(uuid, "name", "Typed by Julia", "en_US", None)

    ended = offering.table(["sku", "name-en_US"], [skus[0], "Lamp"], options=APPLY)

    assert ended.status == 1
    assert counts(ended) == {"read": 1, "outdated": 1}
    assert the_problem(ended)[:2] == (2, "name-en_US")
    assert value(enrichment, skus[0], "name", "en_US") == "Typed by Julia"


def test_a_refusal_has_the_line_and_the_words_of_the_pim(enrichment, offering, skus):
    enrichment.pim.assortment.attributes["ean"]["validation_rule"] = "regexp"
    # Which is for the PIM alone to judge.
    enrichment.pim.assortment.attributes["ean"]["validation_regexp"] = "^[0-9]+$"

    ended = offering.table(["sku", "ean"], [skus[0], "12"], [skus[1], "twelve"], options=APPLY)

    assert ended.status == 1
    assert counts(ended) == {"read": 2, "proposed": 2, "written": 1, "refused": 1}
    line, column, message = the_problem(ended)
    assert (line, column) == (3, "ean")
    assert "regular expression" in message


def test_at_most_a_hundred_problems_are_told_and_all_are_counted(offering, skus):
    rows = [[f"nobody-{number}", "Lamp"] for number in range(150)]

    ended = offering.table(["sku", "name-en_US"], *rows)

    assert counts(ended) == {"read": 150, "invalid": 150}
    assert len(ended.answer["problems"]) == 100


def test_a_stored_offer_has_all_of_its_problems(offering, skus):
    rows = [[f"nobody-{number}", "Lamp"] for number in range(150)]

    ended = offering.table(["sku", "name-en_US"], *rows, options=APPLY)

    offer = Offer.objects.get(pk=ended.answer["offer"])
    assert (offer.read, offer.invalid, offer.state) == (150, 150, Offer.State.DONE)
    assert OfferProblem.objects.filter(offer=offer).count() == 150


def test_more_decimals_than_the_pim_shows_are_no_change(enrichment, offering, skus):
    header = ["sku", "price-EUR", "weight", "weight-unit"]
    row = [skus[0], "9.994999", "1.23456789", "KILOGRAM"]

    ended = offering.table(header, row, options=APPLY)
    again = offering.table(header, row, options=APPLY)

    assert counts(ended) == {"read": 2, "proposed": 2, "written": 2}
    assert counts(again) == {"read": 2, "unchanged": 2}


def test_products_may_be_named_by_their_uuid(enrichment, offering, skus):
    product = enrichment.pim.assortment.identified(skus[0])
    header = ["uuid", "sku", "name-en_US"]
    rows = [product.uuid.upper(), skus[0].lower(), "Lamp"], ["", skus[1], "Desk"], ["x", "", "Cup"]

    ended = offering.table(header, *rows, options=APPLY)
    other = offering.table(header, [product.uuid, "another", "Lamp"])

    assert counts(ended) == {"read": 3, "proposed": 2, "invalid": 1, "written": 2}
    assert the_problem(ended) == (4, "uuid", "“x” is no uuid of a product.")
    assert counts(other) == {"read": 2, "unchanged": 1, "invalid": 1}
    assert f"The identifier of this product is “{skus[0]}”" in the_problem(other)[2]


def test_one_product_under_two_names_is_offered_once(enrichment, offering, skus):
    product = enrichment.pim.assortment.identified(skus[0])

    ended = offering.table(
        ["uuid", "sku", "name-en_US"], [product.uuid, "", "Lamp"], ["", skus[0], "Desk"]
    )

    assert counts(ended) == {"read": 2, "proposed": 1, "invalid": 1}
    assert "under another name" in the_problem(ended)[2]


def test_the_identifier_is_called_as_in_the_pim_or_sku(enrichment, offering, skus):
    by_code = offering.table(["identifier", "name-en_US"], [skus[0], "Lamp"])

    assert counts(by_code) == {"read": 1, "proposed": 1}


def test_lines_of_json_have_columns_of_their_own(enrichment, offering, skus):
    ended = offering.lines(
        {"sku": skus[0], "name-en_US": "Lamp", "is_new": True, "delivery_days": 3},
        {"sku": skus[1], "nmae-en_US": "Desk", "materials": ["oak"], "is_new": "yes"},
        {"sku": skus[1], "nmae-en_US": "Chair", "weight": {"amount": 2, "unit": "KILOGRAM"}},
        {"name-en_US": "Nothing"},
        options=APPLY,
    )

    assert counts(ended) == {"read": 8, "proposed": 5, "invalid": 3, "written": 5}
    assert [(line, column) for line, column, _ in problems(ended)] == [
        (2, "nmae-en_US"),
        (2, "is_new"),
        (4, ""),
    ]
    assert value(enrichment, skus[0], "is_new") is True


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("name-en_US", r'"a\ud800"'),
        ("materials", r'["oak", "\udc00"]'),
        ("weight", r'{"amount": "1", "unit": "\ud800"}'),
        ("weight", r'{"amount": "\ud800", "\udc00": "KILOGRAM"}'),
    ],
)
def test_half_a_character_costs_its_value_alone(offering, skus, column, cell):
    text = f'{{"sku": "{skus[0]}", "{column}": {cell}, "slogan-en_US": "Bright"}}\n'

    ended = offering.file(text, name="values.jsonl")

    assert counts(ended) == {"read": 2, "proposed": 1, "invalid": 1}
    assert the_problem(ended)[:2] == (1, column)
    assert "characters that belong to no text" in the_problem(ended)[2]


def test_a_workbook_is_offered_as_it_is(enrichment, offering, skus):
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["sku", "ean", "is_new", "release_date", "price-EUR", "delivery_days"])
    sheet.append([skus[0], 4006381333931, True, date(2026, 11, 29), 9.9, 3])
    sheet.append([skus[1], None, "yes", None, None, 2.5])
    book.save(stream)

    ended = offering.file(stream.getvalue(), *APPLY, name="values.xlsx")

    assert counts(ended) == {"read": 7, "proposed": 5, "invalid": 2, "written": 5}
    assert [(line, column) for line, column, _ in problems(ended)] == [
        (3, "is_new"),
        (3, "delivery_days"),
    ]
    assert value(enrichment, skus[0], "ean") == "4006381333931"


def test_without_json_it_says_a_sentence_and_each_problem_on_a_line(enrichment, offering, skus):
    offering.table(["sku", "name-en_US", "nmae"], [skus[0], "Lamp", ""], ["nobody", "Desk", ""])

    ended = call("propose_values", offering.folder / "values.csv", "--pim", enrichment.world.url)

    first, *rest = ended.out.splitlines()
    assert first == (
        "Read 3 values: 1 proposed, 2 invalid. Nothing was written: give --apply to write it."
    )
    assert [line.partition(": ")[0] for line in rest] == ["line 1, nmae", "line 3"]
    assert ended.problem == "Of 3 values: 2 invalid."


@pytest.mark.parametrize(("name", "says"), [("nothing.csv", "No such file"), (".", "directory")])
def test_what_is_no_file_is_refused_in_one_line(enrichment, offering, name, says):
    ended = call("propose_values", offering.folder / name, "--pim", enrichment.world.url, "--json")

    assert (ended.status, ended.out) == (1, "")
    assert says in ended.problem


def test_a_stream_is_refused_in_one_line(enrichment):
    reading, writing = os.pipe()
    with open(reading), open(writing, "w"):
        path = f"/dev/fd/{reading}"

        ended = call("propose_values", path, "--pim", enrichment.world.url, "--json")

    assert (ended.status, ended.out) == (1, "")
    assert "is a stream and no file" in ended.problem


def test_a_connection_that_is_lost_while_writing_stops_it(enrichment, offering, skus):
    client_id = enrichment.connection.client_id
    enrichment.world.between.meanwhile(
        "/products-uuid/search", lambda: enrichment.pim.disconnect(client_id), after=1
    )

    ended = offering.table(["sku", "name-en_US"], [skus[0], "Lamp"], options=APPLY)

    assert ended.status == 1
    assert counts(ended) == {"read": 1, "proposed": 1}
    assert ended.answer["problem"].startswith("1 are still to be written: ")
    assert "connect" in ended.problem.lower()
    assert Offer.objects.get().state == Offer.State.STOPPED
