"""Turns that processes take: what one statement cannot say to the database as a constraint."""

from enum import IntEnum

from django.db import connection


class Turn(IntEnum):
    """What only one process does at a time. The numbers are those of PostgreSQL's own locks."""

    OPENING_PROPOSALS = 1_862_054_117  # of one connection
    TAKING_PLACES = 1_862_054_118  # where channels write files
    ASKING_FOR_TRANSLATIONS = 1_862_054_119  # of one connection
    CLAIMING_ALERTS = 1_862_054_120


def take_turn(turn: Turn, of: int = 0) -> None:
    """Within a transaction: wait until no other one has this turn, of the same number.

    It ends with the transaction. SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [turn.value, of])
