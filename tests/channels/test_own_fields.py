"""A channel's own fields: what a look at the channel makes of those that are stored."""

from dataclasses import replace

import pytest

from channels.field_types import TYPES, shape_of, type_in_words
from channels.own_fields import MOST, check_code, refreshed
from channels.targets import GONE, SHOP_TARGETS, Target, mapping_schema
from channels.templates import TEMPLATES
from outbound.errors import ConfigurationError

MATERIAL = Target("material", "string", "Material", "What it is made of.")
STOCK = Target("stock", "number", "Stock", "How many.")


def test_what_is_new_is_added_behind_what_is_there():
    found = refreshed(SHOP_TARGETS, [MATERIAL], [STOCK, MATERIAL])

    assert found.fields == (MATERIAL, STOCK)
    assert found.added == (STOCK,)
    assert found.changes_something


def test_what_vanished_stays_and_is_marked():
    found = refreshed(SHOP_TARGETS, [MATERIAL, STOCK], [STOCK])

    assert found.fields == (replace(MATERIAL, is_gone=True), STOCK)
    assert found.gone == (MATERIAL,)


def test_what_vanished_before_is_told_once():
    gone = replace(MATERIAL, is_gone=True)

    assert not refreshed(SHOP_TARGETS, [gone], []).changes_something


def test_what_comes_back_is_a_field_again():
    found = refreshed(SHOP_TARGETS, [replace(MATERIAL, is_gone=True)], [MATERIAL])

    assert found.fields == found.back == (MATERIAL,)


def test_another_type_is_told_and_changes_nothing():
    found = refreshed(SHOP_TARGETS, [MATERIAL], [replace(MATERIAL, type="number", title="New")])

    assert found.fields == (MATERIAL,)
    assert [old for old, _ in found.retyped] == [MATERIAL]
    assert not found.changes_something


def test_a_field_that_moved_to_the_variants_counts_as_another_type():
    assert refreshed(SHOP_TARGETS, [MATERIAL], [replace(MATERIAL, of_variant=True)]).retyped


def test_another_title_is_taken_over():
    anew = replace(MATERIAL, title="Fabric")

    assert refreshed(SHOP_TARGETS, [MATERIAL], [anew]).described_anew == (anew,)


@pytest.mark.parametrize(("before", "now"), [(False, True), (True, False)])
def test_what_becomes_needed_or_is_needed_no_more_is_told(before, now):
    one = replace(MATERIAL, required=now)

    found = refreshed(SHOP_TARGETS, [replace(MATERIAL, required=before)], [one])

    assert found.fields == (one,)
    assert (found.needed_now, found.needed_no_more) == (((one,), ()) if now else ((), (one,)))


def test_what_its_kind_has_is_not_asked_for_twice():
    sku = Target("sku", "number", "Number", "")

    found = refreshed(SHOP_TARGETS, [], [sku, STOCK])

    assert found.fields == (STOCK,)
    assert found.of_kind == ("Number",)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "Stock",
        "1st",
        "_x",
        "a-b",
        "a b",
        "stück",
        "pim_stock",
        "uuid",
        "sku",
        "values",
        "x" * 101,
    ],
)
def test_a_code_that_no_target_can_have_is_refused_in_words(code):
    with pytest.raises(ConfigurationError) as refusal:
        check_code(code, [target.code for target in SHOP_TARGETS])

    assert "code" in refusal.value.message.lower()


@pytest.mark.parametrize("code", ["stock", "s2", "a_b_c", "x" * 100])
def test_other_codes_are_taken(code):
    check_code(code, ["sku"])


def test_more_targets_than_the_pim_takes_are_refused_with_a_sentence():
    room = MOST - len(SHOP_TARGETS)
    fields = [replace(STOCK, code=f"f{number}") for number in range(room + 1)]

    assert len(refreshed(SHOP_TARGETS, [], fields[:room]).fields) == room
    with pytest.raises(ConfigurationError, match=f"would have {MOST + 1} fields, .* {MOST}"):
        refreshed(SHOP_TARGETS, [], fields)


def test_a_field_that_is_gone_says_so_in_the_pim_and_is_not_needed():
    gone = replace(STOCK, required=True, is_gone=True)
    uuid = SHOP_TARGETS[0]

    schema = mapping_schema([uuid, gone], title="Shop")

    assert schema["properties"]["stock"]["title"] == f"Stock {GONE}"
    assert schema["required"] == ["uuid"]


def test_each_type_has_words_of_its_own():
    targets = [one.target("x", "X", "") for one in TYPES]

    assert [type_in_words(target) for target in targets] == [one.label for one in TYPES]
    assert len({shape_of(target) for target in targets}) == len(TYPES)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_the_fields_of_a_template_can_be_had(template):
    codes = [target.code for target in template.targets]

    assert len(set(codes)) == len(codes)
    assert not any(target.required for target in template.targets)
    for target in template.targets:
        check_code(target.code, ())
        assert target.title
        assert target.description
