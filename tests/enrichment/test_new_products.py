"""Products and options that a file brings along, where that is allowed."""

import pytest

from enrichment.models import Offer
from sandbox.faults import Fault
from tests.enrichment.offering import counts, problems, the_problem

APPLY = ("--apply",)
CREATE = ("--apply", "--create")
HEADER = ["sku", "family", "name-en_US", "price-EUR"]
ROW = ["new-mug-1", "mugs", "Mug", "9.90"]


def created(enrichment, sku):
    return enrichment.pim.assortment.identified(sku)


def test_without_leave_no_product_is_created(enrichment, offering):
    ended = offering.table(HEADER, ROW, options=APPLY)

    assert counts(ended) == {"read": 3, "invalid": 3}
    assert "The PIM has no product “new-mug-1”." in the_problem(ended)[2]
    assert created(enrichment, "new-mug-1") is None


def test_a_product_is_created_once(enrichment, offering):
    ended = offering.table(HEADER, ROW, options=CREATE)
    again = offering.table(HEADER, ROW, options=CREATE)

    product = created(enrichment, "new-mug-1")
    assert (ended.status, counts(ended)) == (0, {"read": 3, "proposed": 3, "written": 3})
    assert counts(again) == {"read": 3, "unchanged": 3}
    assert (product.family, product.enabled) == ("mugs", True)


def test_a_dry_run_creates_nothing(enrichment, offering):
    ended = offering.table(HEADER, ROW, options=("--create",))

    assert counts(ended) == {"read": 3, "proposed": 3}
    assert created(enrichment, "new-mug-1") is None


def test_a_product_that_was_renamed_in_the_pim_is_not_created_again(enrichment, offering):
    offering.table(HEADER, ROW, options=CREATE)
    product = created(enrichment, "new-mug-1")
    name = [{"locale": None, "scope": None, "data": "mug-of-mary"}]
    enrichment.client.writing().update_products([{"uuid": product.uuid, "values": {"sku": name}}])

    ended = offering.table(HEADER, ROW, options=CREATE)

    assert counts(ended) == {"read": 3, "invalid": 3}
    assert "is called “mug-of-mary” in the PIM now" in the_problem(ended)[2]
    assert product.identifier == "mug-of-mary"


def test_a_new_product_whose_family_is_wrong_is_not_created_without_one(enrichment, offering):
    ended = offering.table(HEADER, ["new-mug-1", "mgus", "Mug", "9.90"], options=CREATE)

    assert counts(ended) == {"read": 3, "invalid": 3}
    assert the_problem(ended)[1] == "family"
    assert created(enrichment, "new-mug-1") is None


def test_undo_leaves_a_new_product_without_the_values_that_it_got(enrichment, offering):
    header, row = [*HEADER, "enabled", "categories"], [*ROW, "0", "mugs"]
    ended = offering.table(header, row, options=CREATE)

    undoing = enrichment.work(enrichment.undo(Offer.objects.get(pk=ended.answer["offer"])))

    product = created(enrichment, "new-mug-1")
    assert set(undoing.proposals.values_list("state", flat=True)) == {"written"}
    assert list(enrichment.pim.assortment.values_of(product)) == ["sku"]
    assert (product.family, product.categories, product.enabled) == (None, (), False)


def test_the_identifier_of_a_new_product_has_no_separators(offering):
    ended = offering.table(HEADER, ["new;1", "mugs", "Mug", "1"], options=CREATE)

    assert "no comma and no semicolon" in the_problem(ended)[2]


@pytest.fixture
def skus(enrichment):
    products = (enrichment.pim.assortment.product(uuid) for uuid in enrichment.all)
    return [product.identifier for product in products if product.parent is None]


def test_options_are_created_when_the_file_may(enrichment, offering, skus):
    rows = [skus[0], "acme", "oak,bamboo"], [skus[1], "ACME", "bamboo"]
    header = ["sku", "brand", "materials"]

    dry = offering.table(header, *rows, options=("--create-options",))
    there_after_dry = "acme" in enrichment.pim.assortment.options["brand"]
    ended = offering.table(header, *rows, options=(*APPLY, "--create-options"))

    assert counts(dry) == {"read": 4, "proposed": 4}
    assert not there_after_dry
    assert (ended.status, problems(ended)) == (0, [])
    assert counts(ended) == {"read": 4, "proposed": 4, "written": 4}
    assert "acme" in enrichment.pim.assortment.options["brand"]
    assert "ACME" not in enrichment.pim.assortment.options["brand"]
    assert "bamboo" in enrichment.pim.assortment.options["materials"]


def test_what_cannot_be_the_code_of_an_option_is_not_created(enrichment, offering, skus):
    ended = offering.table(
        ["sku", "brand"], [skus[0], "Acme & sons"], options=(*APPLY, "--create-options")
    )

    assert counts(ended) == {"read": 1, "invalid": 1}
    assert "cannot be the code of a new option" in the_problem(ended)[2]


def test_a_reading_that_fails_leaves_nothing(enrichment, offering):
    rows = [[f"new-{number}", "mugs", "Mug", "1"] for number in range(150)]
    enrichment.pim.faults.add(Fault("disconnect", path="products-uuid/search", after=2))

    ended = offering.table(HEADER, *rows, options=CREATE)

    offer = Offer.objects.get()
    assert ended.status == 1
    assert (offer.state, offer.proposals.count()) == (Offer.State.STOPPED, 0)
    assert offer.problem in ended.problem
