"""A channel's own fields as they are stored: written down by people, or read from it."""

import pytest

from catalogs.channels import create_channel
from catalogs.models import Channel
from catalogs.own_fields import (
    add_field,
    add_template,
    describe_field,
    digest_of,
    look_at_fields,
    set_gone,
    store_refreshed,
    warning_about_number,
)
from channels.registry import KINDS
from channels.targets import Target
from channels.templates import BASIC_SHOP
from connections.models import AuditRecord
from outbound.errors import ConfigurationError, TransientError
from tests.channels.memory import SHOPS, Shop
from tests.channels.memory_fields import FIELDS, FieldsAdapter
from tests.factories import make_channel, make_connection

MATERIAL = Target("material", "string", "Material", "What it is made of.")
STOCK = Target("stock", "number", "Stock", "How many.")


def entered(**changes):
    values = {"code": "stock", "type": "number", "title": "Stock", "description": "How many."}
    return {**values, "required": False, **changes}


@pytest.fixture
def channel(db):
    return make_channel()


@pytest.fixture
def reading(db, monkeypatch):
    """A channel that tells its own fields."""
    monkeypatch.setitem(KINDS, "fields", FieldsAdapter)
    monkeypatch.setitem(SHOPS, "shop", Shop())
    monkeypatch.setitem(FIELDS, "shop", [MATERIAL])
    return create_channel(
        make_connection(), name="Shop", kind="fields", values={"shop": "shop"}, by_staff=True
    )


def stored(channel):
    return Channel.objects.get(pk=channel.pk).targets


def test_a_field_is_stored_with_its_type(channel):
    add_field(channel, **entered(title="  In   stock "))

    assert stored(channel) == (Target("stock", "number", "In stock", "How many."),)
    record = AuditRecord.objects.get(action="channel_changed")
    assert record.details == {"fields": ["stock"]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"code": "Stock"}, "cannot be a code"),
        ({"code": "pim_stock"}, "belong to Akeneo"),
        ({"code": "sku"}, "a field with the code “sku” already"),
        ({"title": " "}, "needs a title"),
    ],
)
def test_what_cannot_be_is_told_and_stores_nothing(channel, changes, says):
    with pytest.raises(ConfigurationError, match=says):
        add_field(channel, **entered(**changes))

    assert stored(channel) == ()


def test_a_code_is_taken_once(channel):
    add_field(channel, **entered())

    with pytest.raises(ConfigurationError, match="already"):
        add_field(channel, **entered(title="Another"))


def test_code_and_type_stay_when_a_field_is_described_anew(channel):
    add_field(channel, **entered())

    describe_field(channel, "stock", title="In stock", description="", required=True)

    assert stored(channel) == (Target("stock", "number", "In stock", "", required=True),)


def test_a_field_is_marked_and_used_again(channel):
    add_field(channel, **entered())

    set_gone(channel, "stock", True)
    marked = stored(channel)
    set_gone(channel, "stock", False)

    assert marked[0].is_gone
    assert stored(channel) == (STOCK,)


def test_only_own_fields_are_changed(channel):
    with pytest.raises(ConfigurationError, match="no field “sku” of its own"):
        set_gone(channel, "sku", True)


def test_a_template_adds_what_is_not_there(channel):
    add_field(channel, **entered(type="text"))

    added, other = add_template(channel, "shop")
    again, _ = add_template(channel, "shop")

    assert stored(channel) == (stored(channel)[0], *added)
    assert {one.code for one in added} == {one.code for one in BASIC_SHOP} - {"stock"}
    assert [one.code for one in other] == ["stock"]
    assert stored(channel)[0].type == "string"
    assert again == []


def test_two_who_add_at_the_same_time_lose_nothing(channel):
    """Each has the row as it was before the other."""
    mine, theirs = Channel.objects.get(pk=channel.pk), Channel.objects.get(pk=channel.pk)

    add_field(mine, **entered())
    add_field(theirs, **entered(code="material", type="text", title="Material"))

    assert [one.code for one in stored(channel)] == ["stock", "material"]


def test_more_than_two_hundred_are_warned_about_and_six_hundred_refused(channel):
    def fields(number):
        return [
            {"code": f"f{n}", "type": "string", "title": "F", "description": ""}
            for n in range(number)
        ]

    Channel.objects.update(fields=fields(183))  # and 17 of its kind
    channel.refresh_from_db()
    assert warning_about_number(channel) == ""
    add_field(channel, **entered())
    assert "With 201 fields" in warning_about_number(channel)

    Channel.objects.update(fields=fields(583))
    with pytest.raises(ConfigurationError, match="Akeneo takes 600"):
        add_field(channel, **entered())


def test_a_channel_that_is_being_removed_gets_no_field(channel):
    Channel.objects.update(removing_since="2026-01-01T00:00Z")

    with pytest.raises(ConfigurationError, match="is being removed"):
        add_field(channel, **entered())


def test_what_the_channel_tells_is_shown_before_it_is_stored(reading):
    found = look_at_fields(reading)

    assert found.added == (MATERIAL,)
    assert stored(reading) == ()
    assert store_refreshed(reading, found, seen=())
    assert stored(reading) == (MATERIAL,)


def test_what_others_changed_meanwhile_is_not_overwritten(reading):
    found = look_at_fields(reading)
    Channel.objects.update(
        fields=[{"code": "stock", "type": "number", "title": "Stock", "description": ""}]
    )

    assert not store_refreshed(reading, found, seen=())
    assert [one.code for one in stored(reading)] == ["stock"]


def test_what_somebody_saw_is_told_from_what_is_there_now(reading):
    seen = digest_of(look_at_fields(reading))

    assert digest_of(look_at_fields(reading)) == seen
    FIELDS["shop"].append(STOCK)
    assert digest_of(look_at_fields(reading)) != seen


def test_a_channel_that_does_not_answer_changes_nothing(reading):
    store_refreshed(reading, look_at_fields(reading), seen=())
    SHOPS["shop"].fault = TransientError("It is closed.")

    with pytest.raises(TransientError):
        look_at_fields(reading)

    assert stored(reading) == (MATERIAL,)
