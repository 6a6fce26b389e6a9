"""How long something takes, in words that claim no more than is known."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pages.estimates import about, time_left
from pages.stories import Progress
from sync.models import Run


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (61, "about 1 minute"),
        (240, "about 4 minutes"),
        (3 * 3600, "about 3 hours"),
    ],
)
def test_a_time_is_told_roundly(seconds, words):
    assert about(seconds) == words


@pytest.mark.parametrize(
    ("percent", "minutes", "note", "words"),
    [
        (50, 10, "", "about 10 minutes left"),
        (90, 9, "", "about 1 minute left"),
        (4, 10, "", ""),  # too early to tell
        (50, 0, "", ""),
        (50, 10, "The shop asked to wait.", ""),
    ],
)
def test_what_is_left_follows_from_what_is_done(percent, minutes, note, words):
    began = timezone.now() - timedelta(minutes=minutes)
    run = Run(status=Run.Status.RUNNING, started_at=began)

    assert time_left(run, Progress(percent, "", "", note)) == words
