"""When a channel may be called, in the nights in which clocks are moved above all."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.timing import Span, Timetable, WeeklyHours, moment_of

PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")
UTC_ZONE = ZoneInfo("UTC")
MONDAY, FRIDAY, SATURDAY, SUNDAY = 1, 5, 6, 7
EVERY_DAY = frozenset(range(1, 8))
WORKDAYS = frozenset(range(1, 6))


def at(text, zone=UTC):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def hours(begins, ends, days=EVERY_DAY, *, allows=True):
    clock = time.fromisoformat
    return WeeklyHours(frozenset(days), clock(begins), clock(ends), allows)


def test_without_hours_and_freezes_it_is_always_open():
    now = at("2026-03-02T10:00")

    assert Timetable(PARIS).is_open_at(now)
    assert Timetable(PARIS).next_opening(now) == now


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-06-01T05:59:59", False),
        ("2026-06-01T06:00", True),
        ("2026-06-01T21:59:59", True),
        ("2026-06-01T22:00", False),
        ("2026-06-06T12:00", False),  # a Saturday
    ],
)
def test_allowed_hours_are_on_the_clock_of_the_zone(moment, is_open):
    workdays = Timetable(PARIS, (hours("06:00", "22:00", WORKDAYS),))

    assert workdays.is_open_at(at(moment, PARIS)) is is_open


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-06-05T21:59", False),
        ("2026-06-05T22:00", True),  # a Friday
        ("2026-06-06T05:59", True),
        ("2026-06-06T06:00", False),
        ("2026-06-06T23:00", False),
        ("2026-06-05T03:00", False),  # Thursday's night is not named
    ],
)
def test_hours_over_midnight_belong_to_the_day_they_begin_on(moment, is_open):
    friday_night = Timetable(PARIS, (hours("22:00", "06:00", {FRIDAY}),))

    assert friday_night.is_open_at(at(moment, PARIS)) is is_open


def test_hours_that_end_when_they_begin_last_a_day():
    mondays = Timetable(PARIS, (hours("00:00", "00:00", {MONDAY}),))

    assert mondays.is_open_at(at("2026-06-01T00:00", PARIS))
    assert mondays.is_open_at(at("2026-06-01T23:59", PARIS))
    assert not mondays.is_open_at(at("2026-06-02T00:00", PARIS))


def test_forbidden_hours_win_over_allowed_ones():
    lunch = Timetable(PARIS, (hours("06:00", "22:00"), hours("12:00", "14:00", allows=False)))

    assert lunch.is_open_at(at("2026-06-01T11:59", PARIS))
    assert not lunch.is_open_at(at("2026-06-01T12:00", PARIS))
    assert lunch.next_opening(at("2026-06-01T12:30", PARIS)) == at("2026-06-01T14:00", PARIS)


def test_forbidden_hours_alone_leave_the_rest_open():
    not_at_night = Timetable(PARIS, (hours("22:00", "06:00", allows=False),))

    assert not_at_night.is_open_at(at("2026-06-01T12:00", PARIS))
    assert not not_at_night.is_open_at(at("2026-06-01T05:00", PARIS))


def test_the_next_opening_is_after_the_weekend():
    workdays = Timetable(PARIS, (hours("06:00", "22:00", WORKDAYS),))

    opening = workdays.next_opening(at("2026-06-05T23:00", PARIS))

    assert opening == at("2026-06-08T06:00", PARIS)


def test_a_freeze_closes_until_the_next_hours_after_it():
    black_friday = Span(at("2026-11-26T18:00", PARIS), at("2026-12-01T00:00", PARIS))
    shop = Timetable(PARIS, (hours("06:00", "22:00"),), (black_friday,))

    assert shop.is_open_at(at("2026-11-26T17:59", PARIS))
    assert not shop.is_open_at(at("2026-11-27T12:00", PARIS))
    assert shop.next_opening(at("2026-11-27T12:00", PARIS)) == at("2026-12-01T06:00", PARIS)
    # Hours that open into the freeze are no opening.
    assert shop.next_opening(at("2026-11-26T23:00", PARIS)) == at("2026-12-01T06:00", PARIS)


def test_freezes_that_overlap_end_with_the_last():
    first = Span(at("2026-11-26T00:00"), at("2026-11-28T00:00"))
    second = Span(at("2026-11-27T00:00"), at("2026-11-30T00:00"))

    frozen = Timetable(PARIS, (), (first, second))

    assert frozen.next_opening(at("2026-11-26T12:00")) == at("2026-11-30T00:00")


def test_a_freeze_of_a_year_ends():
    year = Span(at("2026-01-01T00:00", PARIS), at("2027-01-01T00:00", PARIS))

    shop = Timetable(PARIS, (hours("06:00", "22:00", WORKDAYS),), (year,))

    assert shop.next_opening(at("2026-02-01T00:00", PARIS)) == at("2027-01-01T06:00", PARIS)


def test_hours_that_leave_nothing_open_never_open():
    never = Timetable(PARIS, (hours("00:00", "00:00", allows=False),))

    assert never.next_opening(at("2026-06-01T12:00")) is None


# Europe/Paris: 29 March 2026, 02:00 becomes 03:00; 25 October, 03:00 becomes 02:00.
# America/New_York: 8 March 2026, 02:00 becomes 03:00; 1 November, 02:00 becomes 01:00.
@pytest.mark.parametrize(
    ("zone", "day", "clock", "moment"),
    [
        (PARIS, "2026-03-29", "01:59", "2026-03-29T00:59"),
        (PARIS, "2026-03-29", "02:00", "2026-03-29T01:00"),
        (PARIS, "2026-03-29", "02:30", "2026-03-29T01:00"),
        (PARIS, "2026-03-29", "03:00", "2026-03-29T01:00"),
        (PARIS, "2026-03-29", "03:01", "2026-03-29T01:01"),
        (PARIS, "2026-10-25", "01:59", "2026-10-24T23:59"),
        (PARIS, "2026-10-25", "02:30", "2026-10-25T00:30"),
        (PARIS, "2026-10-25", "03:00", "2026-10-25T02:00"),
        (NEW_YORK, "2026-03-08", "02:30", "2026-03-08T07:00"),
        (NEW_YORK, "2026-11-01", "01:30", "2026-11-01T05:30"),
        (NEW_YORK, "2026-11-01", "02:00", "2026-11-01T07:00"),
        # Lord Howe Island moves its clock by half an hour; Samoa left a whole day out.
        (ZoneInfo("Australia/Lord_Howe"), "2026-10-04", "02:15", "2026-10-03T15:30"),
        (ZoneInfo("Pacific/Apia"), "2011-12-30", "12:00", "2011-12-30T10:00"),
    ],
)
def test_a_time_of_day_is_when_the_clock_first_shows_it_or_a_later_one(zone, day, clock, moment):
    found = moment_of(date.fromisoformat(day), time.fromisoformat(clock), zone)

    assert found == at(moment)


@pytest.mark.parametrize(
    ("zone", "before", "opens", "closes"),
    [
        (PARIS, "2026-03-29T00:59:59", "2026-03-29T01:00", "2026-03-29T03:00"),
        (NEW_YORK, "2026-03-08T06:59:59", "2026-03-08T07:00", "2026-03-08T09:00"),
    ],
)
def test_hours_from_half_past_two_begin_at_three_in_the_night_without_it(
    zone, before, opens, closes
):
    night = Timetable(zone, (hours("02:30", "05:00", {SUNDAY}),))

    assert not night.is_open_at(at(before))
    assert night.next_opening(at(before)) == at(opens)
    assert night.is_open_at(at(closes) - timedelta(seconds=1))
    assert not night.is_open_at(at(closes))


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "opens", "length"),
    [
        (PARIS, "02:00", "03:00", "2026-10-25T00:00", 2),
        (PARIS, "02:30", "05:00", "2026-10-25T00:30", 3.5),
        (PARIS, "01:00", "02:30", "2026-10-24T23:00", 1.5),
        (NEW_YORK, "01:00", "02:00", "2026-11-01T05:00", 2),
        (NEW_YORK, "01:30", "04:00", "2026-11-01T05:30", 3.5),
    ],
)
def test_hours_do_not_close_and_open_again_when_an_hour_comes_twice(
    zone, begins, ends, opens, length
):
    night = Timetable(zone, (hours(begins, ends, {SUNDAY}),))
    start = at(opens)

    open_minutes = [
        minute for minute in range(-120, 600) if night.is_open_at(start + timedelta(minutes=minute))
    ]

    assert open_minutes == list(range(round(length * 60)))


def test_hours_within_the_skipped_hour_are_there_again_a_week_later():
    skipped = Timetable(PARIS, (hours("02:15", "02:45", {SUNDAY}),))

    opening = skipped.next_opening(at("2026-03-28T12:00", PARIS))

    assert opening == at("2026-04-05T02:15", PARIS)


@pytest.mark.parametrize("zone", [PARIS, NEW_YORK])
def test_every_night_of_a_year_opens_at_the_same_time_of_day(zone):
    nightly = Timetable(zone, (hours("04:00", "05:00"),))
    moment, openings = at("2026-01-01T00:00", zone), []

    while moment < at("2027-01-01T00:00", zone):
        opening = nightly.next_opening(moment)
        assert opening is not None
        openings.append(opening.astimezone(zone))
        moment = moment_of(opening.astimezone(zone).date(), time(5), zone)

    assert [(one.date().timetuple().tm_yday, one.time()) for one in openings[:365]] == [
        (day, time(4)) for day in range(1, 366)
    ]


_hours = st.builds(
    WeeklyHours,
    st.frozensets(st.integers(1, 7), min_size=1),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.booleans(),
)
_moments = st.datetimes(
    datetime.fromisoformat("2025-01-01"),
    datetime.fromisoformat("2027-12-31"),
    timezones=st.just(UTC),
).map(lambda one: one.replace(second=0, microsecond=0))
_freezes = st.builds(
    lambda begins, length: Span(begins, begins + length),
    _moments,
    st.timedeltas(timedelta(0), timedelta(days=30)),
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([PARIS, NEW_YORK]),
    st.lists(_hours, max_size=3),
    st.lists(_freezes, max_size=2),
    _moments,
)
def test_nothing_is_open_between_now_and_the_next_opening(zone, weekly, freezes, now):
    timetable = Timetable(zone, tuple(weekly), tuple(freezes))

    opening = timetable.next_opening(now)

    until = opening or now + timedelta(days=21)
    step = max(timedelta(minutes=1), (until - now) / 200)
    moment = now
    while moment < until:
        assert not timetable.is_open_at(moment)
        moment += step
    assert opening is None or timetable.is_open_at(opening)


def test_hours_that_never_open_are_found_out_at_once_however_far_a_freeze_reaches():
    now = at("2026-06-01T12:00")
    closed = tuple(hours(f"{hour:02}:00", f"{hour + 1:02}:00", allows=False) for hour in range(23))
    closed += (hours("23:00", "00:00", allows=False),)
    freezes = tuple(
        Span(now + timedelta(days=30 * number), now + timedelta(days=30 * number + 15))
        for number in range(1, 60)
    )

    assert Timetable(PARIS, closed, freezes).next_opening(now) is None


def test_hours_that_open_between_two_freezes():
    now = at("2026-06-01T12:00")
    mondays = hours("06:00", "07:00", {MONDAY})
    freezes = (
        Span(now - timedelta(days=1), at("2026-06-10T00:00")),
        Span(at("2026-06-12T00:00"), at("2026-07-01T00:00")),
    )

    assert Timetable(UTC_ZONE, (mondays,), freezes).next_opening(now) == at("2026-07-06T06:00")
