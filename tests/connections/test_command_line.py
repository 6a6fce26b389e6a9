"""How our commands speak."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError

from connections.command_line import FerryCommand, Refusal, connection_at
from outbound.errors import ConfigurationError
from tests.connections.conftest import PIM
from tests.factories import make_connection


class Failing(FerryCommand):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def run(self, **options):
        raise self.error


class Saying(FerryCommand):
    def run(self, **options):
        self.say("Two things are there: ü.", {"count": 2, "name": "ü"})
        self.say("And one more.", {"count": 1})


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Refusal("There is no catalog 7."), "There is no catalog 7."),
        (ConfigurationError("Ask staff.", detail="planted"), "Ask staff."),
        (
            OperationalError("connection failed.\nplanted: more lines"),
            "The database cannot be used: connection failed. Check DATABASE_URL, and that "
            "`python manage.py migrate` has run.",
        ),
        (
            ProgrammingError(""),
            "The database cannot be used: ProgrammingError. Check DATABASE_URL, and that "
            "`python manage.py migrate` has run.",
        ),
    ],
)
def test_a_failure_is_one_line(error, line):
    with pytest.raises(CommandError) as refused:
        call_command(Failing(error))

    assert str(refused.value) == line


def test_our_own_faults_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        call_command(Failing(ZeroDivisionError()))


def said(*options):
    out = StringIO()
    call_command(Saying(), *options, stdout=out)
    return out.getvalue().splitlines()


def test_it_says_sentences_to_people_and_objects_to_scripts():
    assert said() == ["Two things are there: ü.", "And one more."]
    assert [json.loads(line) for line in said("--json")] == [
        {"count": 2, "name": "ü"},
        {"count": 1},
    ]


@pytest.mark.django_db
def test_a_pim_is_found_by_any_spelling_of_its_address():
    connection = make_connection(pim_url=PIM)

    assert connection_at(f" {PIM.upper()}/ ") == connection


@pytest.mark.django_db
def test_a_pim_that_nobody_knows_is_told_how_to_become_known():
    with pytest.raises(Refusal, match=f"No PIM is known at {PIM}. Register it with register_pim"):
        connection_at(PIM)
