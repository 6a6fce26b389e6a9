import pytest

from catalogs.schedules import parse_every
from outbound.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("15m", 15), ("2h", 120), ("1d", 1440), (" 1H ", 60), ("31d", 44640), ("1m", 1)],
)
def test_an_interval_is_read_as_minutes(text, minutes):
    assert parse_every(text) == minutes


@pytest.mark.parametrize("text", ["", "0m", "15", "m", "-5m", "1w", "1.5h", "32d", "99999d", "１m"])
def test_what_is_no_interval_is_refused_with_an_example(text):
    with pytest.raises(ConfigurationError, match="15m, 2h or 1d"):
        parse_every(text)
