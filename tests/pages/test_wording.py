from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from catalogs.wording import counted, hours_in_words, interval, when
from outbound.errors import ConfigurationError, TransientError
from pages.stories import progress_of
from pages.templatetags.ferry import ago, duration, exactly, origin
from pages.wording import CATALOG_STATES, RUN_STATES, status_of
from sync.models import Run

Phase, Mode = Run.Phase, Run.Mode


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 products"), (1, "1 product"), (2, "2 products"), (1482, "1,482 products")],
)
def test_numbers_come_with_the_right_noun(number, words):
    assert counted(number, "product") == words


def test_a_plural_may_be_given():
    assert counted(2, "try", "tries") == "2 tries"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "every minute"),
        (45, "every 45 minutes"),
        (60, "every hour"),
        (90, "every 90 minutes"),
        (360, "every 6 hours"),
        (1440, "every day"),
        (2880, "every 2 days"),
    ],
)
def test_intervals_are_words(minutes, words):
    assert interval(minutes) == words


def test_every_state_of_a_run_has_words():
    assert set(RUN_STATES) == set(Run.Status)
    assert all(state.label for state in [*RUN_STATES.values(), *CATALOG_STATES.values()])


def test_only_a_passing_failure_is_the_other_sides():
    assert status_of(TransientError("Later.")) == 502
    assert status_of(ConfigurationError("No.")) == 422


def running(**values):
    return Run(status=Run.Status.RUNNING, **{"mode": Mode.FULL, **values})


@pytest.mark.parametrize(
    ("run", "percent"),
    [
        (running(phase=Phase.STARTING), 1),
        (running(phase=Phase.LISTING), 2),
        (running(phase=Phase.LISTING, total=100, listed=100), 15),
        (running(phase=Phase.READING, total=100, pulled=0), 15),
        (running(phase=Phase.READING, total=100, pulled=50), 38),
        (running(phase=Phase.READING, total=100, pulled=130), 60),
        (running(phase=Phase.READING, mode=Mode.DELTA, total=100, pulled=1), 38),
        (running(phase=Phase.RECONCILING), 61),
        (running(phase=Phase.FETCHING, files=3), 62),
        (running(phase=Phase.PUSHING, to_send=0), 62),
        (running(phase=Phase.PUSHING, to_send=10, pushed=3, withdrawn=1, failed=1), 80),
        (running(phase=Phase.FINISHING), 98),
        (running(phase=Phase.PUSHING, mode=Mode.PUSH, to_send=10, pushed=5), 50),
        (Run(status=Run.Status.QUEUED, created_at=timezone.now()), 0),
    ],
)
def test_progress_goes_one_way(run, percent):
    assert progress_of(run).percent == percent


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (61, "1 minute 1 s"), (7260, "2 hours 1 min")],
)
def test_how_long_a_run_took(seconds, words):
    started = timezone.now()
    ended = started + timedelta(seconds=seconds)

    assert duration(Run(started_at=started, finished_at=ended)) == words


def test_times_name_their_zone_and_can_be_read_by_machines():
    moment = timezone.now().replace(2026, 3, 5, 14, 2, 7)

    assert exactly(moment).startswith('<time datetime="2026-03-05T14:02:07Z"')
    assert ">5 March 2026, 14:02 UTC</time>" in exactly(moment)
    assert 'title="5 March 2026, 14:02 UTC"' in ago(moment)


@pytest.mark.parametrize(
    ("days", "begins", "ends", "allows", "words"),
    [
        ([1, 2, 3, 4, 5], 6, 22, True, "Only Monday to Friday, 06:00 to 22:00"),
        ([5], 22, 6, True, "Only Friday, 22:00 to 06:00 of the next day"),
        ([7, 6], 0, 0, False, "Not Saturday and Sunday, all day"),
        ([1, 3, 5], 12, 0, False, "Not Monday, Wednesday and Friday, 12:00 to 00:00"),
        (range(1, 8), 22, 6, False, "Not 22:00 to 06:00 of the next day, every day"),
        (range(1, 8), 3, 3, True, "Only 03:00 until the same time next day, every day"),
    ],
)
def test_hours_of_the_week_are_words(days, begins, ends, allows, words):
    assert hours_in_words(days, time(begins), time(ends), allows=allows) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-06-05T21:59", "23:59 (Europe/Paris)"),
        ("2026-06-05T22:00", "Saturday 00:00 (Europe/Paris)"),
        ("2026-06-11T21:59", "Thursday 23:59 (Europe/Paris)"),
        ("2026-06-11T22:00", "12 June 2026, 00:00 (Europe/Paris)"),
        ("2026-06-04T20:00", "4 June 2026, 22:00 (Europe/Paris)"),
    ],
)
def test_a_moment_to_come_is_as_short_as_can_be(moment, words):
    friday = datetime(2026, 6, 5, 12, tzinfo=UTC)

    said = when(datetime.fromisoformat(f"{moment}Z"), ZoneInfo("Europe/Paris"), friday)

    assert said == words


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (Run(trigger=Run.Trigger.SCHEDULE), "by the schedule"),
        (Run(trigger=Run.Trigger.EVENT), "by an event of the PIM"),
        (Run(trigger=Run.Trigger.MANUAL), "by a person"),
        (Run(trigger=Run.Trigger.MANUAL, started_by="Mary Smith"), "by Mary Smith"),
    ],
)
def test_who_started_a_run(run, words):
    assert origin(run) == words
