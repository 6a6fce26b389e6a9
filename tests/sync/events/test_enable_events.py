"""enable_events: what scripts rely on."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sandbox.state import CLIENT_ID


def enable(told, *options):
    out = StringIO()
    call_command("enable_events", "--pim", told.world.url, *options, stdout=out)
    return out.getvalue()


def test_it_says_which_subscription_and_where_events_go(told):
    answer = json.loads(enable(told, "--json"))

    (there,) = told.there
    assert (answer["subscription"], answer["state"]) == (there.id, "active")
    assert answer["url"] == there.url


def test_again_it_says_the_same(told):
    assert enable(told, "--json") == enable(told, "--json")
    assert len(told.there) == 1


def test_off(told):
    enable(told)

    answers = [json.loads(enable(told, "--off", "--json")) for _ in range(2)]

    assert [(each["subscription"], each["state"]) for each in answers] == [(None, "off")] * 2
    assert told.there == []


def test_it_says_so_in_a_sentence(told):
    assert "are on" in enable(told)
    assert "are off" in enable(told, "--off")


def test_a_new_secret(told):
    enable(told)
    before = told.there[0].secrets[0]

    enable(told, "--new-secret")

    assert told.there[0].secrets[1] == before != told.there[0].secrets[0]


def test_without_the_box_it_says_where_it_is(told):
    told.pim.events.allow(CLIENT_ID, False)

    with pytest.raises(CommandError, match="tick the box"):
        enable(told)


@pytest.mark.django_db
def test_a_pim_that_nobody_knows():
    with pytest.raises(CommandError, match="register_pim"):
        call_command("enable_events", "--pim", "https://nobody.cloud.akeneo.com")
